/* nnopt: blocks of dot products on signed 16-bit lanes (SMLAD of Armv7E-M), weights packed in bytes.
 *
 * Inputs are widened once to 16-bit lanes, four at a time in the order 0, 2, 1, 3 (what SXTB16 gives).
 * A weight word holds two output channels, lo and hi, at two positions: bytes lo, hi', lo, hi' with
 * hi' = hi - (lo < 0). As 16-bit lanes the word is lo + 256 * hi; its even bytes, sign-extended, are lo.
 * So one multiply-accumulate with the word as it is and one with its even bytes give both sums:
 * hi = (raw - lo) / 256, exact while the sum of hi fits 24 bits. One extension serves four products.
 *
 * The loops are inline assembly, because compilers scatter the loads and cannot keep eight sums in
 * registers; per 16 products 4 loads, 2 extensions and 8 SMLAD: 15 cycles on a Cortex-M4.
 * Elsewhere, and without optimization, the same bits in portable C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_LANES_H
#define NNOPT_LANES_H

#include <stdint.h>
#include <string.h>

#include "nnopt_dsp.h"

/* For functions that use nnopt_dot_4x2: its inner loop takes all registers there are. */
#if defined(__GNUC__)
#define NNOPT_KERNEL __attribute__((noinline))
#else
#define NNOPT_KERNEL
#endif

/* The sum of a hi channel: what it started with, plus (raw - lo) / 256 in 32 bits. */
static inline int32_t nnopt_hi_sum(int32_t start, int32_t raw, int32_t lo)
{
    int32_t difference;
    const uint32_t bits = (uint32_t)raw - (uint32_t)lo;
    memcpy(&difference, &bits, sizeof difference);
    return start + (difference >> 8);
}

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define NNOPT_LANES_ASM 1

/* Two positions of four channels and two pixels. Eight sums, two pointers and four operands take all
 * core registers; so with an FPU the end of the loop is kept there. Without, or where a compiler may
 * count loops in LR (Armv8.1-M), the words of weights are loaded one by one. */
#if defined(__ARM_FP) && defined(__ARM_ARCH_7EM__)
#define NNOPT_LANES_WIDE 1
#endif
#if defined(NNOPT_LANES_WIDE)
#define NNOPT_LANES_STEP_2                                                        \
    "ldr %[x0], [%[x]], #4\n\t"                                                   \
    "ldr %[x1], [%[x], %[next]]\n\t"                                              \
    "ldr %[w0], [%[w]], #4\n\t"                                                   \
    "ldr %[w1], [%[w]], #4\n\t"                                                   \
    "smlad %[r00], %[w0], %[x0], %[r00]\n\t"                                      \
    "smlad %[r10], %[w0], %[x1], %[r10]\n\t"                                      \
    "sxtb16 %[w0], %[w0]\n\t"                                                     \
    "smlad %[r01], %[w1], %[x0], %[r01]\n\t"                                      \
    "smlad %[r11], %[w1], %[x1], %[r11]\n\t"                                      \
    "sxtb16 %[w1], %[w1]\n\t"                                                     \
    "smlad %[l00], %[w0], %[x0], %[l00]\n\t"                                      \
    "smlad %[l10], %[w0], %[x1], %[l10]\n\t"                                      \
    "smlad %[l01], %[w1], %[x0], %[l01]\n\t"                                      \
    "smlad %[l11], %[w1], %[x1], %[l11]\n\t"
#define NNOPT_LANES_LAST_2 [w0] "=&r"(w0), [w1] "=&r"(w1)
#else
#define NNOPT_LANES_STEP_2                                                        \
    "ldr %[x0], [%[x]], #4\n\t"                                                   \
    "ldr %[x1], [%[x], %[next]]\n\t"                                              \
    "ldr %[w0], [%[w]], #4\n\t"                                                   \
    "smlad %[r00], %[w0], %[x0], %[r00]\n\t"                                      \
    "smlad %[r10], %[w0], %[x1], %[r10]\n\t"                                      \
    "sxtb16 %[w0], %[w0]\n\t"                                                     \
    "smlad %[l00], %[w0], %[x0], %[l00]\n\t"                                      \
    "smlad %[l10], %[w0], %[x1], %[l10]\n\t"                                      \
    "ldr %[w0], [%[w]], #4\n\t"                                                   \
    "smlad %[r01], %[w0], %[x0], %[r01]\n\t"                                      \
    "smlad %[r11], %[w0], %[x1], %[r11]\n\t"                                      \
    "sxtb16 %[w0], %[w0]\n\t"                                                     \
    "smlad %[l01], %[w0], %[x0], %[l01]\n\t"                                      \
    "smlad %[l11], %[w0], %[x1], %[l11]\n\t"
