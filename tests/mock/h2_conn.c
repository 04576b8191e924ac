/*
 * h2_conn.c - the connections of aigw-mock-h2; see h2_conn.h.
 */
#include "h2_conn.h"

#include "answer.h"
#include "base/mem.h"
#include "chat_request.h"
#include "h2_frame.h"
#include "mock_answer.h"
#include "proto/bytes.h"
#include "render.h"
#include "tls.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IN_MAX = 1 << 24,
    STREAMS_MAX = 128,
    ANSWER_TOKENS = 20
};

struct h2_stream {
    uint32_t id; /* 0: the slot is free. */
    bool get;
    struct bytes body;
};

struct h2_conn {
    uv_tcp_t tcp;
    struct h2_server *server;
    struct h2_conn *next;
    struct h2_conn **link; /* What points to this one. */
    struct tls_session *tls;
    struct bytes in;
    struct bytes out;
    bool greeted; /* The preface has come. */
    bool leaving; /* GOAWAY was sent; later requests are not seen. */
    struct h2_stream streams[STREAMS_MAX];
    char buffer[16384];
};

struct write {
    uv_write_t req;
    char data[];
};

static void
free_stream(struct h2_stream *s)
{
    bytes_deinit(&s->body);
    s->id = 0;
}

static void
on_closed(uv_handle_t *handle)
{
    struct h2_conn *c = handle->data;

    for (size_t i = 0; i < STREAMS_MAX; i++) {
        free_stream(&c->streams[i]);
    }
    bytes_deinit(&c->in);
    bytes_deinit(&c->out);
    tls_session_free(c->tls);
    free(c);
}

static void
close_conn(struct h2_conn *c)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp)) {
        return;
    }
    *c->link = c->next;
    if (c->next != NULL) {
        c->next->link = c->link;
    }
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void
on_written(uv_write_t *req, int status)
{
    (void)status;
    free(container_of(req, struct write, req));
}

static void
flush_tls(struct h2_conn *c)
{
    char data[16384];
    size_t n;

    while ((n = tls_session_output(c->tls, data, sizeof(data))) > 0) {
        struct write *w = mem_new(sizeof(*w) + n);
        uv_buf_t buf;

        memcpy(w->data, data, n);
        buf = uv_buf_init(w->data, (unsigned)n);
        if (uv_write(&w->req, (uv_stream_t *)&c->tcp, &buf, 1, on_written)
            != 0) {
            free(w);
        }
    }
}

static void
flush(struct h2_conn *c)
{
    if (c->out.size > 0) {
        tls_session_write(c->tls, c->out.data, c->out.size);
        bytes_clear(&c->out);
    }
    flush_tls(c);
}

static struct h2_stream *
find_stream(struct h2_conn *c, uint32_t id)
{
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (c->streams[i].id == id) {
            return &c->streams[i];
        }
    }
    return NULL;
}

static void
render_events(struct bytes *text, const struct chat_request *r,
              const struct answer *a, const struct render_completion *c)
{
    struct render_stream stream = {.usage_null = r->include_usage};

    render_stream_init(&stream, c->number, c->model);
    render_opening(text, &stream, a, 0);
    for (unsigned i = 0; i < a->n_pieces; i++) {
        render_piece(text, &stream, a, i, 0);
    }
    render_finish(text, &stream, a->finish_reason, 0);
    if (r->include_usage) {
        render_usage_event(text, &stream, &c->usage);
    }
    bytes_append_str(text, "data: [DONE]\n\n");
    render_stream_deinit(&stream);
}

static void
send_answer(struct h2_conn *c, uint32_t id, const struct chat_request *r)
{
    struct answer_options options = {.tokens = ANSWER_TOKENS};
    struct render_completion completion = {
        .number = c->server->requests,
        .model = r->model,
        .n = 1,
    };
    struct answer answer;
    struct bytes text;

    answer_init(&answer, r, &options);
    bytes_init(&text, IN_MAX);
    completion.usage.prompt = mock_prompt_tokens(r->text_bytes);
    completion.usage.completion = answer.n_pieces;
    if (r->stream) {
        render_events(&text, r, &answer, &completion);
    } else {
        render_completion(&text, &completion, &answer);
    }
    h2_response(&c->out, id, 200,
                r->stream ? "text/event-stream" : "application/json");
    h2_body(&c->out, id, text.data, text.size);
    c->server->billed++;
    bytes_deinit(&text);
    answer_deinit(&answer);
}

