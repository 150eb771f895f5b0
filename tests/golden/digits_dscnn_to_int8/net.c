/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_fxp.h"
#include "nnopt_dsp.h"
#include "nnopt_lanes.h"
#include "nnopt_planes.h"
#include "nnopt_rows.h"

/* Define NNOPT_LAYER_HOOK as the name of a function to be called with the number of each layer
 * before it runs, and with the number of layers after the last one. */
#ifdef NNOPT_LAYER_HOOK
void NNOPT_LAYER_HOOK(unsigned layer);
#define NNOPT_LAYER(number) NNOPT_LAYER_HOOK(number)
#else
#define NNOPT_LAYER(number) ((void)0)
#endif

static NNOPT_KERNEL void net_stem_conv(const int8_t *x, const int8_t *weights, const int32_t *bias,
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
            nnopt_tile_runs_4x2(&scratch[p], weights, bias, scale, &out[oh * 128 + p * 16], 4, 3,
                    2, 12, 36, 16, 6);
        }
    }
}

static NNOPT_KERNEL void net_block1_depthwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t i = 0; i < 400; i++) {
        scratch[i] = (int16_t)0;
    }
    for (int32_t c = 0; c < 16; c += 4) {
        for (int32_t r = 1; r < 9; r++) {
            nnopt_planes_i8(&scratch[r * 10 + 1], &x[(r - 1) * 128 + c], 8, 4, 16, 100, 1, 8388736);
        }
        for (int32_t k = 0; k < 4; k++) {
            const int32_t channel = c + k;
            const int32_t v = channel * 2;
            nnopt_depthwise(&scratch[k * 100], &weights[channel * 12], bias[channel], scale[v],
                    scale[v + 1], &out[channel], 8, 8, 3, 1, 1, 10, 16, 128, 6, 0);
        }
    }
}

static NNOPT_KERNEL void net_block1_pointwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t ow = 0; ow < 64; ow += 2) {
        nnopt_widen_i8(scratch, &x[ow * 16], 32, 8388736);
        nnopt_tile_4x2(scratch, weights, bias, scale, &out[ow * 24], 6, 4, 16, 24, 5);
    }
}

static NNOPT_KERNEL void net_block2_depthwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t i = 0; i < 360; i++) {
        scratch[i] = (int16_t)0;
    }
    for (int32_t c = 0; c < 24; c += 4) {
        for (int32_t r = 0; r < 8; r++) {
            nnopt_planes_i8(&scratch[r * 10], &x[r * 192 + c], 8, 4, 24, 90, 0, 8388736);
        }
        for (int32_t k = 0; k < 4; k++) {
            const int32_t channel = c + k;
            const int32_t v = channel * 2;
            nnopt_depthwise(&scratch[k * 90], &weights[channel * 12], bias[channel], scale[v],
                    scale[v + 1], &out[channel], 4, 4, 3, 2, 2, 10, 24, 96, 5, 0);
        }
    }
}

static NNOPT_KERNEL void net_block2_pointwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t ow = 0; ow < 16; ow += 2) {
        nnopt_widen_i8(scratch, &x[ow * 24], 48, 8388736);
        nnopt_tile_4x2(scratch, weights, bias, scale, &out[ow * 32], 8, 6, 24, 32, 5);
    }
}

static NNOPT_KERNEL void net_block3_depthwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t i = 0; i < 144; i++) {
        scratch[i] = (int16_t)0;
    }
    for (int32_t c = 0; c < 32; c += 4) {
        for (int32_t r = 1; r < 5; r++) {
            nnopt_planes_i8(&scratch[r * 6 + 1], &x[(r - 1) * 128 + c], 4, 4, 32, 36, 1, 8388736);
        }
        for (int32_t k = 0; k < 4; k++) {
            const int32_t channel = c + k;
            const int32_t v = channel * 2;
            nnopt_depthwise(&scratch[k * 36], &weights[channel * 12], bias[channel], scale[v],
                    scale[v + 1], &out[channel], 4, 4, 3, 1, 1, 6, 32, 128, 4, 0);
        }
    }
}