#define NNOPT_LANES_LAST_2 [w0] "=&r"(w0)
#endif
#if defined(__ARM_FP)
#define NNOPT_LANES_AGAIN_2 "vmov %[w0], %[end]\n\tcmp %[x], %[w0]\n\tbne 0b\n\t"
#define NNOPT_LANES_END_2 "t"
#else
#define NNOPT_LANES_AGAIN_2 "cmp %[x], %[end]\n\tbne 0b\n\t"
#define NNOPT_LANES_END_2 "r"
#endif

#define NNOPT_LANES_QUAD_2 NNOPT_LANES_STEP_2 NNOPT_LANES_STEP_2

#define NNOPT_LANES_2(CODE)                                                       \
    __asm__ volatile(CODE                                                         \
                     : [x] "+r"(x), [w] "+r"(w), [l00] "+r"(l00), [l01] "+r"(l01), \
                       [l10] "+r"(l10), [l11] "+r"(l11), [r00] "+r"(r00),         \
                       [r01] "+r"(r01), [r10] "+r"(r10), [r11] "+r"(r11),         \
                       [x0] "=&r"(x0), [x1] "=&r"(x1), NNOPT_LANES_LAST_2         \
                     : [next] "i"(2 * pixel_step - 4), [end] NNOPT_LANES_END_2(end) \
                     : "cc", "memory")

/* Four channels (c) of two pixels (p), sums a<p><c>: a += x . w over 4 * quads positions. The pixels
 * begin at x and x + pixel_step. quads and pixel_step must be constants. */
static inline __attribute__((always_inline)) void nnopt_dot_4x2(
    const int16_t *x, const int8_t *w, int32_t quads, int32_t pixel_step, int32_t *a00, int32_t *a01,
    int32_t *a02, int32_t *a03, int32_t *a10, int32_t *a11, int32_t *a12, int32_t *a13)
{
    const int16_t *const end = x + quads / 4 * 16;
    int32_t l00 = *a00, l01 = *a02, l10 = *a10, l11 = *a12;
    int32_t r00 = l00, r01 = l01, r10 = l10, r11 = l11;
    int32_t x0, x1, w0;
#if defined(NNOPT_LANES_WIDE)
    int32_t w1;
#endif
    if (quads >= 4) {
        NNOPT_LANES_2("0:\n\t"
                      NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2
                      NNOPT_LANES_AGAIN_2);
    }
    if ((quads & 2) != 0) {
        NNOPT_LANES_2(NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2);
    }
    if ((quads & 1) != 0) {
        NNOPT_LANES_2(NNOPT_LANES_QUAD_2);
    }
    *a00 = l00;
    *a01 = nnopt_hi_sum(*a01, r00, l00);
    *a02 = l01;
    *a03 = nnopt_hi_sum(*a03, r01, l01);
    *a10 = l10;
    *a11 = nnopt_hi_sum(*a11, r10, l10);
    *a12 = l11;
    *a13 = nnopt_hi_sum(*a13, r11, l11);
}

/* Four positions of four channels and one pixel. */
#define NNOPT_LANES_QUAD_1                                                        \
    "ldr %[x0], [%[x]], #4\n\t"                                                   \
    "ldr %[x1], [%[x]], #4\n\t"                                                   \
    "ldr %[w0], [%[w]], #4\n\t"                                                   \
    "ldr %[w1], [%[w]], #4\n\t"                                                   \
    "ldr %[w2], [%[w]], #4\n\t"                                                   \
    "ldr %[w3], [%[w]], #4\n\t"                                                   \
    "smlad %[r0], %[w0], %[x0], %[r0]\n\t"                                        \
    "sxtb16 %[w0], %[w0]\n\t"                                                     \
    "smlad %[r1], %[w1], %[x0], %[r1]\n\t"                                        \
    "sxtb16 %[w1], %[w1]\n\t"                                                     \
    "smlad %[l0], %[w0], %[x0], %[l0]\n\t"                                        \
    "smlad %[l1], %[w1], %[x0], %[l1]\n\t"                                        \
    "smlad %[r0], %[w2], %[x1], %[r0]\n\t"                                        \
    "sxtb16 %[w2], %[w2]\n\t"                                                     \
    "smlad %[r1], %[w3], %[x1], %[r1]\n\t"                                        \
    "sxtb16 %[w3], %[w3]\n\t"                                                     \
    "smlad %[l0], %[w2], %[x1], %[l0]\n\t"                                        \
    "smlad %[l1], %[w3], %[x1], %[l1]\n\t"

