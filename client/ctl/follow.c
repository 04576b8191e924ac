#include "ctl/follow.h"

#include <stdio.h>
#include <string.h>

struct run {
    struct ctl *ctl;
    const struct follow *follow;
    bool ended;
    bool lost;         /* The connection; said once for each loss. */
    int exit_code;     /* Why subscribing failed. */
    char instance[80]; /* Which daemon it was. */
};

static void
hand_on(struct run *run, const struct aigw_value *item)
{
    if (run->ended)
        return;
    run->ended = !run->follow->item(run->follow->ctx, item);
    /* A reader that went away ends it, too. */
    if (fflush(stdout) != 0)
        run->ended = true;
}

static void
hand_on_first(struct run *run, const struct aigw_value *result)
{
    if (!run->follow->first) {
        hand_on(run, result);
        return;
    }
    run->ended = !run->follow->first(run->follow->ctx, result);
    if (fflush(stdout) != 0)
        run->ended = true;
}

static void
on_notification(void *ctx, const char *method, const struct aigw_value *params)
{
    struct run *run = ctx;

    if (strcmp(method, run->follow->notification) == 0)
        hand_on(run, aigw_value_at(params, 0));
}

static void
on_subscribed(void *ctx, int code, const struct aigw_value *result,
              const char *text)
{
    struct run *run = ctx;

    /* A connection that breaks again is told to on_state. */
    if (code == 0)
        hand_on_first(run, result);
    else if (code != AIGW_ERR_CLOSED && code != AIGW_ERR_CANCELLED)
        run->exit_code = ctl_fail(run->ctl, code, text);
}

/* Submitted rather than called, so that its result stays in order with the
 * notifications behind it. */
static int
subscribe(struct run *run)
{
    struct aigw_handlers handlers;

    aigw_handlers_init(&handlers);
    handlers.ctx = run;
    handlers.done = on_subscribed;
    return aigw_submit(run->ctl->client, run->follow->method,
                       run->follow->params, &handlers, NULL);
}

/* Remembers which daemon there is; false if it is the same as before. */
static bool
note_instance(struct run *run)
{
    const char *instance =
        aigw_get_str(aigw_server(run->ctl->client), "instance_id", "");
    bool changed =
        strncmp(run->instance, instance, sizeof(run->instance) - 1) != 0;

    (void)snprintf(run->instance, sizeof(run->instance), "%s", instance);
    return changed;
}

static void
subscribe_again(struct run *run)
{
    int code;

    ctl_remark(run->ctl, "aigw-ctl: connected again");
    if (note_instance(run) && run->follow->restarted)
        run->follow->restarted(run->follow->ctx);
    code = subscribe(run);
    if (code != 0)
        run->exit_code = ctl_fail(run->ctl, code, aigw_code_text(code));
}

static void
on_state(void *ctx, enum aigw_state state, int code, const char *text)
{
    struct run *run = ctx;

    (void)code;
    if (state == AIGW_STATE_WAITING && !run->lost) {
        run->lost = true;
        ctl_remark(run->ctl, "aigw-ctl: connection lost (%s), trying again",
                   text);
    } else if (state == AIGW_STATE_UP && run->lost) {
        run->lost = false;
        subscribe_again(run);
    }
}

/* An interrupt that comes while a callback runs ends no call, so it is looked
 * for as well. */
static int
listen_on(struct run *run)
{
    struct aigw *client = run->ctl->client;

    while (!run->ended && run->exit_code == EXIT_OK && !ctl_interrupted()) {
        int code = aigw_wait(client, -1);

        if (code != 0)
            return ctl_fail(run->ctl, code, aigw_error_text(client));
    }
    return ctl_interrupted() ? EXIT_INTERRUPTED : run->exit_code;
}

int
follow_run(struct ctl *ctl, const struct follow *follow)
{
    struct run run = {.ctl = ctl, .follow = follow};
    int exit_code = ctl_connect(ctl);
    int code;

    if (exit_code != EXIT_OK)
        return exit_code;
    (void)note_instance(&run);
    aigw_on_notification(ctl->client, on_notification, &run);
    aigw_on_state(ctl->client, on_state, &run);
    code = subscribe(&run);
    exit_code = code == 0 ? listen_on(&run)
                          : ctl_fail(ctl, code, aigw_error_text(ctl->client));
    aigw_on_notification(ctl->client, NULL, NULL);
    aigw_on_state(ctl->client, NULL, NULL);
    return exit_code;
}
