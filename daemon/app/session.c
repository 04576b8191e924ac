#include "app/session.h"

#include "base/mem.h"
#include "io/timer.h"
#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/rpc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MESSAGES_PER_TURN = 32, /* Then others have their turn. */
    ELEMENTS_MAX = 262144,
    LINGER_MS = 5000, /* For last words to a caller that reads slowly. */
    /* A buffer that was larger for one message gives the rest back. */
    KEPT_BYTES = 64 * 1024,
};

struct session {
    struct pipe_conn *conn;
    struct session_options options;
    struct session_client client;
    struct frame frame;
    struct bytes in;
    size_t held_bytes; /* Of `in` and `out`; counted in options.load. */
    struct bytes out;
    struct pack pack;
    struct rpc_call *calls; /* By msgid. */
    struct watcher *watcher;
    struct timer *timer;      /* Partial frames and stalled readers. */
    struct loop_task more;    /* Messages left over from this turn. */
    int64_t partial_since_ms; /* When a frame became due; 0: none is. */
    bool full;                /* Above the high-water mark. */
    bool closing;
};

static int64_t
stall_deadline(const struct session *s)
{
    if (pipe_unsent(s->conn) == 0)
        return TIMER_NEVER;
    return pipe_stalled_since_ms(s->conn) + s->options.limits.client_stall_ms;
}

static int64_t
frame_deadline(const struct session *s)
{
    if (s->partial_since_ms == 0)
        return TIMER_NEVER;
    return s->partial_since_ms + s->options.limits.partial_frame_ms;
}

static void
arm(struct session *s)
{
    int64_t frame_ms = frame_deadline(s);
    int64_t stall_ms = stall_deadline(s);

    timer_arm_at(s->timer, frame_ms < stall_ms ? frame_ms : stall_ms);
}

static void
on_timer(void *ctx)
{
    struct session *s = ctx;
    int64_t now_ms = loop_now_ms(s->options.loop);

    if (s->closing)
        return;
    if (now_ms >= frame_deadline(s) || now_ms >= stall_deadline(s))
        session_close(s, false);
    else
        arm(s);
}

static void
count_buffers(struct session *s)
{
    load_hold(s->options.load, &s->held_bytes,
              s->in.capacity + s->out.capacity);
}

/* Sends what was packed, or gives the connection up. */
static void
flush_out(struct session *s)
{
    int status = pipe_write(s->conn, s->out.data, s->out.size);

    bytes_clear(&s->out);
    bytes_trim(&s->out, KEPT_BYTES);
    if (status) {
        session_close(s, false);
        return;
    }
    if (pipe_unsent(s->conn) > SESSION_HIGH_WATER)
        s->full = true;
    arm(s);
}

static void
send_error(struct session *s, uint32_t msgid, int status, const char *text)
{
    pack_init(&s->pack, &s->out);
    rpc_put_error(&s->pack, msgid, s->client.text_errors ? AIGW_OK : status,
                  text ? text : aigw_status_text(status));
    if (pack_finish(&s->pack) == 0)
        flush_out(s);
    else
        session_close(s, false);
}

static struct rpc_call *
find_call(struct session *s, uint32_t msgid)
{
    struct rpc_call *call;

    HASH_FIND(hh, s->calls, &msgid, sizeof(msgid), call);
    return call;
}

struct rpc_call *
session_find_call(struct session *s, uint32_t msgid)
{
    return find_call(s, msgid);
}

static void
remove_call(struct rpc_call *call)
{
    HASH_DELETE(hh, call->session->calls, call);
    free(call);
}

static void
unknown_method(struct session *s, const struct rpc_message *m)
{
    const char *nearest = methods_nearest(m->method, m->method_size);
    char text[320];

    (void)snprintf(text, sizeof(text),
                   nearest ? "no method \"%.*s\". Did you mean \"%s\"?"
                           : "no method \"%.*s\"",
                   (int)m->method_size, m->method, nearest);
    send_error(s, m->msgid, AIGW_ENOMETHOD, text);
}

static void
shed(struct session *s, uint32_t msgid, const char *why)
{
    s->options.load->refused++;
    send_error(s, msgid, AIGW_EOVERLOADED, why);
}

