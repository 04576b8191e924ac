/*
 * feed_live.c - the feed from a daemon.
 *
 * A connection is a client of libaigw of its own: when it is lost, the client
 * goes, and the link says when there is to be another (see link.h), so that
 * what the screen counts down to is what happens.
 *
 * Snapshots and events come by themselves; `requests` and `cost` are asked for
 * while a view shows them, the next time only after the answer to the last.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/clock.h"
#include "text/mem.h"
#include "tui/feed.h"
#include "tui/record.h"

enum {
    CONNECT_TIMEOUT_MS = 2000,
    CALL_TIMEOUT_MS = 10000,
    MAX_DETAIL = 300
};

static const double COST_PERIOD_MS = 10000;
static const double LEAST_PERIOD_MS = 100; /* The daemon's. */
static const double DAY_MS = 86400e3;

/* Something that is asked for again and again. */
struct poll {
    struct live *live;
    const char *method;
    const char *by;   /* Of `cost`; NULL. */
    const char *kind; /* In a recording. */
    enum cost_by cost_by;
    double due_ms; /* INFINITY: not wanted. */
    bool asked;    /* The answer has not come. */
};

enum {
    POLL_REQUESTS,
    POLL_COSTS, /* One for each of enum cost_by. */
    POLLS = POLL_COSTS + COST_BY_N
};

struct live {
    struct feed feed; /* First: the callers know that alone. */
    char *socket_path;
    struct aigw *client; /* NULL: the link is waiting. */
    bool started;
    bool up;
    bool closing; /* The client is being freed. */
    bool lost;
    char reason[160]; /* Of the loss. */
    bool changed;
    double interval_ms;
    int window_s;
    char detail[MAX_DETAIL]; /* "": none. */
    bool no_detail;          /* The daemon does not know of that target. */
    int n_watches;           /* Calls of `watch` without an answer. */
    struct poll polls[POLLS];
    double now_ms; /* Of the dispatch that is running. */
};

static struct live *
live_of(struct feed *f)
{
    return (struct live *)(void *)f;
}

static const struct live *
const_live_of(const struct feed *f)
{
    return (const struct live *)(const void *)f;
}

static void
record(struct live *l, const char *kind, const struct aigw_value *data)
{
    if (l->feed.record)
        record_write(l->feed.record, kind, data, l->now_ms);
}

/* The connection is of no use any more; what is left of it goes when libaigw
 * has returned. */
