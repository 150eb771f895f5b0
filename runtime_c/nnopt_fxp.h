/* Arithmetic of integers that stand for reals: the C twin of dialects/fixed_point.py.
 *
 * A real factor below 2**31 is given as multiplier * 2**-shift, 0 <= multiplier < 2**31 and
 * 0 <= shift <= 62. The four rounding modes are documented in dialects/fixed_point.py:
 *   half_even   nearest, ties to even (ONNX, IEEE 754)
 *   half_up     nearest, ties upwards (TOSA apply_scale, TFLite with single rounding)
 *   half_away   nearest, ties away from zero (C's round)
 *   double      gemmlowp: half up at bit 31, then half away from zero (TFLite's default, CMSIS-NN)
 *
 * All functions are free of undefined behaviour within the ranges given. Right shifts of negative
 * numbers are arithmetic, as every compiler for the supported targets documents. With a constant shift
 * the branches on it vanish; the clamps become SSAT/USAT on Arm (gcc and clang know the pattern), the
 * products SMULL or SMLAL. Freestanding: needs stdint.h only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_FXP_H
#define NNOPT_FXP_H

#include <stdint.h>

#if defined(__FAST_MATH__)
#error "nnopt_fxp.h needs IEEE arithmetic: compile without -ffast-math"
#endif

/* Return the smaller number. */
static inline int32_t nnopt_min_i32(int32_t x, int32_t y) { return x < y ? x : y; }

/* Return the greater number. */
static inline int32_t nnopt_max_i32(int32_t x, int32_t y) { return x > y ? x : y; }

/* Return the smaller number. */
static inline int64_t nnopt_min_i64(int64_t x, int64_t y) { return x < y ? x : y; }

/* Return the greater number. */
static inline int64_t nnopt_max_i64(int64_t x, int64_t y) { return x > y ? x : y; }

/* Return x clamped to [low, high]. */
static inline int32_t nnopt_clamp_i32(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : x);
}

/* Return x clamped to [low, high]. */
static inline int32_t nnopt_clamp_i64(int64_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : (int32_t)x);
}

/* Return x clamped to the range of int8_t, uint8_t, int16_t, uint16_t. SSAT and USAT are inline
 * assembly, because gcc does not make them of comparisons. */
#if defined(__ARM_FEATURE_SAT) && defined(__GNUC__) && !defined(__clang_analyzer__)
#define NNOPT_CLAMP_TO(NAME, INSTRUCTION, LOW, HIGH)                              \
    static inline int32_t NAME(int32_t x)                                         \
    {                                                                             \
        int32_t result;                                                           \
        __asm__(INSTRUCTION : "=r"(result) : "r"(x));                             \
        return result;                                                            \
    }
#else
#define NNOPT_CLAMP_TO(NAME, INSTRUCTION, LOW, HIGH)                              \
    static inline int32_t NAME(int32_t x) { return nnopt_clamp_i32(x, LOW, HIGH); }
#endif
NNOPT_CLAMP_TO(nnopt_clamp_to_i8, "ssat %0, #8, %1", -128, 127)
NNOPT_CLAMP_TO(nnopt_clamp_to_u8, "usat %0, #8, %1", 0, 255)
NNOPT_CLAMP_TO(nnopt_clamp_to_i16, "ssat %0, #16, %1", -32768, 32767)
NNOPT_CLAMP_TO(nnopt_clamp_to_u16, "usat %0, #16, %1", 0, 65535)
#undef NNOPT_CLAMP_TO

/* Return x clamped to the type. */
static inline int8_t nnopt_saturate_to_i8(int32_t x) { return (int8_t)nnopt_clamp_to_i8(x); }
static inline uint8_t nnopt_saturate_to_u8(int32_t x) { return (uint8_t)nnopt_clamp_to_u8(x); }
static inline int16_t nnopt_saturate_to_i16(int32_t x) { return (int16_t)nnopt_clamp_to_i16(x); }
static inline uint16_t nnopt_saturate_to_u16(int32_t x) { return (uint16_t)nnopt_clamp_to_u16(x); }

/* Return a rescaled number as int32_t: it fits when shift >= 31, saturates below. */
static inline int32_t nnopt_scaled_to_i32(int64_t scaled, int32_t shift)
{
    return shift >= 31 ? (int32_t)scaled : nnopt_clamp_i64(scaled, INT32_MIN, INT32_MAX);
}

