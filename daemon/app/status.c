#include "app/status.h"

#include "app/budgets.h"
#include "app/drills.h"
#include "app/ledger.h"
#include "app/queue.h"
#include "app/session.h"
#include "app/store.h"
#include "base/log.h"

#include <string.h>

enum {
    MAX_BUDGETS = 100, /* A budget may have an account for each client. */
};

static const double US_PER_MS = 1000;
static const double MS_PER_MIN = 60e3;

static bool
storage_works(const struct app *app)
{
    return strcmp(ledger_state(app->ledger), "degraded") != 0
           && strcmp(store_state(app->store), "degraded") != 0;
}

const char *
status_server_state(const struct app *app)
{
    const struct upstreams *u = app->upstreams;
    int64_t now_ms = loop_now_ms(app->loop);
    bool any = false, all = storage_works(app);

    if (app->draining)
        return "draining";
    for (size_t i = 0; i < u->n_targets; i++) {
        any |= target_is_healthy(u->targets[i], now_ms);
        all &= strcmp(target_state_name(u->targets[i], now_ms), "closed") == 0;
    }
    if (!any)
        return "unavailable";
    return all ? "ready" : "degraded";
}

/* -1 stands for what the system does not tell. */
static void
pack_known(struct pack *p, const char *key, int64_t value)
{
    if (value < 0)
        pack_kv_nil(p, key);
    else
        pack_kv_int(p, key, value);
}

static void
pack_storage(struct pack *p, const struct app *app)
{
    const struct db_state *db = ledger_db_state(app->ledger);

    pack_kv_str(p, "ledger", ledger_state(app->ledger));
    pack_kv_int(p, "ledger_lost", ledger_lost(app->ledger));
    pack_kv_int(p, "ledger_rows", db->n_written);
    pack_kv_int(p, "ledger_commits", db->n_commits);
    pack_kv_int(p, "ledger_queue_bytes", (int64_t)db->queued_bytes);
    pack_kv_str(p, "sessions", store_state(app->store));
}

static void
pack_server(struct pack *p, const struct app *app,
            const struct status_moment *m)
{
    pack_key(p, "server");
    pack_map_begin(p);
    pack_kv_str(p, "version", AIGW_VERSION);
    pack_kv_str(p, "instance_id", app->instance_id);
    pack_kv_text(p, "hostname", app->hostname);
    pack_kv_int(p, "pid", app->pid);
    pack_kv_int(p, "uptime_s", (m->now_ms - app->started_mono_ms) / 1000);
    pack_kv_int(p, "started_ms", app->started_ms);
    pack_kv_int(p, "reloaded_ms", app->reloaded_ms);
    pack_kv_int(p, "config_generation", app->generation);
    pack_kv_str(p, "state", status_server_state(app));
    pack_kv_double(p, "loop_lag_ms",
                   (double)loop_lag_us(app->loop) / US_PER_MS);
    pack_known(p, "rss_bytes", app->usage.rss_bytes);
    pack_known(p, "fds", app->usage.fds);
    pack_known(p, "fds_limit", app->usage.fds_limit);
    pack_kv_int(p, "connections", pipe_listener_conns(app->listener));
    pack_kv_int(p, "connections_limit", app->config->limits.connections);
    pack_kv_int(p, "rpc_queue_bytes",
                (int64_t)pipe_listener_unsent(app->listener));
    pack_kv_int(p, "log_dropped", (int64_t)log_dropped());
    pack_kv_int(p, "curl_handles", http_client_handles(app->http));
    pack_kv_int(p, "http_connections", http_client_connections(app->http));
    pack_kv_int(p, "held_bytes", (int64_t)app->load.held_bytes);
    pack_kv_int(p, "held_bytes_limit", LOAD_MAX_BYTES);
    pack_storage(p, app);
    pack_map_end(p);
}

static void
pack_money(struct pack *p, const struct app *app, const struct status_moment *m)
{
    int64_t today_nanousd = 0;

    for (size_t i = 0; i < app->upstreams->n_targets; i++)
        today_nanousd += figures_cost_today(
            &app->upstreams->targets[i]->figures, m->now_ms + m->offset_ms);
    status_pack_usd(p, "cost_usd", app->figures.cost_nanousd);
    pack_kv_int(p, "cost_nanousd", app->figures.cost_nanousd);
    status_pack_usd(p, "cost_today_usd", today_nanousd);
}

static int64_t
count_trips(const struct upstreams *u)
{
    uint64_t trips = 0;

    for (size_t i = 0; i < u->n_targets; i++)
        trips += u->targets[i]->breaker.trips;
    return (int64_t)trips;
}

/* What the targets that traffic is welcome at take at once. */
static int64_t
sum_limits(const struct upstreams *u, int64_t now_ms)
{
    int64_t sum = 0;

    for (size_t i = 0; i < u->n_targets; i++)
        if (target_is_healthy(u->targets[i], now_ms))
            sum += concurrency_limit(&u->targets[i]->concurrency);
    return sum;
}

