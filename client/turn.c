/*
 * turn.c - moving a client: everything that happens by itself, and every
 * callback.
 *
 * A callback may do anything to the client, aigw_free() included; so after
 * each of them `freeing` is looked at before anything else is touched.
 */
#include "client/client.h"

#include <stdio.h>

enum {
    READS_PER_TURN = 16, /* Lets the program's own loop breathe. */
    PARTS_PER_WRITE = 32
};

static void
begin_callback(struct aigw *c)
{
    c->in_callback = true;
    c->n_callbacks++;
}

static void
end_callback(struct aigw *c)
{
    c->in_callback = false;
}

static bool
is_connected(const struct aigw *c)
{
    return c->transport.socket >= 0;
}

static void
announce(struct aigw *c)
{
    bool down = c->reconnect.state == RECONNECT_WAITING;

    if (c->announced == c->reconnect.state || c->freeing)
        return;
    c->announced = c->reconnect.state;
    if (!c->on_state)
        return;
    begin_callback(c);
    c->on_state(c->state_ctx, aigw_get_state(c), down ? c->down.status : 0,
                down ? c->down.text : "");
    end_callback(c);
}

/* Calls that waited for the answer to a lost call get time for the next
 * attempts; after an attempt that failed, their time runs on. */
static void
lose(struct aigw *c)
{
    int64_t now_ms = transport_now_ms();
    bool was_up = c->reconnect.state == RECONNECT_UP;

    c->n_failures++;
    transport_close(&c->transport);
    core_disconnected(&c->core, c->down.status,
                      was_up ? now_ms + c->connect_timeout_ms : INT64_MIN);
    (void)reconnect_step(&c->reconnect, RECONNECT_LOST, now_ms,
                         transport_random());
    announce(c);
}

static const char *
reason_of(int status)
{
    switch (status) {
    case AIGW_ECLOSED:
        return "the daemon closed the connection";
    case AIGW_ETOOBIG:
        return "the daemon sent a message beyond the size limits";
    case AIGW_EMALFORMED:
        return "what was received is not the protocol";
    case AIGW_ETIMEDOUT:
        return "connections are made, but nobody answers";
    default:
        return aigw_status_text(status);
    }
}

static void
lose_because(struct aigw *c, int status)
{
    (void)aigw_err_set(&c->down, status, "%s: %s", c->path, reason_of(status));
    lose(c);
}

static void
connect_now(struct aigw *c)
{
    int status = transport_open(&c->transport, c->path, &c->down);

    announce(c);
    if (c->freeing)
        return;
    if (status != 0) {
        lose(c);
        return;
    }
    status = core_greet(&c->core, c->name, c->version);
    if (status != 0)
        lose_because(c, status);
}

static void
step(struct aigw *c, enum reconnect_event event)
{
    enum reconnect_order order;

    if (c->freeing)
        return;
    order = reconnect_step(&c->reconnect, event, transport_now_ms(),
                           transport_random());
    switch (order) {
    case RECONNECT_NOTHING:
        announce(c);
        break;
    case RECONNECT_OPEN:
        connect_now(c);
        break;
    case RECONNECT_ABORT:
        lose_because(c, AIGW_ETIMEDOUT);
        break;
    }
}

/* A daemon that does not know hello is one all the same. */
static void
handle_greeting(struct aigw *c, struct core_event *event)
{
    bool refused = event->code != 0 && event->code != AIGW_ENOMETHOD;

    if (refused) {
        (void)aigw_err_set(&c->down, event->code, "%s: %s", c->path,
                           aigw_value_str(&event->value, ""));
        lose(c);
        return;
    }
    aigw_value_free(c->server);
    c->server = event->code == 0 ? value_to_heap(&event->value) : NULL;
    step(c, RECONNECT_GREETED);
}

static void
answer_waiter(struct call_waiter *waiter, int code, struct aigw_value *value)
{
    waiter->done = true;
    if (code == 0)
        waiter->result = value_to_heap(value);
    else
        (void)aigw_err_set(&waiter->err, code, "%s", aigw_value_str(value, ""));
    if (code == 0 && !waiter->result)
        (void)aigw_err_set(&waiter->err, AIGW_ENOMEM, "%s",
                           aigw_status_text(AIGW_ENOMEM));
}

static void
handle_answer(struct aigw *c, struct core_event *event)
{
    const struct aigw_handlers *h = &event->call->handlers;
    bool ok = event->code == 0;

    if (event->call->waiter) {
        answer_waiter(event->call->waiter, event->code, &event->value);
    } else if (h->done) {
        begin_callback(c);
        h->done(h->ctx, event->code, ok ? &event->value : NULL,
                ok ? "" : aigw_value_str(&event->value, ""));
        end_callback(c);
    }
}

/* The handlers are copied, because the callback may cancel the call. */
static void
handle_delta(struct aigw *c, const struct core_event *event)
{
    struct aigw_handlers h = event->call->handlers;
    const struct aigw_value *text = aigw_value_get(&event->value, "content");
    struct aigw_delta delta = {
        .seq = event->seq,
        .text = aigw_value_str(text, ""),
        .value = &event->value,
    };

    if (aigw_value_type(text) == AIGW_TYPE_STRING)
        delta.size = aigw_value_size(text);
    if (!h.delta)
        return;
    begin_callback(c);
    h.delta(h.ctx, &delta);
    end_callback(c);
}

static void
handle_event(struct aigw *c, const struct core_event *event)
{
    struct aigw_handlers h = event->call->handlers;

    if (!h.event)
        return;
    begin_callback(c);
    h.event(h.ctx, &event->value);
    end_callback(c);
}

