/* net: kernels and the order in which they run, made by nnopt 0.1.0 for
 * cortex-m4. Build with -ffp-contract=off so that floats have the same bits everywhere. */
#include "net.h"
#include "net_weights.h"

#include <stdbool.h>
#include <stddef.h>

#include "nnopt_math.h"
#include "nnopt_fxp.h"
#include "nnopt_reals.h"

/* Define NNOPT_LAYER_HOOK as the name of a function to be called with the number of each layer
 * before it runs, and with the number of layers after the last one. */
#ifdef NNOPT_LAYER_HOOK
void NNOPT_LAYER_HOOK(unsigned layer);
#define NNOPT_LAYER(number) NNOPT_LAYER_HOOK(number)
#else
#define NNOPT_LAYER(number) ((void)0)
#endif

static NNOPT_REAL_KERNEL void net_stem_conv(const float *x, const float *weights, const float *bias,
                                            float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 8], &weights[oc * 9 + (kh * 3 + 1) * 4], 2,
                        &acc01, &acc11, &acc21, &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v3 + v] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + v1] = nnopt_max_f32(acc2, 0.0f);
            out[v3 + v2] = nnopt_max_f32(acc3, 0.0f);
        }
        for (int32_t ow = 1; ow < 7; ow += 3) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 4) {
                const float v = bias[oc];
                const int32_t v1 = oc + 1;
                const float v2 = bias[v1];
                const int32_t v3 = oc + 2;
                const float v4 = bias[v3];
                const int32_t v5 = oc + 3;
                const float v6 = bias[v5];
                float acc0 = v;
                float acc01 = v2;
                float acc02 = v4;
                float acc03 = v6;
                float acc1 = v;
                float acc11 = v2;
                float acc12 = v4;
                float acc13 = v6;
                float acc2 = v;
                float acc21 = v2;
                float acc22 = v4;
                float acc23 = v6;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    float acc04 = acc0;
                    float acc05 = acc01;
                    float acc06 = acc02;
                    float acc07 = acc03;
                    float acc14 = acc1;
                    float acc15 = acc11;
                    float acc16 = acc12;
                    float acc17 = acc13;
                    float acc24 = acc2;
                    float acc25 = acc21;
                    float acc26 = acc22;
                    float acc27 = acc23;
                    nnopt_real_dot_4x3(&x[(ih + kh) * 8 + iw], &weights[oc * 9 + kh * 3 * 4], 3, 1,
                            &acc04, &acc05, &acc06, &acc07, &acc14, &acc15, &acc16, &acc17, &acc24,
                            &acc25, &acc26, &acc27);
                    acc0 = acc04;
                    acc01 = acc05;
                    acc02 = acc06;
                    acc03 = acc07;
                    acc1 = acc14;
                    acc11 = acc15;
                    acc12 = acc16;
                    acc13 = acc17;
                    acc2 = acc24;
                    acc21 = acc25;
                    acc22 = acc26;
                    acc23 = acc27;
                }
                const int32_t v7 = oh * 96;
                const int32_t v8 = v7 + ow * 12;
                out[v8 + oc] = nnopt_max_f32(acc0, 0.0f);
                out[v8 + v1] = nnopt_max_f32(acc01, 0.0f);
                out[v8 + v3] = nnopt_max_f32(acc02, 0.0f);
                out[v8 + v5] = nnopt_max_f32(acc03, 0.0f);
                const int32_t v9 = v7 + (ow + 1) * 12;
                out[v9 + oc] = nnopt_max_f32(acc1, 0.0f);
                out[v9 + v1] = nnopt_max_f32(acc11, 0.0f);
                out[v9 + v3] = nnopt_max_f32(acc12, 0.0f);
                out[v9 + v5] = nnopt_max_f32(acc13, 0.0f);
                const int32_t v10 = v7 + (ow + 2) * 12;
                out[v10 + oc] = nnopt_max_f32(acc2, 0.0f);
                out[v10 + v1] = nnopt_max_f32(acc21, 0.0f);
                out[v10 + v3] = nnopt_max_f32(acc22, 0.0f);
                out[v10 + v5] = nnopt_max_f32(acc23, 0.0f);
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 8 + 6], &weights[oc * 9 + kh * 3 * 4], 2, &acc01,
                        &acc11, &acc21, &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = nnopt_max_f32(acc0, 0.0f);
            out[v3 + v + 84] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + v1 + 84] = nnopt_max_f32(acc2, 0.0f);
            out[v3 + v2 + 84] = nnopt_max_f32(acc3, 0.0f);
        }
    }
}

