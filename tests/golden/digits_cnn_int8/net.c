/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_math.h"
#include "nnopt_fxp.h"
#include "nnopt_dsp.h"
#include "nnopt_lanes.h"
#include "nnopt_rows.h"

/* Define NNOPT_LAYER_HOOK as the name of a function to be called with the number of each layer
 * before it runs, and with the number of layers after the last one. */
#ifdef NNOPT_LAYER_HOOK
void NNOPT_LAYER_HOOK(unsigned layer);
#define NNOPT_LAYER(number) NNOPT_LAYER_HOOK(number)
#else
#define NNOPT_LAYER(number) ((void)0)
#endif

static NNOPT_KERNEL void net_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                   int8_t *out, int16_t *scratch, const int32_t *scale)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        const int32_t kh_end = nnopt_max_i32(kh_first, nnopt_min_i32(3, 8 - ih));
        const int32_t v = kh_first * 12;
        for (int32_t i = 0; i < v; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t v1 = kh * 12;
            const int32_t v2 = v1 + 1;
            for (int32_t i = v1; i < v2; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t i = v1 + 9; i < v1 + 12; i++) {
                scratch[i] = (int16_t)0;
            }
            nnopt_widen_row_i8(&scratch[v2], &x[(ih + kh) * 8], 8, 1, 8388736);
        }
        const int32_t v1 = kh_end * 12;
        for (int32_t i = v1; i < 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t i = 36; i < v + 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t v2 = kh * 12 + 36;
            for (int32_t i = v2 + 8; i < v2 + 12; i++) {
                scratch[i] = (int16_t)0;
            }
            nnopt_widen_row_i8(&scratch[v2], &x[(ih + kh) * 8], 8, 0, 8388736);
        }
        for (int32_t i = v1 + 36; i < 72; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t p = 0; p < 8; p += 2) {
            nnopt_tile_runs_4x2(&scratch[p], weights, bias, scale, &out[oh * 96 + p * 12], 3, 3, 2,
                    12, 36, 12, 7);
        }
    }
}

static void net_pool1(const int8_t *x, int8_t *out)
{
    for (int32_t oh = 3; oh >= 0; oh--) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 3; ow >= 0; ow--) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 11; oc >= 0; oc--) {
                int32_t acc = -128;
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v = ih + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_i32(acc, x[(v * 8 + (iw + kw)) * 12 + oc]);
                    }
                }
                out[oh * 48 + ow * 12 + oc] = (int8_t)acc;
            }
        }
    }
}

static NNOPT_KERNEL void net_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                   int8_t *out, int16_t *scratch, const int32_t *scale)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        const int32_t kh_end = nnopt_max_i32(kh_first, nnopt_min_i32(3, 4 - ih));
        for (int32_t i = 0; i < 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t j = 1; j < 5; j++) {
            const int32_t v = j * 36;
            const int32_t v1 = (j - 1) * 12;
            for (int32_t i = v; i < v + kh_first * 12; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                nnopt_widen_i8(&scratch[v + kh * 12], &x[v1 + (ih + kh) * 48], 12, 8388736);
            }
            for (int32_t i = v + kh_end * 12; i < v + 36; i++) {
                scratch[i] = (int16_t)0;
            }
        }
        for (int32_t i = 180; i < 216; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t p = 0; p < 4; p += 2) {
            nnopt_tile_4x2(&scratch[p * 36], weights, bias, scale, &out[oh * 96 + p * 24], 6, 27,
                    36, 24, 7);
        }
    }
}

static void net_pool2(const int8_t *x, int8_t *out)
{
    for (int32_t oh = 0; oh < 2; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 2; ow++) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 24; oc++) {
                int32_t acc = -128;
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v = ih + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_i32(acc, x[(v * 4 + (iw + kw)) * 24 + oc]);
                    }
                }
                out[oh * 48 + ow * 24 + oc] = (int8_t)acc;
            }
        }
    }
}

static NNOPT_KERNEL void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                        int8_t *out, int16_t *scratch, const int32_t *scale)
{
    nnopt_widen_i8(scratch, x, 96, 8388736);
    nnopt_tile_4x1(scratch, weights, bias, scale, out, 2, 24, 7);
    int32_t acc0 = bias[8];
    int32_t acc01 = bias[9];
    int32_t acc02 = 0;
    int32_t acc03 = 0;
    nnopt_dot_4x1(scratch, &weights[768], 24, &acc0, &acc01, &acc02, &acc03);
    const int32_t v = nnopt_ssat8(nnopt_smmla(acc01, scale[18], scale[19]), 7);
    out[8] = (int8_t)nnopt_ssat8(nnopt_smmla(acc0, scale[16], scale[17]), 7);
    out[9] = (int8_t)v;
}

static void net_softmax(const int8_t *x, float *out)
{
    float peak = -nnopt_inf();
    for (int32_t i = 0; i < 10; i++) {
        peak = nnopt_max_f32(peak, nnopt_int_to_real(x[i], 0.05497496f, 18));
    }
    float total = 0.0f;
    for (int32_t i = 0; i < 10; i++) {
        const float e = nnopt_exp(nnopt_int_to_real(x[i], 0.05497496f, 18) - peak);
        out[i] = e;
        total += e;
    }
    for (int32_t i = 0; i < 10; i++) {
        out[i] = out[i] / total;
    }
}

static void net_output_QuantizeLinear(const float *x, int8_t *out)
{
    for (int32_t i = 0; i < 8; i += 4) {
        const int32_t v = i + 1;
        const int32_t v1 = i + 2;
        const int32_t v2 = i + 3;
        const int32_t v3 = nnopt_real_to_int(x[v], 0.003921569f, -128, -128, 127);
        const int32_t v4 = nnopt_real_to_int(x[v1], 0.003921569f, -128, -128, 127);
        const int32_t v5 = nnopt_real_to_int(x[v2], 0.003921569f, -128, -128, 127);
        out[i] = (int8_t)nnopt_real_to_int(x[i], 0.003921569f, -128, -128, 127);
        out[v] = (int8_t)v3;
        out[v1] = (int8_t)v4;
        out[v2] = (int8_t)v5;
    }
    const int32_t v = nnopt_real_to_int(x[9], 0.003921569f, -128, -128, 127);
    out[8] = (int8_t)nnopt_real_to_int(x[8], 0.003921569f, -128, -128, 127);
    out[9] = (int8_t)v;
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /conv1 (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_conv1(input, net_conv1_weights, net_conv1_bias, pool, (int16_t *)(void *)(pool + 768),
            net_conv1_scale);

    /* 1: /pool1 (max_pool2d) */
    NNOPT_LAYER(1u);
    net_pool1(pool, pool + 624);

    /* 2: /conv2 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(2u);
    net_conv2(pool + 624, net_conv2_weights, net_conv2_bias, pool + 432, (int16_t *)(void *)pool,
            net_conv2_scale);

    /* 3: /pool2 (max_pool2d) */
    NNOPT_LAYER(3u);
    net_pool2(pool + 432, pool + 192);

    /* 4: /classifier (fully_connected, 960 MACs) */
    NNOPT_LAYER(4u);
    net_classifier(pool + 192, net_classifier_weights, net_classifier_bias, pool + 192,
            (int16_t *)(void *)pool, net_classifier_scale);

    /* 5: /softmax (softmax) */
    NNOPT_LAYER(5u);
    net_softmax(pool + 192, (float *)(void *)pool);

    /* 6: output_QuantizeLinear (from_real) */
    NNOPT_LAYER(6u);
    net_output_QuantizeLinear((float *)(void *)pool, output);

    NNOPT_LAYER(7u);
    return 0;
}
