#include "io/loop_uv.h"
#include "io/pipe_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEEP_OUT_BYTES = 65536, /* A larger empty output buffer is given back. */
};

/* All ends of a connection pass through here; uv_close() lets go of the
 * descriptor at once, so it can be closed too. */
static void
on_conn_closed(uv_handle_t *handle)
{
    struct pipe_conn *conn = handle->data;
    struct pipe_listener *listener = conn->listener;

    if (conn->ops)
        conn->ops->closed(conn->ctx, conn->closing ? 0 : conn->status);
    listener->unsent_bytes -= conn->out.size;
    bytes_deinit(&conn->out);
    TAILQ_REMOVE(&listener->conns, conn, link);
    listener->n_conns--;
    listener->n_own -= conn->own;
    free(conn);
    pipe_listener_settle(listener);
}

static void
end(struct pipe_conn *conn, int status)
{
    if (conn->ended)
        return;
    conn->ended = true;
    conn->status = status;
    loop_undefer(conn->listener->loop, &conn->flush);
    timer_free(conn->linger);
    uv_close((uv_handle_t *)&conn->poll, on_conn_closed);
    (void)close(conn->fd);
}

static bool
is_live(const struct pipe_conn *conn)
{
    return !conn->ended && !conn->closing;
}

static void on_poll(uv_poll_t *handle, int status, int events);

/* A connection that is not read from still notices that its peer leaves. */
static void
watch(struct pipe_conn *conn)
{
    int events = conn->blocked ? UV_WRITABLE : 0;

    if (conn->ended)
        return;
    if (!conn->closing)
        events |= conn->paused ? UV_DISCONNECT : UV_READABLE;
    if (events == conn->events)
        return;
    conn->events = events;
    if (events == 0)
        (void)uv_poll_stop(&conn->poll);
    else
        (void)uv_poll_start(&conn->poll, events, on_poll);
}

static int
errno_status(void)
{
    return errno == EPIPE || errno == ECONNRESET ? AIGW_ECLOSED : AIGW_EIO;
}

static bool
would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* Hands to the kernel what it takes. */
static int
send_queued(struct pipe_conn *conn)
{
    conn->blocked = false;
    while (conn->out.size > 0) {
        ssize_t n =
            send(conn->fd, conn->out.data, conn->out.size, MSG_NOSIGNAL);

        if (n > 0) {
            bytes_consume(&conn->out, (size_t)n);
            conn->listener->unsent_bytes -= (size_t)n;
            conn->progress_ms = loop_now_ms(conn->listener->loop);
        } else if (n < 0 && would_block()) {
            conn->blocked = true;
            return 0;
        } else if (n < 0 && errno != EINTR) {
            return errno_status();
        }
    }
    if (conn->out.capacity > KEEP_OUT_BYTES)
        bytes_deinit(&conn->out);
    return 0;
}

static void
tell_drained(struct pipe_conn *conn)
{
    if (!conn->above || conn->out.size > conn->listener->options.low_water)
        return;
    conn->above = false;
    if (is_live(conn) && conn->ops->drained)
        conn->ops->drained(conn->ctx);
}

static void
on_flush(void *ctx)
{
    struct pipe_conn *conn = ctx;
    int status = send_queued(conn);

    if (status || (conn->closing && conn->out.size == 0)) {
        end(conn, status);
        return;
    }
    watch(conn);
    tell_drained(conn);
}

static void
read_some(struct pipe_conn *conn)
{
    char *input = conn->listener->input;
    ssize_t n = recv(conn->fd, input, PIPE_READ_MAX, 0);

    if (n > 0)
        conn->ops->data(conn->ctx, input, (size_t)n);
    else if (n == 0)
        end(conn, AIGW_ECLOSED);
    else if (!would_block() && errno != EINTR)
        end(conn, errno_status());
}

/* libuv reports a pending socket error as a failure of polling; on a
 * Unix-domain socket that is a peer that left without reading everything. */
static void
on_poll(uv_poll_t *handle, int status, int events)
{
    struct pipe_conn *conn = handle->data;

    if (status < 0 || (events & UV_DISCONNECT)) {
        end(conn, AIGW_ECLOSED);
        return;
    }
    if (events & UV_WRITABLE)
        on_flush(conn);
    if ((events & UV_READABLE) && is_live(conn) && !conn->paused)
        read_some(conn);
}

struct pipe_conn *
pipe_conn_new(struct pipe_listener *listener, int fd)
{
    struct pipe_conn *conn = malloc(sizeof(*conn));

    if (!conn)
        return NULL;
    *conn = (struct pipe_conn){.listener = listener, .fd = fd};
    if (uv_poll_init(loop_uv(listener->loop), &conn->poll, fd) != 0) {
        free(conn);
        return NULL;
    }
    conn->poll.data = conn;
    conn->flush = (struct loop_task){.fn = on_flush, .ctx = conn};
    bytes_init(&conn->out, listener->options.max_unsent);
    TAILQ_INSERT_TAIL(&listener->conns, conn, link);
    listener->n_conns++;
    return conn;
}

void
pipe_conn_refuse(struct pipe_conn *conn)
{
    conn->ops = NULL;
    end(conn, 0);
}

void
pipe_conn_start(struct pipe_conn *conn, const struct pipe_conn_ops *ops,
                void *ctx)
{
    assert(!conn->ops);
    conn->ops = ops;
    conn->ctx = ctx;
    watch(conn);
}

void
pipe_pause(struct pipe_conn *conn)
{
    conn->paused = true;
    watch(conn);
}

void
pipe_resume(struct pipe_conn *conn)
{
    conn->paused = false;
    watch(conn);
}

/* Before it calls the output too large, the kernel is asked to take some: a
 * whole turn's output may have gathered since the last time. */
static int
append(struct pipe_conn *conn, const void *data, size_t size)
{
    int status = bytes_append(&conn->out, data, size);

    if (status != AIGW_ETOOBIG || conn->blocked)
        return status;
    status = send_queued(conn);
    if (status)
        return status;
    return bytes_append(&conn->out, data, size);
}

int
pipe_write(struct pipe_conn *conn, const void *data, size_t size)
{
    int status;

    if (!is_live(conn))
        return AIGW_ECLOSED;
    if (conn->out.size == 0)
        conn->progress_ms = loop_now_ms(conn->listener->loop);
    status = append(conn, data, size);
    if (status) {
        end(conn, status);
        return status;
    }
    conn->listener->unsent_bytes += size;
    if (conn->out.size > conn->listener->options.high_water)
        conn->above = true;
    if (!conn->blocked)
        loop_defer(conn->listener->loop, &conn->flush);
    return 0;
}

size_t
pipe_unsent(const struct pipe_conn *conn)
{
    return conn->out.size;
}

int64_t
pipe_stalled_since_ms(const struct pipe_conn *conn)
{
    return conn->progress_ms;
}

static void
on_linger_over(void *ctx)
{
    end(ctx, 0);
}

void
pipe_close(struct pipe_conn *conn, bool flush, int linger_ms)
{
    struct loop *loop = conn->listener->loop;

    if (conn->ended)
        return;
    conn->closing = true;
    if (!flush || conn->out.size == 0) {
        end(conn, 0);
        return;
    }
    if (!conn->linger)
        conn->linger = timer_new(loop, on_linger_over, conn);
    if (!conn->linger) {
        end(conn, 0);
        return;
    }
    timer_arm_at(conn->linger, loop_now_ms(loop) + linger_ms);
    watch(conn);
}
