/*
 * view_routes.c - the columns of the routes: where calls go at present, and
 * where they would go next.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/panel.h"
#include "tui/route.h"

enum {
    MAX_SHOWN = 16 /* Targets of a chain. */
};

/* "1 of 3": the place of the target that the next call goes to. */
static void
show_choice(const struct table_show *at, struct table_cell *ret_cell)
{
    size_t n = aigw_value_size(aigw_value_get(at->row, "targets"));
    int choice = route_choice(at->scene->model, at->row);

    if (choice < 0) {
        (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "NONE");
        ret_cell->style = STYLE_BAD;
        return;
    }
    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%d of %zu", choice + 1,
                   n);
    ret_cell->style = choice > 0 ? STYLE_HALF : STYLE_PLAIN;
}

/* How far down its chain a route is: without a choice beyond its end. */
static double
depth(const struct model *m, const struct ui *ui, const struct aigw_value *row)
{
    int choice = route_choice(m, row);

    (void)ui;
    return choice < 0 ? (double)INFINITY : choice;
}

static double
length(const struct model *m, const struct ui *ui, const struct aigw_value *row)
{
    (void)m;
    (void)ui;
    return (double)aigw_value_size(aigw_value_get(row, "targets"));
}

/* "openai/gpt-4.1 (OPEN 18s) -> *anthropic/sonnet-4": an asterisk marks the
 * one that is used. */
static void
show_chain(const struct table_show *at, struct table_cell *ret_cell)
{
    const struct model *m = at->scene->model;
    const struct aigw_value *targets = aigw_value_get(at->row, "targets");
    int choice = route_choice(m, at->row);
    struct line line = {.used = 0};

    for (size_t i = 0; i < aigw_value_size(targets) && i < MAX_SHOWN; i++) {
        const char *name = route_target(at->row, i);
        const struct aigw_value *target = model_find(m, "targets", name);

        if (i > 0)
            line_add(&line, " %s ", glyph_arrow(at->scene->ui->ascii));
        line_add(&line, "%s%s", choice == (int)i ? "*" : "", name);
        if (scene_state_style(target) != STYLE_PLAIN)
            line_add(&line, " (%s)", scene_state_word(at->scene, target).s);
    }
    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s", line.s);
}

static const struct table_column columns[] = {
    {.title = "ROUTE",
     .rank = 0,
     .cols = 16,
     .least = 8,
     .ascending = true,
     .show = table_show_text,
     .path = "name",
     .key = 'A'},
    {.title = "CHOICE",
     .rank = 1,
     .cols = 7,
     .least = 6,
     .show = show_choice,
     .number = depth},
    {.title = "REQ/s",
     .rank = 3,
     .cols = 5,
     .right = true,
     .show = table_show_rate,
     .path = "rps",
     .key = 'L'},
    {.title = "INFL",
     .rank = 6,
     .cols = 4,
     .right = true,
     .show = table_show_count,
     .path = "in_flight"},
    {.title = "ERR%",
     .rank = 4,
     .cols = 5,
     .right = true,
     .show = table_show_percent,
     .path = "error_rate",
     .key = 'E'},
    {.title = "P50",
     .rank = 9,
     .cols = 5,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p50"},
    {.title = "P95",
     .rank = 7,
     .cols = 5,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p95"},
    {.title = "P99",
     .rank = 2,
     .cols = 6,
     .least = 5,
     .right = true,
     .show = table_show_latency,
     .path = "latency_ms.p99",
     .key = 'P'},
    {.title = "HEDGE",
     .rank = 10,
     .cols = 6,
     .right = true,
     .show = table_show_latency,
     .path = "hedge_delay_ms"},
    {.title = "$/h",
     .rank = 8,
     .cols = 6,
     .right = true,
     .show = table_show_money,
     .path = "cost_per_hour_usd",
     .key = 'C'},
    {.title = "CHAIN (* is asked first)",
     .rank = 5,
     .least = 28,
     .show = show_chain,
     .number = length},
};

static const struct aigw_value *
list(const struct model *m, const struct ui *ui)
{
    (void)ui;
    return model_list(m, "routes");
}

static bool
is_idle(const struct aigw_value *row)
{
    return !(read_number(row, "in_flight") > 0)
           && !(read_number(row, "rps") > 0);
}

const struct table view_routes = {.columns = columns,
                                  .n_columns =
                                      sizeof(columns) / sizeof(columns[0]),
                                  .list = list,
                                  .name_path = "name",
                                  .found_by = {"strategy", "chosen"},
                                  .thing = "route",
                                  .is_idle = is_idle,
                                  .empty = "No routes are configured."};
