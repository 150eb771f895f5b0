/* Decodes just enough of Thumb-2 to tell the cost classes of the Cortex-M4 apart. */
#include "cortex_m4_cost.h"

typedef struct {
    uint32_t mask;
    uint32_t value;
    enum { SINGLE, LIST8, LIST9, LIST16, WORDS8, FIXED } kind;
    unsigned cycles;
} pattern;

/* 16-bit instructions; what is not listed takes one cycle. First match wins. */
static const pattern short_patterns[] = {
    {0xF800, 0x4800, SINGLE, 2}, /* LDR (literal) */
    {0xF000, 0x5000, SINGLE, 2}, /* LDR, STR … (register) */
    {0xE000, 0x6000, SINGLE, 2}, /* LDR, STR, LDRB, STRB (immediate) */
    {0xF000, 0x8000, SINGLE, 2}, /* LDRH, STRH (immediate) */
    {0xF000, 0x9000, SINGLE, 2}, /* LDR, STR (from SP) */
    {0xF000, 0xC000, LIST8, 1},  /* LDM, STM */
    {0xFE00, 0xB400, LIST9, 1},  /* PUSH */
    {0xFE00, 0xBC00, LIST9, 1},  /* POP */
};

/* 32-bit instructions, first halfword on top; what is not listed takes one cycle. */
static const pattern long_patterns[] = {
    {0xFFF0FFE0, 0xE8D0F000, FIXED, 2}, /* TBB, TBH */
    {0xFFF00F00, 0xE8500F00, FIXED, 2}, /* LDREX */
    {0xFFF00000, 0xE8400000, FIXED, 2}, /* STREX */
    {0xFFE00000, 0xE8C00000, FIXED, 2}, /* LDREXB, STREXB and the like */
    {0xFE400000, 0xE8400000, FIXED, 3}, /* LDRD, STRD */
    {0xFE400000, 0xE8000000, LIST16, 1}, /* LDM, STM, PUSH.W, POP.W */
    {0xFE000000, 0xF8000000, SINGLE, 2}, /* LDR, STR and their narrow and signed kinds */
    {0xFFD000F0, 0xFB9000F0, FIXED, 7}, /* SDIV, UDIV */
    /* Floating point, coprocessors 10 and 11. */
    {0xFFE00E00, 0xEC400A00, FIXED, 2},  /* VMOV of two core registers */
    {0xFF200F00, 0xED000A00, SINGLE, 2}, /* VLDR, VSTR single */
    {0xFF200F00, 0xED000B00, FIXED, 3},  /* VLDR, VSTR double */
    {0xFE000E00, 0xEC000A00, WORDS8, 1}, /* VLDM, VSTM, VPUSH, VPOP */
    {0xFFB00E10, 0xEE800A00, FIXED, 14}, /* VDIV */
    {0xFFBF0ED0, 0xEEB10AC0, FIXED, 14}, /* VSQRT */
    {0xFFB00E10, 0xEE000A00, FIXED, 3},  /* VMLA, VMLS */
    {0xFFB00E10, 0xEE100A00, FIXED, 3},  /* VNMLA, VNMLS */
    {0xFFB00E10, 0xEE900A00, FIXED, 3},  /* VFNMA, VFNMS */
    {0xFFB00E10, 0xEEA00A00, FIXED, 3},  /* VFMA, VFMS */
};

static m4_cost apply(const pattern *found, uint32_t code, unsigned bytes)
{
    m4_cost cost = {bytes, found->cycles, false};
    switch (found->kind) {
    case SINGLE: cost.pipelines = true; break;
    case LIST8: cost.cycles += (unsigned)__builtin_popcount(code & 0xFFu); break;
    case LIST9: cost.cycles += (unsigned)__builtin_popcount(code & 0x1FFu); break;
    case LIST16: cost.cycles += (unsigned)__builtin_popcount(code & 0xFFFFu); break;
    case WORDS8: cost.cycles += code & 0xFFu; break;
    case FIXED: break;
    }
    return cost;
}

static m4_cost lookup(const pattern *table, unsigned count, uint32_t code, unsigned bytes)
{
    for (unsigned i = 0; i < count; i++) {
        if ((code & table[i].mask) == table[i].value) {
            return apply(&table[i], code, bytes);
        }
    }
    return (m4_cost){bytes, 1, false};
}

m4_cost m4_instruction_cost(const uint8_t *code)
{
    const uint32_t first = (uint32_t)code[0] | (uint32_t)code[1] << 8;
    if (first >> 11 < 0x1D) { /* 0b11101, 0b11110 and 0b11111 begin long instructions */
        return lookup(short_patterns, sizeof short_patterns / sizeof *short_patterns, first, 2);
    }
    const uint32_t second = (uint32_t)code[2] | (uint32_t)code[3] << 8;
    return lookup(
        long_patterns, sizeof long_patterns / sizeof *long_patterns, first << 16 | second, 4);
}
