/*
 * ui_show.c - what is shown: the view, its details, and in which units.
 */
#include <string.h>

#include "tui/ui_parts.h"

enum ui_order_kind
ui_show_view(struct ui_at *at, int view)
{
    at->ui->view = (enum ui_view)view;
    at->table = table_of(at->ui->view);
    at->state = &at->ui->tables[view];
    ui_move_refresh(at);
    return UI_DRAW;
}

enum ui_order_kind
ui_show_next(struct ui_at *at, int by)
{
    return ui_show_view(at, ((int)at->ui->view + by + UI_VIEWS) % UI_VIEWS);
}

enum ui_order_kind
ui_show_detail(struct ui_at *at, int arg)
{
    struct ui *ui = at->ui;

    (void)arg;
    if (!ui_has_detail(ui->view)) {
        ui_say(ui, "All there is to know of it is in its row.", at->now_ms);
        return UI_DRAW;
    }
    ui->detail = !ui->detail;
    ui_move_refresh(at);
    return UI_DRAW;
}

enum ui_order_kind
ui_show_window(struct ui_at *at, int arg)
{
    static const int windows_s[] = {10, 60, 300, 3600};
    size_t n = sizeof(windows_s) / sizeof(*windows_s), i = 0;

    (void)arg;
    while (i < n && windows_s[i] <= at->ui->window_s)
        i++;
    at->ui->window_s = windows_s[i % n];
    return UI_DRAW;
}

enum ui_order_kind
ui_show_idle(struct ui_at *at, int arg)
{
    (void)arg;
    at->ui->hide_idle = !at->ui->hide_idle;
    ui_move_refresh(at);
    return UI_DRAW;
}

enum ui_order_kind
ui_show_units(struct ui_at *at, int arg)
{
    (void)arg;
    at->ui->milliseconds = !at->ui->milliseconds;
    return UI_DRAW;
}

enum ui_order_kind
ui_show_costs(struct ui_at *at, int arg)
{
    struct ui *ui = at->ui;

    (void)arg;
    if (ui->view == UI_COST)
        ui->cost_by = (enum cost_by)(((int)ui->cost_by + 1) % COST_BY_N);
    return ui_show_view(at, UI_COST);
}

enum ui_order_kind
ui_show_help(struct ui_at *at, int arg)
{
    (void)arg;
    at->ui->mode = UI_HELP;
    at->ui->help_top = 0;
    return UI_DRAW;
}

enum ui_order_kind
ui_show_mouse(struct ui_at *at, int arg)
{
    (void)arg;
    at->ui->mouse = !at->ui->mouse;
    ui_say(at->ui, at->ui->mouse ? "Mouse on." : "Mouse off.", at->now_ms);
    return UI_MOUSE_SET;
}
