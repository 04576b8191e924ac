#include "tui/demo_values.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tui/demo_story.h"

const double demo_begun_ms = 1764000000000;

enum {
    TREND_VALUES = 30,
    UPTIME_S = 273600,
    BARS = 6
};

static void
set_quantiles(struct aigw_value *map, const char *key, double p50_ms,
              double spread)
{
    static const struct {
        const char *key;
        double at;
    } QUANTILES[] = {{"avg", 0.25}, {"p50", 0},   {"p90", 0.75},
                     {"p95", 1.2},  {"p99", 2.6}, {"max", 5}};
    struct aigw_value *q;

    if (isnan(p50_ms)) {
        aigw_value_set_nil(map, key);
        return;
    }
    q = aigw_value_map();
    aigw_value_set_int(q, "count", 600);
    for (size_t i = 0; i < sizeof(QUANTILES) / sizeof(*QUANTILES); i++)
        aigw_value_set_double(q, QUANTILES[i].key,
                              floor(p50_ms * (1 + spread * QUANTILES[i].at)));
    aigw_value_set(map, key, q);
}

/* The last minute of what `value` says of each second. */
static void
set_trend(struct aigw_value *map, const char *key, size_t target, int at_s,
          double (*value)(size_t target, int at_s))
{
    struct aigw_value *trend = aigw_value_array();

    for (int i = TREND_VALUES - 1; i >= 0; i--)
        aigw_value_append(trend,
                          aigw_value_new_double(
                              floor(value(target, at_s - 2 * i) * 10) / 10));
    aigw_value_set(map, key, trend);
}

static double
sum_of(double (*value)(size_t target, int at_s), int at_s)
{
    double sum = 0;

    for (size_t i = 0; i < DEMO_TARGETS; i++)
        sum += value(i, at_s);
    return sum;
}

static double
all_rps(size_t target, int at_s)
{
    (void)target;
    return sum_of(demo_rps, at_s);
}

static double
all_errors(size_t target, int at_s)
{
    (void)target;
    return sum_of(demo_errors, at_s);
}

/* Some target is not closed. */
static bool
is_in_trouble(int at_s)
{
    bool trouble = false;

    for (size_t i = 0; i < DEMO_TARGETS; i++) {
        const struct demo_phase *phase = demo_phase_at(i, at_s);

        trouble |= strcmp(phase->state, "closed") != 0;
    }
    return trouble;
}

static struct aigw_value *
make_server(int at_s)
{
    struct aigw_value *s = aigw_value_map();

    aigw_value_set_str(s, "version", AIGW_VERSION);
    aigw_value_set_str(s, "instance_id", "5d1c0f6a2b9e4837a1c2e3f405162738");
    aigw_value_set_str(s, "hostname", "demo");
    aigw_value_set_int(s, "pid", 812);
    aigw_value_set_int(s, "uptime_s", UPTIME_S + at_s);
    aigw_value_set_double(s, "started_ms", demo_begun_ms - UPTIME_S * 1e3);
    aigw_value_set_double(s, "reloaded_ms", demo_begun_ms - 131e3);
    aigw_value_set_int(s, "config_generation", 17);
    aigw_value_set_str(s, "state", is_in_trouble(at_s) ? "degraded" : "ready");
    aigw_value_set_double(s, "loop_lag_ms", 0.3 + 0.2 * demo_wave(at_s, 7));
    aigw_value_set_int(s, "rss_bytes", 21500000 + 40000 * (at_s % 60));
    aigw_value_set_int(s, "fds", 143);
    aigw_value_set_int(s, "fds_limit", 65536);
    aigw_value_set_int(s, "connections", 9);
    aigw_value_set_int(s, "connections_limit", 256);
    aigw_value_set_int(s, "rpc_queue_bytes", INT64_C(1024) * (at_s % 5));
    aigw_value_set_int(s, "log_dropped", 0);
    aigw_value_set_int(s, "curl_handles", 118);
    aigw_value_set_int(s, "http_connections", 104);
    aigw_value_set_int(s, "held_bytes", 3800000);
    aigw_value_set_int(s, "held_bytes_limit", 268435456);
    aigw_value_set_str(s, "ledger", "ok");
    aigw_value_set_int(s, "ledger_lost", 0);
    aigw_value_set_int(s, "ledger_rows", 1234000 + 412 * at_s);
    aigw_value_set_int(s, "ledger_commits", 88000 + 10 * at_s);
    aigw_value_set_int(s, "ledger_queue_bytes", 4096);
    aigw_value_set_str(s, "sessions", "ok");
    return s;
}

