#include "http_call.h"

#include "turns.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct loop *loop;
struct http_client *client;
struct http_pool *pool;
struct stub_server *server;
struct call call, second;
char url[128];
static atomic_bool big_written;

static void
cancel_if(struct call *c, int at)
{
    if ((int)c->at != at)
        return;
    http_cancel(c->http);
    c->http = NULL;
}

static void
free_pool_if(struct call *c, int at)
{
    if ((int)c->at != at)
        return;
    http_pool_free(pool);
    pool = NULL;
}

static void
on_milestone(void *ctx, enum http_milestone milestone)
{
    struct call *c = ctx;

    if (milestone == HTTP_RESOLVED) {
        c->n_resolved++;
        cancel_if(c, CANCEL_AT_RESOLVED);
    } else {
        c->n_connected++;
        cancel_if(c, CANCEL_AT_CONNECTED);
    }
}

static void
on_head(void *ctx, int http_status, const struct http_header *headers,
        size_t n_headers)
{
    struct call *c = ctx;

    c->n_heads++;
    c->http_status = http_status;
    c->n_headers = n_headers;
    if (n_headers > 0)
        (void)snprintf(c->first_value, sizeof(c->first_value), "%s=%s",
                       headers[0].name, headers[0].value);
    cancel_if(c, CANCEL_IN_HEAD);
    if (c->at == RESTART_IN_HEAD) {
        http_cancel(c->http);
        start(&second);
    }
}

static enum http_flow
on_body(void *ctx, const char *data, size_t size)
{
    struct call *c = ctx;

    if (c->received + size < sizeof(c->body))
        memcpy(c->body + c->received, data, size);
    c->received += size;
    cancel_if(c, CANCEL_IN_BODY);
    free_pool_if(c, FREE_POOL_IN_BODY);
    if (!c->pause)
        return HTTP_MORE;
    c->n_pauses++;
    return HTTP_PAUSE;
}

static void
on_done(void *ctx, const struct http_result *result)
{
    struct call *c = ctx;

    c->n_done++;
    c->result = *result;
    cancel_if(c, CANCEL_IN_DONE);
    free_pool_if(c, FREE_POOL_IN_DONE);
}

const struct http_ops CALL_OPS = {on_milestone, on_head, on_body, on_done};

bool
call_done(void)
{
    return call.n_done > 0;
}

bool
second_done(void)
{
    return second.n_done > 0;
}

struct http_request
post_request(void)
{
    static const struct http_header HEADERS[] = {
        {"Content-Type", "application/json"},
        {"Authorization", "Bearer secret"},
    };

    return (struct http_request){
        .method = "POST",
        .url = url,
        .headers = HEADERS,
        .n_headers = 2,
        .body = "{\"a\":1}",
        .body_size = 7,
        .max_head_bytes = MAX_HEAD_BYTES,
        .max_body_bytes = MAX_BODY_BYTES,
    };
}

struct http_request
get_request(void)
{
    struct http_request request = post_request();

    request.method = "GET";
    request.body_size = 0;
    return request;
}

void
start_request(struct call *c, const struct http_request *request)
{
    ck_assert_int_eq(http_start(pool, request, &CALL_OPS, c, &c->http), 0);
    ck_assert_int_eq(c->n_done, 0);
}

void
start(struct call *c)
{
    struct http_request request = post_request();

    start_request(c, &request);
}

void
run_request(const struct http_request *request)
{
    memset(&call, 0, sizeof(call));
    start_request(&call, request);
    turns_until(loop, call_done);
    ck_assert_int_eq(call.n_done, 1);
}

void
run_call(void)
{
    struct http_request request = post_request();

    run_request(&request);
}

void
use_pool(const char *ca_file, bool http2)
{
    struct http_pool_options options = {
        .ca_file = ca_file,
        .http2 = http2,
        .connect_ms = 5000,
    };

    http_pool_free(pool);
    pool = http_pool_new(client, &options);
    ck_assert_ptr_nonnull(pool);
}

void
serve(stub_answer_fn answer)
{
    server = stub_server_new(answer, false);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/chat",
                   stub_server_port(server));
}

static void
setup(void)
{
    memset(&call, 0, sizeof(call));
    memset(&second, 0, sizeof(second));
    server = NULL;
    big_written = false;
    loop = loop_new();
    client = http_client_new(loop);
    ck_assert_ptr_nonnull(client);
    pool = NULL;
    use_pool(NULL, false);
}

static void
teardown(void)
{
    http_pool_free(pool);
    http_client_free(client);
    ck_assert_int_eq(loop_free(loop), 0);
    stub_server_free(server);
}

TCase *
http_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

bool
big_answer(int fd, int n)
{
    static char block[65536];
    size_t left = BIG_BODY;
    char head[128];

    (void)n;
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", left);
    if (!stub_write_text(fd, head))
        return false;
    for (; left > 0; left -= sizeof(block))
        if (!stub_write(fd, block, sizeof(block)))
            return false;
    big_written = true;
    return true;
}

bool
big_answer_written(void)
{
    return big_written;
}
