/*
 * breaker_look.c - what the breaker shows to those who only look.
 *
 * Every question is put to a copy to which time has been applied, so that
 * the answers cannot differ from what the breaker would do.
 */
#include "core/breaker.h"

enum {
    GOOD_HEALTH_FAILURES = 2, /* Fewer than this are nothing. */
    GOOD_HEALTH_PART = 10     /* Nor are fewer than a tenth. */
};

static struct breaker
at(const struct breaker *b, int64_t now_ms)
{
    struct breaker copy = *b;

    breaker_tick(&copy, now_ms);
    return copy;
}

/* For a breaker from at(). */
static enum breaker_state
shown_state(const struct breaker *b, int64_t now_ms)
{
    if (b->state == BREAKER_OPEN && now_ms >= b->until_ms)
        return BREAKER_HALF_OPEN;
    return b->state;
}

static enum breaker_mode
mode_of(enum breaker_state state)
{
    if (state == BREAKER_FORCED_OPEN)
        return BREAKER_MODE_OPEN;
    return state == BREAKER_OFF ? BREAKER_MODE_OFF : BREAKER_MODE_AUTO;
}

/* Which numbers are drawn does not matter to whether a permit is granted. */
static bool
would_admit(const struct breaker *b, int64_t now_ms)
{
    struct breaker copy = *b;
    struct breaker_permit permit;
    struct rng rng = {0};

    return breaker_admit(&copy, now_ms, &rng, &permit);
}

static bool
would_admit_early(const struct breaker *b, int64_t now_ms)
{
    struct breaker copy = *b;
    struct breaker_permit permit;
    struct rng rng = {0};

    return breaker_admit_early(&copy, now_ms, &rng, &permit);
}

struct breaker_view
breaker_look(const struct breaker *b, int64_t now_ms)
{
    struct breaker seen = at(b, now_ms);
    enum breaker_state state = shown_state(&seen, now_ms);

    return (struct breaker_view){
        .state = state,
        .mode = mode_of(state),
        .permits = would_admit(&seen, now_ms),
        .permits_early = would_admit_early(&seen, now_ms),
        .since_ms = state == seen.state ? seen.since_ms : seen.until_ms,
        .retry_at_ms = state == BREAKER_OPEN ? seen.until_ms : INT64_MAX,
        .n = seen.n,
        .epoch = seen.epoch,
        .trips = seen.trips,
        .failures = seen.failures,
        .half_open_ok = seen.ok,
        .half_open_of = seen.params.success_threshold,
        .window = window_sum(&seen.window, INT64_MAX, now_ms),
        .reason = seen.reason,
    };
}

enum breaker_state
breaker_state_at(const struct breaker *b, int64_t now_ms)
{
    struct breaker seen = at(b, now_ms);

    return shown_state(&seen, now_ms);
}

int64_t
breaker_deadline(const struct breaker *b, int64_t now_ms)
{
    struct breaker seen = at(b, now_ms);

    if (seen.state == BREAKER_OPEN && now_ms < seen.until_ms)
        return seen.until_ms;
    if (seen.state == BREAKER_HALF_OPEN && seen.held > 0)
        return seen.verdict_ms;
    return INT64_MAX;
}

bool
breaker_in_good_health(const struct breaker *b, int64_t now_ms)
{
    struct window_counts sum;

    if (b->state != BREAKER_CLOSED && b->state != BREAKER_OFF)
        return false;
    sum = window_sum(&b->window, BREAKER_SHORT_WINDOW_MS, now_ms);
    return sum.failed < GOOD_HEALTH_FAILURES
           || (uint64_t)sum.failed * GOOD_HEALTH_PART < sum.total;
}
