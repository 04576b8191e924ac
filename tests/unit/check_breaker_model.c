/*
 * Random histories against a reference model of the breaker.
 *
 * The model keeps every result of the time CLOSED and every trial of the time
 * HALF_OPEN in a list and works everything out from these lists again at each
 * step, in the words of the rules.  The length of a stay in OPEN is random:
 * the model takes it over from the breaker after checking its bounds.
 */
#include "core/breaker.h"

#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

enum {
    SEEDS = 500,
    STEPS = 2200, /* 500 x 2,200: 1.1 million. */
    PERMITS = 24,
    RESULTS_MAX = STEPS + 1
};

struct result_seen {
    int64_t at_ms;
    enum breaker_outcome outcome;
};

enum trial {
    TRIAL_RUNNING,
    TRIAL_OK,
    TRIAL_FAILED,
    TRIAL_RETURNED
};

struct model {
    struct breaker_params p;
    enum breaker_state state;
    uint32_t epoch;
    uint64_t trips;
    int64_t entered_ms;
    uint32_t n;      /* When the state was entered. */
    uint32_t last_n; /* Exponent of the last stay in OPEN. */
    int64_t until_ms;
    int64_t tried_ms;
    bool early;
    int64_t clock_ms; /* When the thirty seconds began. */
    struct result_seen results[RESULTS_MAX];
    int n_results;
    enum trial trials[RESULTS_MAX];
    int n_trials;
};

/* The model's half of a permit. */
struct ticket {
    bool live;
    uint32_t epoch;
    int trial;  /* Index, or -1. */
    bool voted; /* Success cast at first content. */
    struct breaker_permit real;
};

static struct model m;
static struct breaker b;
static struct rng rng; /* The breaker's. */
static struct rng dice;

static bool
failed(enum breaker_outcome outcome)
{
    return outcome == BREAKER_FAIL || outcome == BREAKER_FAIL_CONNECT;
}

static int
count_trials(enum trial what)
{
    int n = 0;

    for (int i = 0; i < m.n_trials; i++)
        n += m.trials[i] == what;
    return n;
}

/* n after the calm minutes since CLOSED was entered. */
static uint32_t
model_n(int64_t now_ms)
{
    int64_t n = m.n, last = m.entered_ms;

    if (m.state != BREAKER_CLOSED)
        return m.n;
    for (int i = 0; i <= m.n_results; i++) {
        int64_t at = i < m.n_results ? m.results[i].at_ms : now_ms;

        if (i < m.n_results && !failed(m.results[i].outcome))
            continue;
        n -= (at - last) / 60000;
        if (n < 0)
            n = 0;
        last = at;
    }
    return (uint32_t)n;
}

/* Results in the last `buckets` twelfths of the window. */
static struct window_counts
model_window(int64_t buckets, int64_t now_ms)
{
    int64_t width = m.p.window_ms / 12;
    struct window_counts sum = {0};

    for (int i = m.n_results - 1; i >= 0; i--) {
        if (m.results[i].at_ms / width <= now_ms / width - buckets)
            break;
        sum.total++;
        sum.failed += failed(m.results[i].outcome);
        sum.slow += m.results[i].outcome == BREAKER_OK_SLOW;
    }
    return sum;
}

static uint32_t
row_of(bool connect_only)
{
    uint32_t n = 0;

    for (int i = m.n_results - 1; i >= 0; i--, n++) {
        if (!failed(m.results[i].outcome))
            break;
        if (connect_only && m.results[i].outcome != BREAKER_FAIL_CONNECT)
            break;
    }
    return n;
}

static bool
bad_rate(struct window_counts sum)
{
    if (sum.total < m.p.min_calls)
        return false;
    return (double)sum.failed / sum.total >= m.p.failure_rate
           || (double)sum.slow / sum.total >= m.p.slow_call_rate;
}

static bool
should_trip(int64_t now_ms)
{
    int64_t width = m.p.window_ms / 12;
    int64_t short_buckets = (10000 + width - 1) / width;
    struct window_counts recent =
        model_window(short_buckets < 12 ? short_buckets : 12, now_ms);
    double row = recent.total * 0.05;

    if (row < m.p.failure_threshold)
        row = m.p.failure_threshold;
    return row_of(true) >= m.p.connect_failures || row_of(false) >= row - 1e-9
           || bad_rate(recent) || bad_rate(model_window(12, now_ms));
}

