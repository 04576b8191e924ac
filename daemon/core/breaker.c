#include "core/breaker.h"

#include "core/backoff.h"

#include <assert.h>

enum {
    CALM_MS = 60 * 1000, /* Forgives one trip. */
    HINT_MS = 1000,      /* A hint ends OPEN within this. */
    EARLY_MS = 1000,     /* Between trials of last resort. */
    TRIAL_FAILURES = 2,  /* Failed trials that open again. */
    CALLS_A_FAILURE = 20 /* One in a row more for each 20 calls. */
};

const struct breaker_params breaker_defaults = {
    .window_ms = 60000,
    .min_calls = 10,
    .failure_rate = 0.5,
    .slow_call_rate = 0.8,
    .failure_threshold = 5,
    .connect_failures = 3,
    .recovery_timeout_ms = 5000,
    .recovery_timeout_max_ms = 300000,
    .half_open_max_requests = 3,
    .success_threshold = 2,
    .half_open_wait_ms = 30000,
};

/* What opened the circuit; the two numbers are those of the text. */
struct cause {
    enum breaker_reason reason;
    uint32_t n;
    uint32_t of;
};

static bool
is_failure(enum breaker_outcome outcome)
{
    return outcome == BREAKER_FAIL || outcome == BREAKER_FAIL_CONNECT;
}

static bool
is_success(enum breaker_outcome outcome)
{
    return outcome == BREAKER_OK || outcome == BREAKER_OK_SLOW;
}

static void
enter(struct breaker *b, enum breaker_state state, int64_t at_ms)
{
    b->state = state;
    b->epoch++;
    b->since_ms = at_ms;
    b->ok = 0;
    b->failed = 0;
    b->held = 0;
    b->early = false;
}

/* CLOSED and OFF begin with a clean slate. */
static void
enter_counting(struct breaker *b, enum breaker_state state, int64_t at_ms)
{
    enter(b, state, at_ms);
    window_clear(&b->window);
    b->failures = 0;
    b->unconnected = 0;
    b->calm_since_ms = at_ms;
}

static int64_t
draw_stay(const struct breaker *b, uint32_t n, struct rng *rng)
{
    return backoff_equal(b->params.recovery_timeout_ms,
                         b->params.recovery_timeout_max_ms, n, rng);
}

static void
open_for(struct breaker *b, const struct cause *cause, int64_t at_ms,
         int64_t stay_ms)
{
    enter(b, BREAKER_OPEN, at_ms);
    b->until_ms = at_ms + stay_ms;
    b->tried_ms = at_ms;
    b->trips++;
    b->reason = cause->reason;
    b->reason_n = cause->n;
    b->reason_of = cause->of;
}

/* `n` grows no further than the longest stay needs: a long outage shall not
 * take hours of calm to be forgiven. */
static void
open_longer(struct breaker *b, const struct cause *cause, int64_t now_ms,
            struct rng *rng)
{
    open_for(b, cause, now_ms, draw_stay(b, b->n, rng));
    b->stay_n = b->n;
    if (b->params.recovery_timeout_ms < b->params.recovery_timeout_max_ms
        >> b->n)
        b->n++;
}

static void
open_again(struct breaker *b, const struct cause *cause, int64_t now_ms,
           struct rng *rng)
{
    open_for(b, cause, now_ms, draw_stay(b, b->stay_n, rng));
}

void
breaker_init(struct breaker *b, const struct breaker_params *params,
             int64_t now_ms)
{
    assert(params->min_calls > 0 && params->failure_threshold > 0);
    assert(params->connect_failures > 0 && params->success_threshold > 0);
    assert(params->half_open_max_requests > 0);
    assert(params->recovery_timeout_ms > 0);
    assert(params->recovery_timeout_max_ms >= params->recovery_timeout_ms);

    *b = (struct breaker){.params = *params};
    window_init(&b->window, params->window_ms);
    enter_counting(b, BREAKER_CLOSED, now_ms);
}

void
breaker_tick(struct breaker *b, int64_t now_ms)
{
    if (b->state == BREAKER_HALF_OPEN && b->held > 0
        && now_ms >= b->verdict_ms) {
        const struct cause hung = {BREAKER_REASON_HUNG, b->held, 0};

        open_for(b, &hung, b->verdict_ms, b->rehang_ms);
    }
    if (b->state == BREAKER_CLOSED) {
        int64_t steps = (now_ms - b->calm_since_ms) / CALM_MS;

        if (steps > 0) {
            b->n = steps < (int64_t)b->n ? b->n - (uint32_t)steps : 0;
            b->calm_since_ms += steps * CALM_MS;
        }
    }
}

static bool
has_free_trial(const struct breaker *b)
{
    return b->held < b->params.half_open_max_requests && b->held <= b->ok;
}

