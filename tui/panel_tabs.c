/*
 * panel_tabs.c - the names of the views, and what narrows them down.
 */
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "tui/panel.h"

enum {
    FILTER_COLS = 100 /* From here on there is room to tell of no filter. */
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
    struct line right = {.used = 0};
    int col = 66;

    for (int i = 0; i < UI_VIEWS; i++)
        draw_tab(c, area, i, i == (int)s->ui->view);
    if (filter[0])
        line_add(&right, "filter: %s", filter);
    else if (area.cols >= FILTER_COLS)
        line_add(&right, "filter: none");
    line_add(&right, "%swindow %s", right.used > 0 ? "   " : "",
             scene_window(s->ui->window_s).s);
    (void)canvas_put_right(c, area.row, area.col + col, area.cols - col,
                           STYLE_PLAIN, right.s);
}
