#include "app/target.h"

#include "app/events.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_MS = 24 * 3600 * 1000,
    SLOW_CALL_P50_FACTOR = 4, /* Slow is also relative to what is usual. */
    US_PER_MS = 1000,
};

static void
note(struct target *t, enum event_kind kind, const char *from, const char *to,
     const char *reason)
{
    events_add(
        t->events, kind,
        &(struct event_text){
            .target = t->name, .from = from, .to = to, .reason = reason});
}

/* Tells of a transition of the breaker since the last look. */
static void
note_breaker(struct target *t)
{
    enum breaker_state state = t->breaker.state;
    char why[80] = "";
    char reason[300];

    if (state == t->shown)
        return;
    if (state == BREAKER_OPEN)
        (void)breaker_reason_text(&t->breaker, why, sizeof(why));
    (void)snprintf(reason, sizeof(reason),
                   *why && *t->last_error ? "%s (%s)" : "%s", why,
                   t->last_error);
    note(t, EVENT_BREAKER, breaker_state_name(t->shown),
         breaker_state_name(state), reason);
    t->shown = state;
}

static struct breaker_params
breaker_params_of(const struct config_breaker *c)
{
    return (struct breaker_params){
        .window_ms = c->window_ms,
        .min_calls = (uint32_t)c->min_calls,
        .failure_rate = c->failure_rate,
        .slow_call_rate = c->slow_call_rate,
        .failure_threshold = (uint32_t)c->failure_threshold,
        .connect_failures = (uint32_t)c->connect_failures,
        .recovery_timeout_ms = c->recovery_timeout_ms,
        .recovery_timeout_max_ms = c->recovery_timeout_max_ms,
        .half_open_max_requests = (uint32_t)c->half_open_max_requests,
        .success_threshold = (uint32_t)c->success_threshold,
        .half_open_wait_ms = c->half_open_wait_ms,
    };
}

static enum health_kind
health_kind_of(enum config_probe kind)
{
    switch (kind) {
    case CONFIG_PROBE_MODELS:
        return HEALTH_MODELS;
    case CONFIG_PROBE_TCP:
        return HEALTH_TCP;
    case CONFIG_PROBE_CHAT:
        return HEALTH_CHAT;
    case CONFIG_PROBE_OFF:
        return HEALTH_OFF;
    }
    return HEALTH_OFF;
}

static struct health_params
health_params_of(const struct config_health *c)
{
    return (struct health_params){
        .kind = health_kind_of(c->kind),
        .interval_ms = c->interval_ms,
        .timeout_ms = c->timeout_ms,
        .paid_daily_nanousd = c->paid_daily_nanousd,
    };
}

static struct target_settings
settings_of(const struct config_target *c)
{
    const struct config_timeouts *l = &c->timeouts;

    return (struct target_settings){
        .tier = c->tier,
        .priority = c->priority,
        .weight = c->weight,
        .max_tokens = c->max_tokens,
        .context = c->context,
        .has_price = c->has_price,
        .price = c->price,
        .finish_reason_optional = c->finish_reason_optional,
        .slow_call_ms = c->breaker.slow_call_ms,
        .retry = c->retry,
        .limits =
            {
                .dns_ms = l->dns_ms,
                .connect_ms = l->connect_ms,
                .write_ms = l->write_ms,
                .headers_ms = l->headers_ms,
                .first_event_ms = l->first_event_ms,
                .first_token_ms = l->first_token_ms,
                .stall_ms = l->stall_ms,
                .content_stall_ms = l->content_stall_ms,
                .answer_ms = l->answer_ms,
            },
        .total_ms = l->total_ms,
    };
}

static void
init_statistics(struct target *t, int64_t now_ms)
{
    hist_windows_init(&t->ttft);
    hist_windows_init(&t->latency);
    tally_init(&t->tally, now_ms);
    trend_init(&t->trend);
    ewma_init(&t->ewma);
    t->tried_ms = INT64_MIN;
    t->bytes_per_token_milli = PRICE_BYTES_PER_TOKEN_MILLI;
}

