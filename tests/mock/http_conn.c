/*
 * http_conn.c - one connection: bytes in, requests out, bytes back.
 */
#include "http_conn.h"

#include "base/mem.h"
#include "http_server.h"
#include "tls.h"

#include <stdlib.h>
#include <string.h>

struct write {
    uv_write_t req;
    struct http_conn *conn;
    size_t size;
    char data[];
};

static void
on_closed(uv_handle_t *handle)
{
    struct http_conn *c = handle->data;

    bytes_deinit(&c->in);
    tls_session_free(c->tls);
    free(c);
}

static void
unlink_conn(struct http_conn *c)
{
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        c->server->conns = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    c->server->counters.connections_open--;
}

/* First part of both kinds of ending; false if it is too late for it. */
static bool
begin_close(struct http_conn *c)
{
    if (c->closing) {
        return false;
    }
    c->closing = true;
    unlink_conn(c);
    if (c->answering) {
        c->answering = false;
        c->server->ops->gone(c->server->ctx, c);
    }
    return true;
}

static void
close_now(struct http_conn *c)
{
    if (begin_close(c)) {
        uv_close((uv_handle_t *)&c->tcp, on_closed);
    }
}

void
http_conn_reset(struct http_conn *c)
{
    /* libuv refuses a reset after a shutdown was asked for. */
    if (begin_close(c) && uv_tcp_close_reset(&c->tcp, on_closed) != 0) {
        uv_close((uv_handle_t *)&c->tcp, on_closed);
    }
}

static void
on_shutdown(uv_shutdown_t *req, int status)
{
    struct http_conn *c = req->handle->data;

    (void)status;
    close_now(c);
}

/* Asks for the FIN once; libuv sends it after what is queued. */
static void
shut(struct http_conn *c)
{
    if (c->shut || c->closing) {
        return;
    }
    c->shut = true;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown) != 0) {
        close_now(c);
    }
}

void
http_conn_close(struct http_conn *c)
{
    /* The owner is done with it: `gone` is for answers cut short. */
    c->answering = false;
    c->ending = true;
    shut(c);
}

static void
on_written(uv_write_t *req, int status)
{
    struct write *w = container_of(req, struct write, req);
    struct http_conn *c = w->conn;

    c->queued -= w->size;
    c->server->counters.bytes_queued -= (int64_t)w->size;
    free(w);
    if (c->closing) {
        return;
    }
    if (status != 0) {
        close_now(c);
    } else if (c->queued == 0 && c->answering) {
        c->server->ops->drained(c->server->ctx, c);
    }
}

static void
queue_write(struct http_conn *c, const char *data, size_t size)
{
    struct write *w = malloc(sizeof(*w) + size);
    uv_buf_t buf;

    if (w == NULL) {
        abort();
    }
    w->conn = c;
    w->size = size;
    memcpy(w->data, data, size);
    buf = uv_buf_init(w->data, (unsigned)size);
    if (uv_write(&w->req, (uv_stream_t *)&c->tcp, &buf, 1, on_written) != 0) {
        free(w);
        return;
    }
    c->queued += size;
    c->server->counters.bytes_queued += (int64_t)size;
}

/* libuv's buffers are not const, although it only reads those of a write. */
static uv_buf_t
read_only_buf(const char *data, size_t size)
{
    char *base;

    memcpy(&base, &data, sizeof(base));
    return uv_buf_init(base, (unsigned)size);
}

/* An error is left to the reading side, which sees it too: the owner may be
 * in the middle of writing and must not lose its connection here. */
static void
write_raw(struct http_conn *c, const char *data, size_t size)
{
    if (c->queued == 0) {
        uv_buf_t buf = read_only_buf(data, size);
        int n = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);

        if (n > 0) {
            data += n;
            size -= (size_t)n;
        } else if (n < 0 && n != UV_EAGAIN) {
            return;
        }
    }
    if (size > 0) {
        queue_write(c, data, size);
    }
}

