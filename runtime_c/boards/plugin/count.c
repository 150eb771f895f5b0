/* QEMU plugin: instructions, and Cortex-M4 cycles, of a network inside the measuring harness.
 *
 * Arguments (numbers as for strtoul):
 *   out=FILE                       where the counts go
 *   harness_start=A,harness_end=A  code that is never counted
 *   slots=A,slot_count=N           nnopt_mark_slots: a store of harness code to slot 0 begins a
 *                                  sample, to slot 1 ends it, to slot 2 + i begins layer i
 *   cycles=0|1                     whether the program is Thumb code to estimate cycles for
 * Output, one line each:
 *   sample INSTRUCTIONS CYCLES
 *   layer INDEX INSTRUCTIONS CYCLES        those with a mark, before the sample's own line
 *
 * Counting is per translated block (straight-line code, entered at its top only): blocks carry
 * their totals, and executing one adds them. A block whose address is not where the last one ended
 * was reached by a taken branch. */
#include "cortex_m4_cost.h"
#include "qemu_plugin_abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_INTERFACE;
PLUGIN_EXPORT int qemu_plugin_install(
    qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

typedef struct {
    uint64_t instructions;
    uint64_t cycles;
} counts;

typedef struct {
    counts cost;
    uint64_t first_address;
    uint64_t next_address; /* where it goes on if no branch is taken */
    bool counted;
    bool first_pipelines;
    bool last_pipelines;
} block;

enum { MARK_BEGIN = 0, MARK_END = 1, MARK_LAYER = 2 };

static FILE *out;
static uint64_t harness_start, harness_end, slots, slot_count;
static bool with_cycles;

static counts total;
static counts at_begin, at_mark;
static counts *layers; /* slot_count - MARK_LAYER of them */
static uint64_t current = UINT64_MAX; /* layer under way */
static uint64_t expected_address;
static bool last_pipelined;

static bool in_harness(uint64_t address)
{
    return address >= harness_start && address < harness_end;
}

static void on_block(unsigned vcpu, void *user)
{
    (void)vcpu;
    const block *b = user;
    if (b->counted) {
        total.instructions += b->cost.instructions;
        total.cycles += b->cost.cycles;
        if (b->first_address != expected_address) {
            total.cycles += M4_REFILL;
        }
        if (last_pipelined && b->first_pipelines) {
            total.cycles -= 1;
        }
        last_pipelined = b->last_pipelines;
    } else {
        last_pipelined = false;
    }
    expected_address = b->next_address;
}

static void close_layer(void)
{
    if (current != UINT64_MAX) {
        layers[current].instructions += total.instructions - at_mark.instructions;
        layers[current].cycles += total.cycles - at_mark.cycles;
    }
    current = UINT64_MAX;
}

static void begin_sample(void)
{
    for (uint64_t i = 0; i + MARK_LAYER < slot_count; i++) {
        layers[i] = (counts){0, 0};
    }
    current = UINT64_MAX;
    at_begin = total;
}

static void end_sample(void)
{
    close_layer();
    for (uint64_t i = 0; i + MARK_LAYER < slot_count; i++) {
        if (layers[i].instructions != 0) {
            fprintf(out, "layer %llu %llu %llu\n", (unsigned long long)i,
                    (unsigned long long)layers[i].instructions,
                    (unsigned long long)layers[i].cycles);
        }
    }
    fprintf(out, "sample %llu %llu\n",
            (unsigned long long)(total.instructions - at_begin.instructions),
            (unsigned long long)(total.cycles - at_begin.cycles));
    fflush(out);
}

static void on_store(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *user)
{
    (void)vcpu, (void)info, (void)user;
    if (address < slots || address - slots >= slot_count) {
        return;
    }
    const uint64_t mark = address - slots;
    if (mark == MARK_BEGIN) {
        begin_sample();
    } else if (mark == MARK_END) {
        end_sample();
    } else {
        close_layer();
        current = mark - MARK_LAYER;
        at_mark = total;
    }
}

/* The size is not asked of QEMU: for the last instruction of a page it may report the bytes that
 * it peeked at to see whether the next instruction crosses the page. The first halfword tells. */
static void add_instruction(block *b, struct qemu_plugin_insn *insn, bool is_first)
{
    b->cost.instructions += 1;
    if (!with_cycles) {
        return;
    }
    const m4_cost cost = m4_instruction_cost(qemu_plugin_insn_data(insn));
    b->cost.cycles += cost.cycles;
    if (is_first) {
        b->first_pipelines = cost.pipelines;
    } else if (cost.pipelines && b->last_pipelines) {
        b->cost.cycles -= 1;
    }
    b->last_pipelines = cost.pipelines;
    b->next_address = qemu_plugin_insn_vaddr(insn) + cost.bytes;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    const size_t length = qemu_plugin_tb_n_insns(tb);
    block *b = calloc(1, sizeof *b); /* lives as long as QEMU may run the block: to the end */
    if (b == NULL) {
        abort();
    }
    b->first_address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    b->counted = !in_harness(b->first_address);
    for (size_t i = 0; i < length; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        add_instruction(b, insn, i == 0);
        if (!b->counted) {
            qemu_plugin_register_vcpu_mem_cb(
                insn, on_store, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W, NULL);
        }
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, b);
}

static bool take_argument(const char *argument)
{
    const struct {
        const char *key;
        uint64_t *value;
    } numbers[] = {
        {"harness_start=", &harness_start},
        {"harness_end=", &harness_end},
        {"slots=", &slots},
        {"slot_count=", &slot_count},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const size_t length = strlen(numbers[i].key);
        if (strncmp(argument, numbers[i].key, length) == 0) {
            *numbers[i].value = strtoul(argument + length, NULL, 0);
            return true;
        }
    }
    if (strncmp(argument, "cycles=", 7) == 0) {
        with_cycles = argument[7] == '1';
        return true;
    }
    if (strncmp(argument, "out=", 4) == 0) {
        out = fopen(argument + 4, "w");
        return out != NULL;
    }
    return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!take_argument(argv[i])) {
            fprintf(stderr, "count plugin: cannot use argument %s\n", argv[i]);
            return 1;
        }
    }
    if (out == NULL || slot_count <= MARK_LAYER) {
        fprintf(stderr, "count plugin: out= and slot_count= are needed\n");
        return 1;
    }
    layers = calloc(slot_count, sizeof *layers);
    if (layers == NULL) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
