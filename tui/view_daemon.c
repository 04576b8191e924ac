/*
 * view_daemon.c - the daemon itself: what it takes of the system, how much of
 * that it may, and what it could not keep up with.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/figures.h"
#include "tui/line.h"
#include "tui/panel.h"

enum {
    LABEL_COLS = 11,
    VALUE_COLS = 30,
    SPARK_COLS = 30,
    METER_COLS = 24
};

_Static_assert((int)FIGURES_MAX_TREND >= (int)MODEL_HISTORY,
               "a history is a trend");

/* One row: a figure, in words; and a bar of how much of its limit it is, or
 * how it went. */
struct gauge {
    const char *label;
    void (*tell)(const struct scene *s, struct line *out);
    const char *path;  /* Of the figure that the bar is of. */
    const char *limit; /* Its limit; NULL: no bar. */
    const char *bad;   /* A count of losses: bad unless 0. */
    struct trend (*trend)(const struct model *m);
};

static double
number(const struct scene *s, const char *path)
{
    return read_number(s->model->snapshot, path);
}

static const char *
word(const struct scene *s, const char *path)
{
    return aigw_get_str(s->model->snapshot, path, "-");
}

static struct text
bytes(double n)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    struct text text = {"-"};
    size_t unit = 0;

    while (n >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
        n /= 1024;
        unit++;
    }
    if (!isnan(n))
        (void)snprintf(text.s, sizeof(text.s), "%.*f %s", unit > 0 && n < 10, n,
                       units[unit]);
    return text;
}

static void
tell_process(const struct scene *s, struct line *out)
{
    line_add(out, "aigwd %s  pid %s  %s", word(s, "server.version"),
             format_count(number(s, "server.pid")).s,
             word(s, "server.hostname"));
}

static void
tell_state(const struct scene *s, struct line *out)
{
    line_add(out, "%s, up %s", word(s, "server.state"),
             format_span(number(s, "server.uptime_s")).s);
}

static void
tell_config(const struct scene *s, struct line *out)
{
    double now_ms = model_daemon_ms(s->model, s->now_ms);
    double age_s = (now_ms - number(s, "server.reloaded_ms")) / 1000;

    line_add(out, "generation %s, read %s ago",
             format_count(number(s, "server.config_generation")).s,
             format_span(age_s).s);
}

static void
tell_requests(const struct scene *s, struct line *out)
{
    line_add(out, "%s/s, %s in flight", format_rate(number(s, "window.rps")).s,
             format_count(number(s, "totals.in_flight")).s);
}

static void
tell_errors(const struct scene *s, struct line *out)
{
    line_add(out, "%s%%, %s in all",
             format_percent(number(s, "window.error_rate")).s,
             format_count(number(s, "totals.failed_requests")).s);
}

static void
tell_queue(const struct scene *s, struct line *out)
{
    double length = number(s, "queue.length");

    if (isnan(length))
        length = number(s, "totals.queued");
    line_add(out, "%s waiting, %s turned away", format_count(length).s,
             format_count(number(s, "totals.shed")).s);
}

static void
tell_lag(const struct scene *s, struct line *out)
{
    line_add(out, "%s",
             scene_latency_unit(s, number(s, "server.loop_lag_ms")).s);
}

static void
tell_memory(const struct scene *s, struct line *out)
{
    line_add(out, "%s", bytes(number(s, "server.rss_bytes")).s);
}

static void
tell_held(const struct scene *s, struct line *out)
{
    line_add(out, "%s of %s", bytes(number(s, "server.held_bytes")).s,
             bytes(number(s, "server.held_bytes_limit")).s);
}

static void
tell_files(const struct scene *s, struct line *out)
{
    line_add(out, "%s of %s open", format_count(number(s, "server.fds")).s,
             format_count(number(s, "server.fds_limit")).s);
}

static void
tell_callers(const struct scene *s, struct line *out)
{
    line_add(out, "%s of %s connections",
             format_count(number(s, "server.connections")).s,
             format_count(number(s, "server.connections_limit")).s);
}

static void
tell_providers(const struct scene *s, struct line *out)
{
    line_add(out, "%s transfers, %s connections",
             format_count(number(s, "server.curl_handles")).s,
             format_count(number(s, "server.http_connections")).s);
}

static void
tell_rpc(const struct scene *s, struct line *out)
{
    line_add(out, "%s to be written",
             bytes(number(s, "server.rpc_queue_bytes")).s);
}

static void
tell_log(const struct scene *s, struct line *out)
{
    line_add(out, "%s lines dropped",
             format_count(number(s, "server.log_dropped")).s);
}

