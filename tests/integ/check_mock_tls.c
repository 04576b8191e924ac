/*
 * check_mock_tls.c - aigw-mock and aigw-mock-h2 behind TLS, with certificates
 * that are good and bad.
 */
#include "base/mem.h"
#include "integ/mock_chat.h"
#include "mock_answer.h"
#include "support/suite.h"

#include <curl/curl.h>
#include <string.h>

/* F04: what speaks no TLS reaches no HTTP. */
START_TEST(a_tls_mock_sees_no_http_without_a_handshake)
{
    static const char *const args[] = {"--tls", AIGW_MOCK_CERTS "/good.pem",
                                       AIGW_MOCK_CERTS "/good.key", NULL};
    struct mock_process secure;
    struct wire w;

    ck_assert_int_eq(mock_process_start(&secure, args), 0);
    w = wire_request(secure.port, "GET", "/models", "", "", &mock_chat_patient);
    ck_assert_int_eq(wire_status(&w), -1);
    ck_assert(mock_process_await(&secure, "tls_failures", 1, 5000));
    ck_assert_int_eq(mock_process_stat(&secure, "http_bytes"), 0);
    free(w.data);
    ck_assert_int_eq(mock_process_stop(&secure), 0);
}

END_TEST

static size_t
keep_body(char *data, size_t size, size_t n, void *ctx)
{
    char *text = ctx;
    size_t room = 4095 - strlen(text);

    (void)strncat(text, data, n < room ? n : room);
    return size * n;
}

/* Asks over HTTP/2 on one handle, so that connections are reused; `ret_text`
 * has 4096 bytes.  The status, 0 if there was none. */
static long
ask_h2(CURL *easy, const struct mock_process *p, char *ret_text)
{
    char *body = mock_chat_body("", mock_chat_prompt);
    char *url = mem_printf("https://127.0.0.1:%d%s", p->port, mock_chat_path);
    long status = 0;

    ret_text[0] = '\0';
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CAINFO, AIGW_MOCK_CERTS "/ca.pem");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, ret_text);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
    if (curl_easy_perform(easy) == CURLE_OK) {
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    }
    free(url);
    free(body);
    return status;
}

/* F06: the first request is answered, the second taken back on the same
 * connection, and what is not seen is not billed. */
START_TEST(an_http2_mock_bills_only_what_it_answered)
{
    static const char *const args[] = {"--tls",
                                       AIGW_MOCK_CERTS "/good.pem",
                                       AIGW_MOCK_CERTS "/good.key",
                                       "--goaway",
                                       "2",
                                       NULL};
    struct mock_process h2;
    CURL *easy = curl_easy_init();
    char *want = mock_answer_text(mock_chat_prompt, 20);
    char text[4096];

    ck_assert_int_eq(mock_process_start_h2(&h2, args), 0);
    ck_assert_int_eq(ask_h2(easy, &h2, text), 200);
    ck_assert_ptr_nonnull(strstr(text, want));
    ask_h2(easy, &h2, text);
    ck_assert_int_eq(ask_h2(easy, &h2, text), 200);
    ck_assert_int_eq(mock_process_stat(&h2, "goaways"), 1);
    ck_assert_int_eq(mock_process_stat(&h2, "billed"),
                     mock_process_stat(&h2, "requests") - 1);
    ck_assert_int_ge(mock_process_stat(&h2, "connections"), 2);
    free(want);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    ck_assert_int_eq(mock_process_stop(&h2), 0);
}

END_TEST

/* F04: the handshake fails or is given up, and no HTTP follows. */
START_TEST(a_bad_certificate_gets_no_request)
{
    static const char *const names[] = {"expired", "wronghost"};
    char *cert = mem_printf("%s/%s.pem", AIGW_MOCK_CERTS, names[_i]);
    char *key = mem_printf("%s/%s.key", AIGW_MOCK_CERTS, names[_i]);
    const char *const args[] = {"--tls", cert, key, NULL};
    struct mock_process bad;
    CURL *easy = curl_easy_init();
    char text[4096];

    ck_assert_int_eq(mock_process_start(&bad, args), 0);
    ck_assert_int_eq(ask_h2(easy, &bad, text), 0);
    ck_assert_int_eq(mock_process_stat(&bad, "connections_total"), 1);
    ck_assert_int_eq(mock_process_stat(&bad, "http_bytes"), 0);
    curl_easy_cleanup(easy);
    curl_global_cleanup();
    ck_assert_int_eq(mock_process_stop(&bad), 0);
    free(cert);
    free(key);
}

END_TEST

static Suite *
mock_suite(void)
{
    Suite *suite = suite_create("mock_tls");
    TCase *tc = tcase_create("tls");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_tls_mock_sees_no_http_without_a_handshake);
    tcase_add_test(tc, an_http2_mock_bills_only_what_it_answered);
    tcase_add_loop_test(tc, a_bad_certificate_gets_no_request, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(mock_suite());
}
