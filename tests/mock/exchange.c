/*
 * exchange.c - one request and its answer; see exchange.h.
 */
#include "exchange.h"

#include "base/mem.h"
#include "http_server.h"
#include "mock.h"
#include "mock_answer.h"
#include "play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HELD_MAX = 1 << 28
};

struct exchange *
exchange_new(struct mock *m, struct http_conn *c)
{
    struct exchange *x = mem_new(sizeof(*x));

    x->mock = m;
    x->conn = c;
    x->number = ++m->next_number;
    bytes_init(&x->headers, HTTP_HEAD_MAX);
    bytes_init(&x->held, HELD_MAX);
    c->user = x;
    return x;
}

enum fault_kind
exchange_action(const struct exchange *x)
{
    return x->hits.action != NULL ? x->hits.action->kind : FAULT_KIND_COUNT;
}

static void
release(struct exchange *x)
{
    fault_unref(x->hits.action);
    for (size_t i = 0; i < x->hits.n_modifiers; i++) {
        fault_unref(x->hits.modifiers[i]);
    }
    if (x->streaming) {
        render_stream_deinit(&x->stream);
    }
    chat_request_deinit(&x->request);
    answer_deinit(&x->answer);
    bytes_deinit(&x->headers);
    bytes_deinit(&x->held);
    free(x->authorization);
    free(x->input);
    free(x);
}

static void
on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static int64_t
price(int64_t tokens, int64_t per_million)
{
    return tokens * per_million;
}

/* Rounded up, as a provider would. */
static int64_t
bill(const struct options *o, int64_t prompt, int64_t completion)
{
    int64_t total =
        price(prompt, o->price_in) + price(completion, o->price_out);

    return (total + 999999) / 1000000;
}

static void
charge(struct exchange *x)
{
    struct stats_charge c;

    if (!x->generating) {
        return;
    }
    c.prompt_tokens = mock_prompt_tokens(x->request.text_bytes);
    c.completion_tokens = x->emitted;
    c.bill_nanousd =
        bill(x->mock->options, c.prompt_tokens, c.completion_tokens);
    stats_charge(&x->mock->stats, x->request.prompt, &c);
}

/* Charges and lets go of the connection. */
static void
end(struct exchange *x)
{
    charge(x);
    x->mock->answering -= x->counted;
    x->conn->user = NULL;
    if (x->has_timer) {
        uv_close((uv_handle_t *)&x->timer, on_timer_closed);
    } else {
        release(x);
    }
}

void
exchange_close(struct exchange *x)
{
    struct http_conn *c = x->conn;

    end(x);
    http_conn_close(c);
}

void
exchange_reset(struct exchange *x)
{
    struct http_conn *c = x->conn;

    end(x);
    http_conn_reset(c);
}

void
exchange_abandon(struct exchange *x)
{
    stats_abort(&x->mock->stats, x->emitted);
    end(x);
}

/* Sends one byte of what was held back. */
static void
drip(struct exchange *x)
{
    int64_t ms = x->hits.action->ms;

    if (x->held.size == 0) {
        x->dripping = false;
        exchange_finish(x);
        return;
    }
    http_conn_write(x->conn, x->held.data, 1);
    bytes_consume(&x->held, 1);
    exchange_wait(x, ms == FAULT_UNSET ? 100 : ms, drip);
}

void
exchange_finish(struct exchange *x)
{
    struct http_conn *c = x->conn;
    bool keep_alive = x->keep_alive;

    if (x->dripping) {
        drip(x);
        return;
    }
    end(x);
    http_conn_finish(c, keep_alive);
}

static void
on_timer(uv_timer_t *timer)
{
    struct exchange *x = timer->data;

    x->resume(x);
}

void
exchange_wait(struct exchange *x, int64_t ms,
              void (*resume)(struct exchange *x))
{
    if (!x->has_timer) {
        uv_timer_init(x->mock->loop, &x->timer);
        x->timer.data = x;
        x->has_timer = true;
    }
    x->resume = resume;
    /* libuv 1.44 runs a timer of 0 ms that its own callback started again in
     * the same turn, without a look at the sockets in between. */
    uv_timer_start(&x->timer, on_timer, ms > 1 ? (uint64_t)ms : 1, 0);
}

void
exchange_wait_writable(struct exchange *x, void (*resume)(struct exchange *x))
{
    if (x->conn->queued == 0) {
        exchange_wait(x, 0, resume);
        return;
    }
    x->resume = resume;
    x->awaits_drain = true;
}

static const char *
reason_phrase(int status)
{
    switch (status / 100) {
    case 2:
        return "OK";
    case 3:
        return "Found";
    case 4:
        return "Client Error";
    default:
        return "Server Error";
    }
}

static const char *
date(void)
{
    static char text[40];
    static time_t shown;
    time_t now = time(NULL);

    if (now != shown) {
        struct tm tm;

        shown = now;
        gmtime_r(&now, &tm);
        (void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    }
    return text;
}

void
exchange_head(struct exchange *x, struct bytes *out, int status,
              const char *type, int64_t length)
{
    stats_response(&x->mock->stats, status);
    bytes_printf(out,
                 "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: aigw-mock\r\n"
                 "x-request-id: req_%" PRIu64
                 "\r\nopenai-version: 2020-10-01\r\nContent-Type: %s\r\n",
                 status, reason_phrase(status), date(), x->number,
                 x->content_type != NULL ? x->content_type : type);
    if (length >= 0) {
        bytes_printf(out, "Content-Length: %" PRId64 "\r\n", length);
    } else if (length == EXCHANGE_CHUNKED) {
        bytes_append_str(out, "Transfer-Encoding: chunked\r\n");
    }
    bytes_append(out, x->headers.data, x->headers.size);
    bytes_append_str(out, x->keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

void
exchange_write(struct exchange *x, const void *data, size_t size)
{
    if (x->dripping) {
        bytes_append(&x->held, data, size);
    } else {
        http_conn_write(x->conn, data, size);
    }
}

/* A drip begins with the body unless it was asked to begin with the head. */
static void
write_response(struct exchange *x, const struct bytes *out, size_t head_size)
{
    if (exchange_action(x) != FAULT_DRIP) {
        exchange_write(x, out->data, out->size);
        return;
    }
    x->dripping = x->hits.action->in_headers > 0;
    exchange_write(x, out->data, head_size);
    x->dripping = true;
    exchange_write(x, out->data + head_size, out->size - head_size);
}

void
exchange_reply(struct exchange *x, int status, const char *type,
               const struct bytes *body)
{
    struct bytes *out = &x->mock->out;
    size_t head_size;

    if (play_broken_body(x, type, body)) {
        return;
    }
    bytes_clear(out);
    exchange_head(x, out, status, type, (int64_t)body->size);
    head_size = out->size;
    bytes_append(out, body->data, body->size);
    write_response(x, out, head_size);
    exchange_finish(x);
}

void
exchange_reply_error(struct exchange *x, const struct render_error *error)
{
    struct bytes *body = &x->mock->body;

    bytes_clear(body);
    render_error(body, error);
    exchange_reply(x, error->status, "application/json", body);
}

void
exchange_generate_all(struct exchange *x)
{
    x->generating = true;
    x->emitted = (int64_t)x->answer.n_pieces * x->request.n;
}

struct render_usage
exchange_usage(const struct exchange *x)
{
    return (struct render_usage){
        .shape = x->usage_shape,
        .prompt = mock_prompt_tokens(x->request.text_bytes),
        .completion = (int64_t)x->answer.n_pieces * x->request.n,
        .reasoning = (int64_t)x->answer.n_reasoning * x->request.n,
    };
}
