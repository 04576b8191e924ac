/*
 * panel_summary.c - the gateway as a whole, in as many rows as there are: one
 * where there is little room, two from 80 columns on.
 */
#include <math.h>
#include <stdio.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/figures.h"
#include "tui/flow.h"
#include "tui/summary.h"

enum {
    SPARK_COLS = 8
};

void
summary_draw_row(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    struct flow f = flow_at(c, area, 0, 1);
    double usd = figures_cost_per_hour(snapshot);

    (void)flow_put(&f, STYLE_PLAIN, "%s/s",
                   format_rate(read_number(snapshot, "window.rps")).s);
    if (!s->narrow)
        (void)flow_put(
            &f, STYLE_PLAIN, "infl %s",
            format_count(read_number(snapshot, "totals.in_flight")).s);
    (void)flow_put(&f, STYLE_PLAIN, "err %s",
                   scene_percent(read_number(snapshot, "window.error_rate")).s);
    (void)flow_put(
        &f, STYLE_PLAIN, "p99 %s",
        scene_latency_unit(s, read_number(snapshot, "window.ttft_ms.p99")).s);
    if (!isnan(usd))
        (void)flow_put(&f, STYLE_PLAIN, "%s/h", format_cost(usd).s);
}

static void
draw_requests(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    struct trend trend = figures_requests(s->model);
    struct glyphs spark =
        glyph_spark(trend.values, trend.n_values, SPARK_COLS, c->ascii);
    double limit = read_number(snapshot, "totals.limit");
    int row = area.row;
    int col = area.col;

    (void)canvas_put(c, row, col + 1, 4, STYLE_PLAIN, "Req");
    (void)canvas_printf(c, row, col + 5, 7, STYLE_PLAIN, "%5s/s",
                        format_rate(read_number(snapshot, "window.rps")).s);
    (void)canvas_put(c, row, col + 13, SPARK_COLS, STYLE_PLAIN, spark.s);
    (void)canvas_printf(
        c, row, col + 24, 18, STYLE_PLAIN, "Inflight %4s%s%s",
        format_count(read_number(snapshot, "totals.in_flight")).s,
        isnan(limit) ? "" : "/", isnan(limit) ? "" : format_count(limit).s);
}

static void
draw_rates(struct canvas *c, struct area area, const struct scene *s)
{
    static const struct {
        const char *label;
        const char *path;
        int col;
    } rates[] = {{"Err", "window.error_rate", 44},
                 {"Retry", "window.retry_rate", 55},
                 {"Hedge", "window.hedge_rate", 68}};

    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        double rate = read_number(s->model->snapshot, rates[i].path);

        (void)canvas_printf(c, area.row, area.col + rates[i].col, 12,
                            STYLE_PLAIN, "%s %s", rates[i].label,
                            scene_percent(rate).s);
    }
}

static void
draw_ttft(struct canvas *c, struct area area, const struct scene *s)
{
    static const struct {
        const char *label;
        const char *path;
        int col;
    } quantiles[] = {{"p50", "window.ttft_ms.p50", 7},
                     {"p95", "window.ttft_ms.p95", 18},
                     {"p99", "window.ttft_ms.p99", 29}};

    int row = area.row + 1;

    (void)canvas_put(c, row, area.col + 1, 5, STYLE_PLAIN, "TTFT");
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        double ms = read_number(s->model->snapshot, quantiles[i].path);

        (void)canvas_printf(c, row, area.col + quantiles[i].col, 10,
                            STYLE_PLAIN, "%s %s", quantiles[i].label,
                            scene_latency_unit(s, ms).s);
    }
}

static void
draw_cost(struct canvas *c, struct area area, const struct scene *s)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    double today = read_number(snapshot, "totals.cost_today_usd");
    double limit = figures_daily_limit(snapshot);
    struct flow f = flow_at(c, area, 1, 44);

    (void)flow_put(&f, STYLE_PLAIN, "Cost %s/h",
                   format_cost(figures_cost_per_hour(snapshot)).s);
    (void)flow_put(&f, STYLE_PLAIN, "today %s", format_cost(today).s);
    f.gap = 1;
    if (limit > 0 && !isnan(today))
        (void)flow_put(&f, STYLE_PLAIN, "(%.0f%%)", today / limit * 100);
}

void
summary_draw_two(struct canvas *c, struct area area, const struct scene *s)
{
    draw_requests(c, area, s);
    draw_rates(c, area, s);
    draw_ttft(c, area, s);
    draw_cost(c, area, s);
}

void
panel_summary(struct canvas *c, struct area area, const struct scene *s)
{
    if (area.rows == 1)
        summary_draw_row(c, area, s);
    else if (area.rows < 4)
        summary_draw_two(c, area, s);
    else
        summary_draw_four(c, area, s);
}
