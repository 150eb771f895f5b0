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
        for (int32_t oc = 0; oc < 16; oc += 2) {
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
            out[oh * 128 + oc] = (int8_t)v5;
            out[oh * 128 + v4] = (int8_t)v6;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t v3 = ow - 1;
            for (int32_t oc = 0; oc < 16; oc += 2) {
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
                out[oh * 128 + ow * 16 + oc] = (int8_t)v7;
                out[oh * 128 + ow * 16 + v5] = (int8_t)v8;
                out[oh * 128 + (ow + 1) * 16 + oc] = (int8_t)v9;
                out[oh * 128 + (ow + 1) * 16 + v6] = (int8_t)v10;
            }
        }
        for (int32_t oc = 0; oc < 16; oc += 2) {
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
            out[oh * 128 + oc + 112] = (int8_t)v5;
            out[oh * 128 + v4 + 112] = (int8_t)v6;
        }
    }
}

static void net_block1_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 8 - v);
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 - 1) * 16;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t kw = 1; kw < 3; kw++) {
                    const int32_t v7 = v4 + kw * 16;
                    acc0 += (x[v7 + oc] + 128) * weights[v5 + kw];
                    acc1 += (x[v7 + v3] + 128) * weights[v6 + kw];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 128 + oc] = (int8_t)v5;
            out[oh * 128 + v4] = (int8_t)v6;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t v3 = ow - 1;
            for (int32_t oc = 0; oc < 16; oc += 2) {
                const int32_t v4 = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v4];
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t kh = v1; kh < v2; kh++) {
                    const int32_t v5 = ((v + kh) * 8 + v3) * 16;
                    const int32_t v6 = (oc * 3 + kh) * 3;
                    const int32_t v7 = (v4 * 3 + kh) * 3;
                    for (int32_t kw = 0; kw < 3; kw++) {
                        const int32_t v8 = kw * 16;
                        const int32_t v9 = v5 + v8;
                        const int32_t v10 = v5 + v8 + 16;
                        const int32_t v11 = weights[v6 + kw];
                        const int32_t v12 = weights[v7 + kw];
                        acc01 += (x[v9 + oc] + 128) * v11;
                        acc11 += (x[v9 + v4] + 128) * v12;
                        acc02 += (x[v10 + oc] + 128) * v11;
                        acc12 += (x[v10 + v4] + 128) * v12;
                    }
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 128 + ow * 16 + oc] = (int8_t)v7;
                out[oh * 128 + ow * 16 + v5] = (int8_t)v8;
                out[oh * 128 + (ow + 1) * 16 + oc] = (int8_t)v9;
                out[oh * 128 + (ow + 1) * 16 + v6] = (int8_t)v10;
            }
        }
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 8 + 6) * 16;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v7 = v4 + kw * 16;
                    acc0 += (x[v7 + oc] + 128) * weights[v5 + kw];
                    acc1 += (x[v7 + v3] + 128) * weights[v6 + kw];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 128 + oc + 112] = (int8_t)v5;
            out[oh * 128 + v4 + 112] = (int8_t)v6;
        }
    }
}

static void net_block1_pointwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        for (int32_t ow = 0; ow < 8; ow += 2) {
            for (int32_t oc = 0; oc < 24; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v];
                const int32_t v1 = (oh * 8 + ow) * 16;
                const int32_t v2 = oc * 16;
                const int32_t v3 = v * 16;
                const int32_t v4 = v1 + 16;
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t i = 0; i < 16; i += 4) {
                    const int32_t v5 = nnopt_load_x4(&x[v1 + i]);
                    const int32_t v6 = nnopt_sxtab16_ror0(8388736, v5);
                    const int32_t v7 = nnopt_sxtab16_ror8(8388736, v5);
                    const int32_t v8 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v9 = nnopt_sxtab16_ror0(8388736, v8);
                    const int32_t v10 = nnopt_sxtab16_ror8(8388736, v8);
                    const int32_t v11 = nnopt_load_x4(&weights[v2 + i]);
                    const int32_t v12 = nnopt_sxtab16_ror0(0, v11);
                    const int32_t v13 = nnopt_sxtab16_ror8(0, v11);
                    const int32_t v14 = nnopt_load_x4(&weights[v3 + i]);
                    const int32_t v15 = nnopt_sxtab16_ror0(0, v14);
                    const int32_t v16 = nnopt_sxtab16_ror8(0, v14);
                    acc01 = nnopt_smlad(v7, v13, nnopt_smlad(v6, v12, acc01));
                    acc11 = nnopt_smlad(v7, v16, nnopt_smlad(v6, v15, acc11));
                    acc02 = nnopt_smlad(v10, v13, nnopt_smlad(v9, v12, acc02));
                    acc12 = nnopt_smlad(v10, v16, nnopt_smlad(v9, v15, acc12));
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 192 + ow * 24 + oc] = (int8_t)v7;
                out[oh * 192 + ow * 24 + v5] = (int8_t)v8;
                out[oh * 192 + (ow + 1) * 24 + oc] = (int8_t)v9;
                out[oh * 192 + (ow + 1) * 24 + v6] = (int8_t)v10;
            }
        }
    }
}

