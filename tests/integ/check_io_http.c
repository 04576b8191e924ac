/*
 * check_io_http.c - transfers against real sockets: what is sent and how
 * often, what is reported, and that cancelling and pausing are safe anywhere.
 */
#include "base/clock.h"
#include "io/http.h"
#include "proto/status.h"
#include "stub_server.h"
#include "support/suite.h"
#include "turns.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_HEAD_BYTES = 16 * 1024,
    MAX_BODY_BYTES = 32 << 20,
    BIG_BODY = 10 << 20,
    N_MANY = 1000,
};

/* What one transfer has told, and what to do in its callbacks. */
struct call {
    struct http *http;
    int n_done, n_heads, n_resolved, n_connected;
    int http_status;
    size_t n_headers;
    char first_value[128];
    char body[64];
    size_t received;
    struct http_result result;

    enum {
        NO_CANCEL,
        CANCEL_AT_RESOLVED,
        CANCEL_AT_CONNECTED,
        CANCEL_IN_HEAD,
        CANCEL_IN_BODY,
        CANCEL_IN_DONE,
        RESTART_IN_HEAD, /* Cancel, and start another on the same pool. */
        FREE_POOL_IN_BODY,
        FREE_POOL_IN_DONE,
    } at;

    bool pause; /* After every piece. */
    int n_pauses;
};

static struct loop *loop;
static struct http_client *client;
static struct http_pool *pool;
static struct stub_server *server;
static struct call call, second;
static char url[128];

static void start_second(void);

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
        start_second();
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

static const struct http_ops OPS = {on_milestone, on_head, on_body, on_done};

static bool
call_done(void)
{
    return call.n_done > 0;
}

static bool
second_done(void)
{
    return second.n_done > 0;
}

static struct http_request
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

static void
start_request(struct call *c, const struct http_request *request)
{
    ck_assert_int_eq(http_start(pool, request, &OPS, c, &c->http), 0);
    ck_assert_int_eq(c->n_done, 0);
}

static void
start(struct call *c)
{
    struct http_request request = post_request();

    start_request(c, &request);
}

static void
start_second(void)
{
    start(&second);
}

/* One more call from the beginning to the end. */
static void
run_call(void)
{
    memset(&call, 0, sizeof(call));
    start(&call);
    turns_until(loop, call_done);
    ck_assert_int_eq(call.n_done, 1);
}

static void
make_pool(const char *ca_file)
{
    struct http_pool_options options = {.ca_file = ca_file, .connect_ms = 5000};

    pool = http_pool_new(client, &options);
    ck_assert_ptr_nonnull(pool);
}

static void
serve(stub_answer_fn answer)
{
    server = stub_server_new(answer, false);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/chat",
                   stub_server_port(server));
}

static void
setup(void)
{
    loop = loop_new();
    client = http_client_new(loop);
    ck_assert_ptr_nonnull(client);
    make_pool(NULL);
}

static void
teardown(void)
{
    http_pool_free(pool);
    http_client_free(client);
    ck_assert_int_eq(loop_free(loop), 0);
    stub_server_free(server);
}

START_TEST(answer_comes_whole_with_its_milestones_in_order)
{
    serve(stub_ok);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_int_eq(call.result.http_status, 200);
    ck_assert_int_eq(call.result.sends, 1);
    ck_assert(call.result.sent && !call.result.reused);
    ck_assert_int_eq(call.n_resolved, 1);
    ck_assert_int_eq(call.n_connected, 1);
    ck_assert_int_eq(call.n_heads, 1);
    ck_assert_uint_eq(call.n_headers, 2);
    ck_assert_str_eq(call.first_value, "Content-Length=2");
    ck_assert_str_eq(call.body, "ok");
}

END_TEST

START_TEST(connection_and_handle_are_reused)
{
    serve(stub_ok);
    for (int i = 0; i < 20; i++) {
        run_call();
        ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
        ck_assert_int_eq(call.result.reused, i > 0);
        ck_assert_int_eq(call.n_resolved, i == 0);
    }
    ck_assert_int_eq(stub_server_conns(server), 1);
    ck_assert_int_eq(http_client_handles(client), 1);
}