/* Return acc * 2**-shift, ties upwards, for shift in 0..31; nothing can overflow in between. */
static inline int32_t nnopt_rounding_shift_half_up(int32_t acc, int32_t shift)
{
    return shift == 0 ? acc : (acc >> shift) + ((acc >> (shift - 1)) & 1);
}

/* Return acc * 2**-shift, ties to even, for shift in 0..31. */
static inline int32_t nnopt_rounding_shift_half_even(int32_t acc, int32_t shift)
{
    const int32_t quotient = acc >> shift;
    const int32_t remainder = (int32_t)((uint32_t)acc & (((uint32_t)1 << shift) - 1));
    const int32_t half = (int32_t)((uint32_t)1 << shift >> 1);
    return shift == 0 ? acc : quotient + (remainder > half - (quotient & 1) ? 1 : 0);
}

/* Return acc * 2**-shift for an accumulator of 64 bits, ties upwards, saturated to 32 bits, for shift in
 * 0..62. */
static inline int32_t nnopt_rounding_shift_i64_half_up(int64_t acc, int32_t shift)
{
    const int64_t rounded = shift == 0 ? acc : (acc >> shift) + ((acc >> (shift - 1)) & 1);
    return nnopt_clamp_i64(rounded, INT32_MIN, INT32_MAX);
}

/* Return acc * 2**-shift for an accumulator of 64 bits, ties to even, saturated to 32 bits, for shift in
 * 0..62. */
static inline int32_t nnopt_rounding_shift_i64_half_even(int64_t acc, int32_t shift)
{
    const int64_t quotient = acc >> shift;
    const int64_t remainder = (int64_t)((uint64_t)acc & (((uint64_t)1 << shift) - 1));
    const int64_t half = (int64_t)((uint64_t)1 << shift >> 1);
    const int64_t rounded = shift == 0 ? acc : quotient + (remainder > half - (quotient & 1) ? 1 : 0);
    return nnopt_clamp_i64(rounded, INT32_MIN, INT32_MAX);
}

/* Return acc * multiplier * 2**-shift, ties to even, saturated to 32 bits. */
static inline int32_t nnopt_apply_scale_half_even(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int64_t product = (int64_t)acc * multiplier;
    const int64_t below_half = ((int64_t)1 << shift >> 1) - 1;
    if (shift == 0) {
        return nnopt_clamp_i64(product, INT32_MIN, INT32_MAX);
    }
    return nnopt_scaled_to_i32((product + below_half + ((product >> shift) & 1)) >> shift, shift);
}

/* Return acc * multiplier * 2**-shift, ties upwards, saturated to 32 bits. */
static inline int32_t nnopt_apply_scale_half_up(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int64_t half = (int64_t)1 << shift >> 1;
    return nnopt_scaled_to_i32(((int64_t)acc * multiplier + half) >> shift, shift);
}

/* Return acc * multiplier * 2**-shift, ties away from zero, saturated to 32 bits. */
static inline int32_t nnopt_apply_scale_half_away(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int64_t product = (int64_t)acc * multiplier;
    const int64_t half = (int64_t)1 << shift >> 1;
    const int64_t down = product < 0 && shift > 0 ? 1 : 0;
    return nnopt_scaled_to_i32((product + half - down) >> shift, shift);
}

/* Return acc * multiplier * 2**-shift rounded twice like gemmlowp: RoundingDivideByPOT of
 * SaturatingRoundingDoublingHighMul; for shift < 31, acc is first shifted left and saturated. */
static inline int32_t nnopt_apply_scale_double(int32_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift < 31 ? 31 - shift : 0;
    const int32_t right = shift < 31 ? 0 : shift - 31;
    const int64_t wide = (int64_t)acc * ((int64_t)1 << left);
    const int32_t shifted = left > 0 ? nnopt_clamp_i64(wide, INT32_MIN, INT32_MAX) : acc;
    const int32_t high = (int32_t)(((int64_t)shifted * multiplier + ((int64_t)1 << 30)) >> 31);
    const int64_t half = (int64_t)1 << right >> 1;
    return (int32_t)((high + half - (high < 0 && right > 0 ? 1 : 0)) >> right);
}