struct target *
target_new(const struct target_options *o)
{
    const struct config_target *c = o->config;
    struct breaker_params breaker = breaker_params_of(&c->breaker);
    struct health_params health = health_params_of(&c->health);
    struct target *t = mem_new(sizeof(*t));

    t->name = mem_strdup(c->name);
    t->model = mem_strdup(c->model);
    t->base_url = mem_strdup(o->region->base_url);
    t->provider = provider_ref(o->provider);
    t->events = o->events;
    t->rng = o->rng;
    t->refs = 1;
    t->settings = settings_of(c);
    t->gates = mem_new_array(t->provider->n_keys, sizeof(*t->gates));
    for (size_t i = 0; i < t->provider->n_keys; i++)
        gate_init(&t->gates[i]);
    breaker_init(&t->breaker, &breaker, o->now_ms);
    t->shown = t->breaker.state;
    health_init(&t->health, &health, o->now_ms, t->rng);
    budget_init(&t->budget, &(struct budget_params){
                                .ratio = c->retry.budget_ratio,
                                .reserve = (uint32_t)c->retry.budget_min,
                            });
    init_statistics(t, o->now_ms);
    return t;
}

struct target *
target_ref(struct target *t)
{
    t->refs++;
    return t;
}

void
target_unref(struct target *t)
{
    if (!t || --t->refs > 0)
        return;
    provider_unref(t->provider);
    free(t->gates);
    free(t->base_url);
    free(t->model);
    free(t->name);
    free(t);
}

void
target_configure(struct target *t, const struct config_target *c,
                 int64_t now_ms)
{
    struct health_params health = health_params_of(&c->health);

    t->settings = settings_of(c);
    if (c->breaker.window_ms != t->breaker.params.window_ms)
        window_init(&t->breaker.window, c->breaker.window_ms);
    t->breaker.params = breaker_params_of(&c->breaker);
    if (memcmp(&health, &t->health.params, sizeof(health)) != 0)
        health_init(&t->health, &health, now_ms, t->rng);
    for (size_t i = 0; i < t->provider->n_keys; i++)
        gate_unlatch(&t->gates[i], GATE_LATCH_AUTH);
}

static enum route_reason
reason_of_gate(enum gate_reason reason)
{
    switch (reason) {
    case GATE_PASS:
        return ROUTE_ELIGIBLE;
    case GATE_AUTH:
        return ROUTE_AUTH;
    case GATE_QUOTA:
        return ROUTE_QUOTA;
    case GATE_MODEL:
        return ROUTE_MODEL;
    case GATE_WAIT:
    case GATE_REQUESTS:
    case GATE_TOKENS:
        return ROUTE_GATED;
    }
    return ROUTE_GATED;
}

/* The first key whose gate lets an attempt pass.  Otherwise the verdict of
 * the one that will do so soonest. */
static bool
choose_key(const struct target *t, int64_t est_tokens, int64_t now_ms,
           size_t *ret_key, struct gate_verdict *ret_verdict)
{
    struct gate_verdict best = {.reason = GATE_AUTH, .until_ms = INT64_MAX};
    bool any = false;

    for (size_t i = 0; i < t->provider->n_keys; i++) {
        struct gate_verdict v = gate_check(&t->gates[i], est_tokens, now_ms);

        if (!provider_has_key(t->provider, i))
            continue;
        if (v.reason == GATE_PASS) {
            *ret_key = i;
            *ret_verdict = v;
            return true;
        }
        if (!any || v.until_ms < best.until_ms)
            best = v;
        any = true;
    }
    *ret_key = any ? 0 : t->provider->n_keys;
    *ret_verdict = best;
    return false;
}

