/*
 * shifted_clock.c - preloaded into a program, lets a test move its clocks.
 *
 * The file named by $SHIFTED_CLOCK holds two int64_t: what is added to the
 * wall clock and to the monotonic one, in nanoseconds.  A test changes them
 * while the program runs.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t *
shifts(void)
{
    static const int64_t none[2];
    static const int64_t *mapped;
    const char *path;
    void *at;
    int fd;

    if (mapped)
        return mapped;
    mapped = none;
    path = getenv("SHIFTED_CLOCK");
    fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        at = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        (void)close(fd);
        if (at != MAP_FAILED)
            mapped = at;
    }
    return mapped;
}

static void
add(struct timespec *ts, int64_t shift_ns)
{
    int64_t ns = ts->tv_nsec + shift_ns % 1000000000;

    ts->tv_sec += shift_ns / 1000000000;
    if (ns < 0 || ns >= 1000000000) {
        ts->tv_sec += ns < 0 ? -1 : 1;
        ns += ns < 0 ? 1000000000 : -1000000000;
    }
    ts->tv_nsec = ns;
}

int
clock_gettime(clockid_t clock_id, struct timespec *tp)
{
    if (syscall(SYS_clock_gettime, clock_id, tp) != 0)
        return -1;
    if (clock_id == CLOCK_REALTIME || clock_id == CLOCK_REALTIME_COARSE)
        add(tp, shifts()[0]);
    else if (clock_id == CLOCK_MONOTONIC || clock_id == CLOCK_MONOTONIC_COARSE
             || clock_id == CLOCK_BOOTTIME)
        add(tp, shifts()[1]);
    return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec ts;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
        return -1;
    *tv = (struct timeval){ts.tv_sec, ts.tv_nsec / 1000};
    return 0;
}

time_t
time(time_t *ret_now)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    if (ret_now)
        *ret_now = ts.tv_sec;
    return ts.tv_sec;
}