/* The product of a 64-bit and a 31-bit number divided by 2**shift: quotient rounded down and saturated
 * to 64 bits, and where the remainder lies against one half (-1 below, 0 tie, 1 above; -1 for 0 too). */
typedef struct {
    int64_t quotient;
    int32_t against_half;
} nnopt_wide_quotient;

static inline nnopt_wide_quotient nnopt_wide_divide(int64_t acc, int32_t multiplier, int32_t shift)
{
    const int64_t low_product = (int64_t)(acc & INT64_C(0xFFFFFFFF)) * multiplier;
    const int64_t high = (acc >> 32) * multiplier + (low_product >> 32);
    const uint64_t low = (uint64_t)low_product & UINT64_C(0xFFFFFFFF);
    const int64_t above = high >> (shift < 32 ? shift + 31 : 63); /* 0 or -1 when the quotient fits */
    nnopt_wide_quotient result = {0, -1};
    uint64_t remainder, half;
    if (above > 0 || above < -1) {
        result.quotient = above > 0 ? INT64_MAX : INT64_MIN;
        return result;
    }
    if (shift > 32) {
        result.quotient = high >> (shift - 32);
        remainder = (((uint64_t)high << 32) | low) & (((uint64_t)1 << shift) - 1);
    } else {
        const uint64_t bits = ((uint64_t)high << (32 - shift)) | (low >> shift);
        result.quotient = bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
        remainder = low & (((uint64_t)1 << shift) - 1);
    }
    half = (uint64_t)1 << shift >> 1;
    if (shift > 0 && remainder >= half) {
        result.against_half = remainder > half ? 1 : 0;
    }
    return result;
}

/* Return acc * multiplier * 2**-shift for an accumulator of 64 bits, ties to even, saturated to 32. */
static inline int32_t nnopt_apply_scale_i64_half_even(int64_t acc, int32_t multiplier, int32_t shift)
{
    const nnopt_wide_quotient q = nnopt_wide_divide(acc, multiplier, shift);
    const int up = q.against_half > 0 || (q.against_half == 0 && (q.quotient & 1) != 0);
    return nnopt_clamp_i64(q.quotient < INT64_MAX ? q.quotient + up : q.quotient, INT32_MIN, INT32_MAX);
}

/* Return acc * multiplier * 2**-shift for an accumulator of 64 bits, ties upwards, saturated to 32. */
static inline int32_t nnopt_apply_scale_i64_half_up(int64_t acc, int32_t multiplier, int32_t shift)
{
    const nnopt_wide_quotient q = nnopt_wide_divide(acc, multiplier, shift);
    const int up = q.against_half >= 0;
    return nnopt_clamp_i64(q.quotient < INT64_MAX ? q.quotient + up : q.quotient, INT32_MIN, INT32_MAX);
}

/* Return acc * multiplier * 2**-shift for an accumulator of 64 bits, ties away from zero, saturated
 * to 32 bits. */
static inline int32_t nnopt_apply_scale_i64_half_away(int64_t acc, int32_t multiplier, int32_t shift)
{
    const nnopt_wide_quotient q = nnopt_wide_divide(acc, multiplier, shift);
    const int up = q.against_half > 0 || (q.against_half == 0 && q.quotient >= 0);
    return nnopt_clamp_i64(q.quotient < INT64_MAX ? q.quotient + up : q.quotient, INT32_MIN, INT32_MAX);
}

/* Return a * b * 2**-31, ties upwards: gemmlowp's SaturatingRoundingDoublingHighMul, of which the two
 * smallest numbers are not the operands. */
static inline int32_t nnopt_high_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* Return the number of zeros above the highest one of x > 0. */
static inline int32_t nnopt_leading_zeros(uint32_t x)
{
    int32_t zeros = 0;
    while (x < UINT32_C(0x80000000)) {
        x <<= 1;
        zeros++;
    }
    return zeros;
}

/* Return the Q0.31 reciprocal of x > 0 scaled by a power of two to [1, 2), by three steps of Newton's:
 * gemmlowp's one_over_one_plus_x_for_x_in_0_1, the numbers in between being Q2.29. */
