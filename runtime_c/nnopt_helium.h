/* nnopt: loops on vectors of 16 bytes (Helium, the vector extension of Armv8.1-M).
 *
 * Dense products: windows are runs of bytes, copied together with their padding before; a VMLADAVA
 * multiplies 16 of them with 16 weights into a core register. The even ones of these registers can
 * take such sums, eight of them: two pixels of four channels. The inner loop is inline assembly,
 * because compilers do not keep all eight there. The sums of four channels then are rescaled in
 * vectors. The zero point of the inputs is in the bias.
 *
 * Elsewhere, and without optimization, the same bits in portable C99.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_HELIUM_H
#define NNOPT_HELIUM_H

#include <stdint.h>
#include <string.h>

#include "nnopt_lanes.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define NNOPT_HELIUM 1
#include <arm_mve.h>
/* For functions that all kernels share. */
#define NNOPT_SHARED static __attribute__((noinline, unused))
#elif defined(__GNUC__)
#define NNOPT_SHARED static __attribute__((noinline, unused))
#else
#define NNOPT_SHARED static inline
#endif

#if defined(NNOPT_HELIUM)

/* Bytes, with their highest bit flipped where `flip` has it. */
static NNOPT_INLINE void nnopt_helium_run(int8_t *to, const void *from, int32_t count, int8_t flip)
{
    if (flip == 0) {
        __asm__ volatile("wlstp.8 lr, %[count], 1f\n\t"
                         "0:\n\t"
                         "vldrb.8 q0, [%[from]], #16\n\t"
                         "vstrb.8 q0, [%[to]], #16\n\t"
                         "letp lr, 0b\n\t"
                         "1:\n\t"
                         : [to] "+r"(to), [from] "+r"(from)
                         : [count] "r"(count)
                         : "lr", "q0", "cc", "memory");
    } else {
        __asm__ volatile("wlstp.8 lr, %[count], 1f\n\t"
                         "0:\n\t"
                         "vldrb.8 q0, [%[from]], #16\n\t"
                         "veor q0, q0, %q[flip]\n\t"
                         "vstrb.8 q0, [%[to]], #16\n\t"
                         "letp lr, 0b\n\t"
                         "1:\n\t"
                         : [to] "+r"(to), [from] "+r"(from)
                         : [count] "r"(count), [flip] "w"(vdupq_n_s8(flip))
                         : "lr", "q0", "cc", "memory");
    }
}

/* `count` bytes become `value`. */
static NNOPT_INLINE void nnopt_helium_set(int8_t *to, int32_t count, int8_t value)
{
    __asm__ volatile("wlstp.8 lr, %[count], 1f\n\t"
                     "0:\n\t"
                     "vstrb.8 %q[value], [%[to]], #16\n\t"
                     "letp lr, 0b\n\t"
                     "1:\n\t"
                     : [to] "+r"(to)
                     : [count] "r"(count), [value] "w"(vdupq_n_s8(value))
                     : "lr", "cc", "memory");
}

#else

static inline void nnopt_helium_run(int8_t *to, const void *from, int32_t count, int8_t flip)
{
    const uint8_t *const bytes = from;
    for (int32_t i = 0; i < count; i++) {
        const int32_t byte = (bytes[i] ^ (uint8_t)flip);
        to[i] = (int8_t)(byte > 127 ? byte - 256 : byte);
    }
}

static inline void nnopt_helium_set(int8_t *to, int32_t count, int8_t value)
{
    for (int32_t i = 0; i < count; i++) {
        to[i] = value;
    }
}

#endif

/* The bytes from `start` on, before `end`, become `value`. */
static inline void nnopt_helium_fill(int8_t *target, int32_t start, int32_t end, int8_t value)
{
    if (end > start) {
        nnopt_helium_set(target + start, end - start, value);
    }
}

/* A run of `length` bytes: `count` of them, from the one with number `first` on, are those at `from`
 * (unsigned ones become signed, 128 less), the others padding. */
static NNOPT_INLINE void nnopt_helium_copy_i8(
    int8_t *to, const int8_t *from, int32_t first, int32_t count, int32_t length, int8_t padding)
{
    if (first == 0 && count == length) {
        nnopt_helium_run(to, from, length, 0);
        return;
    }
    nnopt_helium_set(to, length, padding);
    if (count > 0) {
        nnopt_helium_run(to + first, from, count, 0);
    }
}