static void
reset_after_status(struct h2_conn *c, uint32_t id)
{
    static const char body[] =
        "{\"error\":{\"message\":\"Rate limit reached.\",\"type\":\"requests\","
        "\"param\":null,\"code\":\"rate_limit_exceeded\"}}";

    h2_response(&c->out, id, 429, "application/json");
    h2_body(&c->out, id, body, sizeof(body) - 1);
    h2_rst_stream(&c->out, id, H2_NO_ERROR);
}

static void
answer_chat(struct h2_conn *c, struct h2_stream *s)
{
    struct chat_request r;
    const struct http_text body = {s->body.data, s->body.size};

    if (s->body.size == 0 || chat_request_parse(body, &r) != 0) {
        h2_rst_stream(&c->out, s->id, H2_REFUSED_STREAM);
        return;
    }
    send_answer(c, s->id, &r);
    chat_request_deinit(&r);
}

/* The streams before this one were answered, this one was never seen.  The
 * connection stays until the peer closes it, as RFC 9113 (6.8) wants. */
static void
go_away(struct h2_conn *c, uint32_t id)
{
    c->server->goaways++;
    h2_goaway(&c->out, id > 2 ? id - 2 : 0);
    c->leaving = true;
}

static void
answer_post(struct h2_conn *c, struct h2_stream *s)
{
    struct h2_server *server = c->server;
    unsigned number = ++server->requests;
    enum h2_plan plan =
        number < H2_PLANNED_MAX ? server->plans[number] : H2_PLAN_ANSWER;

    switch (plan) {
    case H2_PLAN_GOAWAY:
        go_away(c, s->id);
        break;
    case H2_PLAN_REFUSE:
        server->refused++;
        h2_rst_stream(&c->out, s->id, H2_REFUSED_STREAM);
        break;
    case H2_PLAN_RESET_AFTER:
        reset_after_status(c, s->id);
        break;
    case H2_PLAN_ANSWER:
        answer_chat(c, s);
        break;
    }
}

static void
answer_get(struct h2_conn *c, uint32_t id)
{
    static const char body[] =
        "{\"object\":\"list\",\"data\":[{\"id\":\"mock-model\",\"object\":"
        "\"model\",\"created\":1700000000,\"owned_by\":\"aigw-mock\"}]}";

    h2_response(&c->out, id, 200, "application/json");
    h2_body(&c->out, id, body, sizeof(body) - 1);
}

static void
on_complete(struct h2_conn *c, struct h2_stream *s)
{
    if (s->get) {
        answer_get(c, s->id);
    } else {
        answer_post(c, s);
    }
    free_stream(s);
}

static void
on_headers(struct h2_conn *c, const struct h2_frame *f)
{
    struct h2_stream *s = find_stream(c, 0);

    if (s == NULL) {
        h2_rst_stream(&c->out, f->stream, H2_REFUSED_STREAM);
        return;
    }
    s->id = f->stream;
    s->get = h2_frame_is_get(f);
    bytes_init(&s->body, IN_MAX);
    if ((f->flags & H2_END_STREAM) != 0) {
        on_complete(c, s);
    }
}

static void
on_data(struct h2_conn *c, const struct h2_frame *f)
{
    struct h2_stream *s = find_stream(c, f->stream);

    if (f->stream == 0 || s == NULL) {
        return;
    }
    bytes_append(&s->body, f->payload, f->size);
    if (f->size > 0) {
        h2_window_update(&c->out, 0, (uint32_t)f->size);
        h2_window_update(&c->out, f->stream, (uint32_t)f->size);
    }
    if ((f->flags & H2_END_STREAM) != 0) {
        on_complete(c, s);
    }
}