static enum route_reason
judge_admin(const struct target *t)
{
    switch (t->admin) {
    case TARGET_ENABLED:
        return ROUTE_ELIGIBLE;
    case TARGET_DISABLED:
        return ROUTE_DISABLED;
    case TARGET_DRAINING:
        return ROUTE_DRAINING;
    }
    return ROUTE_DISABLED;
}

static enum route_reason
judge_breaker(const struct target *t, int64_t now_ms, int64_t *ret_retry_at_ms)
{
    struct breaker_view view = breaker_look(&t->breaker, now_ms);

    if (view.permits)
        return ROUTE_ELIGIBLE;
    if (view.state == BREAKER_FORCED_OPEN)
        return ROUTE_FORCED_OPEN;
    *ret_retry_at_ms = view.retry_at_ms;
    if (view.state != BREAKER_HALF_OPEN)
        return ROUTE_OPEN;
    *ret_retry_at_ms = now_ms;
    return ROUTE_HALF_OPEN;
}

/* In the order of enum route_reason: what an administrator said, what the
 * provider said, what the traffic says. */
static enum route_reason
judge(const struct target *t, int64_t est_tokens, int64_t now_ms,
      struct route_member *m)
{
    enum route_reason reason = judge_admin(t);
    struct gate_verdict verdict;
    size_t key;

    m->retry_at_ms = INT64_MAX;
    if (reason != ROUTE_ELIGIBLE)
        return reason;
    if (breaker_state_at(&t->breaker, now_ms) == BREAKER_FORCED_OPEN)
        return ROUTE_FORCED_OPEN;
    if (!choose_key(t, est_tokens, now_ms, &key, &verdict)) {
        m->retry_at_ms = verdict.until_ms;
        return key == t->provider->n_keys ? ROUTE_NO_KEY
                                          : reason_of_gate(verdict.reason);
    }
    m->penalty = verdict.scarce;
    return judge_breaker(t, now_ms, &m->retry_at_ms);
}

void
target_describe(const struct target *t, int64_t est_tokens, int64_t now_ms,
                struct route_member *m)
{
    *m = (struct route_member){
        .tier = (int)t->settings.tier,
        .priority = t->settings.priority,
        .weight = t->settings.weight,
        .context = t->settings.context,
        .latency_cost = ewma_cost(&t->ewma, t->in_flight, now_ms),
        .last_tried_ms = t->tried_ms,
    };
    m->state = judge(t, est_tokens, now_ms, m);
    if (t->breaker.tried_ms > m->last_tried_ms)
        m->last_tried_ms = t->breaker.tried_ms;
}

bool
target_admit(struct target *t, bool early, int64_t est_tokens, int64_t now_ms,
             struct target_lease *ret_lease)
{
    struct breaker_permit permit = {0};
    struct gate_verdict verdict;
    size_t key;
    bool granted;

    if (judge_admin(t) != ROUTE_ELIGIBLE
        || !choose_key(t, est_tokens, now_ms, &key, &verdict))
        return false;
    granted = early ? breaker_admit_early(&t->breaker, now_ms, t->rng, &permit)
                    : breaker_admit(&t->breaker, now_ms, t->rng, &permit);
    note_breaker(t);
    if (!granted)
        return false;
    t->in_flight++;
    t->tried_ms = now_ms;
    budget_attempt_begin(&t->budget);
    *ret_lease = (struct target_lease){
        .target = target_ref(t),
        .key = key,
        .permit = permit,
        .ticket = gate_begin(&t->gates[key], est_tokens, now_ms),
        .begun_ms = now_ms,
    };
    return true;
}

void
target_head(const struct target_lease *lease, int http_status,
            const struct ratelimit *told, int64_t now_ms)
{
    struct target *t = lease->target;

    gate_reply(&t->gates[lease->key],
               &(struct gate_response){
                   .ticket = lease->ticket,
                   .http_status = http_status,
                   .told = *told,
               },
               now_ms, t->rng);
}

/* Slow is what takes longer than the limit and than four times the median of
 * the last five minutes. */
