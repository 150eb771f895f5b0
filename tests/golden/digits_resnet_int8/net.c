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
        for (int32_t oc = 0; oc < 12; oc += 2) {
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
            const int32_t v3 = oh * 96;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
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
                const int32_t v5 = oh * 96;
                const int32_t v6 = v5 + ow * 12;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 12;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
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
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = (int8_t)v1;
            out[v3 + v + 84] = (int8_t)v2;
        }
    }
}

static void net_block1_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = ((ih + kh) * 8 + iw) * 12;
                    const int32_t w_from = (oc * 3 + kh) * 36;
                    const int32_t w_from1 = (v * 3 + kh) * 36;
                    const int32_t x_from1 = x_from + 12;
                    for (int32_t i = 0; i < 36; i += 4) {
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
                const int32_t v6 = v5 + ow * 12;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 12;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 6) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = (int8_t)v1;
            out[v3 + v + 84] = (int8_t)v2;
        }
    }
}

static void net_block1_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = ((ih + kh) * 8 + iw) * 12;
                    const int32_t w_from = (oc * 3 + kh) * 36;
                    const int32_t w_from1 = (v * 3 + kh) * 36;
                    const int32_t x_from1 = x_from + 12;
                    for (int32_t i = 0; i < 36; i += 4) {
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
                }
                const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                        shift[oc]) + 6, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) + 6, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) + 6, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) + 6, -128, 127);
                const int32_t v5 = oh * 96;
                const int32_t v6 = v5 + ow * 12;
                out[v6 + oc] = (int8_t)v1;
                out[v6 + v] = (int8_t)v2;
                const int32_t v7 = v5 + (ow + 1) * 12;
                out[v7 + oc] = (int8_t)v3;
                out[v7 + v] = (int8_t)v4;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 6) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = (int8_t)v1;
            out[v3 + v + 84] = (int8_t)v2;
        }
    }
}

static void net_block1_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 768; i++) {
        const int32_t v = nnopt_apply_scale_half_up((x1[i] + 128) * 2384181 + (x[i] - 6) * 6974967,
                1, 22);
        out[i] = (int8_t)(nnopt_clamp_i32(v, 0, 255) - 128);
    }
}

static void net_block2_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2 - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) - 128, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) - 128, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            const int32_t bias0 = bias[oc];
            const int32_t bias1 = bias[v];
            int32_t acc0 = bias0;
            int32_t acc01 = bias1;
            int32_t acc1 = bias0;
            int32_t acc11 = bias1;
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 1) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                const int32_t x_from1 = x_from + 24;
                for (int32_t i = 0; i < 36; i += 4) {
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
            out[v6 + 24] = (int8_t)v1;
            const int32_t v7 = v5 + v;
            out[v7 + 24] = (int8_t)v2;
            out[v6 + 48] = (int8_t)v3;
            out[v7 + 48] = (int8_t)v4;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 5) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 36; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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

static void net_block2_project(const int8_t *x, const int8_t *weights, const int32_t *bias,
                               int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 4; ow += 2) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 24; oc += 2) {
                const int32_t v = oc + 1;
                const int32_t bias0 = bias[oc];
                const int32_t bias1 = bias[v];
                const int32_t x_from = (ih * 8 + iw) * 12;
                const int32_t w_from = oc * 12;
                const int32_t w_from1 = v * 12;
                const int32_t x_from1 = x_from + 24;
                int32_t acc0 = bias0;
                int32_t acc01 = bias1;
                int32_t acc1 = bias0;
                int32_t acc11 = bias1;
                for (int32_t i = 0; i < 12; i += 4) {
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
                        shift[oc]) - 20, -128, 127);
                const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                        shift[v]) - 20, -128, 127);
                const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                        shift[oc]) - 20, -128, 127);
                const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                        shift[v]) - 20, -128, 127);
                const int32_t v5 = oh * 96;
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

