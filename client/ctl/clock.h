/*
 * clock.h - the monotonic clock, for measuring.
 */
#ifndef AIGW_CTL_CLOCK_H
#define AIGW_CTL_CLOCK_H

/* Milliseconds since some moment in the past, to the nanosecond. */
double clock_now_ms(void);

#endif
