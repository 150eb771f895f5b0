/* nnopt: blocks of dot products on lanes that lie as in the image, for convolutions of few channels.
 *
 * Whole rows of the image are widened to 16-bit lanes in their order; a window is then a run of lanes in
 * each of some rows, and nothing is widened once per window. Weights are packed as for nnopt_lanes.h,
 * two positions a step. On a Cortex-M4 the loops are inline assembly; elsewhere, the same bits in portable
 * C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_ROWS_H
#define NNOPT_ROWS_H

#include "nnopt_lanes.h"

/* Fours of bytes become fours of lanes, in their order. */
#if defined(NNOPT_LANES_ASM)
#define NNOPT_ROW_FOURS(EXTEND, MNEMONIC)                                         \
    if (left >= 8) {                                                              \
        const int16_t *const end = to + left / 8 * 8;                             \
        int32_t a, b, c, d, t;                                                    \
        __asm__ volatile("0:\n\t"                                                 \
                         "ldr %[b], [%[from]], #4\n\t"                            \
                         "ldr %[d], [%[from]], #4\n\t"                            \
                         MNEMONIC " %[a], %[both], %[b]\n\t"                      \
                         MNEMONIC " %[b], %[both], %[b], ror #8\n\t"              \
                         MNEMONIC " %[c], %[both], %[d]\n\t"                      \
                         MNEMONIC " %[d], %[both], %[d], ror #8\n\t"              \
                         "pkhbt %[t], %[a], %[b], lsl #16\n\t"                    \
                         "pkhtb %[a], %[b], %[a], asr #16\n\t"                    \
                         "pkhbt %[b], %[c], %[d], lsl #16\n\t"                    \
                         "pkhtb %[c], %[d], %[c], asr #16\n\t"                    \
                         "str %[t], [%[to]], #4\n\t"                              \
                         "str %[a], [%[to]], #4\n\t"                              \
                         "str %[b], [%[to]], #4\n\t"                              \
                         "str %[c], [%[to]], #4\n\t"                              \
                         "cmp %[to], %[end]\n\t"                                  \
                         "bne 0b"                                                 \
                         : [from] "+r"(from), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), \
                           [c] "=&r"(c), [d] "=&r"(d), [t] "=&r"(t)               \
                         : [both] "r"(both), [end] "r"(end)                       \
                         : "cc", "memory");                                       \
        left %= 8;                                                                \
    }
#else
#define NNOPT_ROW_FOURS(EXTEND, MNEMONIC)                                         \
    for (; left >= 4; left -= 4, from += 4, to += 4) {                            \
        const int32_t word = nnopt_load_x4(from);                                 \
        const int32_t even = EXTEND##_ror0(both, word), odd = EXTEND##_ror8(both, word); \
        nnopt_store_pair(to, nnopt_pkhbt(even, odd));                             \
        nnopt_store_pair(to + 2, nnopt_pkhtb(even, odd));                         \
    }
#endif

/* `count` bytes become lanes, in their order, `both` (minus the zero point, in both halves) added to each;
 * to + lead is at an even lane. */
#define NNOPT_WIDEN_ROW(NAME, TYPE, EXTEND, MNEMONIC)                             \
    static NNOPT_INLINE void NAME(int16_t *to, const TYPE *from, int32_t count, int32_t lead, \
                                  int32_t both)                                   \
    {                                                                             \
        const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);                   \
        int32_t left = count;                                                     \
        if (lead != 0) {                                                          \
            *to++ = (int16_t)(*from++ + less);                                    \
            left--;                                                               \
        }                                                                         \
        NNOPT_ROW_FOURS(EXTEND, MNEMONIC)                                         \
        for (; left > 0; left--) {                                                \
            *to++ = (int16_t)(*from++ + less);                                    \
        }                                                                         \
    }

NNOPT_WIDEN_ROW(nnopt_widen_row_i8, int8_t, nnopt_sxtab16, "sxtab16")
NNOPT_WIDEN_ROW(nnopt_widen_row_u8, uint8_t, nnopt_uxtab16, "uxtab16")
#undef NNOPT_WIDEN_ROW
#undef NNOPT_ROW_FOURS

/* The sums of two channels, lo and hi, over `runs` runs of 2 * pairs lanes, run_step lanes apart; a word of
 * theirs every 8 bytes. */
static inline void nnopt_dot_runs_pair(
    const int16_t *x, const int8_t *w, int32_t runs, int32_t pairs, int32_t run_step, int32_t *lo_sum,
    int32_t *hi_sum)
{
    int32_t lo = *lo_sum, raw = *lo_sum;
    for (int32_t run = 0; run < runs; run++, x += run_step) {
        for (int32_t step = 0; step < pairs; step++, w += 8) {
            const int32_t lanes = nnopt_load_x4(&x[2 * step]);
            const int32_t word = nnopt_load_x4(w);
            raw = nnopt_smlad(word, lanes, raw);
            lo = nnopt_smlad(nnopt_sxtab16_ror0(0, word), lanes, lo);
        }
    }
    *lo_sum = lo;
    *hi_sum = nnopt_hi_sum(*hi_sum, raw, lo);
}

/* Four channels of one pixel: a += x . w over all runs. */
static inline void nnopt_dot_runs_4x1(
    const int16_t *x, const int8_t *w, int32_t runs, int32_t pairs, int32_t run_step, int32_t *a0,
    int32_t *a1, int32_t *a2, int32_t *a3)
{
    nnopt_dot_runs_pair(x, w, runs, pairs, run_step, a0, a1);
    nnopt_dot_runs_pair(x, w + 4, runs, pairs, run_step, a2, a3);
}

