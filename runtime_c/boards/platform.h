/* What the harness needs of a board: files of the host, an exit code, and the stack. */
#ifndef NNOPT_PLATFORM_H
#define NNOPT_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

/* Opens a file of the host; returns a handle, or a negative number. */
int nnopt_open(const char *name, int for_writing);
/* Reads up to `bytes` bytes; returns how many came (fewer only at the end of the file). */
size_t nnopt_read(int handle, void *data, size_t bytes);
/* Writes `bytes` bytes; returns how many went. */
size_t nnopt_write(int handle, const void *data, size_t bytes);
void nnopt_close(int handle);
/* Ends the program with an exit code. */
void nnopt_exit(int code);

/* Stack from its lowest address up to the stack pointer; NNOPT_HAS_STACK is 0 where the stack is
 * not ours to paint (the host). */
#if defined(__arm__) && !defined(__linux__)
#define NNOPT_HAS_STACK 1
static inline uintptr_t nnopt_stack_pointer(void)
{
    uintptr_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}
#elif defined(__riscv) && !defined(__linux__)
#define NNOPT_HAS_STACK 1
static inline uintptr_t nnopt_stack_pointer(void)
{
    uintptr_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    return sp;
}
#else
#define NNOPT_HAS_STACK 0
static inline uintptr_t nnopt_stack_pointer(void)
{
    return 0;
}
#endif

#if NNOPT_HAS_STACK
/* Linker script: the lowest word, and the end, of twice the memory a stack may use. */
extern uint32_t nnopt_stack_limit[];
extern uint32_t nnopt_stack_top[];
#endif

#endif