static NNOPT_INLINE void nnopt_helium_copy_u8(
    int8_t *to, const uint8_t *from, int32_t first, int32_t count, int32_t length, int8_t padding)
{
    if (first == 0 && count == length) {
        nnopt_helium_run(to, from, length, -128);
        return;
    }
    nnopt_helium_set(to, length, padding);
    if (count > 0) {
        nnopt_helium_run(to + first, from, count, -128);
    }
}

#if defined(NNOPT_HELIUM)

/* 16 positions of four channels and two pixels: MAC is VMLADAV, or VMLADAVA, which adds. */
#define NNOPT_HELIUM_STEP_2(MAC)                                                  \
    "vldrb.8 %q[t0], [%[x]], #16\n\t"                                             \
    "vldrb.8 %q[t2], [%[w]], #16\n\t"                                             \
    "vldrb.8 %q[t1], [%[x1]], #16\n\t" MAC ".s8 r0, %q[t0], %q[t2]\n\t"           \
    "vldrb.8 %q[t3], [%[w]], #16\n\t" MAC ".s8 r2, %q[t1], %q[t2]\n\t"            \
    "vldrb.8 %q[t2], [%[w]], #16\n\t" MAC ".s8 r4, %q[t0], %q[t3]\n\t" MAC        \
    ".s8 r6, %q[t1], %q[t3]\n\t"                                                  \
    "vldrb.8 %q[t3], [%[w]], #16\n\t" MAC ".s8 r8, %q[t0], %q[t2]\n\t" MAC        \
    ".s8 r10, %q[t1], %q[t2]\n\t" MAC ".s8 r12, %q[t0], %q[t3]\n\t" MAC           \
    ".s8 lr, %q[t1], %q[t3]\n\t"

/* The same of one pixel. */
#define NNOPT_HELIUM_STEP_1(MAC)                                                  \
    "vldrb.8 %q[t0], [%[x]], #16\n\t"                                             \
    "vldrb.8 %q[t2], [%[w]], #16\n\t"                                             \
    "vldrb.8 %q[t3], [%[w]], #16\n\t" MAC ".s8 r0, %q[t0], %q[t2]\n\t"            \
    "vldrb.8 %q[t2], [%[w]], #16\n\t" MAC ".s8 r4, %q[t0], %q[t3]\n\t"            \
    "vldrb.8 %q[t3], [%[w]], #16\n\t" MAC ".s8 r8, %q[t0], %q[t2]\n\t" MAC        \
    ".s8 r12, %q[t0], %q[t3]\n\t"

/* The first step, an odd one of the others, the rest in twos: `more` are the steps but the first. */
#define NNOPT_HELIUM_STEPS(STEP)                                                  \
    STEP("vmladav")                                                               \
    "lsrs %[more], %[more], #1\n\t"                                               \
    "bcc 0f\n\t" STEP("vmladava") "0:\n\t"                                        \
    "cbz %[more], 2f\n\t"                                                         \
    "1:\n\t" STEP("vmladava") STEP("vmladava")                                    \
    "subs %[more], #1\n\t"                                                        \
    "bne 1b\n\t"                                                                  \
    "2:\n\t"

/* Sums of four channels of two pixels, `step` bytes apart, over so many vectors. */
static NNOPT_INLINE void nnopt_helium_sums_2(const int8_t *x, const int8_t *w, int32_t vectors,
                                             int32_t step, int32x4_t *sums0, int32x4_t *sums1)
{
    const int8_t *x1 = x + step;
    int32_t more = vectors - 1;
    int32x4_t t0, t1, t2, t3;
    __asm__ volatile(NNOPT_HELIUM_STEPS(NNOPT_HELIUM_STEP_2)
                     "vmov %q[t0][2], %q[t0][0], r0, r8\n\t"
                     "vmov %q[t0][3], %q[t0][1], r4, r12\n\t"
                     "vmov %q[t1][2], %q[t1][0], r2, r10\n\t"
                     "vmov %q[t1][3], %q[t1][1], r6, lr\n\t"
                     : [x] "+r"(x), [x1] "+r"(x1), [w] "+r"(w), [more] "+l"(more), [t0] "=&w"(t0),
                       [t1] "=&w"(t1), [t2] "=&w"(t2), [t3] "=&w"(t3)
                     :
                     : "r0", "r2", "r4", "r6", "r8", "r10", "r12", "lr", "cc", "memory");
    *sums0 = t0;
    *sums1 = t1;
}

