#include "app/watch.h"

#include "app/session.h"
#include "app/status.h"
#include "base/mem.h"

#include <stdlib.h>

struct watcher {
    struct app *app;
    struct session *session;
    struct timer *timer; /* NULL: no snapshots. */
    struct watch_options options;
    bool follows; /* Wants events. */
};

static struct watcher *
watcher_of(struct app *app, struct session *s)
{
    struct watcher **place = session_watcher(s);

    if (!*place) {
        *place = mem_new(sizeof(**place));
        (*place)->app = app;
        (*place)->session = s;
    }
    return *place;
}

static bool
is_slow(struct session *s)
{
    return session_unsent(s) > WATCH_MAX_UNSENT;
}

/* A reload may have made another target of the same name. */
static void
follow_target(const struct app *app, struct target **place)
{
    struct target *old = *place;
    struct target *named;

    if (!old)
        return;
    named = upstreams_find_target(app->upstreams, old->name);
    if (!named || named == old)
        return;
    *place = target_ref(named);
    target_unref(old);
}

void
watch_pack(struct pack *p, struct app *app, struct session *s,
           const struct watch_options *options)
{
    status_pack(p, app,
                &(struct status_scope){
                    .span = options->span,
                    .only = options->target,
                    .detail = options->detail,
                    .asker = session_client(s),
                });
}

static void
on_timer(void *ctx)
{
    struct watcher *w = ctx;
    struct pack *p;

    timer_arm_at(w->timer, loop_now_ms(w->app->loop) + w->options.interval_ms);
    if (is_slow(w->session))
        return;
    follow_target(w->app, &w->options.target);
    follow_target(w->app, &w->options.detail);
    p = session_notify_begin(w->session, "status");
    pack_array_begin(p);
    watch_pack(p, w->app, w->session, &w->options);
    pack_array_end(p);
    session_notify_end(w->session);
}

static void
set_options(struct watcher *w, const struct watch_options *options)
{
    struct watch_options old = w->options;

    w->options = *options;
    if (options->target)
        (void)target_ref(options->target);
    if (options->detail)
        (void)target_ref(options->detail);
    target_unref(old.target);
    target_unref(old.detail);
}

static void
end_snapshots(struct watcher *w)
{
    timer_free(w->timer);
    w->timer = NULL;
    set_options(w, &(struct watch_options){0});
}

void
watch_start(struct app *app, struct session *s,
            const struct watch_options *options)
{
    struct watcher *w = watcher_of(app, s);

    set_options(w, options);
    if (!w->timer)
        w->timer = timer_new(app->loop, on_timer, w);
    if (w->timer)
        timer_arm_at(w->timer, loop_now_ms(app->loop) + options->interval_ms);
}

void
watch_follow_events(struct app *app, struct session *s)
{
    watcher_of(app, s)->follows = true;
}

void
watch_stop(struct session *s)
{
    struct watcher *w = *session_watcher(s);

    if (!w)
        return;
    end_snapshots(w);
    w->follows = false;
}

void
watch_free(struct session *s)
{
    struct watcher **place = session_watcher(s);

    watch_stop(s);
    free(*place);
    *place = NULL;
}

void
watch_publish(struct app *app, const struct event *event)
{
    for (size_t i = 0; i < app->n_sessions; i++) {
        struct session *s = app->sessions[i];
        const struct watcher *w = *session_watcher(s);
        const struct session_client *client = session_client(s);
        struct pack *p;

        if (!w || !w->follows || is_slow(s)
            || !event_is_for(event, client->uid, client->admin))
            continue;
        p = session_notify_begin(s, "event");
        pack_array_begin(p);
        events_pack(p, event);
        pack_array_end(p);
        session_notify_end(s);
    }
}