#define NNOPT_LANES_1(CODE)                                                       \
    __asm__ volatile(CODE                                                         \
                     : [x] "+r"(x), [w] "+r"(w), [l0] "+r"(l0), [l1] "+r"(l1),    \
                       [r0] "+r"(r0), [r1] "+r"(r1), [x0] "=&r"(x0), [x1] "=&r"(x1), \
                       [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3) \
                     : [end] "r"(end)                                             \
                     : "cc", "memory")

/* Four channels of one pixel: a += x . w over 4 * quads positions; quads must be a constant. */
static inline __attribute__((always_inline)) void nnopt_dot_4x1(
    const int16_t *x, const int8_t *w, int32_t quads, int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)
{
    const int16_t *const end = x + quads / 4 * 16;
    int32_t l0 = *a0, l1 = *a2, r0 = l0, r1 = l1;
    int32_t x0, x1, w0, w1, w2, w3;
    if (quads >= 4) {
        NNOPT_LANES_1("0:\n\t"
                      NNOPT_LANES_QUAD_1 NNOPT_LANES_QUAD_1 NNOPT_LANES_QUAD_1 NNOPT_LANES_QUAD_1
                      "cmp %[x], %[end]\n\t"
                      "bne 0b\n\t");
    }
    if ((quads & 2) != 0) {
        NNOPT_LANES_1(NNOPT_LANES_QUAD_1 NNOPT_LANES_QUAD_1);
    }
    if ((quads & 1) != 0) {
        NNOPT_LANES_1(NNOPT_LANES_QUAD_1);
    }
    *a0 = l0;
    *a1 = nnopt_hi_sum(*a1, r0, l0);
    *a2 = l1;
    *a3 = nnopt_hi_sum(*a3, r1, l1);
}

#else

/* The sums of two channels, lo and hi, over 4 * quads positions; a word of theirs every 8 bytes. */
static inline void nnopt_dot_pair(
    const int16_t *x, const int8_t *w, int32_t quads, int32_t *lo_sum, int32_t *hi_sum)
{
    int32_t lo = *lo_sum, raw = *lo_sum;
    for (int32_t step = 0; step < 2 * quads; step++) {
        const int32_t lanes = nnopt_load_x4(&x[2 * step]);
        const int32_t word = nnopt_load_x4(&w[8 * step]);
        raw = nnopt_smlad(word, lanes, raw);
        lo = nnopt_smlad(nnopt_sxtab16_ror0(0, word), lanes, lo);
    }
    *lo_sum = lo;
    *hi_sum = nnopt_hi_sum(*hi_sum, raw, lo);
}

static inline void nnopt_dot_4x1(
    const int16_t *x, const int8_t *w, int32_t quads, int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)
{
    nnopt_dot_pair(x, w, quads, a0, a1);
    nnopt_dot_pair(x, w + 4, quads, a2, a3);
}

static inline void nnopt_dot_4x2(
    const int16_t *x, const int8_t *w, int32_t quads, int32_t pixel_step, int32_t *a00, int32_t *a01,
    int32_t *a02, int32_t *a03, int32_t *a10, int32_t *a11, int32_t *a12, int32_t *a13)
{
    nnopt_dot_4x1(x, w, quads, a00, a01, a02, a03);
    nnopt_dot_4x1(x + pixel_step, w, quads, a10, a11, a12, a13);
}

#endif

/* STR of two lanes. */
static inline void nnopt_store_pair(int16_t *to, int32_t lanes)
{
    memcpy(to, &lanes, sizeof lanes);
}

