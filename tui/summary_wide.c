/*
 * summary_wide.c - the gateway as a whole in four rows of 120 columns.
 */
#include <math.h>
#include <stdio.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/figures.h"
#include "tui/flow.h"
#include "tui/summary.h"

enum {
    SPARK_COLS = 24,
    METER_COLS = 26,
    BUDGET_COLS = 25
};

/* A figure at a fixed place, so that the eye finds it again. */
static void
put(struct canvas *c, struct area area, int row, int col, int cols,
    const char *text)
{
    (void)canvas_put(c, area.row + row, area.col + col, cols, STYLE_PLAIN,
                     text);
}

static void
draw_course(struct canvas *c, struct area area, int row,
            const struct trend *trend)
{
    struct glyphs spark =
        glyph_spark(trend->values, trend->n_values, SPARK_COLS, c->ascii);

    put(c, area, row, 19, SPARK_COLS, spark.s);
}

static void
draw_in_flight(struct canvas *c, struct area area,
               const struct aigw_value *snapshot)
{
    double in_flight = read_number(snapshot, "totals.in_flight");
    double limit = read_number(snapshot, "totals.limit");
    struct line label = {.used = 0};
    struct glyphs meter;

    line_add(&label, "%s", format_count(in_flight).s);
    if (!(limit > 0)) {
        put(c, area, 0, 55, METER_COLS, label.s);
        return;
    }
    line_add(&label, "/%s", format_count(limit).s);
    meter = glyph_meter(in_flight / limit, METER_COLS, label.s);
    put(c, area, 0, 55, METER_COLS, meter.s);
}

/* "0.3ms": in milliseconds as long as it is a short one. */
static struct text
format_lag(double ms)
{
    struct text text;

    if (!(ms < 1))
        return format_latency_unit(ms);
    (void)snprintf(text.s, sizeof(text.s), "%.1fms", ms);
    return text;
}

static void
draw_requests(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    struct trend trend = figures_requests(s->model);
    double lag_ms = read_number(snapshot, "server.loop_lag_ms");
    double clients = read_number(snapshot, "totals.clients");

    if (isnan(clients))
        clients = read_number(snapshot, "server.connections");
    put(c, area, 0, 1, 9, "Requests");
    (void)canvas_printf(c, area.row, area.col + 10, 8, STYLE_PLAIN, "%5s/s",
                        format_rate(read_number(snapshot, "window.rps")).s);
    draw_course(c, area, 0, &trend);
    put(c, area, 0, 46, 9, "Inflight");
    draw_in_flight(c, area, snapshot);
    (void)canvas_printf(c, area.row, area.col + 84, 11, STYLE_PLAIN,
                        "Clients %s", format_count(clients).s);
    (void)canvas_printf(c, area.row, area.col + 96, area.cols - 96, STYLE_PLAIN,
                        "Loop lag %s", format_lag(lag_ms).s);
}

static void
draw_errors(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    struct trend trend = figures_errors(s->model);
    double queued = read_number(snapshot, "queue.length");
    double won = read_number(snapshot, "window.hedge_won_rate");
    struct flow f = flow_at(c, area, 1, 46);

    if (isnan(queued))
        queued = read_number(snapshot, "totals.queued");
    put(c, area, 1, 1, 9, "Errors");
    (void)canvas_put_right(
        c, area.row + 1, area.col + 10, 7, STYLE_PLAIN,
        scene_percent(read_number(snapshot, "window.error_rate")).s);
    draw_course(c, area, 1, &trend);
    f.gap = 3;
    (void)flow_put(&f, STYLE_PLAIN, "Retry %s",
                   scene_percent(read_number(snapshot, "window.retry_rate")).s);
    (void)flow_put(&f, STYLE_PLAIN, "Hedge %s",
                   scene_percent(read_number(snapshot, "window.hedge_rate")).s);
    f.gap = 1;
    if (!isnan(won))
        (void)flow_put(&f, STYLE_PLAIN, "(%.0f%% won)", won * 100);
    (void)canvas_printf(c, area.row + 1, area.col + 82, 17, STYLE_PLAIN,
                        "Queue %s", format_count(queued).s);
    (void)canvas_printf(
        c, area.row + 1, area.col + 100, area.cols - 100, STYLE_PLAIN,
        "Shed %s/s", format_rate(read_number(snapshot, "window.shed_per_s")).s);
}

static void
draw_latencies(struct canvas *c, struct area area, const struct scene *s)
{
    static const struct {
        const char *label;
        const char *path;
        int col;
    } figures[] = {
        {"p50", "ttft_ms.p50", 12},    {"p90", "ttft_ms.p90", 24},
        {"p95", "ttft_ms.p95", 36},    {"p99", "ttft_ms.p99", 48},
        {"max", "ttft_ms.max", 59},    {"p50", "latency_ms.p50", 79},
        {"p95", "latency_ms.p95", 90}, {"p99", "latency_ms.p99", 101}};

    const struct aigw_value *window =
        aigw_value_get(s->model->snapshot, "window");

    put(c, area, 2, 1, 9, "TTFT");
    put(c, area, 2, 72, 6, "Total");
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        double ms = read_number(window, figures[i].path);

        (void)canvas_printf(c, area.row + 2, area.col + figures[i].col, 11,
                            STYLE_PLAIN, "%s %s", figures[i].label,
                            scene_latency_unit(s, ms).s);
    }
}

static void
put_budget(struct flow *f, double today, double limit)
{
    struct line label = {.used = 0};

    if (!(limit > 0) || isnan(today)) {
        (void)flow_put(f, STYLE_PLAIN, "today %s", format_cost(today).s);
        return;
    }
    (void)flow_put(f, STYLE_PLAIN, "today %s of %s", format_cost(today).s,
                   format_cost(limit).s);
    line_add(&label, "%.0f%%", today / limit * 100);
    f->gap = 1;
    (void)flow_put(f, STYLE_PLAIN, "%s",
                   glyph_meter(today / limit, BUDGET_COLS, label.s).s);
}

static void
draw_cost(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    const struct aigw_value *window = aigw_value_get(snapshot, "window");
    struct area money = area;
    struct flow f;

    money.cols = 76;
    f = flow_at(c, money, 3, 24);
    put(c, area, 3, 1, 9, "Cost");
    (void)canvas_printf(c, area.row + 3, area.col + 12, 11, STYLE_PLAIN, "%s/h",
                        format_cost(figures_cost_per_hour(snapshot)).s);
    put_budget(&f, read_number(snapshot, "totals.cost_today_usd"),
               figures_daily_limit(snapshot));
    f = flow_at(c, area, 3, 77);
    (void)flow_put(&f, STYLE_PLAIN, "Tokens/min");
    (void)flow_put(
        &f, STYLE_PLAIN, "%s in",
        format_short_count(read_number(window, "prompt_tokens_per_min")).s);
    f.gap = 3;
    (void)flow_put(
        &f, STYLE_PLAIN, "%s out",
        format_short_count(read_number(window, "completion_tokens_per_min")).s);
}

void
summary_draw_four(struct canvas *c, struct area area, const struct scene *s)
{
    draw_requests(c, area, s);
    draw_errors(c, area, s);
    draw_latencies(c, area, s);
    draw_cost(c, area, s);
}