static void
on_request(struct session *s, const struct rpc_message *m)
{
    const char *no = NULL;
    struct rpc_call *call;
    size_t method;

    if (find_call(s, m->msgid)) {
        /* Two answers with one id could not be told apart. */
        session_close(s, true);
        return;
    }
    if (s->options.over_limit) {
        shed(s, m->msgid, "too many connections");
        session_close(s, true);
        return;
    }
    if (HASH_COUNT(s->calls) >= s->options.limits.outstanding) {
        shed(s, m->msgid, "too many outstanding calls on this connection");
        return;
    }
    if (methods_find(m->method, m->method_size, &method)) {
        unknown_method(s, m);
        return;
    }
    if (methods_get(method)->admin && !s->client.admin) {
        send_error(s, m->msgid, AIGW_EPERMISSION, no);
        return;
    }
    call = mem_new(sizeof(*call));
    call->session = s;
    call->msgid = m->msgid;
    call->method = method;
    HASH_ADD(hh, s->calls, msgid, sizeof(call->msgid), call);
    s->options.dispatch(s->options.app, call, &m->params);
}

/* The last words to a peer that does not speak the protocol. */
static void
refuse_frame(struct session *s, int status, size_t size)
{
    enum rpc_type type;
    uint32_t msgid;

    if (rpc_peek(s->in.data, size, &type, &msgid) && type == RPC_REQUEST
        && !find_call(s, msgid))
        send_error(s, msgid,
                   status == AIGW_EREQUEST ? AIGW_EREQUEST : AIGW_EMALFORMED,
                   aigw_status_text(status));
    session_close(s, true);
}

static void
on_frame(struct session *s, size_t size)
{
    struct rpc_message m;
    int status = rpc_parse(s->in.data, size, &m);

    if (status) {
        refuse_frame(s, status, size);
        return;
    }
    /* Responses answer nothing that the daemon asked, and notifications ask
     * for nothing: both are let pass. */
    if (m.type == RPC_REQUEST)
        on_request(s, &m);
    rpc_message_free(&m);
    bytes_consume(&s->in, size);
    bytes_trim(&s->in, KEPT_BYTES);
}

/* There is no memory for the rest of a large frame. */
static void
refuse_rest(struct session *s)
{
    enum rpc_type type;
    uint32_t msgid;

    if (rpc_peek(s->in.data, s->in.size, &type, &msgid) && type == RPC_REQUEST
        && !find_call(s, msgid))
        shed(s, msgid, "too much memory is in use");
    session_close(s, true);
    bytes_deinit(&s->in);
    count_buffers(s);
}

/* Takes up to MESSAGES_PER_TURN frames; the rest waits for the next turn. */
static void
read_frames(struct session *s)
{
    for (int n = 0; n < MESSAGES_PER_TURN && !s->closing; n++) {
        size_t size;
        int status = frame_scan(&s->frame, s->in.data, s->in.size, &size);

        if (status == AIGW_EAGAIN) {
            if (s->in.size == 0 && !s->options.over_limit)
                s->partial_since_ms = 0;
            else if (s->partial_since_ms == 0)
                s->partial_since_ms = loop_now_ms(s->options.loop);
            pipe_resume(s->conn);
            arm(s);
            return;
        }
        s->partial_since_ms = 0;
        if (status)
            refuse_frame(s, status, s->in.size);
        else
            on_frame(s, size);
    }
    if (!s->closing) {
        pipe_pause(s->conn);
        loop_defer(s->options.loop, &s->more);
    }
}

static void
on_more(void *ctx)
{
    struct session *s = ctx;

    if (!s->closing)
        read_frames(s);
    count_buffers(s);
}

static void
on_data(void *ctx, const char *data, size_t size)
{
    struct session *s = ctx;

    if (s->closing)
        return;
    /* The frame limit stops a frame before the buffer is full; a buffer that
     * cannot grow means that memory has run out. */
    if (bytes_append(&s->in, data, size)) {
        session_close(s, false);
        return;
    }
    if (!s->more.queued)
        read_frames(s);
    count_buffers(s);
    if (load_is_full(s->options.load) && s->in.size > KEPT_BYTES && !s->closing)
        refuse_rest(s);
}