static struct aigw_value *
make_totals(int at_s)
{
    struct aigw_value *t = aigw_value_map();
    double in_flight = 0, spent = demo_spent_today(at_s);
    int64_t requests = 5810000 + 412 * (int64_t)at_s;

    for (size_t i = 0; i < DEMO_TARGETS; i++)
        in_flight += demo_in_flight(i, at_s);
    aigw_value_set_int(t, "total_requests", requests);
    aigw_value_set_int(t, "successful_requests", requests - 4200);
    aigw_value_set_int(t, "failed_requests", 4200 + at_s / 20);
    aigw_value_set_int(t, "fallback_count", 91000 + 9 * (int64_t)at_s);
    aigw_value_set_int(t, "circuit_breaker_trips", at_s >= 26 ? 41 : 40);
    aigw_value_set_double(t, "avg_latency_ms", 2140);
    aigw_value_set_double(t, "success_rate_percent", 99.93);
    aigw_value_set_int(t, "retries", 96000 + 11 * (int64_t)at_s);
    aigw_value_set_int(t, "prompt_tokens", 2000000000);
    aigw_value_set_int(t, "completion_tokens", 410000000);
    aigw_value_set_double(t, "cost_usd", 12940.5 + spent);
    aigw_value_set_double(t, "cost_today_usd", spent);
    aigw_value_set_int(t, "in_flight", (int64_t)in_flight);
    aigw_value_set_int(t, "limit", 512);
    aigw_value_set_int(t, "queued", 0);
    aigw_value_set_int(t, "clients", 7);
    aigw_value_set_int(t, "hedges", 120400 + 8 * (int64_t)at_s);
    aigw_value_set_int(t, "hedges_won", 73400 + 5 * (int64_t)at_s);
    aigw_value_set_int(t, "resumed", 318 + at_s / 40);
    aigw_value_set_int(t, "shed", 0);
    set_trend(t, "trend", 0, at_s, all_rps);
    set_trend(t, "error_trend", 0, at_s, all_errors);
    return t;
}

static struct aigw_value *
make_window(int at_s)
{
    struct aigw_value *w = aigw_value_map();
    double rps = all_rps(0, at_s);

    aigw_value_set_int(w, "seconds", 60);
    aigw_value_set_double(w, "rps", rps);
    aigw_value_set_double(w, "error_rate", all_errors(0, at_s) / rps);
    aigw_value_set_double(w, "retry_rate", 0.02 + all_errors(0, at_s) / rps);
    aigw_value_set_double(w, "hedge_rate", 0.021);
    aigw_value_set_double(w, "hedge_won_rate", 0.61);
    aigw_value_set_double(w, "shed_per_s", 0);
    aigw_value_set_double(w, "prompt_tokens_per_min", rps * 4600);
    aigw_value_set_double(w, "completion_tokens_per_min", rps * 970);
    aigw_value_set_double(w, "cost_per_hour_usd", sum_of(demo_usd_per_h, at_s));
    set_quantiles(w, "ttft_ms", 311 + 25 * demo_wave(at_s, 11), 2);
    set_quantiles(w, "latency_ms", 2100 + 90 * demo_wave(at_s, 13), 3.5);
    return w;
}

