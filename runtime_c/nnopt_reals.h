/* nnopt: blocks of dot products on floats, weights in the order of their use.
 *
 * Every product and every sum is rounded, one after the other: the bits of the plain loop. On a Cortex-M4 the
 * loops are inline assembly that brings weights into the FPU in groups, because compilers scatter the
 * loads; elsewhere, portable C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_REALS_H
#define NNOPT_REALS_H

#include <stdint.h>

#if defined(__GNUC__)
#define NNOPT_REAL inline __attribute__((always_inline))
#define NNOPT_REAL_KERNEL __attribute__((noinline))
#else
#define NNOPT_REAL inline
#define NNOPT_REAL_KERNEL
#endif

#if defined(__ARM_ARCH_7EM__) && defined(__ARM_FP) && defined(__GNUC__) && !defined(__clang__) && \
    defined(__OPTIMIZE__)
#define NNOPT_REALS_ASM 1

/* Registers s16 and up are operands and products; sums are in the others. */
#define NNOPT_REAL_MUL(T, X, W) "vmul.f32 " T ", " X ", " W "\n\t"
#define NNOPT_REAL_ADD(A, T) "vadd.f32 " A ", " A ", " T "\n\t"
/* One pixel and four channels, products in registers of their own. */
#define NNOPT_REAL_FOUR(A, B, C, D, X, W0, W1, W2, W3)                            \
    NNOPT_REAL_MUL("s28", X, W0) NNOPT_REAL_MUL("s29", X, W1) NNOPT_REAL_MUL("s30", X, W2) \
    NNOPT_REAL_MUL("s31", X, W3) NNOPT_REAL_ADD(A, "s28") NNOPT_REAL_ADD(B, "s29") \
    NNOPT_REAL_ADD(C, "s30") NNOPT_REAL_ADD(D, "s31")
#define NNOPT_REAL_X(P, S, AT) "vldr " S ", [%[x" P "], #" AT "]\n\t"
#define NNOPT_REAL_LOW(A, B, C, D, X) NNOPT_REAL_FOUR(A, B, C, D, X, "s16", "s17", "s18", "s19")
#define NNOPT_REAL_HIGH(A, B, C, D, X) NNOPT_REAL_FOUR(A, B, C, D, X, "s20", "s21", "s22", "s23")
#define NNOPT_REAL_NEXT(P, N) "add %[x" P "], %[x" P "], #" N "\n\t"
/* Positions in fours, then one by one; `length` counts down. */
#define NNOPT_REAL_LOOP(STEP, FOURS, NEXT_FOURS, ONE, NEXT_ONE)                   \
    "subs %[n], %[n], #" STEP "\n\t"                                              \
    "blt 2f\n\t"                                                                  \
    "1:\n\t" FOURS NEXT_FOURS                                                     \
    "subs %[n], %[n], #" STEP "\n\t"                                              \
    "bge 1b\n\t"                                                                  \
    "2:\n\t"                                                                      \
    "adds %[n], %[n], #" STEP "\n\t"                                              \
    "beq 4f\n\t"                                                                  \
    "3:\n\t" ONE NEXT_ONE                                                         \
    "subs %[n], %[n], #1\n\t"                                                     \
    "bne 3b\n\t"                                                                  \
    "4:\n\t"