static void
on_drained(void *ctx)
{
    struct session *s = ctx;
    struct rpc_call *call, *next;

    s->full = false;
    HASH_ITER (hh, s->calls, call, next)
        if (call->drained)
            call->drained(call->owner);
}

static void
abandon_calls(struct session *s)
{
    struct rpc_call *call, *next;

    HASH_ITER (hh, s->calls, call, next) {
        HASH_DELETE(hh, s->calls, call);
        if (call->abandon)
            call->abandon(call->owner);
        free(call);
    }
}

static void
on_closed(void *ctx, int status)
{
    struct session *s = ctx;

    (void)status;
    s->closing = true;
    loop_undefer(s->options.loop, &s->more);
    abandon_calls(s);
    s->options.closed(s->options.app, s);
    timer_free(s->timer);
    bytes_deinit(&s->in);
    bytes_deinit(&s->out);
    count_buffers(s);
    free(s);
}

static const struct pipe_conn_ops CONN_OPS = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

struct session *
session_new(struct pipe_conn *conn, const struct session_client *client,
            const struct session_options *options)
{
    const struct session_limits *limits = &options->limits;
    struct session *s = mem_new(sizeof(*s));

    s->conn = conn;
    s->options = *options;
    s->client = *client;
    s->more = (struct loop_task){.fn = on_more, .ctx = s};
    frame_init(&s->frame, &(struct frame_limits){
                              .bytes = limits->frame_bytes,
                              .depth = FRAME_DEPTH_MAX,
                              .elements = ELEMENTS_MAX,
                          });
    /* One frame, and what comes behind it in one read. */
    bytes_init(&s->in, limits->frame_bytes + (size_t)128 * 1024);
    bytes_init(&s->out, limits->response_bytes);
    s->timer = timer_new(options->loop, on_timer, s);
    pipe_conn_start(conn, &CONN_OPS, s);
    if (options->over_limit) {
        s->partial_since_ms = loop_now_ms(options->loop);
        arm(s);
    }
    return s;
}

void
session_close(struct session *s, bool flush)
{
    if (s->closing)
        return;
    s->closing = true;
    timer_disarm(s->timer);
    pipe_close(s->conn, flush, LINGER_MS);
}

struct session_client *
session_client(struct session *s)
{
    return &s->client;
}

size_t
session_unsent(const struct session *s)
{
    return pipe_unsent(s->conn);
}

struct watcher **
session_watcher(struct session *s)
{
    return &s->watcher;
}

struct pack *
session_notify_begin(struct session *s, const char *method)
{
    pack_init(&s->pack, &s->out);
    rpc_begin_notification(&s->pack, method);
    return &s->pack;
}

void
session_notify_end(struct session *s)
{
    if (pack_finish(&s->pack))
        session_close(s, false);
    else if (!s->closing)
        flush_out(s);
    else
        bytes_clear(&s->out);
}

void
rpc_call_set_owner(struct rpc_call *call, void (*abandon)(void *owner),
                   void (*drained)(void *owner), void *owner)
{
    call->abandon = abandon;
    call->drained = drained;
    call->owner = owner;
}

bool
rpc_call_is_full(const struct rpc_call *call)
{
    return call->session->full;
}

struct pack *
rpc_call_begin(struct rpc_call *call)
{
    struct session *s = call->session;

    pack_init(&s->pack, &s->out);
    rpc_begin_response(&s->pack, call->msgid);
    return &s->pack;
}

void
rpc_call_end(struct rpc_call *call)
{
    struct session *s = call->session;
    int status = pack_finish(&s->pack);

    if (s->closing)
        bytes_clear(&s->out);
    else if (status)
        send_error(s, call->msgid, AIGW_EINTERNAL, aigw_status_text(status));
    else
        flush_out(s);
    remove_call(call);
}

void
rpc_call_ok(struct rpc_call *call)
{
    struct pack *p = rpc_call_begin(call);

    pack_map_begin(p);
    pack_kv_bool(p, "ok", true);
    pack_map_end(p);
    rpc_call_end(call);
}

void
rpc_call_fail(struct rpc_call *call, int status, const char *format, ...)
{
    struct session *s = call->session;
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!s->closing)
        send_error(s, call->msgid, status, text);
    remove_call(call);
}
