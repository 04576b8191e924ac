/*
 * check_hostile.c - providers that want harm: keys that come back, answers
 * that lead elsewhere, and bodies without measure.
 */
#include "base/mem.h"
#include "support/mocked_gateway.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define KEY "sk-test-0123456789abcdef"

enum {
    LOOP_LAG_MS = 50 * GATEWAY_SLOWNESS,
    CUT_MS = 4000, /* Until a flood has been recognised as one. */
    DELTAS = 200000,
    RESPONSE_BYTES = 1 << 20, /* Of each answer, at most. */
    RSS_GROWTH_BYTES = 24 << 20,
};

static struct gateway g;

static void
start_with_key(void)
{
    ck_assert_int_eq(setenv("AIGW_TEST_KEY", KEY, 1), 0);
    g.more_of_all = " key = { env = \"AIGW_TEST_KEY\"; };";
    gateway_start(&g);
}

static void
expect_no_key_in(const json_t *value)
{
    char *text = json_dumps(value, 0);

    ck_assert_ptr_nonnull(text);
    ck_assert_msg(!strstr(text, "0123456789"), "the key: %s", text);
    free(text);
}

static const char *const ECHOES[] = {
    "kind=echo-key",
    "kind=echo-key,status=500",
    "kind=echo-key,status=400",
    "kind=echo-key,status=403,ms=1",
};

START_TEST(f81_key_that_comes_back_is_shown_to_nobody)
{
    start_with_key();
    (void)test_provider_fault(&g.mocks[0], ECHOES[_i]);
    expect_no_key_in(gateway_ask(&g, "hello", ""));
    expect_no_key_in(gateway_ask(&g, "hello", ", 'route': 'a/m'"));
    expect_no_key_in(gateway_target(&g, "a/m"));
    expect_no_key_in(peer_result(g.peer, "status", "[{}]"));
    expect_no_key_in(peer_result(g.peer, "events", "[{}]"));
    expect_no_key_in(peer_result(g.peer, "requests", "[{}]"));
    expect_no_key_in(peer_result(g.peer, "config.show", "[]"));
    ck_assert(!test_daemon_logged(&g.daemon, "0123456789"));
    gateway_stop(&g);
}

END_TEST

static const int REDIRECTS[] = {301, 302, 303, 307, 308, 300, 304};

/* The place it leads to is a third provider, which must not hear of it. */
START_TEST(f81_redirect_is_a_failure_and_is_not_followed)
{
    struct test_provider elsewhere;
    const json_t *result;
    char spec[128];

    test_provider_start(&elsewhere, NULL);
    start_with_key();
    (void)snprintf(spec, sizeof(spec),
                   "kind=redirect,status=%d,"
                   "location=http://127.0.0.1:%d/v1/chat/completions",
                   REDIRECTS[_i], elsewhere.port);
    (void)test_provider_fault(&g.mocks[0], spec);
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_uint_eq(value_count(result, "attempts"), 2);
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "server");
    ck_assert_int_eq(value_int(result, "attempts.0.http_status"),
                     REDIRECTS[_i]);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    ck_assert_int_eq(test_provider_count(&elsewhere, "connections_total"), 0);
    gateway_stop(&g);
    test_provider_stop(&elsewhere);
}

END_TEST

/* Provider a gets all the time it wants: only its excess ends it. */
static const struct {
    const char *fault;
    bool stream;
} FLOODS[] = {
    {"kind=gzip-bomb", false},
    {"kind=gzip-bomb", true},
    {"kind=big-header", false},
    {"kind=big-header", true},
    {"kind=infinite-body", false},
    {"kind=infinite-body", true},
    {"kind=tiny-events,shape=comment", true},
    {"kind=tiny-events,shape=empty", true},
};

static void
start_patient(int64_t response_bytes)
{
    static char more[64];

    /* What the sanitizer keeps of freed memory is not the daemon's doing. */
    ck_assert_int_eq(setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1), 0);
    (void)snprintf(more, sizeof(more), "limits = { response_bytes = %lld; };",
                   (long long)response_bytes);
    g.more = more;
    g.more_of_a = " timeouts = { headers_ms = 20000; };";
    gateway_start(&g);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
}

