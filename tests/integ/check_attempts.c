/*
 * check_attempts.c - attempts that fail before any answer: no address, no
 * connection, no trust, no reply in time, and every status that means failure.
 */
#include "base/mem.h"
#include "failover.h"
#include "mock_process.h"
#include "name_server.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TRIES = 3,
    LOOP_LAG_MS = 20 * GATEWAY_SLOWNESS,

    /* The loop's clock counts whole milliseconds, from the beginning of the
     * turn in which an attempt starts. */
    CLOCK_GRAIN_MS = 2,
};

static struct gateway g;

/* Asserts that the attempt ended when its limit ran out: never before, and
 * hardly after.  On a machine that does other things meanwhile a timer may
 * come late, so the test may look at more than one; true if this one was not
 * late. */
static bool
was_punctual(const json_t *attempt, int64_t limit_ms)
{
    int64_t took_ms = value_int(attempt, "latency_ms");

    ck_assert_int_ge(took_ms, limit_ms - CLOCK_GRAIN_MS);
    return took_ms <= limit_ms + GATEWAY_LATE_MS;
}

/* Runs the row, each time with a gateway like `settings`, until its time-out
 * was punctual. */
static void
check_punctual(const struct gateway *settings, const struct failover *row,
               int64_t limit_ms)
{
    const json_t *result;
    bool punctual;

    for (int i = 0; i < TRIES; i++) {
        struct gateway own = *settings;

        gateway_start(&own);
        result = failover_run(&own, row);
        punctual = was_punctual(value_at(result, "attempts.0"), limit_ms);
        gateway_stop(&own);
        if (punctual)
            return;
    }
    ck_abort_msg("always too late");
}

static double
retry_tokens(const char *target)
{
    return value_real(gateway_target(&g, target), "retry_budget");
}

START_TEST(f01_refused_connection_costs_nothing_not_even_retry_tokens)
{
    static const struct failover row = {
        .fault = "kind=refuse",
        .outcome = "not_sent",
        .not_sent = true,
    };
    double before[2];

    gateway_start(&g);
    before[0] = retry_tokens("a/m");
    before[1] = retry_tokens("b/m");
    (void)failover_run(&g, &row);
    ck_assert_double_eq(retry_tokens("a/m"), before[0]);
    ck_assert_double_eq(retry_tokens("b/m"), before[1]);
    gateway_stop(&g);
}

END_TEST

static const enum name_server_answer NAME_SERVERS[] = {
    NAME_SERVER_NXDOMAIN,
    NAME_SERVER_SERVFAIL,
    NAME_SERVER_SILENT,
};

START_TEST(f02_name_that_does_not_resolve_costs_no_time_of_the_loop)
{
    static const struct failover row = {
        .outcome = "not_sent",
        .not_sent = true,
    };
    const json_t *result;

    if (!name_server_start(NAME_SERVERS[_i])) {
        (void)printf("skipped: no right to mount a resolv.conf\n");
        return;
    }
    g.url_of_a = "http://nosuch.example:1/v1";
    gateway_start(&g);
    result = failover_run(&g, &row);
    ck_assert_int_le(value_int(result, "attempts.0.latency_ms"),
                     GATEWAY_DNS_MS + GATEWAY_LATE_MS);
    ck_assert_double_lt(gateway_loop_lag_ms(&g), LOOP_LAG_MS);
    gateway_stop(&g);
    name_server_stop();
}

END_TEST

/* A listener that accepts nobody: Linux then drops what wants to connect. */
static int
black_hole(void)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, size), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &size), 0);
    for (int i = 0; i < 3; i++) {
        int client =
            socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        (void)connect(client, (struct sockaddr *)&addr, size);
    }
    return ntohs(addr.sin_port);
}

static const struct {
    const char *timeouts;
    const char *model;
    int64_t limit_ms;
} CONNECT_LIMITS[] = {
    {NULL, NULL, GATEWAY_CONNECT_MS},
    {"timeouts = { answer_ms = 1000; };", NULL, 5000},
    {NULL, "timeouts = { connect_ms = 2500; };", 2500},
    {"timeouts = { dns_ms = 100; connect_ms = 200; };",
     "timeouts = { connect_ms = 1500; };", 1500},
};

