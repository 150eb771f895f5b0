/* The measuring harness: what its parts promise each other.
 *
 *   harness.c          reads samples, calls the network, checks guards and stack, writes results
 *   harness_model.c    made from harness_model.c.j2: the network's buffers and the one call
 *   layer_dump.c       made from layer_dump.c.j2: writes what each layer computes, for comparing
 *   platform.h         files, exit and stack of a board; semihosting.c (boards) or host.c (this
 *                      machine) implement it
 *   start_*.c          reset, vectors and fault handlers of a board
 */
#ifndef NNOPT_HARNESS_H
#define NNOPT_HARNESS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes on each side of a buffer that must keep their pattern. */
#define NNOPT_GUARD 64u

/* One buffer of the network: `bytes` bytes at `data`, a guard before and after it, unless it lies in
 * an arena. */
typedef struct {
    unsigned char *data;
    size_t bytes;
    unsigned in_arena;
} nnopt_buffer;

/* Room for a buffer whose data start `lead` bytes in, lead >= NNOPT_GUARD. */
#define NNOPT_ROOM(bytes, lead) ((lead) + (bytes) + NNOPT_GUARD)

/* Provided by harness_model.c. The arenas are the last buffers, after the inputs, the outputs and the
 * state, if the network has one. */
extern const nnopt_buffer nnopt_buffers[];
extern const unsigned nnopt_input_count;
extern const unsigned nnopt_output_count;
extern const unsigned nnopt_state_count;
extern const unsigned nnopt_arena_count;
/* Sets the network's state to zero; does nothing if it has none. */
void nnopt_reset_network(void);
/* Calls the network's entry function on the buffers; returns what it returned. Stores its own
 * stack pointer in nnopt_stack_base first, so that the caller's frame is not counted. */
int nnopt_call_network(void);
extern uintptr_t nnopt_stack_base;

/* What nnopt_mark tells the counting plugin: begin, end, or NNOPT_MARK_LAYER + i. */
enum { NNOPT_MARK_BEGIN = 0, NNOPT_MARK_END = 1, NNOPT_MARK_LAYER = 2 };
/* One byte per mark, NNOPT_MARK_LAYER + number of layers + 1 of them (harness_model.c). */
extern volatile unsigned char nnopt_mark_slots[];
/* Stores to nnopt_mark_slots[what]; the plugin sees the address of the store. */
void nnopt_mark(unsigned what);
/* The per-layer hook of a package built with -DNNOPT_LAYER_HOOK=nnopt_layer_mark. */
void nnopt_layer_mark(unsigned layer);
/* The same for -DNNOPT_LAYER_HOOK=nnopt_layer_dump: writes the layers' results (layer_dump.c). */
void nnopt_layer_dump(unsigned layer);

/* How a run ended; first word of the result record. Keep in step with tools/run/simulate.py. */
enum {
    NNOPT_OK = 0,
    NNOPT_ENTRY_FAILED = 1,   /* detail: returned value */
    NNOPT_GUARD_BROKEN = 2,   /* detail: buffer, offset of the byte from the start of the data */
    NNOPT_STACK_OVERFLOW = 3, /* detail: bytes of the stack */
    NNOPT_IO_FAILED = 4,      /* detail: 0 input file, 1 output file */
    NNOPT_FAULT = 5,          /* detail: program counter, cause */
    NNOPT_INPUT_CHANGED = 6   /* detail: input */
};
/* Writes the result record {status, samples, stack bytes, detail 0, detail 1} and exits. */
void nnopt_finish(uint32_t status, uint32_t detail0, uint32_t detail1);

#endif
