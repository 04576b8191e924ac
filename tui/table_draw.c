/*
 * table_draw.c - a table on a canvas.
 */
#include "tui/table.h"

#include <stdio.h>

#include "tui/cut.h"

/* What is drawn, and where. */
struct drawing {
    const struct table *t;
    const struct scene *s;
    const struct ui_table *state;
    struct canvas *c;
    struct area area;
    struct table_fit fit;
};

/* The columns that the longest name takes, and the mark before it. */
static int
name_cols(const struct table *t, const struct table_rows *rows,
          const struct canvas *c)
{
    int widest = 0;

    for (size_t i = 0; i < rows->n_rows; i++) {
        int cols = canvas_text_width(c, table_name(t, rows->rows[i]));

        if (cols > widest)
            widest = cols;
    }
    return widest + 1;
}

void
table_fit_rows(const struct table *t, const struct table_rows *rows,
               const struct canvas *c, int cols, bool narrow,
               struct table_fit *ret_fit)
{
    table_fit(t, cols, name_cols(t, rows, c), narrow, ret_fit);
}

static void
put(const struct drawing *d, int row, int col, size_t k, enum style style,
    const char *text)
{
    const struct table_column *column = &d->t->columns[d->fit.columns[k]];
    int cols = d->fit.cols[k] - column->indent;

    col += column->indent;
    if (d->fit.columns[k] == 0) {
        /* Column 0 is for the mark of the selected row. */
        (void)canvas_put(
            d->c, row, col + 1, cols - 1, style,
            style == STYLE_HEAD ? text : cut_middle(d->c, text, cols - 1).s);
    } else if (column->right) {
        (void)canvas_put_right(d->c, row, col, cols, style, text);
    } else {
        (void)canvas_put(d->c, row, col, cols, style, text);
    }
}

static void
draw_titles(const struct drawing *d)
{
    int col = d->area.col;

    for (size_t k = 0; k < d->fit.n_columns; k++) {
        int i = d->fit.columns[k];
        const char *mark = "";
        char title[64];

        if (i == d->state->sort)
            mark = glyph_sort(!d->state->ascending, d->c->ascii);
        (void)snprintf(title, sizeof(title), "%s%s", d->t->columns[i].title,
                       mark);
        put(d, d->area.row, col, k, STYLE_HEAD, title);
        col += d->fit.cols[k] + 1;
    }
}

static void
draw_row(const struct drawing *d, int row, const struct aigw_value *value,
         bool selected)
{
    int col = d->area.col;

    for (size_t k = 0; k < d->fit.n_columns; k++) {
        const struct table_column *column = &d->t->columns[d->fit.columns[k]];
        struct table_cell cell = {.style = STYLE_PLAIN};

        column->show(&(struct table_show){d->s, column, value,
                                          d->fit.cols[k] - column->indent},
                     &cell);
        put(d, row, col, k, cell.style, cell.s);
        col += d->fit.cols[k] + 1;
    }
    if (!selected)
        return;
    (void)canvas_put(d->c, row, d->area.col, 1, STYLE_SELECTED, ">");
    canvas_restyle(d->c, (struct area){row, d->area.col, 1, d->area.cols},
                   STYLE_SELECTED);
}

int
table_top(const struct ui_table *state, int n_rows, int selected, int shown)
{
    int top = state->top;

    if (selected >= top + shown)
        top = selected - shown + 1;
    if (selected >= 0 && selected < top)
        top = selected;
    if (top > n_rows - shown)
        top = n_rows - shown;
    return top < 0 ? 0 : top;
}

void
table_draw(const struct table *t, const struct scene *s,
           const struct table_rows *rows, struct canvas *c, struct area area)
{
    struct drawing d = {.t = t,
                        .s = s,
                        .state = &s->ui->tables[s->ui->view],
                        .c = c,
                        .area = area};
    int selected = table_selected(t, rows, d.state);
    int shown = area.rows - 1;
    int top = table_top(d.state, (int)rows->n_rows, selected, shown);

    table_fit_rows(t, rows, c, area.cols, s->narrow, &d.fit);
    if (area.rows > 0)
        draw_titles(&d);
    if (rows->n_rows == 0 && shown > 0)
        (void)canvas_put(
            c, area.row + 1, area.col + 1, area.cols - 1, STYLE_DIM,
            rows->n_hidden > 0 ? "All rows are hidden." : t->empty);
    for (int i = 0; i < shown && top + i < (int)rows->n_rows; i++)
        draw_row(&d, area.row + 1 + i, rows->rows[top + i],
                 top + i == selected);
}