static bool
is_slow(const struct target *t, int64_t ttft_us, int64_t now_ms)
{
    int64_t limit_us = t->settings.slow_call_ms * US_PER_MS;
    struct hist recent;

    if (ttft_us <= limit_us)
        return false;
    hist_windows_read(&t->ttft, SPAN_5M, now_ms, &recent);
    return ttft_us > SLOW_CALL_P50_FACTOR * hist_quantile_us(&recent, 0.5);
}

static enum breaker_outcome
success_of(const struct target *t, int64_t ttft_us, int64_t now_ms)
{
    return is_slow(t, ttft_us, now_ms) ? BREAKER_OK_SLOW : BREAKER_OK;
}

void
target_content(struct target_lease *lease, int64_t ttft_us, int64_t now_ms)
{
    struct target *t = lease->target;

    breaker_report(&t->breaker, &lease->permit, success_of(t, ttft_us, now_ms),
                   now_ms, t->rng);
    hist_windows_record(&t->ttft, ttft_us, now_ms);
    t->totals.ttft_count++;
    t->totals.ttft_sum_us += ttft_us;
    ewma_sample(&t->ewma, (double)ttft_us / US_PER_MS, now_ms);
    health_live(&t->health, true, now_ms);
    note_breaker(t);
}

static enum breaker_outcome
vote_of(const struct target *t, const struct target_result *r, int64_t now_ms)
{
    switch (outcome_row(r->verdict.outcome)->vote) {
    case OUTCOME_VOTE_SUCCESS:
        /* Without a stream there is no time to first token: the latency then
         * depends on the length of the answer and proves no slowness. */
        return r->has_ttft ? success_of(t, r->ttft_us, now_ms) : BREAKER_OK;
    case OUTCOME_VOTE_FAIL:
        return BREAKER_FAIL;
    case OUTCOME_VOTE_LOCAL_FAIL:
        return BREAKER_FAIL_CONNECT;
    case OUTCOME_VOTE_NEUTRAL:
    case OUTCOME_VOTE_IGNORE:
        return BREAKER_IGNORE;
    }
    return BREAKER_IGNORE;
}

static void
latch(struct target *t, const struct target_lease *lease,
      const struct target_result *r, int64_t now_ms)
{
    struct gate *gate = &t->gates[lease->key];
    enum gate_latch was, is;
    bool before = gate_is_latched(gate, now_ms, &was);

    if (r->verdict.outcome == OUTCOME_AUTH_LOCK)
        gate_latch(gate, GATE_LATCH_AUTH, lease->ticket, -1, now_ms);
    else if (r->verdict.outcome == OUTCOME_QUOTA_LOCK)
        gate_latch(gate, GATE_LATCH_QUOTA, lease->ticket, r->retry_after_ms,
                   now_ms);
    else if (r->verdict.outcome == OUTCOME_MODEL_GONE)
        gate_latch(gate, GATE_LATCH_MODEL, lease->ticket, -1, now_ms);
    else if (outcome_row(r->verdict.outcome)->vote == OUTCOME_VOTE_SUCCESS)
        gate_succeeded(gate, lease->ticket);
    if (gate_is_latched(gate, now_ms, &is) != before)
        note(t, EVENT_GATE, before ? "latched" : "open",
             before ? "open" : "latched",
             r->error ? r->error : outcome_name(r->verdict.outcome));
}

static void
count_gate_event(struct target *t, const struct target_lease *lease,
                 const struct target_result *r, int64_t now_ms)
{
    char reason[64];
    int64_t until_ms = t->gates[lease->key].not_before_ms;

    if (until_ms <= now_ms || r->http_status < 400)
        return;
    (void)snprintf(reason, sizeof(reason), "HTTP %d, for %lld ms",
                   r->http_status, (long long)(until_ms - now_ms));
    note(t, EVENT_GATE, "open", "limited", reason);
}