static void
lose(struct live *l, const char *reason)
{
    if (l->lost)
        return;
    l->lost = true;
    (void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
}

static void
take_snapshot(struct live *l, const struct aigw_value *snapshot)
{
    record(l, "snapshot", snapshot);
    model_take_snapshot(l->feed.model, aigw_value_copy(snapshot), l->now_ms);
    l->changed = true;
}

static void
take_event(struct live *l, const struct aigw_value *event)
{
    record(l, "event", event);
    model_take_event(l->feed.model, aigw_value_copy(event));
    l->changed = true;
}

static void
on_events(void *ctx, int code, const struct aigw_value *result,
          const char *text)
{
    struct live *l = ctx;
    const struct aigw_value *events = aigw_value_get(result, "events");

    if (l->closing)
        return;
    if (code)
        lose(l, text);
    for (size_t i = 0; i < aigw_value_size(events); i++)
        take_event(l, aigw_value_at(events, i));
}

/* A snapshot from before the answer to `watch` is not what was asked for: of
 * another window, or from the time when nobody read. */
static void
on_notification(void *ctx, const char *method, const struct aigw_value *params)
{
    const struct live *l = ctx;

    if (strcmp(method, "status") == 0 && l->n_watches == 0)
        take_snapshot(ctx, aigw_value_at(params, 0));
    else if (strcmp(method, "event") == 0)
        take_event(ctx, aigw_value_at(params, 0));
}

/* Gives up `params`.  False if it could not even be begun. */
static bool
submit(struct live *l, const char *method, struct aigw_value *params,
       void (*done)(void *, int, const struct aigw_value *, const char *),
       void *ctx)
{
    struct aigw_handlers handlers;
    int code;

    aigw_handlers_init(&handlers);
    handlers.done = done;
    handlers.ctx = ctx;
    code = aigw_submit(l->client, method, params, &handlers, NULL);
    aigw_value_free(params);
    if (code)
        lose(l, aigw_error_text(l->client));
    return code == 0;
}

static void watch(struct live *l);

/* Of several answers the last is to what is wanted now.  A target that went
 * away, or a daemon that cannot tell of one in full, keeps nothing else
 * back. */
static void
on_watching(void *ctx, int code, const struct aigw_value *result,
            const char *text)
{
    struct live *l = ctx;
    bool of_detail = code == AIGW_ERR_NOT_FOUND || code == AIGW_ERR_PARAMS;

    if (l->closing)
        return;
    l->n_watches--;
    if (code == 0)
        take_snapshot(l, result);
    else if (!of_detail || (l->n_watches == 0 && l->no_detail))
        lose(l, text);
    else if (l->n_watches == 0) {
        l->no_detail = true;
        watch(l);
    }
}

static void
watch(struct live *l)
{
    struct aigw_value *params = aigw_value_map();

    aigw_value_set_int(params, "interval_ms",
                       (int64_t)fmax(l->interval_ms, LEAST_PERIOD_MS));
    aigw_value_set_int(params, "window_s", l->window_s);
    if (*l->detail && !l->no_detail)
        aigw_value_set_str(params, "detail", l->detail);
    if (submit(l, "watch", params, on_watching, l))
        l->n_watches++;
}

static void
follow_events(struct live *l)
{
    struct aigw_value *params = aigw_value_map();

    aigw_value_set_bool(params, "follow", true);
    aigw_value_set_int(params, "since_seq", l->feed.model->last_seq + 1);
    (void)submit(l, "events", params, on_events, l);
}

/* Whatever is wanted is due now. */
static void
hurry_polls(struct live *l)
{
    for (int i = 0; i < POLLS; i++)
        if (!isinf(l->polls[i].due_ms))
            l->polls[i].due_ms = l->now_ms;
}

static void
greet(struct live *l)
{
    const struct aigw_value *server = aigw_server(l->client);

    model_take_server(l->feed.model, aigw_get_str(server, "instance_id", ""),
                      aigw_get_str(server, "version", ""), l->now_ms);
    l->up = true;
    l->no_detail = false;
    hurry_polls(l);
    watch(l);
    follow_events(l);
}

static void
on_state(void *ctx, enum aigw_state state, int code, const char *text)
{
    struct live *l = ctx;

    (void)code;
    if (l->closing)
        return;
    if (state == AIGW_STATE_UP)
        greet(l);
    else if (state == AIGW_STATE_WAITING)
        lose(l, text);
}

/* Which socket it is may change from try to try, unless it was named. */
static struct aigw *
new_client(struct live *l)
{
    struct model *m = l->feed.model;
    struct aigw_options options;
    struct aigw *client;

    aigw_options_init(&options);
    options.socket_path = l->socket_path;
    options.client_name = "aigw-top";
    options.client_version = AIGW_VERSION;
    options.connect_timeout_ms = CONNECT_TIMEOUT_MS;
    options.call_timeout_ms = CALL_TIMEOUT_MS;
    options.flags = AIGW_FLAG_NO_RESEND;
    client = aigw_new(&options);
    if (client)
        (void)snprintf(m->socket_path, sizeof(m->socket_path), "%s",
                       aigw_socket_path(client));
    return client;
}

static void
start(struct live *l)
{
    l->client = new_client(l);
    if (!l->client) {
        lose(l, aigw_code_text(AIGW_ERR_NOMEM));
        return;
    }
    aigw_on_state(l->client, on_state, l);
    aigw_on_notification(l->client, on_notification, l);
    aigw_start(l->client);
}

static void
stop(struct live *l)
{
    l->closing = true;
    aigw_free(l->client);
    l->closing = false;
    l->client = NULL;
    l->up = false;
    l->n_watches = 0;
    for (int i = 0; i < POLLS; i++)
        l->polls[i].asked = false;
}

/* After libaigw has returned. */
static void
settle_loss(struct live *l)
{
    struct aigw_value *data;

    if (!l->lost)
        return;
    stop(l);
    l->lost = false;
    link_lost(&l->feed.model->link, l->reason, l->now_ms);
    data = aigw_value_map();
    aigw_value_set_str(data, "reason", l->reason);
    record(l, "lost", data);
    aigw_value_free(data);
    l->changed = true;
}

static double
poll_period_ms(const struct live *l, const struct poll *p)
{
    return p->by ? COST_PERIOD_MS : fmax(l->interval_ms, LEAST_PERIOD_MS);
}

static void
on_polled(void *ctx, int code, const struct aigw_value *result,
          const char *text)
{
    struct poll *p = ctx;
    struct live *l = p->live;
    struct model *m = l->feed.model;

    (void)text;
    p->asked = false;
    if (code || l->closing)
        return; /* Not ours to see; or lost, which is told elsewhere. */
    record(l, p->kind, result);
    if (p->by)
        model_take_cost(m, p->cost_by, aigw_value_copy(result));
    else
        model_take_requests(m, aigw_value_copy(result));
    l->changed = true;
}

/* The costs of this day, as the daemon counts days: in UTC. */
static struct aigw_value *
poll_params(const struct poll *p)
{
    struct aigw_value *params = aigw_value_map();

    if (p->by) {
        aigw_value_set_str(params, "by", p->by);
        aigw_value_set_int(
            params, "since_ms",
            (int64_t)(floor(clock_epoch_ms() / DAY_MS) * DAY_MS));
    }
    return params;
}

static void
poll_what_is_due(struct live *l)
{
    for (int i = 0; i < POLLS && l->up && !l->lost; i++) {
        struct poll *p = &l->polls[i];

        if (p->asked || p->due_ms > l->now_ms)
            continue;
        p->due_ms = l->now_ms + poll_period_ms(l, p);
        p->asked = submit(l, p->method, poll_params(p), on_polled, p);
    }
}

static void
want_poll(struct poll *p, bool wanted, double now_ms)
{
    if (!wanted)
        p->due_ms = (double)INFINITY;
    else if (isinf(p->due_ms))
        p->due_ms = now_ms;
}

static bool
set_subscription(struct live *l, const struct feed_wants *wants)
{
    const char *detail = wants->detail ? wants->detail : "";
    bool same = l->interval_ms == wants->interval_ms
                && l->window_s == wants->window_s
                && strncmp(l->detail, detail, sizeof(l->detail) - 1) == 0;

    l->interval_ms = wants->interval_ms;
    l->window_s = wants->window_s;
    (void)snprintf(l->detail, sizeof(l->detail), "%s", detail);
    return !same;
}

static void
tell_change(struct live *l)
{
    if (l->changed && l->feed.changed)
        l->feed.changed(l->feed.ctx);
    l->changed = false;
}

static void
live_want(struct feed *f, const struct feed_wants *wants, double now_ms)
{
    struct live *l = live_of(f);
    bool changed = set_subscription(l, wants);

    l->now_ms = now_ms;
    f->model->clock_speed = wants->still ? 0 : 1;
    link_set_period(&f->model->link, wants->interval_ms, now_ms);
    want_poll(&l->polls[POLL_REQUESTS], wants->requests, now_ms);
    for (int i = POLL_COSTS; i < POLLS; i++)
        want_poll(&l->polls[i], wants->costs, now_ms);
    if (!l->started) {
        l->started = true;
        start(l);
    } else if (changed && l->up) {
        l->no_detail = false;
        watch(l);
    }
    poll_what_is_due(l);
}

static void
live_poll_now(struct feed *f, double now_ms)
{
    struct live *l = live_of(f);

    l->now_ms = now_ms;
    hurry_polls(l);
    if (l->up) {
        watch(l);
        poll_what_is_due(l);
    } else if (f->model->link.state == LINK_WAITING) {
        f->model->link.retry_ms = now_ms;
    }
}

/* What an action has changed is fetched at once. */
static void
on_answered(void *ctx, int code, const struct aigw_value *result,
            const char *text)
{
    struct live *l = ctx;

    if (l->feed.answered)
        l->feed.answered(l->feed.ctx, code, result, text);
    if (code == AIGW_ERR_NONE && !l->closing)
        live_poll_now(&l->feed, l->now_ms);
}

static bool
live_act(struct feed *f, const char *method, const struct aigw_value *params)
{
    struct live *l = live_of(f);

    return l->up && submit(l, method, aigw_value_copy(params), on_answered, l);
}

static bool
live_seek(struct feed *f, double by_s, double speed, double now_ms)
{
    (void)f;
    (void)by_s;
    (void)speed;
    (void)now_ms;
    return false;
}

static int
live_fd(const struct feed *f)
{
    const struct live *l = const_live_of(f);

    return l->client ? aigw_fd(l->client) : -1;
}

static short
live_events(const struct feed *f)
{
    const struct live *l = const_live_of(f);

    if (!l->client)
        return 0;
    return aigw_events(l->client);
}

static double
live_due_ms(const struct feed *f, double now_ms)
{
    const struct live *l = const_live_of(f);
    double due_ms = link_next_ms(&f->model->link, now_ms);
    int timeout_ms = l->client ? aigw_timeout_ms(l->client) : -1;

    if (l->lost)
        return now_ms;
    if (timeout_ms >= 0)
        due_ms = fmin(due_ms, now_ms + timeout_ms);
    for (int i = 0; i < POLLS && l->up; i++)
        if (!l->polls[i].asked)
            due_ms = fmin(due_ms, l->polls[i].due_ms);
    return due_ms;
}

static void
live_dispatch(struct feed *f, double now_ms)
{
    struct live *l = live_of(f);
    struct link *link = &f->model->link;
    enum link_state before = link->state;

    l->now_ms = now_ms;
    link_tick(link, now_ms);
    /* Is it the daemon that was silent, or did nobody read? */
    if (l->up && link->state == LINK_STALE && before == LINK_LIVE)
        watch(l);
    if (l->client && aigw_dispatch(l->client) != 0)
        lose(l, aigw_error_text(l->client));
    settle_loss(l);
    if (!l->client && link_retry_due(link, now_ms)) {
        link_retrying(link, now_ms);
        start(l);
    }
    poll_what_is_due(l);
    settle_loss(l);
    l->changed |= link->state != before;
    tell_change(l);
}

static void
live_free(struct feed *f)
{
    struct live *l = live_of(f);

    l->feed.answered = NULL;
    stop(l);
    free(l->socket_path);
    free(l);
}

static const struct feed_ops live_ops = {
    .want = live_want,
    .poll_now = live_poll_now,
    .act = live_act,
    .seek = live_seek,
    .fd = live_fd,
    .events = live_events,
    .due_ms = live_due_ms,
    .dispatch = live_dispatch,
    .free = live_free,
};

static void
init_polls(struct live *l)
{
    static const struct {
        const char *by;
        const char *kind;
    } COSTS[COST_BY_N] = {
        [COST_BY_TARGET] = {"target", "cost.target"},
        [COST_BY_ROUTE] = {"route", "cost.route"},
        [COST_BY_CLIENT] = {"client", "cost.client"},
    };

    l->polls[POLL_REQUESTS] = (struct poll){
        .live = l,
        .method = "requests",
        .kind = "requests",
        .due_ms = (double)INFINITY,
    };
    for (int i = 0; i < COST_BY_N; i++)
        l->polls[POLL_COSTS + i] = (struct poll){
            .live = l,
            .method = "cost",
            .by = COSTS[i].by,
            .kind = COSTS[i].kind,
            .cost_by = (enum cost_by)i,
            .due_ms = (double)INFINITY,
        };
}

struct feed *
feed_live_new(const char *socket_path, struct model *model)
{
    struct live *l = mem_alloc(1, sizeof(*l));

    l->feed = (struct feed){.ops = &live_ops, .model = model};
    l->socket_path = socket_path ? mem_copy(socket_path) : NULL;
    init_polls(l);
    aigw_free(new_client(l)); /* For the name of the socket. */
    return &l->feed;
}
