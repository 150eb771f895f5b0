/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

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
            nnopt_tile_runs_4x2(&scratch[p], weights, bias, scale, &out[oh * 96 + p * 12], 3, 3, 2,
                    12, 36, 12, 6);
        }
    }
}

static NNOPT_KERNEL void net_block1_conv1(const int8_t *x, const int8_t *weights,
                                          const int32_t *bias, int8_t *out, int16_t *scratch,
                                          const int32_t *scale)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        const int32_t kh_end = nnopt_max_i32(kh_first, nnopt_min_i32(3, 8 - ih));
        for (int32_t i = 0; i < 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t j = 1; j < 9; j++) {
            const int32_t v = j * 36;
            const int32_t v1 = (j - 1) * 12;
            for (int32_t i = v; i < v + kh_first * 12; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                nnopt_widen_i8(&scratch[v + kh * 12], &x[v1 + (ih + kh) * 96], 12, 8388736);
            }
            for (int32_t i = v + kh_end * 12; i < v + 36; i++) {
                scratch[i] = (int16_t)0;
            }
        }
        for (int32_t i = 324; i < 360; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t p = 0; p < 8; p += 2) {
            nnopt_tile_4x2(&scratch[p * 36], weights, bias, scale, &out[oh * 96 + p * 12], 3, 27,
                    36, 12, 6);
        }
    }
}

static NNOPT_KERNEL void net_block1_conv2(const int8_t *x, const int8_t *weights,
                                          const int32_t *bias, int8_t *out, int16_t *scratch,
                                          const int32_t *scale)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        const int32_t kh_end = nnopt_max_i32(kh_first, nnopt_min_i32(3, 8 - ih));
        for (int32_t i = 0; i < 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t j = 1; j < 9; j++) {
            const int32_t v = j * 36;
            const int32_t v1 = (j - 1) * 12;
            for (int32_t i = v; i < v + kh_first * 12; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                nnopt_widen_i8(&scratch[v + kh * 12], &x[v1 + (ih + kh) * 96], 12, 8388736);
            }
            for (int32_t i = v + kh_end * 12; i < v + 36; i++) {
                scratch[i] = (int16_t)0;
            }
        }
        for (int32_t i = 324; i < 360; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t p = 0; p < 8; p += 2) {
            nnopt_tile_4x2(&scratch[p * 36], weights, bias, scale, &out[oh * 96 + p * 12], 3, 27,
                    36, 12, 7);
        }
    }
}

static void net_block1_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 768; i += 4) {
        const int32_t v = i + 1;
        const int32_t v1 = i + 2;
        const int32_t v2 = i + 3;
        const int32_t v3 = nnopt_rounding_shift_half_up((x1[i] + 128) * 2384181 + (x[i] - 6) * 6974967,
                22);
        const int32_t v4 = nnopt_rounding_shift_half_up((x1[v] + 128) * 2384181 + (x[v] - 6) * 6974967,
                22);
        const int32_t v5 = nnopt_rounding_shift_half_up((x1[v1] + 128) * 2384181 + (x[v1] - 6) * 6974967,
                22);
        const int32_t v6 = nnopt_rounding_shift_half_up((x1[v2] + 128) * 2384181 + (x[v2] - 6) * 6974967,
                22);
        out[i] = (int8_t)(nnopt_clamp_to_u8(v3) - 128);
        out[v] = (int8_t)(nnopt_clamp_to_u8(v4) - 128);
        out[v1] = (int8_t)(nnopt_clamp_to_u8(v5) - 128);
        out[v2] = (int8_t)(nnopt_clamp_to_u8(v6) - 128);
    }
}

static NNOPT_KERNEL void net_block2_conv1(const int8_t *x, const int8_t *weights,
                                          const int32_t *bias, int8_t *out, int16_t *scratch,
                                          const int32_t *scale)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2 - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        for (int32_t i = 0; i < 36; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t j = 1; j < 9; j++) {
            const int32_t v = j * 36;
            const int32_t v1 = (j - 1) * 12;
            for (int32_t i = v; i < v + kh_first * 12; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t kh = kh_first; kh < 3; kh++) {
                nnopt_widen_i8(&scratch[v + kh * 12], &x[v1 + (ih + kh) * 96], 12, 8388736);
            }
        }
        for (int32_t p = 0; p < 4; p += 2) {
            nnopt_tile_4x2(&scratch[p * 72], weights, bias, scale, &out[oh * 96 + p * 24], 6, 27,
                    72, 24, 7);
        }
    }
}

static NNOPT_KERNEL void net_block2_project(const int8_t *x, const int8_t *weights,
                                            const int32_t *bias, int8_t *out, int16_t *scratch,
                                            const int32_t *scale)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 4; ow += 2) {
            const int32_t iw = ow * 2;
            const int32_t v = ih * 96;
            nnopt_widen_i8(scratch, &x[iw * 12 + v], 12, 8388736);
            nnopt_widen_i8(&scratch[12], &x[(iw + 2) * 12 + v], 12, 8388736);
            nnopt_tile_4x2(scratch, weights, bias, scale, &out[oh * 96 + ow * 24], 6, 3, 12, 24, 6);
        }
    }
}

