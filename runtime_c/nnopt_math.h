/* float32 functions with the same bits on every machine.
 *
 * Each function is a fixed sequence of IEEE 754 operations: the C twin, operation by operation, of
 * dialects/float_math.py, which is its specification. Compile with -ffp-contract=off and without
 * -ffast-math; arithmetic must round to nearest and keep subnormal numbers (on Cortex-M cores with
 * Helium, vectorised float code flushes them: compile for +nomve.fp or with -fno-tree-vectorize).
 *
 * Arguments may be any float; every NaN that is returned is 0x7FC00000. Errors are given in units in
 * the last place (ulp). Freestanding: needs stdint.h and stddef.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_MATH_H
#define NNOPT_MATH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__FAST_MATH__)
#error "nnopt_math.h needs IEEE arithmetic: compile without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "nnopt_math.h needs float expressions in float precision (FLT_EVAL_METHOD 0)"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define NNOPT_SQRT_HALF_BITS 0x3F3504F3

/* Return the bit pattern of x. */
static inline int32_t nnopt_bits_of_real(float x)
{
    const union {
        float real;
        int32_t bits;
    } both = {x};
    return both.bits;
}

/* Return the float with the bit pattern `bits`. */
static inline float nnopt_real_of_bits(int32_t bits)
{
    union {
        float real;
        int32_t bits;
    } both;
    both.bits = bits;
    return both.real;
}

/* Return the NaN 0x7FC00000. */
static inline float nnopt_nan(void) { return nnopt_real_of_bits(0x7FC00000); }

/* Return +infinity. */
static inline float nnopt_inf(void) { return nnopt_real_of_bits(0x7F800000); }

/* Return whether x is a NaN. */
static inline int nnopt_is_nan(float x) { return (nnopt_bits_of_real(x) & 0x7FFFFFFF) > 0x7F800000; }

/* Return |x|. */
static inline float nnopt_abs(float x) { return nnopt_real_of_bits(nnopt_bits_of_real(x) & 0x7FFFFFFF); }

/* Return |magnitude| with the sign of x. */
static inline float nnopt_copysign(float magnitude, float x)
{
    const int32_t sign = nnopt_bits_of_real(x) & INT32_MIN;
    return nnopt_real_of_bits((nnopt_bits_of_real(magnitude) & 0x7FFFFFFF) | sign);
}

/* Return floor(n / 2): what n >> 1 gives on all compilers that we know, but defined by the standard. */
static inline int32_t nnopt_half(int32_t n) { return n >= 0 ? n / 2 : -((1 - n) / 2); }

/* Return y * 2**n for n in -252..254, rounded once (y and y * 2**floor(n/2) normal). */
static inline float nnopt_scale(float y, int32_t n)
{
    const int32_t half = nnopt_half(n);
    const float first = nnopt_real_of_bits((half + 127) * 0x800000);
    const float second = nnopt_real_of_bits((n - half + 127) * 0x800000);
    return y * first * second;
}

/* Return y and *n with exp(a + b) = y * 2**n, for |a + b| <= 150 and |b| <= 0.15. */
static inline float nnopt_exp_parts(float a, float b, int32_t *n)
{
    const float rounded = ((a + b) * 1.4426950f + 12582912.0f) - 12582912.0f;
    const float r = ((a - rounded * 0.693359375f) - rounded * -0.00021219444f) + b;
    float p = 0.00019786053f;
    p = p * r + 0.0013948982f;
    p = p * r + 0.008333525f;
    p = p * r + 0.041666236f;
    p = p * r + 0.16666666f;
    p = p * r + 0.5f;
    *n = (int32_t)rounded;
    return (r * r * p + r) + 1.0f;
}

/* Return e**x, at most 1 ulp off; infinite from 88.72284, 0 below -103.97. */
static inline float nnopt_exp(float x)
{
    int32_t n;
    float y;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    y = nnopt_exp_parts(x < -104.0f ? -104.0f : (x > 89.0f ? 89.0f : x), 0.0f, &n);
    return nnopt_scale(y, n);
}

