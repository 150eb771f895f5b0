/* Driver of the matrix engine: convolutions in tiles of pixels and channels. */
#include "matrix_engine.h"

#ifdef MATRIX_ENGINE_BASE
void matrix_engine_write(enum matrix_engine_register which, uintptr_t value)
{
    ((volatile uintptr_t *)(MATRIX_ENGINE_BASE))[which] = value;
}

uintptr_t matrix_engine_read(enum matrix_engine_register which)
{
    return ((volatile uintptr_t *)(MATRIX_ENGINE_BASE))[which];
}
#endif

static void transfer(enum matrix_engine_operation operation, uintptr_t memory, int32_t pad,
                     int32_t bytes, int32_t rows, int32_t memory_pitch, int32_t pad_pitch)
{
    if (bytes <= 0 || rows <= 0)
        return;
    matrix_engine_write(ME_MEMORY, memory);
    matrix_engine_write(ME_PAD, (uintptr_t)pad);
    matrix_engine_write(ME_BYTES, (uintptr_t)bytes);
    matrix_engine_write(ME_ROWS, (uintptr_t)rows);
    matrix_engine_write(ME_MEMORY_PITCH, (uintptr_t)memory_pitch);
    matrix_engine_write(ME_PAD_PITCH, (uintptr_t)pad_pitch);
    matrix_engine_write(ME_START, (uintptr_t)operation);
}

/* One row of the window of `pixels` output pixels from column `first` on: the bytes of image row
 * `row` (0 if that is outside) go to rows of A; what is outside is filled. */
static void gather(const int8_t *row, int32_t width, int32_t depth, int32_t kernel_width,
                   int32_t stride, int32_t pad_left, int32_t first, int32_t pixels, int32_t pad,
                   int32_t pitch)
{
    const int32_t whole = kernel_width * depth;
    int32_t begin = 0, end = pixels; /* pixels whose window lies inside */

    if (row == 0) {
        transfer(ME_FILL, 0, pad, whole, pixels, 0, pitch);
        return;
    }
    while (begin < end && (first + begin) * stride < pad_left)
        begin++;
    while (end > begin && (first + end - 1) * stride - pad_left + kernel_width > width)
        end--;
    if (end > begin)
        transfer(ME_LOAD, (uintptr_t)(row + ((first + begin) * stride - pad_left) * depth),
                 pad + begin * pitch, whole, end - begin, stride * depth, pitch);
    for (int32_t p = 0; p < pixels; p++) {
        const int32_t left = (first + p) * stride - pad_left;
        const int32_t from = left < 0 ? -left : 0;
        const int32_t to = left + kernel_width > width ? width - left : kernel_width;
        if (p >= begin && p < end)
            continue;
        transfer(ME_FILL, 0, pad + p * pitch, whole, 1, 0, 0);
        if (to > from)
            transfer(ME_LOAD, (uintptr_t)(row + (left + from) * depth),
                     pad + p * pitch + from * depth, (to - from) * depth, 1, 0, 0);
    }
}

void matrix_engine_convolution(const int8_t *x, int8_t *y, const int8_t *blob, int32_t height,
                               int32_t width, int32_t depth, int32_t out_height,
                               int32_t out_width, int32_t channels, int32_t kernel_height,
                               int32_t kernel_width, int32_t stride_height, int32_t stride_width,
                               int32_t pad_top, int32_t pad_left, int32_t pad_value,
                               int32_t zero_point, int32_t low, int32_t high, int32_t half_even,
                               int32_t pixel_tile, int32_t channel_tile)
{
    const int32_t pitch = kernel_height * kernel_width * depth; /* of A and B */
    const int32_t at_b = pixel_tile * pitch;
    const int32_t at_c = at_b + channel_tile * (pitch + 12);

    matrix_engine_write(ME_VALUE, (uintptr_t)(pad_value & 255));
    matrix_engine_write(ME_DEPTH, (uintptr_t)pitch);
    matrix_engine_write(ME_A, 0);
    matrix_engine_write(ME_B, (uintptr_t)at_b);
    matrix_engine_write(ME_C, (uintptr_t)at_c);
    matrix_engine_write(ME_ZERO_POINT, (uintptr_t)zero_point);
    matrix_engine_write(ME_LOW, (uintptr_t)low);
    matrix_engine_write(ME_HIGH, (uintptr_t)high);
    matrix_engine_write(ME_HALF_EVEN, (uintptr_t)half_even);
    for (int32_t channel = 0; channel < channels; channel += channel_tile) {
        const int32_t some = channels - channel < channel_tile ? channels - channel : channel_tile;
        transfer(ME_LOAD, (uintptr_t)(blob + channel * (pitch + 12)), at_b, some * (pitch + 12),
                 1, 0, 0);
        matrix_engine_write(ME_CHANNELS, (uintptr_t)some);
        for (int32_t oh = 0; oh < out_height; oh++)
            for (int32_t ow = 0; ow < out_width; ow += pixel_tile) {
                const int32_t rest = out_width - ow;
                const int32_t pixels = rest < pixel_tile ? rest : pixel_tile;
                for (int32_t kh = 0; kh < kernel_height; kh++) {
                    const int32_t ih = oh * stride_height - pad_top + kh;
                    const int8_t *row = ih < 0 || ih >= height ? 0 : x + ih * width * depth;
                    gather(row, width, depth, kernel_width, stride_width, pad_left, ow, pixels,
                           kh * kernel_width * depth, pitch);
                }
                matrix_engine_write(ME_PIXELS, (uintptr_t)pixels);
                matrix_engine_write(ME_START, ME_PRODUCT);
                transfer(ME_STORE, (uintptr_t)(y + (oh * out_width + ow) * channels + channel),
                         at_c, some, pixels, channels, some);
            }
    }
}

uint32_t matrix_engine_cycles(void)
{
    return (uint32_t)matrix_engine_read(ME_CYCLES);
}

void matrix_engine_restart_cycles(void)
{
    matrix_engine_write(ME_CYCLES, 0);
}
