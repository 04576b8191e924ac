/*
 * panel_events.c - a strip with the latest events, the newest at its end.
 */
#include "text/format.h"
#include "text/read.h"
#include "tui/event.h"
#include "tui/flow.h"
#include "tui/panel.h"

enum {
    CHANGE_SIZE = 128
};

static void
draw_event(struct canvas *c, struct area area, int row,
           const struct aigw_value *event)
{
    const char *target = aigw_get_str(event, "target", NULL);
    struct flow f = flow_at(c, area, row, 1);
    char change[CHANGE_SIZE];

    (void)flow_put(&f, STYLE_PLAIN, "%s",
                   format_clock(read_number(event, "time_ms")).s);
    (void)flow_put(&f, STYLE_PLAIN, "%-10s", aigw_get_str(event, "kind", "?"));
    if (target)
        (void)flow_put(&f, STYLE_PLAIN, "%s", target);
    event_change(event, c->ascii, area.cols, change, sizeof(change));
    (void)flow_put(&f, event_style(event), "%s", change);
    (void)flow_put(&f, STYLE_PLAIN, "%s", aigw_get_str(event, "reason", ""));
}

void
panel_events(struct canvas *c, struct area area, const struct scene *s)
{
    const struct model *m = s->model;
    size_t rows = area.rows > 1 ? (size_t)area.rows - 1 : 0;
    size_t n = m->n_events < rows ? m->n_events : rows;

    for (int col = 0; col < area.cols; col++)
        (void)canvas_put(c, area.row, area.col + col, 1, STYLE_DIM, "-");
    (void)canvas_put(c, area.row, area.col + 1, area.cols - 1, STYLE_DIM,
                     " Events (e: all) ");
    for (size_t i = 0; i < n; i++)
        draw_event(c, area, (int)i + 1, m->events[m->n_events - n + i]);
}
