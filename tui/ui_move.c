/*
 * ui_move.c - the selected row, and which rows are in view.
 */
#include <stdio.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/panel.h"
#include "tui/ui_parts.h"

static int
clamp(int value, int least, int most)
{
    if (value > most)
        value = most;
    return value < least ? least : value;
}

struct area
ui_move_area(const struct ui_at *at)
{
    struct scene scene = {.model = at->m, .ui = at->ui};
    struct layout l =
        draw_layout(at->m, at->ui, at->rows, at->cols, at->now_ms);

    return view_table_area(&scene, l.view);
}

/* The rows of the table that are in view, its titles not counted. */
static int
visible_rows(const struct ui_at *at)
{
    struct area area = ui_move_area(at);

    return area.rows > 1 ? area.rows - 1 : 1;
}

/* Selects row `index` of `rows` and moves the view as little as shows it. */
static void
select_row(struct ui_at *at, const struct table_rows *rows, int index)
{
    struct ui_table *state = at->state;
    int n = (int)rows->n_rows;
    int visible = visible_rows(at);

    if (n == 0) {
        state->index = state->top = 0;
        return;
    }
    state->index = clamp(index, 0, n - 1);
    table_key(at->table, rows->rows[state->index], state->selected);
    state->top = table_top(state, n, state->index, visible);
}

static int
collect(struct ui_at *at, struct table_rows *ret_rows)
{
    table_collect(at->table, at->m, at->ui, ret_rows);
    return table_selected(at->table, ret_rows, at->state);
}

const struct aigw_value *
ui_move_selected(struct ui_at *at)
{
    struct table_rows rows;
    int selected;

    if (!at->table)
        return NULL;
    selected = collect(at, &rows);
    return selected < 0 ? NULL : rows.rows[selected];
}

void
ui_move_to(struct ui_at *at, int index)
{
    struct table_rows rows;

    if (!at->table)
        return;
    table_collect(at->table, at->m, at->ui, &rows);
    select_row(at, &rows, index);
    if (at->ui->view == UI_EVENTS)
        at->ui->follow = at->state->index + 1 >= (int)rows.n_rows;
}

/* Moves what is no table. */
static enum ui_order_kind
scroll_to(struct ui_at *at, int top)
{
    at->state->top = view_daemon_limit(top, ui_move_area(at).rows);
    return UI_DRAW;
}

enum ui_order_kind
ui_move_by(struct ui_at *at, int by)
{
    struct table_rows rows;

    if (!at->table)
        return scroll_to(at, at->state->top + by);
    ui_move_to(at, collect(at, &rows) + by);
    return UI_DRAW;
}

enum ui_order_kind
ui_move_page(struct ui_at *at, int pages)
{
    return ui_move_by(at, pages * visible_rows(at));
}

enum ui_order_kind
ui_move_end(struct ui_at *at, int last)
{
    if (!at->table)
        return scroll_to(at, last ? TABLE_MAX_ROWS : 0);
    ui_move_to(at, last ? TABLE_MAX_ROWS : 0);
    return UI_DRAW;
}

enum ui_order_kind
ui_move_follow(struct ui_at *at, int arg)
{
    struct ui *ui = at->ui;

    (void)arg;
    if (ui->view != UI_EVENTS) {
        ui_say(ui, "Only events can be followed: press e.", at->now_ms);
        return UI_DRAW;
    }
    if (ui->follow)
        ui->follow = false;
    else
        ui_move_to(at, TABLE_MAX_ROWS);
    return UI_DRAW;
}

/* Who stands at the oldest request that runs looks at whichever that is: one
 * by one they end, and would take the view with them. */
static bool
stays_at_first(const struct ui_at *at)
{
    return at->ui->view == UI_REQUESTS && at->state->index == 0
           && !at->ui->detail;
}

void
ui_move_refresh(struct ui_at *at)
{
    struct table_rows rows;
    int selected;

    if (!at->table)
        return;
    selected = collect(at, &rows);
    if (at->ui->view == UI_EVENTS && at->ui->follow)
        selected = TABLE_MAX_ROWS;
    else if (stays_at_first(at))
        selected = 0;
    select_row(at, &rows, selected);
}