static NNOPT_INLINE int32x4_t nnopt_helium_sums_1(const int8_t *x, const int8_t *w, int32_t vectors)
{
    int32_t more = vectors - 1;
    int32x4_t t0, t2, t3;
    __asm__ volatile(NNOPT_HELIUM_STEPS(NNOPT_HELIUM_STEP_1)
                     "vmov %q[t0][2], %q[t0][0], r0, r8\n\t"
                     "vmov %q[t0][3], %q[t0][1], r4, r12\n\t"
                     : [x] "+r"(x), [w] "+r"(w), [more] "+l"(more), [t0] "=&w"(t0), [t2] "=&w"(t2),
                       [t3] "=&w"(t3)
                     :
                     : "r0", "r4", "r8", "r12", "cc", "memory");
    return t0;
}

/* Dot products of four channels with one or two pixels, added to a<pixel><channel>. */
static NNOPT_INLINE void nnopt_helium_dot_4x1(const int8_t *x, const int8_t *w, int32_t lanes,
                                              int32_t *a0, int32_t *a1, int32_t *a2, int32_t *a3)
{
    const int32x4_t sums = nnopt_helium_sums_1(x, w, (lanes + 15) / 16);
    *a0 += vgetq_lane_s32(sums, 0);
    *a1 += vgetq_lane_s32(sums, 1);
    *a2 += vgetq_lane_s32(sums, 2);
    *a3 += vgetq_lane_s32(sums, 3);
}

static NNOPT_INLINE void nnopt_helium_dot_4x2(
    const int8_t *x, const int8_t *w, int32_t lanes, int32_t step, int32_t *a00, int32_t *a01,
    int32_t *a02, int32_t *a03, int32_t *a10, int32_t *a11, int32_t *a12, int32_t *a13)
{
    nnopt_helium_dot_4x1(x, w, lanes, a00, a01, a02, a03);
    nnopt_helium_dot_4x1(x + step, w, lanes, a10, a11, a12, a13);
}

/* How four channels are rescaled: see nnopt_helium_tile. */
typedef struct {
    int32x4_t bias, factor, constant, left;
} nnopt_helium_scale;

/* Sums of four channels become bytes, each in a lane of 32 bits. */
static NNOPT_INLINE int32x4_t nnopt_helium_bytes(int32x4_t sums, nnopt_helium_scale by, int32_t twice)
{
    int32x4_t high;
    sums = vaddq_s32(sums, by.bias);
    if (twice) {
        high = vrmulhq_s32(vqaddq_s32(sums, sums), by.factor);
        high = vaddq_s32(high, by.constant);
        high = vaddq_s32(high, vshrq_n_s32(sums, 31));
    } else {
        high = vaddq_s32(vmulhq_s32(sums, by.factor), by.constant);
    }
    high = vshlq_s32(high, by.left);
    const int16x8_t halves = vqmovnbq_s32(vreinterpretq_s16_s32(high), high);
    return vreinterpretq_s32_s8(vqmovnbq_s16(vreinterpretq_s8_s16(halves), halves));
}

/* Four channels, or the `count` that are left, of all pixels. */
static NNOPT_INLINE void nnopt_helium_block(
    const int8_t *x, const int8_t *w, nnopt_helium_scale by, int8_t *out, int32_t pixels,
    int32_t channels, int32_t vectors, int32_t step, int32_t twice, int32_t count)
{
    const mve_pred16_t there = vctp32q((uint32_t)count);
    for (; pixels >= 2; pixels -= 2) {
        int32x4_t sums0, sums1;
        nnopt_helium_sums_2(x, w, vectors, step, &sums0, &sums1);
        sums0 = nnopt_helium_bytes(sums0, by, twice);
        sums1 = nnopt_helium_bytes(sums1, by, twice);
        if (count == 4) {
            vstrbq_s32(out, sums0);
            vstrbq_s32(out + channels, sums1);
        } else {
            vstrbq_p_s32(out, sums0, there);
            vstrbq_p_s32(out + channels, sums1, there);
        }
        x += 2 * step;
        out += 2 * channels;
    }
    if (pixels > 0) {
        vstrbq_p_s32(out, nnopt_helium_bytes(nnopt_helium_sums_1(x, w, vectors), by, twice), there);
    }
}

