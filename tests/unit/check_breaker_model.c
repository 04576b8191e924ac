/*
 * Random histories against the reference model of breaker_model.h.
 */
#include "core/breaker.h"

#include "base/mem.h"
#include "breaker_model.h"
#include "support/suite.h"

#include <string.h>

enum {
    SEEDS = 500,
    STEPS = 2200, /* 500 x 2,200: 1.1 million. */
    ATTEMPTS = 24
};

_Static_assert((int)STEPS < (int)MODEL_EVENTS_MAX,
               "the model remembers every step");

/* One that may be under way. */
struct attempt {
    struct ticket ticket;
    struct breaker_permit permit;
};

static struct breaker b;
static struct rng rng; /* The breaker's. */
static struct rng dice;

static const char *const FIGURE_NAMES[FIGURES] = {
    "state", "state alone", "permits", "permits early", "epoch",
    "trips", "n",           "since",   "retry at",      "deadline",
    "total", "failed",      "slow",    "in a row",      "trials ok",
};

static void
read_breaker(int64_t now_ms, int64_t ret_figures[FIGURES])
{
    struct breaker_view seen = breaker_look(&b, now_ms);
    const int64_t figures[FIGURES] = {
        [FIGURE_STATE] = seen.state,
        [FIGURE_STATE_ALONE] = breaker_state_at(&b, now_ms),
        [FIGURE_PERMITS] = seen.permits,
        [FIGURE_PERMITS_EARLY] = seen.permits_early,
        [FIGURE_EPOCH] = seen.epoch,
        [FIGURE_TRIPS] = (int64_t)seen.trips,
        [FIGURE_N] = seen.n,
        [FIGURE_SINCE] = seen.since_ms,
        [FIGURE_RETRY_AT] = seen.retry_at_ms,
        [FIGURE_DEADLINE] = breaker_deadline(&b, now_ms),
        [FIGURE_TOTAL] = seen.window.total,
        [FIGURE_FAILED] = seen.window.failed,
        [FIGURE_SLOW] = seen.window.slow,
        [FIGURE_IN_A_ROW] = seen.failures,
        [FIGURE_TRIALS_OK] = seen.half_open_ok,
    };

    memcpy(ret_figures, figures, sizeof(figures));
}

/* Check's own assertions write to a file each time they pass, which is too
 * much for a million steps. */
static void
compare(int64_t now_ms)
{
    int64_t got[FIGURES], want[FIGURES];

    read_breaker(now_ms, got);
    model_figures(now_ms, want);
    for (unsigned i = 0; i < FIGURES; i++) {
        if (got[i] != want[i])
            ck_abort_msg("%s is %lld, not %lld, at %lld ms", FIGURE_NAMES[i],
                         (long long)got[i], (long long)want[i],
                         (long long)now_ms);
    }
}

static bool
chance(int percent)
{
    return rng_upto(&dice, 99) < percent;
}

/* A stretch of weather: how likely each outcome is, how fast time passes. */
static const struct weather {
    int fail, connect, slow, ignore; /* Percent, in this order. */
    int64_t step_ms;
} WEATHERS[] = {
    {1, 0, 1, 2, 30},     {20, 2, 5, 5, 5},     {55, 5, 0, 5, 200},
    {100, 0, 0, 0, 300},  {0, 100, 0, 0, 1500}, {0, 0, 85, 5, 400},
    {10, 0, 10, 40, 900}, {2, 0, 0, 0, 20000},  {30, 10, 30, 10, 3000},
};

static enum breaker_outcome
draw_outcome(const struct weather *w)
{
    int64_t roll = rng_upto(&dice, 99);

    if ((roll -= w->fail) < 0)
        return BREAKER_FAIL;
    if ((roll -= w->connect) < 0)
        return BREAKER_FAIL_CONNECT;
    if ((roll -= w->slow) < 0)
        return BREAKER_OK_SLOW;
    if ((roll -= w->ignore) < 0)
        return BREAKER_IGNORE;
    return BREAKER_OK;
}

static void
try_admit(struct attempt *attempt, bool early, int64_t now_ms)
{
    bool expected = early ? model_permits_early(now_ms) : model_permits(now_ms);
    bool granted = early
                       ? breaker_admit_early(&b, now_ms, &rng, &attempt->permit)
                       : breaker_admit(&b, now_ms, &rng, &attempt->permit);

    if (granted != expected)
        ck_abort_msg("granted %d, not %d, at %lld ms", granted, expected,
                     (long long)now_ms);
    if (granted)
        model_granted(&attempt->ticket, now_ms);
}

