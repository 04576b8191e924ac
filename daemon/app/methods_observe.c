/*
 * methods_observe.c - status, watch, unwatch, events, requests, metrics.
 */
#include "app/attempt.h"
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

/* The fields that `status` and `watch` share.  False: `call` has been
 * answered. */
static bool
read_scope(struct app *app, struct rpc_call *call, struct unpack *u,
           struct watch_options *ret)
{
    const char *name;
    size_t size;

    read_window(u, &ret->span);
    if (unpack_str(u, "target", &name, &size)) {
        ret->target = methods_target(app, call, u, "target");
        return ret->target != NULL;
    }
    if (unpack_finish(u) == 0)
        return true;
    rpc_call_fail(call, AIGW_EPARAMS, "%s", u->err->text);
    return false;
}

static void
answer_snapshot(struct app *app, struct rpc_call *call,
                const struct watch_options *scope)
{
    status_pack(rpc_call_begin(call), app, scope->span, scope->target);
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

/* The target that is asked, or was asked last. */
static const char *
target_of(const struct call *c)
{
    if (c->lead.asked)
        return c->lead.asked->name;
    return c->n_log > 0 ? c->log[c->n_log - 1].target->name : NULL;
}

static void
pack_running(struct pack *p, const struct call *c, int64_t now_ms)
{
    size_t attempts = c->n_log + (c->lead.attempt ? 1 : 0);

    pack_map_begin(p);
    pack_kv_str(p, "request_id", c->params.id);
    pack_kv_text(p, "client", c->client.name);
    pack_kv_int(p, "uid", c->client.uid);
    pack_kv_str(p, "route", c->route_name);
    pack_kv_str(p, "target", target_of(c));
    pack_kv_str(p, "state", call_state_name(c->state));
    pack_kv_int(p, "started_ms", c->started_wall_ms);
    pack_kv_int(p, "age_ms", now_ms - c->started_ms);
    pack_kv_int(p, "tokens",
                c->lead.attempt ? attempt_tokens(c->lead.attempt) : 0);
    pack_kv_double(p, "cost_usd", price_to_usd(c->total_cost_nanousd));
    pack_kv_nil(p, "error_code");
    pack_kv_int(p, "attempts", (int64_t)attempts);
    pack_kv_text(p, "tags", c->params.tags);
    pack_map_end(p);
}

static void
pack_finished(struct pack *p, const struct call_record *r)
{
    pack_map_begin(p);
    pack_kv_str(p, "request_id", r->id);
    pack_kv_text(p, "client", r->client);
    pack_kv_int(p, "uid", r->uid);
    pack_kv_str(p, "route", r->route);
    pack_kv_text(p, "target", r->target);
    pack_kv_str(p, "state", call_state_name(CALL_DONE));
    pack_kv_int(p, "started_ms", r->started_ms);
    pack_kv_int(p, "age_ms", r->duration_ms);
    pack_kv_int(p, "tokens", r->tokens);
    pack_kv_double(p, "cost_usd", price_to_usd(r->cost_nanousd));
    pack_kv_text(p, "error_code", r->error_code);
    pack_kv_int(p, "attempts", r->attempts);
    pack_kv_text(p, "tags", r->tags);
    pack_map_end(p);
}

static bool
may_see(const struct session_client *client, uid_t owner)
{
    return client->admin || client->uid == owner;
}

/* The table of calls keeps the order in which they came. */
static void
pack_all_running(struct pack *p, const struct app *app,
                 const struct session_client *client)
{
    int64_t now_ms = loop_now_ms(app->loop);

    for (const struct call *c = app->calls; c; c = c->hh.next)
        if (c->state != CALL_DONE && may_see(client, c->client.uid))
            pack_running(p, c, now_ms);
}

static void
pack_all_finished(struct pack *p, const struct app *app,
                  const struct session_client *client)
{
    uint64_t n =
        app->n_recent < APP_RECENT_CALLS ? app->n_recent : APP_RECENT_CALLS;

    for (uint64_t i = 1; i <= n; i++) {
        const struct call_record *r =
            &app->recent[(app->n_recent - i) % APP_RECENT_CALLS];

        if (may_see(client, r->uid))
            pack_finished(p, r);
    }
}

void
methods_requests(struct app *app, struct rpc_call *call,
                 const msgpack_object *params)
{
    const struct session_client *client = session_client(call->session);
    struct pack *p = rpc_call_begin(call);

    (void)params;
    pack_map_begin(p);
    pack_key(p, "requests");
    pack_array_begin(p);
    pack_all_running(p, app, client);
    pack_all_finished(p, app, client);
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(call);
}

void
methods_metrics(struct app *app, struct rpc_call *call,
                const msgpack_object *params)
{
    struct bytes text;
    int status;

    (void)params;
    bytes_init(&text, MAX_METRICS_BYTES);
    status = metrics_write(app, &text);
    if (status) {
        rpc_call_fail(call, AIGW_EINTERNAL, "%s", aigw_status_text(status));
    } else {
        pack_strn(rpc_call_begin(call), text.data, text.size);
        rpc_call_end(call);
    }
    bytes_deinit(&text);
}