static void net_block2_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh * 2;
        const int32_t v1 = nnopt_min_i32(3, 8 - v);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            const int32_t acc0 = bias[oc];
            const int32_t acc1 = bias[v2];
            int32_t acc01 = acc0;
            int32_t acc11 = acc1;
            int32_t acc02 = acc0;
            int32_t acc12 = acc1;
            for (int32_t kh = 0; kh < v1; kh++) {
                const int32_t v3 = (v + kh) * 8 * 24;
                const int32_t v4 = (oc * 3 + kh) * 3;
                const int32_t v5 = (v2 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v6 = kw * 24;
                    const int32_t v7 = v3 + v6;
                    const int32_t v8 = v3 + v6 + 48;
                    const int32_t v9 = weights[v4 + kw];
                    const int32_t v10 = weights[v5 + kw];
                    acc01 += (x[v7 + oc] + 128) * v9;
                    acc11 += (x[v7 + v2] + 128) * v10;
                    acc02 += (x[v8 + oc] + 128) * v9;
                    acc12 += (x[v8 + v2] + 128) * v10;
                }
            }
            const int32_t v3 = oc + 1;
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v3], shift[v3]) - 128, -128, 127);
            const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 96 + oc] = (int8_t)v5;
            out[oh * 96 + v3] = (int8_t)v6;
            out[oh * 96 + oc + 24] = (int8_t)v7;
            out[oh * 96 + v4 + 24] = (int8_t)v8;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v2];
            for (int32_t kh = 0; kh < v1; kh++) {
                const int32_t v3 = ((v + kh) * 8 + 4) * 24;
                const int32_t v4 = (oc * 3 + kh) * 3;
                const int32_t v5 = (v2 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v6 = v3 + kw * 24;
                    acc0 += (x[v6 + oc] + 128) * weights[v4 + kw];
                    acc1 += (x[v6 + v2] + 128) * weights[v5 + kw];
                }
            }
            const int32_t v3 = oc + 1;
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v3], shift[v3]) - 128, -128, 127);
            out[oh * 96 + oc + 48] = (int8_t)v4;
            out[oh * 96 + v3 + 48] = (int8_t)v5;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v2 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v2];
            for (int32_t kh = 0; kh < v1; kh++) {
                const int32_t v3 = ((v + kh) * 8 + 6) * 24;
                const int32_t v4 = (oc * 3 + kh) * 3;
                const int32_t v5 = (v2 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v6 = v3 + kw * 24;
                    acc0 += (x[v6 + oc] + 128) * weights[v4 + kw];
                    acc1 += (x[v6 + v2] + 128) * weights[v5 + kw];
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

static void net_block2_pointwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        for (int32_t ow = 0; ow < 4; ow += 2) {
            for (int32_t oc = 0; oc < 32; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v];
                const int32_t v1 = (oh * 4 + ow) * 24;
                const int32_t v2 = oc * 24;
                const int32_t v3 = v * 24;
                const int32_t v4 = v1 + 24;
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t v5 = nnopt_load_x4(&x[v1 + i]);
                    const int32_t v6 = nnopt_sxtab16_ror0(8388736, v5);
                    const int32_t v7 = nnopt_sxtab16_ror8(8388736, v5);
                    const int32_t v8 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v9 = nnopt_sxtab16_ror0(8388736, v8);
                    const int32_t v10 = nnopt_sxtab16_ror8(8388736, v8);
                    const int32_t v11 = nnopt_load_x4(&weights[v2 + i]);
                    const int32_t v12 = nnopt_sxtab16_ror0(0, v11);
                    const int32_t v13 = nnopt_sxtab16_ror8(0, v11);
                    const int32_t v14 = nnopt_load_x4(&weights[v3 + i]);
                    const int32_t v15 = nnopt_sxtab16_ror0(0, v14);
                    const int32_t v16 = nnopt_sxtab16_ror8(0, v14);
                    acc01 = nnopt_smlad(v7, v13, nnopt_smlad(v6, v12, acc01));
                    acc11 = nnopt_smlad(v7, v16, nnopt_smlad(v6, v15, acc11));
                    acc02 = nnopt_smlad(v10, v13, nnopt_smlad(v9, v12, acc02));
                    acc12 = nnopt_smlad(v10, v16, nnopt_smlad(v9, v15, acc12));
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 128 + ow * 32 + oc] = (int8_t)v7;
                out[oh * 128 + ow * 32 + v5] = (int8_t)v8;
                out[oh * 128 + (ow + 1) * 32 + oc] = (int8_t)v9;
                out[oh * 128 + (ow + 1) * 32 + v6] = (int8_t)v10;
            }
        }
    }
}

