/* See dsp_twins.c. */
#ifndef DSP_TWINS_H
#define DSP_TWINS_H

#include <stdint.h>

#define DSP_COUNT 512

int dsp_twins_run(const int32_t *a, const int32_t *b, const int32_t *c, int32_t *out, void *arena);

#endif