END_TEST

START_TEST(connections_are_not_shared_between_pools)
{
    struct http_pool *first = pool;

    serve(stub_ok);
    run_call();
    make_pool(NULL);
    run_call();
    ck_assert(!call.result.reused);
    ck_assert_int_eq(stub_server_conns(server), 2);
    http_pool_free(first);
}

END_TEST

START_TEST(idle_connections_do_not_keep_the_loop_running)
{
    serve(stub_ok);
    run_call();
    loop_run(loop);
}

END_TEST

/* F01 */
START_TEST(refused_connection_has_sent_nothing)
{
    serve(stub_ok);
    stub_server_free(server);
    server = NULL;
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_CONNECT);
    ck_assert_int_eq(call.result.sends, 0);
    ck_assert(!call.result.sent);
    ck_assert_int_eq(call.n_resolved, 1);
    ck_assert_int_eq(call.n_connected, 0);
}

END_TEST

/* F02 */
START_TEST(unknown_name_fails_without_blocking_the_loop)
{
    (void)snprintf(url, sizeof(url), "http://nowhere.invalid/");
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_RESOLVE);
    ck_assert(!call.result.sent);
    ck_assert_int_eq(call.n_resolved, 0);
    ck_assert_int_lt(loop_lag_us(loop), 20000);
}

END_TEST

START_TEST(resolving_call_is_cancelled_at_once)
{
    int64_t start_ms = clock_mono_ms();

    (void)snprintf(url, sizeof(url), "http://nowhere.invalid/");
    start(&call);
    turns_for_ms(loop, 1);
    http_cancel(call.http);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 100);
    turns_for_ms(loop, 20);
    ck_assert_int_eq(call.n_done + call.n_resolved, 0);
}

END_TEST

/* A listening socket whose backlog is full drops what comes: F03. */
static void
make_black_hole(int fds[4])
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(addr);

    for (int i = 0; i < 4; i++)
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(fds[0], (struct sockaddr *)&addr, size), 0);
    ck_assert_int_eq(listen(fds[0], 0), 0);
    ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&addr, &size), 0);
    for (int i = 1; i < 4; i++)
        (void)connect(fds[i], (struct sockaddr *)&addr, size);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/",
                   ntohs(addr.sin_port));
}

static void
close_all(int *fds, int n)
{
    for (int i = 0; i < n; i++)
        (void)close(fds[i]);
}

START_TEST(connecting_call_is_cancelled_at_once)
{
    int fds[4];

    make_black_hole(fds);
    start(&call);
    turns_for_ms(loop, 30);
    ck_assert_int_eq(call.n_resolved, 1);
    http_cancel(call.http);
    turns_for_ms(loop, 20);
    ck_assert_int_eq(call.n_done + call.n_connected, 0);
    close_all(fds, 4);
}

END_TEST

START_TEST(connecting_ends_with_its_time)
{
    struct http_pool_options options = {.connect_ms = 100};
    int64_t start_ms;
    int fds[4];

    make_black_hole(fds);
    http_pool_free(pool);
    pool = http_pool_new(client, &options);
    start_ms = clock_mono_ms();
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_CONNECT);
    ck_assert(!call.result.sent);
    ck_assert_int_ge(clock_mono_ms() - start_ms, 95);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 200);
    close_all(fds, 4);
}

END_TEST

/* A descriptor that a cancelled connection has left is free for others. */
START_TEST(descriptor_of_a_cancelled_connection_serves_the_next)
{
    char hole_url[128];
    int fds[4];

    make_black_hole(fds);
    (void)snprintf(hole_url, sizeof(hole_url), "%s", url);
    serve(stub_ok);
    for (int i = 0; i < 50; i++) {
        struct http_request request = post_request();

        request.url = hole_url;
        memset(&second, 0, sizeof(second));
        start_request(&second, &request);
        turns_for_ms(loop, 2);
        http_cancel(second.http);
        run_call();
        ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
        stub_server_close_all(server);
    }
    close_all(fds, 4);
}

