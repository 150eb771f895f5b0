/* Runs every test case once: inputs from one file, outputs to another. Each buffer is allocated on
 * its own, so that a sanitizer sees every access outside of it. */
#include "kernel_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BUFFERS 16
#define POISON 0xA5

static int run_case(const struct test_case *test, FILE *in, FILE *out)
{
    void *buffers[MOST_BUFFERS];
    const size_t count = test->inputs + test->outputs + 1;
    size_t i;
    int status;
    for (i = 0; i < count; i++) {
        const size_t size = test->sizes[i];
        buffers[i] = malloc(size > 0 ? size : 1);
        if (buffers[i] == NULL) {
            return 1;
        }
        memset(buffers[i], POISON, size);
        if (i < test->inputs && fread(buffers[i], 1, size, in) != size) {
            return 1;
        }
    }
    status = test->call(buffers);
    for (i = 0; i < count; i++) {
        if (i >= test->inputs && i + 1 < count) {
            fwrite(buffers[i], 1, test->sizes[i], out);
        }
        free(buffers[i]);
    }
    return status;
}

int main(int argc, char **argv)
{
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    FILE *out = argc == 3 ? fopen(argv[2], "wb") : NULL;
    size_t i;
    if (in == NULL || out == NULL) {
        return 2;
    }
    for (i = 0; i < test_case_count; i++) {
        if (run_case(&test_cases[i], in, out) != 0) {
            fprintf(stderr, "case %lu failed\n", (unsigned long)i);
            return 1;
        }
    }
    fclose(in);
    return fclose(out);
}