/* Reads what has come for the caller of the flood, and throws it away. */
static size_t
drain(int fd)
{
    static char buffer[1 << 20];
    size_t total = 0;
    ssize_t n;

    while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
        total += (size_t)n;
    return total;
}

/* Is another caller until no call runs, and asserts that it is served all the
 * time and that the daemon's memory stays what it was.  With `fd`, reads what
 * comes there, and returns how much that was. */
static size_t
expect_peace(int fd, int64_t rss_bytes)
{
    struct peer *other = peer_connect(g.daemon.socket);
    size_t drained = 0;
    bool busy = true;

    while (busy) {
        int64_t begun_ms = process_now_ms();
        const json_t *status = peer_result(other, "status", "[{}]");

        ck_assert_int_lt(process_now_ms() - begun_ms, 2 * LOOP_LAG_MS);
        ck_assert_double_lt(value_real(status, "server.loop_lag_ms"),
                            LOOP_LAG_MS);
        ck_assert_int_lt(procfs_rss_bytes(g.daemon.process.pid),
                         rss_bytes + RSS_GROWTH_BYTES);
        busy = value_int(status, "totals.in_flight") > 0;
        drained += fd >= 0 ? drain(fd) : 0;
        process_pause();
    }
    peer_close(other);
    return drained;
}

START_TEST(f82_flood_is_cut_off_and_nobody_else_notices)
{
    const json_t *result;
    int64_t rss_bytes;
    uint32_t msgid;

    start_patient(RESPONSE_BYTES);
    rss_bytes = procfs_rss_bytes(g.daemon.process.pid);
    (void)test_provider_fault(&g.mocks[0], FLOODS[_i].fault);
    msgid =
        gateway_send(&g, "hello", FLOODS[_i].stream ? ", 'stream': true" : "");
    (void)expect_peace(-1, rss_bytes);
    result = gateway_await(&g, msgid);
    gateway_expect_answer(&g, result, "hello");
    ck_assert_str_eq(value_str(result, "attempts.0.outcome"), "server");
    ck_assert_int_lt(value_int(result, "attempts.0.latency_ms"), CUT_MS);
    ck_assert_str_eq(value_str(result, "attempts.1.target"), "b/m");
    gateway_stop(&g);
}

END_TEST

/* Deltas of one byte each are an answer, if a strange one; its end is
 * missing. */
START_TEST(f82_flood_of_deltas_is_delivered_and_nobody_else_notices)
{
    int64_t rss_bytes;
    char spec[64];

    start_patient((int64_t)DELTAS * 128);
    rss_bytes = procfs_rss_bytes(g.daemon.process.pid);
    (void)snprintf(spec, sizeof(spec), "kind=tiny-events,events=%d", DELTAS);
    (void)test_provider_fault(&g.mocks[0], spec);
    (void)gateway_send(&g, "hello", ", 'stream': true, 'on_break': 'error'");
    eventually(gateway_sends(&g, 0) == 2);
    ck_assert_uint_gt(expect_peace(peer_fd(g.peer), rss_bytes), 20 * DELTAS);
    ck_assert_int_eq(test_provider_count(&g.mocks[0], "aborted"), 0);
    peer_close(g.peer);
    g.peer = peer_connect(g.daemon.socket);
    ck_assert_int_eq(
        value_int(gateway_target(&g, "a/m"), "errors.stream_broken"), 1);
    gateway_stop(&g);
}

END_TEST

static Suite *
hostile_suite(void)
{
    Suite *s = suite_create("hostile");
    TCase *tc = tcase_create("keys");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f81_key_that_comes_back_is_shown_to_nobody, 0,
                        array_count(ECHOES));
    tcase_add_loop_test(tc, f81_redirect_is_a_failure_and_is_not_followed, 0,
                        array_count(REDIRECTS));
    suite_add_tcase(s, tc);

    tc = tcase_create("floods");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f82_flood_is_cut_off_and_nobody_else_notices, 0,
                        array_count(FLOODS));
    tcase_add_test(tc,
                   f82_flood_of_deltas_is_delivered_and_nobody_else_notices);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(hostile_suite());
}
