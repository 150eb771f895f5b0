/* nnopt: depthwise convolutions on signed 16-bit lanes, one plane of them per channel.
 *
 * A plane holds rows of the image with their padding around them, so that a window needs no tests; two
 * neighbouring outputs share the pairs of lanes that are loaded. On a Cortex-M4 the loop over a row is
 * inline assembly, as in nnopt_lanes.h; elsewhere, the same bits in portable C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_PLANES_H
#define NNOPT_PLANES_H

#include "nnopt_lanes.h"

/* Pairs of neighbouring outputs of a 3 x 3 window on one plane, `width` lanes a row, with steps of 1
 * or 2 lanes. Weights of a row are the pairs (w0, w1) and (w1, w2). Sums begin with `bias`, are
 * rescaled by `factor`, `constant` and `shift`, and stored `out_step` bytes apart. pairs > 0; all
 * numbers behind `out` must be constants. */
#if defined(NNOPT_LANES_WIDE)
#define NNOPT_ROW_1(LOAD, A, B)                                                   \
    "ldr %[x0], [%[x], " LOAD "0]\n\t"                                            \
    "ldr %[x1], [%[x], " LOAD "4]\n\t"                                            \
    "smlatb %[b], %[x0], %[" A "], %[b]\n\t"                                      \
    "smlad %[a], %[x0], %[" A "], %[a]\n\t"                                       \
    "smlad %[b], %[x1], %[" B "], %[b]\n\t"                                       \
    "smlabt %[a], %[x1], %[" B "], %[a]\n\t"
#define NNOPT_ROW_2(LOAD, A, B)                                                   \
    "ldr %[x0], [%[x], " LOAD "0]\n\t"                                            \
    "ldr %[x1], [%[x], " LOAD "4]\n\t"                                            \
    "ldr %[x2], [%[x], " LOAD "8]\n\t"                                            \
    "smlad %[a], %[x0], %[" A "], %[a]\n\t"                                       \
    "smlad %[b], %[x1], %[" A "], %[b]\n\t"                                       \
    "smlabt %[a], %[x1], %[" B "], %[a]\n\t"                                      \
    "smlabt %[b], %[x2], %[" B "], %[b]\n\t"
#define NNOPT_DEPTHWISE_END(STEP)                                                 \
    "vmov %[x0], %[factor]\n\t"                                                   \
    "vmov %[x1], %[constant]\n\t"                                                 \
    "add %[x], %[x], #" STEP "\n\t"                                               \
    "smmla %[a], %[a], %[x0], %[x1]\n\t"                                          \
    "smmla %[b], %[b], %[x0], %[x1]\n\t"                                          \
    "vmov %[x0], %[end]\n\t"                                                      \
    "ssat %[a], #8, %[a], asr %[shift]\n\t"                                       \
    "ssat %[b], #8, %[b], asr %[shift]\n\t"                                       \
    "strb %[b], [%[out], %[step]]\n\t"                                            \
    "strb %[a], [%[out]]\n\t"                                                     \
    "add %[out], %[out], %[both]\n\t"                                             \
    "cmp %[x], %[x0]\n\t"                                                         \
    "bne 0b"
#define NNOPT_DEPTHWISE(CODE)                                                     \
    __asm__ volatile("0:\n\t"                                                     \
                     "vmov %[a], %[bias]\n\t"                                     \
                     "mov %[b], %[a]\n\t" CODE                                    \
                     : [x] "+r"(x), [out] "+r"(out), [a] "=&r"(a), [b] "=&r"(b),  \
                       [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2)             \
                     : [wa] "r"(wa), [wb] "r"(wb), [wc] "r"(wc), [wd] "r"(wd), [we] "r"(we), \
                       [wf] "r"(wf), [bias] "t"(bias), [factor] "t"(factor),      \
                       [constant] "t"(constant), [end] "t"(end), [shift] "i"(shift), \
                       [step] "i"(out_step), [both] "i"(2 * out_step), [row1] "i"(2 * width), \
                       [row2] "i"(4 * width)                                      \
                     : "cc", "memory")