static inline int32_t nnopt_inverse(int32_t x)
{
    const uint32_t scaled = (uint32_t)x << nnopt_leading_zeros((uint32_t)x);
    const int32_t half = (int32_t)((scaled & UINT32_C(0x7FFFFFFF)) / 2 + UINT32_C(0x40000000));
    int32_t y = 1515870810 + nnopt_high_multiply(half, -1010580540); /* 48/17 - 32/17 half */
    int step;
    for (step = 0; step < 3; step++) {
        const int32_t error = ((int32_t)1 << 29) - nnopt_high_multiply(half, y);
        y += nnopt_clamp_i64((int64_t)nnopt_high_multiply(y, error) * 4, INT32_MIN, INT32_MAX);
    }
    return nnopt_clamp_i64((int64_t)y * 2, INT32_MIN, INT32_MAX);
}

/* Return the shift of the apply_scale that multiplies a Q0.31 number by nnopt_inverse(x), x being
 * Q12.19, and gives the quotient in steps of 1/256. */
static inline int32_t nnopt_inverse_shift(int32_t x)
{
    return 31 + 12 - nnopt_leading_zeros((uint32_t)x) + 31 - 8;
}

/* Return by how many pairs of bits x, 1 to 2**62 - 1, is shifted left to reach 2**60. */
static inline int32_t nnopt_root_lift(int64_t x)
{
    int32_t pairs = 0;
    while (x < (int64_t)1 << 60) {
        x *= 4;
        pairs++;
    }
    return pairs;
}

/* Return the square root of x, shifted left by that, cut off: 2**30 to 2**31 - 1. */
static inline int32_t nnopt_root(int64_t x)
{
    uint64_t rest = (uint64_t)x << 2 * nnopt_root_lift(x), root = 0, bit;
    for (bit = (uint64_t)1 << 60; bit > 0; bit >>= 2) {
        const uint64_t next = root + bit;
        root >>= 1;
        if (rest >= next) {
            rest -= next;
            root += bit;
        }
    }
    return (int32_t)root;
}

/* Return clamp(rint(x / scale) + zero_point, low, high) in float arithmetic, ties to even; NaN gives
 * the zero point. scale > 0; low <= zero_point <= high; low - zero_point and high - zero_point are
 * at most 2**22 in magnitude (all 8- and 16-bit types). */
static inline int32_t nnopt_real_to_int(
    float x, float scale, int32_t zero_point, int32_t low, int32_t high)
{
    const float least = (float)(low - zero_point), greatest = (float)(high - zero_point);
    float ratio = x / scale;
    if (!(ratio == ratio)) {
        return zero_point;
    }
    ratio = ratio < least ? least : (ratio > greatest ? greatest : ratio);
    /* adding 1.5 * 2**23 leaves no fraction bits: the addition itself rounds, ties to even */
    return (int32_t)((ratio + 12582912.0f) - 12582912.0f) + zero_point;
}

/* Return the same with ties away from zero: TFLite's QUANTIZE. */
static inline int32_t nnopt_real_to_int_half_away(
    float x, float scale, int32_t zero_point, int32_t low, int32_t high)
{
    const float least = (float)(low - zero_point), greatest = (float)(high - zero_point);
    float ratio = x / scale, fraction;
    int32_t whole;
    if (!(ratio == ratio)) {
        return zero_point;
    }
    ratio = ratio < least ? least : (ratio > greatest ? greatest : ratio);
    whole = (int32_t)ratio;
    fraction = ratio - (float)whole; /* exact */
    return whole + (fraction >= 0.5f ? 1 : 0) - (fraction <= -0.5f ? 1 : 0) + zero_point;
}

/* Return x in the type, scaled: ONNX's QuantizeLinear. */
static inline int8_t nnopt_quantize_i8(float x, float scale, int32_t zero_point)
{
    return (int8_t)nnopt_real_to_int(x, scale, zero_point, -128, 127);
}
static inline uint8_t nnopt_quantize_u8(float x, float scale, int32_t zero_point)
{
    return (uint8_t)nnopt_real_to_int(x, scale, zero_point, 0, 255);
}
static inline int16_t nnopt_quantize_i16(float x, float scale, int32_t zero_point)
{
    return (int16_t)nnopt_real_to_int(x, scale, zero_point, -32768, 32767);
}
static inline uint16_t nnopt_quantize_u16(float x, float scale, int32_t zero_point)
{
    return (uint16_t)nnopt_real_to_int(x, scale, zero_point, 0, 65535);
}

/* Return (q - zero_point) * scale, both factors float: ONNX's DequantizeLinear. q - zero_point must fit
 * in 32 bits. */
