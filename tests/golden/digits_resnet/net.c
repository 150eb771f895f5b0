/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_math.h"
#include "nnopt_fxp.h"

/* Define NNOPT_LAYER_HOOK as the name of a function to be called with the number of each layer
 * before it runs, and with the number of layers after the last one. */
#ifdef NNOPT_LAYER_HOOK
void NNOPT_LAYER_HOOK(unsigned layer);
#define NNOPT_LAYER(number) NNOPT_LAYER_HOOK(number)
#else
#define NNOPT_LAYER(number) ((void)0)
#endif

static void net_stem_conv(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 - 1 + 1;
                const int32_t w_from = (oc * 3 + kh) * 3 + 1;
                const int32_t w_from1 = (v * 3 + kh) * 3 + 1;
                for (int32_t i = 0; i < 2; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v] = nnopt_max_f32(acc1, 0.0f);
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v = oc + 1;
                const float bias0 = bias[oc];
                const float bias1 = bias[v];
                float acc0 = bias0;
                float acc01 = bias1;
                float acc1 = bias0;
                float acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = (ih + kh) * 8 + iw;
                    const int32_t w_from = (oc * 3 + kh) * 3;
                    const int32_t w_from1 = (v * 3 + kh) * 3;
                    const int32_t x_from1 = x_from + 1;
                    for (int32_t i = 0; i < 3; i++) {
                        const float v1 = x[x_from + i];
                        const float v2 = x[x_from1 + i];
                        const float v3 = weights[w_from + i];
                        const float v4 = weights[w_from1 + i];
                        acc0 += v1 * v3;
                        acc01 += v1 * v4;
                        acc1 += v2 * v3;
                        acc11 += v2 * v4;
                    }
                }
                const int32_t v1 = oh * 96;
                const int32_t v2 = v1 + ow * 12;
                out[v2 + oc] = nnopt_max_f32(acc0, 0.0f);
                out[v2 + v] = nnopt_max_f32(acc01, 0.0f);
                const int32_t v3 = v1 + (ow + 1) * 12;
                out[v3 + oc] = nnopt_max_f32(acc1, 0.0f);
                out[v3 + v] = nnopt_max_f32(acc11, 0.0f);
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 + 6;
                const int32_t w_from = (oc * 3 + kh) * 3;
                const int32_t w_from1 = (v * 3 + kh) * 3;
                for (int32_t i = 0; i < 2; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc + 84] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v + 84] = nnopt_max_f32(acc1, 0.0f);
        }
    }
}

static void net_block1_conv1(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v] = nnopt_max_f32(acc1, 0.0f);
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v = oc + 1;
                const float bias0 = bias[oc];
                const float bias1 = bias[v];
                float acc0 = bias0;
                float acc01 = bias1;
                float acc1 = bias0;
                float acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = ((ih + kh) * 8 + iw) * 12;
                    const int32_t w_from = (oc * 3 + kh) * 36;
                    const int32_t w_from1 = (v * 3 + kh) * 36;
                    const int32_t x_from1 = x_from + 12;
                    for (int32_t i = 0; i < 36; i++) {
                        const float v1 = x[x_from + i];
                        const float v2 = x[x_from1 + i];
                        const float v3 = weights[w_from + i];
                        const float v4 = weights[w_from1 + i];
                        acc0 += v1 * v3;
                        acc01 += v1 * v4;
                        acc1 += v2 * v3;
                        acc11 += v2 * v4;
                    }
                }
                const int32_t v1 = oh * 96;
                const int32_t v2 = v1 + ow * 12;
                out[v2 + oc] = nnopt_max_f32(acc0, 0.0f);
                out[v2 + v] = nnopt_max_f32(acc01, 0.0f);
                const int32_t v3 = v1 + (ow + 1) * 12;
                out[v3 + oc] = nnopt_max_f32(acc1, 0.0f);
                out[v3 + v] = nnopt_max_f32(acc11, 0.0f);
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 6) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc + 84] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v + 84] = nnopt_max_f32(acc1, 0.0f);
        }
    }
}

static void net_block1_conv2(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc] = acc0;
            out[v1 + v] = acc1;
        }
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 2) {
                const int32_t v = oc + 1;
                const float bias0 = bias[oc];
                const float bias1 = bias[v];
                float acc0 = bias0;
                float acc01 = bias1;
                float acc1 = bias0;
                float acc11 = bias1;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    const int32_t x_from = ((ih + kh) * 8 + iw) * 12;
                    const int32_t w_from = (oc * 3 + kh) * 36;
                    const int32_t w_from1 = (v * 3 + kh) * 36;
                    const int32_t x_from1 = x_from + 12;
                    for (int32_t i = 0; i < 36; i++) {
                        const float v1 = x[x_from + i];
                        const float v2 = x[x_from1 + i];
                        const float v3 = weights[w_from + i];
                        const float v4 = weights[w_from1 + i];
                        acc0 += v1 * v3;
                        acc01 += v1 * v4;
                        acc1 += v2 * v3;
                        acc11 += v2 * v4;
                    }
                }
                const int32_t v1 = oh * 96;
                const int32_t v2 = v1 + ow * 12;
                out[v2 + oc] = acc0;
                out[v2 + v] = acc01;
                const int32_t v3 = v1 + (ow + 1) * 12;
                out[v3 + oc] = acc1;
                out[v3 + v] = acc11;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 6) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc + 84] = acc0;
            out[v1 + v + 84] = acc1;
        }
    }
}

