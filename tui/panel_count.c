/*
 * panel_count.c - how many rows there are, of which kinds, in which order.
 */
#include "tui/panel.h"

/* Returns the columns that are left of it. */
static int
draw_sort(struct canvas *c, struct area area, const struct table *t,
          const struct ui_table *state)
{
    struct line line = {.used = 0};

    if (state->sort < 0 || (size_t)state->sort >= t->n_columns)
        return area.cols;
    line_add(&line, "sort %s %s", t->columns[state->sort].title,
             state->ascending ? "asc" : "desc");
    return area.cols - 3
           - canvas_put_right(c, area.row, area.col, area.cols - 1, STYLE_PLAIN,
                              line.s);
}

void
panel_count(struct canvas *c, struct area area, const struct scene *s,
            const struct table_rows *rows)
{
    const struct table *t = table_of(s->ui->view);
    const char *filter = s->ui->tables[s->ui->view].filter;
    struct line line = {.used = 0};

    if (!t || !rows)
        return;
    line_add(&line, "%zu %s%s", rows->n_rows, t->thing,
             rows->n_rows == 1 ? "" : "s");
    if (t->tell && rows->n_rows > 0) {
        line_add(&line, ":   ");
        t->tell(rows, &line);
    }
    if (rows->n_hidden > 0)
        line_add(&line, "   %zu hidden", rows->n_hidden);
    if (filter[0] && area.cols < PANEL_FILTER_COLS)
        line_add(&line, "   filter: %s", filter);
    area.cols = draw_sort(c, area, t, &s->ui->tables[s->ui->view]);
    (void)canvas_put(c, area.row, area.col + 1, area.cols - 1, STYLE_PLAIN,
                     line.s);
}
