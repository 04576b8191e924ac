#include "text/clock.h"

#include <time.h>

static double
read_clock(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double
clock_now_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double
clock_epoch_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}