static void
flush_tls(struct http_conn *c)
{
    char buffer[32768];
    size_t n;

    while ((n = tls_session_output(c->tls, buffer, sizeof(buffer))) > 0) {
        write_raw(c, buffer, n);
    }
}

void
http_conn_write(struct http_conn *c, const void *data, size_t size)
{
    if (c->closing || c->shut || size == 0) {
        return;
    }
    c->server->counters.bytes_sent += (int64_t)size;
    if (c->tls == NULL) {
        write_raw(c, data, size);
    } else if (tls_session_write(c->tls, data, size) == 0) {
        flush_tls(c);
    }
}

static void
send_continue(struct http_conn *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (!c->continued) {
        c->continued = true;
        http_conn_write(c, text, sizeof(text) - 1);
    }
}

/* Hands over the first request of the buffer; false if there is no whole one
 * or if it is none. */
static bool
parse_request(struct http_conn *c)
{
    struct http_request r;
    long taken = http_request_parse(c->in.data, c->in.size, &r);

    if (taken > 0) {
        c->answering = true;
        c->continued = false;
        c->requests++;
        c->server->ops->request(c->server->ctx, c, &r);
        bytes_consume(&c->in, (size_t)taken);
        return true;
    }
    if (taken < 0) {
        http_conn_close(c);
    } else if (r.expects_continue) {
        send_continue(c);
    }
    return false;
}

static void
parse_requests(struct http_conn *c)
{
    bool more = true;

    c->parsing = true;
    while (more && !c->answering && !c->ending && !c->closing
           && c->in.size > 0) {
        more = parse_request(c);
    }
    c->parsing = false;
}

void
http_conn_finish(struct http_conn *c, bool keep_alive)
{
    if (!keep_alive) {
        http_conn_close(c);
        return;
    }
    c->answering = false;
    if (!c->parsing) {
        parse_requests(c);
    }
}

static int
feed_tls(struct http_conn *c, const char *data, size_t size)
{
    struct http_counters *counters = &c->server->counters;
    int status = tls_session_feed(c->tls, data, size, &c->in);

    flush_tls(c);
    if (!c->established && tls_session_established(c->tls)) {
        c->established = true;
        counters->tls_handshakes++;
    }
    if (status != 0 && !c->established) {
        counters->tls_failures++;
    }
    return status;
}

static void
feed(struct http_conn *c, const char *data, size_t size)
{
    size_t before = c->in.size;
    int status = c->tls != NULL ? feed_tls(c, data, size)
                                : bytes_append(&c->in, data, size);

    c->server->counters.bytes_received += (int64_t)(c->in.size - before);
    if (status != 0) {
        close_now(c);
    } else if (!c->answering) {
        parse_requests(c);
    }
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct http_conn *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->server->read_buffer, sizeof(c->server->read_buffer));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct http_conn *c = stream->data;

    if (c->closing) {
        return;
    }
    if (n < 0) {
        close_now(c);
    } else if (n > 0 && !c->ending) {
        feed(c, buf->base, (size_t)n);
    }
}

static void
link_conn(struct http_conn *c)
{
    struct http_server *s = c->server;

    c->next = s->conns;
    if (s->conns != NULL) {
        s->conns->prev = c;
    }
    s->conns = c;
    s->counters.connections_open++;
    s->counters.connections_total++;
}

struct http_conn *
http_conn_accept(struct http_server *s, uv_stream_t *listener)
{
    struct http_conn *c = mem_new(sizeof(*c));

    c->server = s;
    bytes_init(&c->in, (size_t)HTTP_HEAD_MAX + HTTP_BODY_MAX);
    uv_tcp_init(s->loop, &c->tcp);
    c->tcp.data = c;
    link_conn(c);
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0) {
        close_now(c);
        return NULL;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    if (s->tls != NULL) {
        c->tls = tls_session_new(s->tls);
    }
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
    return c;
}