static void net_block2_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias,
                             int8_t *out, const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 4 - ih);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 - 1) * 24 + 24;
                const int32_t w_from = (oc * 3 + kh) * 72 + 24;
                const int32_t w_from1 = (v * 3 + kh) * 72 + 24;
                for (int32_t i = 0; i < 48; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc] = (int8_t)v1;
            out[v3 + v] = (int8_t)v2;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            const int32_t bias0 = bias[oc];
            const int32_t bias1 = bias[v];
            int32_t acc0 = bias0;
            int32_t acc01 = bias1;
            int32_t acc1 = bias0;
            int32_t acc11 = bias1;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 4 * 24;
                const int32_t w_from = (oc * 3 + kh) * 72;
                const int32_t w_from1 = (v * 3 + kh) * 72;
                const int32_t x_from1 = x_from + 24;
                for (int32_t i = 0; i < 72; i += 4) {
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v5 = oh * 96;
            const int32_t v6 = v5 + oc;
            out[v6 + 24] = (int8_t)v1;
            const int32_t v7 = v5 + v;
            out[v7 + 24] = (int8_t)v2;
            out[v6 + 48] = (int8_t)v3;
            out[v7 + 48] = (int8_t)v4;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 + 2) * 24;
                const int32_t w_from = (oc * 3 + kh) * 72;
                const int32_t w_from1 = (v * 3 + kh) * 72;
                for (int32_t i = 0; i < 48; i += 4) {
                    const int32_t x_bytes = nnopt_load_x4(&x[x_from + i]);
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
            }
            const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[oc],
                    shift[oc]) + 6, -128, 127);
            const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                    shift[v]) + 6, -128, 127);
            const int32_t v3 = oh * 96;
            out[v3 + oc + 72] = (int8_t)v1;
            out[v3 + v + 72] = (int8_t)v2;
        }
    }
}

static void net_block2_add(const int8_t *x, const int8_t *x1, int8_t *out)
{
    for (int32_t i = 0; i < 384; i++) {
        const int32_t v = nnopt_apply_scale_half_up((x1[i] + 20) * 5699782 + (x[i] - 6) * 5969089,
                1, 22);
        out[i] = (int8_t)(nnopt_clamp_i32(v, 0, 255) - 128);
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
        const int32_t v = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc, 1257795117, 33) - 128,
                -128, 127);
        out[oc] = (int8_t)v;
    }
}

static void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                           const int32_t *multiplier, const uint8_t *shift)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t w_from = m * 24;
        const int32_t w_from1 = v * 24;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 24; i += 4) {
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
        const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m],
                shift[m]) - 37, -128, 127);
        const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v],
                shift[v]) - 37, -128, 127);
        out[m] = (int8_t)v1;
        out[v] = (int8_t)v2;
    }
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, pool, net_stem_conv_multiplier,
            net_stem_conv_shift);

    /* 1: /block1/conv1 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(1u);
    net_block1_conv1(pool, net_block1_conv1_weights, net_block1_conv1_bias, pool + 768,
            net_block1_conv1_multiplier, net_block1_conv1_shift);

    /* 2: /block1/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(2u);
    net_block1_conv2(pool + 768, net_block1_conv2_weights, net_block1_conv2_bias, pool + 1536,
            net_block1_conv2_multiplier, net_block1_conv2_shift);

    /* 3: /block1/add (add) */
    NNOPT_LAYER(3u);
    net_block1_add(pool + 1536, pool, pool + 1536);

    /* 4: /block2/conv1 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(4u);
    net_block2_conv1(pool + 1536, net_block2_conv1_weights, net_block2_conv1_bias, pool,
            net_block2_conv1_multiplier, net_block2_conv1_shift);

    /* 5: /block2/project (conv2d, 4,608 MACs) */
    NNOPT_LAYER(5u);
    net_block2_project(pool + 1536, net_block2_project_weights, net_block2_project_bias,
            pool + 384, net_block2_project_multiplier, net_block2_project_shift);

    /* 6: /block2/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(6u);
    net_block2_conv2(pool, net_block2_conv2_weights, net_block2_conv2_bias, pool + 768,
            net_block2_conv2_multiplier, net_block2_conv2_shift);

    /* 7: /block2/add (add) */
    NNOPT_LAYER(7u);
    net_block2_add(pool + 768, pool + 384, pool + 768);

    /* 8: /pool (avg_pool2d) */
    NNOPT_LAYER(8u);
    net_pool(pool + 768, pool);

    /* 9: /classifier (fully_connected, 240 MACs) */
    NNOPT_LAYER(9u);
    net_classifier(pool, net_classifier_weights, net_classifier_bias, output,
            net_classifier_multiplier, net_classifier_shift);

    NNOPT_LAYER(10u);
    return 0;
}
