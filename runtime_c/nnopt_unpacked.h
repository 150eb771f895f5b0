/* nnopt: dot products as straight-line code on 16-bit lanes, weights as immediates (Armv7E-M).
 *
 * A step adds the products of a pair of weights to the sums S0 .. of one to four pixels, whose pairs of
 * lanes are in X0 ..: two instructions make the weights, one each multiplies. LOW and HIGH are steps with
 * a weight in one lane only, which takes one instruction less. Weights are given modulo 2^16.
 *
 * The steps between NNOPT_UNPACKED_BEGIN and NNOPT_UNPACKED_END are the text of one statement of inline
 * assembly: compilers would move the immediates apart from their use, and take long for so many
 * statements. Elsewhere, and without optimization, each is a statement in portable C99 with the same bits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_UNPACKED_H
#define NNOPT_UNPACKED_H

#include "nnopt_lanes.h"

#if defined(__ARM_ARCH_7EM__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)

#define NNOPT_UNPACKED_BEGIN {                                                                    \
    int32_t weight_;                                                                              \
    __asm__ volatile(
/* Sums, registers for lanes, and the pointer that they are read through. */
#define NNOPT_UNPACKED_END(SUMS, LANES, FROM)                                                     \
    : [weight] "=&r"(weight_), [FROM] "+r"(FROM), LANES, SUMS : : "memory"); }
#define NNOPT_UNPACKED_SUMS_1(S0)                                                                 \
    [S0] "+r"(S0)
#define NNOPT_UNPACKED_SUMS_2(S0, S1)                                                             \
    [S0] "+r"(S0), [S1] "+r"(S1)
#define NNOPT_UNPACKED_SUMS_3(S0, S1, S2)                                                         \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2)
#define NNOPT_UNPACKED_SUMS_4(S0, S1, S2, S3)                                                     \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2), [S3] "+r"(S3)
#define NNOPT_UNPACKED_SUMS_5(S0, S1, S2, S3, S4)                                                 \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2), [S3] "+r"(S3),                                   \
    [S4] "+r"(S4)
#define NNOPT_UNPACKED_SUMS_6(S0, S1, S2, S3, S4, S5)                                             \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2), [S3] "+r"(S3),                                   \
    [S4] "+r"(S4), [S5] "+r"(S5)
#define NNOPT_UNPACKED_SUMS_7(S0, S1, S2, S3, S4, S5, S6)                                         \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2), [S3] "+r"(S3),                                   \
    [S4] "+r"(S4), [S5] "+r"(S5), [S6] "+r"(S6)
#define NNOPT_UNPACKED_SUMS_8(S0, S1, S2, S3, S4, S5, S6, S7)                                     \
    [S0] "+r"(S0), [S1] "+r"(S1), [S2] "+r"(S2), [S3] "+r"(S3),                                   \
    [S4] "+r"(S4), [S5] "+r"(S5), [S6] "+r"(S6), [S7] "+r"(S7)
#define NNOPT_UNPACKED_LANES_1(X0)                                                                \
    [X0] "=&r"(X0)
#define NNOPT_UNPACKED_LANES_2(X0, X1)                                                            \
    [X0] "=&r"(X0), [X1] "=&r"(X1)
#define NNOPT_UNPACKED_LANES_3(X0, X1, X2)                                                        \
    [X0] "=&r"(X0), [X1] "=&r"(X1), [X2] "=&r"(X2)
#define NNOPT_UNPACKED_LANES_4(X0, X1, X2, X3)                                                    \
    [X0] "=&r"(X0), [X1] "=&r"(X1), [X2] "=&r"(X2), [X3] "=&r"(X3)
/* A pair of lanes so many bytes behind the pointer; the pointer, so many bytes on. */
#define NNOPT_UNPACKED_LOAD(X, FROM, BYTES) "ldr %[" #X "], [%[" #FROM "], #" #BYTES "]\n\t"
#define NNOPT_UNPACKED_MOVE(FROM, BYTES) "add %[" #FROM "], %[" #FROM "], #" #BYTES "\n\t"
#define NNOPT_UNPACKED_PAIR_1(S0, X0, LOW, HIGH)                                                  \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"
#define NNOPT_UNPACKED_PAIR_2(S0, S1, X0, X1, LOW, HIGH)                                          \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                     \
    "smlad %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"
#define NNOPT_UNPACKED_PAIR_3(S0, S1, S2, X0, X1, X2, LOW, HIGH)                                  \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                     \
    "smlad %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                     \
    "smlad %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"
#define NNOPT_UNPACKED_PAIR_4(S0, S1, S2, S3, X0, X1, X2, X3, LOW, HIGH)                          \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                     \
    "smlad %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                     \
    "smlad %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"                                     \
    "smlad %[" #S3 "], %[" #X3 "], %[weight], %[" #S3 "]\n\t"
#define NNOPT_UNPACKED_LOW_1(S0, X0, WEIGHT)                                                      \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"
#define NNOPT_UNPACKED_LOW_2(S0, S1, X0, X1, WEIGHT)                                              \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlabb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"
#define NNOPT_UNPACKED_LOW_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                      \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlabb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                    \
    "smlabb %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"
#define NNOPT_UNPACKED_LOW_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                              \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlabb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                    \
    "smlabb %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"                                    \
    "smlabb %[" #S3 "], %[" #X3 "], %[weight], %[" #S3 "]\n\t"