static void
handle_notification(struct aigw *c, const struct core_event *event)
{
    if (!c->on_notification)
        return;
    begin_callback(c);
    c->on_notification(c->notification_ctx, event->method, &event->value);
    end_callback(c);
}

static void
handle(struct aigw *c, struct core_event *event)
{
    switch (event->type) {
    case CORE_GREETING:
        handle_greeting(c, event);
        break;
    case CORE_ANSWER:
        handle_answer(c, event);
        break;
    case CORE_DELTA:
        handle_delta(c, event);
        break;
    case CORE_EVENT:
        handle_event(c, event);
        break;
    case CORE_NOTIFICATION:
        handle_notification(c, event);
        break;
    }
}

static void
handle_events(struct aigw *c)
{
    int status = 0;

    while (status == 0 && is_connected(c) && !c->freeing) {
        struct core_event event;

        status = core_next(&c->core, &event);
        if (status == 0) {
            handle(c, &event);
            core_event_free(&event);
        }
    }
    if (status != 0 && status != AIGW_EAGAIN)
        lose_because(c, status);
}

/* Returns AIGW_EAGAIN when there is nothing more to read. */
static int
receive_some(struct aigw *c)
{
    char *space = core_space(&c->core);
    size_t size = 0;
    int status = AIGW_ENOMEM;

    if (space)
        status = transport_read(&c->transport, space, CORE_READ_BYTES, &size);
    if (status == AIGW_EAGAIN)
        return status;
    if (status != 0) {
        lose_because(c, status);
        return status;
    }
    core_received(&c->core, size);
    handle_events(c);
    return 0;
}

static void
receive(struct aigw *c)
{
    int status = 0;

    for (int i = 0; i < READS_PER_TURN && status == 0; i++) {
        if (!is_connected(c) || c->freeing)
            return;
        status = receive_some(c);
    }
}

static int
write_out(struct aigw *c)
{
    struct iovec parts[PARTS_PER_WRITE];
    int status = 0;

    while (status == 0) {
        size_t n = core_gather(&c->core, parts, PARTS_PER_WRITE);
        size_t size = 0;

        if (n == 0 && !c->transport.waits_to_write)
            return 0;
        status = transport_write(&c->transport, parts, n, &size);
        core_written(&c->core, size);
    }
    return status;
}

/* What the daemon wrote before it closed is still there to be read. */
static void
read_last_words(struct aigw *c)
{
    int status = 0;

    while (status == 0 && is_connected(c) && !c->freeing)
        status = receive_some(c);
}

void
client_flush(struct aigw *c)
{
    int status = is_connected(c) ? write_out(c) : 0;

    if (status == 0 || status == AIGW_EAGAIN)
        return;
    read_last_words(c);
    if (is_connected(c) && !c->freeing)
        lose_because(c, status);
}

/* A refusal tells more than that there was no connection. */
static int
code_without_connection(int down)
{
    switch (down) {
    case AIGW_EACCES:
    case AIGW_EDRAINING:
    case AIGW_EINVAL:
    case AIGW_EOVERLOADED:
    case AIGW_EPERMISSION:
        return down;
    default:
        return AIGW_ECONNECT;
    }
}

static void
explain(const struct aigw *c, const struct call *call, struct aigw_err *ret)
{
    bool lost = call->begun || call->n_losses > 0;
    int code = call->code;
    const char *why = c->down.status != 0 ? c->down.text : "no connection";
    const char *note = "";

    if (code == AIGW_ECONNECT)
        code = call->may_cost && lost ? AIGW_ECLOSED
                                      : code_without_connection(c->down.status);
    else if (code == AIGW_ETIMEDOUT)
        why = "no answer within the time limit of the client";
    if (call->may_cost && lost && code != AIGW_ETIMEDOUT)
        note = "; the answer may have been produced, and charged for";
    (void)aigw_err_set(ret, code, "%s%s", why, note);
}

static void
report(struct aigw *c, const struct call *call)
{
    struct aigw_err err;

    explain(c, call, &err);
    if (call->waiter) {
        call->waiter->done = true;
        call->waiter->err = err;
    } else if (call->handlers.done) {
        begin_callback(c);
        call->handlers.done(call->handlers.ctx, err.status, NULL, err.text);
        end_callback(c);
    }
}

static void
report_ended(struct aigw *c)
{
    while (!c->freeing) {
        struct call *call = core_take_ended(&c->core);

        if (!call)
            return;
        report(c, call);
        call_free(call);
    }
}

int
client_turn(struct aigw *c)
{
    if (c->setup.status != 0)
        return c->setup.status;
    if (transport_woken(&c->transport))
        c->cancelled = true;
    if (c->wanted)
        step(c, c->hurry ? RECONNECT_NOW : RECONNECT_WANTED);
    c->hurry = false;
    step(c, RECONNECT_TICK);
    receive(c);
    if (!c->freeing)
        client_flush(c);
    core_expire(&c->core, transport_now_ms(),
                c->reconnect.state == RECONNECT_UP);
    report_ended(c);
    return 0;
}

int
aigw_dispatch(struct aigw *client)
{
    int status;

    if (!client)
        return AIGW_ERR_NOMEM;
    if (client->in_callback)
        return client_fail(client, AIGW_ERR_BUSY, "inside of a callback");
    status = client_turn(client);
    if (client->freeing) {
        client_destroy(client);
        return AIGW_ERR_CANCELLED;
    }
    return status == 0 ? client_ok(client)
                       : client_fail_with(client, &client->setup);
}
