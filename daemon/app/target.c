#include "app/target.h"

#include "app/target_internal.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static bool
same_health(const struct health_params *a, const struct health_params *b)
{
    return a->kind == b->kind && a->interval_ms == b->interval_ms
           && a->timeout_ms == b->timeout_ms
           && a->paid_daily_nanousd == b->paid_daily_nanousd;
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
        .partial_refund_milli = llround(c->partial_refund * SETTLE_REFUND_ALL),
        .finish_reason_optional = c->finish_reason_optional,
        .continuation = c->continuation,
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
        .concurrency = c->limits.concurrency,
    };
}

static struct budget_params
budget_params_of(const struct config_retry *c)
{
    return (struct budget_params){
        .ratio = c->budget_ratio,
        .reserve = (uint32_t)c->budget_min,
    };
}

static void
init_statistics(struct target *t, int64_t now_ms)
{
    hist_windows_init(&t->ttft);
    hist_windows_init(&t->latency);
    figures_init(&t->figures, now_ms);
    ewma_init(&t->first_content);
    ewma_init(&t->whole_answer);
    t->tried_ms = INT64_MIN;
    t->bytes_per_token_milli = PRICE_BYTES_PER_TOKEN_MILLI;
}

struct target *
target_new(const struct target_options *options)
{
    const struct config_target *c = options->config;
    struct breaker_params breaker = breaker_params_of(&c->breaker);
    struct health_params health = health_params_of(&c->health);
    struct budget_params budget = budget_params_of(&c->retry);
    struct target *t = mem_new(sizeof(*t));

    t->name = mem_strdup(c->name);
    t->model = mem_strdup(c->model);
    t->base_url = mem_strdup(options->region->base_url);
    t->provider = provider_ref(options->provider);
    t->events = options->events;
    t->rng = options->rng;
    t->refs = 1;
    t->settings = settings_of(c);
    t->gates = mem_new_array(t->provider->n_keys, sizeof(*t->gates));
    t->gates_shown =
        mem_new_array(t->provider->n_keys, sizeof(*t->gates_shown));
    for (size_t i = 0; i < t->provider->n_keys; i++)
        gate_init(&t->gates[i]);
    breaker_init(&t->breaker, &breaker, options->now_ms);
    t->shown = t->breaker.state;
    health_init(&t->health, &health, options->now_ms, t->rng);
    budget_init(&t->budget, &budget);
    concurrency_init(&t->concurrency, c->limits.concurrency);
    rates_init(&t->rates, c->limits.rpm, c->limits.tpm, options->now_ms);
    init_statistics(t, options->now_ms);
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
    free(t->gates_shown);
    free(t->gates);
    free(t->base_url);
    free(t->model);
    free(t->name);
    free(t);
}

