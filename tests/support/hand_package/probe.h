/* Not a network: code whose instructions and cycles are known, and a mixture of everything. */
#ifndef PROBE_H
#define PROBE_H
#include <stdint.h>

/* rounds[0] times the loop called PROBE. */
int probe_run(const int32_t *rounds, int32_t *result, void *arena);
#endif