static void net_block3_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 4 - v);
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 4 - 1) * 32;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t kw = 1; kw < 3; kw++) {
                    const int32_t v7 = v4 + kw * 32;
                    acc0 += (x[v7 + oc] + 128) * weights[v5 + kw];
                    acc1 += (x[v7 + v3] + 128) * weights[v6 + kw];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 128 + oc] = (int8_t)v5;
            out[oh * 128 + v4] = (int8_t)v6;
        }
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v3 = oc + 1;
            const int32_t acc0 = bias[oc];
            const int32_t acc1 = bias[v3];
            int32_t acc01 = acc0;
            int32_t acc11 = acc1;
            int32_t acc02 = acc0;
            int32_t acc12 = acc1;
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = (v + kh) * 4 * 32;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v7 = kw * 32;
                    const int32_t v8 = v4 + v7;
                    const int32_t v9 = v4 + v7 + 32;
                    const int32_t v10 = weights[v5 + kw];
                    const int32_t v11 = weights[v6 + kw];
                    acc01 += (x[v8 + oc] + 128) * v10;
                    acc11 += (x[v8 + v3] + 128) * v11;
                    acc02 += (x[v9 + oc] + 128) * v10;
                    acc12 += (x[v9 + v3] + 128) * v11;
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = oc + 1;
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v4], shift[v4]) - 128, -128, 127);
            const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v5], shift[v5]) - 128, -128, 127);
            out[oh * 128 + oc + 32] = (int8_t)v6;
            out[oh * 128 + v4 + 32] = (int8_t)v7;
            out[oh * 128 + oc + 64] = (int8_t)v8;
            out[oh * 128 + v5 + 64] = (int8_t)v9;
        }
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 4 + 2) * 32;
                const int32_t v5 = (oc * 3 + kh) * 3;
                const int32_t v6 = (v3 * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v7 = v4 + kw * 32;
                    acc0 += (x[v7 + oc] + 128) * weights[v5 + kw];
                    acc1 += (x[v7 + v3] + 128) * weights[v6 + kw];
                }
            }
            const int32_t v4 = oc + 1;
            const int32_t v5 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v4], shift[v4]) - 128, -128, 127);
            out[oh * 128 + oc + 96] = (int8_t)v5;
            out[oh * 128 + v4 + 96] = (int8_t)v6;
        }
    }
}

