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
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 - 1 + 1;
                const int32_t w_from = (oc * 3 + kh) * 3 + 1;
                const int32_t w_from1 = (v * 3 + kh) * 3 + 1;
                for (int32_t i = 0; i < 2; i++) {
                    const int32_t v1 = x[x_from + i] + 128;
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 16; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = (ih + kh) * 8 + iw;
                    const int32_t w_from = (oc * 3 + kh) * 3;
                    const int32_t w_from1 = (v * 3 + kh) * 3;
                    const int32_t x_from1 = x_from + 1;
                    for (int32_t i = 0; i < 3; i++) {
                        const int32_t v1 = x[x_from + i] + 128;
                        const int32_t v2 = x[x_from1 + i] + 128;
                        const int32_t v3 = weights[w_from + i];
                        const int32_t v4 = weights[w_from1 + i];
                        acc0 += v1 * v3;
                        acc01 += v1 * v4;
                        acc1 += v2 * v3;
                        acc11 += v2 * v4;
                    }
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v5 = oh * 128;
                const int32_t v6 = v5 + ow * 16;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 16;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 + 6;
                const int32_t w_from = (oc * 3 + kh) * 3;
                const int32_t w_from1 = (v * 3 + kh) * 3;
                for (int32_t i = 0; i < 2; i++) {
                    const int32_t v1 = x[x_from + i] + 128;
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc + 112] = (int8_t)v1;
            out[v3 + v + 112] = (int8_t)v2;
        }
    }
}

static void net_block1_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 8 - 1) * 16;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 1; kw < 3; kw++) {
                    const int32_t v4 = v1 + kw * 16;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 16; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t v1 = ((ih + kh) * 8 + iw) * 16;
                    const int32_t v2 = (oc * 3 + kh) * 3;
                    const int32_t v3 = (v * 3 + kh) * 3;
                    for (int32_t kw = 0; kw < 3; kw++) {
                        const int32_t v4 = v1 + kw * 16;
                        const int32_t v5 = v4 + 16;
                        const int32_t v6 = weights[v2 + kw];
                        const int32_t v7 = weights[v3 + kw];
                        acc0 += (x[v4 + oc] + 128) * v6;
                        acc01 += (x[v4 + v] + 128) * v7;
                        acc1 += (x[v5 + oc] + 128) * v6;
                        acc11 += (x[v5 + v] + 128) * v7;
                    }
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v5 = oh * 128;
                const int32_t v6 = v5 + ow * 16;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 16;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
        for (int32_t oc = 0; oc < 16; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 8 + 6) * 16;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v4 = v1 + kw * 16;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc + 112] = (int8_t)v1;
            out[v3 + v + 112] = (int8_t)v2;
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
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                const int32_t x_from = (oh * 8 + ow) * 16;
                const int32_t w_from = oc * 16;
                const int32_t w_from1 = v * 16;
                const int32_t x_from1 = x_from + 16;
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t i = 0; i < 16; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
                    const int32_t x_even = nnopt_sxtab16_ror0(8388736, x_bytes);
                    const int32_t x_odd = nnopt_sxtab16_ror8(8388736, x_bytes);
                    const int32_t x_bytes1 = nnopt_load_x4(&x[x_from1 + i]);
                    const int32_t x_even1 = nnopt_sxtab16_ror0(8388736, x_bytes1);
                    const int32_t x_odd1 = nnopt_sxtab16_ror8(8388736, x_bytes1);
                    const int32_t w_bytes = nnopt_load_x4(&weights[w_from + i]);
                    const int32_t w_even = nnopt_sxtab16_ror0(0, w_bytes);
                    const int32_t w_odd = nnopt_sxtab16_ror8(0, w_bytes);
                    const int32_t w_bytes1 = nnopt_load_x4(&weights[w_from1 + i]);
                    const int32_t w_even1 = nnopt_sxtab16_ror0(0, w_bytes1);
                    const int32_t w_odd1 = nnopt_sxtab16_ror8(0, w_bytes1);
                    acc0 = nnopt_smlad(x_odd, w_odd, nnopt_smlad(x_even, w_even, acc0));
                    acc01 = nnopt_smlad(x_odd, w_odd1, nnopt_smlad(x_even, w_even1, acc01));
                    acc1 = nnopt_smlad(x_odd1, w_odd, nnopt_smlad(x_even1, w_even, acc1));
                    acc11 = nnopt_smlad(x_odd1, w_odd1, nnopt_smlad(x_even1, w_even1, acc11));
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v5 = oh * 192;
                const int32_t v6 = v5 + ow * 24;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 24;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
    }
}

