/* nnopt: blocks of dot products in scalar registers, for processors without SIMD and with many registers.
 *
 * Four channels, whose weights lie side by side in the order of their use, and up to four pixels of 16-bit
 * lanes: eight loads serve sixteen products.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_BLOCKS_H
#define NNOPT_BLOCKS_H

#include <stdint.h>

/* For functions with such a loop: it needs nearly all registers of a RISC-V, and loads that gcc moves up
 * would not find any. */
#if defined(__riscv) && defined(__GNUC__) && !defined(__clang__)
#define NNOPT_BLOCKS __attribute__((noinline, optimize("no-schedule-insns")))
#else
#define NNOPT_BLOCKS
#endif
#if defined(__GNUC__)
#define NNOPT_ALWAYS inline __attribute__((always_inline))
#else
#define NNOPT_ALWAYS inline
#endif

/* One lane of pixel P, times the weights of four channels. */
#define NNOPT_PLAIN_MACS(P, AT)                                                   \
    {                                                                             \
        const int32_t lane = x[(AT) + (P) * pixel_step];                          \
        s##P##0 += lane * w0;                                                     \
        s##P##1 += lane * w1;                                                     \
        s##P##2 += lane * w2;                                                     \
        s##P##3 += lane * w3;                                                     \
    }
#define NNOPT_PLAIN_STEP(AT, PIXELS)                                              \
    {                                                                             \
        const int32_t w0 = w[4 * (AT)], w1 = w[4 * (AT) + 1], w2 = w[4 * (AT) + 2], \
                      w3 = w[4 * (AT) + 3];                                       \
        PIXELS(AT)                                                                \
    }
#define NNOPT_PLAIN_LOOP(PIXELS)                                                  \
    for (const int16_t *const end = x + lanes / 2 * 2; x != end; x += 2, w += 8) { \
        NNOPT_PLAIN_STEP(0, PIXELS)                                               \
        NNOPT_PLAIN_STEP(1, PIXELS)                                               \
    }                                                                             \
    if (lanes % 2 != 0) {                                                         \
        NNOPT_PLAIN_STEP(0, PIXELS)                                               \
    }
#define NNOPT_PLAIN_BEGIN(P) \
    int32_t s##P##0 = *a##P##0, s##P##1 = *a##P##1, s##P##2 = *a##P##2, s##P##3 = *a##P##3;
#define NNOPT_PLAIN_END(P) \
    *a##P##0 = s##P##0, *a##P##1 = s##P##1, *a##P##2 = s##P##2, *a##P##3 = s##P##3;
#define NNOPT_PLAIN_SUMS(P) int32_t *a##P##0, int32_t *a##P##1, int32_t *a##P##2, int32_t *a##P##3
#define NNOPT_PLAIN_1(AT) NNOPT_PLAIN_MACS(0, AT)
#define NNOPT_PLAIN_2(AT) NNOPT_PLAIN_MACS(0, AT) NNOPT_PLAIN_MACS(1, AT)
#define NNOPT_PLAIN_3(AT) NNOPT_PLAIN_MACS(0, AT) NNOPT_PLAIN_MACS(1, AT) NNOPT_PLAIN_MACS(2, AT)
#define NNOPT_PLAIN_4(AT) NNOPT_PLAIN_MACS(0, AT) NNOPT_PLAIN_MACS(1, AT) NNOPT_PLAIN_MACS(2, AT) NNOPT_PLAIN_MACS(3, AT)

/* Four channels (c) of one to four pixels (p), sums a<p><c>: a += x . w over so many lanes. The pixels are
 * pixel_step lanes apart. */
static NNOPT_ALWAYS void nnopt_dot_plain_4x1(
    const int16_t *x, const int8_t *w, int32_t lanes,
    NNOPT_PLAIN_SUMS(0))
{
    const int32_t pixel_step = 0;
    NNOPT_PLAIN_BEGIN(0)
    NNOPT_PLAIN_LOOP(NNOPT_PLAIN_1)
    NNOPT_PLAIN_END(0)
}

static NNOPT_ALWAYS void nnopt_dot_plain_4x2(
    const int16_t *x, const int8_t *w, int32_t lanes, int32_t pixel_step,
    NNOPT_PLAIN_SUMS(0), NNOPT_PLAIN_SUMS(1))
{
    NNOPT_PLAIN_BEGIN(0)
    NNOPT_PLAIN_BEGIN(1)
    NNOPT_PLAIN_LOOP(NNOPT_PLAIN_2)
    NNOPT_PLAIN_END(0)
    NNOPT_PLAIN_END(1)
}

static NNOPT_ALWAYS void nnopt_dot_plain_4x3(
    const int16_t *x, const int8_t *w, int32_t lanes, int32_t pixel_step,
    NNOPT_PLAIN_SUMS(0), NNOPT_PLAIN_SUMS(1), NNOPT_PLAIN_SUMS(2))
{
    NNOPT_PLAIN_BEGIN(0)
    NNOPT_PLAIN_BEGIN(1)
    NNOPT_PLAIN_BEGIN(2)
    NNOPT_PLAIN_LOOP(NNOPT_PLAIN_3)
    NNOPT_PLAIN_END(0)
    NNOPT_PLAIN_END(1)
    NNOPT_PLAIN_END(2)
}

static NNOPT_ALWAYS void nnopt_dot_plain_4x4(
    const int16_t *x, const int8_t *w, int32_t lanes, int32_t pixel_step,
    NNOPT_PLAIN_SUMS(0), NNOPT_PLAIN_SUMS(1), NNOPT_PLAIN_SUMS(2), NNOPT_PLAIN_SUMS(3))
{
    NNOPT_PLAIN_BEGIN(0)
    NNOPT_PLAIN_BEGIN(1)
    NNOPT_PLAIN_BEGIN(2)
    NNOPT_PLAIN_BEGIN(3)
    NNOPT_PLAIN_LOOP(NNOPT_PLAIN_4)
    NNOPT_PLAIN_END(0)
    NNOPT_PLAIN_END(1)
    NNOPT_PLAIN_END(2)
    NNOPT_PLAIN_END(3)
}

#endif /* NNOPT_BLOCKS_H */
