/*
 * metrics.c - the figures of the server for Prometheus.
 */
#include "app/metrics.h"

#include "app/queue.h"
#include "app/session.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <string.h>

static const double US_PER_S = 1e6;
static const double MS_PER_S = 1e3;

struct figure {
    struct metrics_family family;
    double (*value)(const struct app *app);
};

static double
start_time(const struct app *app)
{
    return (double)app->started_ms / MS_PER_S;
}

static double
reload_time(const struct app *app)
{
    return (double)app->reloaded_ms / MS_PER_S;
}

static double
generation(const struct app *app)
{
    return (double)app->generation;
}

static double
loop_lag(const struct app *app)
{
    return (double)loop_lag_us(app->loop) / US_PER_S;
}

static double
resident_bytes(const struct app *app)
{
    return app->usage.rss_bytes < 0 ? (double)NAN
                                    : (double)app->usage.rss_bytes;
}

static double
open_fds(const struct app *app)
{
    return app->usage.fds < 0 ? (double)NAN : (double)app->usage.fds;
}

static double
connections(const struct app *app)
{
    return pipe_listener_conns(app->listener);
}

static double
queued_bytes(const struct app *app)
{
    return (double)pipe_listener_unsent(app->listener);
}

static double
handles(const struct app *app)
{
    return http_client_handles(app->http);
}

static double
dropped_lines(const struct app *app)
{
    (void)app;
    return (double)log_dropped();
}

static double
in_flight(const struct app *app)
{
    return HASH_COUNT(app->calls);
}

static double
queued(const struct app *app)
{
    return (double)queue_length(app->queue);
}

static double
fallbacks(const struct app *app)
{
    return (double)app->totals.fallbacks;
}

static double
retries(const struct app *app)
{
    return (double)app->totals.retries;
}

static double
resumed(const struct app *app)
{
    return (double)app->totals.resumed;
}

static double
hedges(const struct app *app)
{
    return (double)app->totals.hedges;
}

static double
hedges_won(const struct app *app)
{
    return (double)app->totals.hedges_won;
}

static double
hedge_cost(const struct app *app)
{
    return price_to_usd(app->totals.hedge_cost_nanousd);
}

static double
shed(const struct app *app)
{
    return (double)app->load.refused;
}

static double
cost(const struct app *app)
{
    return price_to_usd(app->figures.cost_nanousd);
}

/* clang-format off */
static const struct figure FIGURES[] = {
    {{"process_start_time_seconds", "gauge", "When the daemon started."}, start_time},
    {{"process_resident_memory_bytes", "gauge", "Resident memory."}, resident_bytes},
    {{"process_open_fds", "gauge", "Open file descriptors."}, open_fds},
    {{"aigw_config_generation", "gauge", "Counts the configurations in force."}, generation},
    {{"aigw_config_reload_time_seconds", "gauge", "When the configuration was put in force."}, reload_time},
    {{"aigw_loop_lag_seconds", "gauge", "Longest recent turn of the event loop."}, loop_lag},
    {{"aigw_connections", "gauge", "Connections of clients."}, connections},
    {{"aigw_rpc_queue_bytes", "gauge", "Bytes that clients have not taken yet."}, queued_bytes},
    {{"aigw_http_handles", "gauge", "HTTP transfer handles in existence."}, handles},
    {{"aigw_log_dropped_total", "counter", "Log lines that were dropped."}, dropped_lines},
    {{"aigw_requests_in_flight", "gauge", "Calls that are running."}, in_flight},
    {{"aigw_requests_queued", "gauge", "Calls that wait until some target may be asked."}, queued},
    {{"aigw_fallbacks_total", "counter", "Calls answered by another target than the first."}, fallbacks},
    {{"aigw_retries_total", "counter", "Attempts beyond the first of a call."}, retries},
    {{"aigw_resumed_total", "counter", "Answers that broke off and were completed."}, resumed},
    {{"aigw_hedges_total", "counter", "Attempts beside another that was slow."}, hedges},
    {{"aigw_hedges_won_total", "counter", "Hedges that were faster."}, hedges_won},
    {{"aigw_hedge_cost_usd_total", "counter", "Money spent on hedges, in US dollars."}, hedge_cost},
    {{"aigw_shed_total", "counter", "Calls refused because of overload."}, shed},
    {{"aigw_cost_usd_total", "counter", "Money spent, in US dollars."}, cost},
};

