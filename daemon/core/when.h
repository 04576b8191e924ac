/*
 * when.h - a time as providers write it in headers.
 *
 * Accepted are floating seconds ("1.5"), Go durations ("6m0s", "20ms",
 * "1h2m3.5s"), RFC 3339 ("2026-04-05T14:28:55Z"), the three forms of an HTTP
 * date (RFC 9110, 5.6.7) and epoch seconds or milliseconds (numbers from 10^9
 * and 10^12 on).  A value that is empty, negative, not a number or none of
 * these is WHEN_NONE; one too large to compute is WHEN_TOO_LONG, never "now".
 */
#ifndef AIGW_CORE_WHEN_H
#define AIGW_CORE_WHEN_H

#include <stddef.h>
#include <stdint.h>

enum when_kind {
    WHEN_NONE,
    WHEN_SPAN,     /* `ms` from now. */
    WHEN_DATE,     /* `ms` since 1970-01-01 UTC. */
    WHEN_TOO_LONG, /* Beyond anything worth waiting for. */
};

struct when {
    enum when_kind kind;
    int64_t ms; /* SPAN, DATE: not negative. */
};

enum when_unit {
    WHEN_UNIT_S,  /* A bare number is seconds, or an epoch if large. */
    WHEN_UNIT_MS, /* A bare number is milliseconds, whatever its size. */
};

enum {
    WHEN_MAX_WAIT_MS = 24 * 3600 * 1000 /* What any wait is cut to. */
};

/* Reads `text`, which need not end in NUL; blanks around it are skipped.
 * Looks at a bounded part of it, however long it is. */
struct when when_parse(const char *text, size_t len, enum when_unit unit);

/* How long to wait, given that it is `base_wall_ms` (epoch) now: 0 to
 * WHEN_MAX_WAIT_MS, rounded up; a past date is 0; -1 for WHEN_NONE. */
int64_t when_wait_ms(struct when when, int64_t base_wall_ms);

#endif
