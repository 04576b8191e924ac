/*
 * check_io_http.c - transfers against real sockets: what is sent, over which
 * connection, and what is told when there is none.
 */
#include "base/clock.h"
#include "http_call.h"
#include "proto/status.h"
#include "support/suite.h"
#include "turns.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Less than any idle connection lives, more than a busy machine takes. */
    IDLE_END_MS = 5000,
};

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
    pool = NULL;
    use_pool(NULL, false);
    run_call();
    ck_assert(!call.result.reused);
    ck_assert_int_eq(stub_server_conns(server), 2);
    http_pool_free(first);
}

END_TEST

START_TEST(idle_connections_do_not_keep_the_loop_running)
{
    int64_t begun_ms;

    serve(stub_ok);
    run_call();
    begun_ms = clock_mono_ms();
    loop_run(loop);
    ck_assert_int_lt(clock_mono_ms() - begun_ms, IDLE_END_MS);
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
        ck_assert_int_eq(
            http_start(pool, &request, &CALL_OPS, &call, &call.http),
            AIGW_EINVAL);
    }
    for (size_t i = 0; i < 4; i++) {
        request = post_request();
        request.url = URLS[i];
        ck_assert_int_eq(
            http_start(pool, &request, &CALL_OPS, &call, &call.http),
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

START_TEST(warm_connection_of_a_get_serves_a_later_post)
{
    struct http_request request = get_request();

    serve(stub_ok);
    start_request(&call, &request);
    turns_until(loop, call_done);
    run_call();
    ck_assert(call.result.reused);
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
    turns_for_ms(loop, 0);
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

START_TEST(connect_only_sends_nothing)
{
    struct http_request request = get_request();

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

static Suite *
http_suite(void)
{
    Suite *suite = suite_create("io_http");
    TCase *plain = http_case(suite, "plain");
    TCase *connecting = http_case(suite, "connecting");

    tcase_add_test(plain, answer_comes_whole_with_its_milestones_in_order);
    tcase_add_test(plain, connection_and_handle_are_reused);
    tcase_add_test(plain, connections_are_not_shared_between_pools);
    tcase_add_test(plain, idle_connections_do_not_keep_the_loop_running);
    tcase_add_test(plain, request_carries_what_was_asked_and_nothing_else);
    tcase_add_test(plain, large_body_is_uploaded_and_counted);
    tcase_add_test(plain, unfit_requests_do_not_start);
    tcase_add_test(plain, unreadable_ca_file_makes_no_pool);
    tcase_add_test(plain, warm_connection_of_a_get_serves_a_later_post);

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
    return suite;
}

int
main(void)
{
    return suite_main(http_suite());
}
