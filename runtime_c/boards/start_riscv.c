/* Start of a RISC-V program in machine mode: reset and traps. */
#include "harness.h"

extern uint32_t nnopt_bss_start[], nnopt_bss_end[];
int main(void);
void nnopt_reset(void);
void nnopt_trap(void);
void nnopt_start(void);
void nnopt_report_trap(uint32_t pc, uint32_t cause);

__attribute__((naked, section(".nnopt_vectors"), used)) void nnopt_reset(void)
{
    __asm__ volatile(
        ".option push\n"
        ".option norelax\n"
        ".option arch, +zicsr\n"
        "la gp, __global_pointer$\n"
        "la sp, nnopt_stack_top\n"
        "la t0, nnopt_trap\n"
        "csrw mtvec, t0\n"
        ".option pop\n"
        "j nnopt_start\n");
}

__attribute__((used)) void nnopt_start(void)
{
    for (volatile uint32_t *word = nnopt_bss_start; word < nnopt_bss_end; word++) {
        *word = 0;
    }
    nnopt_finish(main() == 0 ? NNOPT_OK : NNOPT_ENTRY_FAILED, 0, 0);
}

__attribute__((used)) void nnopt_report_trap(uint32_t pc, uint32_t cause)
{
    nnopt_finish(NNOPT_FAULT, pc, cause);
}

/* Reports on a fresh stack: the old one may be what is broken. */
__attribute__((naked, aligned(4))) void nnopt_trap(void)
{
    __asm__ volatile(
        ".option push\n"
        ".option arch, +zicsr\n"
        "la sp, nnopt_stack_top\n"
        "csrr a0, mepc\n"
        "csrr a1, mcause\n"
        ".option pop\n"
        "j nnopt_report_trap\n");
}