static NNOPT_REAL_KERNEL void net_block1_conv1(const float *x, const float *weights,
                                               const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 8 * 12],
                        &weights[oc * 108 + (kh * 3 + 1) * 12 * 4], 24, &acc01, &acc11, &acc21,
                        &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v3 + v] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + v1] = nnopt_max_f32(acc2, 0.0f);
            out[v3 + v2] = nnopt_max_f32(acc3, 0.0f);
        }
        for (int32_t ow = 1; ow < 7; ow += 3) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 4) {
                const float v = bias[oc];
                const int32_t v1 = oc + 1;
                const float v2 = bias[v1];
                const int32_t v3 = oc + 2;
                const float v4 = bias[v3];
                const int32_t v5 = oc + 3;
                const float v6 = bias[v5];
                float acc0 = v;
                float acc01 = v2;
                float acc02 = v4;
                float acc03 = v6;
                float acc1 = v;
                float acc11 = v2;
                float acc12 = v4;
                float acc13 = v6;
                float acc2 = v;
                float acc21 = v2;
                float acc22 = v4;
                float acc23 = v6;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    float acc04 = acc0;
                    float acc05 = acc01;
                    float acc06 = acc02;
                    float acc07 = acc03;
                    float acc14 = acc1;
                    float acc15 = acc11;
                    float acc16 = acc12;
                    float acc17 = acc13;
                    float acc24 = acc2;
                    float acc25 = acc21;
                    float acc26 = acc22;
                    float acc27 = acc23;
                    nnopt_real_dot_4x3(&x[((ih + kh) * 8 + iw) * 12],
                            &weights[oc * 108 + kh * 3 * 12 * 4], 36, 12, &acc04, &acc05, &acc06,
                            &acc07, &acc14, &acc15, &acc16, &acc17, &acc24, &acc25, &acc26, &acc27);
                    acc0 = acc04;
                    acc01 = acc05;
                    acc02 = acc06;
                    acc03 = acc07;
                    acc1 = acc14;
                    acc11 = acc15;
                    acc12 = acc16;
                    acc13 = acc17;
                    acc2 = acc24;
                    acc21 = acc25;
                    acc22 = acc26;
                    acc23 = acc27;
                }
                const int32_t v7 = oh * 96;
                const int32_t v8 = v7 + ow * 12;
                out[v8 + oc] = nnopt_max_f32(acc0, 0.0f);
                out[v8 + v1] = nnopt_max_f32(acc01, 0.0f);
                out[v8 + v3] = nnopt_max_f32(acc02, 0.0f);
                out[v8 + v5] = nnopt_max_f32(acc03, 0.0f);
                const int32_t v9 = v7 + (ow + 1) * 12;
                out[v9 + oc] = nnopt_max_f32(acc1, 0.0f);
                out[v9 + v1] = nnopt_max_f32(acc11, 0.0f);
                out[v9 + v3] = nnopt_max_f32(acc12, 0.0f);
                out[v9 + v5] = nnopt_max_f32(acc13, 0.0f);
                const int32_t v10 = v7 + (ow + 2) * 12;
                out[v10 + oc] = nnopt_max_f32(acc2, 0.0f);
                out[v10 + v1] = nnopt_max_f32(acc21, 0.0f);
                out[v10 + v3] = nnopt_max_f32(acc22, 0.0f);
                out[v10 + v5] = nnopt_max_f32(acc23, 0.0f);
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[((ih + kh) * 8 + 6) * 12],
                        &weights[oc * 108 + kh * 3 * 12 * 4], 24, &acc01, &acc11, &acc21, &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = nnopt_max_f32(acc0, 0.0f);
            out[v3 + v + 84] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + v1 + 84] = nnopt_max_f32(acc2, 0.0f);
            out[v3 + v2 + 84] = nnopt_max_f32(acc3, 0.0f);
        }
    }
}