/* clang-format on */

static void
write_build(struct metrics_text *m, const struct app *app)
{
    static const struct metrics_family BUILD = {
        "aigw_build_info", "gauge", "Always 1; what runs is in the labels."};

    metrics_text_begin(m, &BUILD);
    metrics_text_put(m, BUILD.name,
                     METRICS_LABELS({"version", AIGW_VERSION},
                                    {"instance_id", app->instance_id}),
                     1);
}

static void
write_state(struct metrics_text *m, const struct app *app)
{
    static const char *const STATES[] = {"ready", "degraded", "draining",
                                         "unavailable"};
    static const struct metrics_family STATE = {
        "aigw_server_state", "gauge", "1 for the state that the daemon is in."};
    const char *is = status_server_state(app);

    metrics_text_begin(m, &STATE);
    for (size_t i = 0; i < array_count(STATES); i++)
        metrics_text_put(m, STATE.name, METRICS_LABELS({"state", STATES[i]}),
                         strcmp(STATES[i], is) == 0);
}

static void
write_figures(struct metrics_text *m, const struct app *app)
{
    for (size_t i = 0; i < array_count(FIGURES); i++) {
        metrics_text_begin(m, &FIGURES[i].family);
        metrics_text_put(m, FIGURES[i].family.name, NULL,
                         FIGURES[i].value(app));
    }
}

static void
write_requests(struct metrics_text *m, const struct app *app)
{
    const struct app_totals *t = &app->totals;
    static const struct metrics_family REQUESTS = {
        "aigw_requests_total", "counter", "Calls that were answered."};
    static const struct metrics_family TOKENS = {"aigw_tokens_total", "counter",
                                                 "Tokens that were used."};

    metrics_text_begin(m, &REQUESTS);
    metrics_text_put(m, REQUESTS.name, METRICS_LABELS({"result", "success"}),
                     (double)t->successes);
    metrics_text_put(m, REQUESTS.name, METRICS_LABELS({"result", "failure"}),
                     (double)t->failures);
    metrics_text_begin(m, &TOKENS);
    metrics_text_put(m, TOKENS.name, METRICS_LABELS({"kind", "prompt"}),
                     (double)app->figures.prompt_tokens);
    metrics_text_put(m, TOKENS.name, METRICS_LABELS({"kind", "completion"}),
                     (double)app->figures.completion_tokens);
}

static void
write_latency(struct metrics_text *m, const struct app *app, int64_t now_ms)
{
    static const struct metrics_family LATENCY = {
        "aigw_request_duration_seconds", "summary",
        "From call to answer, of successful calls."};
    struct hist recent;

    hist_windows_read(&app->latency, SPAN_5M, now_ms, &recent);
    metrics_text_begin(m, &LATENCY);
    metrics_text_put_summary(m, &(struct metrics_summary){
                                    .name = LATENCY.name,
                                    .recent = &recent,
                                    .sum_us = app->figures.latency_sum_us,
                                    .count = app->totals.successes,
                                });
}

int
metrics_write(struct app *app, const struct session_client *asker,
              struct bytes *out)
{
    struct metrics_text m = {.out = out};
    int64_t now_ms = loop_now_ms(app->loop);

    proc_usage_refresh(&app->usage, now_ms);
    write_build(&m, app);
    write_state(&m, app);
    write_figures(&m, app);
    write_requests(&m, app);
    write_latency(&m, app, now_ms);
    metrics_write_targets(&m, app->upstreams, now_ms);
    metrics_write_routes(&m, app->upstreams, now_ms);
    metrics_write_clients(&m, app->clients, asker, now_ms);
    return m.status;
}
