/*
 * ui_action.c - changing something at the daemon: asked first, done on `y`
 * and on nothing else, and what the daemon says to it is shown.
 */
#include <stdio.h>
#include <string.h>

#include "tui/ui_parts.h"

enum {
    ID_SHOWN = 12
};

void
ui_action_clear(struct ui_action *action)
{
    aigw_value_free(action->params);
    memset(action, 0, sizeof(*action));
}

static enum ui_order_kind
refuse(struct ui_at *at, const char *why)
{
    ui_say(at->ui, why, at->now_ms);
    return UI_DRAW;
}

/* Why nothing can be done now; NULL if it can. */
static const char *
obstacle(const struct ui_at *at)
{
    if (at->ui->action.params)
        return "Not before the daemon has answered.";
    if (at->ui->replay)
        return "This is a recording: nothing can be changed.";
    if (!link_is_fresh(&at->m->link))
        return "Not while there is no connection.";
    return NULL;
}

/* Begins to ask; the caller fills in question, answer and params. */
static struct ui_action *
begin(struct ui_at *at, const char *method)
{
    struct ui_action *action = &at->ui->action;

    ui_action_clear(action);
    action->method = method;
    action->params = aigw_value_map();
    at->ui->mode = UI_CONFIRM;
    return action;
}

/* The selected row of `view`, or why there is none. */
static const struct aigw_value *
subject(struct ui_at *at, enum ui_view view, const char **ret_why)
{
    const struct aigw_value *row = NULL;

    *ret_why = obstacle(at);
    if (*ret_why)
        return NULL;
    if (at->ui->view == view)
        row = ui_move_selected(at);
    if (!row)
        *ret_why = view == UI_TARGETS
                       ? "Select a target first: press 1."
                       : "Select a running request first: press 3.";
    return row;
}

enum ui_order_kind
ui_action_drain(struct ui_at *at, int arg)
{
    const char *why;
    const struct aigw_value *row = subject(at, UI_TARGETS, &why);
    const char *name = aigw_get_str(row, "name", "");
    const char *admin = aigw_get_str(row, "admin", "enabled");
    bool enabled = strcmp(admin, "enabled") == 0;
    struct ui_action *action;

    (void)arg;
    if (!row)
        return refuse(at, why);
    action = begin(at, "target.set");
    (void)snprintf(action->question, sizeof(action->question), "%s %.200s? y/N",
                   enabled                          ? "Drain"
                   : strcmp(admin, "draining") == 0 ? "Undrain"
                                                    : "Enable",
                   name);
    (void)snprintf(action->done, sizeof(action->done), "%.200s: %s", name,
                   enabled ? "draining" : "enabled");
    aigw_value_set_str(action->params, "target", name);
    aigw_value_set_str(action->params, "admin",
                       enabled ? "draining" : "enabled");
    return UI_DRAW;
}

enum ui_order_kind
ui_action_breaker(struct ui_at *at, int arg)
{
    const char *why;
    const struct aigw_value *row = subject(at, UI_TARGETS, &why);
    const char *name = aigw_get_str(row, "name", "");
    struct ui_action *action;

    (void)arg;
    if (!row)
        return refuse(at, why);
    action = begin(at, "breaker.set");
    (void)snprintf(action->question, sizeof(action->question),
                   "Reset the breaker of %.200s? y/N", name);
    (void)snprintf(action->done, sizeof(action->done),
                   "%.200s: breaker closed, and automatic", name);
    aigw_value_set_str(action->params, "target", name);
    aigw_value_set_str(action->params, "state", "auto");
    return UI_DRAW;
}

enum ui_order_kind
ui_action_cancel(struct ui_at *at, int arg)
{
    const char *why;
    const struct aigw_value *row = subject(at, UI_REQUESTS, &why);
    const char *id = aigw_get_str(row, "request_id", "");
    struct ui_action *action;

    (void)arg;
    if (!row)
        return refuse(at, why);
    if (strcmp(aigw_get_str(row, "state", "done"), "done") == 0)
        return refuse(at, "This request has ended.");
    action = begin(at, "cancel");
    (void)snprintf(action->question, sizeof(action->question),
                   "Cancel request %.*s of %.100s? y/N", ID_SHOWN, id,
                   aigw_get_str(row, "client", "nobody known"));
    (void)snprintf(action->done, sizeof(action->done), "%.*s: cancelled",
                   ID_SHOWN, id);
    aigw_value_set_str(action->params, "request_id", id);
    return UI_DRAW;
}

enum ui_order_kind
ui_action_key(struct ui_at *at, int key)
{
    at->ui->mode = UI_BROWSE;
    if (key == 'y')
        return UI_ACT;
    ui_action_clear(&at->ui->action);
    return UI_DRAW;
}

void
ui_answered(struct ui *ui, int code, const struct aigw_value *result,
            const char *text, double now_ms)
{
    char message[UI_MAX_MESSAGE];

    if (code != AIGW_ERR_NONE)
        (void)snprintf(message, sizeof(message), "Refused: %s", text);
    else if (!aigw_get_bool(result, "cancelled", true))
        (void)snprintf(message, sizeof(message),
                       "This request has ended already.");
    else
        (void)snprintf(message, sizeof(message), "%s",
                       ui->action.done[0] ? ui->action.done : "Done.");
    ui_action_clear(&ui->action);
    ui_say(ui, message, now_ms);
}
