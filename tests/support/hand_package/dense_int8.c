/* The BREAK_… macros put in the faults that the measuring harness must find. */
#include "dense_int8.h"

#if defined(NNOPT_LAYER_HOOK)
void NNOPT_LAYER_HOOK(unsigned layer);
#define ANNOUNCE(layer) NNOPT_LAYER_HOOK(layer)
#else
#define ANNOUNCE(layer) ((void)0)
#endif

#if defined(BREAK_GLOBAL)
int dense_int8_calls;
#endif

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static void pointwise(const int8_t *image, int8_t *hidden)
{
    for (int pixel = 0; pixel < 16; pixel++) {
        for (int o = 0; o < 4; o++) {
            int32_t sum = dense_int8_b0[o];
            for (int c = 0; c < 3; c++) {
                sum += (image[pixel * 3 + c] - 3) * dense_int8_w0[o * 3 + c];
            }
            hidden[pixel * 4 + o] = (int8_t)clamp(sum / 256, 0, 127);
        }
    }
}

static void fully_connected(const int8_t *hidden, int8_t *scores)
{
    for (int o = 0; o < 5; o++) {
        int32_t sum = dense_int8_b1[o];
        for (int i = 0; i < 64; i++) {
            sum += hidden[i] * dense_int8_w1[o * 64 + i];
        }
        scores[o] = (int8_t)clamp(sum / 512, -128, 127);
    }
}

#if defined(BREAK_STACK)
static int use_stack(int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth == 0 ? room[0] : use_stack(depth - 1) + room[0];
}
#endif

int dense_int8_run(const int8_t *image, int8_t *scores, void *arena)
{
    int8_t *hidden = arena;
#if defined(BREAK_ARENA_END)
    ((volatile int8_t *)arena)[DENSE_INT8_ARENA_BYTES + 2] = 1;
#elif defined(BREAK_ARENA_START)
    ((volatile int8_t *)arena)[-5] = 1;
#elif defined(BREAK_OUTPUT)
    ((volatile int8_t *)scores)[5] = 1;
#elif defined(BREAK_INPUT)
    *(volatile int8_t *)(uintptr_t)image = (int8_t)(image[0] + 1);
#elif defined(BREAK_RETURN)
    return -7;
#elif defined(BREAK_STACK)
    scores[0] = (int8_t)use_stack(100);
#elif defined(BREAK_POINTER)
    *(volatile int32_t *)(uintptr_t)0xF0000001u = 1;
#elif defined(BREAK_LOOP)
    for (volatile int forever = 1; forever;) {
    }
#elif defined(BREAK_GLOBAL)
    dense_int8_calls++;
#elif defined(BREAK_READ)
    hidden[0] = ((volatile const int8_t *)image)[48];
#endif
#if defined(STACK_BYTES)
    volatile char room[STACK_BYTES];
    room[0] = 0;
    hidden[0] = room[0];
#endif
    ANNOUNCE(0u);
    pointwise(image, hidden);
    ANNOUNCE(1u);
    fully_connected(hidden, scores);
    ANNOUNCE(2u);
    return 0;
}
