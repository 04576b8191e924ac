/*
 * view_targets.c - the columns of the targets.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "text/state.h"
#include "tui/figures.h"
#include "tui/panel.h"

static void
set(struct table_cell *cell, const char *text)
{
    (void)snprintf(cell->s, sizeof(cell->s), "%s", text);
}

/* Nothing comes through one that is open: slower than all others. */
static double
endless(const struct aigw_value *row)
{
    return scene_state_style(row) == STYLE_BAD ? (double)INFINITY : nan("");
}

static void
show_state(const struct table_show *at, struct table_cell *ret_cell)
{
    struct text word = scene_state_word(at->scene, at->row);

    /* A countdown that is cut would be another countdown. */
    if (strlen(word.s) > (size_t)at->cols)
        word.s[strcspn(word.s, " ")] = '\0';
    set(ret_cell, word.s);
    ret_cell->style = scene_state_style(at->row);
}

static void
show_since(const struct table_show *at, struct table_cell *ret_cell)
{
    double since_ms = read_number(at->row, at->column->path);
    double now_ms = model_daemon_ms(at->scene->model, at->scene->now_ms);

    set(ret_cell, format_since((now_ms - since_ms) / 1000).s);
}

static void
show_trend(const struct table_show *at, struct table_cell *ret_cell)
{
    struct trend trend = figures_trend(aigw_value_get(at->row, "trend"));
    struct glyphs glyphs = glyph_spark(trend.values, trend.n_values, at->cols,
                                       at->scene->ui->ascii);

    set(ret_cell, glyphs.s);
}

/* Of the last stretch of time. */
static double
latest(const struct model *m, const struct ui *ui, const struct aigw_value *row)
{
    struct trend trend = figures_trend(aigw_value_get(row, "trend"));

    (void)m;
    (void)ui;
    return trend.n_values > 0 ? trend.values[trend.n_values - 1] : nan("");
}

static const struct table_column columns[] = {
    {.title = "PROVIDER/MODEL",
     .rank = 0,
     .cols = 20,
     .least = 8,
     .ascending = true,
     .show = table_show_text,
     .path = "name",
     .key = 'A'},
    {.title = "STATE",
     .rank = 1,
     .cols = 9,
     .least = 6,
     .ascending = true,
     .show = show_state,
     .path = "state"},
    {.title = "SINCE",
     .rank = 12,
     .cols = 5,
     .show = show_since,
     .path = "since_ms"},
    {.title = "WGT",
     .rank = 14,
     .cols = 4,
     .right = true,
     .show = table_show_count,
     .path = "weight"},
    {.title = "REQ/s",
     .rank = 3,
     .cols = 5,
     .right = true,
     .show = table_show_rate,
     .path = "rps",
     .key = 'L'},
    {.title = "INFL",
     .rank = 5,
     .cols = 4,
     .right = true,
     .show = table_show_count,
     .path = "in_flight"},
    {.title = "LIM",
     .rank = 11,
     .cols = 4,
     .right = true,
     .show = table_show_count,
     .path = "limit"},
    {.title = "ERR%",
     .rank = 4,
     .cols = 5,
     .right = true,
     .show = table_show_percent,
     .path = "error_rate",
     .key = 'E'},
    {.title = "429%",
     .rank = 10,
     .cols = 5,
     .right = true,
     .show = table_show_percent,
     .path = "rate_limited_rate"},
    {.title = "T/O%",
     .rank = 15,
     .cols = 5,
     .right = true,
     .show = table_show_percent,
     .path = "timeout_rate"},
    {.title = "P50",
     .rank = 7,
     .cols = 5,
     .loose = 6,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p50",
     .missing = endless},
    {.title = "P90",
     .rank = 13,
     .cols = 5,
     .loose = 6,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p90",
     .missing = endless},
    {.title = "P95",
     .rank = 6,
     .cols = 5,
     .loose = 6,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p95",
     .missing = endless},
    {.title = "P99",
     .rank = 2,
     .cols = 6,
     .least = 4,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p99",
     .missing = endless,
     .key = 'P'},
    {.title = "$/h",
     .rank = 9,
     .cols = 5,
     .right = true,
     .show = table_show_money,
     .path = "cost_per_hour_usd",
     .key = 'C'},
    {.title = "TREND",
     .rank = 8,
     .cols = 9,
     .indent = 1,
     .most = 31,
     .show = show_trend,
     .number = latest},
};

static const struct aigw_value *
list(const struct model *m, const struct ui *ui)
{
    (void)ui;
    return model_list(m, "targets");
}

/* What is in trouble is not hidden because nothing is sent there. */
static bool
is_idle(const struct aigw_value *row)
{
    enum style style = scene_state_style(row);

    return style != STYLE_BAD && style != STYLE_HALF
           && !(read_number(row, "in_flight") > 0)
           && !(read_number(row, "rps") > 0);
}

static size_t
count_state(const struct table_rows *rows, const char *state)
{
    size_t n = 0;

    for (size_t i = 0; i < rows->n_rows; i++)
        n += strcmp(aigw_get_str(rows->rows[i], "state", ""), state) == 0;
    return n;
}

/* "3 closed, 1 open, 1 half-open". */
static void
tell(const struct table_rows *rows, struct line *out)
{
    static const struct {
        const char *state;
        const char *word;
    } states[] = {{"closed", "closed"},     {"open", "open"},
                  {"latched", "latched"},   {"half_open", "half-open"},
                  {"draining", "draining"}, {"disabled", "disabled"},
                  {"forced_open", "forced"}};

    const char *separator = "";

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        size_t n = count_state(rows, states[i].state);

        if (n == 0)
            continue;
        line_add(out, "%s%zu %s", separator, n, states[i].word);
        separator = ", ";
    }
}

const struct table view_targets = {.columns = columns,
                                   .n_columns =
                                       sizeof(columns) / sizeof(columns[0]),
                                   .list = list,
                                   .name_path = "name",
                                   .found_by = {"state", "reason"},
                                   .thing = "target",
                                   .is_idle = is_idle,
                                   .tell = tell,
                                   .empty = "No targets are configured."};
