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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nnopt_dsp.h"

/* For functions that use nnopt_dot_4x2: its inner loop takes all registers there are. */
#if defined(__GNUC__)
#define NNOPT_KERNEL __attribute__((noinline))
#define NNOPT_INLINE inline __attribute__((always_inline))
#else
#define NNOPT_KERNEL
#define NNOPT_INLINE inline
#endif

/* The sum of a hi channel: what it started with, plus (raw - lo) / 256 in 32 bits. */
static inline int32_t nnopt_hi_sum(int32_t start, int32_t raw, int32_t lo)
{
    int32_t difference;
    const uint32_t bits = (uint32_t)raw - (uint32_t)lo;
    memcpy(&difference, &bits, sizeof difference);
    return start + (difference >> 8);
}

#if defined(__ARM_ARCH_7EM__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define NNOPT_LANES_ASM 1

/* Two positions of four channels and two pixels. Eight sums, two pointers and four operands take all
 * core registers; so with an FPU the end of the loop is kept there. Without, the words of weights are
 * loaded one by one. Armv8.1-M has no register to spare: compilers count loops in LR. */
#if defined(__ARM_FP)
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

/* All positions: the loop, and what is left of it. */
#define NNOPT_LANES_DOT_2                                                         \
    if (quads >= 4) {                                                             \
        NNOPT_LANES_2("0:\n\t"                                                    \
                      NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 \
                      NNOPT_LANES_AGAIN_2);                                       \
    }                                                                             \
    if ((quads & 2) != 0) {                                                       \
        NNOPT_LANES_2(NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2);                     \
    }                                                                             \
    if ((quads & 1) != 0) {                                                       \
        NNOPT_LANES_2(NNOPT_LANES_QUAD_2);                                        \
    }

/* Four channels (c) of two pixels (p), sums a<p><c>: a += x . w over 4 * quads positions. The pixels
 * begin at x and x + pixel_step. quads and pixel_step must be constants. */