static NNOPT_REAL_KERNEL void net_block1_conv2(const float *x, const float *weights,
                                               const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 8; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 8 - ih);
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 8 * 12],
                        &weights[oc * 108 + (kh * 3 + 1) * 12 * 4], 24, &acc01, &acc11, &acc21,
                        &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc] = acc0;
            out[v3 + v] = acc1;
            out[v3 + v1] = acc2;
            out[v3 + v2] = acc3;
        }
        for (int32_t ow = 1; ow < 7; ow += 3) {
            const int32_t iw = ow - 1;
            for (int32_t oc = 0; oc < 12; oc += 4) {
                const float v = bias[oc];
                const int32_t v1 = oc + 1;
                const float v2 = bias[v1];
                const int32_t v3 = oc + 2;
                const float v4 = bias[v3];
                const int32_t v5 = oc + 3;
                const float v6 = bias[v5];
                float acc0 = v;
                float acc01 = v2;
                float acc02 = v4;
                float acc03 = v6;
                float acc1 = v;
                float acc11 = v2;
                float acc12 = v4;
                float acc13 = v6;
                float acc2 = v;
                float acc21 = v2;
                float acc22 = v4;
                float acc23 = v6;
                for (int32_t kh = kh_first; kh < kh_end; kh++) {
                    float acc04 = acc0;
                    float acc05 = acc01;
                    float acc06 = acc02;
                    float acc07 = acc03;
                    float acc14 = acc1;
                    float acc15 = acc11;
                    float acc16 = acc12;
                    float acc17 = acc13;
                    float acc24 = acc2;
                    float acc25 = acc21;
                    float acc26 = acc22;
                    float acc27 = acc23;
                    nnopt_real_dot_4x3(&x[((ih + kh) * 8 + iw) * 12],
                            &weights[oc * 108 + kh * 3 * 12 * 4], 36, 12, &acc04, &acc05, &acc06,
                            &acc07, &acc14, &acc15, &acc16, &acc17, &acc24, &acc25, &acc26, &acc27);
                    acc0 = acc04;
                    acc01 = acc05;
                    acc02 = acc06;
                    acc03 = acc07;
                    acc1 = acc14;
                    acc11 = acc15;
                    acc12 = acc16;
                    acc13 = acc17;
                    acc2 = acc24;
                    acc21 = acc25;
                    acc22 = acc26;
                    acc23 = acc27;
                }
                const int32_t v7 = oh * 96;
                const int32_t v8 = v7 + ow * 12;
                out[v8 + oc] = acc0;
                out[v8 + v1] = acc01;
                out[v8 + v3] = acc02;
                out[v8 + v5] = acc03;
                const int32_t v9 = v7 + (ow + 1) * 12;
                out[v9 + oc] = acc1;
                out[v9 + v1] = acc11;
                out[v9 + v3] = acc12;
                out[v9 + v5] = acc13;
                const int32_t v10 = v7 + (ow + 2) * 12;
                out[v10 + oc] = acc2;
                out[v10 + v1] = acc21;
                out[v10 + v3] = acc22;
                out[v10 + v5] = acc23;
            }
        }
        for (int32_t oc = 0; oc < 12; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[((ih + kh) * 8 + 6) * 12],
                        &weights[oc * 108 + kh * 3 * 12 * 4], 24, &acc01, &acc11, &acc21, &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc + 84] = acc0;
            out[v3 + v + 84] = acc1;
            out[v3 + v1 + 84] = acc2;
            out[v3 + v2 + 84] = acc3;
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

