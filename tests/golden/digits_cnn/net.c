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

static void net_conv1(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        float acc0 = bias[0];
        float acc1 = bias[1];
        float acc2 = bias[2];
        float acc3 = bias[3];
        float acc4 = bias[4];
        float acc5 = bias[5];
        float acc6 = bias[6];
        float acc7 = bias[7];
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t x_from = (ih + kh) * 8 - 1 + 1;
            const int32_t w_from = kh * 3 + 1;
            const int32_t w_from1 = (kh + 3) * 3 + 1;
            const int32_t w_from2 = (kh + 6) * 3 + 1;
            const int32_t w_from3 = (kh + 9) * 3 + 1;
            const int32_t w_from4 = (kh + 12) * 3 + 1;
            const int32_t w_from5 = (kh + 15) * 3 + 1;
            const int32_t w_from6 = (kh + 18) * 3 + 1;
            const int32_t w_from7 = (kh + 21) * 3 + 1;
            for (int32_t i = 0; i < 2; i++) {
                const float v = x[x_from + i];
                acc0 += v * weights[w_from + i];
                acc1 += v * weights[w_from1 + i];
                acc2 += v * weights[w_from2 + i];
                acc3 += v * weights[w_from3 + i];
                acc4 += v * weights[w_from4 + i];
                acc5 += v * weights[w_from5 + i];
                acc6 += v * weights[w_from6 + i];
                acc7 += v * weights[w_from7 + i];
            }
        }
        const int32_t v = oh * 96;
        out[v] = nnopt_max_f32(acc0, 0.0f);
        out[v + 1] = nnopt_max_f32(acc1, 0.0f);
        out[v + 2] = nnopt_max_f32(acc2, 0.0f);
        out[v + 3] = nnopt_max_f32(acc3, 0.0f);
        out[v + 4] = nnopt_max_f32(acc4, 0.0f);
        out[v + 5] = nnopt_max_f32(acc5, 0.0f);
        out[v + 6] = nnopt_max_f32(acc6, 0.0f);
        out[v + 7] = nnopt_max_f32(acc7, 0.0f);
        float acc01 = bias[8];
        float acc11 = bias[9];
        float acc21 = bias[10];
        float acc31 = bias[11];
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t x_from = (ih + kh) * 8 - 1 + 1;
            const int32_t w_from = (kh + 24) * 3 + 1;
            const int32_t w_from1 = (kh + 27) * 3 + 1;
            const int32_t w_from2 = (kh + 30) * 3 + 1;
            const int32_t w_from3 = (kh + 33) * 3 + 1;
            for (int32_t i = 0; i < 2; i++) {
                const float v1 = x[x_from + i];
                acc01 += v1 * weights[w_from + i];
                acc11 += v1 * weights[w_from1 + i];
                acc21 += v1 * weights[w_from2 + i];
                acc31 += v1 * weights[w_from3 + i];
            }
        }
        out[v + 8] = nnopt_max_f32(acc01, 0.0f);
        out[v + 9] = nnopt_max_f32(acc11, 0.0f);
        out[v + 10] = nnopt_max_f32(acc21, 0.0f);
        out[v + 11] = nnopt_max_f32(acc31, 0.0f);
        for (int32_t ow = 1; ow < 7; ow += 2) {
            const int32_t iw = ow - 1;
            const float bias0 = bias[0];
            const float bias1 = bias[1];
            const float bias2 = bias[2];
            const float bias3 = bias[3];
            const float bias4 = bias[4];
            const float bias5 = bias[5];
            const float bias6 = bias[6];
            const float bias7 = bias[7];
            float acc02 = bias0;
            float acc03 = bias1;
            float acc04 = bias2;
            float acc05 = bias3;
            float acc06 = bias4;
            float acc07 = bias5;
            float acc08 = bias6;
            float acc09 = bias7;
            float acc12 = bias0;
            float acc13 = bias1;
            float acc14 = bias2;
            float acc15 = bias3;
            float acc16 = bias4;
            float acc17 = bias5;
            float acc18 = bias6;
            float acc19 = bias7;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 + iw;
                const int32_t w_from = kh * 3;
                const int32_t w_from1 = (kh + 3) * 3;
                const int32_t w_from2 = (kh + 6) * 3;
                const int32_t w_from3 = (kh + 9) * 3;
                const int32_t w_from4 = (kh + 12) * 3;
                const int32_t w_from5 = (kh + 15) * 3;
                const int32_t w_from6 = (kh + 18) * 3;
                const int32_t w_from7 = (kh + 21) * 3;
                const int32_t x_from1 = x_from + 1;
                for (int32_t i = 0; i < 3; i++) {
                    const float v1 = x[x_from + i];
                    const float v2 = x[x_from1 + i];
                    const float v3 = weights[w_from + i];
                    const float v4 = weights[w_from1 + i];
                    const float v5 = weights[w_from2 + i];
                    const float v6 = weights[w_from3 + i];
                    const float v7 = weights[w_from4 + i];
                    const float v8 = weights[w_from5 + i];
                    const float v9 = weights[w_from6 + i];
                    const float v10 = weights[w_from7 + i];
                    acc02 += v1 * v3;
                    acc03 += v1 * v4;
                    acc04 += v1 * v5;
                    acc05 += v1 * v6;
                    acc06 += v1 * v7;
                    acc07 += v1 * v8;
                    acc08 += v1 * v9;
                    acc09 += v1 * v10;
                    acc12 += v2 * v3;
                    acc13 += v2 * v4;
                    acc14 += v2 * v5;
                    acc15 += v2 * v6;
                    acc16 += v2 * v7;
                    acc17 += v2 * v8;
                    acc18 += v2 * v9;
                    acc19 += v2 * v10;
                }
            }
            const int32_t v1 = v + ow * 12;
            out[v1] = nnopt_max_f32(acc02, 0.0f);
            out[v1 + 1] = nnopt_max_f32(acc03, 0.0f);
            out[v1 + 2] = nnopt_max_f32(acc04, 0.0f);
            out[v1 + 3] = nnopt_max_f32(acc05, 0.0f);
            out[v1 + 4] = nnopt_max_f32(acc06, 0.0f);
            out[v1 + 5] = nnopt_max_f32(acc07, 0.0f);
            out[v1 + 6] = nnopt_max_f32(acc08, 0.0f);
            out[v1 + 7] = nnopt_max_f32(acc09, 0.0f);
            const int32_t v2 = v + (ow + 1) * 12;
            out[v2] = nnopt_max_f32(acc12, 0.0f);
            out[v2 + 1] = nnopt_max_f32(acc13, 0.0f);
            out[v2 + 2] = nnopt_max_f32(acc14, 0.0f);
            out[v2 + 3] = nnopt_max_f32(acc15, 0.0f);
            out[v2 + 4] = nnopt_max_f32(acc16, 0.0f);
            out[v2 + 5] = nnopt_max_f32(acc17, 0.0f);
            out[v2 + 6] = nnopt_max_f32(acc18, 0.0f);
            out[v2 + 7] = nnopt_max_f32(acc19, 0.0f);
            const float bias01 = bias[8];
            const float bias11 = bias[9];
            const float bias21 = bias[10];
            const float bias31 = bias[11];
            float acc010 = bias01;
            float acc011 = bias11;
            float acc012 = bias21;
            float acc013 = bias31;
            float acc110 = bias01;
            float acc111 = bias11;
            float acc112 = bias21;
            float acc113 = bias31;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 8 + iw;
                const int32_t w_from = (kh + 24) * 3;
                const int32_t w_from1 = (kh + 27) * 3;
                const int32_t w_from2 = (kh + 30) * 3;
                const int32_t w_from3 = (kh + 33) * 3;
                const int32_t x_from1 = x_from + 1;
                for (int32_t i = 0; i < 3; i++) {
                    const float v3 = x[x_from + i];
                    const float v4 = x[x_from1 + i];
                    const float v5 = weights[w_from + i];
                    const float v6 = weights[w_from1 + i];
                    const float v7 = weights[w_from2 + i];
                    const float v8 = weights[w_from3 + i];
                    acc010 += v3 * v5;
                    acc011 += v3 * v6;
                    acc012 += v3 * v7;
                    acc013 += v3 * v8;
                    acc110 += v4 * v5;
                    acc111 += v4 * v6;
                    acc112 += v4 * v7;
                    acc113 += v4 * v8;
                }
            }
            out[v1 + 8] = nnopt_max_f32(acc010, 0.0f);
            out[v1 + 9] = nnopt_max_f32(acc011, 0.0f);
            out[v1 + 10] = nnopt_max_f32(acc012, 0.0f);
            out[v1 + 11] = nnopt_max_f32(acc013, 0.0f);
            out[v2 + 8] = nnopt_max_f32(acc110, 0.0f);
            out[v2 + 9] = nnopt_max_f32(acc111, 0.0f);
            out[v2 + 10] = nnopt_max_f32(acc112, 0.0f);
            out[v2 + 11] = nnopt_max_f32(acc113, 0.0f);
        }
        float acc02 = bias[0];
        float acc12 = bias[1];
        float acc22 = bias[2];
        float acc32 = bias[3];
        float acc41 = bias[4];
        float acc51 = bias[5];
        float acc61 = bias[6];
        float acc71 = bias[7];
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t x_from = (ih + kh) * 8 + 6;
            const int32_t w_from = kh * 3;
            const int32_t w_from1 = (kh + 3) * 3;
            const int32_t w_from2 = (kh + 6) * 3;
            const int32_t w_from3 = (kh + 9) * 3;
            const int32_t w_from4 = (kh + 12) * 3;
            const int32_t w_from5 = (kh + 15) * 3;
            const int32_t w_from6 = (kh + 18) * 3;
            const int32_t w_from7 = (kh + 21) * 3;
            for (int32_t i = 0; i < 2; i++) {
                const float v1 = x[x_from + i];
                acc02 += v1 * weights[w_from + i];
                acc12 += v1 * weights[w_from1 + i];
                acc22 += v1 * weights[w_from2 + i];
                acc32 += v1 * weights[w_from3 + i];
                acc41 += v1 * weights[w_from4 + i];
                acc51 += v1 * weights[w_from5 + i];
                acc61 += v1 * weights[w_from6 + i];
                acc71 += v1 * weights[w_from7 + i];
            }
        }
        out[v + 84] = nnopt_max_f32(acc02, 0.0f);
        out[v + 85] = nnopt_max_f32(acc12, 0.0f);
        out[v + 86] = nnopt_max_f32(acc22, 0.0f);
        out[v + 87] = nnopt_max_f32(acc32, 0.0f);
        out[v + 88] = nnopt_max_f32(acc41, 0.0f);
        out[v + 89] = nnopt_max_f32(acc51, 0.0f);
        out[v + 90] = nnopt_max_f32(acc61, 0.0f);
        out[v + 91] = nnopt_max_f32(acc71, 0.0f);
        float acc03 = bias[8];
        float acc13 = bias[9];
        float acc23 = bias[10];
        float acc33 = bias[11];
        for (int32_t kh = kh_first; kh < kh_end; kh++) {
            const int32_t x_from = (ih + kh) * 8 + 6;
            const int32_t w_from = (kh + 24) * 3;
            const int32_t w_from1 = (kh + 27) * 3;
            const int32_t w_from2 = (kh + 30) * 3;
            const int32_t w_from3 = (kh + 33) * 3;
            for (int32_t i = 0; i < 2; i++) {
                const float v1 = x[x_from + i];
                acc03 += v1 * weights[w_from + i];
                acc13 += v1 * weights[w_from1 + i];
                acc23 += v1 * weights[w_from2 + i];
                acc33 += v1 * weights[w_from3 + i];
            }
        }
        out[v + 92] = nnopt_max_f32(acc03, 0.0f);
        out[v + 93] = nnopt_max_f32(acc13, 0.0f);
        out[v + 94] = nnopt_max_f32(acc23, 0.0f);
        out[v + 95] = nnopt_max_f32(acc33, 0.0f);
    }
}