void
target_configure(struct target *t, const struct config_target *config,
                 int64_t now_ms)
{
    struct health_params health = health_params_of(&config->health);
    struct budget_params budget = budget_params_of(&config->retry);

    t->settings = settings_of(config);
    if (config->breaker.window_ms != t->breaker.params.window_ms)
        window_init(&t->breaker.window, config->breaker.window_ms);
    t->breaker.params = breaker_params_of(&config->breaker);
    budget_configure(&t->budget, &budget);
    concurrency_configure(&t->concurrency, config->limits.concurrency);
    rates_configure(&t->rates, config->limits.rpm, config->limits.tpm, now_ms);
    if (!same_health(&health, &t->health.params))
        health_init(&t->health, &health, now_ms, t->rng);
    health_new_keys(&t->health);
    for (size_t i = 0; i < t->provider->n_keys; i++)
        gate_unlatch(&t->gates[i], GATE_LATCH_AUTH);
    target_note_gates(t, NULL, "configuration read anew", now_ms);
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

/* The first key whose gate lets an attempt pass; one that has to be waited for
 * only if there is no other.  Otherwise the verdict of the one that will do so
 * soonest. */
static bool
choose_key(const struct target *t, int64_t est_tokens, int64_t now_ms,
           size_t *ret_key, struct gate_verdict *ret_verdict)
{
    struct gate_verdict best = {.reason = GATE_AUTH, .until_ms = INT64_MAX};
    size_t n_keys = t->provider->n_keys;
    size_t awaited = n_keys;
    bool any = false;

    for (size_t i = 0; i < n_keys; i++) {
        struct gate_verdict v = gate_check(&t->gates[i], est_tokens, now_ms);
        enum credentials_state state = provider_key_state(t->provider, i);

        if (state == CREDENTIALS_MISSING)
            continue;
        if (v.reason == GATE_PASS && state == CREDENTIALS_READY) {
            *ret_key = i;
            *ret_verdict = v;
            return true;
        }
        if (v.reason == GATE_PASS && awaited == n_keys)
            awaited = i;
        if (!any || v.until_ms < best.until_ms)
            best = v;
        any = true;
    }
    *ret_verdict = best;
    *ret_key = any ? 0 : n_keys;
    if (awaited < n_keys) {
        *ret_verdict = (struct gate_verdict){.reason = GATE_PASS};
        *ret_key = awaited;
    }
    return awaited < n_keys;
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

/* While a trial is under way, nobody knows for how long: a caller may ask
 * again after this. */
enum {
    TRIAL_MS = 1000
};

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
    *ret_retry_at_ms = now_ms + TRIAL_MS;
    return ROUTE_HALF_OPEN;
}

/* What the target may be asked of by its own limits. */
static enum route_reason
judge_limits(const struct target *t, enum target_claim claim,
             int64_t est_tokens, int64_t now_ms, int64_t *ret_retry_at_ms)
{
    const struct concurrency *c = &t->concurrency;

    *ret_retry_at_ms = INT64_MAX;
    if (claim == TARGET_CLAIM_REST ? !concurrency_has_room_for_rest(c)
                                   : !concurrency_has_room(c))
        return ROUTE_AT_LIMIT;
    switch (rates_check(&t->rates, est_tokens, now_ms, ret_retry_at_ms)) {
    case RATES_REQUESTS:
        return ROUTE_RPM;
    case RATES_TOKENS:
        return ROUTE_TPM;
    case RATES_PASS:
        break;
    }
    return ROUTE_ELIGIBLE;
}

/* In the order of enum route_reason: what an administrator said, what the
 * provider said, what the traffic says, how much there may be of it. */
static enum route_reason
judge(const struct target *t, enum target_claim claim, int64_t est_tokens,
      int64_t now_ms, struct route_member *m)
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
    reason = judge_breaker(t, now_ms, &m->retry_at_ms);
    return reason == ROUTE_ELIGIBLE
               ? judge_limits(t, claim, est_tokens, now_ms, &m->retry_at_ms)
               : reason;
}

static int64_t
distance_of(const struct target *t)
{
    if (t->distance.known)
        return distance_steps(&t->distance);
    return t->tried_ms == INT64_MIN ? ROUTE_UNKNOWN : INT64_MAX;
}

void
target_connected(struct target *t, int64_t connect_us)
{
    if (connect_us > 0)
        distance_sample(&t->distance, connect_us);
}

void
target_describe(const struct target *t, const struct target_demand *demand,
                int64_t now_ms, struct route_member *ret_member)
{
    const struct ewma *delay =
        demand->streamed ? &t->first_content : &t->whole_answer;

    *ret_member = (struct route_member){
        .tier = (int)t->settings.tier,
        .priority = t->settings.priority,
        .weight = t->settings.weight,
        .context = t->settings.context,
        .latency_cost = ewma_cost(delay, t->concurrency.in_flight, now_ms)
                        / concurrency_share(&t->concurrency),
        .last_tried_ms = t->tried_ms,
        .distance = distance_of(t),
    };
    ret_member->state =
        judge(t, TARGET_CLAIM_NONE, demand->est_tokens, now_ms, ret_member);
    if (t->breaker.tried_ms > ret_member->last_tried_ms)
        ret_member->last_tried_ms = t->breaker.tried_ms;
}

bool
target_is_open_to(const struct target *t, enum target_claim claim,
                  int64_t est_tokens, int64_t now_ms)
{
    struct route_member unused;
    enum route_reason reason = judge(t, claim, est_tokens, now_ms, &unused);

    return reason == ROUTE_ELIGIBLE
           || (claim == TARGET_CLAIM_EARLY && reason == ROUTE_OPEN);
}