END_TEST

static atomic_bool big_answer_written;

static bool
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
    big_answer_written = true;
    return true;
}

START_TEST(call_may_be_cancelled_from_any_callback)
{
    serve(big_answer);
    call.at = CANCEL_AT_RESOLVED + _i;
    start(&call);
    turns_for_ms(loop, 100);
    ck_assert_int_eq(call.n_done, call.at == CANCEL_IN_DONE);
    ck_assert_ptr_null(call.http);
    if (call.at == CANCEL_IN_BODY)
        ck_assert_uint_le(call.received, 16384);

    /* The pool still works. */
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_uint_eq(call.received, BIG_BODY);
}

END_TEST

START_TEST(next_call_may_start_from_inside_a_callback)
{
    serve(stub_ok);
    call.at = RESTART_IN_HEAD;
    start(&call);
    turns_until(loop, second_done);
    ck_assert_int_eq(call.n_done, 0);
    ck_assert_int_eq(second.result.failure, HTTP_FAILURE_NONE);
    ck_assert_str_eq(second.body, "ok");
}

END_TEST

START_TEST(pool_may_be_freed_from_inside_a_callback)
{
    serve(big_answer);
    call.at = FREE_POOL_IN_BODY + _i;
    start(&call);
    start(&second);
    turns_for_ms(loop, 300);
    ck_assert_ptr_null(pool);
    ck_assert_int_eq(call.n_done, call.at == FREE_POOL_IN_DONE);
    ck_assert_int_eq(http_client_handles(client), 0);
}

END_TEST

/* F58: what we do not take stays with the peer. */
START_TEST(paused_call_takes_nothing_until_it_is_resumed)
{
    serve(big_answer);
    call.pause = true;
    start(&call);
    turns_for_ms(loop, 50);
    ck_assert_int_eq(call.n_pauses, 1);
    turns_for_ms(loop, 50);
    ck_assert_int_eq(call.n_pauses, 1);
    ck_assert_uint_le(call.received, 16384);
    ck_assert(!big_answer_written);
    while (call.n_done == 0) {
        int before = call.n_pauses;

        http_resume(call.http);
        ck_assert_int_eq(call.n_pauses, before);
        turns_for_ms(loop, 0);
    }
    ck_assert_uint_eq(call.received, BIG_BODY);
    ck_assert_int_ge(call.n_pauses, BIG_BODY / 16384);
}

END_TEST

START_TEST(paused_call_may_be_cancelled_also_when_about_to_resume)
{
    serve(big_answer);
    call.pause = true;
    start(&call);
    turns_for_ms(loop, 30);
    http_resume(call.http);
    http_cancel(call.http);
    turns_for_ms(loop, 10);
    ck_assert_int_eq(call.n_pauses, 1);
    ck_assert_int_eq(call.n_done, 0);
}

END_TEST

START_TEST(connection_that_died_idle_costs_one_free_dial)
{
    serve(stub_ok);
    run_call();
    stub_server_close_all(server);
    turns_for_ms(loop, 10);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_int_eq(call.result.sends, 1);
    ck_assert(!call.result.reused);
    ck_assert_int_eq(stub_server_requests(server), 2);
    ck_assert_int_eq(stub_server_conns(server), 2);
}

END_TEST

static bool
ok_once(int fd, int n)
{
    return n == 1 ? stub_ok(fd, n) : false;
}

/* F05: without our guard libcurl sends it up to six times. */
START_TEST(request_on_a_reused_connection_is_never_sent_again)
{
    serve(ok_once);
    run_call();
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_RECEIVE);
    ck_assert(call.result.sent);
    ck_assert_int_eq(call.result.sends, 1);
    ck_assert_int_eq(call.result.http_status, 0);
    turns_for_ms(loop, 50);
    ck_assert_int_eq(stub_server_requests(server), 2);
}

END_TEST

static bool
no_answer(int fd, int n)
{
    (void)fd;
    (void)n;
    return false;
}