START_TEST(f03_silent_peer_is_left_when_the_time_to_connect_is_up)
{
    static const struct failover row = {
        .outcome = "not_sent",
        .not_sent = true,
    };
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", black_hole());
    check_punctual(&(struct gateway){.url_of_a = url,
                                     .more_of_a = CONNECT_LIMITS[_i].timeouts,
                                     .model_of_a = CONNECT_LIMITS[_i].model},
                   &row, CONNECT_LIMITS[_i].limit_ms);
}

END_TEST

#define TRUST " tls = { ca_file = \"" AIGW_MOCK_CERTS "/ca.pem\"; };"

/* Starts provider a with TLS and lets the gateway know it by that. */
static void
start_tls(const char *cert_name, const char *tls_max, const char *more)
{
    static char cert[512], key[512], url[64];

    (void)snprintf(cert, sizeof(cert), AIGW_MOCK_CERTS "/%s.pem", cert_name);
    (void)snprintf(key, sizeof(key), AIGW_MOCK_CERTS "/%s.key", cert_name);
    test_provider_start(&g.mocks[0], "--tls", cert, key, "--tls-max", tls_max,
                        NULL);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1",
                   g.mocks[0].port);
    g.url_of_a = url;
    g.more_of_a = more;
    gateway_start(&g);
}

static const struct {
    const char *cert, *tls_max, *more, *error;
} BAD_PEERS[] = {
    {"expired", "1.3", TRUST, "expired"},
    {"wronghost", "1.3", TRUST, "match"},
    {"good", "1.1", TRUST, NULL},
    {"good", "1.3", "", "issuer"},
};

START_TEST(f04_peer_that_is_not_trusted_never_sees_a_byte)
{
    const struct failover row = {
        .outcome = "not_sent",
        .not_sent = true,
        .error = BAD_PEERS[_i].error,
    };

    start_tls(BAD_PEERS[_i].cert, BAD_PEERS[_i].tls_max, BAD_PEERS[_i].more);
    (void)failover_run(&g, &row);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "http_bytes"), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(f04_trusted_peer_answers)
{
    start_tls("good", "1.3", TRUST);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(f04_no_setting_turns_the_checks_off)
{
    static const char *const args[] = {"--check-config", NULL};

    g.more_of_a = " tls = { verify = false; };";
    gateway_prepare(&g);
    test_daemon_spawn(&g.daemon, args);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 78);
    ck_assert(test_daemon_logged(&g.daemon, "verify"));
    test_daemon_clean(&g.daemon);
}

END_TEST

static const struct {
    const char *fault, *more;
} LOST_CONNECTIONS[] = {
    {"kind=drop,reused=1", ""},
    {"kind=drop,reused=1", ", 'stream': true"},
    {"kind=drop-reset,reused=1", ""},
    {"kind=drop-reset,reused=1", ", 'stream': true"},
};

START_TEST(f05_connection_that_dies_under_a_request_is_not_sent_to_again)
{
    const json_t *result;
    int64_t bytes;

    gateway_start(&g);
    result = gateway_ask(&g, "first", LOST_CONNECTIONS[_i].more);
    gateway_expect_answer(&g, result, "first");
    bytes = test_provider_count(&g.mocks[0], "http_bytes");
    (void)test_provider_fault(&g.mocks[0], LOST_CONNECTIONS[_i].fault);
    result = gateway_ask(&g, "hello", LOST_CONNECTIONS[_i].more);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "ambiguous");
    ck_assert(value_bool(result, "attempts.0.sent"));
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    ck_assert_int_eq(gateway_sends(&g, 1), 1);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "http_bytes"), 2 * bytes);
    gateway_stop(&g);
}

END_TEST

