/* Calls every function of the runtime headers with extreme and with pseudo-random arguments. Built
 * with the undefined-behaviour sanitizer: what it does not complain about is defined. */
#include <stdio.h>
#include <string.h>

#include "twins.c"

#define COUNT 4096

static uint64_t state = 88172645463325252u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static const uint32_t extremes[] = {
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x40000000, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF,
    0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 0x7F800001, 0x7F7FFFFF, 0xFF7FFFFF, 0x00800000,
    0x3F800000, 0xBF800000, 0x3F000000, 0x4B000000, 0x4F000000, 0xCF000000, 0x42B17218, 0xC2D00000,
};

int main(void)
{
    static float x[COUNT], y[COUNT], z[COUNT];
    static int32_t acc[COUNT], multiplier[COUNT], shift[COUNT], out[COUNT];
    static int64_t wide[COUNT];
    static uint16_t u16[COUNT];
    const size_t known = sizeof extremes / sizeof *extremes;
    int round, i;
    for (round = 0; round < 64; round++) {
        for (i = 0; i < COUNT; i++) {
            const uint32_t a = next() % 2 ? extremes[next() % known] : (uint32_t)next();
            const uint32_t b = next() % 2 ? extremes[next() % known] : (uint32_t)next();
            memcpy(&x[i], &a, sizeof a);
            memcpy(&z[i], &b, sizeof b);
            memcpy(&acc[i], &a, sizeof a);
            wide[i] = (int64_t)(next() % 4 ? ((uint64_t)a << 32 | b) : next()) / ((int64_t)1 << next() % 40);
            multiplier[i] = (int32_t)(b & 0x7FFFFFFF);
            shift[i] = (int32_t)(next() % 63);
        }
        unary_exp(x, y, COUNT), unary_log(x, y, COUNT), unary_tanh(x, y, COUNT);
        unary_sigmoid(x, y, COUNT), unary_erf(x, y, COUNT), unary_gelu(x, y, COUNT);
        unary_gelu_tanh(x, y, COUNT), unary_hard_swish(x, y, COUNT), unary_sqrt(x, y, COUNT);
        unary_reciprocal(x, y, COUNT), unary_floor(x, y, COUNT), unary_ceil(x, y, COUNT);
        unary_abs(x, y, COUNT);
        binary_pow(x, z, y, COUNT), binary_max_f32(x, z, y, COUNT), binary_min_f32(x, z, y, COUNT);
        truncate(x, out, COUNT), hard_sigmoid(x, 0.2f, 0.5f, y, COUNT), softmax(x, y, COUNT / 4, 4);
        apply_scale_half_even(acc, multiplier, shift, out, COUNT);
        apply_scale_half_up(acc, multiplier, shift, out, COUNT);
        apply_scale_half_away(acc, multiplier, shift, out, COUNT);
        apply_scale_double(acc, multiplier, shift, out, COUNT);
        apply_scale_i64_half_even(wide, multiplier, shift, out, COUNT);
        apply_scale_i64_half_up(wide, multiplier, shift, out, COUNT);
        apply_scale_i64_half_away(wide, multiplier, shift, out, COUNT);
        rounding_shift_i64_half_up(wide, shift, out, COUNT);
        rounding_shift_i64_half_even(wide, shift, out, COUNT);
        for (i = 0; i < COUNT; i++) {
            shift[i] %= 32;
        }
        rounding_shift_half_up(acc, shift, out, COUNT), rounding_shift_half_even(acc, shift, out, COUNT);
        quantize_i8(x, 0.1f, -128, (int8_t *)u16, COUNT), quantize_u8(x, 1e-30f, 255, (uint8_t *)u16, COUNT);
        quantize_i16(x, 1e30f, 32767, (int16_t *)u16, COUNT), quantize_u16(x, 0.1f, 0, u16, COUNT);
        int_to_real(multiplier, 0.1f, 0, y, COUNT);
        saturate_i8(acc, (int8_t *)u16, COUNT), saturate_u8(acc, (uint8_t *)u16, COUNT);
        saturate_i16(acc, (int16_t *)u16, COUNT), saturate_u16(acc, u16, COUNT);
    }
    puts("swept");
    return 0;
}