#define NNOPT_REAL_TWO_W "vldmia %[w]!, {s16-s23}\n\t"
#define NNOPT_REAL_ONE_W "vldmia %[w]!, {s16-s19}\n\t"
#define NNOPT_REAL_XS_2(AT) NNOPT_REAL_X("0", "s24", AT) NNOPT_REAL_X("1", "s25", AT)
#define NNOPT_REAL_LOW_2 NNOPT_REAL_LOW("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_LOW("s4", "s5", "s6", "s7", "s25")
#define NNOPT_REAL_HIGH_2 NNOPT_REAL_HIGH("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_HIGH("s4", "s5", "s6", "s7", "s25")
#define NNOPT_REAL_NEXT_2(N) NNOPT_REAL_NEXT("0", N) NNOPT_REAL_NEXT("1", N)
#define NNOPT_REAL_XS_3(AT) NNOPT_REAL_X("0", "s24", AT) NNOPT_REAL_X("1", "s25", AT) NNOPT_REAL_X("2", "s26", AT)
#define NNOPT_REAL_LOW_3 NNOPT_REAL_LOW("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_LOW("s4", "s5", "s6", "s7", "s25") NNOPT_REAL_LOW("s8", "s9", "s10", "s11", "s26")
#define NNOPT_REAL_HIGH_3 NNOPT_REAL_HIGH("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_HIGH("s4", "s5", "s6", "s7", "s25") NNOPT_REAL_HIGH("s8", "s9", "s10", "s11", "s26")
#define NNOPT_REAL_NEXT_3(N) NNOPT_REAL_NEXT("0", N) NNOPT_REAL_NEXT("1", N) NNOPT_REAL_NEXT("2", N)
#define NNOPT_REAL_XS_4(AT) NNOPT_REAL_X("0", "s24", AT) NNOPT_REAL_X("1", "s25", AT) NNOPT_REAL_X("2", "s26", AT) NNOPT_REAL_X("3", "s27", AT)
#define NNOPT_REAL_LOW_4 NNOPT_REAL_LOW("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_LOW("s4", "s5", "s6", "s7", "s25") NNOPT_REAL_LOW("s8", "s9", "s10", "s11", "s26") NNOPT_REAL_LOW("s12", "s13", "s14", "s15", "s27")
#define NNOPT_REAL_HIGH_4 NNOPT_REAL_HIGH("s0", "s1", "s2", "s3", "s24") NNOPT_REAL_HIGH("s4", "s5", "s6", "s7", "s25") NNOPT_REAL_HIGH("s8", "s9", "s10", "s11", "s26") NNOPT_REAL_HIGH("s12", "s13", "s14", "s15", "s27")
#define NNOPT_REAL_NEXT_4(N) NNOPT_REAL_NEXT("0", N) NNOPT_REAL_NEXT("1", N) NNOPT_REAL_NEXT("2", N) NNOPT_REAL_NEXT("3", N)
#define NNOPT_REAL_FOURS(P)                                                       \
    NNOPT_REAL_TWO_W NNOPT_REAL_XS_##P("0") NNOPT_REAL_LOW_##P NNOPT_REAL_XS_##P("4") \
    NNOPT_REAL_HIGH_##P NNOPT_REAL_TWO_W NNOPT_REAL_XS_##P("8") NNOPT_REAL_LOW_##P \
    NNOPT_REAL_XS_##P("12") NNOPT_REAL_HIGH_##P
