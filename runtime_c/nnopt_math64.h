/* nnopt: float32 functions that compute in float64 inside, with the same bits on every machine.
 *
 * What nnopt_math.h says of its functions holds for these too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_MATH64_H
#define NNOPT_MATH64_H

#include "nnopt_math.h"

/* Return the binary logarithm of x > 0 in float64, about 2**-47 off. */
static inline double nnopt_log2_wide(float x)
{
    union {
        double real;
        int64_t bits;
    } both;
    int64_t shifted, exponent;
    double m, s, z, p;
    both.real = (double)x;
    shifted = both.bits - INT64_C(0x3FE6A09E667F3BCD);
    exponent = (int64_t)((uint64_t)shifted >> 52);
    exponent -= exponent >= 2048 ? 4096 : 0;
    both.bits = (shifted & INT64_C(0x000FFFFFFFFFFFFF)) + INT64_C(0x3FE6A09E667F3BCD);
    m = both.real;
    s = (m - 1.0) / (m + 1.0);
    z = s * s;
    p = 0.28471759354780696;
    p = p * z + 0.31975859326163253;
    p = p * z + 0.41221358223749766;
    p = p * z + 0.5770778866047288;
    p = p * z + 0.961796694406466;
    p = p * z + 2.8853900817774183;
    return (double)exponent + s * p;
}

/* Return 2**t for -160 <= t <= 128, about 2**-34 off before the rounding to float. */
static inline float nnopt_exp2_wide(double t)
{
    const double rounded = (t + 6755399441055744.0) - 6755399441055744.0;
    const double f = t - rounded;
    double p = 1.5201717960226465e-05;
    union {
        double real;
        int64_t bits;
    } power;
    power.bits = ((int64_t)rounded + 1023) * INT64_C(0x10000000000000);
    p = p * f + 0.00015469553181716002;
    p = p * f + 0.0013333925484468434;
    p = p * f + 0.009618026441974079;
    p = p * f + 0.05550410347273153;
    p = p * f + 0.2402265120415864;
    p = p * f + 0.6931471807311536;
    p = p * f + 0.9999999999610724;
    return (float)(p * power.real);
}

/* Return x**y, at most 1 ulp off, special cases as in IEEE 754 pow. Computes in float64 inside. */
static inline float nnopt_pow(float x, float y)
{
    const float x_magnitude = nnopt_abs(x), y_magnitude = nnopt_abs(y), inf = nnopt_inf();
    const int32_t small = y_magnitude < 16777216.0f ? (int32_t)y_magnitude : 0;
    const int whole = (float)small == y_magnitude;
    float result;
    if (x == 1.0f || y == 0.0f) {
        return 1.0f;
    }
    if (nnopt_is_nan(x) || nnopt_is_nan(y)) {
        return nnopt_nan();
    }
    if (x < 0.0f && x_magnitude < inf && !whole && y_magnitude < 16777216.0f) {
        return nnopt_nan();
    }
    if (x_magnitude == 1.0f) {
        result = 1.0f;
    } else if (x_magnitude == 0.0f || x_magnitude == inf || y_magnitude == inf) {
        result = (x_magnitude > 1.0f) == (y > 0.0f) ? inf : 0.0f;
    } else {
        const double t = (double)y * nnopt_log2_wide(x_magnitude);
        result = t >= 128.0 ? inf : nnopt_exp2_wide(t < -160.0 ? -160.0 : t);
    }
    return whole && (small & 1) != 0 && nnopt_bits_of_real(x) < 0 ? -result : result;
}

/* Return the polynomial with these coefficients, the constant one first. */
static inline double nnopt_series(double x, const double *coefficients, int32_t count)
{
    double y = coefficients[count - 1];
    int32_t i;
    for (i = count - 2; i >= 0; i--) {
        y = y * x + coefficients[i];
    }
    return y;
}

/* Return the sine of x + quarter * pi/2; NaN beyond 2^30. */
static inline float nnopt_circular(float x, int32_t quarter)
{
    static const double sine[7] = {
        1.0,
        -0.16666666666666666,
        0.008333333333333333,
        -0.0001984126984126984,
        2.7557319223985893e-06,
        -2.505210838544172e-08,
        1.6059043836821613e-10,
    };
    static const double cosine[7] = {
        1.0,
        -0.5,
        0.041666666666666664,
        -0.001388888888888889,
        2.48015873015873e-05,
        -2.755731922398589e-07,
        2.08767569878681e-09,
    };
    const double wide = (double)x;
    double turns;
    double rest;
    double y;
    int32_t n;
    if (!(nnopt_abs(x) <= 1073741824.0f)) {
        return nnopt_nan();
    }
    turns = (wide * 0.63661977236758134308 + 6755399441055744.0) - 6755399441055744.0;
    rest = ((wide - turns * 1.570796012878418) - turns * 3.1391647326017846e-07) - turns * 5.390302858158119e-15;
    n = (int32_t)turns + quarter;
    y = (n & 1) ? nnopt_series(rest * rest, cosine, 7) : rest * nnopt_series(rest * rest, sine, 7);
    return (float)((n & 2) ? -y : y);
}

/* Return the sine of x in radians; at most 0.6 ulp off up to 2^30, NaN beyond. */
static inline float nnopt_sin(float x) { return x == 0.0f ? x : nnopt_circular(x, 0); }

/* Return the cosine of x in radians; at most 0.6 ulp off up to 2^30, NaN beyond. */
static inline float nnopt_cos(float x) { return nnopt_circular(x, 1); }

/* Return the arc tangent; at most 0.6 ulp off. */
static inline float nnopt_atan(float x)
{
    static const double series[14] = {
        1.0, -0.3333333333333333, 0.2,
        -0.14285714285714285, 0.1111111111111111, -0.09090909090909091,
        0.07692307692307693, -0.06666666666666667, 0.058823529411764705,
        -0.05263157894736842, 0.047619047619047616, -0.043478260869565216,
        0.04, -0.037037037037037035,
    };
    const double wide = (double)nnopt_abs(x);
    const int large = wide > 1.0;
    double t;
    double y;
    int middle;
    if (nnopt_is_nan(x)) {
        return nnopt_nan();
    }
    t = large ? 1.0 / wide : wide;
    middle = t > 0.41421356237309503;
    t = middle ? (t - 1.0) / (t + 1.0) : t;
    y = t * nnopt_series(t * t, series, 14);
    y = middle ? y + 0.78539816339744830962 : y;
    y = large ? 1.57079632679489661923 - y : y;
    return nnopt_copysign((float)y, x);
}

#endif
