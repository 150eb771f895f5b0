/* nnopt: dot products as straight-line code on 16-bit lanes, weights as immediates (Armv7E-M).
 *
 * A step adds the products of a pair of weights to the sums number S0 .. of one to four pixels, whose
 * pairs of lanes are in registers number X0 ..: two instructions make the weights, one each multiplies.
 * LOW and HIGH are steps with a weight in one lane only, which takes one instruction less. Weights are
 * given modulo 2^16.
 *
 * The steps between NNOPT_UNPACKED_BEGIN and NNOPT_UNPACKED_END are the text of one statement of inline
 * assembly: compilers would move the immediates apart from their use, and take long for so many
 * statements. Elsewhere, and without optimization, they are a table that a loop goes through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_UNPACKED_H
#define NNOPT_UNPACKED_H

#include "nnopt_lanes.h"

#if defined(__ARM_ARCH_7EM__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)

#define NNOPT_UNPACKED_BEGIN {                                                                    \
    int32_t weight_, x0_, x1_, x2_, x3_;                                                          \
    __asm__ volatile(
#define NNOPT_UNPACKED_LANES                                                                      \
    [x0] "=&r"(x0_), [x1] "=&r"(x1_), [x2] "=&r"(x2_), [x3] "=&r"(x3_)
/* The pointer that lanes are read through, and all sums. */
#define NNOPT_UNPACKED_END_1(FROM, S0)                                                            \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0)                                                                               \
    : : "memory"); }
#define NNOPT_UNPACKED_END_2(FROM, S0, S1)                                                        \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1)                                                                \
    : : "memory"); }
#define NNOPT_UNPACKED_END_3(FROM, S0, S1, S2)                                                    \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2)                                                 \
    : : "memory"); }
#define NNOPT_UNPACKED_END_4(FROM, S0, S1, S2, S3)                                                \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2), [s3] "+r"(S3)                                  \
    : : "memory"); }
#define NNOPT_UNPACKED_END_5(FROM, S0, S1, S2, S3, S4)                                            \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2), [s3] "+r"(S3),                                 \
      [s4] "+r"(S4)                                                                               \
    : : "memory"); }
#define NNOPT_UNPACKED_END_6(FROM, S0, S1, S2, S3, S4, S5)                                        \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2), [s3] "+r"(S3),                                 \
      [s4] "+r"(S4), [s5] "+r"(S5)                                                                \
    : : "memory"); }
#define NNOPT_UNPACKED_END_7(FROM, S0, S1, S2, S3, S4, S5, S6)                                    \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2), [s3] "+r"(S3),                                 \
      [s4] "+r"(S4), [s5] "+r"(S5), [s6] "+r"(S6)                                                 \
    : : "memory"); }
#define NNOPT_UNPACKED_END_8(FROM, S0, S1, S2, S3, S4, S5, S6, S7)                                \
    : [weight] "=&r"(weight_), [from] "+r"(FROM), NNOPT_UNPACKED_LANES,                           \
      [s0] "+r"(S0), [s1] "+r"(S1), [s2] "+r"(S2), [s3] "+r"(S3),                                 \
      [s4] "+r"(S4), [s5] "+r"(S5), [s6] "+r"(S6), [s7] "+r"(S7)                                  \
    : : "memory"); }
/* A pair of lanes so many bytes behind the pointer; the pointer, so many bytes on. */
#define NNOPT_UNPACKED_LOAD(X, BYTES) "ldr %[x" #X "], [%[from], #" #BYTES "]\n\t"
#define NNOPT_UNPACKED_MOVE(BYTES) "add %[from], %[from], #" #BYTES "\n\t"
#define NNOPT_UNPACKED_PAIR_1(S0, X0, LOW, HIGH)                                                  \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"
#define NNOPT_UNPACKED_PAIR_2(S0, S1, X0, X1, LOW, HIGH)                                          \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                  \
    "smlad %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"
#define NNOPT_UNPACKED_PAIR_3(S0, S1, S2, X0, X1, X2, LOW, HIGH)                                  \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                  \
    "smlad %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                  \
    "smlad %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"
#define NNOPT_UNPACKED_PAIR_4(S0, S1, S2, S3, X0, X1, X2, X3, LOW, HIGH)                          \
    "movw %[weight], #" #LOW "\n\t"                                                               \
    "movt %[weight], #" #HIGH "\n\t"                                                              \
    "smlad %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                  \
    "smlad %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                  \
    "smlad %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"                                  \
    "smlad %[s" #S3 "], %[x" #X3 "], %[weight], %[s" #S3 "]\n\t"