static void
set_half_open(struct aigw_value *t, const struct demo_phase *phase)
{
    struct aigw_value *half;

    if (strcmp(phase->state, "half_open") != 0) {
        aigw_value_set_nil(t, "half_open");
        return;
    }
    half = aigw_value_map();
    aigw_value_set_int(half, "ok", phase->half_open_ok);
    aigw_value_set_int(half, "of", 3);
    aigw_value_set(t, "half_open", half);
}

static void
set_state(struct aigw_value *t, size_t i, int at_s)
{
    const struct demo_phase *phase = demo_phase_at(i, at_s);

    aigw_value_set_str(t, "state", phase->state);
    aigw_value_set_str(t, "breaker", "auto");
    if (phase->reason)
        aigw_value_set_str(t, "reason", phase->reason);
    else
        aigw_value_set_nil(t, "reason");
    aigw_value_set_double(t, "since_ms",
                          demo_begun_ms + phase->since_s * 1000.0);
    if (phase->retry_s > 0)
        aigw_value_set_double(t, "retry_at_ms",
                              demo_begun_ms + phase->retry_s * 1000.0);
    else
        aigw_value_set_nil(t, "retry_at_ms");
    aigw_value_set_bool(t, "is_healthy", demo_phase_is_healthy(phase));
    aigw_value_set_str(t, "admin",
                       strcmp(phase->state, "draining") == 0 ? "draining"
                                                             : "enabled");
    aigw_value_set_nil(t, "gate");
    set_half_open(t, phase);
}

static void
set_bars(struct aigw_value *t)
{
    static const int BOUNDS[BARS][2] = {{100, 72}, {200, 246}, {400, 174},
                                        {800, 66}, {1600, 30}, {60000, 12}};
    struct aigw_value *bars = aigw_value_array();

    for (size_t i = 0; i < BARS; i++) {
        struct aigw_value *bar = aigw_value_array();

        aigw_value_append(bar, aigw_value_new_int(BOUNDS[i][0]));
        aigw_value_append(bar, aigw_value_new_int(BOUNDS[i][1]));
        aigw_value_append(bars, bar);
    }
    aigw_value_set(t, "ttft_hist", bars);
}

/* The moves of its breaker until now, the latest first. */
static void
set_history(struct aigw_value *t, size_t i, int at_s)
{
    struct aigw_value *moves = aigw_value_array();

    for (int k = DEMO_MOVES - 1; k >= 0; k--) {
        const struct demo_move *move = &demo_moves[k];
        struct aigw_value *map;

        if (move->target != i || move->at_s > at_s)
            continue;
        map = aigw_value_map();
        aigw_value_set_double(map, "time_ms",
                              demo_begun_ms + move->at_s * 1000.0);
        aigw_value_set_str(map, "from", move->from);
        aigw_value_set_str(map, "to", move->to);
        aigw_value_set_str(map, "reason", move->reason);
        aigw_value_append(moves, map);
    }
    aigw_value_set(t, "breaker_history", moves);
}

static void
set_places(struct aigw_value *t, size_t i)
{
    struct aigw_value *places = aigw_value_array();

    for (size_t r = 0; r < DEMO_ROUTES; r++)
        for (int k = 0; k < demo_routes[r].n_targets; k++)
            if (demo_routes[r].targets[k] == i) {
                struct aigw_value *place = aigw_value_map();

                aigw_value_set_str(place, "name", demo_routes[r].name);
                aigw_value_set_int(place, "place", k + 1);
                aigw_value_set_int(place, "of", demo_routes[r].n_targets);
                aigw_value_append(places, place);
            }
    aigw_value_set(t, "routes", places);
}

/* The last second in which something failed, of some target. */
static int
last_error_s(int at_s)
{
    if (at_s >= 45)
        return 45;
    if (at_s >= 25)
        return 25;
    return at_s >= 20 ? at_s : -44;
}