static NNOPT_INLINE void nnopt_helium_tiles(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t pixels, int32_t channels, int32_t lanes, int32_t step, int32_t shift, int32_t twice)
{
    const int32_t vectors = (lanes + 15) / 16;
    for (int32_t c = 0; c < channels; c += 4) {
        const int32_t count = channels - c;
        nnopt_helium_scale by;
        by.bias = vldrwq_z_s32(bias + c, vctp32q((uint32_t)count));
        by.factor = vldrwq_s32(scale);
        by.constant = vldrwq_s32(scale + 4);
        by.left = shift != 0 ? vdupq_n_s32(-shift) : vnegq_s32(vldrwq_s32(scale + 8));
        scale += shift != 0 ? 8 : 12;
        if (count >= 4) {
            nnopt_helium_block(x, w, by, out + c, pixels, channels, vectors, step, twice, 4);
        } else {
            nnopt_helium_block(x, w, by, out + c, pixels, channels, vectors, step, twice, count);
        }
        w += 64 * vectors;
    }
}

/* Two rows of bytes, times factors, added to a constant, shifted right and clamped. */
static NNOPT_INLINE void nnopt_helium_add(const int8_t *x, const int8_t *y, int8_t *out, int32_t length,
                                          int32_t factor_x, int32_t factor_y, int32_t constant,
                                          int32_t shift, int32_t low, int32_t high)
{
    __asm__ volatile("wlstp.32 lr, %[length], 1f\n\t"
                     "0:\n\t"
                     "vldrb.s32 q0, [%[x]], #4\n\t"
                     "vldrb.s32 q1, [%[y]], #4\n\t"
                     "vmov q2, %q[constant]\n\t"
                     "vmla.s32 q2, q0, %[factor_x]\n\t"
                     "vmla.s32 q2, q1, %[factor_y]\n\t"
                     "vshl.s32 q2, %[left]\n\t"
                     "vmax.s32 q2, q2, %q[low]\n\t"
                     "vmin.s32 q2, q2, %q[high]\n\t"
                     "vstrb.32 q2, [%[out]], #4\n\t"
                     "letp lr, 0b\n\t"
                     "1:\n\t"
                     : [x] "+r"(x), [y] "+r"(y), [out] "+r"(out)
                     : [length] "r"(length), [factor_x] "r"(factor_x), [factor_y] "r"(factor_y),
                       [left] "r"(-shift), [constant] "w"(vdupq_n_s32(constant)),
                       [low] "w"(vdupq_n_s32(low)), [high] "w"(vdupq_n_s32(high))
                     : "lr", "q0", "q1", "q2", "cc", "memory");
}

#else

/* The sum of one channel, whose weights come in vectors 64 bytes apart. */
static inline int32_t nnopt_helium_channel(const int8_t *x, const int8_t *w, int32_t lanes, int32_t acc)
{
    uint32_t sum = (uint32_t)acc;
    for (int32_t i = 0; i < lanes; i++) {
        sum += (uint32_t)(x[i] * w[i / 16 * 64 + i % 16]);
    }
    memcpy(&acc, &sum, sizeof acc);
    return acc;
}

static inline void nnopt_helium_dot_4x1(const int8_t *x, const int8_t *w, int32_t lanes, int32_t *a0,
                                        int32_t *a1, int32_t *a2, int32_t *a3)
{
    *a0 = nnopt_helium_channel(x, w, lanes, *a0);
    *a1 = nnopt_helium_channel(x, w + 16, lanes, *a1);
    *a2 = nnopt_helium_channel(x, w + 32, lanes, *a2);
    *a3 = nnopt_helium_channel(x, w + 48, lanes, *a3);
}

