/*
 * breaker.h - circuit breaker for one target.
 *
 * A pure state machine.  The owner asks for a permit before each attempt and
 * reports how the attempt ended; time and randomness are arguments.  What the
 * machine says about a target comes from its traffic alone; latches and rate
 * limits are elsewhere (gate.h), and a health probe can only shorten an OPEN
 * or, by failing to connect, cause one.
 *
 *            failures in a row, or a rate in 60 s or 10 s
 *     CLOSED -----------------------------------------> OPEN <--------.
 *        ^                                               |            |
 *        | 2 successes,                   `until` passed |  2 failed, |
 *        | under half failed                             v  the first |
 *        '------------------------------------------ HALF_OPEN -------'
 *                                                       failed, or one hung
 *
 *      FORCED_OPEN and OFF are entered and left by breaker_set() alone.
 *
 * From `until` on, OPEN reads as HALF_OPEN everywhere; the transition itself
 * happens when the first permit is granted, so no timer and no probe is needed
 * to recover.  The stay in OPEN is equal-jittered and doubles from 5 s to
 * 300 s with each trip; each 60 s of CLOSED without a failure takes one
 * doubling back.  Every transition begins a new epoch, and a report with a
 * permit of an earlier epoch changes nothing.
 */
#ifndef AIGW_CORE_BREAKER_H
#define AIGW_CORE_BREAKER_H

#include "base/rng.h"
#include "core/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum breaker_state {
    BREAKER_CLOSED,
    BREAKER_OPEN,
    BREAKER_HALF_OPEN,
    BREAKER_FORCED_OPEN, /* By the operator: admits nothing. */
    BREAKER_OFF          /* By the operator: admits everything, counts. */
};

/* How an attempt ended, for the breaker. */
enum breaker_outcome {
    BREAKER_OK,
    BREAKER_OK_SLOW, /* Succeeded, but past the slow-call threshold. */
    BREAKER_FAIL,
    BREAKER_FAIL_CONNECT, /* Local origin: the request was not sent. */
    BREAKER_IGNORE        /* No vote: cancelled, client error, rate limit. */
};

/* Why the circuit last opened. */
enum breaker_reason {
    BREAKER_REASON_NONE,        /* It never has. */
    BREAKER_REASON_CONSECUTIVE, /* Failures in a row. */
    BREAKER_REASON_CONNECT,     /* Failures to connect in a row. */
    BREAKER_REASON_FAILURES,    /* Share of failures in a window. */
    BREAKER_REASON_SLOW,        /* Share of slow calls in a window. */
    BREAKER_REASON_TRIAL,       /* Failures while half open. */
    BREAKER_REASON_HUNG,        /* A trial did not end in time. */
    BREAKER_REASON_PROBE,       /* Health probes could not connect. */
    BREAKER_REASON_OPERATOR     /* breaker_set(). */
};

/* What the operator wants (`breaker.set`). */
enum breaker_mode {
    BREAKER_MODE_AUTO,
    BREAKER_MODE_OPEN,
    BREAKER_MODE_OFF
};

enum {
    BREAKER_SHORT_WINDOW_MS = 10 * 1000 /* Judged beside the long one. */
};

struct breaker_params {
    int64_t window_ms;               /* Long window: 60 s. */
    uint32_t min_calls;              /* A rate of fewer says nothing: 10. */
    double failure_rate;             /* Share that trips: 0.5. */
    double slow_call_rate;           /* Share that trips: 0.8. */
    uint32_t failure_threshold;      /* In a row, at low traffic: 5. */
    uint32_t connect_failures;       /* In a row: 3. */
    int64_t recovery_timeout_ms;     /* First stay in OPEN: 5 s. */
    int64_t recovery_timeout_max_ms; /* Longest stay in OPEN: 300 s. */
    uint32_t half_open_max_requests; /* Trials at once, at most: 3. */
    uint32_t success_threshold;      /* Successful trials that close: 2. */
    int64_t half_open_wait_ms;       /* A trial may take this long: 30 s. */
};

extern const struct breaker_params breaker_defaults;

/* Proof of admission, filled by breaker_admit().  It holds one vote; the owner
 * keeps it until the attempt has ended. */
struct breaker_permit {
    uint32_t epoch; /* In which it was granted. */

    enum breaker_permit_state {
        BREAKER_PERMIT_NONE, /* Zero: not granted; reports do nothing. */
        BREAKER_PERMIT_HELD, /* The vote is not cast. */
        BREAKER_PERMIT_OK,   /* Voted success; a failure may still follow. */
        BREAKER_PERMIT_SPENT
    } state;

    int64_t deadline_ms; /* HALF_OPEN: void from here on; else INT64_MAX. */
};