static void
set_mode(enum breaker_mode mode, int64_t now_ms)
{
    breaker_set(&b, mode, now_ms);
    model_set(mode, now_ms);
}

static void
rare_event(int64_t now_ms)
{
    switch (rng_upto(&dice, 9)) {
    case 0:
        set_mode(BREAKER_MODE_OPEN, now_ms);
        break;
    case 1:
        set_mode(BREAKER_MODE_OFF, now_ms);
        break;
    case 2:
        breaker_unreachable(&b, 3, now_ms, &rng);
        model_unreachable(now_ms);
        break;
    case 3:
    case 4:
        set_mode(BREAKER_MODE_AUTO, now_ms);
        break;
    default:
        breaker_hint(&b, now_ms, &rng);
        model_hint(now_ms);
        break;
    }
}

static void
settle(struct attempt *attempt, const struct weather *w, int64_t now_ms)
{
    enum breaker_outcome outcome = draw_outcome(w);

    if (chance(2)) { /* Its owner forgot it. */
        attempt->ticket.live = false;
        return;
    }
    breaker_report(&b, &attempt->permit, outcome, now_ms, &rng);
    model_report(&attempt->ticket, outcome, now_ms);
    if (attempt->ticket.voted && chance(70)) {
        outcome = chance(50) ? BREAKER_IGNORE : BREAKER_OK;
        breaker_report(&b, &attempt->permit, outcome, now_ms, &rng);
        attempt->ticket.live = false;
    }
}

static void
step(struct attempt *attempts, const struct weather *w, int64_t now_ms)
{
    struct attempt *attempt = &attempts[rng_upto(&dice, ATTEMPTS - 1)];

    if (chance(1) && chance(40))
        rare_event(now_ms);
    else if (model_entered_state() == BREAKER_FORCED_OPEN && chance(5))
        set_mode(BREAKER_MODE_AUTO, now_ms);
    else if (attempt->ticket.live)
        settle(attempt, w, now_ms);
    else
        try_admit(attempt, chance(10), now_ms);
}

static struct breaker_params
draw_params(void)
{
    struct breaker_params p = breaker_defaults;

    if (chance(50))
        return p;
    p.window_ms = chance(50) ? 60000 : 12000 + rng_upto(&dice, 300000);
    p.min_calls = 1 + (uint32_t)rng_upto(&dice, 20);
    p.failure_rate = (double)(1 + rng_upto(&dice, 19)) / 20;
    p.failure_threshold = 1 + (uint32_t)rng_upto(&dice, 9);
    p.connect_failures = 1 + (uint32_t)rng_upto(&dice, 4);
    p.half_open_max_requests = 1 + (uint32_t)rng_upto(&dice, 5);
    p.success_threshold = 1 + (uint32_t)rng_upto(&dice, 5);
    p.recovery_timeout_ms = 1 + rng_upto(&dice, 10000);
    p.recovery_timeout_max_ms = p.recovery_timeout_ms + rng_upto(&dice, 600000);
    return p;
}

START_TEST(the_breaker_agrees_with_the_reference_model)
{
    struct attempt attempts[ATTEMPTS];
    const struct weather *w = &WEATHERS[0];
    struct breaker_params params;
    int64_t now_ms;

    memset(attempts, 0, sizeof(attempts));
    rng_init(&dice, (uint64_t)_i + 1);
    rng_init(&rng, (uint64_t)_i + 1000001);
    params = draw_params();
    now_ms = rng_upto(&dice, 1000000);
    breaker_init(&b, &params, now_ms);
    model_init(&b, now_ms);

    for (int i = 0; i < STEPS; i++) {
        if (chance(1))
            w = &WEATHERS[rng_upto(&dice, array_count(WEATHERS) - 1)];
        now_ms += rng_upto(&dice, w->step_ms * 2);
        if (chance(1) && chance(30))
            now_ms += rng_upto(&dice, 100000);
        /* Half of the time it has to notice the passing of time by itself. */
        if (chance(50))
            breaker_tick(&b, now_ms);
        if (model_entered_state() == BREAKER_HALF_OPEN)
            breaker_tick(&b, now_ms); /* The model needs to see `until`. */
        model_pass_time(now_ms);
        step(attempts, w, now_ms);
        compare(now_ms);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("breaker_model");
    TCase *tc = tcase_create("random histories");

    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, the_breaker_agrees_with_the_reference_model, 0,
                        SEEDS);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
