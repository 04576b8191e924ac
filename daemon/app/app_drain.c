/*
 * app_drain.c - the orderly end: no new calls, the running ones finish or are
 * answered with what they have, and the last words are sent.
 */
#include "app/app.h"
#include "app/durable.h"
#include "app/session.h"
#include "io/notify.h"

/* Calls that have ended may wait for the disk or for a slow caller yet. */
static bool
is_busy(const struct app *app)
{
    return HASH_COUNT(app->calls) > 0 || durables_count(app->durables) > 0;
}

static void
cancel_all(struct app *app)
{
    struct call *c, *next;

    durables_hurry(app->durables);
    HASH_ITER (hh, app->calls, c, next)
        proxy_cancel(c, "the daemon is shutting down");
}

static void
close_all(struct app *app)
{
    app->closing = true;
    for (size_t i = 0; i < app->n_sessions; i++)
        session_close(app->sessions[i], true);
    if (app->n_sessions == 0)
        loop_stop(app->loop);
}

static void
on_drain_timer(void *ctx)
{
    struct app *app = ctx;
    int64_t now_ms = loop_now_ms(app->loop);

    if (app->closing)
        return;
    if (now_ms >= app->drain_until_ms)
        cancel_all(app);
    if (!is_busy(app))
        close_all(app);
}

/* When there is next something to do. */
static void
look(struct app *app)
{
    timer_arm_at(app->drain_timer,
                 is_busy(app) ? app->drain_until_ms : loop_now_ms(app->loop));
}

void
app_call_ended(struct app *app)
{
    if (app->draining)
        look(app);
}

void
app_drain(struct app *app, int64_t within_ms)
{
    int64_t until_ms = loop_now_ms(app->loop) + within_ms;

    if (app->draining) {
        if (until_ms < app->drain_until_ms)
            app->drain_until_ms = until_ms;
        look(app);
        return;
    }
    app->draining = true;
    app->drain_until_ms = until_ms;
    pipe_listener_stop(app->listener);
    notify_send("STOPPING=1");
    events_add(app->events, EVENT_SERVER,
               &(struct event_text){.from = "ready", .to = "draining"});
    app->drain_timer = timer_new(app->loop, on_drain_timer, app);
    look(app);
}
