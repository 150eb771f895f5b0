/* net: weights and tables, made by nnopt 0.1.0. */
#include "net_weights.h"

const float net_conv1_weights[108] NET_WEIGHTS = { /* 108 numbers, sha256:7aadc0295b19be4e */ };

const float net_conv1_bias[12] NET_WEIGHTS = {
    0.2036269f, 0.15129429f, -0.19036137f, 0.35527432f, 0.018545074f, 0.40823653f,
    0.2413783f, -0.017936299f, 0.21530393f, 0.02028819f, -0.2092141f, 0.35753343f,
};

const float net_conv2_weights[2592] NET_WEIGHTS = { /* 2592 numbers, sha256:4fb9738a35f82b12 */ };

const float net_conv2_bias[24] NET_WEIGHTS = {
    0.07616665f, 0.086146094f, -0.023710072f, -0.0038097538f, -0.02782141f, -0.03991322f,
    -0.015928041f, -0.03342032f, -0.07051475f, 0.10627279f, -0.014426373f, 0.0029715332f,
    0.030719025f, -0.07068114f, 0.0034402853f, -0.12168197f, -0.1936648f, 0.027991815f,
    -0.068343885f, -0.0679204f, -0.06484828f, -0.04118634f, -0.053350266f, -0.09426899f,
};

const float net_classifier_weights[1536] NET_WEIGHTS = { /* 1536 numbers, sha256:08290048b8d6e431 */ };

const float net_classifier_bias[10] NET_WEIGHTS = {
    0.15354854f, -0.10408097f, 0.056219842f, -0.11526527f, -0.00904014f, 0.06986876f,
    0.08784573f, -0.04399222f, 0.14857881f, 0.01848284f,
};
