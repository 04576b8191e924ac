/*
 * ui_sort.c - the order of rows: by which column, and which way.
 */
#include <stdio.h>

#include "tui/draw.h"
#include "tui/table.h"
#include "tui/ui_parts.h"

static enum ui_order_kind
no_columns(struct ui_at *at)
{
    ui_say(at->ui, "There are no columns to sort by.", at->now_ms);
    return UI_DRAW;
}

void
ui_sort_by(struct ui_at *at, int column, bool again)
{
    struct ui_table *state = at->state;

    if (!at->table)
        return;
    if (column >= 0 && column == state->sort)
        state->ascending ^= again;
    else if (column >= 0)
        state->ascending = at->table->columns[column].ascending;
    state->sort = column;
    ui_move_refresh(at);
}

enum ui_order_kind
ui_sort_open(struct ui_at *at, int arg)
{
    (void)arg;
    if (!at->table)
        return no_columns(at);
    at->ui->mode = UI_SORT;
    at->ui->sort_choice = at->state->sort;
    return UI_DRAW;
}

enum ui_order_kind
ui_sort_key(struct ui_at *at, int key)
{
    struct ui *ui = at->ui;
    int last = at->table ? (int)at->table->n_columns - 1 : -1;

    if ((key == INPUT_UP || key == 'k') && ui->sort_choice > -1)
        ui->sort_choice--;
    else if ((key == INPUT_DOWN || key == 'j') && ui->sort_choice < last)
        ui->sort_choice++;
    else if (key == INPUT_HOME || key == 'g')
        ui->sort_choice = -1;
    else if (key == INPUT_END || key == 'G')
        ui->sort_choice = last;
    else if (key == INPUT_ENTER)
        ui_sort_by(at, ui->sort_choice, false);
    else if (key != INPUT_ESC && key != 'q')
        return UI_NOTHING;
    if (key == INPUT_ENTER || key == INPUT_ESC || key == 'q')
        ui->mode = UI_BROWSE;
    return UI_DRAW;
}

struct table_fit
ui_sort_columns(const struct ui_at *at)
{
    struct layout l =
        draw_layout(at->m, at->ui, at->rows, at->cols, at->now_ms);
    struct table_rows rows;
    struct table_fit fit;

    table_collect(at->table, at->m, at->ui, &rows);
    table_fit_rows(at->table, &rows, &(struct canvas){.ascii = at->ui->ascii},
                   l.view.cols, l.narrow, &fit);
    return fit;
}

enum ui_order_kind
ui_sort_step(struct ui_at *at, int by)
{
    struct table_fit fit;
    int n, i = 0;

    if (!at->table)
        return no_columns(at);
    fit = ui_sort_columns(at);
    n = (int)fit.n_columns;
    while (i < n && fit.columns[i] != at->state->sort)
        i++;
    if (i == n)
        i = by > 0 ? -1 : n;
    i += by;
    if (i < 0 || i >= n)
        return UI_NOTHING;
    ui_sort_by(at, fit.columns[i], false);
    return UI_DRAW;
}

enum ui_order_kind
ui_sort_invert(struct ui_at *at, int arg)
{
    (void)arg;
    if (!at->table)
        return no_columns(at);
    if (at->state->sort < 0)
        ui_sort_by(at, 0, false);
    ui_sort_by(at, at->state->sort, true);
    return UI_DRAW;
}

enum ui_order_kind
ui_sort_letter(struct ui_at *at, int letter)
{
    for (size_t i = 0; at->table && i < at->table->n_columns; i++) {
        if (at->table->columns[i].key != letter)
            continue;
        ui_sort_by(at, (int)i, false);
        return UI_DRAW;
    }
    ui_say(at->ui, "This view has no such column.", at->now_ms);
    return UI_DRAW;
}
