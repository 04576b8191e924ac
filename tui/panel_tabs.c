/*
 * panel_tabs.c - the names of the views, and what narrows them down.
 */
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "tui/panel.h"

enum {
    TABS_COLS = 66
};

/* Where each stands: the mouse finds them there. */
static const struct {
    const char *title;
    int col;
} tabs[UI_VIEWS] = {{"1 Targets", 2}, {"2 Routes", 16}, {"3 Requests", 26},
                    {"4 Cost", 38},   {"5 Events", 46}, {"6 Daemon", 56}};

int
panel_tab_at(int col)
{
    for (int i = UI_VIEWS - 1; i >= 0; i--) {
        int end = tabs[i].col + (int)strlen(tabs[i].title);

        if (col >= tabs[i].col - 1)
            return col <= end ? i : -1;
    }
    return -1;
}

static void
draw_tab(struct canvas *c, struct area area, int i, bool active)
{
    int left = area.cols - tabs[i].col;

    if (!active) {
        (void)canvas_put(c, area.row, area.col + tabs[i].col, left, STYLE_PLAIN,
                         tabs[i].title);
        return;
    }
    (void)canvas_printf(c, area.row, area.col + tabs[i].col - 1, left + 1,
                        STYLE_STRONG, "[%s]", tabs[i].title);
}

void
panel_tabs(struct canvas *c, struct area area, const struct scene *s)
{
    const char *filter = s->ui->tables[s->ui->view].filter;
    int margin = area.cols >= PANEL_FILTER_COLS ? 1 : 0;
    struct line right = {.used = 0};

    for (int i = 0; i < UI_VIEWS; i++)
        draw_tab(c, area, i, i == (int)s->ui->view);
    if (area.cols >= PANEL_FILTER_COLS)
        line_add(&right, "filter: %s   ", filter[0] ? filter : "none");
    line_add(&right, "window %s", scene_window(s->ui->window_s).s);
    (void)canvas_put_right(c, area.row, area.col + TABS_COLS,
                           area.cols - TABS_COLS - margin, STYLE_PLAIN,
                           right.s);
}