#endif
static NNOPT_INLINE void nnopt_depthwise_3x3(
    const int16_t *x, int32_t wa, int32_t wb, int32_t wc, int32_t wd, int32_t we, int32_t wf,
    int32_t bias, int32_t factor, int32_t constant, int8_t *out, int32_t pairs, int32_t stride,
    int32_t width, int32_t out_step, int32_t shift)
{
    const int16_t *const end = x + 2 * stride * pairs;
#if defined(NNOPT_LANES_WIDE)
    int32_t a, b, x0, x1, x2;
    if (stride == 1) {
        NNOPT_DEPTHWISE(NNOPT_ROW_1("#", "wa", "wb") NNOPT_ROW_1("%[row1]+", "wc", "wd")
                        NNOPT_ROW_1("%[row2]+", "we", "wf") NNOPT_DEPTHWISE_END("4"));
    } else {
        NNOPT_DEPTHWISE(NNOPT_ROW_2("#", "wa", "wb") NNOPT_ROW_2("%[row1]+", "wc", "wd")
                        NNOPT_ROW_2("%[row2]+", "we", "wf") NNOPT_DEPTHWISE_END("8"));
    }
#else
    for (; x != end; x += 2 * stride) {
        int32_t a = bias, b = bias;
        for (int32_t row = 0; row < 3; row++) {
            const int32_t even = row == 0 ? wa : row == 1 ? wc : we;
            const int32_t odd = row == 0 ? wb : row == 1 ? wd : wf;
            const int32_t x0 = nnopt_load_x4(x + row * width);
            const int32_t x1 = nnopt_load_x4(x + row * width + 2);
            a = nnopt_smlabt(x1, odd, nnopt_smlad(x0, even, a));
            if (stride == 1) {
                b = nnopt_smlad(x1, odd, nnopt_smlatb(x0, even, b));
            } else {
                const int32_t x2 = nnopt_load_x4(x + row * width + 4);
                b = nnopt_smlabt(x2, odd, nnopt_smlad(x1, even, b));
            }
        }
        out[0] = (int8_t)nnopt_ssat8(nnopt_smmla(a, factor, constant), shift);
        out[out_step] = (int8_t)nnopt_ssat8(nnopt_smmla(b, factor, constant), shift);
        out += 2 * out_step;
    }
#endif
}

/* A row of `pixels` pixels, `depth` bytes apart, of up to four channels, `plane` lanes apart; `both`
 * (minus the zero point, in both halves) is added to each. to + lead is at an even lane. */
#define NNOPT_PLANES(NAME, TYPE, EXTEND)                                          \
    static inline void NAME(int16_t *to, const TYPE *from, int32_t pixels, int32_t channels, \
                            int32_t depth, int32_t plane, int32_t lead, int32_t both) \
    {                                                                             \
        const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);                   \
        int32_t p = 0;                                                            \
        for (; p < lead && p < pixels; p++) {                                     \
            for (int32_t c = 0; c < channels; c++) {                              \
                to[c * plane + p] = (int16_t)(from[p * depth + c] + less);        \
            }                                                                     \
        }                                                                         \
        for (; channels == 4 && p + 2 <= pixels; p += 2) {                        \
            const int32_t a = nnopt_load_x4(from + p * depth);                    \
            const int32_t b = nnopt_load_x4(from + p * depth + depth);            \
            const int32_t a02 = EXTEND##_ror0(both, a), a13 = EXTEND##_ror8(both, a); \
            const int32_t b02 = EXTEND##_ror0(both, b), b13 = EXTEND##_ror8(both, b); \
            nnopt_store_pair(to + p, nnopt_pkhbt(a02, b02));                      \
            nnopt_store_pair(to + plane + p, nnopt_pkhbt(a13, b13));              \
            nnopt_store_pair(to + 2 * plane + p, nnopt_pkhtb(a02, b02));          \
            nnopt_store_pair(to + 3 * plane + p, nnopt_pkhtb(a13, b13));          \
        }                                                                         \
        for (; p < pixels; p++) {                                                 \
            for (int32_t c = 0; c < channels; c++) {                              \
                to[c * plane + p] = (int16_t)(from[p * depth + c] + less);        \
            }                                                                     \
        }                                                                         \
    }

NNOPT_PLANES(nnopt_planes_i8, int8_t, nnopt_sxtab16)
NNOPT_PLANES(nnopt_planes_u8, uint8_t, nnopt_uxtab16)
#undef NNOPT_PLANES

#endif /* NNOPT_PLANES_H */
