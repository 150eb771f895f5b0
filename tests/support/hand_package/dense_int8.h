/* A small int8 network written by hand: a pointwise convolution 3 -> 4 with relu on a 4x4 image,
 * then a fully connected layer 64 -> 5. */
#ifndef DENSE_INT8_H
#define DENSE_INT8_H
#include <stdint.h>

#define DENSE_INT8_ARENA_BYTES 64
#define DENSE_INT8_ARENA_ALIGN 8

int dense_int8_run(const int8_t *image, int8_t *scores, void *arena);

extern const int8_t dense_int8_w0[12];
extern const int32_t dense_int8_b0[4];
extern const int8_t dense_int8_w1[320];
extern const int32_t dense_int8_b1[5];
#endif
