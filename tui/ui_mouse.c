/*
 * ui_mouse.c - what a click means where it is: a view, the column to sort by,
 * or a row.
 */
#include "tui/draw.h"
#include "tui/panel.h"
#include "tui/table.h"
#include "tui/ui_parts.h"

static bool
is_inside(struct area a, int row, int col)
{
    return row >= a.row && row < a.row + a.rows && col >= a.col
           && col < a.col + a.cols;
}

static enum ui_order_kind
click_tab(struct ui_at *at, int col)
{
    int view = panel_tab_at(col);

    return view < 0 ? UI_NOTHING : ui_show_view(at, view);
}

/* A column reaches to the one after it. */
static enum ui_order_kind
click_title(struct ui_at *at, int col)
{
    struct table_fit fit = ui_sort_columns(at);

    for (size_t i = 0; i < fit.n_columns; i++) {
        col -= fit.cols[i] + 1;
        if (col >= 0)
            continue;
        ui_sort_by(at, fit.columns[i], true);
        return UI_DRAW;
    }
    return UI_NOTHING;
}

static enum ui_order_kind
click_row(struct ui_at *at, int shown, int line)
{
    struct table_rows rows;
    int index;

    table_collect(at->table, at->m, at->ui, &rows);
    index = table_top(at->state, (int)rows.n_rows,
                      table_selected(at->table, &rows, at->state), shown)
            + line;
    if (index >= (int)rows.n_rows)
        return UI_NOTHING;
    ui_move_to(at, index);
    return UI_DRAW;
}

enum ui_order_kind
ui_mouse_click(struct ui_at *at, int row, int col)
{
    struct layout l =
        draw_layout(at->m, at->ui, at->rows, at->cols, at->now_ms);
    struct area area = ui_move_area(at);

    if (is_inside(l.tabs, row, col))
        return click_tab(at, col - l.tabs.col);
    if (!at->table || !is_inside(area, row, col))
        return UI_NOTHING;
    if (row == area.row)
        return click_title(at, col - area.col);
    return click_row(at, area.rows - 1, row - area.row - 1);
}