static void net_block2_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            const int32_t bias0 = bias[oc];
            const int32_t bias1 = bias[v];
            int32_t acc0 = bias0;
            int32_t acc01 = bias1;
            int32_t acc1 = bias0;
            int32_t acc11 = bias1;
            for (int32_t kh = 0; kh < kh_end; kh++) {
                const int32_t v1 = (ih + kh) * 8 * 24;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v4 = v1 + kw * 24;
                    const int32_t v5 = v4 + 48;
                    const int32_t v6 = weights[v2 + kw];
                    const int32_t v7 = weights[v3 + kw];
                    acc0 += (x[v4 + oc] + 128) * v6;
                    acc01 += (x[v4 + v] + 128) * v7;
                    acc1 += (x[v5 + oc] + 128) * v6;
                    acc11 += (x[v5 + v] + 128) * v7;
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v5 = oh * 96;
            const int32_t v6 = v5 + oc;
            out[v6] = (int8_t)v1;
            const int32_t v7 = v5 + v;
            out[v7] = (int8_t)v2;
            out[v6 + 24] = (int8_t)v3;
            out[v7 + 24] = (int8_t)v4;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = 0; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 8 + 4) * 24;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v4 = v1 + kw * 24;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc + 48] = (int8_t)v1;
            out[v3 + v + 48] = (int8_t)v2;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = 0; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 8 + 6) * 24;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v4 = v1 + kw * 24;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc + 72] = (int8_t)v1;
            out[v3 + v + 72] = (int8_t)v2;
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
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                const int32_t x_from = (oh * 4 + ow) * 24;
                const int32_t w_from = oc * 24;
                const int32_t w_from1 = v * 24;
                const int32_t x_from1 = x_from + 24;
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
                    const int32_t x_even = nnopt_sxtab16_ror0(8388736, x_bytes);
                    const int32_t x_odd = nnopt_sxtab16_ror8(8388736, x_bytes);
                    const int32_t x_bytes1 = nnopt_load_x4(&x[x_from1 + i]);
                    const int32_t x_even1 = nnopt_sxtab16_ror0(8388736, x_bytes1);
                    const int32_t x_odd1 = nnopt_sxtab16_ror8(8388736, x_bytes1);
                    const int32_t w_bytes = nnopt_load_x4(&weights[w_from + i]);
                    const int32_t w_even = nnopt_sxtab16_ror0(0, w_bytes);
                    const int32_t w_odd = nnopt_sxtab16_ror8(0, w_bytes);
                    const int32_t w_bytes1 = nnopt_load_x4(&weights[w_from1 + i]);
                    const int32_t w_even1 = nnopt_sxtab16_ror0(0, w_bytes1);
                    const int32_t w_odd1 = nnopt_sxtab16_ror8(0, w_bytes1);
                    acc0 = nnopt_smlad(x_odd, w_odd, nnopt_smlad(x_even, w_even, acc0));
                    acc01 = nnopt_smlad(x_odd, w_odd1, nnopt_smlad(x_even, w_even1, acc01));
                    acc1 = nnopt_smlad(x_odd1, w_odd, nnopt_smlad(x_even1, w_even, acc1));
                    acc11 = nnopt_smlad(x_odd1, w_odd1, nnopt_smlad(x_even1, w_even1, acc11));
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v5 = oh * 128;
                const int32_t v6 = v5 + ow * 32;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 32;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
    }
}