static bool
reset_after_request(int fd, int n)
{
    struct linger hard = {.l_onoff = 1};

    (void)n;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    return false;
}

static bool
half_a_body(int fd, int n)
{
    (void)n;
    (void)stub_write_text(fd,
                          "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    return false;
}

static bool
bad_chunk(int fd, int n)
{
    (void)n;
    (void)stub_write_text(
        fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
    return false;
}

static bool
no_http(int fd, int n)
{
    (void)n;
    (void)stub_write_text(fd, "SSH-2.0-OpenSSH_9.2\r\n");
    return false;
}

static bool
upgrade(int fd, int n)
{
    (void)n;
    (void)stub_write_text(fd, "HTTP/1.1 101 Switching Protocols\r\n"
                              "Upgrade: x\r\n\r\nbytes");
    return false;
}

static bool
redirect(int fd, int n)
{
    (void)n;
    return stub_write_text(fd, "HTTP/1.1 307 Temporary Redirect\r\n"
                               "Location: http://127.0.0.1:1/\r\n"
                               "Content-Length: 0\r\n\r\n");
}

static bool
interim_and_trailers(int fd, int n)
{
    (void)n;
    return stub_write_text(
        fd, "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            "HTTP/1.1 200 OK\r\nX-Folded:  one\r\n  two\r\n\t three \r\n"
            "Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n"
            "2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n");
}

static bool
gzip_label(int fd, int n)
{
    (void)n;
    return stub_write_text(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                               "Content-Length: 3\r\n\r\nraw");
}

/* F07, F81, F82 and others: what the peer does, and what is told. */
static const struct {
    const char *name;
    stub_answer_fn answer;
    enum http_failure failure;
    int http_status;
    const char *first_value;
    const char *body;
} answers[] = {
    {"closed", no_answer, HTTP_FAILURE_RECEIVE, 0, "", ""},
    {"reset", reset_after_request, HTTP_FAILURE_RECEIVE, 0, "", ""},
    {"half", half_a_body, HTTP_FAILURE_RECEIVE, 200, "Content-Length=100",
     "half"},
    {"chunk", bad_chunk, HTTP_FAILURE_RECEIVE, 200, "Transfer-Encoding=chunked",
     "he"},
    {"not HTTP", no_http, HTTP_FAILURE_PROTOCOL, 0, "", ""},
    {"upgrade", upgrade, HTTP_FAILURE_PROTOCOL, 0, "", ""},
    {"redirect", redirect, HTTP_FAILURE_NONE, 307,
     "Location=http://127.0.0.1:1/", ""},
    {"interim", interim_and_trailers, HTTP_FAILURE_NONE, 200,
     "X-Folded=one two three", "ok"},
    {"gzip", gzip_label, HTTP_FAILURE_NONE, 200, "Content-Encoding=gzip",
     "raw"},
};

START_TEST(peer_behaviour_is_reported_as_it_was)
{
    const char *name = answers[_i].name;

    serve(answers[_i].answer);
    run_call();
    ck_assert_msg(call.result.failure == answers[_i].failure, "%s: %d, %s",
                  name, call.result.failure, call.result.text);
    ck_assert_int_eq(call.result.http_status, answers[_i].http_status);
    ck_assert_str_eq(call.first_value, answers[_i].first_value);
    ck_assert_str_eq(call.body, answers[_i].body);
    ck_assert(call.result.sent);
    ck_assert_int_eq(call.result.sends, 1);
    ck_assert_int_eq(stub_server_requests(server), 1);
    ck_assert(!strstr(call.result.text, "secret"));
}

END_TEST

static bool
endless_head(int fd, int n)
{
    (void)n;
    (void)stub_write_text(fd, "HTTP/1.1 200 OK\r\n");
    while (stub_write_text(fd, "X-Filler: 0123456789012345678901234\r\n"))
        ;
    return false;
}

static bool
endless_body(int fd, int n)
{
    static char block[65536];

    (void)n;
    (void)stub_write_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
    while (stub_write(fd, block, sizeof(block)))
        ;
    return false;
}

static bool
endless_trailers(int fd, int n)
{
    (void)n;
    (void)stub_write_text(
        fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    while (stub_write_text(fd, "X-Filler: 0123456789012345678901234\r\n"))
        ;
    return false;
}

static bool
endless_interim(int fd, int n)
{
    (void)n;
    while (stub_write_text(fd, "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"))
        ;
    return false;
}

static const stub_answer_fn endless[] = {endless_head, endless_body,
                                         endless_trailers, endless_interim};

/* F82 */
START_TEST(endless_response_ends_at_its_limit)
{
    struct http_request request = post_request();

    request.max_body_bytes = 1 << 20;
    serve(endless[_i]);
    start_request(&call, &request);
    turns_until(loop, call_done);
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_LIMIT);
    ck_assert_uint_le(call.received, 1 << 20);
    ck_assert_int_lt(loop_lag_us(loop), 50000);
}

END_TEST

START_TEST(unfit_requests_do_not_start)
{
    static const struct http_header BAD[] = {
        {"X-Split", "a\r\nInjected: 1"}, {"X Space", "1"}, {"", "1"}};
    static const char *const URLS[] = {"ftp://host/", "http://a b/",
                                       "http://a/\r\nX: 1", ""};
    struct http_request request;

    for (size_t i = 0; i < 3; i++) {
        request = post_request();
        request.headers = &BAD[i];
        request.n_headers = 1;
        ck_assert_int_eq(http_start(pool, &request, &OPS, &call, &call.http),
                         AIGW_EINVAL);
    }
    for (size_t i = 0; i < 4; i++) {
        request = post_request();
        request.url = URLS[i];
        ck_assert_int_eq(http_start(pool, &request, &OPS, &call, &call.http),
                         AIGW_EINVAL);
    }
    turns_for_ms(loop, 5);
    ck_assert_int_eq(call.n_done, 0);
}

END_TEST

START_TEST(unreadable_ca_file_makes_no_pool)
{
    struct http_pool_options options = {.ca_file = "/nonexistent.pem"};

    ck_assert_ptr_null(http_pool_new(client, &options));
}

END_TEST

static char seen_head[4096];

/* The server's own buffer is private to it, so this one is read here. */
static void *
record_request(void *arg)
{
    int listener = *(int *)arg;
    int fd = accept(listener, NULL, NULL);
    size_t size = 0;

    while (size < sizeof(seen_head) - 1 && !strstr(seen_head, "{\"a\":1}")) {
        ssize_t n = recv(fd, seen_head + size, sizeof(seen_head) - 1 - size, 0);

        if (n <= 0)
            break;
        size += (size_t)n;
    }
    (void)stub_ok(fd, 1);
    (void)close(fd);
    return NULL;
}

START_TEST(request_carries_what_was_asked_and_nothing_else)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;

    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, size), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &size), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, record_request, &fd), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x?y=z",
                   ntohs(addr.sin_port));
    run_call();
    (void)pthread_join(thread, NULL);
    (void)close(fd);
    ck_assert_int_eq(strncmp(seen_head, "POST /v1/x?y=z HTTP/1.1\r\n", 25), 0);
    ck_assert_ptr_nonnull(
        strstr(seen_head, "Authorization: Bearer secret\r\n"));
    ck_assert_ptr_nonnull(strstr(seen_head, "Content-Length: 7\r\n"));
    ck_assert_ptr_null(strstr(seen_head, "Expect"));
    ck_assert_ptr_null(strstr(seen_head, "Accept-Encoding"));
    ck_assert_ptr_null(strstr(seen_head, "urlencoded"));
}

