/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_fxp.h"
#include "nnopt_dsp.h"

/* Define NNOPT_LAYER_HOOK as the name of a function to be called with the number of each layer
 * before it runs, and with the number of layers after the last one. */
#ifdef NNOPT_LAYER_HOOK
void NNOPT_LAYER_HOOK(unsigned layer);
#define NNOPT_LAYER(number) NNOPT_LAYER_HOOK(number)
#else
#define NNOPT_LAYER(number) ((void)0)
#endif

static void net_stem_conv(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                          const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 8 - v);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = (v + kh) * 8 - 1 + 1;
                const int32_t v5 = (oc * 3 + kh) * 3 + 1;
                const int32_t v6 = (v3 * 3 + kh) * 3 + 1;
                for (int32_t i = 0; i < 2; i++) {
                    const int32_t v7 = x[v4 + i] + 128;
                    acc0 += v7 * weights[v5 + i];
                    acc1 += v7 * weights[v6 + i];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc] = (int8_t)v5;
            out[oh * 96 + v4] = (int8_t)v6;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t v3 = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v4 = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v4];
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t kh = v1; kh < v2; kh++) {
                    const int32_t v5 = (v + kh) * 8 + v3;
                    const int32_t v6 = (oc * 3 + kh) * 3;
                    const int32_t v7 = (v4 * 3 + kh) * 3;
                    const int32_t v8 = v5 + 1;
                    for (int32_t i = 0; i < 3; i++) {
                        const int32_t v9 = x[v5 + i] + 128;
                        const int32_t v10 = x[v8 + i] + 128;
                        const int32_t v11 = weights[v6 + i];
                        const int32_t v12 = weights[v7 + i];
                        acc01 += v9 * v11;
                        acc11 += v9 * v12;
                        acc02 += v10 * v11;
                        acc12 += v10 * v12;
                    }
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 96 + ow * 12 + oc] = (int8_t)v7;
                out[oh * 96 + ow * 12 + v5] = (int8_t)v8;
                out[oh * 96 + (ow + 1) * 12 + oc] = (int8_t)v9;
                out[oh * 96 + (ow + 1) * 12 + v6] = (int8_t)v10;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = (v + kh) * 8 + 6;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t i = 0; i < 2; i++) {
                    const int32_t v7 = x[v4 + i] + 128;
                    acc0 += v7 * weights[v5 + i];
                    acc1 += v7 * weights[v6 + i];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc + 84] = (int8_t)v5;
            out[oh * 96 + v4 + 84] = (int8_t)v6;
        }
    }
}

static void net_block1_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 8 - v);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 - 1) * 12 + 12;
                const int32_t v5 = (oc * 3 + kh) * 36 + 12;
                const int32_t v6 = (v3 * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc] = (int8_t)v5;
            out[oh * 96 + v4] = (int8_t)v6;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t v3 = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v4 = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v4];
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t kh = v1; kh < v2; kh++) {
                    const int32_t v5 = ((v + kh) * 8 + v3) * 12;
                    const int32_t v6 = (oc * 3 + kh) * 36;
                    const int32_t v7 = (v4 * 3 + kh) * 36;
                    const int32_t v8 = v5 + 12;
                    for (int32_t i = 0; i < 36; i += 4) {
                        const int32_t v9 = nnopt_load_x4(&x[v5 + i]);
                        const int32_t v10 = nnopt_sxtab16_ror0(8388736, v9);
                        const int32_t v11 = nnopt_sxtab16_ror8(8388736, v9);
                        const int32_t v12 = nnopt_load_x4(&x[v8 + i]);
                        const int32_t v13 = nnopt_sxtab16_ror0(8388736, v12);
                        const int32_t v14 = nnopt_sxtab16_ror8(8388736, v12);
                        const int32_t v15 = nnopt_load_x4(&weights[v6 + i]);
                        const int32_t v16 = nnopt_sxtab16_ror0(0, v15);
                        const int32_t v17 = nnopt_sxtab16_ror8(0, v15);
                        const int32_t v18 = nnopt_load_x4(&weights[v7 + i]);
                        const int32_t v19 = nnopt_sxtab16_ror0(0, v18);
                        const int32_t v20 = nnopt_sxtab16_ror8(0, v18);
                        acc01 = nnopt_smlad(v11, v17, nnopt_smlad(v10, v16, acc01));
                        acc11 = nnopt_smlad(v11, v20, nnopt_smlad(v10, v19, acc11));
                        acc02 = nnopt_smlad(v14, v17, nnopt_smlad(v13, v16, acc02));
                        acc12 = nnopt_smlad(v14, v20, nnopt_smlad(v13, v19, acc12));
                    }
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 96 + ow * 12 + oc] = (int8_t)v7;
                out[oh * 96 + ow * 12 + v5] = (int8_t)v8;
                out[oh * 96 + (ow + 1) * 12 + oc] = (int8_t)v9;
                out[oh * 96 + (ow + 1) * 12 + v6] = (int8_t)v10;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 + 6) * 12;
                const int32_t v5 = (oc * 3 + kh) * 36;
                const int32_t v6 = (v3 * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc + 84] = (int8_t)v5;
            out[oh * 96 + v4 + 84] = (int8_t)v6;
        }
    }
}

