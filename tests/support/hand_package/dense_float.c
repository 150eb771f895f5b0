#include "dense_float.h"
#include <math.h>

#if defined(NNOPT_LAYER_HOOK)
void NNOPT_LAYER_HOOK(unsigned layer);
#define ANNOUNCE(layer) NNOPT_LAYER_HOOK(layer)
#else
#define ANNOUNCE(layer) ((void)0)
#endif

int dense_float_run(const float *left, const float *right, float *scores, void *arena)
{
    float *sums = arena;
    ANNOUNCE(0u);
    for (int o = 0; o < 5; o++) {
        float sum = dense_float_b[o];
        for (int i = 0; i < 4; i++) {
            sum += left[i] * dense_float_w[o * 6 + i];
        }
        for (int i = 0; i < 2; i++) {
            sum += right[i] * dense_float_w[o * 6 + 4 + i];
        }
        sums[o] = sum;
    }
    ANNOUNCE(1u);
    float total = 0.0F;
    for (int o = 0; o < 5; o++) {
        scores[o] = expf(sums[o]);
        total += scores[o];
    }
    for (int o = 0; o < 5; o++) {
        scores[o] /= total;
    }
    ANNOUNCE(2u);
    return 0;
}
