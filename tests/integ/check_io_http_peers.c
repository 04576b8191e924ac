/*
 * check_io_http_peers.c - what the peer does, and what is told of it.
 */
#include "http_call.h"
#include "support/suite.h"
#include "turns.h"

#include <string.h>
#include <sys/socket.h>

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

static Suite *
http_suite(void)
{
    Suite *suite = suite_create("io_http_peers");
    TCase *peers = http_case(suite, "peers");

    tcase_add_test(peers, connection_that_died_idle_costs_one_free_dial);
    tcase_add_test(peers, request_on_a_reused_connection_is_never_sent_again);
    tcase_add_test(peers, silent_server_is_seen_to_have_the_request);
    tcase_add_loop_test(peers, peer_behaviour_is_reported_as_it_was, 0,
                        sizeof(answers) / sizeof(*answers));
    tcase_add_loop_test(peers, endless_response_ends_at_its_limit, 0, 4);
    return suite;
}

int
main(void)
{
    return suite_main(http_suite());
}