END_TEST

START_TEST(large_body_is_uploaded_and_counted)
{
    static char body[3 << 20];
    struct http_request request = post_request();

    request.body = body;
    request.body_size = sizeof(body);
    serve(stub_ok);
    start_request(&call, &request);
    ck_assert_uint_eq(http_uploaded(call.http), 0);
    ck_assert(!http_sent(call.http));
    turns_until(loop, call_done);
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_str_eq(call.body, "ok");
}

END_TEST

static bool
silent(int fd, int n)
{
    (void)fd;
    (void)n;
    return true;
}

/* F08: the owner's timer cancels, and knows what was sent. */
START_TEST(silent_server_is_seen_to_have_the_request)
{
    serve(silent);
    start(&call);
    turns_for_ms(loop, 50);
    ck_assert(http_sent(call.http));
    ck_assert_uint_eq(http_uploaded(call.http), 7);
    http_cancel(call.http);
    turns_for_ms(loop, 10);
    ck_assert_int_eq(call.n_done, 0);
}

END_TEST

START_TEST(connect_only_sends_nothing)
{
    struct http_request request = post_request();

    request.method = "GET";
    request.body_size = 0;
    request.connect_only = true;
    serve(stub_ok);
    start_request(&call, &request);
    turns_until(loop, call_done);
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_int_eq(call.result.sends, 0);
    ck_assert(!call.result.sent);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_int_eq(stub_server_requests(server), 1);
}

