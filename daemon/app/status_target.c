/*
 * status_target.c - one target of the snapshot.
 */
#include "app/status.h"

static const double MILLI = 1000;

static void
pack_identity(struct pack *p, const struct target *t)
{
    const struct target_settings *s = &t->settings;

    pack_kv_str(p, "name", t->name);
    pack_kv_str(p, "provider", t->provider->name);
    pack_kv_str(p, "model", t->model);
    if (t->distance.known)
        pack_kv_double(p, "connect_ms", t->distance.average_ms);
    else
        pack_kv_nil(p, "connect_ms");
    pack_kv_str(p, "tier", config_tier_name(s->tier));
    pack_kv_int(p, "priority", s->priority);
    pack_kv_int(p, "weight", s->weight);
    if (s->max_tokens > 0)
        pack_kv_int(p, "max_tokens", s->max_tokens);
    else
        pack_kv_nil(p, "max_tokens");
    if (s->context > 0)
        pack_kv_int(p, "context", s->context);
    else
        pack_kv_nil(p, "context");
}

static void
pack_price(struct pack *p, const struct target_settings *s)
{
    pack_key(p, "price");
    if (!s->has_price) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    status_pack_usd(p, "input_usd", s->price.rates.input);
    status_pack_usd(p, "output_usd", s->price.rates.output);
    status_pack_usd(p, "cached_input_usd", s->price.rates.cached_input);
    status_pack_usd(p, "cache_write_usd", s->price.rates.cache_write);
    status_pack_usd(p, "cache_write_1h_usd", s->price.rates.cache_write_1h);
    status_pack_usd(p, "reasoning_usd", s->price.rates.reasoning);
    status_pack_usd(p, "per_request_usd", s->price.per_request_nanousd);
    pack_map_end(p);
}

/* The verdict of the key that may be used soonest: the gate of the target. */
static struct gate_verdict
gate_of(const struct target *t, int64_t now_ms)
{
    struct gate_verdict best = {.until_ms = INT64_MAX};

    for (size_t i = 0; i < t->provider->n_keys; i++) {
        struct gate_verdict v = gate_check(&t->gates[i], 0, now_ms);

        if (v.reason == GATE_PASS)
            return v;
        if (i == 0 || v.until_ms < best.until_ms)
            best = v;
    }
    return best;
}

static bool
is_latch(enum gate_reason reason)
{
    return reason == GATE_AUTH || reason == GATE_QUOTA || reason == GATE_MODEL;
}

/* When the latch that stands for all of them was set. */
static int64_t
latched_since(const struct target *t, int64_t now_ms)
{
    int64_t since_ms = INT64_MIN;
    enum gate_latch which;

    for (size_t i = 0; i < t->provider->n_keys; i++) {
        const struct gate *g = &t->gates[i];

        if (gate_is_latched(g, now_ms, &which)
            && g->latches[which].since_ms > since_ms)
            since_ms = g->latches[which].since_ms;
    }
    return since_ms;
}

/* When what `state` names began. */
static int64_t
since(const struct target *t, const struct breaker_view *view,
      const struct gate_verdict *gate, int64_t now_ms)
{
    if (t->admin != TARGET_ENABLED)
        return t->admin_since_ms;
    if (view->state != BREAKER_FORCED_OPEN && is_latch(gate->reason))
        return latched_since(t, now_ms);
    return view->since_ms;
}

/* When calls may be sent again by themselves. */
static int64_t
retry_at(const struct target *t, const struct breaker_view *view,
         const struct gate_verdict *gate)
{
    if (t->admin != TARGET_ENABLED || view->state == BREAKER_FORCED_OPEN)
        return INT64_MAX;
    return is_latch(gate->reason) ? gate->until_ms : view->retry_at_ms;
}

static void
pack_gate(struct pack *p, const struct status_moment *m,
          const struct gate_verdict *gate)
{
    pack_key(p, "gate");
    if (gate->reason == GATE_PASS || is_latch(gate->reason)) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    status_pack_time(p, "until_ms", m, gate->until_ms);
    pack_kv_str(p, "reason", gate_reason_name(gate->reason));
    pack_map_end(p);
}

static void
pack_half_open(struct pack *p, const struct breaker_view *view)
{
    pack_key(p, "half_open");
    if (view->state != BREAKER_HALF_OPEN) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    pack_kv_int(p, "ok", view->half_open_ok);
    pack_kv_int(p, "of", view->half_open_of);
    pack_map_end(p);
}