static void
model_enter(enum breaker_state state, int64_t at_ms)
{
    m.n = model_n(at_ms);
    m.state = state;
    m.entered_ms = at_ms;
    m.epoch++;
    m.early = false;
    m.n_trials = 0;
    if (state == BREAKER_CLOSED || state == BREAKER_OFF)
        m.n_results = 0;
}

static void
model_open(int64_t at_ms, bool longer)
{
    int64_t stay;

    m.n = model_n(at_ms);
    if (longer) {
        m.last_n = m.n;
        if (m.p.recovery_timeout_ms * (INT64_C(1) << m.n)
            < m.p.recovery_timeout_max_ms)
            m.n++;
    }
    m.state = BREAKER_OPEN; /* n is not forgiven here. */
    model_enter(BREAKER_OPEN, at_ms);
    m.trips++;
    m.tried_ms = at_ms;

    stay = m.p.recovery_timeout_ms * (INT64_C(1) << m.last_n);
    if (stay > m.p.recovery_timeout_max_ms)
        stay = m.p.recovery_timeout_max_ms;
    m.until_ms = b.until_ms;
    ck_assert_int_ge(m.until_ms, at_ms + stay / 2);
    ck_assert_int_le(m.until_ms, at_ms + stay);
}

static void
model_pass_time(int64_t now_ms)
{
    if (m.state == BREAKER_HALF_OPEN && count_trials(TRIAL_RUNNING) > 0
        && now_ms - m.clock_ms >= m.p.half_open_wait_ms)
        model_open(m.clock_ms + m.p.half_open_wait_ms, false);
}

static enum breaker_state
model_state(int64_t now_ms)
{
    return m.state == BREAKER_OPEN && now_ms >= m.until_ms ? BREAKER_HALF_OPEN
                                                           : m.state;
}

static bool
model_permits(int64_t now_ms)
{
    int running = count_trials(TRIAL_RUNNING);

    switch (model_state(now_ms)) {
    case BREAKER_CLOSED:
    case BREAKER_OFF:
        return true;
    case BREAKER_HALF_OPEN:
        return running < (int)m.p.half_open_max_requests
               && running < 1 + count_trials(TRIAL_OK);
    case BREAKER_OPEN:
    case BREAKER_FORCED_OPEN:
        break;
    }
    return false;
}

static bool
model_permits_early(int64_t now_ms)
{
    return model_permits(now_ms)
           || (model_state(now_ms) == BREAKER_OPEN
               && now_ms >= m.tried_ms + 1000);
}

static void
model_granted(struct ticket *ticket, int64_t now_ms)
{
    bool early = m.state == BREAKER_OPEN && now_ms < m.until_ms;

    if (m.state == BREAKER_OPEN) {
        model_enter(BREAKER_HALF_OPEN, now_ms);
        m.early = early;
    }
    ticket->live = true;
    ticket->voted = false;
    ticket->epoch = m.epoch;
    ticket->trial = -1;
    if (m.state != BREAKER_HALF_OPEN)
        return;
    if (count_trials(TRIAL_RUNNING) == 0)
        m.clock_ms = now_ms;
    m.tried_ms = now_ms;
    ticket->trial = m.n_trials;
    m.trials[m.n_trials++] = TRIAL_RUNNING;
}

static void
model_verdict(int64_t now_ms)
{
    int ok = count_trials(TRIAL_OK), bad = count_trials(TRIAL_FAILED);

    if (bad >= 2 || (bad == 1 && ok == 0))
        model_open(now_ms, !(ok == 0 && m.early));
    else if (ok >= (int)m.p.success_threshold
             && (double)bad / (ok + bad) < m.p.failure_rate)
        model_enter(BREAKER_CLOSED, now_ms);
}

