#include "tui/ui.h"

#include <stdio.h>
#include <string.h>

#include "tui/panel.h"
#include "tui/ui_keys.h"
#include "tui/ui_parts.h"

enum {
    MESSAGE_MS = 5000,
    WHEEL_ROWS = 3,
    HELP_MAX = 1000,        /* More lines than the help ever has. */
    PAUSED_MS = 3600 * 1000 /* The longest that the daemon takes. */
};

void
ui_init(struct ui *ui)
{
    memset(ui, 0, sizeof(*ui));
    ui->follow = true;
    ui->speed = 1;
    ui->window_s = 60;
    ui->interval_ms = 1000;
    for (int i = 0; i < UI_VIEWS; i++)
        ui->tables[i].sort = -1;
}

void
ui_deinit(struct ui *ui)
{
    ui_action_clear(&ui->action);
}

void
ui_say(struct ui *ui, const char *message, double now_ms)
{
    (void)snprintf(ui->message, sizeof(ui->message), "%s", message);
    ui->message_until_ms = now_ms + MESSAGE_MS;
}

double
ui_speed(const struct ui *ui)
{
    return ui->paused ? 0 : ui->speed;
}

bool
ui_has_detail(enum ui_view view)
{
    return view == UI_TARGETS || view == UI_ROUTES || view == UI_REQUESTS;
}

struct feed_wants
ui_wants(const struct ui *ui)
{
    const char *selected = ui->tables[UI_TARGETS].selected;
    struct feed_wants wants = {.interval_ms = ui->interval_ms,
                               .window_s = ui->window_s,
                               .requests = ui->view == UI_REQUESTS,
                               .costs = ui->view == UI_COST && !ui->paused,
                               .still = ui->paused};

    if (ui->paused && !ui->replay)
        wants.interval_ms = PAUSED_MS;
    if (ui->detail && ui->view == UI_TARGETS && selected[0])
        wants.detail = selected;
    return wants;
}

/* What was wanted before a change, independent of what it points into. */
struct wanted {
    struct feed_wants wants;
    char detail[UI_MAX_NAME];
};

static struct wanted
wanted_now(const struct ui *ui)
{
    struct wanted w = {.wants = ui_wants(ui)};

    (void)snprintf(w.detail, sizeof(w.detail), "%s",
                   w.wants.detail ? w.wants.detail : "");
    return w;
}

static bool
is_wanted_changed(const struct wanted *before, const struct ui *ui)
{
    struct wanted after = wanted_now(ui);

    return before->wants.interval_ms != after.wants.interval_ms
           || before->wants.window_s != after.wants.window_s
           || before->wants.requests != after.wants.requests
           || before->wants.costs != after.wants.costs
           || strcmp(before->detail, after.detail) != 0;
}

static struct ui_at
look_at(struct ui *ui, const struct model *m, int rows, int cols, double now_ms)
{
    return (struct ui_at){.ui = ui,
                          .m = m,
                          .table = table_of(ui->view),
                          .state = &ui->tables[ui->view],
                          .rows = rows,
                          .cols = cols,
                          .now_ms = now_ms};
}

bool
ui_refresh(struct ui *ui, const struct model *m, int rows, int cols,
           double now_ms)
{
    struct wanted before = wanted_now(ui);
    struct ui_at at = look_at(ui, m, rows, cols, now_ms);

    ui_move_refresh(&at);
    return is_wanted_changed(&before, ui);
}

/* Closes what is open, the uppermost first. */
static enum ui_order_kind
close_one(struct ui_at *at)
{
    struct ui *ui = at->ui;

    if (ui->detail && ui_has_detail(ui->view))
        ui->detail = false;
    else if (at->state->filter[0])
        at->state->filter[0] = '\0';
    else
        return UI_NOTHING;
    ui_move_refresh(at);
    return UI_DRAW;
}

static enum ui_order_kind
browse(struct ui_at *at, const struct input *input)
{
    const struct ui_keys *keys = NULL;
    const struct ui_press *press;

    if (input->key == INPUT_ESC)
        return close_one(at);
    if (input->key == INPUT_MOUSE)
        return ui_mouse_click(at, input->row, input->col);
    if (input->key == INPUT_WHEEL_UP || input->key == INPUT_WHEEL_DOWN)
        return ui_move_by(at, input->key == INPUT_WHEEL_UP ? -WHEEL_ROWS
                                                           : WHEEL_ROWS);
    press = ui_keys_find(input->key, &keys);
    if (!press)
        return UI_NOTHING;
    if (ui_keys_offered(keys, at->ui))
        return press->run(at, press->arg);
    if (keys->when != UI_WHEN_ACTING)
        return UI_NOTHING;
    ui_say(at->ui, "Nothing can be changed: started with --readonly.",
           at->now_ms);
    return UI_DRAW;
}

/* In the help: moves it, or closes it with any key that does not. */
static enum ui_order_kind
read_help(struct ui_at *at, int key)
{
    const struct ui_keys *keys = NULL;
    const struct ui_press *press = ui_keys_find(key, &keys);
    int top = at->ui->help_top;

    if (key == INPUT_WHEEL_UP || key == INPUT_WHEEL_DOWN)
        top += key == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS;
    else if (press && press->run == ui_move_by)
        top += press->arg;
    else if (press && press->run == ui_move_page)
        top += press->arg * (at->rows - 1);
    else if (press && press->run == ui_move_end)
        top = press->arg ? HELP_MAX : 0;
    else
        at->ui->mode = UI_BROWSE;
    at->ui->help_top = panel_help_limit(at->ui, top, at->rows, at->cols);
    return UI_DRAW;
}

static enum ui_order_kind
dispatch(struct ui_at *at, const struct input *input)
{
    switch (at->ui->mode) {
    case UI_BROWSE:
        return browse(at, input);
    case UI_HELP:
        return read_help(at, input->key);
    case UI_SEARCH:
    case UI_FILTER:
        return ui_type_key(at, input->key);
    case UI_SORT:
        return ui_sort_key(at, input->key);
    case UI_CONFIRM:
        return ui_action_key(at, input->key);
    }
    return UI_NOTHING;
}

struct ui_order
ui_input(struct ui *ui, const struct model *m, const struct input *input,
         int rows, int cols, double now_ms)
{
    struct wanted before = wanted_now(ui);
    struct ui_at at = look_at(ui, m, rows, cols, now_ms);
    struct ui_order order = {UI_NOTHING, 0};

    if (input->key == INPUT_NONE)
        return order;
    if (input->key == INPUT_RESIZE) {
        ui_move_refresh(&at);
        order.kind = UI_DRAW;
        return order;
    }
    order.kind = dispatch(&at, input);
    order.seek_s = at.seek_s;
    if (order.kind == UI_DRAW && is_wanted_changed(&before, ui))
        order.kind = UI_WANT;
    return order;
}
