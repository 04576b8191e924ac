#include "breaker_model.h"

#include <check.h>
#include <string.h>

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
    const struct breaker *real;
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
    struct result_seen results[MODEL_EVENTS_MAX];
    int n_results;
    enum trial trials[MODEL_EVENTS_MAX];
    int n_trials;
};

static struct model m;

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
    m.state = BREAKER_OPEN; /* Lest model_enter() forgives it again. */
    model_enter(BREAKER_OPEN, at_ms);
    m.trips++;
    m.tried_ms = at_ms;

    stay = m.p.recovery_timeout_ms * (INT64_C(1) << m.last_n);
    if (stay > m.p.recovery_timeout_max_ms)
        stay = m.p.recovery_timeout_max_ms;
    m.until_ms = m.real->until_ms;
    ck_assert_int_ge(m.until_ms, at_ms + stay / 2);
    ck_assert_int_le(m.until_ms, at_ms + stay);
}

void
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

bool
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

bool
model_permits_early(int64_t now_ms)
{
    return model_permits(now_ms)
           || (model_state(now_ms) == BREAKER_OPEN
               && now_ms >= m.tried_ms + 1000);
}

void
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

void
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

void
model_init(const struct breaker *real, int64_t now_ms)
{
    memset(&m, 0, sizeof(m));
    m.real = real;
    m.p = real->params;
    m.epoch = 1;
    m.entered_ms = now_ms;
}

void
model_hint(int64_t now_ms)
{
    int64_t until_ms = m.real->until_ms;

    if (m.state != BREAKER_OPEN)
        return;
    ck_assert_int_le(until_ms, m.until_ms);
    ck_assert_int_le(until_ms, now_ms + 1000);
    if (until_ms != m.until_ms)
        ck_assert_int_ge(until_ms, now_ms);
    m.until_ms = until_ms;
}

void
model_unreachable(int64_t now_ms)
{
    if (m.state == BREAKER_CLOSED)
        model_open(now_ms, true);
}

void
model_set(enum breaker_mode mode, int64_t now_ms)
{
    static const enum breaker_state STATES[] = {
        [BREAKER_MODE_AUTO] = BREAKER_CLOSED,
        [BREAKER_MODE_OPEN] = BREAKER_FORCED_OPEN,
        [BREAKER_MODE_OFF] = BREAKER_OFF,
    };

    if (mode != BREAKER_MODE_AUTO && m.state == STATES[mode])
        return;
    model_enter(STATES[mode], now_ms);
    m.n = 0;
    m.last_n = 0;
}

enum breaker_state
model_entered_state(void)
{
    return m.state;
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

void
model_figures(int64_t now_ms, int64_t ret_figures[FIGURES])
{
    struct window_counts window = model_window(12, now_ms);
    enum breaker_state state = model_state(now_ms);
    const int64_t figures[FIGURES] = {
        [FIGURE_STATE] = state,
        [FIGURE_STATE_ALONE] = state,
        [FIGURE_PERMITS] = model_permits(now_ms),
        [FIGURE_PERMITS_EARLY] = model_permits_early(now_ms),
        [FIGURE_EPOCH] = m.epoch,
        [FIGURE_TRIPS] = (int64_t)m.trips,
        [FIGURE_N] = model_n(now_ms),
        [FIGURE_SINCE] = state == m.state ? m.entered_ms : m.until_ms,
        [FIGURE_RETRY_AT] = state == BREAKER_OPEN ? m.until_ms : INT64_MAX,
        [FIGURE_DEADLINE] = model_deadline(now_ms),
        [FIGURE_TOTAL] = window.total,
        [FIGURE_FAILED] = window.failed,
        [FIGURE_SLOW] = window.slow,
        [FIGURE_IN_A_ROW] = row_of(false),
        [FIGURE_TRIALS_OK] = count_trials(TRIAL_OK),
    };

    memcpy(ret_figures, figures, sizeof(figures));
}