static void net_block1_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 8 - v);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 - 1) * 12 + 12;
                const int32_t v5 = (oc * 3 + kh) * 36 + 12;
                const int32_t v6 = (v3 * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) + 6, -128, 127);
            out[oh * 96 + oc] = (int8_t)v5;
            out[oh * 96 + v4] = (int8_t)v6;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t v3 = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v4 = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v4];
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t kh = v1; kh < v2; kh++) {
                    const int32_t v5 = ((v + kh) * 8 + v3) * 12;
                    const int32_t v6 = (oc * 3 + kh) * 36;
                    const int32_t v7 = (v4 * 3 + kh) * 36;
                    const int32_t v8 = v5 + 12;
                    for (int32_t i = 0; i < 36; i += 4) {
                        const int32_t v9 = nnopt_load_x4(&x[v5 + i]);
                        const int32_t v10 = nnopt_sxtab16_ror0(8388736, v9);
                        const int32_t v11 = nnopt_sxtab16_ror8(8388736, v9);
                        const int32_t v12 = nnopt_load_x4(&x[v8 + i]);
                        const int32_t v13 = nnopt_sxtab16_ror0(8388736, v12);
                        const int32_t v14 = nnopt_sxtab16_ror8(8388736, v12);
                        const int32_t v15 = nnopt_load_x4(&weights[v6 + i]);
                        const int32_t v16 = nnopt_sxtab16_ror0(0, v15);
                        const int32_t v17 = nnopt_sxtab16_ror8(0, v15);
                        const int32_t v18 = nnopt_load_x4(&weights[v7 + i]);
                        const int32_t v19 = nnopt_sxtab16_ror0(0, v18);
                        const int32_t v20 = nnopt_sxtab16_ror8(0, v18);
                        acc01 = nnopt_smlad(v11, v17, nnopt_smlad(v10, v16, acc01));
                        acc11 = nnopt_smlad(v11, v20, nnopt_smlad(v10, v19, acc11));
                        acc02 = nnopt_smlad(v14, v17, nnopt_smlad(v13, v16, acc02));
                        acc12 = nnopt_smlad(v14, v20, nnopt_smlad(v13, v19, acc12));
                    }
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) + 6, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) + 6, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) + 6, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) + 6, -128, 127);
                out[oh * 96 + ow * 12 + oc] = (int8_t)v7;
                out[oh * 96 + ow * 12 + v5] = (int8_t)v8;
                out[oh * 96 + (ow + 1) * 12 + oc] = (int8_t)v9;
                out[oh * 96 + (ow + 1) * 12 + v6] = (int8_t)v10;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 + 6) * 12;
                const int32_t v5 = (oc * 3 + kh) * 36;
                const int32_t v6 = (v3 * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) + 6, -128, 127);
            out[oh * 96 + oc + 84] = (int8_t)v5;
            out[oh * 96 + v4 + 84] = (int8_t)v6;
        }
    }
}

static void net_block1_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 768; i++) {
        const int32_t v = nnopt_apply_scale_half_up((x1[i] + 128) * 2384181 + (x[i] - 6) * 6974967, 1, 22);
        out[i] = (int8_t)(nnopt_clamp_i32(v, 0, 255) - 128);
    }
}