static void
set_detail(struct aigw_value *t, size_t i, int at_s)
{
    struct aigw_value *key = aigw_value_map();
    struct aigw_value *errors = aigw_value_map();

    aigw_value_set_str(key, "name", demo_targets[i].key);
    aigw_value_set_str(key, "state", "loaded");
    aigw_value_set(t, "key", key);
    aigw_value_set_int(errors, "overload",
                       14 + (int64_t)(60 * demo_errors(i, at_s)));
    aigw_value_set_int(errors, "ambiguous", 1);
    aigw_value_set(t, "errors", errors);
    aigw_value_set_str(t, "last_error", "HTTP 529, overloaded_error");
    aigw_value_set_double(t, "last_error_ms",
                          demo_begun_ms + last_error_s(at_s) * 1000.0);
    aigw_value_set_str(t, "last_error_request_id", "req_01J9XZ7KQ4");
    aigw_value_set_str(t, "endpoint", demo_targets[i].endpoint);
    set_bars(t);
    set_history(t, i, at_s);
    set_places(t, i);
    set_trend(t, "error_trend", i, at_s, demo_errors);
}

static struct aigw_value *
make_target(size_t i, int at_s)
{
    const struct demo_target *d = &demo_targets[i];
    struct aigw_value *t = aigw_value_map();
    double rps = demo_rps(i, at_s), errors = demo_errors(i, at_s);
    double p50_ms = demo_p50_ms(i, at_s);

    aigw_value_set_str(t, "name", d->name);
    aigw_value_set_str(t, "tier", d->tier);
    aigw_value_set_int(t, "weight", d->weight);
    set_state(t, i, at_s);
    aigw_value_set_int(t, "in_flight", (int64_t)demo_in_flight(i, at_s));
    aigw_value_set_int(t, "limit", d->limit);
    aigw_value_set_int(t, "trips", i == 0 ? 2 + (at_s >= 26) : 0);
    aigw_value_set_int(t, "window_requests", (int64_t)(60 * rps));
    aigw_value_set_int(t, "window_failures", (int64_t)(60 * errors));
    aigw_value_set_double(t, "rps", rps);
    if (rps > 0)
        aigw_value_set_double(t, "error_rate", errors / rps);
    else
        aigw_value_set_nil(t, "error_rate");
    aigw_value_set_double(t, "rate_limited_rate", i == 4 ? 0.019 : 0);
    aigw_value_set_double(t, "timeout_rate", 0);
    set_quantiles(t, "ttft_ms", p50_ms / 3, 2);
    set_quantiles(t, "latency_ms", p50_ms, 1.9);
    aigw_value_set_double(t, "cost_per_hour_usd", demo_usd_per_h(i, at_s));
    aigw_value_set_double(t, "cost_today_usd",
                          demo_spent_today(at_s) * d->share);
    set_trend(t, "trend", i, at_s, demo_rps);
    set_detail(t, i, at_s);
    return t;
}

/* The first target of the route that may be asked. */
static const char *
chosen(const struct demo_route *route, int at_s)
{
    for (int k = 0; k < route->n_targets; k++) {
        size_t i = route->targets[k];

        if (strcmp(demo_phase_at(i, at_s)->state, "closed") == 0)
            return demo_targets[i].name;
    }
    return NULL;
}

/* The figures that routes and clients have, `share` of those of all. */
static void
set_share(struct aigw_value *map, double share, int at_s)
{
    double rps = all_rps(0, at_s);

    aigw_value_set_int(map, "in_flight", (int64_t)(96 * share));
    aigw_value_set_int(map, "requests", (int64_t)(5810000 * share));
    aigw_value_set_double(map, "rps", rps * share);
    aigw_value_set_double(map, "error_rate", 0.002);
    set_quantiles(map, "ttft_ms", 311, 2);
    set_quantiles(map, "latency_ms", 2100, 3);
    aigw_value_set_int(map, "prompt_tokens", (int64_t)(2e9 * share));
    aigw_value_set_int(map, "completion_tokens", (int64_t)(4.1e8 * share));
    aigw_value_set_double(map, "cost_today_usd",
                          demo_spent_today(at_s) * share);
    aigw_value_set_double(map, "cost_per_hour_usd",
                          sum_of(demo_usd_per_h, at_s) * share);
}

