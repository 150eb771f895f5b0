#include "same_bits.h"
#include "nnopt_fxp.h"
#include "nnopt_math64.h"

int same_bits_run(const float *x, const float *y, const int32_t *acc, const int32_t *multiplier,
                  const int32_t *shift, float *reals, int32_t *integers, void *arena)
{
    const int n = SAME_BITS_COUNT;
    int i;
    (void)arena;
    for (i = 0; i < n; i++) {
        const int64_t wide = (int64_t)acc[i] * 1000003;
        float *r = reals + i;
        int32_t *q = integers + i;
        r[0 * n] = nnopt_exp(x[i]);
        r[1 * n] = nnopt_log(x[i]);
        r[2 * n] = nnopt_tanh(x[i]);
        r[3 * n] = nnopt_sigmoid(x[i]);
        r[4 * n] = nnopt_erf(x[i]);
        r[5 * n] = nnopt_gelu(x[i]);
        r[6 * n] = nnopt_gelu_tanh(x[i]);
        r[7 * n] = nnopt_hard_swish(x[i]);
        r[8 * n] = nnopt_sqrt(x[i]);
        r[9 * n] = nnopt_reciprocal(x[i]);
        r[10 * n] = nnopt_floor(x[i]);
        r[11 * n] = nnopt_ceil(x[i]);
        r[12 * n] = nnopt_pow(x[i], y[i]);
        r[13 * n] = nnopt_max_f32(x[i], y[i]);
        r[14 * n] = nnopt_min_f32(x[i], y[i]);
        r[15 * n] = nnopt_int_to_real(shift[i], 0.1f, -100);
        q[0 * n] = nnopt_apply_scale_half_even(acc[i], multiplier[i], shift[i]);
        q[1 * n] = nnopt_apply_scale_half_up(acc[i], multiplier[i], shift[i]);
        q[2 * n] = nnopt_apply_scale_half_away(acc[i], multiplier[i], shift[i]);
        q[3 * n] = nnopt_apply_scale_double(acc[i], multiplier[i], shift[i]);
        q[4 * n] = nnopt_apply_scale_i64_half_even(wide, multiplier[i], shift[i]);
        q[5 * n] = nnopt_truncate_f32(x[i]);
        q[6 * n] = nnopt_quantize_i8(x[i], 0.1f, -3);
        q[7 * n] = nnopt_quantize_u16(x[i], 0.1f, 7);
    }
    nnopt_softmax(y, reals + 16 * n, (size_t)n, 1);
    return 0;
}