static NNOPT_KERNEL void net_block2_conv2(const int8_t *x, const int8_t *weights,
                                          const int32_t *bias, int8_t *out, int16_t *scratch,
                                          const int32_t *scale)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_min_i32(3, nnopt_max_i32(0, 0 - ih));
        const int32_t kh_end = nnopt_max_i32(kh_first, nnopt_min_i32(3, 4 - ih));
        for (int32_t i = 0; i < 72; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t j = 1; j < 5; j++) {
            const int32_t v = j * 72;
            const int32_t v1 = (j - 1) * 24;
            for (int32_t i = v; i < v + kh_first * 24; i++) {
                scratch[i] = (int16_t)0;
            }
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                nnopt_widen_i8(&scratch[v + kh * 24], &x[v1 + (ih + kh) * 96], 24, 8388736);
            }
            for (int32_t i = v + kh_end * 24; i < v + 72; i++) {
                scratch[i] = (int16_t)0;
            }
        }
        for (int32_t i = 360; i < 432; i++) {
            scratch[i] = (int16_t)0;
        }
        for (int32_t p = 0; p < 4; p += 2) {
            nnopt_tile_4x2(&scratch[p * 72], weights, bias, scale, &out[oh * 96 + p * 24], 6, 54,
                    72, 24, 7);
        }
    }
}

static void net_block2_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 384; i += 4) {
        const int32_t v = i + 1;
        const int32_t v1 = i + 2;
        const int32_t v2 = i + 3;
        const int32_t v3 = nnopt_rounding_shift_half_up((x1[i] + 20) * 5699782 + (x[i] - 6) * 5969089,
                22);
        const int32_t v4 = nnopt_rounding_shift_half_up((x1[v] + 20) * 5699782 + (x[v] - 6) * 5969089,
                22);
        const int32_t v5 = nnopt_rounding_shift_half_up((x1[v1] + 20) * 5699782 + (x[v1] - 6) * 5969089,
                22);
        const int32_t v6 = nnopt_rounding_shift_half_up((x1[v2] + 20) * 5699782 + (x[v2] - 6) * 5969089,
                22);
        out[i] = (int8_t)(nnopt_clamp_to_u8(v3) - 128);
        out[v] = (int8_t)(nnopt_clamp_to_u8(v4) - 128);
        out[v1] = (int8_t)(nnopt_clamp_to_u8(v5) - 128);
        out[v2] = (int8_t)(nnopt_clamp_to_u8(v6) - 128);
    }
}

static void net_pool(const int8_t *x, int8_t *out)
{
    for (int32_t oc = 0; oc < 24; oc++) {
        int32_t acc = 0;
        for (int32_t kh = 0; kh < 4; kh++) {
            for (int32_t kw = 0; kw < 4; kw++) {
                acc += x[(kh * 4 + kw) * 24 + oc] + 128;
            }
        }
        out[oc] = (int8_t)nnopt_ssat8(nnopt_smmla(acc, 1257795117, -255), 1);
    }
}

static NNOPT_KERNEL void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                        int8_t *out, int16_t *scratch, const int32_t *scale)
{
    nnopt_widen_i8(scratch, x, 24, 8388736);
    nnopt_tile_4x1(scratch, weights, bias, scale, out, 2, 6, 7);
    int32_t acc0 = bias[8];
    int32_t acc01 = bias[9];
    int32_t acc02 = 0;
    int32_t acc03 = 0;
    nnopt_dot_4x1(scratch, &weights[192], 6, &acc0, &acc01, &acc02, &acc03);
    const int32_t v = nnopt_ssat8(nnopt_smmla(acc01, scale[18], scale[19]), 7);
    out[8] = (int8_t)nnopt_ssat8(nnopt_smmla(acc0, scale[16], scale[17]), 7);
    out[9] = (int8_t)v;
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool,
            (int16_t *)(void *)(pool + 768), net_stem_conv_scale);

    /* 1: /block1/conv1 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(1u);
    net_block1_conv1(pool, net_block1_conv1_weights, net_block1_conv1_bias, pool + 864,
            (int16_t *)(void *)(pool + 1632), net_block1_conv1_scale);

    /* 2: /block1/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(2u);
    net_block1_conv2(pool + 864, net_block1_conv2_weights, net_block1_conv2_bias, pool + 768,
            (int16_t *)(void *)(pool + 1632), net_block1_conv2_scale);

    /* 3: /block1/add (add) */
    NNOPT_LAYER(3u);
    net_block1_add(pool + 768, pool, pool);

    /* 4: /block2/conv1 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(4u);
    net_block2_conv1(pool, net_block2_conv1_weights, net_block2_conv1_bias, pool + 1632,
            (int16_t *)(void *)(pool + 768), net_block2_conv1_scale);

    /* 5: /block2/project (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block2_project(pool, net_block2_project_weights, net_block2_project_bias, pool,
            (int16_t *)(void *)(pool + 768), net_block2_project_scale);

    /* 6: /block2/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(6u);
    net_block2_conv2(pool + 1632, net_block2_conv2_weights, net_block2_conv2_bias, pool + 384,
            (int16_t *)(void *)(pool + 768), net_block2_conv2_scale);

    /* 7: /block2/add (add) */
    NNOPT_LAYER(7u);
    net_block2_add(pool + 384, pool, pool);

    /* 8: /pool (avg_pool2d) */
    NNOPT_LAYER(8u);
    net_pool(pool, pool + 384);

    /* 9: /classifier (fully_connected, 240 MACs) */
    NNOPT_LAYER(9u);
    net_classifier(pool + 384, net_classifier_weights, net_classifier_bias, output,
            (int16_t *)(void *)pool, net_classifier_scale);

    NNOPT_LAYER(10u);
    return 0;
}