END_TEST

START_TEST(warm_connection_of_a_get_serves_a_later_post)
{
    struct http_request request = post_request();

    request.method = "GET";
    request.body_size = 0;
    serve(stub_ok);
    start_request(&call, &request);
    turns_until(loop, call_done);
    run_call();
    ck_assert(call.result.reused);
}

END_TEST

START_TEST(name_with_two_addresses_finds_the_one_that_listens)
{
    int64_t start_ms = clock_mono_ms();

    server = stub_server_new(stub_ok, _i == 1);
    (void)snprintf(url, sizeof(url), "http://localhost:%d/",
                   stub_server_port(server));
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_int_eq(call.n_resolved, 1);
    ck_assert_int_lt(clock_mono_ms() - start_ms, 1000);
}

END_TEST

START_TEST(without_descriptors_the_failure_is_ours)
{
    struct rlimit limit, small;

    serve(stub_ok);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    small = limit;
    small.rlim_cur = 3;
    (void)setrlimit(RLIMIT_NOFILE, &small);
    run_call();
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_LOCAL);
    ck_assert(!call.result.sent);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
}

END_TEST

static struct call many[N_MANY];
static int n_expected;

static bool
many_done(void)
{
    int n = 0;

    for (int i = 0; i < N_MANY; i++)
        n += many[i].n_done;
    return n == n_expected;
}

START_TEST(thousand_transfers_at_once_all_end)
{
    serve(stub_ok);
    for (int i = 0; i < N_MANY; i++)
        start(&many[i]);
    n_expected = N_MANY;
    turns_until(loop, many_done);
    for (int i = 0; i < N_MANY; i++) {
        ck_assert_int_eq(many[i].result.failure, HTTP_FAILURE_NONE);
        ck_assert_str_eq(many[i].body, "ok");
    }
    ck_assert_int_eq(stub_server_requests(server), N_MANY);
    turns_for_ms(loop, 5);
    ck_assert_int_le(http_client_handles(client), 64);
}

END_TEST

/* Any mixture of starts, pauses, resumes and cancels: at most one `done`
 * each, and none after a cancel. */
START_TEST(random_cancels_and_resumes_leave_a_consistent_pool)
{
    unsigned seed = (unsigned)_i + 1;

    serve(_i % 2 ? stub_ok : big_answer);
    for (int step = 0; step < 400; step++) {
        struct call *c = &many[rand_r(&seed) % 20];

        if (!c->http || c->n_done > 0) {
            memset(c, 0, sizeof(*c));
            c->pause = rand_r(&seed) % 2;
            c->at = rand_r(&seed) % 3 ? NO_CANCEL
                                      : rand_r(&seed) % (CANCEL_IN_DONE + 1);
            start(c);
        } else if (rand_r(&seed) % 2) {
            http_resume(c->http);
        } else {
            http_cancel(c->http);
            c->http = NULL;
        }
        if (rand_r(&seed) % 4 == 0)
            turns_for_ms(loop, rand_r(&seed) % 3);
        for (int i = 0; i < 20; i++)
            ck_assert_int_le(many[i].n_done, 1);
    }
}

