/* net: weights and tables, made by nnopt 0.1.0. */
#ifndef NET_WEIGHTS_H
#define NET_WEIGHTS_H

#include <stdint.h>

/* Define NET_WEIGHTS as an attribute to place all constants in a section of your own. */
#ifndef NET_WEIGHTS
#define NET_WEIGHTS
#endif

extern const int32_t net_classifier_multiplier[10];
extern const uint8_t net_block3_pointwise_shift[32];
extern const int32_t net_block3_pointwise_multiplier[32];
extern const uint8_t net_block3_depthwise_shift[32];
extern const int32_t net_block3_depthwise_multiplier[32];
extern const uint8_t net_block2_pointwise_shift[32];
extern const int32_t net_block2_pointwise_multiplier[32];
extern const uint8_t net_block2_depthwise_shift[24];
extern const int32_t net_block2_depthwise_multiplier[24];
extern const uint8_t net_block1_pointwise_shift[24];
extern const int32_t net_block1_pointwise_multiplier[24];
extern const uint8_t net_block1_depthwise_shift[16];
extern const int32_t net_block1_depthwise_multiplier[16];
extern const uint8_t net_stem_conv_shift[16];
extern const int32_t net_stem_conv_multiplier[16];
extern const int8_t net_stem_conv_weights[144];
extern const int32_t net_stem_conv_bias[16];
extern const int8_t net_block1_depthwise_weights[144];
extern const int32_t net_block1_depthwise_bias[16];
extern const int8_t net_block1_pointwise_weights[384];
extern const int32_t net_block1_pointwise_bias[24];
extern const int8_t net_block2_depthwise_weights[216];
extern const int32_t net_block2_depthwise_bias[24];
extern const int8_t net_block2_pointwise_weights[768];
extern const int32_t net_block2_pointwise_bias[32];
extern const int8_t net_block3_depthwise_weights[288];
extern const int32_t net_block3_depthwise_bias[32];
extern const int8_t net_block3_pointwise_weights[1024];
extern const int32_t net_block3_pointwise_bias[32];
extern const int8_t net_classifier_weights[320];
extern const int32_t net_classifier_bias[10];

#endif /* NET_WEIGHTS_H */