/* HTTP/2 says which requests it has not looked at: by GOAWAY with a last
 * stream below ours, and for one stream alone.  (The latter libcurl tells of
 * new connections only.) */
static const struct {
    const char *option, *number; /* Of the request that is given back. */
    const char *more;
} GIVEN_BACK[] = {
    {"--goaway", "1", ""},
    {"--goaway", "1", ", 'stream': true"},
    {"--goaway", "2", ""},
    {"--refuse", "1", ""},
    {"--refuse", "1", ", 'stream': true"},
};

static void
start_http2(struct mock_process *h2, const char *option, const char *number)
{
    const char *args[] = {"--tls",
                          AIGW_MOCK_CERTS "/good.pem",
                          AIGW_MOCK_CERTS "/good.key",
                          option,
                          number,
                          NULL};
    static char url[64];

    ck_assert_int_eq(mock_process_start_h2(h2, args), 0);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1", h2->port);
    g.url_of_a = url;
    g.more_of_a = " http2 = true;" TRUST;
    gateway_start(&g);
}

START_TEST(f06_request_that_http2_gives_back_is_billed_once)
{
    int n = atoi(GIVEN_BACK[_i].number);
    struct mock_process h2;
    const json_t *result;

    start_http2(&h2, GIVEN_BACK[_i].option, GIVEN_BACK[_i].number);
    for (int i = 1; i < n; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "first", ""), "first");
    result = gateway_ask(&g, "hello", GIVEN_BACK[_i].more);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "not_sent");
    ck_assert(!value_bool(result, "attempts.0.sent"));
    ck_assert_int_eq(value_int(result, "attempts.0.cost_nanousd"), 0);
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_int_eq(value_int(result, "billed_attempts"), 1);
    ck_assert_int_eq(mock_process_stat(&h2, "goaways")
                         + mock_process_stat(&h2, "refused"),
                     1);
    ck_assert_int_eq(mock_process_stat(&h2, "billed"), n - 1);
    ck_assert_int_eq(mock_process_stat(&h2, "requests"), n);
    ck_assert_int_eq(gateway_sends(&g, 1), 1);
    gateway_stop(&g);
    ck_assert_int_eq(mock_process_stop(&h2), 0);
}

END_TEST

/* What became of the request is not known: it may have been carried out, and
 * cost what it cost. */
static const struct failover SWALLOWED[] = {
    {"kind=drop", false, "ambiguous", 0, false, COST_ESTIMATED, NULL},
    {"kind=drop", true, "ambiguous", 0, false, COST_ESTIMATED, NULL},
    {"kind=drop-reset", false, "ambiguous", 0, false, COST_ESTIMATED, NULL},
    {"kind=drop-reset", true, "ambiguous", 0, false, COST_ESTIMATED, NULL},
};

START_TEST(f07_reset_after_the_request_is_settled_as_estimated)
{
    failover_check(&SWALLOWED[_i]);
}

END_TEST

static const struct {
    struct failover row;
    int64_t limit_ms;
} TIME_OUTS[] = {
    {{"kind=hang", true, "ambiguous", 0, false, COST_ESTIMATED,
      "no response headers in time"},
     GATEWAY_HEADERS_MS},
    {{"kind=hang", false, "ambiguous", 0, false, COST_ESTIMATED,
      "no complete answer in time"},
     GATEWAY_ANSWER_MS},
};

START_TEST(f08_headers_that_never_come_are_awaited_to_the_limit)
{
    check_punctual(&g, &TIME_OUTS[_i].row, TIME_OUTS[_i].limit_ms);
}

END_TEST

static const struct failover SILENT = {
    "kind=silence",           true, "ambiguous", 200, false, COST_ESTIMATED,
    "no first event in time",
};

START_TEST(f09_silence_after_the_headers_ends_with_the_first_event_limit)
{
    check_punctual(&g, &SILENT, GATEWAY_FIRST_EVENT_MS);
}

END_TEST

#define CLOUD(n) "kind=status,status=" n ",content-type=text/html,body=<html>"

