/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_math.h"
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

static void net_conv1(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
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

static void net_pool1(const int8_t *x, int8_t *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 4; ow++) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 12; oc++) {
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

static void net_conv2(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                      const int32_t *multiplier, const uint8_t *shift)
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
                const int32_t x_from = ((ih + kh) * 4 - 1) * 12 + 12;
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
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 4 * 12;
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
                const int32_t x_from = ((ih + kh) * 4 + 2) * 12;
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
            out[v3 + oc + 72] = (int8_t)v1;
            out[v3 + v + 72] = (int8_t)v2;
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

static void net_classifier(const int8_t *x, const int8_t *weights, const int32_t *bias, int8_t *out,
                           const int32_t *multiplier)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t w_from = m * 96;
        const int32_t w_from1 = v * 96;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 96; i += 4) {
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
        const int32_t v1 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m], 39) + 18,
                -128, 127);
        const int32_t v2 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v], 39) + 18,
                -128, 127);
        out[m] = (int8_t)v1;
        out[v] = (int8_t)v2;
    }
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
    for (int32_t i = 0; i < 10; i++) {
        out[i] = (int8_t)nnopt_real_to_int(x[i], 0.003921569f, -128, -128, 127);
    }
}

int net_run(const int8_t *input, int8_t *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /conv1 (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_conv1(input, net_conv1_weights, net_conv1_bias, pool, net_conv1_multiplier,
            net_conv1_shift);

    /* 1: /pool1 (max_pool2d) */
    NNOPT_LAYER(1u);
    net_pool1(pool, pool + 768);

    /* 2: /conv2 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(2u);
    net_conv2(pool + 768, net_conv2_weights, net_conv2_bias, pool, net_conv2_multiplier,
            net_conv2_shift);

    /* 3: /pool2 (max_pool2d) */
    NNOPT_LAYER(3u);
    net_pool2(pool, pool + 384);

    /* 4: /classifier (fully_connected, 960 MACs) */
    NNOPT_LAYER(4u);
    net_classifier(pool + 384, net_classifier_weights, net_classifier_bias, pool,
            net_classifier_multiplier);

    /* 5: /softmax (softmax) */
    NNOPT_LAYER(5u);
    net_softmax(pool, (float *)(void *)(pool + 12));

    /* 6: output_QuantizeLinear (from_real) */
    NNOPT_LAYER(6u);
    net_output_QuantizeLinear((float *)(void *)(pool + 12), output);

    NNOPT_LAYER(7u);
    return 0;
}
