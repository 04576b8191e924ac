/*
 * proxy_count.c - a call in the figures: of everything, of its route and of its
 * client.
 */
#include "app/proxy_internal.h"

#include "app/queue.h"
#include "base/clock.h"

#include <string.h>

static enum figures_end
end_of(const struct call *c)
{
    if (!c->error_code)
        return FIGURES_SUCCESS;
    return call_is_cancelled(c) ? FIGURES_CANCELLED : FIGURES_ERROR;
}

void
proxy_count_start(struct call *c)
{
    struct app *app = c->app;
    const struct upstream_route *route =
        upstreams_find_route(app->upstreams, c->route_name);

    app->totals.requests++;
    if (route)
        c->of_route = stats_begin(route->stats);
    c->of_client =
        stats_begin(clients_hear(app->clients, &c->client, call_now_ms(c)));
}

static void
count_totals(struct call *c)
{
    struct app_totals *t = &c->app->totals;
    bool success = !c->error_code;

    t->successes += success;
    t->failures += !success;
    t->fallbacks += success && call_is_fallback(c);
    t->resumed += success && c->request.broken;
    t->retries += c->n_log > 1 ? (int64_t)c->n_log - 1 : 0;
}

void
proxy_count_end(struct call *c, int64_t latency_us)
{
    struct app *app = c->app;
    int64_t now_ms = call_now_ms(c), wall_ms = clock_wall_ms();
    const struct call_attempt *heard = call_first_heard(c);
    struct figures_entry entry = {
        .end = end_of(c),
        .latency_us = latency_us,
        .retries = c->n_log > 1 ? (int64_t)c->n_log - 1 : 0,
        .prompt_tokens = c->total_prompt_tokens,
        .completion_tokens = c->total_completion_tokens,
        .cost_nanousd = c->total_cost_nanousd,
    };
    int64_t ttft_us = heard ? heard->ttft_us : -1;

    if (c->error_code && strcmp(c->error_code, "overloaded") == 0)
        queue_note_shed(app->queue, proxy_shed_reason(c));
    count_totals(c);
    figures_enter(&app->figures, &entry, now_ms, wall_ms);
    if (entry.end == FIGURES_SUCCESS) {
        hist_windows_record(&app->latency, latency_us, now_ms);
        if (heard)
            hist_windows_record(&app->ttft, ttft_us, now_ms);
    }
    stats_end(c->of_route, &entry, ttft_us, now_ms, wall_ms);
    stats_end(c->of_client, &entry, ttft_us, now_ms, wall_ms);
}