static void
add_money(struct target *t, int64_t cost_nanousd)
{
    int64_t day = clock_wall_ms() / DAY_MS;

    if (day > t->cost_day) {
        t->cost_day = day;
        t->cost_today_nanousd = 0;
    }
    t->cost_today_nanousd += cost_nanousd;
    t->totals.cost_nanousd += cost_nanousd;
}

/* Learns how many bytes a token of this model has, from exact counts. */
static void
learn_token_size(struct target *t, const struct target_result *r)
{
    enum {
        SLOWNESS = 8,       /* One sample moves the estimate by an eighth. */
        ENOUGH_TOKENS = 16, /* Fewer say little. */
        LEAST_MILLI = 1000, /* One byte a token, */
        MOST_MILLI = 16000, /* sixteen bytes a token. */
    };
    const struct settlement *s = &r->settlement;
    int64_t sample;

    if (s->kind != SETTLE_EXACT || s->completion_tokens < ENOUGH_TOKENS
        || r->content_bytes == 0)
        return;
    sample = (int64_t)r->content_bytes * 1000 / s->completion_tokens;
    if (sample < LEAST_MILLI)
        sample = LEAST_MILLI;
    if (sample > MOST_MILLI)
        sample = MOST_MILLI;
    t->bytes_per_token_milli += (sample - t->bytes_per_token_milli) / SLOWNESS;
}

static void
count(struct target *t, const struct target_result *r, int64_t now_ms)
{
    enum outcome outcome = r->verdict.outcome;
    bool success = outcome_row(outcome)->vote == OUTCOME_VOTE_SUCCESS;
    bool ignored = outcome_row(outcome)->vote == OUTCOME_VOTE_IGNORE;
    const struct settlement *s = &r->settlement;

    t->totals.attempts++;
    t->totals.by_outcome[outcome]++;
    t->totals.sends += r->sent;
    t->totals.prompt_tokens += s->prompt_tokens;
    t->totals.completion_tokens += s->completion_tokens;
    add_money(t, s->cost_nanousd);
    if (success) {
        t->totals.successes++;
        t->totals.latency_sum_us += r->latency_us;
        hist_windows_record(&t->latency, r->latency_us, now_ms);
    } else if (!ignored) {
        t->totals.errors++;
    }
    trend_add(&t->trend, now_ms);
    tally_add(&t->tally,
              &(struct tally_sums){
                  .requests = 1,
                  .errors = !success && !ignored,
                  .rate_limited = outcome == OUTCOME_RATE,
                  .timeouts = r->timed_out,
                  .prompt_tokens = s->prompt_tokens,
                  .completion_tokens = s->completion_tokens,
                  .cost_nanousd = s->cost_nanousd,
              },
              now_ms);
}

static void
remember_error(struct target *t, const struct target_result *r)
{
    if (!r->error)
        return;
    if (r->http_status > 0)
        (void)snprintf(t->last_error, sizeof(t->last_error), "HTTP %d: %s",
                       r->http_status, r->error);
    else
        (void)snprintf(t->last_error, sizeof(t->last_error), "%s", r->error);
    t->last_error_ms = clock_wall_ms();
}

void
target_settle(struct target_lease *lease, const struct target_result *r,
              int64_t now_ms)
{
    struct target *t = lease->target;
    enum breaker_outcome vote = vote_of(t, r, now_ms);
    bool failed = vote == BREAKER_FAIL || vote == BREAKER_FAIL_CONNECT;

    t->in_flight--;
    budget_attempt_end(&t->budget);
    remember_error(t, r);
    breaker_report(&t->breaker, &lease->permit, vote, now_ms, t->rng);
    latch(t, lease, r, now_ms);
    count_gate_event(t, lease, r, now_ms);
    if (failed)
        ewma_failure(&t->ewma, now_ms);
    if (vote != BREAKER_IGNORE)
        health_live(&t->health, !failed, now_ms);
    count(t, r, now_ms);
    learn_token_size(t, r);
    note_breaker(t);
    lease->target = NULL;
    target_unref(t);
}