static void net_block1_add(const float *x, const float *y, float *out)
{
    for (int32_t i = 0; i < 768; i += 4) {
        const int32_t v = i + 1;
        const int32_t v1 = i + 2;
        const int32_t v2 = i + 3;
        const float v3 = nnopt_max_f32(x[v] + y[v], 0.0f);
        const float v4 = nnopt_max_f32(x[v1] + y[v1], 0.0f);
        const float v5 = nnopt_max_f32(x[v2] + y[v2], 0.0f);
        out[i] = nnopt_max_f32(x[i] + y[i], 0.0f);
        out[v] = v3;
        out[v1] = v4;
        out[v2] = v5;
    }
}

static void net_block2_conv1(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2 - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v] = nnopt_max_f32(acc1, 0.0f);
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            const float bias0 = bias[oc];
            const float bias1 = bias[v];
            float acc0 = bias0;
            float acc01 = bias1;
            float acc1 = bias0;
            float acc11 = bias1;
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 1) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                const int32_t x_from1 = x_from + 24;
                for (int32_t i = 0; i < 36; i++) {
                    const float v1 = x[x_from + i];
                    const float v2 = x[x_from1 + i];
                    const float v3 = weights[w_from + i];
                    const float v4 = weights[w_from1 + i];
                    acc0 += v1 * v3;
                    acc01 += v1 * v4;
                    acc1 += v2 * v3;
                    acc11 += v2 * v4;
                }
            }
            const int32_t v1 = oh * 96;
            const int32_t v2 = v1 + oc;
            out[v2 + 24] = nnopt_max_f32(acc0, 0.0f);
            const int32_t v3 = v1 + v;
            out[v3 + 24] = nnopt_max_f32(acc01, 0.0f);
            out[v2 + 48] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + 48] = nnopt_max_f32(acc11, 0.0f);
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < 3; kh++) {
                const int32_t x_from = ((ih + kh) * 8 + 5) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                for (int32_t i = 0; i < 36; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc + 72] = nnopt_max_f32(acc0, 0.0f);
            out[v1 + v + 72] = nnopt_max_f32(acc1, 0.0f);
        }
    }
}

static void net_block2_conv2(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 4 - ih);
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 - 1) * 24 + 24;
                const int32_t w_from = (oc * 3 + kh) * 72 + 24;
                const int32_t w_from1 = (v * 3 + kh) * 72 + 24;
                for (int32_t i = 0; i < 48; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc] = acc0;
            out[v1 + v] = acc1;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            const float bias0 = bias[oc];
            const float bias1 = bias[v];
            float acc0 = bias0;
            float acc01 = bias1;
            float acc1 = bias0;
            float acc11 = bias1;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 4 * 24;
                const int32_t w_from = (oc * 3 + kh) * 72;
                const int32_t w_from1 = (v * 3 + kh) * 72;
                const int32_t x_from1 = x_from + 24;
                for (int32_t i = 0; i < 72; i++) {
                    const float v1 = x[x_from + i];
                    const float v2 = x[x_from1 + i];
                    const float v3 = weights[w_from + i];
                    const float v4 = weights[w_from1 + i];
                    acc0 += v1 * v3;
                    acc01 += v1 * v4;
                    acc1 += v2 * v3;
                    acc11 += v2 * v4;
                }
            }
            const int32_t v1 = oh * 96;
            const int32_t v2 = v1 + oc;
            out[v2 + 24] = acc0;
            const int32_t v3 = v1 + v;
            out[v3 + 24] = acc01;
            out[v2 + 48] = acc1;
            out[v3 + 48] = acc11;
        }
        for (int32_t oc = 0; oc < 24; oc += 2) {
            const int32_t v = oc + 1;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 + 2) * 24;
                const int32_t w_from = (oc * 3 + kh) * 72;
                const int32_t w_from1 = (v * 3 + kh) * 72;
                for (int32_t i = 0; i < 48; i++) {
                    const float v1 = x[x_from + i];
                    acc0 += v1 * weights[w_from + i];
                    acc1 += v1 * weights[w_from1 + i];
                }
            }
            const int32_t v1 = oh * 96;
            out[v1 + oc + 72] = acc0;
            out[v1 + v + 72] = acc1;
        }
    }
}