static void
on_frame(struct h2_conn *c, const struct h2_frame *f)
{
    struct h2_stream *s;

    switch (f->type) {
    case H2_HEADERS:
        on_headers(c, f);
        break;
    case H2_DATA:
        on_data(c, f);
        break;
    case H2_SETTINGS:
        if ((f->flags & H2_ACK) == 0) {
            h2_settings(&c->out, H2_ACK);
        }
        break;
    case H2_PING:
        if ((f->flags & H2_ACK) == 0) {
            h2_ping_ack(&c->out, f);
        }
        break;
    case H2_RST_STREAM:
        s = f->stream != 0 ? find_stream(c, f->stream) : NULL;
        if (s != NULL) {
            free_stream(s);
        }
        break;
    default:
        break;
    }
}

static void
parse(struct h2_conn *c)
{
    if (!c->greeted && c->in.size >= H2_PREFACE_BYTES) {
        c->greeted = true;
        bytes_consume(&c->in, H2_PREFACE_BYTES);
        h2_settings(&c->out, 0);
    }
    while (c->greeted && !c->leaving) {
        struct h2_frame f;
        long taken = h2_frame_parse(c->in.data, c->in.size, &f);

        if (taken == 0) {
            break;
        }
        if (taken < 0) {
            close_conn(c);
            return;
        }
        on_frame(c, &f);
        bytes_consume(&c->in, (size_t)taken);
    }
    flush(c);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct h2_conn *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->buffer, sizeof(c->buffer));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct h2_conn *c = stream->data;

    if (n < 0) {
        close_conn(c);
    } else if (n > 0 && !c->leaving) {
        int status = tls_session_feed(c->tls, buf->base, (size_t)n, &c->in);

        flush_tls(c);
        if (status != 0) {
            close_conn(c);
        } else {
            parse(c);
        }
    }
}

static void
on_connection(uv_stream_t *listener, int status)
{
    struct h2_server *s = listener->data;
    struct h2_conn *c;

    if (status != 0) {
        return;
    }
    c = mem_new(sizeof(*c));
    c->server = s;
    c->tls = tls_session_new(s->tls);
    bytes_init(&c->in, IN_MAX);
    bytes_init(&c->out, IN_MAX);
    uv_tcp_init(s->loop, &c->tcp);
    c->tcp.data = c;
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next != NULL) {
        c->next->link = &c->next;
    }
    s->conns = c;
    s->connections++;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0) {
        close_conn(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

static int
bind_listener(struct h2_server *s, const struct sockaddr_in *address)
{
    int status = uv_tcp_bind(&s->listener, (const struct sockaddr *)address, 0);

    if (status == 0) {
        status = uv_listen((uv_stream_t *)&s->listener, 128, on_connection);
    }
    if (status != 0) {
        (void)fprintf(stderr, "aigw-mock-h2: cannot listen: %s\n",
                      uv_strerror(status));
    }
    return status;
}

static int
parse_address(const char *listen, struct sockaddr_in *ret_address)
{
    const char *colon = strrchr(listen, ':');
    char host[64] = "";

    if (colon != NULL && (size_t)(colon - listen) < sizeof(host)) {
        memcpy(host, listen, (size_t)(colon - listen));
    }
    if (colon == NULL
        || uv_ip4_addr(host, (int)strtol(colon + 1, NULL, 10), ret_address)
               != 0) {
        (void)fprintf(stderr, "aigw-mock-h2: not an address: %s\n", listen);
        return -1;
    }
    return 0;
}

int
h2_server_open(struct h2_server *s, uv_loop_t *loop, const char *listen,
               int *ret_port)
{
    struct sockaddr_in address;
    int size = sizeof(address);

    if (parse_address(listen, &address) != 0) {
        return -1;
    }
    s->loop = loop;
    uv_tcp_init(loop, &s->listener);
    s->listener.data = s;
    if (bind_listener(s, &address) != 0
        || uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &size)
               != 0) {
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return 0;
}

void
h2_server_close(struct h2_server *s)
{
    struct h2_conn *next;

    if (s->loop == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&s->listener, NULL);
    for (struct h2_conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        close_conn(c);
    }
}
