/* net: weights and tables, made by nnopt 0.1.0. */
#include "net_weights.h"

const float net_stem_conv_weights[108] NET_WEIGHTS = { /* 108 numbers, sha256:b83cfb2c7cae60d4 */ };

const float net_stem_conv_bias[12] NET_WEIGHTS = {
    0.28731534f, 0.45113876f, 0.32860196f, -0.19742851f, -0.43708253f, 0.99002796f,
    -0.087098904f, 0.052329984f, 0.27889895f, 0.14973655f, -0.18195347f, -0.20479073f,
};

const float net_block1_conv1_weights[1296] NET_WEIGHTS = { /* 1296 numbers, sha256:45e9f367c1009dea */ };

const float net_block1_conv1_bias[12] NET_WEIGHTS = {
    1.2189981f, 0.9502137f, 0.48998338f, 0.3297336f, 0.34174946f, 0.54396015f,
    0.3222118f, 0.49922773f, 0.06270061f, 1.0215594f, -0.15149167f, 0.6669764f,
};

const float net_block1_conv2_weights[1296] NET_WEIGHTS = { /* 1296 numbers, sha256:c13ad50361ecdf9f */ };

const float net_block1_conv2_bias[12] NET_WEIGHTS = {
    0.723802f, -0.4047114f, 1.0241193f, -0.40006584f, -0.20064375f, -0.40220994f,
    1.4384451f, 0.58172035f, 0.33897442f, -0.603682f, 0.106390186f, 0.6803459f,
};

const float net_block2_conv1_weights[2592] NET_WEIGHTS = { /* 2592 numbers, sha256:f895419ab98f3c6a */ };

const float net_block2_conv1_bias[24] NET_WEIGHTS = {
    1.0472296f, 1.9986646f, 0.2831929f, 0.070990935f, 1.2752372f, 1.0100108f,
    0.32737836f, 1.5640218f, 0.22144051f, -0.025987944f, -0.31816378f, 0.024281811f,
    1.4430039f, -0.020340176f, 0.8314322f, 0.713366f, 0.25149435f, 1.627241f,
    0.25555086f, 1.2262698f, 0.07657991f, 0.33470944f, 1.2232838f, -0.73657686f,
};

const float net_block2_conv2_weights[5184] NET_WEIGHTS = { /* 5184 numbers, sha256:6232cac0c2ac0901 */ };

const float net_block2_conv2_bias[24] NET_WEIGHTS = {
    0.5288066f, 0.21835484f, 1.9703369f, 1.952999f, 0.38931775f, 0.1510693f,
    2.4341881f, 0.6112811f, 3.8562531f, 1.6982046f, 1.6945578f, 1.3802499f,
    1.9326153f, 1.0341042f, 0.7076538f, 1.5043921f, -1.2954388f, 1.2944926f,
    2.0481694f, 2.0416484f, 2.601247f, 1.8701875f, 3.144488f, 1.8004551f,
};

const float net_block2_project_weights[288] NET_WEIGHTS = { /* 288 numbers, sha256:fba83cd6e5f57a6e */ };

const float net_block2_project_bias[24] NET_WEIGHTS = {
    0.37798193f, 0.6105834f, 0.5736624f, 1.5249944f, 0.3716789f, 1.0035905f,
    0.44500864f, 0.4752849f, 0.4430142f, 0.5214727f, 0.10468842f, 0.69090295f,
    -0.53156966f, 0.23820817f, 0.8089408f, -1.3298526f, 0.63505834f, 0.062084977f,
    -0.60565704f, 0.13992612f, 1.7242914f, 0.64258605f, 2.2315571f, 1.4890852f,
};

const float net_classifier_weights[384] NET_WEIGHTS = { /* 384 numbers, sha256:3dcbad1912bea665 */ };

const float net_classifier_bias[10] NET_WEIGHTS = {
    0.15038022f, 0.062068086f, 0.13645391f, 0.032452922f, -0.25978705f, -0.15171812f,
    0.028028278f, 0.13458727f, -0.022844952f, 0.08738348f,
};