/* Four channels of two pixels, which begin at x and x + pixel_step. */
static inline void nnopt_dot_runs_4x2(
    const int16_t *x, const int8_t *w, int32_t runs, int32_t pairs, int32_t run_step, int32_t pixel_step,
    int32_t *a00, int32_t *a01, int32_t *a02, int32_t *a03, int32_t *a10, int32_t *a11, int32_t *a12,
    int32_t *a13)
{
    nnopt_dot_runs_4x1(x, w, runs, pairs, run_step, a00, a01, a02, a03);
    nnopt_dot_runs_4x1(x + pixel_step, w, runs, pairs, run_step, a10, a11, a12, a13);
}

/* `blocks` times four channels of one pixel from lanes to bytes; see nnopt_tile_4x1. */
static inline void nnopt_tile_runs_4x1(
    const int16_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t blocks, int32_t runs, int32_t pairs, int32_t run_step, int32_t shift)
{
    const int32_t row = shift == 0 ? 3 : 2; /* numbers of a channel */
    for (const int8_t *const end = out + 4 * blocks; out != end; out += 4) {
        int32_t a[4] = {bias[0], bias[1], bias[2], bias[3]};
        nnopt_dot_runs_4x1(x, w, runs, pairs, run_step, &a[0], &a[1], &a[2], &a[3]);
        for (int32_t c = 0; c < 4; c++) {
            const int32_t *const by = scale + row * c;
            const int32_t high = nnopt_smmla(a[c], by[0], by[1]) >> shift;
            const int32_t once = high < -128 ? -128 : high > 127 ? 127 : high;
            out[c] = shift == 0 ? nnopt_tile_double(a[c], by) : (int8_t)once;
        }
        w += 8 * runs * pairs;
        bias += 4;
        scale += 4 * row;
    }
}

#if defined(NNOPT_LANES_WIDE)
#define NNOPT_NEXT_RUN "add %[x], %[x], %[jump]\n\t"
#define NNOPT_STEPS_1 NNOPT_LANES_STEP_2
#define NNOPT_STEPS_2 NNOPT_LANES_STEP_2 NNOPT_LANES_STEP_2
#define NNOPT_STEPS_3 NNOPT_STEPS_2 NNOPT_LANES_STEP_2
#define NNOPT_STEPS_4 NNOPT_STEPS_2 NNOPT_STEPS_2
#define NNOPT_STEPS_5 NNOPT_STEPS_4 NNOPT_LANES_STEP_2
#define NNOPT_THREE_RUNS(FIRST, STEPS)                                            \
    if (shift == 0) {                                                             \
        NNOPT_THREE_RUNS_BY(FIRST, STEPS, NNOPT_TILE_DOUBLE);                     \
    } else {                                                                      \
        NNOPT_THREE_RUNS_BY(FIRST, STEPS, NNOPT_TILE_HALF_UP);                    \
    }
#define NNOPT_THREE_RUNS_BY(FIRST, STEPS, RESCALE)                                \
    __asm__ volatile(NNOPT_TILE_BEGIN NNOPT_TILE_FIRST FIRST NNOPT_NEXT_RUN STEPS NNOPT_NEXT_RUN STEPS \
                     NNOPT_TILE_SUMS RESCALE NNOPT_TILE_STORE                     \
                     : [w] "+r"(w), [bias] "+t"(bias), [scale] "+t"(scale), [out] "+t"(out), \
                       [x] "=&r"(to), [x0] "=&r"(x0), [x1] "=&r"(x1), [w0] "=&r"(w0), \
                       [w1] "=&r"(w1), [l00] "=&r"(l00), [l01] "=&r"(l01), [l10] "=&r"(l10), \
                       [l11] "=&r"(l11), [r00] "=&r"(r00), [r01] "=&r"(r01),      \
                       [r10] "=&r"(r10), [r11] "=&r"(r11)                         \
                     : [lanes] "t"(x), [last] "t"(last), [next] "i"(2 * pixel_step - 4), \
                       [jump] "i"(2 * run_step - 4 * pairs), [shift] "i"(shift),  \
                       [step] "i"(out_step), [step1] "i"(out_step + 1),           \
                       [step2] "i"(out_step + 2), [step3] "i"(out_step + 3)       \
                     : "cc", "memory")
#endif

/* The same for two pixels; see nnopt_tile_4x2. There are three runs of 2, 3 or 5 pairs, and all numbers
 * behind `blocks` are constants, where this is inline assembly. */
static NNOPT_INLINE void nnopt_tile_runs_4x2(
    const int16_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t blocks, int32_t runs, int32_t pairs, int32_t run_step, int32_t pixel_step, int32_t out_step,
    int32_t shift)
{
#if defined(NNOPT_LANES_WIDE)
    const int8_t *const last = out + 4 * blocks;
    int8_t *to;
    int32_t x0, x1, w0, w1, l00, l01, l10, l11, r00, r01, r10, r11;
    (void)runs;
    if (pairs == 2) {
        NNOPT_THREE_RUNS(NNOPT_STEPS_1, NNOPT_STEPS_2);
    } else if (pairs == 3) {
        NNOPT_THREE_RUNS(NNOPT_STEPS_2, NNOPT_STEPS_3);
    } else {
        NNOPT_THREE_RUNS(NNOPT_STEPS_4, NNOPT_STEPS_5);
    }
#else
    nnopt_tile_runs_4x1(x, w, bias, scale, out, blocks, runs, pairs, run_step, shift);
    nnopt_tile_runs_4x1(x + pixel_step, w, bias, scale, out + out_step, blocks, runs, pairs, run_step,
                        shift);
#endif
}

#endif /* NNOPT_ROWS_H */
