/* PROBE chooses one of: 0 plain loop, 1 loads, 2 a long instruction across the end of a page,
 * 3 floating point, 4 a mixture of what compilers make of C. */
#include "probe.h"
#include <string.h>

#if PROBE == 4
typedef struct {
    int32_t words[9];
} record;

static __attribute__((noinline)) int32_t choose(int32_t kind, int32_t value)
{
    switch (kind & 7) {
    case 0: return value + 3;
    case 1: return value * 7;
    case 2: return value / 5;
    case 3: return value ^ 0x55;
    case 4: return value - kind;
    case 5: return value % 11;
    default: return value << 1;
    }
}

static __attribute__((noinline)) float dot(const float *a, const float *b, int n)
{
    float sum = 0.0F;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum / (float)n;
}

static __attribute__((noinline)) int64_t wide(const int16_t *a, const int8_t *b, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (int64_t)a[i] * b[i] * 1234567;
    }
    return sum / 77;
}

static int32_t mixture(int32_t rounds, void *arena)
{
    float *floats = arena;
    int16_t *shorts = (int16_t *)(floats + 64);
    int8_t *bytes = (int8_t *)(shorts + 64);
    record *records = (record *)(void *)(bytes + 64);
    int32_t result = 0;
    for (int32_t i = 0; i < 64; i++) {
        floats[i] = (float)i * 0.25F;
        shorts[i] = (int16_t)(i * 37);
        bytes[i] = (int8_t)(i - 32);
    }
    memset(records, 0, 4 * sizeof *records);
    for (int32_t i = 0; i < rounds; i++) {
        records[i & 3].words[i % 9] = choose(i, result);
        records[(i + 1) & 3] = records[i & 3];
        memcpy(floats + 32, floats, 31 * sizeof *floats);
        const double scaled = (double)dot(floats, floats + 16, 30) * 1.5;
        result += (int32_t)scaled + (int32_t)wide(shorts, bytes, 40);
    }
    return result;
}
#endif

int probe_run(const int32_t *rounds, int32_t *result, void *arena)
{
#if PROBE == 0
    int32_t left = rounds[0];
    (void)arena;
    __asm__ volatile("1: subs %0, #1\n bne 1b\n" : "+l"(left)::"cc");
    *result = left;
#elif PROBE == 1
    int32_t left = rounds[0];
    int32_t a = 0;
    int32_t b = 0;
    __asm__ volatile(
        "1: ldr %1, [%3]\n ldr.w %2, [%3, #4]\n ldrd %1, %2, [%3]\n subs %0, #1\n bne 1b\n"
        : "+l"(left), "=&l"(a), "=&l"(b)
        : "l"(arena)
        : "cc", "memory");
    *result = left;
#elif PROBE == 2
    int32_t left = rounds[0];
    int32_t a = 1;
    (void)arena;
    __asm__ volatile(
        "b 1f\n .balign 1024\n .space 1020\n"
        "1: subs %0, #1\n add.w %1, %1, %1, lsl #1\n bne 1b\n"
        : "+l"(left), "+l"(a)::"cc");
    *result = a;
#elif PROBE == 3
    int32_t left = rounds[0];
    (void)arena;
    __asm__ volatile(
        "1: vfma.f32 s1, s2, s3\n vmul.f32 s4, s2, s3\n vdiv.f32 s5, s2, s3\n vmov r3, s1\n"
        "subs %0, #1\n bne 1b\n"
        : "+l"(left)::"cc", "r3", "s1", "s2", "s3", "s4", "s5");
    *result = left;
#else
    *result = mixture(rounds[0], arena);
#endif
    return 0;
}
