/* Plays the matrix engine where there is none: on the host and in QEMU. The state of the hardware
 * is the state of this file. */
#include "matrix_engine.h"

#include <string.h>

#ifndef MATRIX_ENGINE_SCRATCHPAD
#define MATRIX_ENGINE_SCRATCHPAD 65536
#endif

static uintptr_t registers[ME_REGISTERS];
static uint8_t scratchpad[MATRIX_ENGINE_SCRATCHPAD];

static int32_t number(enum matrix_engine_register which)
{
    return (int32_t)registers[which];
}

/* Whether so many rows fit in the scratchpad. */
static int fits(int32_t offset, int32_t bytes, int32_t rows, int32_t pitch)
{
    const int64_t end = (int64_t)offset + (int64_t)(rows - 1) * pitch + bytes;
    return offset >= 0 && bytes >= 0 && rows >= 1 && pitch >= 0 && end <= (int64_t)sizeof scratchpad;
}

static void move(uintptr_t operation)
{
    const int32_t bytes = number(ME_BYTES), rows = number(ME_ROWS), pad = number(ME_PAD);
    const int32_t pitch = number(ME_PAD_PITCH);
    uint8_t *memory = (uint8_t *)registers[ME_MEMORY];

    if (!fits(pad, bytes, rows, pitch)) {
        registers[ME_STATUS] = 1;
        return;
    }
    for (int32_t row = 0; row < rows; row++) {
        uint8_t *inside = scratchpad + pad + row * pitch;
        if (operation == ME_FILL)
            memset(inside, number(ME_VALUE), (size_t)bytes);
        else if (operation == ME_LOAD)
            memcpy(inside, memory + row * number(ME_MEMORY_PITCH), (size_t)bytes);
        else
            memcpy(memory + row * number(ME_MEMORY_PITCH), inside, (size_t)bytes);
    }
    /* a word in a cycle; four more to begin a row */
    registers[ME_CYCLES] += (uintptr_t)(rows * (4 + (bytes + 3) / 4));
}

static int32_t word(int32_t offset)
{
    int32_t value;
    memcpy(&value, scratchpad + offset, sizeof value);
    return value;
}

static int8_t scaled(int64_t acc, int32_t multiplier, int32_t shift)
{
    const int64_t product = acc * multiplier, half = shift > 0 ? (int64_t)1 << (shift - 1) : 0;
    int64_t value = (product + half) >> shift;
    const int64_t rest = product - (int64_t)((uint64_t)value << shift);

    if (number(ME_HALF_EVEN) && shift > 0 && rest == -half)
        value -= value & 1;
    value += number(ME_ZERO_POINT);
    value = value < number(ME_LOW) ? number(ME_LOW) : value;
    return (int8_t)(value > number(ME_HIGH) ? number(ME_HIGH) : value);
}

static void product(void)
{
    const int32_t pixels = number(ME_PIXELS), channels = number(ME_CHANNELS);
    const int32_t depth = number(ME_DEPTH), b = number(ME_B);
    const int32_t tail = b + channels * depth;

    if (!fits(number(ME_A), depth, pixels, depth) || !fits(b, channels * (depth + 12), 1, 0) ||
        !fits(number(ME_C), channels, pixels, channels)) {
        registers[ME_STATUS] = 1;
        return;
    }
    for (int32_t p = 0; p < pixels; p++)
        for (int32_t c = 0; c < channels; c++) {
            const int8_t *x = (const int8_t *)scratchpad + number(ME_A) + p * depth;
            const int8_t *w = (const int8_t *)scratchpad + b + c * depth;
            int64_t acc = word(tail + 4 * c);
            for (int32_t k = 0; k < depth; k++)
                acc += x[k] * w[k];
            scratchpad[number(ME_C) + p * channels + c] =
                (uint8_t)scaled(acc, word(tail + 4 * (channels + c)),
                                word(tail + 4 * (2 * channels + c)));
        }
    /* 8 x 8 sums at a time, and as long again to fill and empty the array */
    registers[ME_CYCLES] += (uintptr_t)((pixels + 7) / 8 * ((channels + 7) / 8) * (depth + 16));
}

void matrix_engine_write(enum matrix_engine_register which, uintptr_t value)
{
    registers[which] = value;
    if (which != ME_START)
        return;
    registers[ME_STATUS] = 0;
    if (value == ME_PRODUCT)
        product();
    else
        move(value);
}

uintptr_t matrix_engine_read(enum matrix_engine_register which)
{
    return registers[which];
}
