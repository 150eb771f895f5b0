/* nnopt: depthwise windows as words of four rows, on vectors of 16 bytes (Helium).
 *
 * Up to four rows of an image, a byte of each, make a word; the words of four columns make a vector,
 * and so does a window of up to four rows and columns, or a part of a larger one. Words of
 * neighbouring channels lie side by side, so that vectors are gathered. One VMLADAV is the window's sum.
 *
 * Elsewhere, and without optimization, the same bits in portable C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_WORDS_H
#define NNOPT_WORDS_H

#include "nnopt_helium.h"

#if defined(NNOPT_HELIUM)

#define NNOPT_HELIUM_COLUMN(FLIP)                                                 \
    __asm__ volatile("vmsr p0, %[there]\n\t"                                      \
                     "vpstttt\n\t"                                                \
                     "vldrbt.u8 q0, [%[a]]\n\t"                                   \
                     "vldrbt.u8 q1, [%[b]]\n\t"                                   \
                     "vldrbt.u8 q2, [%[c]]\n\t"                                   \
                     "vldrbt.u8 q3, [%[d]]\n\t" FLIP                              \
                     "vst40.8 {q0, q1, q2, q3}, [%[to]]\n\t"                      \
                     "vst41.8 {q0, q1, q2, q3}, [%[to]]\n\t"                      \
                     "vst42.8 {q0, q1, q2, q3}, [%[to]]\n\t"                      \
                     "vst43.8 {q0, q1, q2, q3}, [%[to]]\n\t"                      \
                     :                                                            \
                     : [a] "r"(row[0]), [b] "r"(row[1]), [c] "r"(row[2]), [d] "r"(row[3]),        \
                       [to] "r"(column), [there] "r"(there), [flip] "w"(flipped)  \
                     : "q0", "q1", "q2", "q3", "p0", "memory")

static NNOPT_INLINE void nnopt_helium_columns(
    int8_t *to, const void *const *rows, int32_t size, int32_t first, int32_t end, int32_t pixels,
    int32_t depth, int32_t count, int32_t pitch, int32_t plane, int8_t padding, int8_t flip)
{
    const int8x16_t flipped = vdupq_n_s8(flip);
    const int32_t there = count >= 16 ? 0xffff : vctp8q((uint32_t)count);
    int8_t outside[16];
    vstrbq_s8(outside, veorq_s8(vdupq_n_s8(padding), flipped));
    for (int32_t top = 0; top < size; top += 4, to += plane) {
        const int8_t *row[4];
        int32_t by[4];
        int8_t *column = to;
        for (int32_t i = 0; i < 4; i++) {
            const int32_t inside = top + i >= first && top + i < end;
            row[i] = inside ? (const int8_t *)rows[top + i] : outside;
            by[i] = inside ? depth : 0;
        }
        for (int32_t j = 0; j < pixels; j++, column += pitch) {
            if (flip == 0) {
                NNOPT_HELIUM_COLUMN("");
            } else {
                NNOPT_HELIUM_COLUMN("veor q0, q0, %q[flip]\n\t"
                                    "veor q1, q1, %q[flip]\n\t"
                                    "veor q2, q2, %q[flip]\n\t"
                                    "veor q3, q3, %q[flip]\n\t");
            }
            row[0] += by[0];
            row[1] += by[1];
            row[2] += by[2];
            row[3] += by[3];
        }
        nnopt_helium_set(column, 64 - pitch, padding);
    }
}

/* Four windows, `step` bytes apart; vectors are gathered from the addresses `at`. */
#define NNOPT_HELIUM_WINDOWS(MAC, SUM)                                            \
    __asm__ volatile("vldrw.u32 %q[t0], [%q[at], %[step]]!\n\t"                   \
                     "vldrw.u32 %q[t1], [%q[at], %[step]]!\n\t" MAC              \
                     ".s8 %[a0], %q[t0], %q[w]\n\t"                              \
                     "vldrw.u32 %q[t0], [%q[at], %[step]]!\n\t" MAC              \
                     ".s8 %[a1], %q[t1], %q[w]\n\t"                              \
                     "vldrw.u32 %q[t1], [%q[at], %[step]]!\n\t" MAC              \
                     ".s8 %[a2], %q[t0], %q[w]\n\t" MAC                          \
                     ".s8 %[a3], %q[t1], %q[w]\n\t"                              \
                     : [a0] SUM(a0), [a1] SUM(a1), [a2] SUM(a2), [a3] SUM(a3),    \
                       [at] "+&w"(at), [t0] "=&w"(t0), [t1] "=&w"(t1)             \
                     : [w] "w"(vldrbq_s8(w)), [step] "i"(step)                    \
                     : "memory")