END_TEST

/* ---- TLS */

static char tls_folder[64];
static pid_t tls_server;

static void
shell(const char *command)
{
    ck_assert_msg(system(command) == 0, "failed: %s", command);
}

/* A certificate for `name`, signed by itself; openssl's s_server answers every
 * GET, and POST too, with a page. */
static void
make_certificate(const char *name, const char *dates)
{
    char command[1024];

    (void)snprintf(tls_folder, sizeof(tls_folder), "/tmp/aigw-tls-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(tls_folder));
    (void)snprintf(
        command, sizeof(command),
        "cd %s && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
        "-nodes -keyout key.pem -out req.pem -subj /CN=%s 2>/dev/null && "
        "printf 'subjectAltName=%s\\nbasicConstraints=CA:TRUE\\n' > ext && "
        "touch index && echo 01 > serial && mkdir -p new && "
        "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\n"
        "new_certs_dir=new\\ndefault_md=sha256\\npolicy=p\\n[p]\\n"
        "commonName=supplied\\n' > conf && "
        "openssl ca -batch -config conf -selfsign -keyfile key.pem -in req.pem "
        "-out cert.pem -notext -extfile ext %s 2>/dev/null",
        tls_folder, name, name[0] == '1' ? "IP:127.0.0.1" : "DNS:other.test",
        dates);
    shell(command);
}

static int
free_port(void)
{
    struct stub_server *s = stub_server_new(stub_ok, false);
    int port = stub_server_port(s);

    stub_server_free(s);
    return port;
}

static bool
accepts(int port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;

    (void)close(fd);
    return ok;
}

static void
serve_tls(const char *more)
{
    char accept_at[32], cert[96], key[96], ca[96];
    int port = free_port();

    (void)snprintf(accept_at, sizeof(accept_at), "127.0.0.1:%d", port);
    (void)snprintf(cert, sizeof(cert), "%s/cert.pem", tls_folder);
    (void)snprintf(key, sizeof(key), "%s/key.pem", tls_folder);
    (void)snprintf(ca, sizeof(ca), "%s", cert);
    tls_server = fork();
    if (tls_server == 0) {
        int null = open("/dev/null", O_RDWR);

        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(null, 2);
        (void)execlp("openssl", "openssl", "s_server", "-accept", accept_at,
                     "-cert", cert, "-key", key, "-www", more, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 2000 && !accepts(port); i++)
        (void)usleep(5000);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/", port);
    http_pool_free(pool);
    make_pool(ca);
}

static void
end_tls(void)
{
    char command[128];

    (void)kill(tls_server, SIGKILL);
    (void)waitpid(tls_server, NULL, 0);
    (void)snprintf(command, sizeof(command), "rm -r %s", tls_folder);
    shell(command);
}

static void
run_get(void)
{
    struct http_request request = post_request();

    request.method = "GET";
    request.body_size = 0;
    memset(&call, 0, sizeof(call));
    start_request(&call, &request);
    turns_until(loop, call_done);
}

START_TEST(trusted_certificate_is_accepted)
{
    make_certificate("127.0.0.1", "-days 2");
    serve_tls(NULL);
    for (int i = 0; i < 3; i++) {
        run_get();
        ck_assert_msg(call.result.failure == HTTP_FAILURE_NONE, "%s",
                      call.result.text);
        ck_assert_int_eq(call.result.http_status, 200);
    }
    end_tls();
}

END_TEST

/* F04: nothing of the request leaves. */
static const struct {
    const char *name, *dates, *option, *text;
} bad_tls[] = {
    {"127.0.0.1", "-startdate 20200101000000Z -enddate 20200201000000Z", NULL,
     "expired"},
    {"other.test", "-days 2", NULL, "match"},
    {"127.0.0.1", "-days 2", "-tls1_1", ""},
};

START_TEST(doubtful_peer_gets_no_byte_of_the_request)
{
    make_certificate(bad_tls[_i].name, bad_tls[_i].dates);
    serve_tls(bad_tls[_i].option);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_TLS);
    ck_assert(!call.result.sent);
    ck_assert_int_eq(call.result.sends, 0);
    ck_assert_int_eq(call.n_connected, 0);
    ck_assert_msg(strstr(call.result.text, bad_tls[_i].text), "%s",
                  call.result.text);
    end_tls();
}

END_TEST

START_TEST(unknown_issuer_is_refused)
{
    make_certificate("127.0.0.1", "-days 2");
    serve_tls(NULL);
    http_pool_free(pool);
    make_pool(NULL);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_TLS);
    ck_assert(!call.result.sent);
    end_tls();
}

