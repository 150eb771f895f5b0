/* A package that is no network: every function of the runtime headers on 32 arguments. */
#ifndef SAME_BITS_H
#define SAME_BITS_H

#include <stdint.h>

#define SAME_BITS_COUNT 32
#define SAME_BITS_REALS 17
#define SAME_BITS_INTEGERS 8

int same_bits_run(const float *x, const float *y, const int32_t *acc, const int32_t *multiplier,
                  const int32_t *shift, float *reals, int32_t *integers, void *arena);

#endif