/* Sums of four windows; `at` are the addresses of the words of the first window's first four columns,
 * a step before. Returns the sums, and leaves `at` where the last of them was found. */
static NNOPT_INLINE int32x4_t nnopt_helium_windows(uint32x4_t *from, const int8_t *w, int32_t pitch,
                                                   int32_t quads, int32_t planes, int32_t plane,
                                                   const int32_t step)
{
    uint32x4_t at = *from;
    int32x4_t t0, t1;
    int32_t a0, a1, a2, a3;
    NNOPT_HELIUM_WINDOWS("vmladav", "=&Te");
    *from = at;
    if (quads * planes > 1) {
        const uint32x4_t start = vsubq_n_u32(at, (uint32_t)(4 * step));
        for (int32_t v = 1; v < quads * planes; v++) {
            w += 16;
            at = vaddq_n_u32(start, (uint32_t)(v / quads * plane + v % quads * 4 * pitch));
            NNOPT_HELIUM_WINDOWS("vmladava", "+Te");
        }
    }
    __asm__("vmov %q[t0][2], %q[t0][0], %[a0], %[a2]\n\t"
            "vmov %q[t0][3], %q[t0][1], %[a1], %[a3]\n\t"
            : [t0] "=w"(t0)
            : [a0] "r"(a0), [a1] "r"(a1), [a2] "r"(a2), [a3] "r"(a3));
    return t0;
}

/* The addresses from which nnopt_helium_windows begins. */
static NNOPT_INLINE uint32x4_t nnopt_helium_before(const int8_t *x, int32_t pitch, int32_t step)
{
    const uint32x4_t columns = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pitch);
    return vaddq_n_u32(columns, (uint32_t)(uintptr_t)x - (uint32_t)step);
}

static NNOPT_INLINE void nnopt_helium_window_by(
    const int8_t *x, const int8_t *w, int32_t pitch, int32_t quads, int32_t planes, int32_t plane,
    const int32_t step, int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)
{
    uint32x4_t at = nnopt_helium_before(x, pitch, step);
    const int32x4_t sums = nnopt_helium_windows(&at, w, pitch, quads, planes, plane, step);
    *a0 += vgetq_lane_s32(sums, 0);
    *a1 += vgetq_lane_s32(sums, 1);
    *a2 += vgetq_lane_s32(sums, 2);
    *a3 += vgetq_lane_s32(sums, 3);
}

static NNOPT_INLINE void nnopt_helium_words_by(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t channels, int32_t pixels, int32_t pitch, int32_t quads, int32_t planes, int32_t plane,
    int32_t depth, int32_t shift, int32_t twice, const int32_t step)
{
    const int32_t fields = shift != 0 ? 2 : 3;
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)depth);
    for (int32_t c = 0; c < channels; c++, x += 4, w += 16 * quads * planes, out++) {
        const int32_t *const numbers = scale + c / 4 * 4 * fields + c % 4;
        uint32x4_t at = nnopt_helium_before(x, pitch, step);
        int8_t *to = out;
        nnopt_helium_scale by;
        by.bias = vdupq_n_s32(bias[c]);
        by.factor = vdupq_n_s32(numbers[0]);
        by.constant = vdupq_n_s32(numbers[4]);
        by.left = vdupq_n_s32(shift != 0 ? -shift : -numbers[8]);
        for (int32_t left = pixels; left > 0; left -= 4, to += 4 * depth) {
            const int32x4_t sums =
                nnopt_helium_windows(&at, w, pitch, quads, planes, plane, step);
            vstrbq_scatter_offset_p_s32(to, places, nnopt_helium_bytes(sums, by, twice),
                                        vctp32q((uint32_t)left));
        }
    }
}

#else

static inline void nnopt_helium_columns(
    int8_t *to, const void *const *rows, int32_t size, int32_t first, int32_t end, int32_t pixels,
    int32_t depth, int32_t count, int32_t pitch, int32_t plane, int8_t padding, int8_t flip)
{
    for (int32_t i = 0; i < size; i++) {
        const uint8_t *const row = rows[i];
        for (int32_t j = 0; j < pixels; j++) {
            int8_t *const words = to + i / 4 * plane + j * pitch + i % 4;
            for (int32_t k = 0; k < count; k++) {
                const int32_t inside = i >= first && i < end;
                const int32_t byte = inside ? row[j * depth + k] ^ (uint8_t)flip : (uint8_t)padding;
                words[4 * k] = (int8_t)(byte > 127 ? byte - 256 : byte);
            }
        }
        nnopt_helium_set(to + i / 4 * plane + pixels * pitch, 64 - pitch, padding);
    }
}

