/* Driver of the matrix engine: an 8 x 8 array of int8 multipliers beside the processor, with a
 * scratchpad and a DMA of its own, behind memory-mapped registers.
 *
 * Where the hardware is, define MATRIX_ENGINE_BASE as its address. Without, the driver calls the
 * two functions of matrix_engine_model.c, which plays it. */
#ifndef MATRIX_ENGINE_H
#define MATRIX_ENGINE_H

#include <stdint.h>

/* Registers, each as wide as an address. */
enum matrix_engine_register {
    ME_START,       /* write: an operation to run until it is done (enum matrix_engine_operation) */
    ME_STATUS,      /* read: 0 if all went well, 1 if something lay outside the scratchpad */
    ME_CYCLES,      /* read: cycles that operations have taken; write: start counting there */
    ME_MEMORY,      /* transfers: address in the processor's memory */
    ME_PAD,         /* transfers: offset in the scratchpad */
    ME_BYTES,       /* transfers: bytes of a row */
    ME_ROWS,        /* transfers: rows */
    ME_MEMORY_PITCH, /* transfers: bytes from row to row in memory */
    ME_PAD_PITCH,   /* transfers: the same in the scratchpad */
    ME_VALUE,       /* fill: the byte */
    ME_PIXELS,      /* product: rows of A and of C */
    ME_CHANNELS,    /* product: rows of B, columns of C */
    ME_DEPTH,       /* product: columns of A and of B */
    ME_A,           /* product: offset of A, int8[pixels][depth] */
    ME_B,           /* product: offset of B, int8[channels][depth], then for each channel, as
                       little-endian int32: biases, multipliers, right shifts */
    ME_C,           /* product: offset of C, int8[pixels][channels] */
    ME_ZERO_POINT,  /* product: added to each result */
    ME_LOW,         /* product: least result */
    ME_HIGH,        /* product: greatest result */
    ME_HALF_EVEN,   /* product: 1 to round halves to even numbers, 0 to round them up */
    ME_REGISTERS
};

enum matrix_engine_operation {
    ME_LOAD = 1,   /* memory to scratchpad */
    ME_STORE = 2,  /* scratchpad to memory */
    ME_FILL = 3,   /* a byte to the scratchpad */
    ME_PRODUCT = 4 /* C = clamp(round((A x B^T + bias) * multiplier / 2^shift) + zero point) */
};

/* A convolution over an image int8[height][width][depth] to int8[out_height][out_width][channels],
 * or, with all sizes but depth and channels 1, a matrix product. `blob` holds the weights in tiles
 * of `channel_tile` output channels, each as register ME_B describes it. */
void matrix_engine_convolution(const int8_t *x, int8_t *y, const int8_t *blob, int32_t height,
                               int32_t width, int32_t depth, int32_t out_height,
                               int32_t out_width, int32_t channels, int32_t kernel_height,
                               int32_t kernel_width, int32_t stride_height, int32_t stride_width,
                               int32_t pad_top, int32_t pad_left, int32_t pad_value,
                               int32_t zero_point, int32_t low, int32_t high, int32_t half_even,
                               int32_t pixel_tile, int32_t channel_tile);

/* Cycles that the engine has worked since the last call of matrix_engine_restart_cycles(). */
uint32_t matrix_engine_cycles(void);
void matrix_engine_restart_cycles(void);

/* The hardware, or what plays it. */
void matrix_engine_write(enum matrix_engine_register which, uintptr_t value);
uintptr_t matrix_engine_read(enum matrix_engine_register which);

#endif