static void
tell_ledger(const struct scene *s, struct line *out)
{
    line_add(out, "%s, %s waiting, %s lost", word(s, "server.ledger"),
             bytes(number(s, "server.ledger_queue_bytes")).s,
             format_count(number(s, "server.ledger_lost")).s);
}

static void
tell_commits(const struct scene *s, struct line *out)
{
    line_add(out, "%s rows, %s commits",
             format_short_count(number(s, "server.ledger_rows")).s,
             format_short_count(number(s, "server.ledger_commits")).s);
}

static void
tell_sessions(const struct scene *s, struct line *out)
{
    line_add(out, "%s", word(s, "server.sessions"));
}

static struct trend
trend_of(const struct history *h)
{
    struct trend trend = {.n_values = h->n_values};

    memcpy(trend.values, h->values, h->n_values * sizeof(trend.values[0]));
    return trend;
}

static struct trend
trend_lag(const struct model *m)
{
    return trend_of(&m->lag);
}

static struct trend
trend_memory(const struct model *m)
{
    return trend_of(&m->memory);
}

/* The most important first: what does not fit is scrolled to. */
static const struct gauge gauges[] = {
    {.label = "Process", .tell = tell_process},
    {.label = "State", .tell = tell_state},
    {.label = "Config", .tell = tell_config},
    {.label = "Requests", .tell = tell_requests, .trend = figures_requests},
    {.label = "Errors", .tell = tell_errors, .trend = figures_errors},
    {.label = "Queue",
     .tell = tell_queue,
     .path = "queue.length",
     .limit = "queue.max"},
    {.label = "Loop lag", .tell = tell_lag, .trend = trend_lag},
    {.label = "Memory", .tell = tell_memory, .trend = trend_memory},
    {.label = "Held",
     .tell = tell_held,
     .path = "server.held_bytes",
     .limit = "server.held_bytes_limit"},
    {.label = "Files",
     .tell = tell_files,
     .path = "server.fds",
     .limit = "server.fds_limit"},
    {.label = "Callers",
     .tell = tell_callers,
     .path = "server.connections",
     .limit = "server.connections_limit"},
    {.label = "Providers", .tell = tell_providers},
    {.label = "RPC queue", .tell = tell_rpc},
    {.label = "Log", .tell = tell_log, .bad = "server.log_dropped"},
    {.label = "Ledger", .tell = tell_ledger, .bad = "server.ledger_lost"},
    {.label = "", .tell = tell_commits},
    {.label = "Sessions", .tell = tell_sessions}};

enum {
    N_GAUGES = sizeof(gauges) / sizeof(gauges[0])
};

int
view_daemon_limit(int top, int rows)
{
    if (top > N_GAUGES - rows)
        top = N_GAUGES - rows;
    return top < 0 ? 0 : top;
}

static struct glyphs
gauge_glyphs(const struct gauge *g, const struct scene *s)
{
    struct trend trend;

    if (g->trend) {
        trend = g->trend(s->model);
        return glyph_spark(trend.values, trend.n_values, SPARK_COLS,
                           s->ui->ascii);
    }
    if (g->limit && number(s, g->limit) > 0)
        return glyph_meter(number(s, g->path) / number(s, g->limit), METER_COLS,
                           NULL);
    return (struct glyphs){""};
}

static void
draw_gauge(struct canvas *c, struct area line, const struct scene *s,
           const struct gauge *g)
{
    enum style style = STYLE_PLAIN;
    struct line value = {.used = 0};
    int end = line.col + line.cols;
    int col = line.col + 1 + LABEL_COLS;

    if (g->bad && number(s, g->bad) > 0)
        style = STYLE_BAD;
    g->tell(s, &value);
    (void)canvas_put(c, line.row, line.col + 1, line.cols - 1, STYLE_DIM,
                     g->label);
    (void)canvas_put(c, line.row, col, end - col, style, value.s);
    col += VALUE_COLS + 1;
    if (col + SPARK_COLS <= end)
        (void)canvas_put(c, line.row, col, SPARK_COLS, STYLE_PLAIN,
                         gauge_glyphs(g, s).s);
}

void
view_draw_daemon(struct canvas *c, struct area area, const struct scene *s,
                 const struct table_rows *rows)
{
    int top = view_daemon_limit(s->ui->tables[UI_DAEMON].top, area.rows);

    (void)rows;
    for (int i = 0; i < area.rows && top + i < N_GAUGES; i++) {
        struct area line = {area.row + i, area.col, 1, area.cols};

        draw_gauge(c, line, s, &gauges[top + i]);
    }
}
