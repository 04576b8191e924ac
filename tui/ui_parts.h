/*
 * ui_parts.h - what keys do: the parts of ui.c, which share a view of the
 * screen as it is when the key is pressed.
 *
 * Each function answers what is to be done about it; see enum ui_order_kind.
 */
#ifndef AIGW_TUI_UI_PARTS_H
#define AIGW_TUI_UI_PARTS_H

#include "tui/table.h"
#include "tui/ui.h"

/* What a key works on. */
struct ui_at {
    struct ui *ui;
    const struct model *m;
    const struct table *table; /* Of the view; NULL if it has none. */
    struct ui_table *state;    /* Of the view. */
    int rows;                  /* Of the screen. */
    int cols;
    double now_ms;
    double seek_s; /* Of the order. */
};

/* ui_move.c: the selected row. */

enum ui_order_kind ui_move_by(struct ui_at *at, int by);
enum ui_order_kind ui_move_page(struct ui_at *at, int pages);
enum ui_order_kind ui_move_end(struct ui_at *at, int last);
enum ui_order_kind ui_move_follow(struct ui_at *at, int arg);

/* Selects row `index`, or the one nearest to it. */
void ui_move_to(struct ui_at *at, int index);

/* Notes where the selected row is now; stays with the newest event, and with
 * the oldest request that runs. */
void ui_move_refresh(struct ui_at *at);

/* Where the rows stand, their titles above them. */
struct area ui_move_area(const struct ui_at *at);

/* The row that is selected; NULL without any. */
const struct aigw_value *ui_move_selected(struct ui_at *at);

/* ui_search.c: finding rows by name. */

/* Selects the next row with `ui->search` in its name, in the direction of
 * `by`, around the end; with 0 from the selected row on.  Complains if there
 * is none. */
enum ui_order_kind ui_search_again(struct ui_at *at, int by);

/* ui_type.c: the line that is typed into. */

enum ui_order_kind ui_type_search(struct ui_at *at, int arg);
enum ui_order_kind ui_type_filter(struct ui_at *at, int arg);
enum ui_order_kind ui_type_key(struct ui_at *at, int key);

/* ui_sort.c: the order of rows. */

enum ui_order_kind ui_sort_open(struct ui_at *at, int arg);
enum ui_order_kind ui_sort_step(struct ui_at *at, int by);
enum ui_order_kind ui_sort_invert(struct ui_at *at, int arg);
enum ui_order_kind ui_sort_letter(struct ui_at *at, int letter);
enum ui_order_kind ui_sort_key(struct ui_at *at, int key);

/* Sorts by `column` in its own direction; the other way round if it is
 * sorted by that already and `again` is set. */
void ui_sort_by(struct ui_at *at, int column, bool again);

/* The columns as they are shown now. */
struct table_fit ui_sort_columns(const struct ui_at *at);

/* ui_show.c: what is shown, and how often. */

enum ui_order_kind ui_show_view(struct ui_at *at, int view);
enum ui_order_kind ui_show_next(struct ui_at *at, int by);
enum ui_order_kind ui_show_detail(struct ui_at *at, int arg);
enum ui_order_kind ui_show_window(struct ui_at *at, int arg);
enum ui_order_kind ui_show_idle(struct ui_at *at, int arg);
enum ui_order_kind ui_show_units(struct ui_at *at, int arg);
enum ui_order_kind ui_show_costs(struct ui_at *at, int arg);
enum ui_order_kind ui_show_help(struct ui_at *at, int arg);
enum ui_order_kind ui_show_mouse(struct ui_at *at, int arg);

/* ui_pace.c: how often there is news, and from when. */

enum ui_order_kind ui_pace_pause(struct ui_at *at, int arg);
enum ui_order_kind ui_pace_step(struct ui_at *at, int by);
enum ui_order_kind ui_pace_seek(struct ui_at *at, int by_s);
enum ui_order_kind ui_pace_speed(struct ui_at *at, int by);

/* ui_action.c: changing something at the daemon. */

enum ui_order_kind ui_action_drain(struct ui_at *at, int arg);
enum ui_order_kind ui_action_breaker(struct ui_at *at, int arg);
enum ui_order_kind ui_action_cancel(struct ui_at *at, int arg);
enum ui_order_kind ui_action_key(struct ui_at *at, int key);

/* Forgets what was asked. */
void ui_action_clear(struct ui_action *action);

/* ui_mouse.c: what a click means where it is. */

enum ui_order_kind ui_mouse_click(struct ui_at *at, int row, int col);

#endif