#define NNOPT_UNPACKED_LOW_1(S0, X0, WEIGHT)                                                      \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"
#define NNOPT_UNPACKED_LOW_2(S0, S1, X0, X1, WEIGHT)                                              \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlabb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"
#define NNOPT_UNPACKED_LOW_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                      \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlabb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                 \
    "smlabb %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"
#define NNOPT_UNPACKED_LOW_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                              \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlabb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlabb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                 \
    "smlabb %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"                                 \
    "smlabb %[s" #S3 "], %[x" #X3 "], %[weight], %[s" #S3 "]\n\t"
#define NNOPT_UNPACKED_HIGH_1(S0, X0, WEIGHT)                                                     \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"
#define NNOPT_UNPACKED_HIGH_2(S0, S1, X0, X1, WEIGHT)                                             \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlatb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"
#define NNOPT_UNPACKED_HIGH_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                     \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlatb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                 \
    "smlatb %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"
#define NNOPT_UNPACKED_HIGH_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                             \
    "movw %[weight], #" #WEIGHT "\n\t"                                                            \
    "smlatb %[s" #S0 "], %[x" #X0 "], %[weight], %[s" #S0 "]\n\t"                                 \
    "smlatb %[s" #S1 "], %[x" #X1 "], %[weight], %[s" #S1 "]\n\t"                                 \
    "smlatb %[s" #S2 "], %[x" #X2 "], %[weight], %[s" #S2 "]\n\t"                                 \
    "smlatb %[s" #S3 "], %[x" #X3 "], %[weight], %[s" #S3 "]\n\t"

#else

/* Pixels of a step, or 0 for a load and 5 for a move of the pointer; sums and registers of its pixels;
 * the weights, or bytes. */
typedef struct {
    uint8_t pixels, sums[4], lanes[4];
    int32_t number;
} nnopt_unpacked_step;

static inline void nnopt_unpacked(
    const nnopt_unpacked_step *steps, size_t count, const int16_t *from, int32_t *sums)
{
    int32_t lanes[4] = {0, 0, 0, 0};
    for (const nnopt_unpacked_step *const end = steps + count; steps != end; steps++) {
        if (steps->pixels == 0) {
            lanes[steps->lanes[0]] = nnopt_load_x4(from + steps->number / 2);
        } else if (steps->pixels == 5) {
            from += steps->number / 2;
        } else {
            for (int32_t p = 0; p < steps->pixels; p++) {
                int32_t *const sum = &sums[steps->sums[p]];
                *sum = nnopt_smlad(lanes[steps->lanes[p]], steps->number, *sum);
            }
        }
    }
}

#define NNOPT_UNPACKED_BEGIN {                                                                    \
    static const nnopt_unpacked_step steps_[] = {
#define NNOPT_UNPACKED_END_1(FROM, S0)                                                            \
    };                                                                                            \
    int32_t sums_[1] = {S0};                                                                      \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0];                                                                                \
    }
#define NNOPT_UNPACKED_END_2(FROM, S0, S1)                                                        \
    };                                                                                            \
    int32_t sums_[2] = {S0, S1};                                                                  \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1];                                                                 \
    }
#define NNOPT_UNPACKED_END_3(FROM, S0, S1, S2)                                                    \
    };                                                                                            \
    int32_t sums_[3] = {S0, S1, S2};                                                              \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2];                                                  \
    }
#define NNOPT_UNPACKED_END_4(FROM, S0, S1, S2, S3)                                                \
    };                                                                                            \
    int32_t sums_[4] = {S0, S1, S2, S3};                                                          \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2]; S3 = sums_[3];                                   \
    }
#define NNOPT_UNPACKED_END_5(FROM, S0, S1, S2, S3, S4)                                            \
    };                                                                                            \
    int32_t sums_[5] = {S0, S1, S2, S3, S4};                                                      \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2]; S3 = sums_[3];                                   \
    S4 = sums_[4];                                                                                \
    }
#define NNOPT_UNPACKED_END_6(FROM, S0, S1, S2, S3, S4, S5)                                        \
    };                                                                                            \
    int32_t sums_[6] = {S0, S1, S2, S3, S4, S5};                                                  \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2]; S3 = sums_[3];                                   \
    S4 = sums_[4]; S5 = sums_[5];                                                                 \
    }
#define NNOPT_UNPACKED_END_7(FROM, S0, S1, S2, S3, S4, S5, S6)                                    \
    };                                                                                            \
    int32_t sums_[7] = {S0, S1, S2, S3, S4, S5, S6};                                              \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2]; S3 = sums_[3];                                   \
    S4 = sums_[4]; S5 = sums_[5]; S6 = sums_[6];                                                  \
    }
