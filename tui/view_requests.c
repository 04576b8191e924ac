/*
 * view_requests.c - the columns of the requests: those that run, the oldest
 * first, and those that have ended.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/panel.h"
#include "tui/request.h"

static void
set(struct table_cell *cell, const char *text)
{
    (void)snprintf(cell->s, sizeof(cell->s), "%s", text);
}

static void
show_state(const struct table_show *at, struct table_cell *ret_cell)
{
    set(ret_cell, request_word(at->row));
    ret_cell->style = request_style(at->row);
}

static void
show_age(const struct table_show *at, struct table_cell *ret_cell)
{
    set(ret_cell,
        scene_latency(at->scene, request_age_ms(at->scene, at->row)).s);
}

static void
show_client(const struct table_show *at, struct table_cell *ret_cell)
{
    request_client(at->row, ret_cell->s, sizeof(ret_cell->s));
}

static void
show_cost(const struct table_show *at, struct table_cell *ret_cell)
{
    set(ret_cell, format_cost(read_number(at->row, at->column->path)).s);
}

static const struct table_column columns[] = {
    {.title = "REQUEST",
     .rank = 0,
     .cols = 14,
     .least = 9,
     .ascending = true,
     .show = table_show_text,
     .path = "request_id",
     .key = 'A'},
    {.title = "CLIENT",
     .rank = 6,
     .cols = 10,
     .most = 16,
     .ascending = true,
     .show = show_client,
     .path = "client"},
    {.title = "ROUTE",
     .rank = 7,
     .cols = 12,
     .most = 16,
     .ascending = true,
     .show = table_show_text,
     .path = "route"},
    {.title = "TARGET",
     .rank = 3,
     .cols = 19,
     .least = 10,
     .most = 28,
     .ascending = true,
     .show = table_show_name,
     .path = "target"},
    {.title = "STATE",
     .rank = 1,
     .cols = 9,
     .least = 6,
     .ascending = true,
     .show = show_state,
     .path = "state"},
    {.title = "AGE",
     .rank = 2,
     .cols = 5,
     .right = true,
     .show = show_age,
     .path = "age_ms",
     .key = 'L'},
    {.title = "TOKENS",
     .rank = 4,
     .cols = 6,
     .right = true,
     .show = table_show_count,
     .path = "tokens"},
    {.title = "COST",
     .rank = 5,
     .cols = 8,
     .right = true,
     .show = show_cost,
     .path = "cost_usd",
     .key = 'C'},
    {.title = "ATT",
     .rank = 8,
     .cols = 3,
     .right = true,
     .show = table_show_count,
     .path = "attempts"},
    {.title = "ERROR",
     .rank = 9,
     .cols = 14,
     .most = 24,
     .ascending = true,
     .show = table_show_text,
     .path = "error_code",
     .key = 'E'},
};

static const struct aigw_value *
list(const struct model *m, const struct ui *ui)
{
    (void)ui;
    return aigw_value_get(m->requests, "requests");
}

static void
tell(const struct table_rows *rows, struct line *out)
{
    size_t running = 0, failed = 0;

    for (size_t i = 0; i < rows->n_rows; i++) {
        running += !request_is_done(rows->rows[i]);
        failed += request_style(rows->rows[i]) == STYLE_BAD;
    }
    line_add(out, "%zu running, %zu ended", running, rows->n_rows - running);
    if (failed > 0)
        line_add(out, ", %zu failed", failed);
}

const struct table view_requests = {
    .columns = columns,
    .n_columns = sizeof(columns) / sizeof(columns[0]),
    .list = list,
    .name_path = "request_id",
    .found_by = {"client", "route", "target"},
    .thing = "request",
    .is_idle = request_is_done,
    .tell = tell,
    .empty = "No requests yet.",
};