static void net_pool1(const float *x, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 4; ow++) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 12; oc++) {
                float acc = -nnopt_inf();
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v = ih + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_f32(acc, x[(v * 8 + (iw + kw)) * 12 + oc]);
                    }
                }
                out[oh * 48 + ow * 12 + oc] = acc;
            }
        }
    }
}

static void net_conv2(const float *x, const float *weights, const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 4 - ih);
        for (int32_t oc = 0; oc < 24; oc += 8) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            const int32_t v3 = oc + 4;
            const int32_t v4 = oc + 5;
            const int32_t v5 = oc + 6;
            const int32_t v6 = oc + 7;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            float acc4 = bias[v3];
            float acc5 = bias[v4];
            float acc6 = bias[v5];
            float acc7 = bias[v6];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 - 1) * 12 + 12;
                const int32_t w_from = (oc * 3 + kh) * 36 + 12;
                const int32_t w_from1 = (v * 3 + kh) * 36 + 12;
                const int32_t w_from2 = (v1 * 3 + kh) * 36 + 12;
                const int32_t w_from3 = (v2 * 3 + kh) * 36 + 12;
                const int32_t w_from4 = (v3 * 3 + kh) * 36 + 12;
                const int32_t w_from5 = (v4 * 3 + kh) * 36 + 12;
                const int32_t w_from6 = (v5 * 3 + kh) * 36 + 12;
                const int32_t w_from7 = (v6 * 3 + kh) * 36 + 12;
                for (int32_t i = 0; i < 24; i++) {
                    const float v7 = x[x_from + i];
                    acc0 += v7 * weights[w_from + i];
                    acc1 += v7 * weights[w_from1 + i];
                    acc2 += v7 * weights[w_from2 + i];
                    acc3 += v7 * weights[w_from3 + i];
                    acc4 += v7 * weights[w_from4 + i];
                    acc5 += v7 * weights[w_from5 + i];
                    acc6 += v7 * weights[w_from6 + i];
                    acc7 += v7 * weights[w_from7 + i];
                }
            }
            const int32_t v7 = oh * 96;
            out[v7 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v7 + v] = nnopt_max_f32(acc1, 0.0f);
            out[v7 + v1] = nnopt_max_f32(acc2, 0.0f);
            out[v7 + v2] = nnopt_max_f32(acc3, 0.0f);
            out[v7 + v3] = nnopt_max_f32(acc4, 0.0f);
            out[v7 + v4] = nnopt_max_f32(acc5, 0.0f);
            out[v7 + v5] = nnopt_max_f32(acc6, 0.0f);
            out[v7 + v6] = nnopt_max_f32(acc7, 0.0f);
        }
        for (int32_t oc = 0; oc < 24; oc += 8) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            const int32_t v3 = oc + 4;
            const int32_t v4 = oc + 5;
            const int32_t v5 = oc + 6;
            const int32_t v6 = oc + 7;
            const float bias0 = bias[oc];
            const float bias1 = bias[v];
            const float bias2 = bias[v1];
            const float bias3 = bias[v2];
            const float bias4 = bias[v3];
            const float bias5 = bias[v4];
            const float bias6 = bias[v5];
            const float bias7 = bias[v6];
            float acc0 = bias0;
            float acc01 = bias1;
            float acc02 = bias2;
            float acc03 = bias3;
            float acc04 = bias4;
            float acc05 = bias5;
            float acc06 = bias6;
            float acc07 = bias7;
            float acc1 = bias0;
            float acc11 = bias1;
            float acc12 = bias2;
            float acc13 = bias3;
            float acc14 = bias4;
            float acc15 = bias5;
            float acc16 = bias6;
            float acc17 = bias7;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = (ih + kh) * 4 * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                const int32_t w_from2 = (v1 * 3 + kh) * 36;
                const int32_t w_from3 = (v2 * 3 + kh) * 36;
                const int32_t w_from4 = (v3 * 3 + kh) * 36;
                const int32_t w_from5 = (v4 * 3 + kh) * 36;
                const int32_t w_from6 = (v5 * 3 + kh) * 36;
                const int32_t w_from7 = (v6 * 3 + kh) * 36;
                const int32_t x_from1 = x_from + 12;
                for (int32_t i = 0; i < 36; i++) {
                    const float v7 = x[x_from + i];
                    const float v8 = x[x_from1 + i];
                    const float v9 = weights[w_from + i];
                    const float v10 = weights[w_from1 + i];
                    const float v11 = weights[w_from2 + i];
                    const float v12 = weights[w_from3 + i];
                    const float v13 = weights[w_from4 + i];
                    const float v14 = weights[w_from5 + i];
                    const float v15 = weights[w_from6 + i];
                    const float v16 = weights[w_from7 + i];
                    acc0 += v7 * v9;
                    acc01 += v7 * v10;
                    acc02 += v7 * v11;
                    acc03 += v7 * v12;
                    acc04 += v7 * v13;
                    acc05 += v7 * v14;
                    acc06 += v7 * v15;
                    acc07 += v7 * v16;
                    acc1 += v8 * v9;
                    acc11 += v8 * v10;
                    acc12 += v8 * v11;
                    acc13 += v8 * v12;
                    acc14 += v8 * v13;
                    acc15 += v8 * v14;
                    acc16 += v8 * v15;
                    acc17 += v8 * v16;
                }
            }
            const int32_t v7 = oh * 96;
            const int32_t v8 = v7 + oc;
            out[v8 + 24] = nnopt_max_f32(acc0, 0.0f);
            const int32_t v9 = v7 + v;
            out[v9 + 24] = nnopt_max_f32(acc01, 0.0f);
            const int32_t v10 = v7 + v1;
            out[v10 + 24] = nnopt_max_f32(acc02, 0.0f);
            const int32_t v11 = v7 + v2;
            out[v11 + 24] = nnopt_max_f32(acc03, 0.0f);
            const int32_t v12 = v7 + v3;
            out[v12 + 24] = nnopt_max_f32(acc04, 0.0f);
            const int32_t v13 = v7 + v4;
            out[v13 + 24] = nnopt_max_f32(acc05, 0.0f);
            const int32_t v14 = v7 + v5;
            out[v14 + 24] = nnopt_max_f32(acc06, 0.0f);
            const int32_t v15 = v7 + v6;
            out[v15 + 24] = nnopt_max_f32(acc07, 0.0f);
            out[v8 + 48] = nnopt_max_f32(acc1, 0.0f);
            out[v9 + 48] = nnopt_max_f32(acc11, 0.0f);
            out[v10 + 48] = nnopt_max_f32(acc12, 0.0f);
            out[v11 + 48] = nnopt_max_f32(acc13, 0.0f);
            out[v12 + 48] = nnopt_max_f32(acc14, 0.0f);
            out[v13 + 48] = nnopt_max_f32(acc15, 0.0f);
            out[v14 + 48] = nnopt_max_f32(acc16, 0.0f);
            out[v15 + 48] = nnopt_max_f32(acc17, 0.0f);
        }
        for (int32_t oc = 0; oc < 24; oc += 8) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            const int32_t v3 = oc + 4;
            const int32_t v4 = oc + 5;
            const int32_t v5 = oc + 6;
            const int32_t v6 = oc + 7;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            float acc4 = bias[v3];
            float acc5 = bias[v4];
            float acc6 = bias[v5];
            float acc7 = bias[v6];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                const int32_t x_from = ((ih + kh) * 4 + 2) * 12;
                const int32_t w_from = (oc * 3 + kh) * 36;
                const int32_t w_from1 = (v * 3 + kh) * 36;
                const int32_t w_from2 = (v1 * 3 + kh) * 36;
                const int32_t w_from3 = (v2 * 3 + kh) * 36;
                const int32_t w_from4 = (v3 * 3 + kh) * 36;
                const int32_t w_from5 = (v4 * 3 + kh) * 36;
                const int32_t w_from6 = (v5 * 3 + kh) * 36;
                const int32_t w_from7 = (v6 * 3 + kh) * 36;
                for (int32_t i = 0; i < 24; i++) {
                    const float v7 = x[x_from + i];
                    acc0 += v7 * weights[w_from + i];
                    acc1 += v7 * weights[w_from1 + i];
                    acc2 += v7 * weights[w_from2 + i];
                    acc3 += v7 * weights[w_from3 + i];
                    acc4 += v7 * weights[w_from4 + i];
                    acc5 += v7 * weights[w_from5 + i];
                    acc6 += v7 * weights[w_from6 + i];
                    acc7 += v7 * weights[w_from7 + i];
                }
            }
            const int32_t v7 = oh * 96;
            out[v7 + oc + 72] = nnopt_max_f32(acc0, 0.0f);
            out[v7 + v + 72] = nnopt_max_f32(acc1, 0.0f);
            out[v7 + v1 + 72] = nnopt_max_f32(acc2, 0.0f);
            out[v7 + v2 + 72] = nnopt_max_f32(acc3, 0.0f);
            out[v7 + v3 + 72] = nnopt_max_f32(acc4, 0.0f);
            out[v7 + v4 + 72] = nnopt_max_f32(acc5, 0.0f);
            out[v7 + v5 + 72] = nnopt_max_f32(acc6, 0.0f);
            out[v7 + v6 + 72] = nnopt_max_f32(acc7, 0.0f);
        }
    }
}