static NNOPT_REAL_KERNEL void net_block2_conv1(const float *x, const float *weights,
                                               const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2 - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < 3; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 8 * 12],
                        &weights[oc * 108 + (kh * 3 + 1) * 12 * 4], 24, &acc01, &acc11, &acc21,
                        &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc] = nnopt_max_f32(acc0, 0.0f);
            out[v3 + v] = nnopt_max_f32(acc1, 0.0f);
            out[v3 + v1] = nnopt_max_f32(acc2, 0.0f);
            out[v3 + v2] = nnopt_max_f32(acc3, 0.0f);
        }
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const float v = bias[oc];
            const int32_t v1 = oc + 1;
            const float v2 = bias[v1];
            const int32_t v3 = oc + 2;
            const float v4 = bias[v3];
            const int32_t v5 = oc + 3;
            const float v6 = bias[v5];
            float acc0 = v;
            float acc01 = v2;
            float acc02 = v4;
            float acc03 = v6;
            float acc1 = v;
            float acc11 = v2;
            float acc12 = v4;
            float acc13 = v6;
            float acc2 = v;
            float acc21 = v2;
            float acc22 = v4;
            float acc23 = v6;
            for (int32_t kh = kh_first; kh < 3; kh++) {
                float acc04 = acc0;
                float acc05 = acc01;
                float acc06 = acc02;
                float acc07 = acc03;
                float acc14 = acc1;
                float acc15 = acc11;
                float acc16 = acc12;
                float acc17 = acc13;
                float acc24 = acc2;
                float acc25 = acc21;
                float acc26 = acc22;
                float acc27 = acc23;
                nnopt_real_dot_4x3(&x[((ih + kh) * 8 + 1) * 12],
                        &weights[oc * 108 + kh * 3 * 12 * 4], 36, 24, &acc04, &acc05, &acc06,
                        &acc07, &acc14, &acc15, &acc16, &acc17, &acc24, &acc25, &acc26, &acc27);
                acc0 = acc04;
                acc01 = acc05;
                acc02 = acc06;
                acc03 = acc07;
                acc1 = acc14;
                acc11 = acc15;
                acc12 = acc16;
                acc13 = acc17;
                acc2 = acc24;
                acc21 = acc25;
                acc22 = acc26;
                acc23 = acc27;
            }
            const int32_t v7 = oh * 96;
            const int32_t v8 = v7 + oc;
            out[v8 + 24] = nnopt_max_f32(acc0, 0.0f);
            const int32_t v9 = v7 + v1;
            out[v9 + 24] = nnopt_max_f32(acc01, 0.0f);
            const int32_t v10 = v7 + v3;
            out[v10 + 24] = nnopt_max_f32(acc02, 0.0f);
            const int32_t v11 = v7 + v5;
            out[v11 + 24] = nnopt_max_f32(acc03, 0.0f);
            out[v8 + 48] = nnopt_max_f32(acc1, 0.0f);
            out[v9 + 48] = nnopt_max_f32(acc11, 0.0f);
            out[v10 + 48] = nnopt_max_f32(acc12, 0.0f);
            out[v11 + 48] = nnopt_max_f32(acc13, 0.0f);
            out[v8 + 72] = nnopt_max_f32(acc2, 0.0f);
            out[v9 + 72] = nnopt_max_f32(acc21, 0.0f);
            out[v10 + 72] = nnopt_max_f32(acc22, 0.0f);
            out[v11 + 72] = nnopt_max_f32(acc23, 0.0f);
        }
    }
}

