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

/* One output: the sum over all taps, `width` lanes a row, weights packed as in dialects/packing.py. */
static inline int32_t nnopt_depthwise_sum(const int16_t *x, const int8_t *w, int32_t acc, int32_t size,
                                          int32_t width)
{
    for (int32_t row = 0; row < size; row++, x += width, w += 4 * (size / 2)) {
#if defined(__ARM_FEATURE_DSP)
        for (int32_t j = 0; j < size / 2; j++) {
            acc = nnopt_smlad(nnopt_load_x4(x + 2 * j), nnopt_sxtab16_ror0(0, nnopt_load_x4(w + 4 * j)),
                              acc);
        }
#else
        for (int32_t j = 0; j < size / 2; j++) {
            acc += x[2 * j] * w[4 * j] + x[2 * j + 1] * w[4 * j + 1];
        }
#endif
        acc += x[size - 1] * w[4 * (size / 2) - 1];
    }
    return acc;
}

/* A sum, rescaled by factor, constant and shift; where that is 0, rounded twice, and shifted `by`. */
static inline int8_t nnopt_depthwise_byte(int32_t sum, int32_t factor, int32_t constant, int32_t shift,
                                          int32_t by)
{
    const int32_t once = nnopt_smmla(sum, factor, constant) >> shift;
    const int32_t twice = nnopt_smmlar(nnopt_qadd(sum, sum), factor, constant) >> by;
    const int32_t high = shift == 0 ? twice : once;
    return (int8_t)(high < -128 ? -128 : high > 127 ? 127 : high);
}

/* Outputs of one row, one by one. */
static inline void nnopt_depthwise_row(
    const int16_t *x, const int8_t *w, int32_t bias, int32_t factor, int32_t constant, int8_t *out,
    int32_t columns, int32_t size, int32_t stride, int32_t width, int32_t out_step, int32_t shift,
    int32_t by)
{
    if (size == 3) { /* all weights in registers */
        const int32_t w0 = w[0], w1 = w[1], w2 = w[3], w3 = w[4], w4 = w[5], w5 = w[7], w6 = w[8],
                      w7 = w[9], w8 = w[11];
        for (; columns > 0; columns--, x += stride, out += out_step) {
            const int16_t *const y = x + width, *const z = y + width;
            int32_t acc = bias + x[0] * w0 + x[1] * w1 + x[2] * w2;
            acc += y[0] * w3 + y[1] * w4 + y[2] * w5;
            acc += z[0] * w6 + z[1] * w7 + z[2] * w8;
            *out = nnopt_depthwise_byte(acc, factor, constant, shift, by);
        }
        return;
    }
    for (; columns > 0; columns--, x += stride, out += out_step) {
        const int32_t acc = nnopt_depthwise_sum(x, w, bias, size, width);
        *out = nnopt_depthwise_byte(acc, factor, constant, shift, by);
    }
}

#if defined(NNOPT_LANES_WIDE)
/* 3 x 3: all weights stay in registers. Sums P and Q of two neighbouring outputs, one row of the window:
 * with steps of one lane, A and B are the weights (0, 1) and (1, 2); with steps of two, A are the
 * weights (0, 1) and weight 2 is the half of B that LAST takes. */
#define NNOPT_LOAD_1(AT) "ldr %[x0], [%[x], " AT "0]\n\tldr %[x1], [%[x], " AT "4]\n\t"
#define NNOPT_LOAD_2(AT) NNOPT_LOAD_1(AT) "ldr %[x2], [%[x], " AT "8]\n\t"
#define NNOPT_SUMS_1(P, Q, A, B, LAST, SUM)                                       \
    "smlatb %[" Q "], %[x0], %[" A "], %[" SUM "]\n\t"                            \
    "smlad %[" P "], %[x0], %[" A "], %[" P "]\n\t"                               \
    "smlad %[" Q "], %[x1], %[" B "], %[" Q "]\n\t"                               \
    "smlabt %[" P "], %[x1], %[" B "], %[" P "]\n\t"
#define NNOPT_SUMS_2(P, Q, A, B, LAST, SUM)                                       \
    "smlad %[" Q "], %[x1], %[" A "], %[" SUM "]\n\t"                             \
    "smlad %[" P "], %[x0], %[" A "], %[" P "]\n\t"                               \
    LAST " %[" Q "], %[x2], %[" B "], %[" Q "]\n\t"                               \
    LAST " %[" P "], %[x1], %[" B "], %[" P "]\n\t"
