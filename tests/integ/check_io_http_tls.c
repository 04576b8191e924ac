/*
 * check_io_http_tls.c - what TLS and HTTP/2 add: who is trusted, and requests
 * that the peer disowns.
 */
#include "http_call.h"
#include "mock_process.h"
#include "support/suite.h"
#include "turns.h"

#include <stdio.h>
#include <string.h>

#define CERTS AIGW_MOCK_CERTS

static struct mock_process mock;

/* Runs aigw-mock with the certificate `name` and trusts its issuer. */
static void
serve_tls(const char *name, const char *tls_max)
{
    char cert[512], key[512];
    const char *args[] = {"--tls", cert, key, "--tls-max", tls_max, NULL};

    (void)snprintf(cert, sizeof(cert), CERTS "/%s.pem", name);
    (void)snprintf(key, sizeof(key), CERTS "/%s.key", name);
    ck_assert_int_eq(mock_process_start(&mock, args), 0);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1/models",
                   mock.port);
    use_pool(CERTS "/ca.pem", false);
}

START_TEST(trusted_peer_is_accepted_and_its_connection_reused)
{
    struct http_request request = get_request();

    serve_tls("good", "1.3");
    for (int i = 0; i < 3; i++) {
        run_request(&request);
        ck_assert_msg(call.result.failure == HTTP_FAILURE_NONE, "%s",
                      call.result.text);
        ck_assert_int_eq(call.result.reused, i > 0);
    }
    ck_assert_int_eq(mock_process_stop(&mock), 0);
}

END_TEST

static const struct {
    const char *name, *tls_max, *text;
} bad_peers[] = {
    {"expired", "1.3", "expired"},
    {"wronghost", "1.3", "match"},
    {"good", "1.1", ""},
};

/* F04: nothing of the request leaves, the key least of all. */
START_TEST(doubtful_peer_gets_no_byte_of_the_request)
{
    serve_tls(bad_peers[_i].name, bad_peers[_i].tls_max);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_TLS);
    ck_assert(!call.result.sent);
    ck_assert_int_eq(call.result.sends, 0);
    ck_assert_int_eq(call.n_connected, 0);
    ck_assert_msg(strstr(call.result.text, bad_peers[_i].text), "%s",
                  call.result.text);
    ck_assert_int_eq(mock_process_stat(&mock, "http_bytes"), 0);
    ck_assert_int_eq(mock_process_stop(&mock), 0);
}

END_TEST

START_TEST(unknown_issuer_is_refused)
{
    serve_tls("good", "1.3");
    use_pool(NULL, false);
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_TLS);
    ck_assert(!call.result.sent);
    ck_assert_int_eq(mock_process_stop(&mock), 0);
}

END_TEST

static void
serve_h2(const char *fault, const char *number)
{
    const char *args[] = {
        "--tls", CERTS "/good.pem", CERTS "/good.key", fault, number, NULL};

    ck_assert_int_eq(mock_process_start_h2(&mock, args), 0);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1/chat/completions",
                   mock.port);
    use_pool(CERTS "/ca.pem", true);
}

static void
run_chat(void)
{
    static const char BODY[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    struct http_request request = post_request();

    request.body = BODY;
    request.body_size = sizeof(BODY) - 1;
    run_request(&request);
}

static const struct {
    const char *fault, *number;
    enum http_failure failure;
    bool sent;
} disowning[] = {
    {"--goaway", "1", HTTP_FAILURE_REFUSED, false},
    {"--refuse", "1", HTTP_FAILURE_REFUSED, false},
    {"--goaway", "2", HTTP_FAILURE_REFUSED, false},
    /* libcurl does not say why a reused connection gave no answer, so this one
     * may have been processed. */
    {"--refuse", "2", HTTP_FAILURE_RECEIVE, true},
};

/* F06: told as not processed, and not sent again behind our back. */
START_TEST(request_disowned_by_http2_is_not_sent_again)
{
    int64_t n = disowning[_i].number[0] - '0';

    serve_h2(disowning[_i].fault, disowning[_i].number);
    for (int64_t i = 1; i < n; i++) {
        run_chat();
        ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    }
    run_chat();
    ck_assert_msg(call.result.failure == disowning[_i].failure, "%d %s",
                  call.result.failure, call.result.text);
    ck_assert_int_eq(call.result.sent, disowning[_i].sent);
    ck_assert_int_eq(mock_process_stat(&mock, "requests"), n);
    run_chat();
    ck_assert_msg(call.result.failure == HTTP_FAILURE_NONE, "%s",
                  call.result.text);
    ck_assert_int_eq(call.result.http_status, 200);
    ck_assert_int_eq(mock_process_stat(&mock, "billed"), n);
    ck_assert_int_eq(mock_process_stop(&mock), 0);
}

END_TEST

static Suite *
http_suite(void)
{
    Suite *suite = suite_create("io_http_tls");
    TCase *tls = http_case(suite, "TLS");
    TCase *http2 = http_case(suite, "HTTP/2");

    tcase_add_test(tls, trusted_peer_is_accepted_and_its_connection_reused);
    tcase_add_loop_test(tls, doubtful_peer_gets_no_byte_of_the_request, 0, 3);
    tcase_add_test(tls, unknown_issuer_is_refused);

    tcase_add_loop_test(http2, request_disowned_by_http2_is_not_sent_again, 0,
                        4);
    return suite;
}

int
main(void)
{
    return suite_main(http_suite());
}