#define NNOPT_UNPACKED_END_8(FROM, S0, S1, S2, S3, S4, S5, S6, S7)                                \
    };                                                                                            \
    int32_t sums_[8] = {S0, S1, S2, S3, S4, S5, S6, S7};                                          \
    nnopt_unpacked(steps_, sizeof steps_ / sizeof *steps_, FROM, sums_);                          \
    S0 = sums_[0]; S1 = sums_[1]; S2 = sums_[2]; S3 = sums_[3];                                   \
    S4 = sums_[4]; S5 = sums_[5]; S6 = sums_[6]; S7 = sums_[7];                                   \
    }
#define NNOPT_UNPACKED_LOAD(X, BYTES) {0, {0, 0, 0, 0}, {X, 0, 0, 0}, BYTES},
#define NNOPT_UNPACKED_MOVE(BYTES) {5, {0, 0, 0, 0}, {0, 0, 0, 0}, BYTES},
/* The register with these lanes, each modulo 2^16. */
#define NNOPT_UNPACKED_WORD(LOW, HIGH)                                                            \
    (int32_t)(LOW) + ((HIGH) > 32767 ? (HIGH) - 65536 : (HIGH)) * 65536
#define NNOPT_UNPACKED_PAIR_1(S0, X0, LOW, HIGH)                                                  \
    {1, {S0, 0, 0, 0}, {X0, 0, 0, 0}, NNOPT_UNPACKED_WORD(LOW, HIGH)},
#define NNOPT_UNPACKED_PAIR_2(S0, S1, X0, X1, LOW, HIGH)                                          \
    {2, {S0, S1, 0, 0}, {X0, X1, 0, 0}, NNOPT_UNPACKED_WORD(LOW, HIGH)},
#define NNOPT_UNPACKED_PAIR_3(S0, S1, S2, X0, X1, X2, LOW, HIGH)                                  \
    {3, {S0, S1, S2, 0}, {X0, X1, X2, 0}, NNOPT_UNPACKED_WORD(LOW, HIGH)},
#define NNOPT_UNPACKED_PAIR_4(S0, S1, S2, S3, X0, X1, X2, X3, LOW, HIGH)                          \
    {4, {S0, S1, S2, S3}, {X0, X1, X2, X3}, NNOPT_UNPACKED_WORD(LOW, HIGH)},
#define NNOPT_UNPACKED_LOW_1(S0, X0, WEIGHT)                                                      \
    {1, {S0, 0, 0, 0}, {X0, 0, 0, 0}, NNOPT_UNPACKED_WORD(WEIGHT, 0)},
#define NNOPT_UNPACKED_LOW_2(S0, S1, X0, X1, WEIGHT)                                              \
    {2, {S0, S1, 0, 0}, {X0, X1, 0, 0}, NNOPT_UNPACKED_WORD(WEIGHT, 0)},
#define NNOPT_UNPACKED_LOW_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                      \
    {3, {S0, S1, S2, 0}, {X0, X1, X2, 0}, NNOPT_UNPACKED_WORD(WEIGHT, 0)},
#define NNOPT_UNPACKED_LOW_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                              \
    {4, {S0, S1, S2, S3}, {X0, X1, X2, X3}, NNOPT_UNPACKED_WORD(WEIGHT, 0)},
#define NNOPT_UNPACKED_HIGH_1(S0, X0, WEIGHT)                                                     \
    {1, {S0, 0, 0, 0}, {X0, 0, 0, 0}, NNOPT_UNPACKED_WORD(0, WEIGHT)},
#define NNOPT_UNPACKED_HIGH_2(S0, S1, X0, X1, WEIGHT)                                             \
    {2, {S0, S1, 0, 0}, {X0, X1, 0, 0}, NNOPT_UNPACKED_WORD(0, WEIGHT)},
#define NNOPT_UNPACKED_HIGH_3(S0, S1, S2, X0, X1, X2, WEIGHT)                                     \
    {3, {S0, S1, S2, 0}, {X0, X1, X2, 0}, NNOPT_UNPACKED_WORD(0, WEIGHT)},
#define NNOPT_UNPACKED_HIGH_4(S0, S1, S2, S3, X0, X1, X2, X3, WEIGHT)                             \
    {4, {S0, S1, S2, S3}, {X0, X1, X2, X3}, NNOPT_UNPACKED_WORD(0, WEIGHT)},

#endif

#endif /* NNOPT_UNPACKED_H */
