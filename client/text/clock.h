/*
 * clock.h - the monotonic clock, for measuring, and that of the wall.
 */
#ifndef AIGW_TEXT_CLOCK_H
#define AIGW_TEXT_CLOCK_H

/* Milliseconds since some moment in the past, to the nanosecond. */
double clock_now_ms(void);

/* Milliseconds since 1970, for comparing with times of the daemon's. */
double clock_epoch_ms(void);

#endif
