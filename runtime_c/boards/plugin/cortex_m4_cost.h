/* What an instruction costs on a Cortex-M4 without wait states.
 *
 * After table 3-1 (processor) and the floating-point table of the "Cortex-M4 Technical Reference
 * Manual". Where the table gives a range one number is taken: divisions 7 cycles (2 to 12), taken
 * branches 2 cycles of pipeline refill (1 to 3). */
#ifndef NNOPT_CORTEX_M4_COST_H
#define NNOPT_CORTEX_M4_COST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    unsigned bytes;   /* 2 or 4 */
    unsigned cycles;  /* on its own, not taken if it is a branch */
    bool pipelines;   /* a single load or store: one cycle less right after another one */
} m4_cost;

enum { M4_REFILL = 2 }; /* cycles to refill the pipeline after a taken branch */

/* `code` points at the instruction's first halfword; four bytes are read only if it is long. */
m4_cost m4_instruction_cost(const uint8_t *code);

#endif