static void net_block2_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh * 2 - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v2];
            for (int32_t kh = v1; kh < 3; kh++) {
                const int32_t v3 = ((v + kh) * 8 - 1) * 12 + 12;
                const int32_t v4 = (oc * 3 + kh) * 36 + 12;
                const int32_t v5 = (v2 * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v6 = nnopt_load_x4(&x[v3 + i]);
                    const int32_t v7 = nnopt_sxtab16_ror0(8388736, v6);
                    const int32_t v8 = nnopt_sxtab16_ror8(8388736, v6);
                    const int32_t v9 = nnopt_load_x4(&weights[v4 + i]);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_smlad(v8, nnopt_sxtab16_ror8(0, v9), nnopt_smlad(v7, nnopt_sxtab16_ror0(0, v9), acc0));
                    const int32_t v12 = nnopt_smlad(v8, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v7, nnopt_sxtab16_ror0(0, v10), acc1));
                    acc0 = v11;
                    acc1 = v12;
                }
            }
            const int32_t v3 = oc + 1;
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v3], shift[v3]) - 128, -128, 127);
            out[oh * 96 + oc] = (int8_t)v4;
            out[oh * 96 + v3] = (int8_t)v5;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            const int32_t acc0 = bias[oc];
            const int32_t acc1 = bias[v2];
            int32_t acc01 = acc0;
            int32_t acc11 = acc1;
            int32_t acc02 = acc0;
            int32_t acc12 = acc1;
            for (int32_t kh = v1; kh < 3; kh++) {
                const int32_t v3 = ((v + kh) * 8 + 1) * 12;
                const int32_t v4 = (oc * 3 + kh) * 36;
                const int32_t v5 = (v2 * 3 + kh) * 36;
                const int32_t v6 = v3 + 24;
                for (int32_t i = 0; i < 36; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v3 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&x[v6 + i]);
                    const int32_t v11 = nnopt_sxtab16_ror0(8388736, v10);
                    const int32_t v12 = nnopt_sxtab16_ror8(8388736, v10);
                    const int32_t v13 = nnopt_load_x4(&weights[v4 + i]);
                    const int32_t v14 = nnopt_sxtab16_ror0(0, v13);
                    const int32_t v15 = nnopt_sxtab16_ror8(0, v13);
                    const int32_t v16 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v17 = nnopt_sxtab16_ror0(0, v16);
                    const int32_t v18 = nnopt_sxtab16_ror8(0, v16);
                    acc01 = nnopt_smlad(v9, v15, nnopt_smlad(v8, v14, acc01));
                    acc11 = nnopt_smlad(v9, v18, nnopt_smlad(v8, v17, acc11));
                    acc02 = nnopt_smlad(v12, v15, nnopt_smlad(v11, v14, acc02));
                    acc12 = nnopt_smlad(v12, v18, nnopt_smlad(v11, v17, acc12));
                }
            }
            const int32_t v3 = oc + 1;
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v3], shift[v3]) - 128, -128, 127);
            const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc + 24] = (int8_t)v5;
            out[oh * 96 + v3 + 24] = (int8_t)v6;
            out[oh * 96 + oc + 48] = (int8_t)v7;
            out[oh * 96 + v4 + 48] = (int8_t)v8;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v2];
            for (int32_t kh = v1; kh < 3; kh++) {
                const int32_t v3 = ((v + kh) * 8 + 5) * 12;
                const int32_t v4 = (oc * 3 + kh) * 36;
                const int32_t v5 = (v2 * 3 + kh) * 36;
                for (int32_t i = 0; i < 36; i += 4) {
                    const int32_t v6 = nnopt_load_x4(&x[v3 + i]);
                    const int32_t v7 = nnopt_sxtab16_ror0(8388736, v6);
                    const int32_t v8 = nnopt_sxtab16_ror8(8388736, v6);
                    const int32_t v9 = nnopt_load_x4(&weights[v4 + i]);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_smlad(v8, nnopt_sxtab16_ror8(0, v9), nnopt_smlad(v7, nnopt_sxtab16_ror0(0, v9), acc0));
                    const int32_t v12 = nnopt_smlad(v8, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v7, nnopt_sxtab16_ror0(0, v10), acc1));
                    acc0 = v11;
                    acc1 = v12;
                }
            }
            const int32_t v3 = oc + 1;
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v3], shift[v3]) - 128, -128, 127);
            out[oh * 96 + oc + 72] = (int8_t)v4;
            out[oh * 96 + v3 + 72] = (int8_t)v5;
        }
    }
}