/* Return the natural logarithm, at most 1 ulp off; -infinity at +-0, NaN below 0. */
static inline float nnopt_log(float x)
{
    const int tiny = x < 1.17549435e-38f;
    const float inf = nnopt_inf();
    int32_t shifted, exponent;
    float e, f, s, z, p, half_square, tail;
    if (nnopt_is_nan(x) || x < 0.0f) {
        return nnopt_nan();
    }
    if (x == 0.0f) {
        return -inf;
    }
    if (x == inf) {
        return x;
    }
    /* bring the mantissa into [sqrt(1/2), sqrt(2)) */
    shifted = nnopt_bits_of_real(tiny ? x * 8388608.0f : x) - NNOPT_SQRT_HALF_BITS;
    exponent = (int32_t)((uint32_t)shifted >> 23);
    exponent -= exponent >= 256 ? 512 : 0;
    e = (float)(exponent - (tiny ? 23 : 0));
    f = nnopt_real_of_bits((shifted & 0x007FFFFF) + NNOPT_SQRT_HALF_BITS) - 1.0f;
    s = f / (f + 2.0f);
    z = s * s;
    half_square = 0.5f * f * f;
    p = 0.23582765f;
    p = p * z + 0.2853728f;
    p = p * z + 0.40000334f;
    p = p * z + 0.6666666f;
    tail = s * (half_square + z * p) + e * -0.00021219444f;
    return e * 0.693359375f - ((half_square - tail) - f);
}

/* Return the hyperbolic tangent, at most 2 ulp off. */
static inline float nnopt_tanh(float x)
{
    const float magnitude = nnopt_abs(x);
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    if (magnitude < 0.625f) {
        const float z = x * x;
        float p = -0.005704987f;
        p = p * z + 0.020639088f;
        p = p * z + -0.053739715f;
        p = p * z + 0.13331442f;
        p = p * z + -0.3333328f;
        return x + x * (z * p);
    }
    return nnopt_copysign(1.0f - 2.0f / (nnopt_exp(magnitude + magnitude) + 1.0f), x);
}