#define NNOPT_REAL_CODE(P)                                                        \
    NNOPT_REAL_LOOP("4", NNOPT_REAL_FOURS(P), NNOPT_REAL_NEXT_##P("16"),          \
                    NNOPT_REAL_ONE_W NNOPT_REAL_XS_##P("0") NNOPT_REAL_LOW_##P, NNOPT_REAL_NEXT_##P("4"))
#define NNOPT_REAL_UPPER                                                          \
    "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", \
    "s30", "s31", "cc", "memory"
#endif

/* Products of one position, pixel P. */
#define NNOPT_REAL_MACS(P)                                                        \
    *a##P##0 += x##P[i] * w[0];                                                   \
    *a##P##1 += x##P[i] * w[1];                                                   \
    *a##P##2 += x##P[i] * w[2];                                                   \
    *a##P##3 += x##P[i] * w[3];
#define NNOPT_REAL_SUMS(P) float *a##P##0, float *a##P##1, float *a##P##2, float *a##P##3

/* Four channels (c) of one to four pixels (p), sums a<p><c>: a += x . w over n positions. The pixels are
 * `step` floats apart. */
static NNOPT_REAL void nnopt_real_dot_4x1(
    const float *x0, const float *w, int32_t n,
    NNOPT_REAL_SUMS(0))
{
#if defined(NNOPT_REALS_ASM)
    __asm__ volatile(
        NNOPT_REAL_LOOP("2",
            NNOPT_REAL_TWO_W "vldmia %[x0]!, {s24, s25}\n\t" NNOPT_REAL_LOW("%[a0]", "%[a1]", "%[a2]", "%[a3]", "s24")
            NNOPT_REAL_HIGH("%[a0]", "%[a1]", "%[a2]", "%[a3]", "s25"), "",
            NNOPT_REAL_ONE_W "vldmia %[x0]!, {s24}\n\t" NNOPT_REAL_LOW("%[a0]", "%[a1]", "%[a2]", "%[a3]", "s24"), "")
        : [x0] "+r"(x0), [w] "+r"(w), [n] "+r"(n), [a0] "+t"(*a00), [a1] "+t"(*a01),
          [a2] "+t"(*a02), [a3] "+t"(*a03)
        :
        : NNOPT_REAL_UPPER);
#else
    for (int32_t i = 0; i < n; i++, w += 4) {
        NNOPT_REAL_MACS(0)
    }
#endif
}

static NNOPT_REAL void nnopt_real_dot_4x2(
    const float *x0, const float *w, int32_t n, int32_t step,
    NNOPT_REAL_SUMS(0), NNOPT_REAL_SUMS(1))
{
    const float *x1 = x0 + step;
#if defined(NNOPT_REALS_ASM)
    float sums[8] = {*a00, *a01, *a02, *a03, *a10, *a11, *a12, *a13};
    __asm__ volatile("vldmia %[sums], {s0-s7}\n\t" NNOPT_REAL_CODE(2)
                     "vstmia %[sums], {s0-s7}"
                     : [x0] "+r"(x0), [x1] "+r"(x1), [w] "+r"(w), [n] "+r"(n)
                     : [sums] "r"(sums)
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", NNOPT_REAL_UPPER);
    *a00 = sums[0];
    *a01 = sums[1];
    *a02 = sums[2];
    *a03 = sums[3];
    *a10 = sums[4];
    *a11 = sums[5];
    *a12 = sums[6];
    *a13 = sums[7];
#else
    for (int32_t i = 0; i < n; i++, w += 4) {
        NNOPT_REAL_MACS(0)
        NNOPT_REAL_MACS(1)
    }
#endif
}

static NNOPT_REAL void nnopt_real_dot_4x3(
    const float *x0, const float *w, int32_t n, int32_t step,
    NNOPT_REAL_SUMS(0), NNOPT_REAL_SUMS(1), NNOPT_REAL_SUMS(2))
{
    const float *x1 = x0 + step;
    const float *x2 = x1 + step;
#if defined(NNOPT_REALS_ASM)
    float sums[12] = {*a00, *a01, *a02, *a03, *a10, *a11, *a12, *a13, *a20, *a21, *a22, *a23};
    __asm__ volatile("vldmia %[sums], {s0-s11}\n\t" NNOPT_REAL_CODE(3)
                     "vstmia %[sums], {s0-s11}"
                     : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [w] "+r"(w), [n] "+r"(n)
                     : [sums] "r"(sums)
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", NNOPT_REAL_UPPER);
    *a00 = sums[0];
    *a01 = sums[1];
    *a02 = sums[2];
    *a03 = sums[3];
    *a10 = sums[4];
    *a11 = sums[5];
    *a12 = sums[6];
    *a13 = sums[7];
    *a20 = sums[8];
    *a21 = sums[9];
    *a22 = sums[10];
    *a23 = sums[11];
#else
    for (int32_t i = 0; i < n; i++, w += 4) {
        NNOPT_REAL_MACS(0)
        NNOPT_REAL_MACS(1)
        NNOPT_REAL_MACS(2)
    }
#endif
}

static NNOPT_REAL void nnopt_real_dot_4x4(
    const float *x0, const float *w, int32_t n, int32_t step,
    NNOPT_REAL_SUMS(0), NNOPT_REAL_SUMS(1), NNOPT_REAL_SUMS(2), NNOPT_REAL_SUMS(3))
{
    const float *x1 = x0 + step;
    const float *x2 = x1 + step;
    const float *x3 = x2 + step;
#if defined(NNOPT_REALS_ASM)
    float sums[16] = {*a00, *a01, *a02, *a03, *a10, *a11, *a12, *a13, *a20, *a21, *a22, *a23, *a30, *a31, *a32, *a33};
    __asm__ volatile("vldmia %[sums], {s0-s15}\n\t" NNOPT_REAL_CODE(4)
                     "vstmia %[sums], {s0-s15}"
                     : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [x3] "+r"(x3), [w] "+r"(w), [n] "+r"(n)
                     : [sums] "r"(sums)
                     : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", NNOPT_REAL_UPPER);
    *a00 = sums[0];
    *a01 = sums[1];
    *a02 = sums[2];
    *a03 = sums[3];
    *a10 = sums[4];
    *a11 = sums[5];
    *a12 = sums[6];
    *a13 = sums[7];
    *a20 = sums[8];
    *a21 = sums[9];
    *a22 = sums[10];
    *a23 = sums[11];
    *a30 = sums[12];
    *a31 = sums[13];
    *a32 = sums[14];
    *a33 = sums[15];
#else
    for (int32_t i = 0; i < n; i++, w += 4) {
        NNOPT_REAL_MACS(0)
        NNOPT_REAL_MACS(1)
        NNOPT_REAL_MACS(2)
        NNOPT_REAL_MACS(3)
    }
#endif
}

#if defined(NNOPT_REALS_ASM)
/* One position of eight channels: weights, then products, from register 16 or 24 on. */
#define NNOPT_REAL_EIGHT(X, W0, W1, W2, W3, W4, W5, W6, W7)                       \
    NNOPT_REAL_MUL(W0, X, W0) NNOPT_REAL_MUL(W1, X, W1) NNOPT_REAL_MUL(W2, X, W2) \
    NNOPT_REAL_MUL(W3, X, W3) NNOPT_REAL_MUL(W4, X, W4) NNOPT_REAL_MUL(W5, X, W5) \
    NNOPT_REAL_MUL(W6, X, W6) NNOPT_REAL_MUL(W7, X, W7)                           \
    NNOPT_REAL_ADD("%[a0]", W0) NNOPT_REAL_ADD("%[a1]", W1) NNOPT_REAL_ADD("%[a2]", W2)    \
    NNOPT_REAL_ADD("%[a3]", W3) NNOPT_REAL_ADD("%[a4]", W4) NNOPT_REAL_ADD("%[a5]", W5)    \
    NNOPT_REAL_ADD("%[a6]", W6) NNOPT_REAL_ADD("%[a7]", W7)
#define NNOPT_REAL_PAIR(X, Y)                                                     \
    "vldmia %[w]!, {s16-s31}\n\t"                                                 \
    NNOPT_REAL_EIGHT(X, "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23")   \
    NNOPT_REAL_EIGHT(Y, "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31")
#endif

/* Eight channels of one pixel: weights are read once, and used once. */
static NNOPT_REAL void nnopt_real_dot_8x1(
    const float *x, const float *w, int32_t n, float *a0, float *a1, float *a2, float *a3, float *a4,
    float *a5, float *a6, float *a7)
{
#if defined(NNOPT_REALS_ASM)
    __asm__ volatile(
        NNOPT_REAL_LOOP("8",
            "vldmia %[x]!, {s8-s15}\n\t"
            NNOPT_REAL_PAIR("s8", "s9") NNOPT_REAL_PAIR("s10", "s11") NNOPT_REAL_PAIR("s12", "s13")
            NNOPT_REAL_PAIR("s14", "s15"), "",
            "vldmia %[x]!, {s8}\n\t"
            "vldmia %[w]!, {s16-s23}\n\t"
            NNOPT_REAL_EIGHT("s8", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23"), "")
        : [x] "+r"(x), [w] "+r"(w), [n] "+r"(n), [a0] "+t"(*a0), [a1] "+t"(*a1), [a2] "+t"(*a2),
          [a3] "+t"(*a3), [a4] "+t"(*a4), [a5] "+t"(*a5), [a6] "+t"(*a6), [a7] "+t"(*a7)
        :
        : "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", NNOPT_REAL_UPPER);
#else
    for (int32_t i = 0; i < n; i++, w += 8) {
        const float lane = x[i];
        *a0 += lane * w[0];
        *a1 += lane * w[1];
        *a2 += lane * w[2];
        *a3 += lane * w[3];
        *a4 += lane * w[4];
        *a5 += lane * w[5];
        *a6 += lane * w[6];
        *a7 += lane * w[7];
    }
#endif
}

#endif /* NNOPT_REALS_H */
