/* A small float network written by hand: fully connected 6 -> 5, then softmax. */
#ifndef DENSE_FLOAT_H
#define DENSE_FLOAT_H

#define DENSE_FLOAT_ARENA_BYTES 32
#define DENSE_FLOAT_ARENA_ALIGN 16

int dense_float_run(const float *left, const float *right, float *scores, void *arena);

extern const float dense_float_w[30];
extern const float dense_float_b[5];
#endif