static void net_block2_project(const int8_t *x, const int8_t *weights, const int32_t *bias,
                               int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh * 2;
        for (int32_t ow = 0; ow < 4; ow += 2) {
            const int32_t v1 = ow * 2;
            for (int32_t oc = 0; oc < 24; oc += 2) {
                const int32_t v2 = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v2];
                const int32_t v3 = (v * 8 + v1) * 12;
                const int32_t v4 = oc * 12;
                const int32_t v5 = v2 * 12;
                const int32_t v6 = v3 + 24;
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t i = 0; i < 12; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v3 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&x[v6 + i]);
                    const int32_t v11 = nnopt_sxtab16_ror0(8388736, v10);
                    const int32_t v12 = nnopt_sxtab16_ror8(8388736, v10);
                    const int32_t v13 = nnopt_load_x4(&weights[v4 + i]);
                    const int32_t v14 = nnopt_sxtab16_ror0(0, v13);
                    const int32_t v15 = nnopt_sxtab16_ror8(0, v13);
                    const int32_t v16 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v17 = nnopt_sxtab16_ror0(0, v16);
                    const int32_t v18 = nnopt_sxtab16_ror8(0, v16);
                    acc01 = nnopt_smlad(v9, v15, nnopt_smlad(v8, v14, acc01));
                    acc11 = nnopt_smlad(v9, v18, nnopt_smlad(v8, v17, acc11));
                    acc02 = nnopt_smlad(v12, v15, nnopt_smlad(v11, v14, acc02));
                    acc12 = nnopt_smlad(v12, v18, nnopt_smlad(v11, v17, acc12));
                }
                const int32_t v7 = oc + 1;
                const int32_t v8 = oc + 1;
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 20, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v7], shift[v7]) - 20, -128, 127);
                const int32_t v11 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 20, -128, 127);
                const int32_t v12 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v8], shift[v8]) - 20, -128, 127);
                out[oh * 96 + ow * 24 + oc] = (int8_t)v9;
                out[oh * 96 + ow * 24 + v7] = (int8_t)v10;
                out[oh * 96 + (ow + 1) * 24 + oc] = (int8_t)v11;
                out[oh * 96 + (ow + 1) * 24 + v8] = (int8_t)v12;
            }
        }
    }
}

static void net_block2_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 4 - v);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 4 - 1) * 24 + 24;
                const int32_t v5 = (oc * 3 + kh) * 72 + 24;
                const int32_t v6 = (v3 * 3 + kh) * 72 + 24;
                for (int32_t i = 0; i < 48; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) + 6, -128, 127);
            out[oh * 96 + oc] = (int8_t)v5;
            out[oh * 96 + v4] = (int8_t)v6;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v3 = oc + 1;
            const int32_t acc0 = bias[oc];
            const int32_t acc1 = bias[v3];
            int32_t acc01 = acc0;
            int32_t acc11 = acc1;
            int32_t acc02 = acc0;
            int32_t acc12 = acc1;
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = (v + kh) * 4 * 24;
                const int32_t v5 = (oc * 3 + kh) * 72;
                const int32_t v6 = (v3 * 3 + kh) * 72;
                const int32_t v7 = v4 + 24;
                for (int32_t i = 0; i < 72; i += 4) {
                    const int32_t v8 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v9 = nnopt_sxtab16_ror0(8388736, v8);
                    const int32_t v10 = nnopt_sxtab16_ror8(8388736, v8);
                    const int32_t v11 = nnopt_load_x4(&x[v7 + i]);
                    const int32_t v12 = nnopt_sxtab16_ror0(8388736, v11);
                    const int32_t v13 = nnopt_sxtab16_ror8(8388736, v11);
                    const int32_t v14 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v15 = nnopt_sxtab16_ror0(0, v14);
                    const int32_t v16 = nnopt_sxtab16_ror8(0, v14);
                    const int32_t v17 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v18 = nnopt_sxtab16_ror0(0, v17);
                    const int32_t v19 = nnopt_sxtab16_ror8(0, v17);
                    acc01 = nnopt_smlad(v10, v16, nnopt_smlad(v9, v15, acc01));
                    acc11 = nnopt_smlad(v10, v19, nnopt_smlad(v9, v18, acc11));
                    acc02 = nnopt_smlad(v13, v16, nnopt_smlad(v12, v15, acc02));
                    acc12 = nnopt_smlad(v13, v19, nnopt_smlad(v12, v18, acc12));
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = oc + 1;
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v4], shift[v4]) + 6, -128, 127);
            const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v5], shift[v5]) + 6, -128, 127);
            out[oh * 96 + oc + 24] = (int8_t)v6;
            out[oh * 96 + v4 + 24] = (int8_t)v7;
            out[oh * 96 + oc + 48] = (int8_t)v8;
            out[oh * 96 + v5 + 48] = (int8_t)v9;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 4 + 2) * 24;
                const int32_t v5 = (oc * 3 + kh) * 72;
                const int32_t v6 = (v3 * 3 + kh) * 72;
                for (int32_t i = 0; i < 48; i += 4) {
                    const int32_t v7 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v8 = nnopt_sxtab16_ror0(8388736, v7);
                    const int32_t v9 = nnopt_sxtab16_ror8(8388736, v7);
                    const int32_t v10 = nnopt_load_x4(&weights[v5 + i]);
                    const int32_t v11 = nnopt_load_x4(&weights[v6 + i]);
                    const int32_t v12 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v10), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v10), acc0));
                    const int32_t v13 = nnopt_smlad(v9, nnopt_sxtab16_ror8(0, v11), nnopt_smlad(v8, nnopt_sxtab16_ror0(0, v11), acc1));
                    acc0 = v12;
                    acc1 = v13;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) + 6, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) + 6, -128, 127);
            out[oh * 96 + oc + 72] = (int8_t)v5;
            out[oh * 96 + v4 + 72] = (int8_t)v6;
        }
    }
}

