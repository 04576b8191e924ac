/*
 * detail_route.c - the chain of a route, each target in a row.
 */
#include <stdio.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/cut.h"
#include "tui/pane.h"
#include "tui/panel.h"
#include "tui/route.h"

enum {
    NAME_COLS = 32
};

static void
draw_target(struct canvas *c, struct area inside, int row,
            const struct scene *s, const char *name, bool chosen)
{
    const struct aigw_value *target = model_find(s->model, "targets", name);
    struct flow f = flow_at(c, inside, row, PANE_LABEL_COLS);
    int name_cols = inside.cols / 3 < NAME_COLS ? inside.cols / 3 : NAME_COLS;
    struct cut cut = cut_middle(c, name, name_cols);
    int pad = name_cols - canvas_text_width(c, cut.s);

    (void)flow_put(&f, chosen ? STYLE_STRONG : STYLE_PLAIN, "%c %s%*s",
                   chosen ? '*' : ' ', cut.s, pad > 0 ? pad : 0, "");
    (void)flow_put(&f, scene_state_style(target), "%-9s",
                   scene_state_word(s, target).s);
    (void)flow_put(&f, STYLE_PLAIN, "%5s/s",
                   format_rate(read_number(target, "rps")).s);
    (void)flow_put(&f, STYLE_PLAIN, "p99 %5s",
                   scene_latency(s, read_number(target, "latency_ms.p99")).s);
    (void)flow_put(&f, STYLE_PLAIN, "%s", aigw_get_str(target, "reason", ""));
}

void
detail_route(struct canvas *c, struct area area, const struct scene *s,
             const struct aigw_value *route)
{
    struct area inside = pane_frame(c, area, aigw_get_str(route, "name", "?"));
    int n = (int)aigw_value_size(aigw_value_get(route, "targets"));
    int choice = route_choice(s->model, route);
    double hedge_ms = read_number(route, "hedge_delay_ms");
    struct flow f = pane_label(c, inside, 0, "Strategy");

    (void)flow_put(&f, STYLE_PLAIN, "%s", aigw_get_str(route, "strategy", "-"));
    if (hedge_ms > 0)
        (void)flow_put(&f, STYLE_PLAIN, "hedged after %s",
                       scene_latency_unit(s, hedge_ms).s);
    (void)flow_put(&f, STYLE_PLAIN, "%s today",
                   format_cost(read_number(route, "cost_today_usd")).s);
    (void)pane_label(c, inside, 1, "Chain");
    for (int i = 0; i < n && i + 1 < inside.rows; i++)
        draw_target(c, inside, i + 1, s, route_target(route, (size_t)i),
                    i == choice);
}
