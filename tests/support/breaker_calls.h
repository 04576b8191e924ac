/*
 * breaker_calls.h - one breaker and short words for what happens to it.
 */
#ifndef AIGW_TESTS_BREAKER_CALLS_H
#define AIGW_TESTS_BREAKER_CALLS_H

#include "core/breaker.h"

#include <check.h>

static struct breaker b;
static struct rng rng;

static inline void
setup(void)
{
    rng_init(&rng, 1);
    breaker_init(&b, &breaker_defaults, 0);
}

static inline struct breaker_permit
admitted(int64_t now_ms)
{
    struct breaker_permit permit = {0};

    ck_assert_msg(breaker_admit(&b, now_ms, &rng, &permit),
                  "not admitted at %lld ms", (long long)now_ms);
    return permit;
}

static inline bool
refused(int64_t now_ms)
{
    struct breaker_permit permit = {0};

    return !breaker_admit(&b, now_ms, &rng, &permit);
}

static inline void
report(struct breaker_permit *permit, enum breaker_outcome outcome,
       int64_t now_ms)
{
    breaker_report(&b, permit, outcome, now_ms, &rng);
}

/* One call that begins and ends at `now_ms`. */
static inline void
call(enum breaker_outcome outcome, int64_t now_ms)
{
    struct breaker_permit permit = admitted(now_ms);

    report(&permit, outcome, now_ms);
}

static inline void
calls(int n, enum breaker_outcome outcome, int64_t now_ms)
{
    while (n-- > 0)
        call(outcome, now_ms);
}

static inline enum breaker_state
state(int64_t now_ms)
{
    return breaker_state_at(&b, now_ms);
}

/* Opens by five failures and returns when it becomes half open. */
static inline int64_t
open_at(int64_t now_ms)
{
    calls(5, BREAKER_FAIL, now_ms);
    ck_assert_int_eq(state(now_ms), BREAKER_OPEN);
    return breaker_look(&b, now_ms).retry_at_ms;
}

static inline void
assert_reason(const char *text)
{
    char buf[64];

    ck_assert_str_eq(breaker_reason_text(&b, buf, sizeof(buf)), text);
}

#endif