/* Return 1 / (1 + exp(-x)), at most 3 ulp off on both sides. */
static inline float nnopt_sigmoid(float x)
{
    const float e = nnopt_exp(-nnopt_abs(x));
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/* Return y and *n with erfc(t) = y * 2**n, where t*t = factor * h*h and factor is a power of two;
 * 0 <= t <= 11.4. */
static inline float nnopt_erfc_parts(float t, float h, float factor, int32_t *n)
{
    const float upper = nnopt_real_of_bits(nnopt_bits_of_real(h) & ~0xFFF);
    const float rest = (h - upper) * (h + upper);
    const float y = nnopt_exp_parts(-factor * (upper * upper), -factor * rest, n);
    const float q = (t - 3.0f) / (t + 3.0f);
    float p = -0.00025615635f;
    p = p * q + -0.00074750656f;
    p = p * q + 0.0020184366f;
    p = p * q + 0.0025549629f;
    p = p * q + -0.02380991f;
    p = p * q + 0.06829646f;
    p = p * q + -0.11926855f;
    p = p * q + 0.12964655f;
    p = p * q + -0.04756255f;
    p = p * q + -0.13562115f;
    p = p * q + 1.253008f;
    return y * (p / (1.0f + (t + t)));
}

/* Return erf(x) for |x| < 1. */
static inline float nnopt_erf_small(float x)
{
    const float z = x * x;
    float p = 7.8538615e-05f;
    p = p * z + -0.00080101937f;
    p = p * z + 0.0051883277f;
    p = p * z + -0.026853813f;
    p = p * z + 0.112835854f;
    p = p * z + -0.37612626f;
    p = p * z + 0.12837917f;
    return x + x * p;
}

/* Return the error function, at most 2 ulp off. */
static inline float nnopt_erf(float x)
{
    const float magnitude = nnopt_abs(x);
    float t, y;
    int32_t n;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    if (magnitude < 1.0f) {
        return nnopt_erf_small(x);
    }
    t = magnitude < 4.0f ? magnitude : 4.0f;
    y = nnopt_erfc_parts(t, t, 1.0f, &n);
    return nnopt_copysign(1.0f - nnopt_scale(y, n), x);
}

/* Return x/2 * (1 + erf(x / sqrt(2))), at most 5 ulp off. */
static inline float nnopt_gelu(float x)
{
    const float magnitude = nnopt_abs(x);
    float h, y, tail;
    int32_t n;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    if (magnitude < 0.75f) {
        return 0.5f * x * (1.0f + nnopt_erf_small(x * 0.70710678f));
    }
    h = magnitude < 16.0f ? magnitude : 16.0f;
    y = nnopt_erfc_parts(h * 0.70710678f, h, 0.5f, &n);
    tail = nnopt_scale(0.5f * h * y, n);
    return x >= 0.0f ? x - tail : -tail;
}

/* Return x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x**3))); at most 4 ulp off for x >= -1, below
 * that the absolute error is under 2**-24. */
static inline float nnopt_gelu_tanh(float x)
{
    const float magnitude = nnopt_abs(x);
    float h, e, tail;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    h = magnitude < 16.0f ? magnitude : 16.0f;
    e = nnopt_exp(-(h * (1.5957691f + 0.071354814f * (h * h))));
    tail = h * (e / (1.0f + e));
    return x >= 0.0f ? x - tail : -tail;
}

/* Return max(0, min(1, alpha * x + beta)). */
static inline float nnopt_hard_sigmoid(float x, float alpha, float beta)
{
    const float y = alpha * x + beta;
    if (nnopt_is_nan(y)) {
        return nnopt_nan();
    }
    return y > 1.0f ? 1.0f : (y > 0.0f ? y : 0.0f);
}

/* Return x * hard_sigmoid(x, 1/6, 1/2); 0 up to -3. */
static inline float nnopt_hard_swish(float x)
{
    const float factor = nnopt_hard_sigmoid(x, 0.16666667f, 0.5f);
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    return factor == 0.0f ? 0.0f : x * factor;
}

/* Return 1 / x, correctly rounded. */
static inline float nnopt_reciprocal(float x)
{
    return nnopt_is_nan(x) ? nnopt_nan() : 1.0f / x;
}

/* Return the greatest integer that is not greater than x; keeps the sign of -0. */
static inline float nnopt_floor(float x)
{
    float whole;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    if (!(nnopt_abs(x) < 8388608.0f)) {
        return x;
    }
    whole = (float)(int32_t)x;
    return nnopt_copysign(whole > x ? whole - 1.0f : whole, x);
}

/* Return the least integer that is not less than x; -0 in (-1, -0]. */
static inline float nnopt_ceil(float x)
{
    return nnopt_is_nan(x) ? nnopt_nan() : -nnopt_floor(-x);
}

/* Return the greater of two floats: x unless x < y. So a NaN in x stays, one in y is ignored. */
static inline float nnopt_max_f32(float x, float y) { return x < y ? y : x; }

/* Return the smaller of two floats: x unless x > y. So a NaN in x stays, one in y is ignored. */
static inline float nnopt_min_f32(float x, float y) { return x > y ? y : x; }

/* Return x without its fraction as an integer, saturated to 32 bits; 0 for NaN. */
static inline int32_t nnopt_truncate_f32(float x)
{
    if (nnopt_is_nan(x)) {
        return 0;
    }
    if (nnopt_abs(x) < 2147483648.0f) {
        return (int32_t)x;
    }
    return x < 0.0f ? INT32_MIN : INT32_MAX;
}

/* Return x without its fraction as an integer, saturated to 64 bits; 0 for NaN. */
static inline int64_t nnopt_truncate_i64(float x)
{
    if (nnopt_is_nan(x)) {
        return 0;
    }
    if (nnopt_abs(x) < 9223372036854775808.0f) {
        return (int64_t)x;
    }
    return x < 0.0f ? INT64_MIN : INT64_MAX;
}

/* Return the square root, correctly rounded; NaN below 0, -0 for -0. */
static inline float nnopt_sqrt(float x)
{
    if (nnopt_is_nan(x) || x < 0.0f) {
        return nnopt_nan();
    }
#if defined(__ARM_FP) && (__ARM_FP & 4) && defined(__thumb2__)
    {
        float root;
        __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
        return root;
    }
#elif defined(__riscv_flen)
    {
        float root;
        __asm__("fsqrt.s %0, %1" : "=f"(root) : "f"(x));
        return root;
    }
#else
    {
        /* bit by bit: root = floor(sqrt(mantissa * 2**25)), one bit more than the result holds */
        const int tiny = x < 1.17549435e-38f;
        const int32_t bits = nnopt_bits_of_real(tiny ? x * 16777216.0f : x);
        int32_t exponent = (bits >> 23) - 127;
        uint64_t rest = (uint64_t)((bits & 0x007FFFFF) | 0x00800000) << 25;
        uint64_t root = 0, bit = (uint64_t)1 << 48;
        if (x == 0.0f || x == nnopt_inf()) {
            return x;
        }
        if (exponent % 2 != 0) {
            exponent -= 1;
            rest <<= 1;
        }
        for (; bit != 0; bit >>= 2) {
            if (rest >= root + bit) {
                rest -= root + bit;
                root = (root >> 1) + bit;
            } else {
                root >>= 1;
            }
        }
        /* root has 25 bits; its last bit decides: a tie cannot occur, the root would be rational */
        exponent = exponent / 2 - (tiny ? 12 : 0);
        return nnopt_real_of_bits((exponent + 126) * 0x800000 + (int32_t)((root + 1) >> 1));
    }
#endif
}

/* Replace n numbers, `stride` floats apart, by exp(x - max) / sum(exp(x - max)); y may be x. One NaN
 * or +infinity, or only -infinity, makes all results NaN. */
static inline void nnopt_softmax(const float *x, float *y, size_t n, size_t stride)
{
    float greatest, total = 0.0f;
    size_t i;
    if (n == 0) {
        return;
    }
    greatest = x[0];
    for (i = 1; i < n; i++) {
        if (x[i * stride] > greatest || nnopt_is_nan(greatest)) {
            greatest = x[i * stride];
        }
    }
    for (i = 0; i < n; i++) {
        const float e = nnopt_exp(x[i * stride] - greatest);
        y[i * stride] = e;
        total = i == 0 ? e : total + e;
    }
    for (i = 0; i < n; i++) {
        y[i * stride] = nnopt_is_nan(total) ? nnopt_nan() : y[i * stride] / total;
    }
}

/* Return the nearest integer, halves to even; keeps the sign of -0. */
static inline float nnopt_round(float x)
{
    float magnitude = nnopt_abs(x);
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    if (!(magnitude < 8388608.0f)) {
        return x;
    }
    magnitude = (magnitude + 8388608.0f) - 8388608.0f;
    return nnopt_copysign(magnitude, x);
}

/* Return x - y * trunc(x / y), exactly; NaN for y = 0. */
static inline float nnopt_fmod(float x, float y)
{
    float rest = nnopt_abs(x);
    const float divisor = nnopt_abs(y);
    if (!(divisor > 0.0f) || !(rest < nnopt_inf())) {
        return nnopt_nan();
    }
    while (rest >= divisor) {
        float part = divisor;
        while (part + part <= rest) {
            part += part;
        }
        rest -= part;
    }
    return nnopt_copysign(rest, x);
}

#endif
