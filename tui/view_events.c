/*
 * view_events.c - the columns of the events, the newest at the bottom.
 */
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/event.h"
#include "tui/panel.h"

static const double DAY_MS = 24 * 3600 * 1000.0;

/* The time of day; of what is older than that, its age. */
static void
show_time(const struct table_show *at, struct table_cell *ret_cell)
{
    double time_ms = read_number(at->row, at->column->path);
    double age_ms =
        model_daemon_ms(at->scene->model, at->scene->now_ms) - time_ms;
    struct text text =
        age_ms >= DAY_MS ? format_span(age_ms / 1000) : format_clock(time_ms);

    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s", text.s);
}

static void
show_change(const struct table_show *at, struct table_cell *ret_cell)
{
    event_change(at->row, at->scene->ui->ascii, at->cols, ret_cell->s,
                 sizeof(ret_cell->s));
    ret_cell->style = event_style(at->row);
}

static const struct table_column columns[] = {
    {.title = "TIME",
     .rank = 0,
     .cols = 9,
     .ascending = true,
     .show = show_time,
     .path = "time_ms"},
    {.title = "KIND",
     .rank = 3,
     .cols = 10,
     .ascending = true,
     .show = table_show_text,
     .path = "kind"},
    {.title = "TARGET",
     .rank = 2,
     .cols = 19,
     .least = 8,
     .most = 28,
     .ascending = true,
     .show = table_show_name,
     .path = "target",
     .key = 'A'},
    {.title = "CHANGE",
     .rank = 1,
     .cols = 21,
     .least = 8,
     .ascending = true,
     .show = show_change,
     .path = "to"},
    {.title = "REASON",
     .rank = 4,
     .least = 12,
     .ascending = true,
     .show = table_show_text,
     .path = "reason",
     .key = 'E'},
};

static const struct aigw_value *
row(const struct model *m, size_t i)
{
    return i < m->n_events ? m->events[i] : NULL;
}

const struct table view_events = {
    .columns = columns,
    .n_columns = sizeof(columns) / sizeof(columns[0]),
    .row = row,
    .name_path = "seq",
    .found_by = {"kind", "target", "to", "reason"},
    .thing = "event",
    .empty = "Nothing has happened yet."};
