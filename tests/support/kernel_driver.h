/* What a generated file of test cases offers to the driver. */
#ifndef KERNEL_DRIVER_H
#define KERNEL_DRIVER_H

#include <stddef.h>

struct test_case {
    int (*call)(void **buffers);
    const size_t *sizes; /* of the inputs, the outputs, and the arena */
    size_t inputs, outputs;
};

extern const struct test_case test_cases[];
extern const size_t test_case_count;

#endif