static inline int32_t nnopt_helium_window_sum(const int8_t *x, const int8_t *w, int32_t pitch,
                                              int32_t quads, int32_t planes, int32_t plane,
                                              int32_t acc)
{
    uint32_t sum = (uint32_t)acc;
    for (int32_t i = 0; i < 16 * quads * planes; i++) {
        const int32_t column = i / 4 % (4 * quads);
        if (w[i] != 0) { /* what lies beside the window is not read */
            sum += (uint32_t)(x[i / (16 * quads) * plane + column * pitch + i % 4] * w[i]);
        }
    }
    memcpy(&acc, &sum, sizeof acc);
    return acc;
}

static inline void nnopt_helium_window_by(
    const int8_t *x, const int8_t *w, int32_t pitch, int32_t quads, int32_t planes, int32_t plane,
    int32_t step, int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)
{
    *a0 = nnopt_helium_window_sum(x, w, pitch, quads, planes, plane, *a0);
    *a1 = nnopt_helium_window_sum(x + step, w, pitch, quads, planes, plane, *a1);
    *a2 = nnopt_helium_window_sum(x + 2 * step, w, pitch, quads, planes, plane, *a2);
    *a3 = nnopt_helium_window_sum(x + 3 * step, w, pitch, quads, planes, plane, *a3);
}

static inline void nnopt_helium_words_by(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t channels, int32_t pixels, int32_t pitch, int32_t quads, int32_t planes, int32_t plane,
    int32_t depth, int32_t shift, int32_t twice, int32_t step)
{
    const int32_t fields = shift != 0 ? 2 : 3;
    for (int32_t c = 0; c < channels; c++, x += 4, w += 16 * quads * planes) {
        const int32_t *const by = scale + c / 4 * 4 * fields + c % 4;
        for (int32_t p = 0; p < pixels; p++) {
            const int32_t sum =
                nnopt_helium_window_sum(x + p * step, w, pitch, quads, planes, plane, bias[c]);
            out[p * depth + c] =
                nnopt_helium_byte(sum, by[0], by[4], shift != 0 ? shift : by[8], twice);
        }
    }
}

#endif

/* Words of `size` rows: byte i % 4 of the word of channel k and column j, in plane i / 4, is that of
 * row i. Rows before `first` and from `end` on are padding. Each column is written as 64 bytes, columns
 * `pitch` bytes apart; what the last one has beyond that becomes padding. */
NNOPT_SHARED void nnopt_helium_columns_i8(
    int8_t *to, const void *const *rows, int32_t size, int32_t first, int32_t end, int32_t pixels,
    int32_t depth, int32_t count, int32_t pitch, int32_t plane, int8_t padding)
{
    nnopt_helium_columns(to, rows, size, first, end, pixels, depth, count, pitch, plane, padding, 0);
}

NNOPT_SHARED void nnopt_helium_columns_u8(
    int8_t *to, const void *const *rows, int32_t size, int32_t first, int32_t end, int32_t pixels,
    int32_t depth, int32_t count, int32_t pitch, int32_t plane, int8_t padding)
{
    nnopt_helium_columns(to, rows, size, first, end, pixels, depth, count, pitch, plane, padding,
                         -128);
}

/* Sums of four windows of one channel, added to a0 to a3; and a row of outputs of some channels,
 * rescaled as by nnopt_helium_tile. The name has the bytes from one window to the next. */
#define NNOPT_HELIUM_STRIDE(STEP)                                                 \
    NNOPT_SHARED void nnopt_helium_window_##STEP(                                 \
        const int8_t *x, const int8_t *w, int32_t pitch, int32_t quads, int32_t planes,          \
        int32_t plane, int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)        \
    {                                                                             \
        nnopt_helium_window_by(x, w, pitch, quads, planes, plane, STEP, a0, a1, a2, a3);         \
    }                                                                             \
    NNOPT_SHARED void nnopt_helium_words_##STEP(                                  \
        const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out, \
        int32_t channels, int32_t pixels, int32_t pitch, int32_t quads, int32_t planes,          \
        int32_t plane, int32_t depth, int32_t shift)                              \
    {                                                                             \
        nnopt_helium_words_by(x, w, bias, scale, out, channels, pixels, pitch, quads, planes,    \
                              plane, depth, shift, 0, STEP);                      \
    }                                                                             \
    NNOPT_SHARED void nnopt_helium_words_twice_##STEP(                            \
        const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out, \
        int32_t channels, int32_t pixels, int32_t pitch, int32_t quads, int32_t planes,          \
        int32_t plane, int32_t depth, int32_t shift)                              \
    {                                                                             \
        nnopt_helium_words_by(x, w, bias, scale, out, channels, pixels, pitch, quads, planes,    \
                              plane, depth, shift, 1, STEP);                      \
    }

NNOPT_HELIUM_STRIDE(32)
NNOPT_HELIUM_STRIDE(64)
NNOPT_HELIUM_STRIDE(128)

#endif
