/* The functions of the runtime headers over arrays, for comparison with their numpy twins. */
#include "nnopt_fxp.h"
#include "nnopt_math64.h"

#define UNARY(NAME)                                               \
    void unary_##NAME(const float *x, float *y, int64_t n)        \
    {                                                             \
        int64_t i;                                                \
        for (i = 0; i < n; i++) {                                 \
            y[i] = nnopt_##NAME(x[i]);                            \
        }                                                         \
    }
UNARY(exp)
UNARY(log)
UNARY(tanh)
UNARY(sigmoid)
UNARY(erf)
UNARY(gelu)
UNARY(gelu_tanh)
UNARY(hard_swish)
UNARY(sqrt)
UNARY(reciprocal)
UNARY(floor)
UNARY(ceil)
UNARY(abs)
UNARY(sin)
UNARY(cos)
UNARY(atan)
UNARY(round)

#define BINARY(NAME)                                                              \
    void binary_##NAME(const float *x, const float *y, float *z, int64_t n)       \
    {                                                                             \
        int64_t i;                                                                \
        for (i = 0; i < n; i++) {                                                 \
            z[i] = nnopt_##NAME(x[i], y[i]);                                      \
        }                                                                         \
    }
BINARY(pow)
BINARY(fmod)
BINARY(max_f32)
BINARY(min_f32)

void truncate(const float *x, int32_t *y, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_truncate_f32(x[i]);
    }
}

void hard_sigmoid(const float *x, float alpha, float beta, float *y, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_hard_sigmoid(x[i], alpha, beta);
    }
}

void softmax(const float *x, float *y, int64_t n, int64_t stride)
{
    nnopt_softmax(x, y, (size_t)n, (size_t)stride);
}

#define APPLY_SCALE(NAME, ACC)                                                                 \
    void apply_scale_##NAME(const ACC *acc, const int32_t *multiplier, const int32_t *shift,   \
                            int32_t *y, int64_t n)                                             \
    {                                                                                          \
        int64_t i;                                                                             \
        for (i = 0; i < n; i++) {                                                              \
            y[i] = nnopt_apply_scale_##NAME(acc[i], multiplier[i], shift[i]);                  \
        }                                                                                      \
    }
APPLY_SCALE(half_even, int32_t)
APPLY_SCALE(half_up, int32_t)
APPLY_SCALE(half_away, int32_t)
APPLY_SCALE(double, int32_t)
APPLY_SCALE(i64_half_even, int64_t)
APPLY_SCALE(i64_half_up, int64_t)
APPLY_SCALE(i64_half_away, int64_t)

#define ROUNDING_SHIFT(NAME, ACC)                                                              \
    void rounding_shift_##NAME(const ACC *acc, const int32_t *shift, int32_t *y, int64_t n)    \
    {                                                                                          \
        int64_t i;                                                                             \
        for (i = 0; i < n; i++) {                                                              \
            y[i] = nnopt_rounding_shift_##NAME(acc[i], shift[i]);                              \
        }                                                                                      \
    }
ROUNDING_SHIFT(half_up, int32_t)
ROUNDING_SHIFT(half_even, int32_t)
ROUNDING_SHIFT(i64_half_up, int64_t)
ROUNDING_SHIFT(i64_half_even, int64_t)

#define QUANTIZE(NAME, TYPE)                                                                   \
    void quantize_##NAME(const float *x, float scale, int32_t zero_point, TYPE *y, int64_t n)  \
    {                                                                                          \
        int64_t i;                                                                             \
        for (i = 0; i < n; i++) {                                                              \
            y[i] = nnopt_quantize_##NAME(x[i], scale, zero_point);                             \
        }                                                                                      \
    }
QUANTIZE(i8, int8_t)
QUANTIZE(u8, uint8_t)
QUANTIZE(i16, int16_t)
QUANTIZE(u16, uint16_t)

void real_to_int_half_away(
    const float *x, float scale, int32_t zero_point, int32_t low, int32_t high, int32_t *y, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_real_to_int_half_away(x[i], scale, zero_point, low, high);
    }
}

void high_multiply(const int32_t *a, const int32_t *b, int32_t *y, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_high_multiply(a[i], b[i]);
    }
}

void root(const int64_t *x, int32_t *y, int32_t *lift, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_root(x[i]);
        lift[i] = nnopt_root_lift(x[i]);
    }
}

void inverse(const int32_t *x, int32_t *y, int32_t *shift, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_inverse(x[i]);
        shift[i] = nnopt_inverse_shift(x[i]);
    }
}

void int_to_real(const int32_t *q, float scale, int32_t zero_point, float *y, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        y[i] = nnopt_int_to_real(q[i], scale, zero_point);
    }
}

#define SATURATE(NAME, TYPE)                                  \
    void saturate_##NAME(const int32_t *x, TYPE *y, int64_t n) \
    {                                                         \
        int64_t i;                                            \
        for (i = 0; i < n; i++) {                             \
            y[i] = nnopt_saturate_to_##NAME(x[i]);            \
        }                                                     \
    }
SATURATE(i8, int8_t)
SATURATE(u8, uint8_t)
SATURATE(i16, int16_t)
SATURATE(u16, uint16_t)

void clamp(const int64_t *x, int32_t low, int32_t high, int32_t *wide, int32_t *narrow, int64_t n)
{
    int64_t i;
    for (i = 0; i < n; i++) {
        wide[i] = nnopt_clamp_i64(x[i], low, high);
        narrow[i] = nnopt_clamp_i32((int32_t)x[i], low, high);
    }
}
