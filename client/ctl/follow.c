#include "ctl/follow.h"

#include <stdio.h>
#include <string.h>

struct run {
    struct ctl *ctl;
    const struct follow *follow;
    bool ended;
    bool lost; /* The connection; said once for each loss. */
    int code;  /* Why subscribing again failed. */
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
        run->code = ctl_fail(run->ctl, code, text);
}

static void
subscribe_again(struct run *run)
{
    struct aigw_handlers handlers;

    aigw_handlers_init(&handlers);
    handlers.ctx = run;
    handlers.done = on_subscribed;
    (void)aigw_submit(run->ctl->client, run->follow->method,
                      run->follow->params, &handlers, NULL);
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
        ctl_remark(run->ctl, "aigw-ctl: connected again");
        subscribe_again(run);
    }
}

static int
listen_on(struct run *run)
{
    struct aigw *client = run->ctl->client;

    while (!run->ended && run->code == EXIT_OK) {
        int code = aigw_wait(client, -1);

        if (code != 0)
            return ctl_fail(run->ctl, code, aigw_error_text(client));
    }
    return run->code;
}

int
follow_run(struct ctl *ctl, const struct follow *follow)
{
    struct run run = {.ctl = ctl, .follow = follow};
    struct aigw_value *first = NULL;
    int exit_code;

    aigw_on_notification(ctl->client, on_notification, &run);
    exit_code =
        ctl_call(ctl, follow->method, aigw_value_copy(follow->params), &first);
    if (exit_code == EXIT_OK) {
        hand_on_first(&run, first);
        aigw_on_state(ctl->client, on_state, &run);
        exit_code = listen_on(&run);
    }
    aigw_value_free(first);
    aigw_on_notification(ctl->client, NULL, NULL);
    aigw_on_state(ctl->client, NULL, NULL);
    return exit_code;
}