static NNOPT_REAL_KERNEL void net_block2_conv2(const float *x, const float *weights,
                                               const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh - 1;
        const int32_t kh_first = nnopt_max_i32(0, 0 - ih);
        const int32_t kh_end = nnopt_min_i32(3, 4 - ih);
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[(ih + kh) * 4 * 24],
                        &weights[oc * 216 + (kh * 3 + 1) * 24 * 4], 48, &acc01, &acc11, &acc21,
                        &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc] = acc0;
            out[v3 + v] = acc1;
            out[v3 + v1] = acc2;
            out[v3 + v2] = acc3;
        }
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const float v = bias[oc];
            const int32_t v1 = oc + 1;
            const float v2 = bias[v1];
            const int32_t v3 = oc + 2;
            const float v4 = bias[v3];
            const int32_t v5 = oc + 3;
            const float v6 = bias[v5];
            float acc0 = v;
            float acc01 = v2;
            float acc02 = v4;
            float acc03 = v6;
            float acc1 = v;
            float acc11 = v2;
            float acc12 = v4;
            float acc13 = v6;
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc04 = acc0;
                float acc05 = acc01;
                float acc06 = acc02;
                float acc07 = acc03;
                float acc14 = acc1;
                float acc15 = acc11;
                float acc16 = acc12;
                float acc17 = acc13;
                nnopt_real_dot_4x2(&x[(ih + kh) * 4 * 24], &weights[oc * 216 + kh * 3 * 24 * 4],
                        72, 24, &acc04, &acc05, &acc06, &acc07, &acc14, &acc15, &acc16, &acc17);
                acc0 = acc04;
                acc01 = acc05;
                acc02 = acc06;
                acc03 = acc07;
                acc1 = acc14;
                acc11 = acc15;
                acc12 = acc16;
                acc13 = acc17;
            }
            const int32_t v7 = oh * 96;
            const int32_t v8 = v7 + oc;
            out[v8 + 24] = acc0;
            const int32_t v9 = v7 + v1;
            out[v9 + 24] = acc01;
            const int32_t v10 = v7 + v3;
            out[v10 + 24] = acc02;
            const int32_t v11 = v7 + v5;
            out[v11 + 24] = acc03;
            out[v8 + 48] = acc1;
            out[v9 + 48] = acc11;
            out[v10 + 48] = acc12;
            out[v11 + 48] = acc13;
        }
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const int32_t v = oc + 1;
            const int32_t v1 = oc + 2;
            const int32_t v2 = oc + 3;
            float acc0 = bias[oc];
            float acc1 = bias[v];
            float acc2 = bias[v1];
            float acc3 = bias[v2];
            for (int32_t kh = kh_first; kh < kh_end; kh++) {
                float acc01 = acc0;
                float acc11 = acc1;
                float acc21 = acc2;
                float acc31 = acc3;
                nnopt_real_dot_4x1(&x[((ih + kh) * 4 + 2) * 24],
                        &weights[oc * 216 + kh * 3 * 24 * 4], 48, &acc01, &acc11, &acc21, &acc31);
                acc0 = acc01;
                acc1 = acc11;
                acc2 = acc21;
                acc3 = acc31;
            }
            const int32_t v3 = oh * 96;
            out[v3 + oc + 72] = acc0;
            out[v3 + v + 72] = acc1;
            out[v3 + v1 + 72] = acc2;
            out[v3 + v2 + 72] = acc3;
        }
    }
}