/* Eight bytes become eight lanes: loads and stores in groups, which a Cortex-M4 runs at one a cycle. */
#if defined(NNOPT_LANES_ASM)
#define NNOPT_WIDEN_8(EXTEND, MNEMONIC)                                           \
    int32_t a, b, c, d;                                                           \
    __asm__ volatile("ldr %[b], [%[from]]\n\t"                                    \
                     "ldr %[d], [%[from], #4]\n\t"                                \
                     MNEMONIC " %[a], %[both], %[b]\n\t"                          \
                     MNEMONIC " %[b], %[both], %[b], ror #8\n\t"                  \
                     MNEMONIC " %[c], %[both], %[d]\n\t"                          \
                     MNEMONIC " %[d], %[both], %[d], ror #8\n\t"                  \
                     "str %[a], [%[to]]\n\t"                                      \
                     "str %[b], [%[to], #4]\n\t"                                  \
                     "str %[c], [%[to], #8]\n\t"                                  \
                     "str %[d], [%[to], #12]"                                     \
                     : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)     \
                     : [from] "r"(from), [to] "r"(to), [both] "r"(both)           \
                     : "memory")
#else
#define NNOPT_WIDEN_8(EXTEND, MNEMONIC)                                           \
    const int32_t first = nnopt_load_x4(from), second = nnopt_load_x4(from + 4);  \
    nnopt_store_pair(to, EXTEND##_ror0(both, first));                             \
    nnopt_store_pair(to + 2, EXTEND##_ror8(both, first));                         \
    nnopt_store_pair(to + 4, EXTEND##_ror0(both, second));                        \
    nnopt_store_pair(to + 6, EXTEND##_ror8(both, second))
#endif

/* Widen `count` bytes to lanes, `both` (minus the zero point, in both halves) added to each; the last
 * four lanes are filled up with zeros. */
#define NNOPT_WIDEN(NAME, TYPE, EXTEND, MNEMONIC)                                 \
    static inline void NAME(int16_t *to, const TYPE *from, int32_t count, int32_t both) \
    {                                                                             \
        for (const TYPE *const end = from + count / 8 * 8; from != end; from += 8, to += 8) { \
            NNOPT_WIDEN_8(EXTEND, MNEMONIC);                                      \
        }                                                                         \
        if ((count & 4) != 0) {                                                   \
            const int32_t word = nnopt_load_x4(from);                             \
            nnopt_store_pair(to, EXTEND##_ror0(both, word));                      \
            nnopt_store_pair(to + 2, EXTEND##_ror8(both, word));                  \
            from += 4;                                                            \
            to += 4;                                                              \
        }                                                                         \
        if ((count & 3) != 0) {                                                   \
            const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);               \
            to[0] = (int16_t)(from[0] + less);                                    \
            to[1] = (count & 3) > 2 ? (int16_t)(from[2] + less) : (int16_t)0;     \
            to[2] = (count & 3) > 1 ? (int16_t)(from[1] + less) : (int16_t)0;     \
            to[3] = 0;                                                            \
        }                                                                         \
    }

NNOPT_WIDEN(nnopt_widen_i8, int8_t, nnopt_sxtab16, "sxtab16")
NNOPT_WIDEN(nnopt_widen_u8, uint8_t, nnopt_uxtab16, "uxtab16")
#undef NNOPT_WIDEN
#undef NNOPT_WIDEN_8

/* As above for bytes `first` to `first + count` of a row of `length`; all other lanes become zero. */
#define NNOPT_WIDEN_PART(NAME, TYPE, WHOLE)                                       \
    static inline void NAME(int16_t *to, const TYPE *from, int32_t first, int32_t count, \
                            int32_t length, int32_t both)                         \
    {                                                                             \
        static const uint8_t place[4] = {0, 2, 1, 3};                             \
        const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);                   \
        if (first == 0 && count == length) {                                      \
            WHOLE(to, from, length, both);                                        \
            return;                                                               \
        }                                                                         \
        for (int32_t i = 0; i < ((length + 3) & ~3); i++) {                       \
            const int32_t at = i - first;                                         \
            to[(i & ~3) + place[i & 3]] =                                         \
                at >= 0 && at < count ? (int16_t)(from[at] + less) : (int16_t)0;  \
        }                                                                         \
    }

NNOPT_WIDEN_PART(nnopt_widen_part_i8, int8_t, nnopt_widen_i8)
NNOPT_WIDEN_PART(nnopt_widen_part_u8, uint8_t, nnopt_widen_u8)
#undef NNOPT_WIDEN_PART

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

#endif /* NNOPT_LANES_H */
