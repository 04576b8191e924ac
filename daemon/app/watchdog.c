#include "app/watchdog.h"

#include "app/app.h"
#include "app/status.h"
#include "base/mem.h"
#include "io/notify.h"
#include "proto/frame.h"
#include "proto/rpc.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ANSWER_MAX_BYTES = 65536
};

struct watchdog {
    struct app *app;
    struct timer *timer;
    int64_t interval_ms;
    struct pipe_conn *conn; /* NULL: not connected. */
    struct bytes in;
    struct bytes out;
    uint32_t msgid; /* Of the last question. */
    bool asked;     /* It has not been answered. */
    bool freeing;
};

static void
tell(const struct app *app)
{
    char text[128];

    (void)snprintf(text, sizeof(text), "WATCHDOG=1\nSTATUS=%s, %zu calls",
                   status_server_state(app), (size_t)HASH_COUNT(app->calls));
    notify_send(text);
}

/* Only the answer that is awaited counts. */
static void
on_answer(struct watchdog *w, size_t size)
{
    enum rpc_type type;
    uint32_t msgid;

    if (w->asked && rpc_peek(w->in.data, size, &type, &msgid)
        && type == RPC_RESPONSE && msgid == w->msgid) {
        w->asked = false;
        tell(w->app);
    }
    bytes_consume(&w->in, size);
}

static void
on_data(void *ctx, const char *data, size_t size)
{
    struct watchdog *w = ctx;
    int status = bytes_append(&w->in, data, size);
    struct frame frame;
    size_t frame_size;

    frame_init(&frame, &(struct frame_limits){
                           .bytes = ANSWER_MAX_BYTES,
                           .depth = FRAME_DEPTH_MAX,
                           .elements = ANSWER_MAX_BYTES,
                       });
    while (status == 0) {
        status = frame_scan(&frame, w->in.data, w->in.size, &frame_size);
        if (status == 0)
            on_answer(w, frame_size);
    }
    if (status != AIGW_EAGAIN)
        pipe_close(w->conn, false, 0);
}

static void
release(struct watchdog *w)
{
    bytes_deinit(&w->in);
    bytes_deinit(&w->out);
    free(w);
}

static void
on_closed(void *ctx, int status)
{
    struct watchdog *w = ctx;

    (void)status;
    w->conn = NULL;
    w->asked = false;
    bytes_clear(&w->in);
    if (w->freeing)
        release(w);
}

static const struct pipe_conn_ops CONN_OPS = {
    .data = on_data,
    .closed = on_closed,
};

static void
ask(struct watchdog *w)
{
    struct pack pack;

    bytes_clear(&w->out);
    pack_init(&pack, &w->out);
    rpc_begin_request(&pack, ++w->msgid, "hello");
    pack_array_begin(&pack);
    pack_map_begin(&pack);
    pack_kv_str(&pack, "client", "watchdog");
    pack_map_end(&pack);
    pack_array_end(&pack);
    w->asked = pack_finish(&pack) == 0
               && pipe_write(w->conn, w->out.data, w->out.size) == 0;
}

static void
on_timer(void *ctx)
{
    struct watchdog *w = ctx;
    struct app *app = w->app;

    if (!w->conn && !app->closing
        && pipe_dial_self(app->listener, &w->conn) == 0)
        pipe_conn_start(w->conn, &CONN_OPS, w);
    if (w->conn && !w->asked)
        ask(w);
    timer_arm_at(w->timer, loop_now_ms(app->loop) + w->interval_ms);
}

struct watchdog *
watchdog_new(struct app *app)
{
    int64_t interval_ms = notify_watchdog_ms();
    struct watchdog *w;

    if (interval_ms <= 0)
        return NULL;
    w = mem_new(sizeof(*w));
    w->app = app;
    w->interval_ms = interval_ms;
    bytes_init(&w->in, ANSWER_MAX_BYTES);
    bytes_init(&w->out, ANSWER_MAX_BYTES);
    w->timer = timer_new(app->loop, on_timer, w);
    timer_arm_at(w->timer, loop_now_ms(app->loop));
    return w;
}

void
watchdog_free(struct watchdog *w)
{
    if (!w)
        return;
    timer_free(w->timer);
    w->freeing = true;
    if (w->conn)
        pipe_close(w->conn, false, 0);
    else
        release(w);
}