static inline void nnopt_helium_dot_4x2(
    const int8_t *x, const int8_t *w, int32_t lanes, int32_t step, int32_t *a00, int32_t *a01,
    int32_t *a02, int32_t *a03, int32_t *a10, int32_t *a11, int32_t *a12, int32_t *a13)
{
    nnopt_helium_dot_4x1(x, w, lanes, a00, a01, a02, a03);
    nnopt_helium_dot_4x1(x + step, w, lanes, a10, a11, a12, a13);
}

/* A sum, rescaled as nnopt_helium_tile says. */
static inline int8_t nnopt_helium_byte(int32_t sum, int32_t factor, int32_t constant, int32_t shift,
                                       int32_t twice)
{
    const int32_t once = nnopt_smmla(sum, factor, constant);
    const int32_t doubled = nnopt_smmlar(nnopt_qadd(sum, sum), factor, constant) + (sum >> 31);
    const int32_t moved = (twice ? doubled : once) >> shift;
    return (int8_t)(moved < -128 ? -128 : moved > 127 ? 127 : moved);
}

static inline void nnopt_helium_tiles(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t pixels, int32_t channels, int32_t lanes, int32_t step, int32_t shift, int32_t twice)
{
    const int32_t fields = shift != 0 ? 2 : 3, size = (lanes + 15) / 16 * 16;
    for (int32_t c = 0; c < channels; c++) {
        const int8_t *const weights = w + c / 4 * 4 * size + c % 4 * 16;
        const int32_t *const by = scale + c / 4 * 4 * fields + c % 4;
        for (int32_t p = 0; p < pixels; p++) {
            const int32_t sum = nnopt_helium_channel(x + p * step, weights, lanes, bias[c]);
            out[p * channels + c] =
                nnopt_helium_byte(sum, by[0], by[4], shift != 0 ? shift : by[8], twice);
        }
    }
}

static inline void nnopt_helium_add(const int8_t *x, const int8_t *y, int8_t *out, int32_t length,
                                    int32_t factor_x, int32_t factor_y, int32_t constant,
                                    int32_t shift, int32_t low, int32_t high)
{
    for (int32_t i = 0; i < length; i++) {
        const uint32_t sum = (uint32_t)x[i] * (uint32_t)factor_x +
                             (uint32_t)y[i] * (uint32_t)factor_y + (uint32_t)constant;
        int32_t moved;
        memcpy(&moved, &sum, sizeof moved);
        moved >>= shift;
        out[i] = (int8_t)(moved < low ? low : moved > high ? high : moved);
    }
}

#endif

/* All channels of some pixels, from bytes to stored bytes. Windows are `lanes` bytes, `step` bytes
 * apart. To a dot product is added the bias; the high half of that times a factor, plus a constant, is
 * shifted right and saturated. `scale` has, for four channels at a time, factors, constants and, where
 * `shift` is 0, shifts. */
NNOPT_SHARED void nnopt_helium_tile(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t pixels, int32_t channels, int32_t lanes, int32_t step, int32_t shift)
{
    nnopt_helium_tiles(x, w, bias, scale, out, pixels, channels, lanes, step, shift, 0);
}

/* The same with two roundings: the high half is that of twice the sum, to nearest, less one where the
 * sum is negative. */
NNOPT_SHARED void nnopt_helium_tile_twice(
    const int8_t *x, const int8_t *w, const int32_t *bias, const int32_t *scale, int8_t *out,
    int32_t pixels, int32_t channels, int32_t lanes, int32_t step, int32_t shift)
{
    nnopt_helium_tiles(x, w, bias, scale, out, pixels, channels, lanes, step, shift, 1);
}

/* The sum of two rows of bytes: see nnopt_helium_add. */
NNOPT_SHARED void nnopt_helium_sum(const int8_t *x, const int8_t *y, int8_t *out, int32_t length,
                                   int32_t factor_x, int32_t factor_y, int32_t constant,
                                   int32_t shift, int32_t low, int32_t high)
{
    nnopt_helium_add(x, y, out, length, factor_x, factor_y, constant, shift, low, high);
}

#endif