static const struct failover STATUSES[] = {
    {"kind=status,status=500", true, "server", 500, false, COST_NOTHING, NULL},
    {"kind=status,status=502", false, "server", 502, false, COST_NOTHING, NULL},
    {"kind=status,status=504", true, "server", 504, false, COST_NOTHING, NULL},
    {"kind=status,status=503", false, "overload", 503, false, COST_NOTHING,
     NULL},
    {"kind=status,status=529", true, "overload", 529, false, COST_NOTHING,
     NULL},
    {"kind=status,status=408", true, "ambiguous", 408, false, COST_ESTIMATED,
     NULL},
    {"kind=status,status=499", false, "ambiguous", 499, false, COST_ESTIMATED,
     NULL},
    {"kind=status,status=429", true, "rate", 429, false, COST_NOTHING, NULL},
};

START_TEST(f24_failing_statuses_fail_over)
{
    failover_check(&STATUSES[_i]);
}

END_TEST

static const struct failover CLOUDFLARE[] = {
    {CLOUD("520"), true, "server", 520, false, COST_NOTHING, NULL},
    {CLOUD("521"), false, "server", 521, false, COST_NOTHING, NULL},
    {CLOUD("522"), true, "server", 522, false, COST_NOTHING, NULL},
    {CLOUD("523"), false, "server", 523, false, COST_NOTHING, NULL},
    {CLOUD("524"), true, "ambiguous", 524, false, COST_ESTIMATED, NULL},
    {CLOUD("524"), false, "ambiguous", 524, false, COST_ESTIMATED, NULL},
    {CLOUD("525"), true, "server", 525, false, COST_NOTHING, NULL},
    {CLOUD("526"), false, "server", 526, false, COST_NOTHING, NULL},
    {CLOUD("527"), true, "server", 527, false, COST_NOTHING, NULL},
    {CLOUD("530"), false, "server", 530, false, COST_NOTHING, NULL},
};

START_TEST(f24_statuses_of_cloudflare_fail_over)
{
    failover_check(&CLOUDFLARE[_i]);
}

END_TEST

static Suite *
attempts_suite(void)
{
    Suite *s = suite_create("attempts");
    TCase *tc = tcase_create("connecting");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc,
                   f01_refused_connection_costs_nothing_not_even_retry_tokens);
    tcase_add_loop_test(
        tc, f02_name_that_does_not_resolve_costs_no_time_of_the_loop, 0,
        array_count(NAME_SERVERS));
    tcase_add_loop_test(tc,
                        f03_silent_peer_is_left_when_the_time_to_connect_is_up,
                        0, array_count(CONNECT_LIMITS));
    tcase_add_loop_test(tc, f04_peer_that_is_not_trusted_never_sees_a_byte, 0,
                        array_count(BAD_PEERS));
    tcase_add_test(tc, f04_trusted_peer_answers);
    tcase_add_test(tc, f04_no_setting_turns_the_checks_off);
    suite_add_tcase(s, tc);

    tc = tcase_create("sent");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, f05_connection_that_dies_under_a_request_is_not_sent_to_again, 0,
        array_count(LOST_CONNECTIONS));
    tcase_add_loop_test(tc, f06_request_that_http2_gives_back_is_billed_once, 0,
                        array_count(GIVEN_BACK));
    tcase_add_loop_test(tc, f07_reset_after_the_request_is_settled_as_estimated,
                        0, array_count(SWALLOWED));
    tcase_add_loop_test(tc,
                        f08_headers_that_never_come_are_awaited_to_the_limit, 0,
                        array_count(TIME_OUTS));
    tcase_add_test(
        tc, f09_silence_after_the_headers_ends_with_the_first_event_limit);
    suite_add_tcase(s, tc);

    tc = tcase_create("statuses");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f24_failing_statuses_fail_over, 0,
                        array_count(STATUSES));
    tcase_add_loop_test(tc, f24_statuses_of_cloudflare_fail_over, 0,
                        array_count(CLOUDFLARE));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(attempts_suite());
}