static void
pack_last_probe(struct pack *p, const struct target_last_probe *last)
{
    pack_key(p, "last_probe");
    if (!last->known) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    pack_kv_bool(p, "ok", last->ok);
    pack_kv_int(p, "latency_ms", last->latency_ms);
    pack_kv_int(p, "at_ms", last->at_ms);
    pack_kv_text(p, "error", last->error);
    pack_map_end(p);
}

static void
pack_state(struct pack *p, const struct status_moment *m,
           const struct target *t)
{
    struct breaker_view view = breaker_look(&t->breaker, m->now_ms);
    struct gate_verdict gate = gate_of(t, m->now_ms);
    char reason[160];

    (void)target_reason(t, m->now_ms, reason, sizeof(reason));
    pack_kv_str(p, "state", target_state_name(t, m->now_ms));
    pack_kv_str(p, "breaker", breaker_mode_name(view.mode));
    pack_kv_text(p, "reason", reason);
    status_pack_time(p, "since_ms", m, since(t, &view, &gate, m->now_ms));
    status_pack_time(p, "retry_at_ms", m, retry_at(t, &view, &gate));
    pack_kv_bool(p, "is_healthy", target_is_healthy(t, m->now_ms));
    pack_kv_int(p, "trips", (int64_t)view.trips);
    pack_half_open(p, &view);
    pack_kv_int(p, "failures", view.failures);
    pack_kv_int(p, "window_requests", view.window.total);
    pack_kv_int(p, "window_failures", view.window.failed);
    pack_kv_int(p, "epoch", view.epoch);
    pack_kv_int(p, "n", view.n);
    pack_kv_str(p, "admin", target_admin_name(t->admin));
    pack_gate(p, m, &gate);
    pack_last_probe(p, &t->last_probe);
}

/* What is left of a rate; nil without one. */
static void
pack_rate(struct pack *p, const char *key, const struct rates_bucket *b,
          int64_t now_ms)
{
    pack_key(p, key);
    if (b->per_minute == 0) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    pack_kv_int(p, "limit", b->per_minute);
    pack_kv_int(p, "left", rates_left(b, now_ms));
    pack_map_end(p);
}

static void
pack_limits(struct pack *p, const struct status_moment *m,
            const struct target *t)
{
    pack_key(p, "limits");
    pack_map_begin(p);
    pack_rate(p, "rpm", &t->rates.requests, m->now_ms);
    pack_rate(p, "tpm", &t->rates.tokens, m->now_ms);
    if (t->settings.concurrency > 0)
        pack_kv_int(p, "concurrency", t->settings.concurrency);
    else
        pack_kv_nil(p, "concurrency");
    pack_kv_double(p, "ramp", concurrency_share(&t->concurrency));
    pack_kv_int(p, "waiting", t->line.waiting);
    pack_map_end(p);
}

static void
pack_totals(struct pack *p, const struct status_moment *m,
            const struct target *t)
{
    pack_kv_int(p, "in_flight", t->concurrency.in_flight);
    pack_kv_int(p, "limit", concurrency_limit(&t->concurrency));
    pack_limits(p, m, t);
    pack_kv_int(p, "sends", t->totals.sends);
    status_pack_sums(p, m, &t->figures);
    pack_kv_double(p, "retry_budget",
                   (double)budget_balance_milli(&t->budget, m->now_ms) / MILLI);
}

static void
pack_window(struct pack *p, const struct status_moment *m,
            const struct target *t)
{
    struct tally_sums sums;
    struct hist hist;

    (void)status_pack_rates(p, m, &t->figures, &sums);
    pack_kv_double(p, "rate_limited_rate",
                   status_ratio((double)sums.rate_limited, sums.requests));
    pack_kv_double(p, "timeout_rate",
                   status_ratio((double)sums.timeouts, sums.requests));
    hist_windows_read(&t->ttft, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "ttft_ms", &hist);
    hist_windows_read(&t->latency, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "latency_ms", &hist);
}

void
status_pack_target(struct pack *p, const struct status_moment *m,
                   const struct target *t, int64_t n_drills)
{
    pack_identity(p, t);
    pack_price(p, &t->settings);
    pack_state(p, m, t);
    pack_totals(p, m, t);
    pack_window(p, m, t);
    pack_kv_int(p, "drills", n_drills);
    status_pack_trend(p, "trend", &t->figures.trend, m->now_ms);
}
