/* Recognizes gestures in a stream of accelerometer samples, as they come.
 *
 * Each sample goes into a ring of the last 128. Every 16 samples the ring becomes a window, and the
 * network says what it sees in it. What it sees twice in a row with enough confidence is told, and
 * not again before there is something else or a whole window has passed. The samples come from
 * stream.h, where each gesture is a window of its own; at its end the network's answer is compared
 * with what it was. */
#include <stdint.h>
#include <stdio.h>

#include "net.h"
#include "stream.h"

#define WINDOW 128
#define AXES 3
#define HOP 16
#define CLASSES 4
#define NEGATIVE 3 /* no gesture */
#define CONFIDENT 0.6f

static const char *const names[CLASSES] = {"wing", "ring", "slope", "negative"};

static uint32_t arena[(NET_ARENA_BYTES + 3) / 4];
static int8_t ring[WINDOW][AXES];
static unsigned newest; /* where the next sample goes */

/* What the network takes for a sample in thousandths of g. */
static int8_t quantized(int16_t thousandths)
{
    const float steps = (float)thousandths * (0.001f / (float)NET_SAMPLES_SCALE);
    const int32_t value = (int32_t)(steps < 0.0f ? steps - 0.5f : steps + 0.5f);
    const int32_t q = value + NET_SAMPLES_ZERO_POINT;
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

static void push(const int16_t *sample)
{
    for (unsigned axis = 0; axis < AXES; axis++)
        ring[newest][axis] = quantized(sample[axis]);
    newest = (newest + 1) % WINDOW;
}

/* The most likely gesture of the last 128 samples; its probability goes to *probability. */
static unsigned recognize(float *probability)
{
    static int8_t window[NET_SAMPLES_ELEMENTS];
    static int8_t output[NET_GESTURE_ELEMENTS];
    unsigned best = 0;

    for (unsigned i = 0; i < WINDOW; i++)
        for (unsigned axis = 0; axis < AXES; axis++)
            window[i * AXES + axis] = ring[(newest + i) % WINDOW][axis];
    if (net_run(window, output, arena) != 0)
        return CLASSES;
    for (unsigned i = 1; i < CLASSES; i++)
        if (output[i] > output[best])
            best = i;
    *probability =
        (float)((int32_t)output[best] - NET_GESTURE_ZERO_POINT) * (float)NET_GESTURE_SCALE;
    return best;
}

int main(void)
{
    unsigned right = 0, before = CLASSES, told = CLASSES, when = 0;

    for (unsigned i = 0; i < WINDOW; i++) /* the first window is not empty */
        push(stream[0]);
    for (unsigned sample = 0; sample < STREAM_SAMPLES; sample++) {
        float probability = 0.0f;
        unsigned seen;

        push(stream[sample]);
        if ((sample + 1) % HOP != 0)
            continue;
        seen = recognize(&probability);
        if (seen == CLASSES)
            return 1;
        if (seen == before && probability > CONFIDENT &&
            (seen != told || sample - when >= WINDOW)) {
            told = seen;
            when = sample;
            if (seen != NEGATIVE) {
                const unsigned tenths = (sample + 1) * 10 / STREAM_RATE;
                printf("%4u.%u s  %s\n", tenths / 10, tenths % 10, names[seen]);
            }
        }
        before = seen;
        if ((sample + 1) % WINDOW == 0)
            right += seen == stream_labels[sample / WINDOW];
    }
    printf("%u of %u windows right: %u.%u %%\n", right, STREAM_SAMPLES / WINDOW,
           right * 100 / (STREAM_SAMPLES / WINDOW),
           right * 1000 / (STREAM_SAMPLES / WINDOW) % 10);
    return 0;
}