static void net_pool2(const float *x, float *out)
{
    for (int32_t oh = 0; oh < 2; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t ow = 0; ow < 2; ow++) {
            const int32_t iw = ow * 2;
            for (int32_t oc = 0; oc < 24; oc++) {
                float acc = -nnopt_inf();
                for (int32_t kh = 0; kh < 2; kh++) {
                    const int32_t v = ih + kh;
                    for (int32_t kw = 0; kw < 2; kw++) {
                        acc = nnopt_max_f32(acc, x[(v * 4 + (iw + kw)) * 24 + oc]);
                    }
                }
                out[oh * 48 + ow * 24 + oc] = acc;
            }
        }
    }
}

static void net_classifier(const float *x, const float *weights, const float *bias, float *out)
{
    float acc0 = bias[0];
    float acc1 = bias[1];
    float acc2 = bias[2];
    float acc3 = bias[3];
    float acc4 = bias[4];
    float acc5 = bias[5];
    float acc6 = bias[6];
    float acc7 = bias[7];
    for (int32_t i = 0; i < 96; i++) {
        const float v = x[i];
        acc0 += v * weights[i];
        acc1 += v * weights[i + 96];
        acc2 += v * weights[i + 192];
        acc3 += v * weights[i + 288];
        acc4 += v * weights[i + 384];
        acc5 += v * weights[i + 480];
        acc6 += v * weights[i + 576];
        acc7 += v * weights[i + 672];
    }
    out[0] = acc0;
    out[1] = acc1;
    out[2] = acc2;
    out[3] = acc3;
    out[4] = acc4;
    out[5] = acc5;
    out[6] = acc6;
    out[7] = acc7;
    float acc01 = bias[8];
    float acc11 = bias[9];
    for (int32_t i = 0; i < 96; i++) {
        const float v = x[i];
        acc01 += v * weights[i + 768];
        acc11 += v * weights[i + 864];
    }
    out[8] = acc01;
    out[9] = acc11;
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

int net_run(const float *input, float *output, void *arena)
{
    int8_t *const pool = arena;

    /* 0: /conv1 (conv2d, 6,912 MACs) */
    NNOPT_LAYER(0u);
    net_conv1(input, net_conv1_weights, net_conv1_bias, (float *)(void *)pool);

    /* 1: /pool1 (max_pool2d) */
    NNOPT_LAYER(1u);
    net_pool1((float *)(void *)pool, (float *)(void *)pool);

    /* 2: /conv2 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(2u);
    net_conv2((float *)(void *)pool, net_conv2_weights, net_conv2_bias,
            (float *)(void *)(pool + 768));

    /* 3: /pool2 (max_pool2d) */
    NNOPT_LAYER(3u);
    net_pool2((float *)(void *)(pool + 768), (float *)(void *)pool);

    /* 4: /classifier (fully_connected, 960 MACs) */
    NNOPT_LAYER(4u);
    net_classifier((float *)(void *)pool, net_classifier_weights, net_classifier_bias,
            (float *)(void *)(pool + 384));

    /* 5: /softmax (softmax) */
    NNOPT_LAYER(5u);
    net_softmax((float *)(void *)(pool + 384), output);

    NNOPT_LAYER(6u);
    return 0;
}
