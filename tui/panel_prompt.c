/*
 * panel_prompt.c - what is being typed, asked or chosen: over the row of keys,
 * and the columns to sort by over the view.
 */
#include <stdio.h>
#include <string.h>

#include "text/utf8.h"
#include "tui/panel.h"

enum {
    MENU_MARGIN = 4 /* The frame, the mark and a blank. */
};

/* The row of keys, or the last one where there is none. */
static struct area
prompt_area(const struct canvas *c, const struct layout *layout)
{
    struct area last = {c->rows - 1, 0, 1, c->cols};

    return layout->keys.rows > 0 ? layout->keys : last;
}

/* As much of the end of `text` as `cols` columns take. */
static const char *
tail(const struct canvas *c, const char *text, int cols)
{
    while (*text && canvas_text_width(c, text) > cols) {
        size_t n = utf8_sequence(text, strlen(text));

        text += n > 0 ? n : 1;
    }
    return text;
}

static void
draw_typed(struct canvas *c, struct area area, const char *label,
           const char *typed, const char *keys)
{
    int col = area.col, room;

    canvas_fill(c, area, STYLE_PLAIN);
    col += canvas_put(c, area.row, col, area.cols, STYLE_STRONG, label);
    room = area.col + area.cols - col - 1;
    col +=
        canvas_put(c, area.row, col, room, STYLE_PLAIN, tail(c, typed, room));
    (void)canvas_put(c, area.row, col, 1, STYLE_SELECTED, "_");
    if (col + 3 + (int)strlen(keys) <= area.col + area.cols)
        (void)canvas_put_right(c, area.row, col, area.cols - col, STYLE_DIM,
                               keys);
}

static void
draw_question(struct canvas *c, struct area area, const char *question)
{
    const char *end = " y/N";
    int room = area.cols - 1 - (int)strlen(end);

    canvas_fill(c, area, STYLE_PLAIN);
    /* The end tells what to press; it stays even where the name does not. */
    if (canvas_text_width(c, question) < area.cols) {
        (void)canvas_put(c, area.row, area.col + 1, area.cols - 1, STYLE_STRONG,
                         question);
        return;
    }
    (void)canvas_put(c, area.row, area.col + 1, room, STYLE_STRONG, question);
    (void)canvas_put_right(c, area.row, area.col, area.cols, STYLE_STRONG, end);
}

/* The items are the columns, after the order in which the rows come. */
static const char *
item_title(const struct table *t, int item)
{
    return item == 0 ? "as it comes" : t->columns[item - 1].title;
}

static int
menu_cols(const struct canvas *c, const struct table *t)
{
    int widest = 0;

    for (int i = 0; i <= (int)t->n_columns; i++) {
        int cols = canvas_text_width(c, item_title(t, i));

        if (cols > widest)
            widest = cols;
    }
    return widest + MENU_MARGIN;
}

static void
draw_item(struct canvas *c, struct area line, const char *title, bool chosen)
{
    enum style style = chosen ? STYLE_SELECTED : STYLE_PLAIN;

    canvas_fill(c, line, style);
    (void)canvas_put(c, line.row, line.col, line.cols, STYLE_DIM, "|");
    (void)canvas_put(c, line.row, line.col + 1, line.cols - 1, style,
                     chosen ? ">" : " ");
    (void)canvas_put(c, line.row, line.col + 2, line.cols - 2, style, title);
    (void)canvas_put_right(c, line.row, line.col, line.cols, STYLE_DIM, "|");
}

/* A list of columns at the left of the view, the chosen one in its middle. */
static void
draw_menu(struct canvas *c, struct area view, const struct table *t, int chosen)
{
    int n = (int)t->n_columns + 1;
    struct area line = {view.row, view.col, 1, menu_cols(c, t)};
    int shown = n < view.rows - 1 ? n : view.rows - 1;
    int top = chosen - shown / 2;

    if (line.cols > view.cols)
        line.cols = view.cols;
    if (top > n - shown)
        top = n - shown;
    if (top < 0)
        top = 0;
    canvas_fill(c, line, STYLE_PLAIN);
    (void)canvas_put(c, line.row, line.col, line.cols, STYLE_HEAD, "| SORT BY");
    for (int i = 0; i < shown; i++) {
        line.row = view.row + 1 + i;
        draw_item(c, line, item_title(t, top + i), top + i == chosen);
    }
}

static void
draw_sort(struct canvas *c, const struct layout *layout, const struct scene *s)
{
    const struct table *t = table_of(s->ui->view);
    struct area area = prompt_area(c, layout);

    if (!t)
        return;
    draw_menu(c, layout->view, t, s->ui->sort_choice + 1);
    canvas_fill(c, area, STYLE_PLAIN);
    (void)canvas_put(c, area.row, area.col + 1, area.cols - 1, STYLE_DIM,
                     "Up Down choose  Enter sorts  Esc closes");
}

void
panel_prompt(struct canvas *c, const struct layout *layout,
             const struct scene *s)
{
    const struct ui *ui = s->ui;
    struct area area = prompt_area(c, layout);

    switch (ui->mode) {
    case UI_BROWSE:
    case UI_HELP:
        return;
    case UI_SEARCH:
        draw_typed(c, area, " Search: ", ui->typed,
                   "Enter ends, then n and N ");
        return;
    case UI_FILTER:
        draw_typed(c, area, " Filter: ", ui->typed, "Enter keeps, Esc drops ");
        return;
    case UI_SORT:
        draw_sort(c, layout, s);
        return;
    case UI_CONFIRM:
        draw_question(c, area, ui->action.question);
        return;
    }
}