static void
pack_totals(struct pack *p, const struct app *app,
            const struct status_moment *m)
{
    const struct app_totals *t = &app->totals;
    double latency_ms = (double)app->figures.latency_sum_us / US_PER_MS;

    pack_key(p, "totals");
    pack_map_begin(p);
    pack_kv_int(p, "total_requests", t->requests);
    pack_kv_int(p, "successful_requests", t->successes);
    pack_kv_int(p, "failed_requests", t->failures);
    pack_kv_int(p, "fallback_count", t->fallbacks);
    pack_kv_int(p, "circuit_breaker_trips", count_trips(app->upstreams));
    pack_kv_double(p, "avg_latency_ms", status_ratio(latency_ms, t->successes));
    pack_kv_double(
        p, "success_rate_percent",
        100 * status_ratio((double)t->successes, t->successes + t->failures));
    pack_kv_int(p, "retries", t->retries);
    pack_kv_int(p, "prompt_tokens", app->figures.prompt_tokens);
    pack_kv_int(p, "completion_tokens", app->figures.completion_tokens);
    pack_money(p, app, m);
    pack_kv_int(p, "in_flight", (int64_t)HASH_COUNT(app->calls));
    pack_kv_int(p, "limit", sum_limits(app->upstreams, m->now_ms));
    pack_kv_int(p, "queued", (int64_t)queue_length(app->queue));
    pack_kv_int(p, "clients", status_count_clients(app));
    pack_kv_int(p, "hedges", t->hedges);
    pack_kv_int(p, "hedges_won", t->hedges_won);
    pack_kv_int(p, "hedge_cost_nanousd", t->hedge_cost_nanousd);
    pack_kv_int(p, "resumed", t->resumed);
    pack_kv_int(p, "shed", app->load.refused);
    status_pack_trend(p, "trend", &app->figures.trend, m->now_ms);
    status_pack_trend(p, "error_trend", &app->figures.errors_trend, m->now_ms);
    pack_map_end(p);
}

static void
pack_window(struct pack *p, const struct app *app,
            const struct status_moment *m)
{
    struct tally_sums sums;
    struct hist hist;
    int64_t covered_ms;

    pack_key(p, "window");
    pack_map_begin(p);
    pack_kv_int(p, "seconds", span_ms(m->span) / 1000);
    covered_ms = status_pack_rates(p, m, &app->figures, &sums);
    pack_kv_double(p, "retry_rate",
                   status_ratio((double)sums.retries, sums.requests));
    pack_kv_double(p, "hedge_rate",
                   status_ratio((double)sums.hedges, sums.requests));
    pack_kv_double(p, "hedge_won_rate",
                   status_ratio((double)sums.hedges_won, sums.hedges));
    pack_kv_double(p, "shed_per_s",
                   status_ratio((double)sums.shed * 1000, covered_ms));
    pack_kv_double(
        p, "prompt_tokens_per_min",
        status_ratio((double)sums.prompt_tokens * MS_PER_MIN, covered_ms));
    pack_kv_double(
        p, "completion_tokens_per_min",
        status_ratio((double)sums.completion_tokens * MS_PER_MIN, covered_ms));
    hist_windows_read(&app->ttft, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "ttft_ms", &hist);
    hist_windows_read(&app->latency, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "latency_ms", &hist);
    pack_map_end(p);
}

static void
pack_target(struct pack *p, const struct app *app,
            const struct status_moment *m, const struct target *t, bool detail)
{
    int64_t n_drills =
        drill_count_at(drills_table(app->drills), t->name, m->now_ms);

    pack_map_begin(p);
    status_pack_target(p, m, t, n_drills);
    if (detail)
        status_pack_detail(p, m, app->upstreams, t);
    pack_map_end(p);
}

static void
pack_targets(struct pack *p, const struct app *app,
             const struct status_moment *m, const struct status_scope *scope)
{
    pack_key(p, "targets");
    pack_array_begin(p);
    if (scope->only)
        pack_target(p, app, m, scope->only, true);
    for (size_t i = 0; !scope->only && i < app->upstreams->n_targets; i++)
        pack_target(p, app, m, app->upstreams->targets[i],
                    app->upstreams->targets[i] == scope->detail);
    pack_array_end(p);
}

void
status_pack(struct pack *p, struct app *app, const struct status_scope *scope)
{
    struct status_moment m = status_moment(app, scope->span);

    proc_usage_refresh(&app->usage, m.now_ms);
    app_tell_windows(app);
    pack_map_begin(p);
    pack_kv_int(p, "schema", 1);
    pack_kv_int(p, "time_ms", m.now_ms + m.offset_ms);
    pack_server(p, app, &m);
    pack_totals(p, app, &m);
    pack_window(p, app, &m);
    pack_targets(p, app, &m, scope);
    status_pack_routes(p, app, &m);
    status_pack_clients(p, app, &m, scope->asker);
    pack_key(p, "queue");
    queue_pack(p, app->queue);
    status_pack_drills(p, app, &m);
    pack_key(p, "budgets");
    budgets_pack(p, app->budgets, MAX_BUDGETS);
    pack_map_end(p);
}