static void net_block3_pointwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        for (int32_t ow = 0; ow < 4; ow += 2) {
            for (int32_t oc = 0; oc < 32; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t acc0 = bias[oc];
                const int32_t acc1 = bias[v];
                const int32_t v1 = (oh * 4 + ow) * 32;
                const int32_t v2 = oc * 32;
                const int32_t v3 = v * 32;
                const int32_t v4 = v1 + 32;
                int32_t acc01 = acc0;
                int32_t acc11 = acc1;
                int32_t acc02 = acc0;
                int32_t acc12 = acc1;
                for (int32_t i = 0; i < 32; i += 4) {
                    const int32_t v5 = nnopt_load_x4(&x[v1 + i]);
                    const int32_t v6 = nnopt_sxtab16_ror0(8388736, v5);
                    const int32_t v7 = nnopt_sxtab16_ror8(8388736, v5);
                    const int32_t v8 = nnopt_load_x4(&x[v4 + i]);
                    const int32_t v9 = nnopt_sxtab16_ror0(8388736, v8);
                    const int32_t v10 = nnopt_sxtab16_ror8(8388736, v8);
                    const int32_t v11 = nnopt_load_x4(&weights[v2 + i]);
                    const int32_t v12 = nnopt_sxtab16_ror0(0, v11);
                    const int32_t v13 = nnopt_sxtab16_ror8(0, v11);
                    const int32_t v14 = nnopt_load_x4(&weights[v3 + i]);
                    const int32_t v15 = nnopt_sxtab16_ror0(0, v14);
                    const int32_t v16 = nnopt_sxtab16_ror8(0, v14);
                    acc01 = nnopt_smlad(v7, v13, nnopt_smlad(v6, v12, acc01));
                    acc11 = nnopt_smlad(v7, v16, nnopt_smlad(v6, v15, acc11));
                    acc02 = nnopt_smlad(v10, v13, nnopt_smlad(v9, v12, acc02));
                    acc12 = nnopt_smlad(v10, v16, nnopt_smlad(v9, v15, acc12));
                }
                const int32_t v5 = oc + 1;
                const int32_t v6 = oc + 1;
                const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v5], shift[v5]) - 128, -128, 127);
                const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
                const int32_t v10 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v6], shift[v6]) - 128, -128, 127);
                out[oh * 128 + ow * 32 + oc] = (int8_t)v7;
                out[oh * 128 + ow * 32 + v5] = (int8_t)v8;
                out[oh * 128 + (ow + 1) * 32 + oc] = (int8_t)v9;
                out[oh * 128 + (ow + 1) * 32 + v6] = (int8_t)v10;
            }
        }
    }
}

static void net_pool(const int8_t *x, int8_t *out)
{
    for (int32_t oc = 0; oc < 32; oc++) {
        int32_t acc = 0;
        for (int32_t kh = 0; kh < 4; kh++) {
            for (int32_t kw = 0; kw < 4; kw++) {
                acc += (x[(kh * 4 + kw) * 32 + oc] + 128);
            }
        }
        const int32_t v = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc, 1948829850, 34) - 128, -128, 127);
        out[oc] = (int8_t)v;
    }
}

static void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                           const int32_t *multiplier)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t v1 = m * 32;
        const int32_t v2 = v * 32;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 32; i += 4) {
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
        const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m], 40) - 11, -128, 127);
        const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v], 40) - 11, -128, 127);
        out[m] = (int8_t)v3;
        out[v] = (int8_t)v4;
    }
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 9,216 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool, net_stem_conv_multiplier, net_stem_conv_shift);

    /* 1: /block1/depthwise (conv2d, 9,216 MACs) */
    NNOPT_LAYER(1u);
    net_block1_depthwise(pool, net_block1_depthwise_weights, net_block1_depthwise_bias, pool + 1536, net_block1_depthwise_multiplier, net_block1_depthwise_shift);

    /* 2: /block1/pointwise (conv2d, 24,576 MACs) */
    NNOPT_LAYER(2u);
    net_block1_pointwise(pool + 1536, net_block1_pointwise_weights, net_block1_pointwise_bias, pool, net_block1_pointwise_multiplier, net_block1_pointwise_shift);

    /* 3: /block2/depthwise (conv2d, 3,456 MACs) */
    NNOPT_LAYER(3u);
    net_block2_depthwise(pool, net_block2_depthwise_weights, net_block2_depthwise_bias, pool + 1536, net_block2_depthwise_multiplier, net_block2_depthwise_shift);

    /* 4: /block2/pointwise (conv2d, 12,288 MACs) */
    NNOPT_LAYER(4u);
    net_block2_pointwise(pool + 1536, net_block2_pointwise_weights, net_block2_pointwise_bias, pool, net_block2_pointwise_multiplier, net_block2_pointwise_shift);

    /* 5: /block3/depthwise (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block3_depthwise(pool, net_block3_depthwise_weights, net_block3_depthwise_bias, pool + 512, net_block3_depthwise_multiplier, net_block3_depthwise_shift);

    /* 6: /block3/pointwise (conv2d, 16,384 MACs) */
    NNOPT_LAYER(6u);
    net_block3_pointwise(pool + 512, net_block3_pointwise_weights, net_block3_pointwise_bias, pool, net_block3_pointwise_multiplier, net_block3_pointwise_shift);

    /* 7: /pool (avg_pool2d) */
    NNOPT_LAYER(7u);
    net_pool(pool, pool + 512);

    /* 8: /classifier (fully_connected, 320 MACs) */
    NNOPT_LAYER(8u);
    net_classifier(pool + 512, net_classifier_weights, net_classifier_bias, output, net_classifier_multiplier);

    NNOPT_LAYER(9u);
    return 0;
}