static void net_block2_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 384; i++) {
        const int32_t v = nnopt_apply_scale_half_up((x1[i] + 20) * 5699782 + (x[i] - 6) * 5969089, 1, 22);
        out[i] = (int8_t)(nnopt_clamp_i32(v, 0, 255) - 128);
    }
}

static void net_pool(const int8_t *x, int8_t *out)
{
    for (int32_t oc = 0; oc < 24; oc++) {
        int32_t acc = 0;
        for (int32_t kh = 0; kh < 4; kh++) {
            for (int32_t kw = 0; kw < 4; kw++) {
                acc += (x[(kh * 4 + kw) * 24 + oc] + 128);
            }
        }
        const int32_t v = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc, 1257795117, 33) - 128, -128, 127);
        out[oc] = (int8_t)v;
    }
}

static void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                           const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t v1 = m * 24;
        const int32_t v2 = v * 24;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 24; i += 4) {
            const int32_t v3 = nnopt_load_x4(&x[i]);
            const int32_t v4 = nnopt_sxtab16_ror0(8388736, v3);
            const int32_t v5 = nnopt_sxtab16_ror8(8388736, v3);
            const int32_t v6 = nnopt_load_x4(&weights[v1 + i]);
            const int32_t v7 = nnopt_load_x4(&weights[v2 + i]);
            const int32_t v8 = nnopt_smlad(v5, nnopt_sxtab16_ror8(0, v6), nnopt_smlad(v4, nnopt_sxtab16_ror0(0, v6), acc0));
            const int32_t v9 = nnopt_smlad(v5, nnopt_sxtab16_ror8(0, v7), nnopt_smlad(v4, nnopt_sxtab16_ror0(0, v7), acc1));
            acc0 = v8;
            acc1 = v9;
        }
        const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m], shift[m]) - 37, -128, 127);
        const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v], shift[v]) - 37, -128, 127);
        out[m] = (int8_t)v3;
        out[v] = (int8_t)v4;
    }
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool, net_stem_conv_multiplier, net_stem_conv_shift);

    /* 1: /block1/conv1 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(1u);
    net_block1_conv1(pool, net_block1_conv1_weights, net_block1_conv1_bias, pool + 768, net_block1_conv1_multiplier, net_block1_conv1_shift);

    /* 2: /block1/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(2u);
    net_block1_conv2(pool + 768, net_block1_conv2_weights, net_block1_conv2_bias, pool + 1536, net_block1_conv2_multiplier, net_block1_conv2_shift);

    /* 3: /block1/add (requantize) */
    NNOPT_LAYER(3u);
    net_block1_add(pool + 1536, pool, pool + 1536);

    /* 4: /block2/conv1 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(4u);
    net_block2_conv1(pool + 1536, net_block2_conv1_weights, net_block2_conv1_bias, pool, net_block2_conv1_multiplier, net_block2_conv1_shift);

    /* 5: /block2/project (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block2_project(pool + 1536, net_block2_project_weights, net_block2_project_bias, pool + 384, net_block2_project_multiplier, net_block2_project_shift);

    /* 6: /block2/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(6u);
    net_block2_conv2(pool, net_block2_conv2_weights, net_block2_conv2_bias, pool + 768, net_block2_conv2_multiplier, net_block2_conv2_shift);

    /* 7: /block2/add (requantize) */
    NNOPT_LAYER(7u);
    net_block2_add(pool + 768, pool + 384, pool + 768);

    /* 8: /pool (avg_pool2d) */
    NNOPT_LAYER(8u);
    net_pool(pool + 768, pool);

    /* 9: /classifier (fully_connected, 240 MACs) */
    NNOPT_LAYER(9u);
    net_classifier(pool, net_classifier_weights, net_classifier_bias, output, net_classifier_multiplier, net_classifier_shift);

    NNOPT_LAYER(10u);
    return 0;
}
