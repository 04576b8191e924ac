/*
 * span.h - the four trailing windows that figures are kept for.
 *
 * hist.h and tally.h keep one ring of SPAN_SLICES slices for each of them.
 * A slice is a sixth of its window; a reading covers the slice that is being
 * filled and the five before it, so it reaches back between 5/6 of the window
 * and the whole of it.
 */
#ifndef AIGW_CORE_SPAN_H
#define AIGW_CORE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

enum span {
    SPAN_10S,
    SPAN_1M,
    SPAN_5M,
    SPAN_1H,
    SPAN_COUNT
};

enum {
    SPAN_SLICES = 6
};

/* The length of the window. */
int64_t span_ms(enum span span);

/* Finds the window of `seconds` (10, 60, 300 or 3600); false for any other
 * length. */
bool span_from_s(int64_t seconds, enum span *ret_span);

/* The running number of the slice that `now_ms` lies in.  The slice is kept at
 * this number modulo SPAN_SLICES; it is live while its number is above that of
 * the current slice less SPAN_SLICES. */
int64_t span_slice(enum span span, int64_t now_ms);

/* When the slice with that running number begins. */
int64_t span_slice_start_ms(enum span span, int64_t slice);

#endif