static void
model_result(struct ticket *ticket, enum breaker_outcome outcome,
             int64_t now_ms)
{
    bool counts = m.state == BREAKER_CLOSED || m.state == BREAKER_OFF;

    if (m.state == BREAKER_HALF_OPEN) {
        enum trial trial = failed(outcome) ? TRIAL_FAILED : TRIAL_OK;

        if (ticket->voted || ticket->trial < 0)
            m.trials[m.n_trials++] = trial;
        else
            m.trials[ticket->trial] = trial;
        model_verdict(now_ms);
    } else if (counts) {
        m.results[m.n_results++] = (struct result_seen){now_ms, outcome};
        if (m.state == BREAKER_CLOSED && should_trip(now_ms))
            model_open(now_ms, true);
    }
}

static void
model_report(struct ticket *ticket, enum breaker_outcome outcome,
             int64_t now_ms)
{
    bool current = ticket->epoch == m.epoch;

    if (ticket->voted) {
        if (!failed(outcome))
            return;
        ticket->live = false;
        model_result(ticket, outcome, now_ms);
        return;
    }
    ticket->live = false;
    if (!current)
        return;
    if (outcome == BREAKER_IGNORE) {
        if (ticket->trial >= 0)
            m.trials[ticket->trial] = TRIAL_RETURNED;
        return;
    }
    model_result(ticket, outcome, now_ms);
    ticket->voted = ticket->live = !failed(outcome);
}

/* All that is compared after each step, in numbers.  Check's own assertions
 * write to a file each time they pass, too much for a million steps. */
enum figure {
    STATE,
    STATE_ALONE,
    PERMITS_NOW,
    PERMITS_EARLY,
    EPOCH,
    TRIPS,
    EXPONENT,
    SINCE,
    RETRY_AT,
    DEADLINE,
    TOTAL,
    FAILED,
    SLOW,
    IN_A_ROW,
    TRIALS_OK,
    FIGURES
};

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
        [STATE] = seen.state,
        [STATE_ALONE] = breaker_state_at(&b, now_ms),
        [PERMITS_NOW] = seen.permits,
        [PERMITS_EARLY] = seen.permits_early,
        [EPOCH] = seen.epoch,
        [TRIPS] = (int64_t)seen.trips,
        [EXPONENT] = seen.n,
        [SINCE] = seen.since_ms,
        [RETRY_AT] = seen.retry_at_ms,
        [DEADLINE] = breaker_deadline(&b, now_ms),
        [TOTAL] = seen.window.total,
        [FAILED] = seen.window.failed,
        [SLOW] = seen.window.slow,
        [IN_A_ROW] = seen.failures,
        [TRIALS_OK] = seen.half_open_ok,
    };

    memcpy(ret_figures, figures, sizeof(figures));
}

static int64_t
model_deadline(int64_t now_ms)
{
    if (model_state(now_ms) == BREAKER_OPEN)
        return m.until_ms;
    if (m.state == BREAKER_HALF_OPEN && count_trials(TRIAL_RUNNING) > 0)
        return m.clock_ms + m.p.half_open_wait_ms;
    return INT64_MAX;
}

static void
read_model(int64_t now_ms, int64_t ret_figures[FIGURES])
{
    struct window_counts window = model_window(12, now_ms);
    enum breaker_state state = model_state(now_ms);
    const int64_t figures[FIGURES] = {
        [STATE] = state,
        [STATE_ALONE] = state,
        [PERMITS_NOW] = model_permits(now_ms),
        [PERMITS_EARLY] = model_permits_early(now_ms),
        [EPOCH] = m.epoch,
        [TRIPS] = (int64_t)m.trips,
        [EXPONENT] = model_n(now_ms),
        [SINCE] = state == m.state ? m.entered_ms : m.until_ms,
        [RETRY_AT] = state == BREAKER_OPEN ? m.until_ms : INT64_MAX,
        [DEADLINE] = model_deadline(now_ms),
        [TOTAL] = window.total,
        [FAILED] = window.failed,
        [SLOW] = window.slow,
        [IN_A_ROW] = row_of(false),
        [TRIALS_OK] = count_trials(TRIAL_OK),
    };

    memcpy(ret_figures, figures, sizeof(figures));
}

