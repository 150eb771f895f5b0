/* net: weights and tables, made by nnopt 0.1.0. */
#ifndef NET_WEIGHTS_H
#define NET_WEIGHTS_H

#include <stdint.h>

/* Define NET_WEIGHTS as an attribute to place all constants in a section of your own. */
#ifndef NET_WEIGHTS
#define NET_WEIGHTS
#endif

extern const float net_conv1_weights[108];
extern const float net_conv1_bias[12];
extern const float net_conv2_weights[2592];
extern const float net_conv2_bias[24];
extern const float net_classifier_weights[1536];
extern const float net_classifier_bias[10];

#endif /* NET_WEIGHTS_H */
