/* net: weights and tables, made by nnopt 0.1.0. */
#ifndef NET_WEIGHTS_H
#define NET_WEIGHTS_H

#include <stdint.h>

/* Define NET_WEIGHTS as an attribute to place all constants in a section of your own. */
#ifndef NET_WEIGHTS
#define NET_WEIGHTS
#endif

extern const int32_t net_classifier_scale[20];
extern const int32_t net_block3_pointwise_scale[64];
extern const int32_t net_block3_depthwise_scale[64];
extern const int32_t net_block2_pointwise_scale[64];
extern const int32_t net_block2_depthwise_scale[48];
extern const int32_t net_block1_pointwise_scale[48];
extern const int32_t net_block1_depthwise_scale[32];
extern const int32_t net_stem_conv_scale[32];
extern const int8_t net_stem_conv_weights[192];
extern const int32_t net_stem_conv_bias[16];
extern const int8_t net_block1_depthwise_weights[192];
extern const int32_t net_block1_depthwise_bias[16];
extern const int8_t net_block1_pointwise_weights[384];
extern const int32_t net_block1_pointwise_bias[24];
extern const int8_t net_block2_depthwise_weights[288];
extern const int32_t net_block2_depthwise_bias[24];
extern const int8_t net_block2_pointwise_weights[768];
extern const int32_t net_block2_pointwise_bias[32];
extern const int8_t net_block3_depthwise_weights[384];
extern const int32_t net_block3_depthwise_bias[32];
extern const int8_t net_block3_pointwise_weights[1024];
extern const int32_t net_block3_pointwise_bias[32];
extern const int8_t net_classifier_weights[384];
extern const int32_t net_classifier_bias[10];

#endif /* NET_WEIGHTS_H */