bool
target_admit(struct target *t, enum target_claim claim, int64_t est_tokens,
             int64_t now_ms, struct target_lease *ret_lease)
{
    struct breaker_permit permit = {0};
    struct gate_verdict verdict;
    size_t key;
    int64_t unused_ms;
    bool granted;

    if (judge_admin(t) != ROUTE_ELIGIBLE
        || !choose_key(t, est_tokens, now_ms, &key, &verdict))
        return false;
    /* A trial that hung and the next one are two transitions. */
    target_tick(t, now_ms);
    if (judge_limits(t, claim, est_tokens, now_ms, &unused_ms)
        != ROUTE_ELIGIBLE)
        return false;
    granted = claim == TARGET_CLAIM_EARLY
                  ? breaker_admit_early(&t->breaker, now_ms, t->rng, &permit)
                  : breaker_admit(&t->breaker, now_ms, t->rng, &permit);
    target_note_breaker(t, NULL);
    if (!granted)
        return false;
    t->tried_ms = now_ms;
    rates_take(&t->rates, est_tokens, now_ms);
    budget_attempt_begin(&t->budget);
    *ret_lease = (struct target_lease){
        .target = target_ref(t),
        .key = key,
        .permit = permit,
        .place = concurrency_begin(&t->concurrency),
        .est_tokens = est_tokens,
        .ticket = gate_begin(&t->gates[key], est_tokens, now_ms),
        .begun_ms = now_ms,
    };
    /* That may have been the last of the provider's own bucket. */
    target_note_gates(t, NULL, NULL, now_ms);
    return true;
}

void
target_key_changed(struct target *t, int handle, int64_t now_ms)
{
    const struct provider *p = t->provider;

    for (size_t i = 0; i < p->n_keys; i++) {
        if (p->handles[i] != handle)
            continue;
        gate_unlatch(&t->gates[i], GATE_LATCH_AUTH);
        if (i == 0)
            health_new_keys(&t->health);
    }
    target_note_gates(t, NULL, "another key", now_ms);
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
    /* Why it was refused is known when the rest of the answer is. */
    if (http_status < 400)
        target_note_gates(t, NULL, NULL, now_ms);
}

void
target_unreachable_origin(struct target *t, int64_t now_ms)
{
    struct breaker_permit permit = {0};

    if (breaker_state_at(&t->breaker, now_ms) != BREAKER_CLOSED)
        return;
    if (breaker_admit(&t->breaker, now_ms, t->rng, &permit))
        target_vote(t, &permit, BREAKER_FAIL_CONNECT,
                    "no connection to its origin", now_ms);
}

void
target_release(struct target_lease *lease, int64_t now_ms)
{
    struct target *t = lease->target;

    concurrency_end(&t->concurrency, &lease->place);
    rates_undo(&t->rates, lease->est_tokens, now_ms);
    budget_attempt_end(&t->budget);
    breaker_report(&t->breaker, &lease->permit, BREAKER_IGNORE, now_ms, t->rng);
    lease->target = NULL;
    target_unref(t);
}

int64_t
target_not_before(const struct target *t, int64_t est_tokens, int64_t now_ms)
{
    struct gate_verdict verdict;
    size_t key;

    if (choose_key(t, est_tokens, now_ms, &key, &verdict))
        return 0;
    return verdict.until_ms;
}

void
target_tick(struct target *t, int64_t now_ms)
{
    breaker_tick(&t->breaker, now_ms);
    target_note_breaker(t, NULL);
    target_note_gates(t, NULL, NULL, now_ms);
}

void
target_set_admin(struct target *t, enum target_admin admin, int64_t now_ms)
{
    if (t->admin == admin)
        return;
    target_note(t, EVENT_HEALTH, target_admin_name(t->admin),
                target_admin_name(admin), "operator");
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
    target_note_breaker(t, "operator");
    target_note_gates(t, NULL, "operator", now_ms);
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
    case HEALTH_FORBIDDEN:
        return "forbidden";
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

    target_tick(t, now_ms);
    last->known = true;
    last->ok =
        t->health.last == HEALTH_OK || t->health.last == HEALTH_UNSUPPORTED;
    last->latency_ms = t->health.last_latency_ms;
    last->at_ms = clock_wall_ms();
    if (!error || !*error)
        error = describe_probe(t->health.last);
    (void)utf8_sanitise(error, strlen(error), last->error, sizeof(last->error));
    if (last->ok != was_ok)
        target_note(t, EVENT_HEALTH, was_ok ? "ok" : "failing",
                    last->ok ? "ok" : "failing", last->error);

    if (orders & HEALTH_ORDER_HINT)
        breaker_hint(&t->breaker, now_ms, t->rng);
    if (orders & HEALTH_ORDER_OPEN)
        breaker_unreachable(&t->breaker, t->health.unreachable, now_ms, t->rng);
    target_note_breaker(t, last->error);
    if (orders & HEALTH_ORDER_LATCH_AUTH)
        gate_latch_auth(&t->gates[0], now_ms);
    if (orders & HEALTH_ORDER_CLEAR_AUTH)
        gate_unlatch(&t->gates[0], GATE_LATCH_AUTH);
    target_note_gates(t, last->error, "a probe succeeded", now_ms);
}