static NNOPT_KERNEL void net_block3_pointwise(const int8_t *x, const int8_t *weights,
                                              const int32_t *bias, int8_t *out, int16_t *scratch,
                                              const int32_t *scale)
{
    for (int32_t ow = 0; ow < 16; ow += 2) {
        const int32_t v = ow * 32;
        nnopt_widen_i8(scratch, &x[v], 64, 8388736);
        nnopt_tile_4x2(scratch, weights, bias, scale, &out[v], 8, 8, 32, 32, 5);
    }
}

static void net_pool(const int8_t *x, int8_t *out)
{
    for (int32_t oc = 0; oc < 32; oc++) {
        int32_t acc = 0;
        for (int32_t kh = 0; kh < 4; kh++) {
            for (int32_t kw = 0; kw < 4; kw++) {
                acc += x[(kh * 4 + kw) * 32 + oc] + 128;
            }
        }
        out[oc] = (int8_t)nnopt_ssat8(nnopt_smmla(acc, 1948829850, -510), 2);
    }
}

static NNOPT_KERNEL void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                        int8_t *out, int16_t *scratch, const int32_t *scale)
{
    nnopt_widen_i8(scratch, x, 32, 8388736);
    nnopt_tile_4x1(scratch, weights, bias, scale, out, 2, 8, 8);
    int32_t acc0 = bias[8];
    int32_t acc01 = bias[9];
    int32_t acc02 = 0;
    int32_t acc03 = 0;
    nnopt_dot_4x1(scratch, &weights[256], 8, &acc0, &acc01, &acc02, &acc03);
    const int32_t v = nnopt_ssat8(nnopt_smmla(acc01, scale[18], scale[19]), 8);
    out[8] = (int8_t)nnopt_ssat8(nnopt_smmla(acc0, scale[16], scale[17]), 8);
    out[9] = (int8_t)v;
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 9,216 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool + 800,
            (int16_t *)(void *)pool, net_stem_conv_scale);

    /* 1: /block1/depthwise (conv2d, 9,216 MACs) */
    NNOPT_LAYER(1u);
    net_block1_depthwise(pool + 800, net_block1_depthwise_weights, net_block1_depthwise_bias,
            pool + 800, (int16_t *)(void *)pool, net_block1_depthwise_scale);

    /* 2: /block1/pointwise (conv2d, 24,576 MACs) */
    NNOPT_LAYER(2u);
    net_block1_pointwise(pool + 800, net_block1_pointwise_weights, net_block1_pointwise_bias, pool,
            (int16_t *)(void *)(pool + 1824), net_block1_pointwise_scale);

    /* 3: /block2/depthwise (conv2d, 3,456 MACs) */
    NNOPT_LAYER(3u);
    net_block2_depthwise(pool, net_block2_depthwise_weights, net_block2_depthwise_bias, pool + 120,
            (int16_t *)(void *)(pool + 1536), net_block2_depthwise_scale);

    /* 4: /block2/pointwise (conv2d, 12,288 MACs) */
    NNOPT_LAYER(4u);
    net_block2_pointwise(pool + 120, net_block2_pointwise_weights, net_block2_pointwise_bias, pool,
            (int16_t *)(void *)(pool + 512), net_block2_pointwise_scale);

    /* 5: /block3/depthwise (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block3_depthwise(pool, net_block3_depthwise_weights, net_block3_depthwise_bias, pool,
            (int16_t *)(void *)(pool + 512), net_block3_depthwise_scale);

    /* 6: /block3/pointwise (conv2d, 16,384 MACs) */
    NNOPT_LAYER(6u);
    net_block3_pointwise(pool, net_block3_pointwise_weights, net_block3_pointwise_bias, pool,
            (int16_t *)(void *)(pool + 512), net_block3_pointwise_scale);

    /* 7: /pool (avg_pool2d) */
    NNOPT_LAYER(7u);
    net_pool(pool, pool + 512);

    /* 8: /classifier (fully_connected, 320 MACs) */
    NNOPT_LAYER(8u);
    net_classifier(pool + 512, net_classifier_weights, net_classifier_bias, output,
            (int16_t *)(void *)pool, net_classifier_scale);

    NNOPT_LAYER(9u);
    return 0;
}