static void net_block3_depthwise(const int8_t *x, const int8_t *weights, const int32_t *bias,
                                 int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 4 - ih);
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 4 - 1) * 32;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 1; kw < 3; kw++) {
                    const int32_t v4 = v1 + kw * 32;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v = oc + 1;
            const int32_t bias0 = bias[oc];
            const int32_t bias1 = bias[v];
            int32_t acc0 = bias0;
            int32_t acc01 = bias1;
            int32_t acc1 = bias0;
            int32_t acc11 = bias1;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t v1 = (ih + kh) * 4 * 32;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 3; kw++) {
                    const int32_t v4 = v1 + kw * 32;
                    const int32_t v5 = v4 + 32;
                    const int32_t v6 = weights[v2 + kw];
                    const int32_t v7 = weights[v3 + kw];
                    acc0 += (x[v4 + oc] + 128) * v6;
                    acc01 += (x[v4 + v] + 128) * v7;
                    acc1 += (x[v5 + oc] + 128) * v6;
                    acc11 += (x[v5 + v] + 128) * v7;
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v5 = oh * 128;
            const int32_t v6 = v5 + oc;
            out[v6 + 32] = (int8_t)v1;
            const int32_t v7 = v5 + v;
            out[v7 + 32] = (int8_t)v2;
            out[v6 + 64] = (int8_t)v3;
            out[v7 + 64] = (int8_t)v4;
        }
        for (int32_t oc = 0; oc < 32; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t v1 = ((ih + kh) * 4 + 2) * 32;
                const int32_t v2 = (oc * 3 + kh) * 3;
                const int32_t v3 = (v * 3 + kh) * 3;
                for (int32_t kw = 0; kw < 2; kw++) {
                    const int32_t v4 = v1 + kw * 32;
                    acc0 += (x[v4 + oc] + 128) * weights[v2 + kw];
                    acc1 += (x[v4 + v] + 128) * weights[v3 + kw];
                }
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 128;
            out[v3 + oc + 96] = (int8_t)v1;
            out[v3 + v + 96] = (int8_t)v2;
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
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                const int32_t x_from = (oh * 4 + ow) * 32;
                const int32_t w_from = oc * 32;
                const int32_t w_from1 = v * 32;
                const int32_t x_from1 = x_from + 32;
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t i = 0; i < 32; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
                    const int32_t x_even = nnopt_sxtab16_ror0(8388736, x_bytes);
                    const int32_t x_odd = nnopt_sxtab16_ror8(8388736, x_bytes);
                    const int32_t x_bytes1 = nnopt_load_x4(&x[x_from1 + i]);
                    const int32_t x_even1 = nnopt_sxtab16_ror0(8388736, x_bytes1);
                    const int32_t x_odd1 = nnopt_sxtab16_ror8(8388736, x_bytes1);
                    const int32_t w_bytes = nnopt_load_x4(&weights[w_from + i]);
                    const int32_t w_even = nnopt_sxtab16_ror0(0, w_bytes);
                    const int32_t w_odd = nnopt_sxtab16_ror8(0, w_bytes);
                    const int32_t w_bytes1 = nnopt_load_x4(&weights[w_from1 + i]);
                    const int32_t w_even1 = nnopt_sxtab16_ror0(0, w_bytes1);
                    const int32_t w_odd1 = nnopt_sxtab16_ror8(0, w_bytes1);
                    acc0 = nnopt_smlad(x_odd, w_odd, nnopt_smlad(x_even, w_even, acc0));
                    acc01 = nnopt_smlad(x_odd, w_odd1, nnopt_smlad(x_even, w_even1, acc01));
                    acc1 = nnopt_smlad(x_odd1, w_odd, nnopt_smlad(x_even1, w_even, acc1));
                    acc11 = nnopt_smlad(x_odd1, w_odd1, nnopt_smlad(x_even1, w_even1, acc11));
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 128, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 128, -128, 127);
                const int32_t v5 = oh * 128;
                const int32_t v6 = v5 + ow * 32;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 32;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
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
                acc += x[(kh * 4 + kw) * 32 + oc] + 128;
            }
        }
        const int32_t v = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc, 1948829850, 34) - 128,
                -128, 127);
        out[oc] = (int8_t)v;
    }
}