static void
grant(const struct breaker *b, int64_t deadline_ms,
      struct breaker_permit *ret_permit)
{
    *ret_permit = (struct breaker_permit){
        .epoch = b->epoch,
        .state = BREAKER_PERMIT_HELD,
        .deadline_ms = deadline_ms,
    };
}

/* The stay that follows if the trials hang is drawn here, so that time alone
 * decides what the breaker reads as from then on. */
static void
grant_trial(struct breaker *b, int64_t now_ms, struct rng *rng,
            struct breaker_permit *ret_permit)
{
    if (b->held == 0) {
        b->verdict_ms = now_ms + b->params.half_open_wait_ms;
        b->rehang_ms = draw_stay(b, b->stay_n, rng);
    }
    b->held++;
    b->tried_ms = now_ms;
    grant(b, b->verdict_ms, ret_permit);
}

bool
breaker_admit(struct breaker *b, int64_t now_ms, struct rng *rng,
              struct breaker_permit *ret_permit)
{
    breaker_tick(b, now_ms);
    if (b->state == BREAKER_OPEN && now_ms >= b->until_ms)
        enter(b, BREAKER_HALF_OPEN, now_ms);

    switch (b->state) {
    case BREAKER_CLOSED:
    case BREAKER_OFF:
        grant(b, INT64_MAX, ret_permit);
        return true;
    case BREAKER_HALF_OPEN:
        if (!has_free_trial(b))
            return false;
        grant_trial(b, now_ms, rng, ret_permit);
        return true;
    case BREAKER_OPEN:
    case BREAKER_FORCED_OPEN:
        break;
    }
    return false;
}

static bool
may_try_early(const struct breaker *b, int64_t now_ms)
{
    return b->state == BREAKER_OPEN && now_ms < b->until_ms
           && now_ms - b->tried_ms >= EARLY_MS;
}

bool
breaker_admit_early(struct breaker *b, int64_t now_ms, struct rng *rng,
                    struct breaker_permit *ret_permit)
{
    breaker_tick(b, now_ms);
    if (!may_try_early(b, now_ms))
        return breaker_admit(b, now_ms, rng, ret_permit);

    enter(b, BREAKER_HALF_OPEN, now_ms);
    b->early = true;
    grant_trial(b, now_ms, rng, ret_permit);
    return true;
}

static void
count(struct breaker *b, enum breaker_outcome outcome, int64_t now_ms)
{
    if (is_failure(outcome)) {
        window_add(&b->window, WINDOW_FAILED, now_ms);
        b->failures++;
        b->unconnected =
            outcome == BREAKER_FAIL_CONNECT ? b->unconnected + 1 : 0;
        b->calm_since_ms = now_ms;
        return;
    }
    window_add(&b->window, outcome == BREAKER_OK_SLOW ? WINDOW_SLOW : 0,
               now_ms);
    b->failures = 0;
    b->unconnected = 0;
}

static bool
reaches(uint32_t n, uint32_t of, double rate)
{
    return (double)n / (double)of >= rate;
}

static bool
find_bad_rate(const struct breaker *b, int64_t last_ms, int64_t now_ms,
              struct cause *ret_cause)
{
    struct window_counts sum = window_sum(&b->window, last_ms, now_ms);

    if (sum.total < b->params.min_calls)
        return false;
    if (reaches(sum.failed, sum.total, b->params.failure_rate)) {
        *ret_cause =
            (struct cause){BREAKER_REASON_FAILURES, sum.failed, sum.total};
        return true;
    }
    if (reaches(sum.slow, sum.total, b->params.slow_call_rate)) {
        *ret_cause = (struct cause){BREAKER_REASON_SLOW, sum.slow, sum.total};
        return true;
    }
    return false;
}

/* At peak traffic a blip of a second is many failures in a row and no outage
 * yet: a twentieth of what the short window saw must fail. */
static uint32_t
failures_in_a_row_allowed(const struct breaker *b, int64_t now_ms)
{
    uint32_t calls =
        window_sum(&b->window, BREAKER_SHORT_WINDOW_MS, now_ms).total;
    uint32_t scaled = (calls + CALLS_A_FAILURE - 1) / CALLS_A_FAILURE;

    return scaled > b->params.failure_threshold ? scaled
                                                : b->params.failure_threshold;
}

static bool
find_cause(const struct breaker *b, int64_t now_ms, struct cause *ret_cause)
{
    if (b->unconnected >= b->params.connect_failures) {
        *ret_cause = (struct cause){BREAKER_REASON_CONNECT, b->unconnected, 0};
        return true;
    }
    if (b->failures >= failures_in_a_row_allowed(b, now_ms)) {
        *ret_cause = (struct cause){BREAKER_REASON_CONSECUTIVE, b->failures, 0};
        return true;
    }
    return find_bad_rate(b, INT64_MAX, now_ms, ret_cause)
           || find_bad_rate(b, BREAKER_SHORT_WINDOW_MS, now_ms, ret_cause);
}

