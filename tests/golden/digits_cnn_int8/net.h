/* net: a neural network in plain C99, made by nnopt 0.1.0 for cortex-m4.
 *
 * Call net_run() with an arena of NET_ARENA_BYTES bytes, aligned to
 * NET_ARENA_ALIGN. The arena needs no initialization, holds nothing between calls, and is
 * the only memory that the network writes besides its outputs; the code is reentrant.
 */
#ifndef NET_H
#define NET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NET_ARENA_BYTES 912
#define NET_ARENA_ALIGN 4
#define NET_LAYERS 7

/* input "input": int8_t[1][1][8][8];
 * real value = (element - NET_INPUT_ZERO_POINT) * NET_INPUT_SCALE */
#define NET_INPUT_ELEMENTS 64
#define NET_INPUT_SCALE 0.062745101749897
#define NET_INPUT_ZERO_POINT -128

/* output "output": int8_t[1][10];
 * real value = (element - NET_OUTPUT_ZERO_POINT) * NET_OUTPUT_SCALE */
#define NET_OUTPUT_ELEMENTS 10
#define NET_OUTPUT_SCALE 0.003921568859368563
#define NET_OUTPUT_ZERO_POINT -128

/* Runs the network once. Buffers of inputs and outputs belong to the caller and must not overlap
 * the arena. Returns 0. */
int net_run(const int8_t *input, int8_t *output, void *arena);

#ifdef __cplusplus
}
#endif

#endif /* NET_H */