static struct aigw_value *
make_route(const struct demo_route *route, int at_s)
{
    struct aigw_value *r = aigw_value_map();
    struct aigw_value *targets = aigw_value_array();
    const char *name = chosen(route, at_s);

    aigw_value_set_str(r, "name", route->name);
    aigw_value_set_str(r, "strategy", route->strategy);
    for (int k = 0; k < route->n_targets; k++)
        aigw_value_append_str(targets, demo_targets[route->targets[k]].name);
    aigw_value_set(r, "targets", targets);
    if (name)
        aigw_value_set_str(r, "chosen", name);
    else
        aigw_value_set_nil(r, "chosen");
    set_share(r, route->share, at_s);
    return r;
}

static struct aigw_value *
make_client(const struct demo_client *client, int at_s)
{
    struct aigw_value *c = aigw_value_map();

    aigw_value_set_str(c, "name", client->name);
    aigw_value_set_int(c, "uid", client->uid);
    aigw_value_set_int(c, "connections", 1);
    set_share(c, client->share, at_s);
    return c;
}

static struct aigw_value *
make_budget(int at_s)
{
    struct aigw_value *b = aigw_value_map();
    double hours_left = (300 - demo_spent_today(at_s)) / 14.21;

    aigw_value_set_str(b, "name", "daily");
    aigw_value_set_str(b, "scope", "all");
    aigw_value_set_str(b, "period", "day");
    aigw_value_set_str(b, "on_exceeded", "downgrade");
    aigw_value_set_double(b, "soft", 0.8);
    aigw_value_set_double(b, "limit_usd", 300);
    aigw_value_set_double(b, "spent_usd", demo_spent_today(at_s));
    aigw_value_set_double(b, "reserved_usd", 0.42);
    aigw_value_set_double(b, "resets_at_ms", demo_begun_ms + 8 * 3600e3);
    aigw_value_set_double(b, "exhausted_at_ms",
                          demo_begun_ms + (at_s + hours_left * 3600) * 1e3);
    return b;
}

struct aigw_value *
demo_snapshot(int at_s)
{
    struct aigw_value *s = aigw_value_map();
    struct aigw_value *targets = aigw_value_array();
    struct aigw_value *routes = aigw_value_array();
    struct aigw_value *clients = aigw_value_array();
    struct aigw_value *budgets = aigw_value_array();

    for (size_t i = 0; i < DEMO_TARGETS; i++)
        aigw_value_append(targets, make_target(i, at_s));
    for (size_t i = 0; i < DEMO_ROUTES; i++)
        aigw_value_append(routes, make_route(&demo_routes[i], at_s));
    for (size_t i = 0; i < DEMO_CLIENTS; i++)
        aigw_value_append(clients, make_client(&demo_clients[i], at_s));
    aigw_value_append(budgets, make_budget(at_s));
    aigw_value_set_int(s, "schema", 1);
    aigw_value_set_double(s, "time_ms", demo_begun_ms + at_s * 1000.0);
    aigw_value_set(s, "server", make_server(at_s));
    aigw_value_set(s, "totals", make_totals(at_s));
    aigw_value_set(s, "window", make_window(at_s));
    aigw_value_set(s, "targets", targets);
    aigw_value_set(s, "routes", routes);
    aigw_value_set(s, "clients", clients);
    aigw_value_set(s, "drills", aigw_value_array());
    aigw_value_set(s, "budgets", budgets);
    return s;
}