struct breaker {
    struct breaker_params params;
    enum breaker_state state; /* As entered; readers use breaker_look(). */
    uint32_t epoch;
    int64_t since_ms;      /* When `state` was entered. */
    struct window window;  /* CLOSED, OFF: results. */
    uint32_t failures;     /* CLOSED, OFF: failures in a row. */
    uint32_t unconnected;  /* CLOSED, OFF: failures to connect in a row. */
    int64_t calm_since_ms; /* CLOSED: last failure, or last step of `n`. */
    uint32_t n;            /* Exponent of the next stay in OPEN. */
    uint32_t stay_n;       /* OPEN, HALF_OPEN: exponent of the last stay. */
    int64_t until_ms;      /* OPEN: from here on it reads as HALF_OPEN. */
    int64_t tried_ms;      /* When the last trial began, or OPEN was entered. */
    uint32_t ok;           /* HALF_OPEN: successful trials. */
    uint32_t failed;       /* HALF_OPEN: failed trials. */
    uint32_t held;         /* HALF_OPEN: permits whose vote is not cast. */
    bool early;            /* HALF_OPEN: entered by breaker_admit_early(). */
    int64_t verdict_ms;    /* HALF_OPEN, held > 0: the trials hang from here. */
    int64_t rehang_ms;     /* HALF_OPEN, held > 0: stay in OPEN if they do. */
    uint64_t trips;        /* Times the circuit opened by itself, ever. */
    enum breaker_reason reason;
    uint32_t reason_n;  /* "14" in "14 of 20 failed". */
    uint32_t reason_of; /* "20" in "14 of 20 failed". */
};

/* Starts CLOSED. */
void breaker_init(struct breaker *b, const struct breaker_params *params,
                  int64_t now_ms);

/* Asks to start an attempt.  True: `ret_permit` is filled and breaker_report()
 * is owed.  False: refused, nothing is owed and `ret_permit` is untouched.
 *
 * Half open, the first trial runs alone; each success lets one more run beside
 * the others, up to `half_open_max_requests`.  A trial that is granted while
 * no other is under way starts the clock of `half_open_wait_ms`; when that runs
 * out with a vote still missing, the circuit opens for as long as before. */
bool breaker_admit(struct breaker *b, int64_t now_ms, struct rng *rng,
                   struct breaker_permit *ret_permit);

/* The last resort, when no target of a route is eligible and only breakers
 * stand in the way: as breaker_admit(), but also admits a trial before
 * `until` if the circuit opened, and the last trial began, at least one second
 * ago.  If that trial fails the circuit opens again for as long as before. */
bool breaker_admit_early(struct breaker *b, int64_t now_ms, struct rng *rng,
                         struct breaker_permit *ret_permit);

/* Casts the vote of `permit`.  To be called when the attempt ends and, with
 * BREAKER_OK or BREAKER_OK_SLOW, already at its first content, so that a long
 * stream does not hold a trial open.  After such an early success a second
 * success or BREAKER_IGNORE does nothing, while a failure counts once more, as
 * a failure in the epoch then current.  The vote of a permit from an earlier
 * epoch is void, and so is whatever follows it. */
void breaker_report(struct breaker *b, struct breaker_permit *permit,
                    enum breaker_outcome outcome, int64_t now_ms,
                    struct rng *rng);

/* A free health probe succeeded: OPEN ends within a second.  Never closes. */
void breaker_hint(struct breaker *b, int64_t now_ms, struct rng *rng);

/* `n` health probes in a row could not connect and no call succeeded since:
 * CLOSED opens; nothing else changes. */
void breaker_unreachable(struct breaker *b, uint32_t n, int64_t now_ms,
                         struct rng *rng);

/* The operator's word.  AUTO resets to CLOSED with everything forgotten but
 * `trips`, also when the mode was AUTO. */
void breaker_set(struct breaker *b, enum breaker_mode mode, int64_t now_ms);

/* Applies what time alone has brought about: hung trials open the circuit,
 * calm forgives trips.  Every function that changes the breaker begins with
 * this; the owner calls it at breaker_deadline() for the event to be timely. */
void breaker_tick(struct breaker *b, int64_t now_ms);

/* The next moment after `now_ms` at which time alone changes the state that
 * breaker_look() shows (the end of OPEN, a trial that hangs), or INT64_MAX. */
int64_t breaker_deadline(const struct breaker *b, int64_t now_ms);

/* Everything there is to see at one moment. */
struct breaker_view {
    enum breaker_state state;
    enum breaker_mode mode;
    bool permits;        /* breaker_admit() would grant now. */
    bool permits_early;  /* breaker_admit_early() would grant now. */
    int64_t since_ms;    /* When `state` began. */
    int64_t retry_at_ms; /* OPEN: when it ends; else INT64_MAX. */
    uint32_t n;          /* Exponent of the next stay in OPEN. */
    uint32_t epoch;
    uint64_t trips;
    uint32_t failures;           /* In a row. */
    uint32_t half_open_ok;       /* HALF_OPEN: successful trials. */
    uint32_t half_open_of;       /* HALF_OPEN: successes that close. */
    struct window_counts window; /* Over the long window. */
    enum breaker_reason reason;  /* Of the last trip, also after it. */
};

struct breaker_view breaker_look(const struct breaker *b, int64_t now_ms);

/* The state alone. */
enum breaker_state breaker_state_at(const struct breaker *b, int64_t now_ms);

/* Whether a failover to this target is free of the retry budget: CLOSED or
 * OFF, and in the last 10 s fewer than two failures or under a tenth. */
bool breaker_in_good_health(const struct breaker *b, int64_t now_ms);

/* Writes the reason of the last trip for people, as "14 of 20 failed", cut to
 * `size`; "" if there was none.  Returns `buf`. */
const char *breaker_reason_text(const struct breaker *b, char *buf,
                                size_t size);

/* "closed", "open", "half_open", "forced_open", "off". */
const char *breaker_state_name(enum breaker_state state);

/* "auto", "open", "off". */
const char *breaker_mode_name(enum breaker_mode mode);

#endif