#define NNOPT_WINDOW_0(STEP, P, Q) NNOPT_SUMS_##STEP(P, Q, "wa", "wb", "smlabb", P)
#define NNOPT_WINDOW_1(STEP, P, Q) NNOPT_SUMS_##STEP(P, Q, "wc", NNOPT_SECOND_##STEP, "smlabt", Q)
#define NNOPT_WINDOW_2(STEP, P, Q) NNOPT_SUMS_##STEP(P, Q, "we", "wf", "smlabt", Q)
#define NNOPT_SECOND_1 "wd"
#define NNOPT_SECOND_2 "wb"

/* Sums to bytes, `X` and `Y` being free: half up, or two roundings and a shift of the channel. */
#define NNOPT_HIGH_1(SUM, X, Y) "smmla %[" SUM "], %[" SUM "], %[" X "], %[" Y "]\n\t"
#define NNOPT_HIGH_2(SUM, X, Y)                                                   \
    "qadd %[" SUM "], %[" SUM "], %[" SUM "]\n\t"                                  \
    "smmlar %[" SUM "], %[" SUM "], %[" X "], %[" Y "]\n\t"
#define NNOPT_SHIFT_1(X)
#define NNOPT_SHIFT_2(X) "vmov %[" X "], %[by]\n\t"
#define NNOPT_BYTE_1(SUM, X) "ssat %[" SUM "], #8, %[" SUM "], asr %[shift]\n\t"
#define NNOPT_BYTE_2(SUM, X)                                                      \
    "asr %[" SUM "], %[" SUM "], %[" X "]\n\t"                                     \
    "ssat %[" SUM "], #8, %[" SUM "]\n\t"
#define NNOPT_PAIR_BYTES(ROUNDS, X, Y, MORE)                                      \
    "vmov %[" X "], %[factor]\n\t"                                                \
    "vmov %[" Y "], %[constant]\n\t" NNOPT_HIGH_##ROUNDS("a", X, Y) NNOPT_HIGH_##ROUNDS("b", X, Y) \
    MORE NNOPT_SHIFT_##ROUNDS(X) NNOPT_BYTE_##ROUNDS("a", X) NNOPT_BYTE_##ROUNDS("b", X)