static NNOPT_REAL_KERNEL void net_block2_project(const float *x, const float *weights,
                                                 const float *bias, float *out)
{
    for (int32_t oh = 0; oh < 4; oh++) {
        const int32_t ih = oh * 2;
        for (int32_t oc = 0; oc < 24; oc += 4) {
            const float v = bias[oc];
            const int32_t v1 = oc + 1;
            const float v2 = bias[v1];
            const int32_t v3 = oc + 2;
            const float v4 = bias[v3];
            const int32_t v5 = oc + 3;
            const float v6 = bias[v5];
            float acc0 = v;
            float acc01 = v2;
            float acc02 = v4;
            float acc03 = v6;
            float acc1 = v;
            float acc11 = v2;
            float acc12 = v4;
            float acc13 = v6;
            float acc2 = v;
            float acc21 = v2;
            float acc22 = v4;
            float acc23 = v6;
            float acc3 = v;
            float acc31 = v2;
            float acc32 = v4;
            float acc33 = v6;
            nnopt_real_dot_4x4(&x[ih * 8 * 12], &weights[oc * 12], 12, 24, &acc0, &acc01, &acc02,
                    &acc03, &acc1, &acc11, &acc12, &acc13, &acc2, &acc21, &acc22, &acc23, &acc3,
                    &acc31, &acc32, &acc33);
            const int32_t v7 = oh * 96;
            const int32_t v8 = v7 + oc;
            out[v8] = acc0;
            const int32_t v9 = v7 + v1;
            out[v9] = acc01;
            const int32_t v10 = v7 + v3;
            out[v10] = acc02;
            const int32_t v11 = v7 + v5;
            out[v11] = acc03;
            out[v8 + 24] = acc1;
            out[v9 + 24] = acc11;
            out[v10 + 24] = acc12;
            out[v11 + 24] = acc13;
            out[v8 + 48] = acc2;
            out[v9 + 48] = acc21;
            out[v10 + 48] = acc22;
            out[v11 + 48] = acc23;
            out[v8 + 72] = acc3;
            out[v9 + 72] = acc31;
            out[v10 + 72] = acc32;
            out[v11 + 72] = acc33;
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

static NNOPT_REAL_KERNEL void net_classifier(const float *x, const float *weights,
                                             const float *bias, float *out)
{
    float acc0 = bias[0];
    float acc1 = bias[1];
    float acc2 = bias[2];
    float acc3 = bias[3];
    float acc4 = bias[4];
    float acc5 = bias[5];
    float acc6 = bias[6];
    float acc7 = bias[7];
    nnopt_real_dot_8x1(x, weights, 24, &acc0, &acc1, &acc2, &acc3, &acc4, &acc5, &acc6, &acc7);
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
    float acc21 = 0.0f;
    float acc31 = 0.0f;
    float acc41 = 0.0f;
    float acc51 = 0.0f;
    float acc61 = 0.0f;
    float acc71 = 0.0f;
    nnopt_real_dot_8x1(x, &weights[192], 24, &acc01, &acc11, &acc21, &acc31, &acc41, &acc51,
            &acc61, &acc71);
    out[8] = acc01;
    out[9] = acc11;
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
            (float *)(void *)(pool + 3632));

    /* 2: /block1/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(2u);
    net_block1_conv2((float *)(void *)(pool + 3632), net_block1_conv2_weights,
            net_block1_conv2_bias, (float *)(void *)(pool + 3072));

    /* 3: /block1/add (add) */
    NNOPT_LAYER(3u);
    net_block1_add((float *)(void *)pool, (float *)(void *)(pool + 3072),
            (float *)(void *)(pool + 3072));

    /* 4: /block2/conv1 (conv2d, 41,472 MACs) */
    NNOPT_LAYER(4u);
    net_block2_conv1((float *)(void *)(pool + 3072), net_block2_conv1_weights,
            net_block2_conv1_bias, (float *)(void *)pool);

    /* 5: /block2/conv2 (conv2d, 82,944 MACs) */
    NNOPT_LAYER(5u);
    net_block2_conv2((float *)(void *)pool, net_block2_conv2_weights, net_block2_conv2_bias,
            (float *)(void *)(pool + 1536));

    /* 6: /block2/project (conv2d, 4,608 MACs) */
    NNOPT_LAYER(6u);
    net_block2_project((float *)(void *)(pool + 3072), net_block2_project_weights,
            net_block2_project_bias, (float *)(void *)pool);

    /* 7: /block2/add (add) */
    NNOPT_LAYER(7u);
    net_block2_add((float *)(void *)pool, (float *)(void *)(pool + 1536), (float *)(void *)pool);

    /* 8: /pool (avg_pool2d) */
    NNOPT_LAYER(8u);
    net_pool((float *)(void *)pool, (float *)(void *)pool);

    /* 9: /classifier (fully_connected, 240 MACs) */
    NNOPT_LAYER(9u);
    net_classifier((float *)(void *)pool, net_classifier_weights, net_classifier_bias, output);

    NNOPT_LAYER(10u);
    return 0;
}
