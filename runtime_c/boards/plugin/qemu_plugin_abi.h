/* The part of QEMU's TCG plugin interface, version 1 (QEMU 7 and 8), that count.c uses.
 *
 * Distributions ship QEMU with plugins enabled but without its header. These are declarations of
 * our own, after the interface's documentation:
 * https://www.qemu.org/docs/master/devel/tcg-plugins.html */
#ifndef NNOPT_QEMU_PLUGIN_ABI_H
#define NNOPT_QEMU_PLUGIN_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))
#define PLUGIN_INTERFACE 1

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;   /* a translated block: straight-line code */
struct qemu_plugin_insn; /* one instruction of it */

typedef struct {
    const char *target_name; /* "arm", "riscv32" */
    struct {
        int min;
        int cur;
    } version;
    bool system_emulation;
    union {
        struct {
            int smp_vcpus;
            int max_vcpus;
        } system;
    };
} qemu_info_t;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W = 2 };

typedef void (*plugin_tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*plugin_vcpu_cb)(unsigned vcpu, void *user);
typedef void (*plugin_mem_cb)(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *user);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, plugin_tb_trans_cb callback);
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *block, plugin_vcpu_cb callback, enum qemu_plugin_cb_flags flags, void *user);
void qemu_plugin_register_vcpu_mem_cb(
    struct qemu_plugin_insn *insn, plugin_mem_cb callback, enum qemu_plugin_cb_flags flags,
    enum qemu_plugin_mem_rw rw, void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#endif
