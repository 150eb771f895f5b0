/* Runs a network on every sample of input.bin and appends its outputs to output.bin.
 *
 * Before each sample the arena and the outputs are filled with garbage (nothing may depend on
 * cleared memory), every guard and the free stack are painted; after it they are examined. A network
 * with a state is reset before the first sample: the samples are one stream. */
#include "harness.h"
#include "platform.h"

#if defined(__SANITIZE_ADDRESS__)
#define NNOPT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NNOPT_ASAN 1
#endif
#endif
#ifndef NNOPT_ASAN
#define NNOPT_ASAN 0
#endif

#if NNOPT_ASAN
void __asan_poison_memory_region(void const volatile *address, size_t size);
void __asan_unpoison_memory_region(void const volatile *address, size_t size);
#endif

#define PAINT 0xC5E7A39Du

uintptr_t nnopt_stack_base;
static uint32_t samples_done;
static uint32_t stack_peak;

__attribute__((noinline)) void nnopt_mark(unsigned what)
{
    nnopt_mark_slots[what] = 1;
}

__attribute__((noinline)) void nnopt_layer_mark(unsigned layer)
{
    nnopt_mark(NNOPT_MARK_LAYER + layer);
}

void nnopt_finish(uint32_t status, uint32_t detail0, uint32_t detail1)
{
    const uint32_t record[5] = {status, samples_done, stack_peak, detail0, detail1};
    const int file = nnopt_open("result.bin", 1);
    if (file >= 0) {
        nnopt_write(file, record, sizeof record);
        nnopt_close(file);
    }
    nnopt_exit(status == NNOPT_OK ? 0 : 3);
}

static unsigned buffer_count(void)
{
    return nnopt_input_count + nnopt_output_count + nnopt_state_count + nnopt_arena_count;
}

static unsigned char guard_byte(size_t i)
{
    return (unsigned char)(0xB7u ^ (unsigned)(i * 29u));
}

static void paint_guards(const nnopt_buffer *buffer)
{
    if (buffer->in_arena) {
        return;
    }
    unsigned char *before = buffer->data - NNOPT_GUARD;
    unsigned char *after = buffer->data + buffer->bytes;
    for (size_t i = 0; i < NNOPT_GUARD; i++) {
        before[i] = guard_byte(i);
        after[i] = guard_byte(i + 1u);
    }
}

static void check_guards(unsigned index)
{
    const nnopt_buffer *buffer = &nnopt_buffers[index];
    if (buffer->in_arena) {
        return;
    }
    const unsigned char *before = buffer->data - NNOPT_GUARD;
    const unsigned char *after = buffer->data + buffer->bytes;
    for (size_t i = 0; i < NNOPT_GUARD; i++) { /* nearest byte first */
        const size_t back = NNOPT_GUARD - 1u - i;
        if (after[i] != guard_byte(i + 1u)) {
            nnopt_finish(NNOPT_GUARD_BROKEN, index, (uint32_t)(buffer->bytes + i));
        }
        if (before[back] != guard_byte(back)) {
            nnopt_finish(NNOPT_GUARD_BROKEN, index, (uint32_t)0 - (uint32_t)(i + 1u));
        }
    }
}

/* Different bytes for every sample, among them patterns that are huge or NaN as floats. */
static void fill_with_garbage(const nnopt_buffer *buffer, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 0x9E3779B9u;
    for (size_t i = 0; i < buffer->bytes; i++) {
        state = state * 1664525u + 1013904223u;
        buffer->data[i] = (unsigned char)(state >> 24);
    }
}

static uint32_t checksum(const nnopt_buffer *buffer)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < buffer->bytes; i++) {
        sum = (sum ^ buffer->data[i]) * 16777619u;
    }
    return sum;
}

#if NNOPT_HAS_STACK
static void measure_stack(const volatile uint32_t *limit)
{
    const volatile uint32_t *word = limit;
    while ((uintptr_t)word < nnopt_stack_base && *word == PAINT) {
        word++;
    }
    const uint32_t used = (uint32_t)(nnopt_stack_base - (uintptr_t)word);
    if (used > stack_peak) {
        stack_peak = used;
    }
    const uint32_t room = (uint32_t)((uintptr_t)nnopt_stack_top - (uintptr_t)limit) / 2u;
    if (used > room) {
        nnopt_finish(NNOPT_STACK_OVERFLOW, room, used);
    }
}
#endif