static inline float nnopt_int_to_real(int32_t q, float scale, int32_t zero_point)
{
    return (float)(q - zero_point) * scale;
}

/* Return the sum, difference or product modulo 2^bits: integers that wrap, without undefined behaviour. */
static inline int32_t nnopt_add_i32(int32_t x, int32_t y) { return (int32_t)((uint32_t)x + (uint32_t)y); }

static inline int32_t nnopt_sub_i32(int32_t x, int32_t y) { return (int32_t)((uint32_t)x - (uint32_t)y); }

static inline int32_t nnopt_mul_i32(int32_t x, int32_t y) { return (int32_t)((uint32_t)x * (uint32_t)y); }

static inline int64_t nnopt_add_i64(int64_t x, int64_t y) { return (int64_t)((uint64_t)x + (uint64_t)y); }

static inline int64_t nnopt_sub_i64(int64_t x, int64_t y) { return (int64_t)((uint64_t)x - (uint64_t)y); }

static inline int64_t nnopt_mul_i64(int64_t x, int64_t y) { return (int64_t)((uint64_t)x * (uint64_t)y); }

/* Return x / y, cut off towards zero; 0 for y = 0, the smallest number for itself by -1. */
static inline int32_t nnopt_div_i32(int32_t x, int32_t y)
{
    return y == 0 ? 0 : (y == -1 ? nnopt_sub_i32(0, x) : x / y);
}

static inline int64_t nnopt_div_i64(int64_t x, int64_t y)
{
    return y == 0 ? 0 : (y == -1 ? nnopt_sub_i64(0, x) : x / y);
}

/* Return x to the power of y modulo 2^bits; for negative y cut off towards zero, 0 for x = 0. */
static inline int32_t nnopt_pow_i32(int32_t x, int32_t y)
{
    uint32_t result = 1;
    uint32_t base = (uint32_t)x;
    if (y < 0) {
        return x == 1 ? 1 : (x == -1 ? ((y & 1) != 0 ? -1 : 1) : 0);
    }
    for (; y > 0; y >>= 1) {
        result = (y & 1) != 0 ? result * base : result;
        base *= base;
    }
    return (int32_t)result;
}

static inline int64_t nnopt_pow_i64(int64_t x, int64_t y)
{
    uint64_t result = 1;
    uint64_t base = (uint64_t)x;
    if (y < 0) {
        return x == 1 ? 1 : (x == -1 ? ((y & 1) != 0 ? -1 : 1) : 0);
    }
    for (; y > 0; y >>= 1) {
        result = (y & 1) != 0 ? result * base : result;
        base *= base;
    }
    return (int64_t)result;
}

/* Return the number that the low bits of x are in a narrower type. */
static inline int32_t nnopt_low_i8(int32_t x) { return (int8_t)(x & 255); }

static inline int32_t nnopt_low_u8(int32_t x) { return x & 255; }

static inline int32_t nnopt_low_i16(int32_t x) { return (int16_t)(x & 65535); }

static inline int32_t nnopt_low_u16(int32_t x) { return x & 65535; }

/* Return x shifted by n bits, of `bits` that its type has; a distance outside leaves only the sign. */
static inline int32_t nnopt_shift_left_i32(int32_t x, int32_t n, int32_t bits)
{
    return n >= 0 && n < bits ? (int32_t)((uint32_t)x << n) : 0;
}

static inline int32_t nnopt_shift_right_i32(int32_t x, int32_t n, int32_t bits)
{
    return n >= 0 && n < bits ? x >> n : (x < 0 ? -1 : 0);
}

static inline int64_t nnopt_shift_left_i64(int64_t x, int64_t n, int64_t bits)
{
    return n >= 0 && n < bits ? (int64_t)((uint64_t)x << n) : 0;
}

static inline int64_t nnopt_shift_right_i64(int64_t x, int64_t n, int64_t bits)
{
    return n >= 0 && n < bits ? x >> n : (x < 0 ? -1 : 0);
}

/* Return the remainder of x / y, with the sign of x; 0 for y = 0. */
static inline int32_t nnopt_remainder_i32(int32_t x, int32_t y) { return y == 0 || y == -1 ? 0 : x % y; }

static inline int64_t nnopt_remainder_i64(int64_t x, int64_t y) { return y == 0 || y == -1 ? 0 : x % y; }

#endif