static void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                           const int32_t *multiplier)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t w_from = m * 32;
        const int32_t w_from1 = v * 32;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 32; i += 4) {
            const int32_t x_bytes = nnopt_load_x4(&x[i]);
            const int32_t x_even = nnopt_sxtab16_ror0(8388736, x_bytes);
            const int32_t x_odd = nnopt_sxtab16_ror8(8388736, x_bytes);
            const int32_t w_bytes = nnopt_load_x4(&weights[w_from + i]);
            const int32_t w_bytes1 = nnopt_load_x4(&weights[w_from1 + i]);
            const int32_t v1 = nnopt_smlad(x_odd, nnopt_sxtab16_ror8(0, w_bytes),
                    nnopt_smlad(x_even, nnopt_sxtab16_ror0(0, w_bytes), acc0));
            const int32_t v2 = nnopt_smlad(x_odd, nnopt_sxtab16_ror8(0, w_bytes1),
                    nnopt_smlad(x_even, nnopt_sxtab16_ror0(0, w_bytes1), acc1));
            acc0 = v1;
            acc1 = v2;
        }
        const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m], 40) - 11,
                -128, 127);
        const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v], 40) - 11,
                -128, 127);
        out[m] = (int8_t)v1;
        out[v] = (int8_t)v2;
    }
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 9,216 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool, net_stem_conv_multiplier,
            net_stem_conv_shift);

    /* 1: /block1/depthwise (conv2d, 9,216 MACs) */
    NNOPT_LAYER(1u);
    net_block1_depthwise(pool, net_block1_depthwise_weights, net_block1_depthwise_bias,
            pool + 1536, net_block1_depthwise_multiplier, net_block1_depthwise_shift);

    /* 2: /block1/pointwise (conv2d, 24,576 MACs) */
    NNOPT_LAYER(2u);
    net_block1_pointwise(pool + 1536, net_block1_pointwise_weights, net_block1_pointwise_bias,
            pool, net_block1_pointwise_multiplier, net_block1_pointwise_shift);

    /* 3: /block2/depthwise (conv2d, 3,456 MACs) */
    NNOPT_LAYER(3u);
    net_block2_depthwise(pool, net_block2_depthwise_weights, net_block2_depthwise_bias,
            pool + 1536, net_block2_depthwise_multiplier, net_block2_depthwise_shift);

    /* 4: /block2/pointwise (conv2d, 12,288 MACs) */
    NNOPT_LAYER(4u);
    net_block2_pointwise(pool + 1536, net_block2_pointwise_weights, net_block2_pointwise_bias,
            pool, net_block2_pointwise_multiplier, net_block2_pointwise_shift);

    /* 5: /block3/depthwise (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block3_depthwise(pool, net_block3_depthwise_weights, net_block3_depthwise_bias, pool + 512,
            net_block3_depthwise_multiplier, net_block3_depthwise_shift);

    /* 6: /block3/pointwise (conv2d, 16,384 MACs) */
    NNOPT_LAYER(6u);
    net_block3_pointwise(pool + 512, net_block3_pointwise_weights, net_block3_pointwise_bias, pool,
            net_block3_pointwise_multiplier, net_block3_pointwise_shift);

    /* 7: /pool (avg_pool2d) */
    NNOPT_LAYER(7u);
    net_pool(pool, pool + 512);

    /* 8: /classifier (fully_connected, 320 MACs) */
    NNOPT_LAYER(8u);
    net_classifier(pool + 512, net_classifier_weights, net_classifier_bias, output,
            net_classifier_multiplier);

    NNOPT_LAYER(9u);
    return 0;
}
