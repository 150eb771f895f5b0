/* Every function of nnopt_dsp.h on arrays: one row of `out` for each. */
#include "dsp_twins.h"

#include <stddef.h>

#include "nnopt_dsp.h"

#define ROW(row) out[(size_t)(row) * DSP_COUNT + i]

int dsp_twins_run(const int32_t *a, const int32_t *b, const int32_t *c, int32_t *out, void *arena)
{
    size_t i;
    (void)arena;
    for (i = 0; i < DSP_COUNT; i++) {
        ROW(0) = nnopt_sxtab16_ror0(a[i], b[i]);
        ROW(1) = nnopt_sxtab16_ror8(a[i], b[i]);
        ROW(2) = nnopt_sxtab16_ror16(a[i], b[i]);
        ROW(3) = nnopt_sxtab16_ror24(a[i], b[i]);
        ROW(4) = nnopt_uxtab16_ror0(a[i], b[i]);
        ROW(5) = nnopt_uxtab16_ror8(a[i], b[i]);
        ROW(6) = nnopt_uxtab16_ror16(a[i], b[i]);
        ROW(7) = nnopt_uxtab16_ror24(a[i], b[i]);
        ROW(8) = nnopt_smlad(a[i], b[i], c[i]);
        ROW(9) = nnopt_load_x4((const char *)a + (i < DSP_COUNT - 1 ? 4 * i + i % 4 : 4 * i));
    }
    return 0;
}