static NNOPT_INLINE void nnopt_dot_4x2(
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
    NNOPT_LANES_DOT_2
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
static NNOPT_INLINE void nnopt_dot_4x1(
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

/* A sum, rescaled with two roundings: by factor, constant and shift. */
static inline int8_t nnopt_tile_double(int32_t sum, const int32_t *scale)
{
    const int32_t high = nnopt_smmlar(nnopt_qadd(sum, sum), scale[0], scale[1]) + (sum >> 31);
    const int32_t moved = high >> scale[2];
    return (int8_t)(moved < -128 ? -128 : moved > 127 ? 127 : moved);
}

/* Sums of four channels of a pixel, rescaled and stored. */
static NNOPT_INLINE void nnopt_tile_store(
    int8_t *out, const int32_t *scale, int32_t shift, int32_t a0, int32_t a1, int32_t a2, int32_t a3)
{
    if (shift == 0) {
        out[0] = nnopt_tile_double(a0, scale);
        out[1] = nnopt_tile_double(a1, scale + 3);
        out[2] = nnopt_tile_double(a2, scale + 6);
        out[3] = nnopt_tile_double(a3, scale + 9);
        return;
    }
    out[0] = (int8_t)nnopt_ssat8(nnopt_smmla(a0, scale[0], scale[1]), shift);
    out[1] = (int8_t)nnopt_ssat8(nnopt_smmla(a1, scale[2], scale[3]), shift);
    out[2] = (int8_t)nnopt_ssat8(nnopt_smmla(a2, scale[4], scale[5]), shift);
    out[3] = (int8_t)nnopt_ssat8(nnopt_smmla(a3, scale[6], scale[7]), shift);
}

/* `blocks` times four channels of one pixel from lanes to bytes: dot products that begin with
 * `bias`, rescaled by pairs of multiplier and constant, and by the constant `shift`; where that is 0, with
 * two roundings by multiplier, constant and shift of each channel. */
static NNOPT_INLINE void nnopt_tile_4x1(
    const int16_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t blocks, int32_t quads, int32_t shift)
{
    for (const int8_t *const end = out + 4 * blocks; out != end; out += 4) {
        int32_t a0 = bias[0], a1 = bias[1], a2 = bias[2], a3 = bias[3];
        nnopt_dot_4x1(x, w, quads, &a0, &a1, &a2, &a3);
        nnopt_tile_store(out, scale, shift, a0, a1, a2, a3);
        w += 16 * quads;
        bias += 4;
        scale += shift == 0 ? 12 : 8;
    }
}

#if defined(NNOPT_LANES_WIDE)
/* Pointers live in the FPU; a core register holds one while it is used. The first positions write
 * sums that begin with the bias of a lo channel; the bias of a hi channel is added at the end. */
#define NNOPT_TILE_BEGIN                                                          \
    "1:\n\t"                                                                      \
    "vmov %[x], %[bias]\n\t"                                                      \
    "ldr %[l00], [%[x]]\n\t"                                                      \
    "ldr %[l01], [%[x], #8]\n\t"                                                  \
    "vmov %[x], %[lanes]\n\t"
#define NNOPT_TILE_COPY                                                           \
    "mov %[r00], %[l00]\n\t"                                                      \
    "mov %[r10], %[l00]\n\t"                                                      \
    "mov %[l10], %[l00]\n\t"                                                      \
    "mov %[r01], %[l01]\n\t"                                                      \
    "mov %[r11], %[l01]\n\t"                                                      \
    "mov %[l11], %[l01]\n\t"
#define NNOPT_TILE_FIRST                                                          \
    "ldr %[x0], [%[x]], #4\n\t"                                                   \
    "ldr %[x1], [%[x], %[next]]\n\t"                                              \
    "ldr %[w0], [%[w]], #4\n\t"                                                   \
    "ldr %[w1], [%[w]], #4\n\t"                                                   \
    "smlad %[r00], %[w0], %[x0], %[l00]\n\t"                                      \
    "smlad %[r10], %[w0], %[x1], %[l00]\n\t"                                      \
    "sxtb16 %[w0], %[w0]\n\t"                                                     \
    "smlad %[r01], %[w1], %[x0], %[l01]\n\t"                                      \
    "smlad %[r11], %[w1], %[x1], %[l01]\n\t"                                      \
    "sxtb16 %[w1], %[w1]\n\t"                                                     \
    "smlad %[l10], %[w0], %[x1], %[l00]\n\t"                                      \
    "smlad %[l00], %[w0], %[x0], %[l00]\n\t"                                      \
    "smlad %[l11], %[w1], %[x1], %[l01]\n\t"                                      \
    "smlad %[l01], %[w1], %[x0], %[l01]\n\t"
#define NNOPT_TILE_LOOP                                                           \
    "0:\n\t"                                                                      \
    NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2   \
    "vmov %[w0], %[end]\n\t"                                                      \
    "cmp %[x], %[w0]\n\t"                                                         \
    "bne 0b\n\t"
#define NNOPT_TILE_SUMS                                                           \
    "vmov %[x], %[bias]\n\t"                                                      \
    "ldr %[w0], [%[x], #4]\n\t"                                                   \
    "ldr %[w1], [%[x], #12]\n\t"                                                  \
    "add %[x], %[x], #16\n\t"                                                     \
    "vmov %[bias], %[x]\n\t"                                                      \
    "sub %[r00], %[r00], %[l00]\n\t"                                              \
    "sub %[r10], %[r10], %[l10]\n\t"                                              \
    "sub %[r01], %[r01], %[l01]\n\t"                                              \
    "sub %[r11], %[r11], %[l11]\n\t"                                              \
    "add %[r00], %[w0], %[r00], asr #8\n\t"                                       \
    "add %[r10], %[w0], %[r10], asr #8\n\t"                                       \
    "add %[r01], %[w1], %[r01], asr #8\n\t"                                       \
    "add %[r11], %[w1], %[r11], asr #8\n\t"
#define NNOPT_TILE_HALF_UP                                                        \
    "vmov %[x], %[scale]\n\t"                                                     \
    "ldr %[x0], [%[x]]\n\t"                                                       \
    "ldr %[x1], [%[x], #4]\n\t"                                                   \
    "ldr %[w0], [%[x], #8]\n\t"                                                   \
    "ldr %[w1], [%[x], #12]\n\t"                                                  \
    "smmla %[l00], %[l00], %[x0], %[x1]\n\t"                                      \
    "smmla %[l10], %[l10], %[x0], %[x1]\n\t"                                      \
    "smmla %[r00], %[r00], %[w0], %[w1]\n\t"                                      \
    "smmla %[r10], %[r10], %[w0], %[w1]\n\t"                                      \
    "ldr %[x0], [%[x], #16]\n\t"                                                  \
    "ldr %[x1], [%[x], #20]\n\t"                                                  \
    "ldr %[w0], [%[x], #24]\n\t"                                                  \
    "ldr %[w1], [%[x], #28]\n\t"                                                  \
    "add %[x], %[x], #32\n\t"                                                     \
    "vmov %[scale], %[x]\n\t"                                                     \
    "smmla %[l01], %[l01], %[x0], %[x1]\n\t"                                      \
    "smmla %[l11], %[l11], %[x0], %[x1]\n\t"                                      \
    "smmla %[r01], %[r01], %[w0], %[w1]\n\t"                                      \
    "smmla %[r11], %[r11], %[w0], %[w1]\n\t"                                      \
    "ssat %[l00], #8, %[l00], asr %[shift]\n\t"                                   \
    "ssat %[r00], #8, %[r00], asr %[shift]\n\t"                                   \
    "ssat %[l01], #8, %[l01], asr %[shift]\n\t"                                   \
    "ssat %[r01], #8, %[r01], asr %[shift]\n\t"                                   \
    "ssat %[l10], #8, %[l10], asr %[shift]\n\t"                                   \
    "ssat %[r10], #8, %[r10], asr %[shift]\n\t"                                   \
    "ssat %[l11], #8, %[l11], asr %[shift]\n\t"                                   \
    "ssat %[r11], #8, %[r11], asr %[shift]\n\t"
/* One channel of both pixels with two roundings, as nnopt_tile_double(). */
#define NNOPT_TILE_TWICE(SUM)                                                     \
    "qadd %[" SUM "], %[" SUM "], %[" SUM "]\n\t"                                  \
    "smmlar %[w1], %[" SUM "], %[x0], %[x1]\n\t"                                  \
    "add %[w1], %[w1], %[" SUM "], asr #31\n\t"                                   \
    "asr %[w1], %[w1], %[w0]\n\t"                                                \
    "ssat %[" SUM "], #8, %[w1]\n\t"
#define NNOPT_TILE_CHANNEL(P, Q)                                                  \
    "ldr %[x0], [%[x]], #4\n\t"                                                  \
    "ldr %[x1], [%[x]], #4\n\t"                                                  \
    "ldr %[w0], [%[x]], #4\n\t" NNOPT_TILE_TWICE(P) NNOPT_TILE_TWICE(Q)
#define NNOPT_TILE_DOUBLE                                                         \
    "vmov %[x], %[scale]\n\t"                                                    \
    NNOPT_TILE_CHANNEL("l00", "l10") NNOPT_TILE_CHANNEL("r00", "r10")             \
    NNOPT_TILE_CHANNEL("l01", "l11") NNOPT_TILE_CHANNEL("r01", "r11")             \
    "vmov %[scale], %[x]\n\t"
#define NNOPT_TILE_STORE                                                          \
    "vmov %[x], %[out]\n\t"                                                       \
    "strb %[l10], [%[x], %[step]]\n\t"                                            \
    "strb %[r10], [%[x], %[step1]]\n\t"                                           \
    "strb %[l11], [%[x], %[step2]]\n\t"                                           \
    "strb %[r11], [%[x], %[step3]]\n\t"                                           \
    "strb %[l00], [%[x]], #1\n\t"                                                 \
    "strb %[r00], [%[x]], #1\n\t"                                                 \
    "strb %[l01], [%[x]], #1\n\t"                                                 \
    "strb %[r01], [%[x]], #1\n\t"                                                 \
    "vmov %[out], %[x]\n\t"                                                       \
    "vmov %[x0], %[last]\n\t"                                                     \
    "cmp %[x], %[x0]\n\t"                                                         \
    "bne 1b"
#define NNOPT_TILES_BY(CODE, RESCALE)                                                 \
    __asm__ volatile(NNOPT_TILE_BEGIN CODE NNOPT_TILE_SUMS RESCALE NNOPT_TILE_STORE                         \
                     : [w] "+r"(w), [bias] "+t"(bias), [scale] "+t"(scale), [out] "+t"(out), \
                       [x] "=&r"(to), [x0] "=&r"(x0), [x1] "=&r"(x1), [w0] "=&r"(w0), \
                       [w1] "=&r"(w1), [l00] "=&r"(l00), [l01] "=&r"(l01), [l10] "=&r"(l10), \
                       [l11] "=&r"(l11), [r00] "=&r"(r00), [r01] "=&r"(r01), \
                       [r10] "=&r"(r10), [r11] "=&r"(r11)                         \
                     : [lanes] "t"(x), [end] "t"(end), [last] "t"(last),          \
                       [next] "i"(2 * pixel_step - 4), [shift] "i"(shift),        \
                       [step] "i"(out_step), [step1] "i"(out_step + 1),           \
                       [step2] "i"(out_step + 2), [step3] "i"(out_step + 3)       \
                     : "cc", "memory")
#define NNOPT_TILES(CODE)                                                         \
    if (shift == 0) {                                                             \
        NNOPT_TILES_BY(CODE, NNOPT_TILE_DOUBLE);                                  \
    } else {                                                                      \
        NNOPT_TILES_BY(CODE, NNOPT_TILE_HALF_UP);                                 \
    }
#endif

/* The same for two pixels, whose results are `out_step` bytes apart. */
static NNOPT_INLINE void nnopt_tile_4x2(
    const int16_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t blocks, int32_t quads, int32_t pixel_step, int32_t out_step, int32_t shift)
{
#if defined(NNOPT_LANES_WIDE)
    const int16_t *const end = x + 4 * quads;
    const int8_t *const last = out + 4 * blocks;
    int8_t *to;
    int32_t x0, x1, w0, w1, l00, l01, l10, l11, r00, r01, r10, r11;
    if (quads % 4 == 0) {
        NNOPT_TILES(NNOPT_TILE_COPY NNOPT_TILE_LOOP);
    } else if (quads == 1) {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2);
    } else if (quads == 2) {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2 NNOPT_LANES_QUAD_2);
    } else if (quads == 3) {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2);
    } else if (quads % 4 == 1) {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2 NNOPT_TILE_LOOP);
    } else if (quads % 4 == 2) {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2 NNOPT_LANES_QUAD_2 NNOPT_TILE_LOOP);
    } else {
        NNOPT_TILES(NNOPT_TILE_FIRST NNOPT_LANES_STEP_2 NNOPT_LANES_QUAD_2 NNOPT_LANES_QUAD_2
                    NNOPT_TILE_LOOP);
    }