#define NNOPT_UNPACKED_HIGH_1(S0, X0, WEIGHT)                                                     \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"
#define NNOPT_UNPACKED_HIGH_2(S0, S1, X0, X1, WEIGHT)                                             \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlatb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"
#define NNOPT_UNPACKED_HIGH_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                     \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlatb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                    \
    "smlatb %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"
#define NNOPT_UNPACKED_HIGH_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                             \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[" #S0 "], %[" #X0 "], %[weight], %[" #S0 "]\n\t"                                    \
    "smlatb %[" #S1 "], %[" #X1 "], %[weight], %[" #S1 "]\n\t"                                    \
    "smlatb %[" #S2 "], %[" #X2 "], %[weight], %[" #S2 "]\n\t"                                    \
    "smlatb %[" #S3 "], %[" #X3 "], %[weight], %[" #S3 "]\n\t"

#else

#define NNOPT_UNPACKED_BEGIN {
#define NNOPT_UNPACKED_END(SUMS, LANES, FROM) }
#define NNOPT_UNPACKED_SUMS_1(S0)
#define NNOPT_UNPACKED_SUMS_2(S0, S1)
#define NNOPT_UNPACKED_SUMS_3(S0, S1, S2)
#define NNOPT_UNPACKED_SUMS_4(S0, S1, S2, S3)
#define NNOPT_UNPACKED_SUMS_5(S0, S1, S2, S3, S4)
#define NNOPT_UNPACKED_SUMS_6(S0, S1, S2, S3, S4, S5)
#define NNOPT_UNPACKED_SUMS_7(S0, S1, S2, S3, S4, S5, S6)
#define NNOPT_UNPACKED_SUMS_8(S0, S1, S2, S3, S4, S5, S6, S7)
#define NNOPT_UNPACKED_LANES_1(X0)
#define NNOPT_UNPACKED_LANES_2(X0, X1)
#define NNOPT_UNPACKED_LANES_3(X0, X1, X2)
#define NNOPT_UNPACKED_LANES_4(X0, X1, X2, X3)
#define NNOPT_UNPACKED_LOAD(X, FROM, BYTES) X = nnopt_load_x4(FROM + (BYTES) / 2);
#define NNOPT_UNPACKED_MOVE(FROM, BYTES) FROM += (BYTES) / 2;
/* The register with these lanes, each modulo 2^16. */
#define NNOPT_UNPACKED_WORD(LOW, HIGH)                                                            \
    ((int32_t)(LOW) + ((HIGH) > 32767 ? (HIGH) - 65536 : (HIGH)) * 65536)
#define NNOPT_UNPACKED_PAIR_1(S0, X0, LOW, HIGH)                                                  \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(LOW, HIGH), S0);
#define NNOPT_UNPACKED_PAIR_2(S0, S1, X0, X1, LOW, HIGH)                                          \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(LOW, HIGH), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(LOW, HIGH), S1);
#define NNOPT_UNPACKED_PAIR_3(S0, S1, S2, X0, X1, X2, LOW, HIGH)                                  \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(LOW, HIGH), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(LOW, HIGH), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(LOW, HIGH), S2);
#define NNOPT_UNPACKED_PAIR_4(S0, S1, S2, S3, X0, X1, X2, X3, LOW, HIGH)                          \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(LOW, HIGH), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(LOW, HIGH), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(LOW, HIGH), S2);                                     \
    S3 = nnopt_smlad(X3, NNOPT_UNPACKED_WORD(LOW, HIGH), S3);
#define NNOPT_UNPACKED_LOW_1(S0, X0, WEIGHT)                                                      \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(WEIGHT, 0), S0);
#define NNOPT_UNPACKED_LOW_2(S0, S1, X0, X1, WEIGHT)                                              \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(WEIGHT, 0), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(WEIGHT, 0), S1);
#define NNOPT_UNPACKED_LOW_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                      \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(WEIGHT, 0), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(WEIGHT, 0), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(WEIGHT, 0), S2);
#define NNOPT_UNPACKED_LOW_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                              \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(WEIGHT, 0), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(WEIGHT, 0), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(WEIGHT, 0), S2);                                     \
    S3 = nnopt_smlad(X3, NNOPT_UNPACKED_WORD(WEIGHT, 0), S3);
#define NNOPT_UNPACKED_HIGH_1(S0, X0, WEIGHT)                                                     \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(0, WEIGHT), S0);
#define NNOPT_UNPACKED_HIGH_2(S0, S1, X0, X1, WEIGHT)                                             \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(0, WEIGHT), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(0, WEIGHT), S1);
#define NNOPT_UNPACKED_HIGH_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                     \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(0, WEIGHT), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(0, WEIGHT), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(0, WEIGHT), S2);
#define NNOPT_UNPACKED_HIGH_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                             \
    S0 = nnopt_smlad(X0, NNOPT_UNPACKED_WORD(0, WEIGHT), S0);                                     \
    S1 = nnopt_smlad(X1, NNOPT_UNPACKED_WORD(0, WEIGHT), S1);                                     \
    S2 = nnopt_smlad(X2, NNOPT_UNPACKED_WORD(0, WEIGHT), S2);                                     \
    S3 = nnopt_smlad(X3, NNOPT_UNPACKED_WORD(0, WEIGHT), S3);

#endif

#endif /* NNOPT_UNPACKED_H */
