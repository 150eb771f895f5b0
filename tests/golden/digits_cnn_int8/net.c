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

static void net_pool1(const int8_t *x, int8_t *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t v = oh * 2;
        for (int32_t ow = 0; ow < 4; ow++) {
            const int32_t v1 = ow * 2;
            for (int32_t oc = 0; oc < 12; oc++) {
                int32_t acc = -128;
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v2 = v + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_i32(acc, x[(v2 * 8 + (v1 + kw)) * 12 + oc]);
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
        const int32_t v = oh - 1;
        const int32_t v1 = nnopt_max_i32(0, 0 - v);
        const int32_t v2 = nnopt_min_i32(3, 4 - v);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v3 = oc + 1;
            int32_t acc0 = bias[oc];
            int32_t acc1 = bias[v3];
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = ((v + kh) * 4 - 1) * 12 + 12;
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
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v3 = oc + 1;
            const int32_t acc0 = bias[oc];
            const int32_t acc1 = bias[v3];
            int32_t acc01 = acc0;
            int32_t acc11 = acc1;
            int32_t acc02 = acc0;
            int32_t acc12 = acc1;
            for (int32_t kh = v1; kh < v2; kh++) {
                const int32_t v4 = (v + kh) * 4 * 12;
                const int32_t v5 = (oc * 3 + kh) * 36;
                const int32_t v6 = (v3 * 3 + kh) * 36;
                const int32_t v7 = v4 + 12;
                for (int32_t i = 0; i < 36; i += 4) {
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
            const int32_t v6 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc01, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v7 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc11, multiplier[v4], shift[v4]) - 128, -128, 127);
            const int32_t v8 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc02, multiplier[oc], shift[oc]) - 128, -128, 127);
            const int32_t v9 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc12, multiplier[v5], shift[v5]) - 128, -128, 127);
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
                const int32_t v4 = ((v + kh) * 4 + 2) * 12;
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
            out[oh * 96 + oc + 72] = (int8_t)v5;
            out[oh * 96 + v4 + 72] = (int8_t)v6;
        }
    }
}

static void net_pool2(const int8_t *x, int8_t *out)
{
    for (int32_t oh = 0; oh < 2; oh++) {
        const int32_t v = oh * 2;
        for (int32_t ow = 0; ow < 2; ow++) {
            const int32_t v1 = ow * 2;
            for (int32_t oc = 0; oc < 24; oc++) {
                int32_t acc = -128;
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v2 = v + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_i32(acc, x[(v2 * 4 + (v1 + kw)) * 24 + oc]);
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
        const int32_t v1 = m * 96;
        const int32_t v2 = v * 96;
        int32_t acc0 = bias[m];
        int32_t acc1 = bias[v];
        for (int32_t i = 0; i < 96; i += 4) {
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
        const int32_t v3 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc0, multiplier[m], 39) + 18, -128, 127);
        const int32_t v4 = nnopt_clamp_i32(nnopt_apply_scale_half_up(acc1, multiplier[v], 39) + 18, -128, 127);
        out[m] = (int8_t)v3;
        out[v] = (int8_t)v4;
    }
}

static void net_classifier_output_DequantizeLinear(const int8_t *x, float *out)
{
    for (int32_t i = 0; i < 10; i++) {
        out[i] = nnopt_int_to_real(x[i], 0.05497496f, 18);
    }
}

static void net_softmax(const float *x, float *out)
{
    float peak = -nnopt_inf();
    for (int32_t i = 0; i < 10; i++) {
        peak = nnopt_max_f32(peak, x[i]);
    }
    float total = 0.0f;
    for (int32_t i = 0; i < 10; i++) {
        const float e = nnopt_exp(x[i] - peak);
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
    net_conv1(input, net_conv1_weights, net_conv1_bias, pool, net_conv1_multiplier, net_conv1_shift);

    /* 1: /pool1 (max_pool2d) */
    NNOPT_LAYER(1u);
    net_pool1(pool, pool + 768);

    /* 2: /conv2 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(2u);
    net_conv2(pool + 768, net_conv2_weights, net_conv2_bias, pool, net_conv2_multiplier, net_conv2_shift);

    /* 3: /pool2 (max_pool2d) */
    NNOPT_LAYER(3u);
    net_pool2(pool, pool + 384);

    /* 4: /classifier (fully_connected, 960 MACs) */
    NNOPT_LAYER(4u);
    net_classifier(pool + 384, net_classifier_weights, net_classifier_bias, pool + 40, net_classifier_multiplier);

    /* 5: classifier_output_DequantizeLinear (to_real) */
    NNOPT_LAYER(5u);
    net_classifier_output_DequantizeLinear(pool + 40, (float *)(void *)pool);

    /* 6: /softmax (softmax) */
    NNOPT_LAYER(6u);
    net_softmax((float *)(void *)pool, (float *)(void *)(pool + 40));

    /* 7: output_QuantizeLinear (from_real) */
    NNOPT_LAYER(7u);
    net_output_QuantizeLinear((float *)(void *)(pool + 40), output);

    NNOPT_LAYER(8u);
    return 0;
}