END_TEST

static TCase *
new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

static Suite *
http_suite(void)
{
    Suite *suite = suite_create("io_http");
    TCase *plain = new_case(suite, "plain");
    TCase *connecting = new_case(suite, "connecting");
    TCase *control = new_case(suite, "control");
    TCase *peers = new_case(suite, "peers");
    TCase *tls = new_case(suite, "tls");

    tcase_add_test(plain, answer_comes_whole_with_its_milestones_in_order);
    tcase_add_test(plain, connection_and_handle_are_reused);
    tcase_add_test(plain, connections_are_not_shared_between_pools);
    tcase_add_test(plain, idle_connections_do_not_keep_the_loop_running);
    tcase_add_test(plain, request_carries_what_was_asked_and_nothing_else);
    tcase_add_test(plain, large_body_is_uploaded_and_counted);
    tcase_add_test(plain, unfit_requests_do_not_start);
    tcase_add_test(plain, unreadable_ca_file_makes_no_pool);
    tcase_add_test(plain, warm_connection_of_a_get_serves_a_later_post);
    tcase_add_test(plain, thousand_transfers_at_once_all_end);

    tcase_add_test(connecting, refused_connection_has_sent_nothing);
    tcase_add_test(connecting, unknown_name_fails_without_blocking_the_loop);
    tcase_add_test(connecting, resolving_call_is_cancelled_at_once);
    tcase_add_test(connecting, connecting_call_is_cancelled_at_once);
    tcase_add_test(connecting, connecting_ends_with_its_time);
    tcase_add_test(connecting,
                   descriptor_of_a_cancelled_connection_serves_the_next);
    tcase_add_loop_test(
        connecting, name_with_two_addresses_finds_the_one_that_listens, 0, 2);
    tcase_add_test(connecting, connect_only_sends_nothing);
    tcase_add_test(connecting, without_descriptors_the_failure_is_ours);

    tcase_add_loop_test(control, call_may_be_cancelled_from_any_callback, 0,
                        CANCEL_IN_DONE);
    tcase_add_test(control, next_call_may_start_from_inside_a_callback);
    tcase_add_loop_test(control, pool_may_be_freed_from_inside_a_callback, 0,
                        2);
    tcase_add_test(control, paused_call_takes_nothing_until_it_is_resumed);
    tcase_add_test(control,
                   paused_call_may_be_cancelled_also_when_about_to_resume);
    tcase_add_loop_test(
        control, random_cancels_and_resumes_leave_a_consistent_pool, 0, 6);

    tcase_add_test(peers, connection_that_died_idle_costs_one_free_dial);
    tcase_add_test(peers, request_on_a_reused_connection_is_never_sent_again);
    tcase_add_test(peers, silent_server_is_seen_to_have_the_request);
    tcase_add_loop_test(peers, peer_behaviour_is_reported_as_it_was, 0,
                        sizeof(answers) / sizeof(*answers));
    tcase_add_loop_test(peers, endless_response_ends_at_its_limit, 0, 4);

    tcase_add_test(tls, trusted_certificate_is_accepted);
    tcase_add_loop_test(tls, doubtful_peer_gets_no_byte_of_the_request, 0, 3);
    tcase_add_test(tls, unknown_issuer_is_refused);
    return suite;
}

int
main(void)
{
    return suite_main(http_suite());
}
