/* Files and exit of a simulated or debugged board, by Arm's semihosting calls, which RISC-V took
 * over: operation number and a parameter block, a trap instruction the host recognises.
 * https://github.com/ARM-software/abi-aa/blob/main/semihosting/semihosting.rst
 * https://github.com/riscv-software-src/riscv-semihosting */
#include "platform.h"

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_READ_BINARY = 1, OPEN_WRITE_BINARY = 5, APPLICATION_EXIT = 0x20026 };

#if defined(__riscv)
/* The three instructions must be uncompressed, adjacent and on one page. */
__attribute__((noinline, aligned(16))) static uintptr_t call(uintptr_t operation, const void *block)
{
    register uintptr_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = block;
    __asm__ volatile(
        ".option push\n"
        ".option norvc\n"
        ".balign 16\n"
        "slli x0, x0, 0x1f\n"
        "ebreak\n"
        "srai x0, x0, 7\n"
        ".option pop\n"
        : "+r"(a0)
        : "r"(a1)
        : "memory");
    return a0;
}
#else
__attribute__((noinline)) static uintptr_t call(uintptr_t operation, const void *block)
{
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
#endif

int nnopt_open(const char *name, int for_writing)
{
    uintptr_t length = 0;
    while (name[length] != '\0') {
        length++;
    }
    const uintptr_t block[3] = {
        (uintptr_t)name, for_writing ? OPEN_WRITE_BINARY : OPEN_READ_BINARY, length};
    return (int)call(SYS_OPEN, block);
}

size_t nnopt_read(int handle, void *data, size_t bytes)
{
    const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)data, bytes};
    return bytes - call(SYS_READ, block); /* the call returns what is missing */
}

size_t nnopt_write(int handle, const void *data, size_t bytes)
{
    const uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)data, bytes};
    return bytes - call(SYS_WRITE, block);
}

void nnopt_close(int handle)
{
    const uintptr_t block[1] = {(uintptr_t)handle};
    call(SYS_CLOSE, block);
}

void nnopt_exit(int code)
{
    const uintptr_t block[2] = {APPLICATION_EXIT, (uintptr_t)code};
    call(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}