void
target_unreachable_origin(struct target *t, int64_t now_ms)
{
    struct breaker_permit permit = {0};

    if (breaker_state_at(&t->breaker, now_ms) != BREAKER_CLOSED)
        return;
    if (breaker_admit(&t->breaker, now_ms, t->rng, &permit))
        breaker_report(&t->breaker, &permit, BREAKER_FAIL_CONNECT, now_ms,
                       t->rng);
    note_breaker(t);
}

void
target_release(struct target_lease *lease, int64_t now_ms)
{
    struct target *t = lease->target;

    t->in_flight--;
    budget_attempt_end(&t->budget);
    breaker_report(&t->breaker, &lease->permit, BREAKER_IGNORE, now_ms, t->rng);
    lease->target = NULL;
    target_unref(t);
}

int64_t
target_not_before(const struct target *t)
{
    int64_t first_ms = INT64_MAX;

    for (size_t i = 0; i < t->provider->n_keys; i++)
        if (provider_has_key(t->provider, i)
            && t->gates[i].not_before_ms < first_ms)
            first_ms = t->gates[i].not_before_ms;
    return first_ms == INT64_MAX ? 0 : first_ms;
}

void
target_tick(struct target *t, int64_t now_ms)
{
    breaker_tick(&t->breaker, now_ms);
    note_breaker(t);
}

void
target_set_admin(struct target *t, enum target_admin admin, int64_t now_ms)
{
    if (t->admin == admin)
        return;
    note(t, EVENT_HEALTH, target_admin_name(t->admin), target_admin_name(admin),
         "operator");
    t->admin = admin;
    t->admin_since_ms = now_ms;
}

void
target_set_breaker(struct target *t, enum breaker_mode mode, int64_t now_ms)
{
    breaker_set(&t->breaker, mode, now_ms);
    if (mode == BREAKER_MODE_AUTO)
        for (size_t i = 0; i < t->provider->n_keys; i++)
            gate_reset(&t->gates[i]);
    note_breaker(t);
}

void
target_key_changed(struct target *t, size_t key)
{
    gate_unlatch(&t->gates[key], GATE_LATCH_AUTH);
}

static const char *
describe_probe(enum health_result result)
{
    switch (result) {
    case HEALTH_OK:
        return "";
    case HEALTH_UNREACHABLE:
        return "cannot connect";
    case HEALTH_REFUSED:
        return "key refused";
    case HEALTH_UNSUPPORTED:
        return "probe not supported by the provider";
    case HEALTH_UNCLEAR:
        return "no clear answer";
    }
    return "";
}

void
target_probe_done(struct target *t, enum health_result result,
                  const char *error, int64_t now_ms)
{
    unsigned orders = health_done(&t->health, result, now_ms, t->rng);
    bool was_ok = !t->last_probe.known || t->last_probe.ok;
    struct target_last_probe *last = &t->last_probe;

    last->known = true;
    last->ok = result == HEALTH_OK || result == HEALTH_UNSUPPORTED;
    last->latency_ms = t->health.last_latency_ms;
    last->at_ms = clock_wall_ms();
    (void)snprintf(last->error, sizeof(last->error), "%s",
                   error && *error ? error : describe_probe(result));
    if (last->ok != was_ok)
        note(t, EVENT_HEALTH, was_ok ? "ok" : "failing",
             last->ok ? "ok" : "failing", last->error);

    if (orders & HEALTH_ORDER_HINT)
        breaker_hint(&t->breaker, now_ms, t->rng);
    if (orders & HEALTH_ORDER_OPEN)
        breaker_unreachable(&t->breaker, t->health.unreachable, now_ms, t->rng);
    if (orders & HEALTH_ORDER_LATCH_AUTH)
        gate_latch_auth(&t->gates[0], now_ms);
    if (orders & HEALTH_ORDER_CLEAR_AUTH)
        gate_unlatch(&t->gates[0], GATE_LATCH_AUTH);
    note_breaker(t);
}