#else
    for (const int8_t *const last = out + 4 * blocks; out != last; out += 4) {
        int32_t a0 = bias[0], a1 = bias[1], a2 = bias[2], a3 = bias[3];
        int32_t b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        nnopt_dot_4x2(x, w, quads, pixel_step, &a0, &a1, &a2, &a3, &b0, &b1, &b2, &b3);
        nnopt_tile_store(out, scale, shift, a0, a1, a2, a3);
        nnopt_tile_store(out + out_step, scale, shift, b0, b1, b2, b3);
        w += 16 * quads;
        bias += 4;
        scale += shift == 0 ? 12 : 8;
    }
#endif
}

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
    static NNOPT_INLINE void NAME(int16_t *to, const TYPE *from, int32_t count, int32_t both) \
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
            const int32_t rest = count & 3, low = both & 0xFFFF;                  \
            int32_t word = 0;                                                     \
            if (count > 4) { /* the last four bytes of the run, those done already shifted out */ \
                const uint32_t bits = (uint32_t)nnopt_load_x4(from + rest - 4) >> (32 - 8 * rest); \
                memcpy(&word, &bits, sizeof word);                                \
            } else {                                                              \
                memcpy(&word, from, (size_t)rest);                                \
            }                                                                     \
            nnopt_store_pair(to, EXTEND##_ror0(rest == 3 ? both : low, word));    \
            nnopt_store_pair(to + 2, EXTEND##_ror8(rest == 1 ? 0 : low, word));   \
        }                                                                         \
    }