static void net_block2_project(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 4; ow += 2) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 24; oc += 2) {
                const int32_t v = oc + 1;
                const float bias0 = bias[oc];
                const float bias1 = bias[v];
                const int32_t x_from = (ih * 8 + iw) * 12;
                const int32_t w_from = oc * 12;
                const int32_t w_from1 = v * 12;
                const int32_t x_from1 = x_from + 24;
                float acc0 = bias0;
                float acc01 = bias1;
                float acc1 = bias0;
                float acc11 = bias1;
                for (int32_t i = 0; i < 12; i++) {
                    const float v1 = x[x_from + i];
                    const float v2 = x[x_from1 + i];
                    const float v3 = weights[w_from + i];
                    const float v4 = weights[w_from1 + i];
                    acc0 += v1 * v3;
                    acc01 += v1 * v4;
                    acc1 += v2 * v3;
                    acc11 += v2 * v4;
                }
                const int32_t v1 = oh * 96;
                const int32_t v2 = v1 + ow * 24;
                out[v2 + oc] = acc0;
                out[v2 + v] = acc01;
                const int32_t v3 = v1 + (ow + 1) * 24;
                out[v3 + oc] = acc1;
                out[v3 + v] = acc11;
            }
        }
    }
}

static void net_block2_add(const float *x, const float *y, float *out)
{
    for (int32_t i = 0; i < 384; i += 4) {
        const int32_t v = i + 1;
        const int32_t v1 = i + 2;
        const int32_t v2 = i + 3;
        const float v3 = nnopt_max_f32(x[v] + y[v], 0.0f);
        const float v4 = nnopt_max_f32(x[v1] + y[v1], 0.0f);
        const float v5 = nnopt_max_f32(x[v2] + y[v2], 0.0f);
        out[i] = nnopt_max_f32(x[i] + y[i], 0.0f);
        out[v] = v3;
        out[v1] = v4;
        out[v2] = v5;
    }
}

static void net_pool(const float *x, float *out)
{
    for (int32_t oc = 0; oc < 24; oc++) {
        float acc = 0.0f;
        for (int32_t kh = 0; kh < 4; kh++) {
            for (int32_t kw = 0; kw < 4; kw++) {
                acc += x[(kh * 4 + kw) * 24 + oc];
            }
        }
        out[oc] = acc / 16.0f;
    }
}

static void net_classifier(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t m = 0; m < 10; m += 2) {
        const int32_t v = m + 1;
        const int32_t w_from = m * 24;
        const int32_t w_from1 = v * 24;
        float acc0 = bias[m];
        float acc1 = bias[v];
        for (int32_t i = 0; i < 24; i++) {
            const float v1 = x[i];
            acc0 += v1 * weights[w_from + i];
            acc1 += v1 * weights[w_from1 + i];
        }
        out[m] = acc0;
        out[v] = acc1;
    }
}

int net_run(const float *input, float *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /stem/conv (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_stem_conv(input, net_stem_conv_weights, net_stem_conv_bias, (float *)(void *)pool);

    /* 1: /block1/conv1 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(1u);
    net_block1_conv1((float *)(void *)pool, net_block1_conv1_weights, net_block1_conv1_bias,
            (float *)(void *)(pool + 3072));

    /* 2: /block1/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(2u);
    net_block1_conv2((float *)(void *)(pool + 3072), net_block1_conv2_weights,
            net_block1_conv2_bias, (float *)(void *)(pool + 6144));

    /* 3: /block1/add (add) */
    NNOPT_LAYER(3u);
    net_block1_add((float *)(void *)pool, (float *)(void *)(pool + 6144), (float *)(void *)pool);

    /* 4: /block2/conv1 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(4u);
    net_block2_conv1((float *)(void *)pool, net_block2_conv1_weights, net_block2_conv1_bias,
            (float *)(void *)(pool + 3072));

    /* 5: /block2/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(5u);
    net_block2_conv2((float *)(void *)(pool + 3072), net_block2_conv2_weights,
            net_block2_conv2_bias, (float *)(void *)(pool + 4608));

    /* 6: /block2/project (conv2d, 4,608 MACs) */
    NNOPT_LAYER(6u);
    net_block2_project((float *)(void *)pool, net_block2_project_weights, net_block2_project_bias,
            (float *)(void *)(pool + 3072));

    /* 7: /block2/add (add) */
    NNOPT_LAYER(7u);
    net_block2_add((float *)(void *)(pool + 3072), (float *)(void *)(pool + 4608),
            (float *)(void *)(pool + 3072));

    /* 8: /pool (avg_pool2d) */
    NNOPT_LAYER(8u);
    net_pool((float *)(void *)(pool + 3072), (float *)(void *)pool);

    /* 9: /classifier (fully_connected, 240 MACs) */
    NNOPT_LAYER(9u);
    net_classifier((float *)(void *)pool, net_classifier_weights, net_classifier_bias, output);

    NNOPT_LAYER(10u);
    return 0;
}
