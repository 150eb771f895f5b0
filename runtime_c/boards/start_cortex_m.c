/* Start of a Cortex-M program: vector table, reset and faults. */
#include "harness.h"
#include "platform.h"

extern uint32_t nnopt_bss_start[], nnopt_bss_end[];
int main(void);
void nnopt_reset(void);
void nnopt_fault(void);
void nnopt_report_fault(const uint32_t *frame);

#define SCB_CCR (*(volatile uint32_t *)0xE000ED14u)
#define SCB_CFSR (*(volatile uint32_t *)0xE000ED28u)
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)

__attribute__((section(".nnopt_vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)nnopt_stack_top,
    (uintptr_t)nnopt_reset,
    (uintptr_t)nnopt_fault, /* non-maskable interrupt */
    (uintptr_t)nnopt_fault, /* hard fault: the other faults escalate to it */
    (uintptr_t)nnopt_fault, /* memory management */
    (uintptr_t)nnopt_fault, /* bus */
    (uintptr_t)nnopt_fault, /* usage */
    (uintptr_t)nnopt_fault, /* secure */
};

void nnopt_reset(void)
{
#if defined(__ARM_FP)
    SCB_CPACR |= 0xFu << 20; /* the floating-point and vector unit */
#endif
#if __ARM_ARCH >= 8
    SCB_CCR |= 1u << 19; /* low-overhead loops */
#endif
    __asm__ volatile("dsb\n isb" ::: "memory");
    for (volatile uint32_t *word = nnopt_bss_start; word < nnopt_bss_end; word++) {
        *word = 0;
    }
    nnopt_finish(main() == 0 ? NNOPT_OK : NNOPT_ENTRY_FAILED, 0, 0);
}

/* The frame the processor pushed: r0-r3, r12, lr, pc, xpsr. */
__attribute__((used)) void nnopt_report_fault(const uint32_t *frame)
{
    const int is_sane = frame >= nnopt_stack_limit && frame + 8 <= nnopt_stack_top;
    const uint32_t pc = is_sane ? frame[6] : 0; /* otherwise the stack pointer itself is lost */
#if __ARM_ARCH >= 7
    nnopt_finish(NNOPT_FAULT, pc, SCB_CFSR);
#else
    nnopt_finish(NNOPT_FAULT, pc, 0);
#endif
}

/* Reports on a fresh stack: the old one may be what is broken. */
__attribute__((naked)) void nnopt_fault(void)
{
    __asm__ volatile(
        "mrs r0, msp\n"
        "ldr r1, =nnopt_stack_top\n"
        "mov sp, r1\n"
        "bl nnopt_report_fault\n"
        "b .\n");
}