static void
compare(int64_t now_ms)
{
    int64_t got[FIGURES], want[FIGURES];

    read_breaker(now_ms, got);
    read_model(now_ms, want);
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
try_admit(struct ticket *ticket, bool early, int64_t now_ms)
{
    bool expected = early ? model_permits_early(now_ms) : model_permits(now_ms);
    bool granted = early ? breaker_admit_early(&b, now_ms, &rng, &ticket->real)
                         : breaker_admit(&b, now_ms, &rng, &ticket->real);

    if (granted != expected)
        ck_abort_msg("granted %d, not %d, at %lld ms", granted, expected,
                     (long long)now_ms);
    if (granted)
        model_granted(ticket, now_ms);
}

static void
give_hint(int64_t now_ms)
{
    breaker_hint(&b, now_ms, &rng);
    if (m.state != BREAKER_OPEN)
        return;
    ck_assert_int_le(b.until_ms, m.until_ms);
    if (b.until_ms != m.until_ms)
        ck_assert_int_ge(b.until_ms, now_ms);
    ck_assert_int_le(b.until_ms,
                     now_ms + 1000 > m.until_ms ? m.until_ms : now_ms + 1000);
    m.until_ms = b.until_ms;
}

static void
set_mode(enum breaker_mode mode, int64_t now_ms)
{
    static const enum breaker_state STATES[] = {
        [BREAKER_MODE_AUTO] = BREAKER_CLOSED,
        [BREAKER_MODE_OPEN] = BREAKER_FORCED_OPEN,
        [BREAKER_MODE_OFF] = BREAKER_OFF,
    };

    breaker_set(&b, mode, now_ms);
    if (mode != BREAKER_MODE_AUTO && m.state == STATES[mode])
        return;
    model_enter(STATES[mode], now_ms);
    m.n = 0;
    m.last_n = 0;
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
        if (m.state == BREAKER_CLOSED)
            model_open(now_ms, true);
        break;
    case 3:
    case 4:
        set_mode(BREAKER_MODE_AUTO, now_ms);
        break;
    default:
        give_hint(now_ms);
        break;
    }
}

static void
settle(struct ticket *ticket, const struct weather *w, int64_t now_ms)
{
    enum breaker_outcome outcome = draw_outcome(w);

    if (chance(2)) { /* Its owner forgot it. */
        ticket->live = false;
        return;
    }
    breaker_report(&b, &ticket->real, outcome, now_ms, &rng);
    model_report(ticket, outcome, now_ms);
    if (ticket->voted && chance(70)) {
        outcome = chance(50) ? BREAKER_IGNORE : BREAKER_OK;
        breaker_report(&b, &ticket->real, outcome, now_ms, &rng);
        ticket->live = false;
    }
}

static void
step(struct ticket *tickets, const struct weather *w, int64_t now_ms)
{
    struct ticket *ticket = &tickets[rng_upto(&dice, PERMITS - 1)];

    if (chance(1) && chance(40))
        rare_event(now_ms);
    else if (m.state == BREAKER_FORCED_OPEN && chance(5))
        set_mode(BREAKER_MODE_AUTO, now_ms);
    else if (ticket->live)
        settle(ticket, w, now_ms);
    else
        try_admit(ticket, chance(10), now_ms);
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
    struct ticket tickets[PERMITS];
    const struct weather *w = &WEATHERS[0];
    int64_t now_ms = 0;

    memset(tickets, 0, sizeof(tickets));
    memset(&m, 0, sizeof(m));
    rng_init(&dice, (uint64_t)_i + 1);
    rng_init(&rng, (uint64_t)_i + 1000001);
    m.p = draw_params();
    m.epoch = 1;
    now_ms = m.entered_ms = rng_upto(&dice, 1000000);
    breaker_init(&b, &m.p, now_ms);

    for (int i = 0; i < STEPS; i++) {
        if (chance(1))
            w = &WEATHERS[rng_upto(&dice, array_count(WEATHERS) - 1)];
        now_ms += rng_upto(&dice, w->step_ms * 2);
        if (chance(1) && chance(30))
            now_ms += rng_upto(&dice, 100000);
        /* Half of the time it has to notice the passing of time by itself. */
        if (chance(50))
            breaker_tick(&b, now_ms);
        if (m.state == BREAKER_HALF_OPEN)
            breaker_tick(&b, now_ms); /* The model needs to see `until`. */
        model_pass_time(now_ms);
        step(tickets, w, now_ms);
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
