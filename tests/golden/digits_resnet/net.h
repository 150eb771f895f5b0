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

#define NET_ARENA_BYTES 6704
#define NET_ARENA_ALIGN 4
#define NET_LAYERS 10

/* input "input": float[1][1][8][8] */
#define NET_INPUT_ELEMENTS 64

/* output "output": float[1][10] */
#define NET_OUTPUT_ELEMENTS 10

/* Runs the network once. Buffers of inputs and outputs belong to the caller and must not overlap
 * the arena. Returns 0. */
int net_run(const float *input, float *output, void *arena);

#ifdef __cplusplus
}
#endif

#endif /* NET_H */
