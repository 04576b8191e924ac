/*
 * status_detail.c - what the snapshot adds to a target that is shown in full.
 */
#include "app/status.h"

enum {
    S_MS = 1000
};

static void
pack_errors(struct pack *p, const struct target *t)
{
    pack_key(p, "errors");
    pack_map_begin(p);
    for (unsigned i = 0; i < OUTCOME_N; i++)
        if (outcome_row((enum outcome)i)->vote != OUTCOME_VOTE_SUCCESS
            && t->totals.by_outcome[i] > 0)
            pack_kv_int(p, outcome_name((enum outcome)i),
                        t->totals.by_outcome[i]);
    pack_map_end(p);
    pack_kv_text(p, "last_error", t->last_error);
    if (t->last_error_ms > 0)
        pack_kv_int(p, "last_error_ms", t->last_error_ms);
    else
        pack_kv_nil(p, "last_error_ms");
    pack_kv_text(p, "last_error_request_id", t->last_error_id);
}

static const char *
key_state(const struct target *t, size_t key)
{
    switch (provider_key_state(t->provider, key)) {
    case CREDENTIALS_MISSING:
        return "missing";
    case CREDENTIALS_AWAITED:
        return "awaited";
    case CREDENTIALS_READY:
        break;
    }
    return t->gates[key].latches[GATE_LATCH_AUTH].on ? "latched" : "loaded";
}

static void
pack_one_key(struct pack *p, const struct target *t, size_t key)
{
    const struct provider *provider = t->provider;

    pack_map_begin(p);
    pack_kv_str(
        p, "name",
        credentials_name(provider->credentials, provider->handles[key]));
    pack_kv_str(p, "state", key_state(t, key));
    pack_map_end(p);
}

static void
pack_keys(struct pack *p, const struct target *t)
{
    pack_key(p, "key");
    pack_one_key(p, t, 0);
    pack_key(p, "keys");
    pack_array_begin(p);
    for (size_t i = 0; i < t->provider->n_keys; i++)
        pack_one_key(p, t, i);
    pack_array_end(p);
}

static void
pack_bars(struct pack *p, const struct status_moment *m, const struct target *t)
{
    struct hist_bar bars[HIST_BARS];
    struct hist ttft;

    hist_windows_read(&t->ttft, m->span, m->now_ms, &ttft);
    hist_bars(&ttft, bars);
    pack_key(p, "ttft_hist");
    pack_array_begin(p);
    for (size_t i = 0; i < HIST_BARS; i++) {
        pack_array_begin(p);
        pack_int(p, bars[i].le_ms);
        pack_int(p, (int64_t)bars[i].n);
        pack_array_end(p);
    }
    pack_array_end(p);
}

static void
pack_move(struct pack *p, const struct target_move *move)
{
    pack_map_begin(p);
    pack_kv_int(p, "time_ms", move->at_ms);
    pack_kv_str(p, "from", breaker_state_name(move->from));
    pack_kv_str(p, "to", breaker_state_name(move->to));
    pack_kv_text(p, "reason", move->reason);
    pack_map_end(p);
}

/* The latest first. */
static void
pack_moves(struct pack *p, const struct target *t)
{
    uint64_t n = t->n_moves < TARGET_MOVES ? t->n_moves : TARGET_MOVES;

    pack_key(p, "breaker_history");
    pack_array_begin(p);
    for (uint64_t i = 1; i <= n; i++)
        pack_move(p, &t->moves[(t->n_moves - i) % TARGET_MOVES]);
    pack_array_end(p);
}

/* By the names and units of the configuration. */
static void
pack_breaker(struct pack *p, const struct target *t)
{
    const struct breaker_params *b = &t->breaker.params;

    pack_key(p, "breaker_settings");
    pack_map_begin(p);
    pack_kv_int(p, "window_s", b->window_ms / S_MS);
    pack_kv_int(p, "min_calls", b->min_calls);
    pack_kv_double(p, "failure_rate", b->failure_rate);
    pack_kv_int(p, "failure_threshold", b->failure_threshold);
    pack_kv_int(p, "connect_failures", b->connect_failures);
    pack_kv_int(p, "slow_call_ms", t->settings.slow_call_ms);
    pack_kv_double(p, "slow_call_rate", b->slow_call_rate);
    pack_kv_double(p, "recovery_timeout_s",
                   (double)b->recovery_timeout_ms / S_MS);
    pack_kv_double(p, "recovery_timeout_max_s",
                   (double)b->recovery_timeout_max_ms / S_MS);
    pack_kv_int(p, "half_open_max_requests", b->half_open_max_requests);
    pack_kv_int(p, "success_threshold", b->success_threshold);
    pack_kv_double(p, "half_open_wait_s", (double)b->half_open_wait_ms / S_MS);
    pack_map_end(p);
}

static void
pack_place(struct pack *p, const struct upstream_route *route, size_t place)
{
    pack_map_begin(p);
    pack_kv_str(p, "name", route->name);
    pack_kv_int(p, "place", (int64_t)place + 1);
    pack_kv_int(p, "of", (int64_t)route->n_targets);
    pack_map_end(p);
}

static void
pack_places(struct pack *p, const struct upstreams *u, const struct target *t)
{
    pack_key(p, "routes");
    pack_array_begin(p);
    for (size_t i = 0; i < u->n_routes; i++)
        for (size_t k = 0; k < u->routes[i].n_targets; k++)
            if (u->routes[i].targets[k] == t)
                pack_place(p, &u->routes[i], k);
    pack_array_end(p);
}

void
status_pack_detail(struct pack *p, const struct status_moment *m,
                   const struct upstreams *u, const struct target *t)
{
    pack_errors(p, t);
    status_pack_trend(p, "error_trend", &t->figures.errors_trend, m->now_ms);
    pack_keys(p, t);
    pack_bars(p, m, t);
    pack_moves(p, t);
    pack_breaker(p, t);
    pack_places(p, u, t);
    pack_kv_str(p, "endpoint", t->base_url);
}