NNOPT_WIDEN(nnopt_widen_i8, int8_t, nnopt_sxtab16, "sxtab16")
NNOPT_WIDEN(nnopt_widen_u8, uint8_t, nnopt_uxtab16, "uxtab16")
#undef NNOPT_WIDEN
#undef NNOPT_WIDEN_8

/* As above for bytes `first` to `first + count` of a row of `length`; all other lanes become zero. */
#define NNOPT_WIDEN_PART(NAME, TYPE, WHOLE)                                       \
    static inline void NAME##_slowly(int16_t *to, const TYPE *from, int32_t first, int32_t count, \
                                     int32_t length, int32_t both)                \
    {                                                                             \
        static const uint8_t place[4] = {0, 2, 1, 3};                             \
        const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);                   \
        for (int32_t i = 0; i < ((length + 3) & ~3); i++) {                       \
            const int32_t at = i - first;                                         \
            to[(i & ~3) + place[i & 3]] =                                         \
                at >= 0 && at < count ? (int16_t)(from[at] + less) : (int16_t)0;  \
        }                                                                         \
    }                                                                             \
    static NNOPT_INLINE void NAME(int16_t *to, const TYPE *from, int32_t first, int32_t count, \
                                  int32_t length, int32_t both)                   \
    {                                                                             \
        if (count == length) {                                                    \
            WHOLE(to, from, length, both);                                        \
        } else {                                                                  \
            NAME##_slowly(to, from, first, count, length, both);                  \
        }                                                                         \
    }

NNOPT_WIDEN_PART(nnopt_widen_part_i8, int8_t, nnopt_widen_i8)
NNOPT_WIDEN_PART(nnopt_widen_part_u8, uint8_t, nnopt_widen_u8)
#undef NNOPT_WIDEN_PART

#endif /* NNOPT_LANES_H */