#define NNOPT_FOUR_BYTES(ROUNDS, X, Y)                                            \
    NNOPT_PAIR_BYTES(ROUNDS, X, Y, NNOPT_HIGH_##ROUNDS("c", X, Y) NNOPT_HIGH_##ROUNDS("d", X, Y)) \
    NNOPT_BYTE_##ROUNDS("c", X) NNOPT_BYTE_##ROUNDS("d", X)

/* Two outputs of one row, or of two rows that are one or two rows of the plane apart. */
#define NNOPT_ONE_ROW(STEP, ROUNDS)                                                \
    "0:\n\tvmov %[a], %[bias]\n\t"                                                \
    NNOPT_LOAD_##STEP("#") NNOPT_WINDOW_0(STEP, "a", "b")                         \
    NNOPT_LOAD_##STEP("%[row1]+") NNOPT_WINDOW_1(STEP, "a", "b")                  \
    NNOPT_LOAD_##STEP("%[row2]+") NNOPT_WINDOW_2(STEP, "a", "b")                  \
    NNOPT_PAIR_BYTES(ROUNDS, "x0", "x1", )                                        \
    "strb %[b], [%[out], %[step]]\n\t"                                            \
    "strb %[a], [%[out]]\n\t"
#define NNOPT_TWO_ROWS_1                                                          \
    "0:\n\tvmov %[a], %[bias]\n\t"                                                \
    NNOPT_LOAD_1("#") NNOPT_WINDOW_0(1, "a", "b")                                 \
    "vmov %[c], %[bias]\n\t"                                                      \
    NNOPT_LOAD_1("%[row1]+") NNOPT_WINDOW_0(1, "c", "d") NNOPT_WINDOW_1(1, "a", "b") \
    NNOPT_LOAD_1("%[row2]+") NNOPT_WINDOW_1(1, "c", "d") NNOPT_WINDOW_2(1, "a", "b") \
    NNOPT_LOAD_1("%[row3]+") NNOPT_WINDOW_2(1, "c", "d")
#define NNOPT_TWO_ROWS_2                                                          \
    "0:\n\tvmov %[a], %[bias]\n\t"                                                \
    NNOPT_LOAD_2("#") NNOPT_WINDOW_0(2, "a", "b")                                 \
    "vmov %[c], %[bias]\n\t"                                                      \
    NNOPT_LOAD_2("%[row1]+") NNOPT_WINDOW_1(2, "a", "b")                          \
    NNOPT_LOAD_2("%[row2]+") NNOPT_WINDOW_0(2, "c", "d") NNOPT_WINDOW_2(2, "a", "b") \
    NNOPT_LOAD_2("%[row3]+") NNOPT_WINDOW_1(2, "c", "d")                          \
    NNOPT_LOAD_2("%[row4]+") NNOPT_WINDOW_2(2, "c", "d")
#define NNOPT_TWO_ROWS_END(ROUNDS)                                                \
    NNOPT_FOUR_BYTES(ROUNDS, "x0", "x1")                                          \
    "vmov %[x1], %[below]\n\t"                                                    \
    "add %[x0], %[x1], %[step]\n\t"                                               \
    "strb %[c], [%[out], %[x1]]\n\t"                                              \
    "strb %[d], [%[out], %[x0]]\n\t"                                              \
    "strb %[b], [%[out], %[step]]\n\t"                                            \
    "strb %[a], [%[out]]\n\t"
#define NNOPT_PAIRS(STEP, CODE, ...)                                              \
    __asm__ volatile(CODE                                                         \
                     "vmov %[x0], %[end]\n\t"                                     \
                     "add %[x], %[x], #4 * " #STEP "\n\t"                         \
                     "add %[out], %[out], %[both]\n\t"                            \
                     "cmp %[x], %[x0]\n\t"                                        \
                     "bne 0b"                                                     \
                     : [x] "+r"(x), [out] "+r"(out), [a] "=&r"(a), [b] "=&r"(b),  \
                       [x0] "=&r"(x0), [x1] "=&r"(x1), __VA_ARGS__                \
                       [wf] "r"(wf), [bias] "t"(bias), [factor] "t"(factor),      \
                       [constant] "t"(constant), [end] "t"(end), [below] "t"(below), [by] "t"(by), \
                       [shift] "i"(shift), [step] "i"(out_step), [both] "i"(2 * out_step), \
                       [row1] "i"(2 * width), [row2] "i"(4 * width), [row3] "i"(6 * width), \
                       [row4] "i"(8 * width)                                      \
                     : "cc", "memory")
#define NNOPT_WEIGHTS [wa] "r"(wa), [wb] "r"(wb), [wc] "r"(wc), [we] "r"(we),

#define NNOPT_ALL_PAIRS(ROUNDS)                                                   \
    if (stride == 1 && twice) {                                                   \
        NNOPT_PAIRS(1, NNOPT_TWO_ROWS_1 NNOPT_TWO_ROWS_END(ROUNDS), [c] "=&r"(c), [d] "=&r"(d) \
                    : NNOPT_WEIGHTS [wd] "r"(wd), );                              \
    } else if (stride == 1) {                                                     \
        NNOPT_PAIRS(1, NNOPT_ONE_ROW(1, ROUNDS), [x2] "=&r"(x2) : NNOPT_WEIGHTS [wd] "r"(wd), ); \
    } else if (twice) {                                                           \
        NNOPT_PAIRS(2, NNOPT_TWO_ROWS_2 NNOPT_TWO_ROWS_END(ROUNDS), [x2] "=&r"(x2), [c] "=&r"(c), \
                    [d] "=&r"(d) : NNOPT_WEIGHTS);                                \
    } else {                                                                      \
        NNOPT_PAIRS(2, NNOPT_ONE_ROW(2, ROUNDS), [x2] "=&r"(x2) : NNOPT_WEIGHTS); \
    }

/* Pairs of outputs of one row or, `below` bytes apart, of two. */
static NNOPT_INLINE void nnopt_depthwise_pairs(
    const int16_t *x, int32_t wa, int32_t wb, int32_t wc, int32_t wd, int32_t we, int32_t wf,
    int32_t bias, int32_t factor, int32_t constant, int8_t *out, int32_t pairs, int32_t twice,
    int32_t stride, int32_t width, int32_t out_step, int32_t below, int32_t shift, int32_t by)
{
    const int16_t *const end = x + 2 * stride * pairs;
    int32_t a, b, c, d, x0, x1, x2;
    if (shift == 0) {
        NNOPT_ALL_PAIRS(2);
    } else {
        NNOPT_ALL_PAIRS(1);
    }
}

static NNOPT_INLINE void nnopt_depthwise_3x3(
    const int16_t *x, const int8_t *w, int32_t bias, int32_t factor, int32_t constant, int8_t *out,
    int32_t rows, int32_t columns, int32_t stride_h, int32_t stride, int32_t width, int32_t out_step,
    int32_t below, int32_t shift, int32_t by)
{
    const int32_t first = nnopt_load_x4(w), second = nnopt_load_x4(w + 4), third = nnopt_load_x4(w + 8);
    const int32_t wa = nnopt_sxtab16_ror0(0, first), wc = nnopt_sxtab16_ror0(0, second);
    const int32_t we = nnopt_sxtab16_ror0(0, third), wf = nnopt_sxtab16_ror8(0, third);
    const int32_t wd = nnopt_sxtab16_ror8(0, second), odd = nnopt_sxtab16_ror8(0, first);
    const int32_t wb = stride == 1 ? odd : nnopt_pkhtb(odd, wd);
    const int32_t pairs = columns / 2;
    while (rows > 0) {
        const int32_t count = stride_h == stride && pairs != 0 && rows > 1 ? 2 : 1;
        if (stride_h == stride && count == 2) {
            nnopt_depthwise_pairs(x, wa, wb, wc, wd, we, wf, bias, factor, constant, out, pairs, 1,
                                  stride, width, out_step, below, shift, by);
        } else if (pairs != 0) {
            nnopt_depthwise_pairs(x, wa, wb, wc, wd, we, wf, bias, factor, constant, out, pairs, 0,
                                  stride, width, out_step, below, shift, by);
        }
        for (int32_t row = 0; columns % 2 != 0 && row < count; row++) { /* the last of an odd number */
            const int16_t *const last = x + row * stride_h * width + (columns - 1) * stride;
            int32_t acc = nnopt_smlad(nnopt_load_x4(last), wa, bias);
            acc = nnopt_smlabt(nnopt_load_x4(last + 2), odd, acc);
            acc = nnopt_smlad(nnopt_load_x4(last + width), wc, acc);
            acc = nnopt_smlabt(nnopt_load_x4(last + width + 2), wd, acc);
            acc = nnopt_smlad(nnopt_load_x4(last + 2 * width), we, acc);
            acc = nnopt_smlabt(nnopt_load_x4(last + 2 * width + 2), wf, acc);
            out[row * below + (columns - 1) * out_step] =
                nnopt_depthwise_byte(acc, factor, constant, shift, by);
        }
        x += count * stride_h * width;
        out += count * below;
        rows -= count;
    }
}

/* 5 x 5 and 7 x 7: four neighbouring outputs; a table on the stack has the weights as pairs, in the order
 * of their use. Row by row, with steps of one lane (0, 1) (2, 3) .. (1, 2) (3, 4) .., with steps of two
 * (0, 1) (2, 3) .. and the last of the others. */
#define NNOPT_TAKE(REGISTER) "ldr %[" REGISTER "], [%[w]], #4\n\t"
#define NNOPT_LANES_AT(REGISTER, AT) "ldr %[" REGISTER "], [%[x], " AT "]\n\t"
#define NNOPT_MAC(KIND, SUM, X, W) KIND " %[" SUM "], %[" X "], %[" W "], %[" SUM "]\n\t"
#define NNOPT_ROW_5_1(AT)                                                         \
    NNOPT_LANES_AT("p0", AT "0") NNOPT_LANES_AT("p1", AT "4") NNOPT_LANES_AT("p2", AT "8") \
    NNOPT_LANES_AT("p3", AT "12") NNOPT_TAKE("w0") NNOPT_TAKE("w1") NNOPT_TAKE("w2") NNOPT_TAKE("p4") \
    NNOPT_MAC("smlad", "a", "p0", "w0") NNOPT_MAC("smlatb", "b", "p0", "w0")      \
    NNOPT_MAC("smlad", "c", "p1", "w0") NNOPT_MAC("smlatb", "d", "p1", "w0")      \
    NNOPT_MAC("smlad", "a", "p1", "w1") NNOPT_MAC("smlad", "c", "p2", "w1")       \
    NNOPT_MAC("smlad", "b", "p1", "w2") NNOPT_MAC("smlad", "d", "p2", "w2")       \
    NNOPT_MAC("smlad", "b", "p2", "p4") NNOPT_MAC("smlad", "d", "p3", "p4")       \
    NNOPT_MAC("smlabt", "a", "p2", "p4") NNOPT_MAC("smlabt", "c", "p3", "p4")
#define NNOPT_ROW_7_1(AT)                                                         \
    NNOPT_LANES_AT("p0", AT "0") NNOPT_LANES_AT("p1", AT "4") NNOPT_LANES_AT("p2", AT "8") \
    NNOPT_LANES_AT("p3", AT "12") NNOPT_LANES_AT("p4", AT "16")                   \
    NNOPT_TAKE("w0") NNOPT_TAKE("w1") NNOPT_TAKE("w2")                            \
    NNOPT_MAC("smlad", "a", "p0", "w0") NNOPT_MAC("smlatb", "b", "p0", "w0")      \
    NNOPT_MAC("smlad", "c", "p1", "w0") NNOPT_MAC("smlatb", "d", "p1", "w0")      \
    NNOPT_MAC("smlad", "a", "p1", "w1") NNOPT_MAC("smlad", "c", "p2", "w1")       \
    NNOPT_MAC("smlad", "a", "p2", "w2") NNOPT_MAC("smlad", "c", "p3", "w2")       \
    NNOPT_TAKE("w0") NNOPT_TAKE("w1") NNOPT_TAKE("w2")                            \
    NNOPT_MAC("smlad", "b", "p1", "w0") NNOPT_MAC("smlad", "d", "p2", "w0")       \
    NNOPT_MAC("smlad", "b", "p2", "w1") NNOPT_MAC("smlad", "d", "p3", "w1")       \
    NNOPT_MAC("smlad", "b", "p3", "w2") NNOPT_MAC("smlad", "d", "p4", "w2")       \
    NNOPT_MAC("smlabt", "a", "p3", "w2") NNOPT_MAC("smlabt", "c", "p4", "w2")
#define NNOPT_ROW_5_2(AT)                                                         \
    NNOPT_LANES_AT("p0", AT "0") NNOPT_LANES_AT("p1", AT "4") NNOPT_LANES_AT("p2", AT "8") \
    NNOPT_LANES_AT("p3", AT "12") NNOPT_LANES_AT("p4", AT "16")                   \
    NNOPT_TAKE("w0") NNOPT_TAKE("w1") NNOPT_TAKE("w2")                            \
    NNOPT_MAC("smlad", "a", "p0", "w0") NNOPT_MAC("smlad", "b", "p1", "w0")       \
    NNOPT_MAC("smlad", "c", "p2", "w0") NNOPT_MAC("smlad", "d", "p3", "w0")       \
    NNOPT_LANES_AT("p0", AT "20")                                                 \
    NNOPT_MAC("smlad", "a", "p1", "w1") NNOPT_MAC("smlad", "b", "p2", "w1")       \
    NNOPT_MAC("smlad", "c", "p3", "w1") NNOPT_MAC("smlad", "d", "p4", "w1")       \
    NNOPT_MAC("smlabt", "a", "p2", "w2") NNOPT_MAC("smlabt", "b", "p3", "w2")     \
    NNOPT_MAC("smlabt", "c", "p4", "w2") NNOPT_MAC("smlabt", "d", "p0", "w2")
#define NNOPT_ROW_7_2(AT)                                                         \
    NNOPT_LANES_AT("p0", AT "0") NNOPT_LANES_AT("p1", AT "4") NNOPT_LANES_AT("p2", AT "8") \
    NNOPT_LANES_AT("p3", AT "12")                                                 \
    NNOPT_TAKE("w0") NNOPT_TAKE("w1") NNOPT_TAKE("w2") NNOPT_TAKE("p4")           \
    NNOPT_MAC("smlad", "a", "p0", "w0") NNOPT_MAC("smlad", "b", "p1", "w0")       \
    NNOPT_MAC("smlad", "c", "p2", "w0") NNOPT_MAC("smlad", "d", "p3", "w0")       \
    NNOPT_MAC("smlad", "a", "p1", "w1") NNOPT_MAC("smlad", "b", "p2", "w1")       \
    NNOPT_MAC("smlad", "c", "p3", "w1") NNOPT_MAC("smlad", "a", "p2", "w2")       \
    NNOPT_MAC("smlad", "b", "p3", "w2") NNOPT_MAC("smlabt", "a", "p3", "p4")      \
    NNOPT_LANES_AT("p0", AT "16") NNOPT_LANES_AT("p1", AT "20") NNOPT_LANES_AT("p2", AT "24") \
    NNOPT_MAC("smlabt", "b", "p0", "p4") NNOPT_MAC("smlad", "c", "p0", "w2")      \
    NNOPT_MAC("smlad", "d", "p0", "w1") NNOPT_MAC("smlabt", "c", "p1", "p4")      \
    NNOPT_MAC("smlad", "d", "p1", "w2") NNOPT_MAC("smlabt", "d", "p2", "p4")
#define NNOPT_QUAD_BEGIN                                                          \
    "0:\n\tvmov %[a], %[bias]\n\t"                                                \
    "vmov %[w], %[words]\n\t"                                                     \
    "mov %[b], %[a]\n\t"                                                          \
    "mov %[c], %[a]\n\t"                                                          \
    "mov %[d], %[a]\n\t"
#define NNOPT_QUAD_END(STEP, ROUNDS)                                              \
    NNOPT_FOUR_BYTES(ROUNDS, "w0", "w1")                                          \
    "vmov %[p0], %[out]\n\t"                                                      \
    "vmov %[p1], %[step]\n\t"                                                     \
    "add %[p2], %[p1], %[p1], lsl #1\n\t"                                         \
    "strb %[a], [%[p0]]\n\t"                                                      \
    "strb %[b], [%[p0], %[p1]]\n\t"                                               \
    "strb %[c], [%[p0], %[p1], lsl #1]\n\t"                                       \
    "strb %[d], [%[p0], %[p2]]\n\t"                                               \
    "add %[p0], %[p0], %[p1], lsl #2\n\t"                                         \
    "vmov %[out], %[p0]\n\t"                                                      \
    "vmov %[p1], %[end]\n\t"                                                      \
    "add %[x], %[x], #8 * " #STEP "\n\t"                                          \
    "cmp %[x], %[p1]\n\t"                                                         \
    "bne 0b"
#define NNOPT_QUADS(SIZE, STEP, ROWS)                                             \
    if (shift == 0) {                                                             \
        NNOPT_QUADS_BY(SIZE, STEP, ROWS, 2);                                      \
    } else {                                                                      \
        NNOPT_QUADS_BY(SIZE, STEP, ROWS, 1);                                      \
    }
#define NNOPT_QUADS_BY(SIZE, STEP, ROWS, ROUNDS)                                  \
    __asm__ volatile(NNOPT_QUAD_BEGIN ROWS(SIZE, STEP) NNOPT_QUAD_END(STEP, ROUNDS) \
                     : [x] "+r"(x), [w] "=&r"(w), [out] "+t"(out), [a] "=&r"(a), [b] "=&r"(b), \
                       [c] "=&r"(c), [d] "=&r"(d), [p0] "=&r"(p0), [p1] "=&r"(p1), \
                       [p2] "=&r"(p2), [p3] "=&r"(p3), [p4] "=&r"(p4), [w0] "=&r"(w0), \
                       [w1] "=&r"(w1), [w2] "=&r"(w2)                             \
                     : [words] "t"(words), [bias] "t"(bias), [factor] "t"(factor), \
                       [constant] "t"(constant), [end] "t"(end), [step] "t"(step), [by] "t"(by), \
                       [shift] "i"(shift), [row] "i"(2 * width)                   \
                     : "cc", "memory")
#define NNOPT_ROWS_5(SIZE, STEP)                                                  \
    NNOPT_ROW_5_##STEP("#") NNOPT_ROW_5_##STEP("#%c[row]+") NNOPT_ROW_5_##STEP("#2*%c[row]+") \
    NNOPT_ROW_5_##STEP("#3*%c[row]+") NNOPT_ROW_5_##STEP("#4*%c[row]+")
#define NNOPT_ROWS_7(SIZE, STEP)                                                  \
    NNOPT_ROW_7_##STEP("#") NNOPT_ROW_7_##STEP("#%c[row]+") NNOPT_ROW_7_##STEP("#2*%c[row]+") \
    NNOPT_ROW_7_##STEP("#3*%c[row]+") NNOPT_ROW_7_##STEP("#4*%c[row]+") NNOPT_ROW_7_##STEP("#5*%c[row]+") \
    NNOPT_ROW_7_##STEP("#6*%c[row]+")

/* Fours of outputs of one row, `step` bytes apart. */
static NNOPT_INLINE void nnopt_depthwise_quads(
    const int16_t *x, const int32_t *words, int32_t bias, int32_t factor, int32_t constant, int8_t *out,
    int32_t quads, int32_t step, int32_t size, int32_t stride, int32_t width, int32_t shift, int32_t by)
{
    const int16_t *const end = x + 4 * stride * quads;
    const int32_t *w;
    int32_t a, b, c, d, p0, p1, p2, p3, p4, w0, w1, w2;
    if (size == 5 && stride == 1) {
        NNOPT_QUADS(5, 1, NNOPT_ROWS_5);
    } else if (size == 5) {
        NNOPT_QUADS(5, 2, NNOPT_ROWS_5);
    } else if (stride == 1) {
        NNOPT_QUADS(7, 1, NNOPT_ROWS_7);
    } else {
        NNOPT_QUADS(7, 2, NNOPT_ROWS_7);
    }
}

static NNOPT_INLINE void nnopt_depthwise_wide(
    const int16_t *x, const int8_t *w, int32_t bias, int32_t factor, int32_t constant, int8_t *out,
    int32_t rows, int32_t columns, int32_t size, int32_t stride_h, int32_t stride, int32_t width,
    int32_t out_step, int32_t below, int32_t shift, int32_t by)
{
    int32_t words[42], *to = words;
    for (int32_t row = 0; row < size; row++) {
        for (int32_t j = 0; j < size / 2; j++) {
            *to++ = nnopt_sxtab16_ror0(0, nnopt_load_x4(w + 4 * j));
        }
        for (int32_t j = stride == 1 ? 0 : size / 2 - 1; j < size / 2; j++) {
            *to++ = nnopt_sxtab16_ror8(0, nnopt_load_x4(w + 4 * j));
        }
        w += 4 * (size / 2);
    }
    for (; rows > 0; rows--) {
        int8_t rest[4]; /* after whole fours, one of which only some are kept */
        for (int32_t part = columns < 4; part < 1 + (columns % 4 != 0); part++) {
            const int16_t *const from = part == 0 ? x : x + columns / 4 * 4 * stride;
            const int32_t quads = part == 0 ? columns / 4 : 1, step = part == 0 ? out_step : 1;
            nnopt_depthwise_quads(from, words, bias, factor, constant, part == 0 ? out : rest, quads,
                                  step, size, stride, width, shift, by);
        }
        for (int32_t k = 0; k < columns % 4; k++) {
            out[(columns / 4 * 4 + k) * out_step] = rest[k];
        }
        x += stride_h * width;
        out += below;
    }
}
#endif

/* Outputs of a window of `size` (3, 5 or 7) rows and columns on one plane, `width` lanes a row, that moves
 * `stride_h` rows and `stride` (1 or 2) lanes. Sums begin with `bias`, are rescaled by `factor`,
 * `constant` and `shift` (where that is 0, with two roundings, and shifted `by`), and stored `out_step`
 * bytes apart, rows `below` bytes apart. All numbers behind `rows` but the last must be constants. Four outputs at a time may read lanes behind the last one's window. */
static NNOPT_INLINE void nnopt_depthwise(
    const int16_t *x, const int8_t *w, int32_t bias, int32_t factor, int32_t constant, int8_t *out,
    int32_t rows, int32_t columns, int32_t size, int32_t stride_h, int32_t stride, int32_t width,
    int32_t out_step, int32_t below, int32_t shift, int32_t by)
{
#if defined(NNOPT_LANES_WIDE)
    if (size == 3) {
        nnopt_depthwise_3x3(x, w, bias, factor, constant, out, rows, columns, stride_h, stride, width,
                            out_step, below, shift, by);
    } else {
        nnopt_depthwise_wide(x, w, bias, factor, constant, out, rows, columns, size, stride_h, stride,
                             width, out_step, below, shift, by);
    }
#else
    for (; rows > 0; rows--) {
        nnopt_depthwise_row(x, w, bias, factor, constant, out, columns, size, stride, width, out_step,
                            shift, by);
        x += stride_h * width;
        out += below;
    }
#endif
}

/* The number with the given bits. */
static inline int32_t nnopt_word(uint32_t bits)
{
    int32_t word;
    memcpy(&word, &bits, sizeof word);
    return word;
}

/* Two pixels of four channels become a pair of lanes of each of four planes, `plane` lanes apart. */
#if defined(NNOPT_LANES_ASM)
#define NNOPT_SPREAD(A, B, T, U, MNEMONIC)                                        \
    "pkhbt %[" T "], %[" A "], %[" B "], lsl #16\n\t"                             \
    "pkhtb %[" B "], %[" B "], %[" A "], asr #16\n\t"                             \
    MNEMONIC " %[" A "], %[both], %[" T "]\n\t"                                   \
    MNEMONIC " %[" T "], %[both], %[" T "], ror #8\n\t"                           \
    MNEMONIC " %[" U "], %[both], %[" B "]\n\t"                                   \
    MNEMONIC " %[" B "], %[both], %[" B "], ror #8\n\t"
#define NNOPT_SPREAD_TO(A, T, U, B, AT)                                           \
    "str %[" A "], [%[to], #" AT "]\n\t"                                          \
    "str %[" T "], [%[to], %[plane]+" AT "]\n\t"                                  \
    "str %[" U "], [%[to], %[plane2]+" AT "]\n\t"                                 \
    "str %[" B "], [%[to], %[plane3]+" AT "]\n\t"
#define NNOPT_PLANES_4(MNEMONIC)                                                  \
    __asm__ volatile("0:\n\t"                                                     \
                     "ldr %[a], [%[from]]\n\t"                                    \
                     "ldr %[b], [%[from], %[depth]]\n\t"                          \
                     "ldr %[c], [%[from], %[depth], lsl #1]\n\t"                  \
                     "ldr %[d], [%[from], %[triple]]\n\t"                         \
                     "add %[from], %[from], %[depth], lsl #2\n\t"                 \
                     NNOPT_SPREAD("a", "b", "t", "u", MNEMONIC)                   \
                     NNOPT_SPREAD_TO("a", "t", "u", "b", "0")                     \
                     NNOPT_SPREAD("c", "d", "t", "u", MNEMONIC)                   \
                     NNOPT_SPREAD_TO("c", "t", "u", "d", "4")                     \
                     "add %[to], %[to], #8\n\t"                                   \
                     "cmp %[to], %[end]\n\t"                                      \
                     "bne 0b"                                                     \
                     : [from] "+r"(from), [to] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), \
                       [c] "=&r"(c), [d] "=&r"(d), [t] "=&r"(t), [u] "=&r"(u)     \
                     : [depth] "r"(depth), [triple] "r"(3 * depth), [both] "r"(both), \
                       [end] "r"(end), [plane] "i"(2 * plane), [plane2] "i"(4 * plane), \
                       [plane3] "i"(6 * plane)                                    \
                     : "cc", "memory")
