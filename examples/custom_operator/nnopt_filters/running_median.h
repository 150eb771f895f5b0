/* The median of each `width` neighbours along the rows of x. */
#ifndef FILTERS_RUNNING_MEDIAN_H
#define FILTERS_RUNNING_MEDIAN_H

#include <stdint.h>

/* x is float[rows][length], y is float[rows][length - width + 1]; scratch holds `width` floats. */
static void filters_running_median(const float *x, float *y, void *scratch, int32_t rows,
                                   int32_t length, int32_t width)
{
    float *const window = scratch;
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t start = 0; start + width <= length; start++) {
            for (int32_t count = 0; count < width; count++) { /* insertion sort */
                const float value = x[start + count];
                int32_t at = count;
                while (at > 0 && window[at - 1] > value) {
                    window[at] = window[at - 1];
                    at--;
                }
                window[at] = value;
            }
            *y++ = window[width / 2];
        }
        x += length;
    }
}

#endif