__attribute__((noinline)) static int run_network(void)
{
#if NNOPT_HAS_STACK
    volatile uint32_t *limit = nnopt_stack_limit;
    const uintptr_t top = nnopt_stack_pointer();
    for (volatile uint32_t *word = limit; (uintptr_t)word < top; word++) {
        *word = PAINT;
    }
#endif
    nnopt_mark(NNOPT_MARK_BEGIN);
    const int code = nnopt_call_network();
    nnopt_mark(NNOPT_MARK_END);
#if NNOPT_HAS_STACK
    measure_stack(limit);
#endif
    return code;
}

/* Returns 0 at the end of the file; half a sample is an error. Inputs may lie in the arena. */
static int read_sample(int file)
{
    const unsigned outputs_end = nnopt_input_count + nnopt_output_count;
    const unsigned arena_at = outputs_end + nnopt_state_count;
    for (unsigned i = nnopt_input_count; i < buffer_count(); i++) {
        if (i < outputs_end || i >= arena_at || samples_done == 0) {
            fill_with_garbage(&nnopt_buffers[i], samples_done + i);
        }
    }
    for (unsigned i = 0; i < nnopt_input_count; i++) {
        const nnopt_buffer *input = &nnopt_buffers[i];
        const size_t got = nnopt_read(file, input->data, input->bytes);
        if (got == 0 && i == 0) {
            return 0;
        }
        if (got != input->bytes) {
            nnopt_finish(NNOPT_IO_FAILED, 0, 0);
        }
    }
    return 1;
}

static void run_sample(int output)
{
    const unsigned outputs_at = nnopt_input_count;
    const unsigned outputs_end = nnopt_input_count + nnopt_output_count;
    const unsigned arena_at = outputs_end + nnopt_state_count;
    uint32_t sums[nnopt_input_count + 1u];
    for (unsigned i = 0; i < nnopt_input_count; i++) {
        sums[i] = checksum(&nnopt_buffers[i]);
    }
    if (samples_done == 0) {
        nnopt_reset_network();
    }
    for (unsigned i = 0; i < buffer_count(); i++) {
        paint_guards(&nnopt_buffers[i]);
#if NNOPT_ASAN
        if (!nnopt_buffers[i].in_arena) {
            __asan_poison_memory_region(nnopt_buffers[i].data - NNOPT_GUARD, NNOPT_GUARD);
            __asan_poison_memory_region(nnopt_buffers[i].data + nnopt_buffers[i].bytes, NNOPT_GUARD);
        }
#endif
    }
    const int code = run_network();
#if NNOPT_ASAN
    for (unsigned i = 0; i < buffer_count(); i++) {
        __asan_unpoison_memory_region(nnopt_buffers[i].data - NNOPT_GUARD, NNOPT_GUARD);
        __asan_unpoison_memory_region(nnopt_buffers[i].data + nnopt_buffers[i].bytes, NNOPT_GUARD);
    }
#endif
    for (unsigned i = 0; i < buffer_count(); i++) {
        check_guards(i);
    }
    for (unsigned i = 0; i < nnopt_input_count; i++) {
        if (!nnopt_buffers[i].in_arena && sums[i] != checksum(&nnopt_buffers[i])) {
            nnopt_finish(NNOPT_INPUT_CHANGED, i, 0);
        }
    }
    if (code != 0) {
        nnopt_finish(NNOPT_ENTRY_FAILED, (uint32_t)code, 0);
    }
    for (unsigned i = outputs_at; i < outputs_end; i++) {
        const nnopt_buffer *buffer = &nnopt_buffers[i];
        if (nnopt_write(output, buffer->data, buffer->bytes) != buffer->bytes) {
            nnopt_finish(NNOPT_IO_FAILED, 1, 0);
        }
    }
    samples_done++;
}

int main(void)
{
    const int input = nnopt_open("input.bin", 0);
    if (input < 0) {
        nnopt_finish(NNOPT_IO_FAILED, 0, 0);
    }
    const int output = nnopt_open("output.bin", 1);
    if (output < 0) {
        nnopt_finish(NNOPT_IO_FAILED, 1, 0);
    }
    while (read_sample(input)) {
        run_sample(output);
    }
    nnopt_close(output);
    nnopt_finish(NNOPT_OK, 0, 0);
    return 0;
}
