/*
 * methods_observe.c - status, watch, unwatch, events, metrics.
 */
#include "app/methods.h"
#include "app/metrics.h"
#include "app/status.h"
#include "app/watch.h"

enum {
    DEFAULT_WINDOW_S = 60,
    DEFAULT_INTERVAL_MS = 1000,
    MIN_INTERVAL_MS = 100,
    MAX_INTERVAL_MS = 3600000,
    MAX_METRICS_BYTES = 16 * 1024 * 1024,
};

static void
read_window(struct unpack *u, enum span *ret_span)
{
    int64_t seconds = DEFAULT_WINDOW_S;

    (void)unpack_int(u, "window_s", &seconds);
    if (!span_from_s(seconds, ret_span))
        unpack_refuse(u, "window_s", "expected 10, 60, 300 or 3600");
}

/* The target that the field names, if it is there.  False: `call` has been
 * answered. */
static bool
read_target(struct app *app, struct rpc_call *call, struct unpack *u,
            const char *key, struct target **ret)
{
    const char *name;
    size_t size;

    if (!unpack_str(u, key, &name, &size))
        return true;
    *ret = methods_target(app, call, u, key);
    return *ret != NULL;
}

/* The fields that `status` and `watch` share.  False: `call` has been
 * answered. */
static bool
read_scope(struct app *app, struct rpc_call *call, struct unpack *u,
           struct watch_options *ret)
{
    read_window(u, &ret->span);
    if (!read_target(app, call, u, "target", &ret->target)
        || !read_target(app, call, u, "detail", &ret->detail))
        return false;
    if (unpack_finish(u) == 0)
        return true;
    rpc_call_fail(call, AIGW_EPARAMS, "%s", u->err->text);
    return false;
}

static void
answer_snapshot(struct app *app, struct rpc_call *call,
                const struct watch_options *scope)
{
    watch_pack(rpc_call_begin(call), app, call->session, scope);
    rpc_call_end(call);
}

void
methods_status(struct app *app, struct rpc_call *call,
               const msgpack_object *params)
{
    struct watch_options scope = {0};
    struct aigw_err err = {0};
    struct unpack u;

    methods_unpack(&u, params, &err);
    if (read_scope(app, call, &u, &scope))
        answer_snapshot(app, call, &scope);
}

void
methods_watch(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    struct watch_options options = {.interval_ms = DEFAULT_INTERVAL_MS};
    struct session *session = call->session;
    struct aigw_err err = {0};
    struct unpack u;

    methods_unpack(&u, params, &err);
    (void)unpack_int(&u, "interval_ms", &options.interval_ms);
    if (options.interval_ms < MIN_INTERVAL_MS
        || options.interval_ms > MAX_INTERVAL_MS)
        unpack_refuse(&u, "interval_ms", "expected %d to %d", MIN_INTERVAL_MS,
                      MAX_INTERVAL_MS);
    if (!read_scope(app, call, &u, &options))
        return;
    answer_snapshot(app, call, &options);
    watch_start(app, session, &options);
}

void
methods_unwatch(struct app *app, struct rpc_call *call,
                const msgpack_object *params)
{
    (void)app;
    (void)params;
    watch_stop(call->session);
    rpc_call_ok(call);
}

static void
pack_recent_events(struct pack *p, const struct events *events,
                   int64_t since_seq, const struct session_client *client)
{
    int64_t end = events_next_seq(events);
    int64_t seq = since_seq;

    /* What the ring no longer holds need not be looked for. */
    if (seq < end - EVENTS_RING)
        seq = end - EVENTS_RING;
    pack_array_begin(p);
    for (; seq < end; seq++) {
        const struct event *event = events_get(events, seq);

        if (event && event_is_for(event, client->uid, client->admin))
            events_pack(p, event);
    }
    pack_array_end(p);
}

void
methods_events(struct app *app, struct rpc_call *call,
               const msgpack_object *params)
{
    struct session *session = call->session;
    struct aigw_err err = {0};
    int64_t since_seq = 0;
    bool follow = false;
    struct unpack u;
    struct pack *p;

    methods_unpack(&u, params, &err);
    (void)unpack_int(&u, "since_seq", &since_seq);
    (void)unpack_bool(&u, "follow", &follow);
    if (since_seq < 0)
        unpack_refuse(&u, "since_seq", "expected at least 0");
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    p = rpc_call_begin(call);
    pack_map_begin(p);
    pack_key(p, "events");
    pack_recent_events(p, app->events, since_seq, session_client(session));
    pack_kv_int(p, "next_seq", events_next_seq(app->events));
    pack_map_end(p);
    rpc_call_end(call);
    if (follow)
        watch_follow_events(app, session);
}

void
methods_metrics(struct app *app, struct rpc_call *call,
                const msgpack_object *params)
{
    struct bytes text;
    int status;

    (void)params;
    bytes_init(&text, MAX_METRICS_BYTES);
    status = metrics_write(app, session_client(call->session), &text);
    if (status) {
        rpc_call_fail(call, AIGW_EINTERNAL, "%s", aigw_status_text(status));
    } else {
        pack_strn(rpc_call_begin(call), text.data, text.size);
        rpc_call_end(call);
    }
    bytes_deinit(&text);
}