#endif

/* A row of `pixels` pixels, `depth` bytes apart, of up to four channels, `plane` lanes apart; `both`
 * (minus the zero point, in both halves) is added to each. to + lead is at an even lane. The lanes that share
 * a word with the first and the last one become zero. The numbers behind `from` must be constants. */
#if defined(__ARM_FEATURE_DSP)
#define NNOPT_PLANES_WORDS 1
#else
#define NNOPT_PLANES_WORDS 0
#endif
#define NNOPT_PLANES_TWO(EXTEND, FIRST, SECOND)                                   \
    {                                                                             \
        const int32_t first = FIRST, second = SECOND;                             \
        const int32_t low = nnopt_pkhbt(first, second), high = nnopt_pkhtb(first, second); \
        nnopt_store_pair(to, EXTEND##_ror0(both, low));                           \
        nnopt_store_pair(to + plane, EXTEND##_ror8(both, low));                   \
        nnopt_store_pair(to + 2 * plane, EXTEND##_ror0(both, high));              \
        nnopt_store_pair(to + 3 * plane, EXTEND##_ror8(both, high));              \
        to += 2;                                                                  \
    }
#define NNOPT_PLANES(NAME, TYPE, EXTEND, MNEMONIC)                                \
    static NNOPT_INLINE void NAME(int16_t *to, const TYPE *from, int32_t pixels, int32_t channels, \
                                  int32_t depth, int32_t plane, int32_t lead, int32_t both) \
    {                                                                             \
        const int32_t less = (int32_t)(int16_t)(both & 0xFFFF);                   \
        const int32_t zero = nnopt_word((uint32_t)(-less & 0xFF) * 0x01010101u);  \
        int32_t left = pixels;                                                    \
        if (channels != 4 || !NNOPT_PLANES_WORDS) {                               \
            for (; left > 0; left--, to++, from += depth) {                       \
                to[0] = (int16_t)(from[0] + less);                                \
                if (channels > 1) {                                               \
                    to[plane] = (int16_t)(from[1] + less);                        \
                }                                                                 \
                if (channels > 2) {                                               \
                    to[2 * plane] = (int16_t)(from[2] + less);                    \
                }                                                                 \
                if (channels > 3) {                                               \
                    to[3 * plane] = (int16_t)(from[3] + less);                    \
                }                                                                 \
            }                                                                     \
            return;                                                               \
        }                                                                         \
        if (lead != 0) {                                                          \
            to--;                                                                 \
            NNOPT_PLANES_TWO(EXTEND, zero, nnopt_load_x4(from))                   \
            from += depth;                                                        \
            left--;                                                               \
        }                                                                         \
        NNOPT_PLANES_FOURS(MNEMONIC)                                              \
        for (; left >= 2; left -= 2, from += 2 * depth) {                         \
            NNOPT_PLANES_TWO(EXTEND, nnopt_load_x4(from), nnopt_load_x4(from + depth)) \
        }                                                                         \
        if (left != 0) {                                                          \
            NNOPT_PLANES_TWO(EXTEND, nnopt_load_x4(from), zero)                   \
        }                                                                         \
    }
#if defined(NNOPT_LANES_ASM)
#define NNOPT_PLANES_FOURS(MNEMONIC)                                              \
    if (left >= 4 && 6 * plane + 4 <= 4095) {                    \
        const int16_t *const end = to + left / 4 * 4;                             \
        int32_t a, b, c, d, t, u;                                                 \
        NNOPT_PLANES_4(MNEMONIC);                                                 \
        left %= 4;                                                                \
    }
#else
#define NNOPT_PLANES_FOURS(MNEMONIC)
#endif

NNOPT_PLANES(nnopt_planes_i8, int8_t, nnopt_sxtab16, "sxtab16")
NNOPT_PLANES(nnopt_planes_u8, uint8_t, nnopt_uxtab16, "uxtab16")
#undef NNOPT_PLANES
#undef NNOPT_PLANES_TWO

#endif /* NNOPT_PLANES_H */