static void
result_closed(struct breaker *b, enum breaker_outcome outcome, int64_t now_ms,
              struct rng *rng)
{
    struct cause cause;

    count(b, outcome, now_ms);
    if (find_cause(b, now_ms, &cause))
        open_longer(b, &cause, now_ms, rng);
}

static void
trial_succeeded(struct breaker *b, int64_t now_ms)
{
    b->ok++;
    if (b->ok >= b->params.success_threshold
        && !reaches(b->failed, b->ok + b->failed, b->params.failure_rate))
        enter_counting(b, BREAKER_CLOSED, now_ms);
}

static void
trial_failed(struct breaker *b, int64_t now_ms, struct rng *rng)
{
    struct cause cause;

    b->failed++;
    cause = (struct cause){BREAKER_REASON_TRIAL, b->failed, b->ok + b->failed};
    if (b->ok == 0 && b->early)
        open_again(b, &cause, now_ms, rng);
    else if (b->ok == 0 || b->failed >= TRIAL_FAILURES)
        open_longer(b, &cause, now_ms, rng);
}

/* A success or failure in the current epoch. */
static void
result(struct breaker *b, enum breaker_outcome outcome, int64_t now_ms,
       struct rng *rng)
{
    switch (b->state) {
    case BREAKER_CLOSED:
        result_closed(b, outcome, now_ms, rng);
        return;
    case BREAKER_OFF:
        count(b, outcome, now_ms);
        return;
    case BREAKER_HALF_OPEN:
        if (is_success(outcome))
            trial_succeeded(b, now_ms);
        else
            trial_failed(b, now_ms, rng);
        return;
    case BREAKER_OPEN:
    case BREAKER_FORCED_OPEN: /* A stream that broke: nothing to decide. */
        return;
    }
}

static void
cast_vote(struct breaker *b, struct breaker_permit *permit,
          enum breaker_outcome outcome, int64_t now_ms, struct rng *rng)
{
    permit->state = BREAKER_PERMIT_SPENT;
    if (permit->epoch != b->epoch)
        return;
    if (b->state == BREAKER_HALF_OPEN)
        b->held--;
    if (outcome == BREAKER_IGNORE)
        return;
    if (is_success(outcome))
        permit->state = BREAKER_PERMIT_OK;
    result(b, outcome, now_ms, rng);
}

void
breaker_report(struct breaker *b, struct breaker_permit *permit,
               enum breaker_outcome outcome, int64_t now_ms, struct rng *rng)
{
    breaker_tick(b, now_ms);
    switch (permit->state) {
    case BREAKER_PERMIT_HELD:
        cast_vote(b, permit, outcome, now_ms, rng);
        return;
    case BREAKER_PERMIT_OK:
        if (!is_failure(outcome))
            return;
        permit->state = BREAKER_PERMIT_SPENT;
        result(b, outcome, now_ms, rng);
        return;
    case BREAKER_PERMIT_NONE:
    case BREAKER_PERMIT_SPENT:
        return;
    }
}

void
breaker_hint(struct breaker *b, int64_t now_ms, struct rng *rng)
{
    int64_t until_ms;

    breaker_tick(b, now_ms);
    if (b->state != BREAKER_OPEN)
        return;
    until_ms = now_ms + rng_upto(rng, HINT_MS);
    if (until_ms < b->until_ms)
        b->until_ms = until_ms;
}

void
breaker_unreachable(struct breaker *b, uint32_t n, int64_t now_ms,
                    struct rng *rng)
{
    const struct cause cause = {BREAKER_REASON_PROBE, n, 0};

    breaker_tick(b, now_ms);
    if (b->state == BREAKER_CLOSED)
        open_longer(b, &cause, now_ms, rng);
}

void
breaker_set(struct breaker *b, enum breaker_mode mode, int64_t now_ms)
{
    if ((mode == BREAKER_MODE_OPEN && b->state == BREAKER_FORCED_OPEN)
        || (mode == BREAKER_MODE_OFF && b->state == BREAKER_OFF))
        return;
    b->n = 0;
    b->stay_n = 0;
    b->reason = BREAKER_REASON_NONE;
    switch (mode) {
    case BREAKER_MODE_AUTO:
        enter_counting(b, BREAKER_CLOSED, now_ms);
        return;
    case BREAKER_MODE_OFF:
        enter_counting(b, BREAKER_OFF, now_ms);
        return;
    case BREAKER_MODE_OPEN:
        enter(b, BREAKER_FORCED_OPEN, now_ms);
        b->reason = BREAKER_REASON_OPERATOR;
        return;
    }
}
