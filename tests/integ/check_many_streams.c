/*
 * check_many_streams.c - a thousand streams at once, of which one in twenty is
 * cut: every one is whole, and the memory that they took is given back.
 *
 * Fewer of them where the daemon is instrumented, unless AIGW_TEST_LONG is
 * set.
 */
#include "base/mem.h"
#include "heard.h"
#include "mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    CONNECTIONS = 8,
    MANY = 1000,
    FEWER = 160,
    TOKENS = 40,
    WITHIN_MS = 60000,
};

static struct gateway g = {.n_mocks = 2};
static struct peer *peers[CONNECTIONS];
static struct hearing hearings[CONNECTIONS];

static size_t
n_streams(void)
{
    return SANITIZED && !getenv("AIGW_TEST_LONG") ? FEWER : MANY;
}

/* Each stream is a descriptor of the mock and of the daemon. */
static void
raise_limit(void)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
start(void)
{
    raise_limit();
    g.more_of_a = "timeouts = { stall_ms = 20000; };";
    for (size_t i = 0; i < g.n_mocks; i++)
        test_provider_start(&g.mocks[i], "--tokens", "40",
                            "--token-interval-ms", "20", NULL);
    gateway_start(&g);
    for (size_t i = 0; i < CONNECTIONS; i++)
        peers[i] = peer_connect(g.daemon.socket);
}

static void
stop(void)
{
    for (size_t i = 0; i < CONNECTIONS; i++)
        peer_close(peers[i]);
    gateway_stop(&g);
}

static size_t
n_running(void)
{
    size_t n = 0;

    for (size_t i = 0; i < CONNECTIONS; i++)
        n += hearings[i].n_running;
    return n;
}

static void
await_all(void)
{
    int64_t give_up_ms = process_now_ms() + WITHIN_MS;

    while (n_running() > 0) {
        ck_assert_int_lt(process_now_ms(), give_up_ms);
        for (size_t i = 0; i < CONNECTIONS; i++)
            for (int n = 0; n < 200 && hearing_step(&hearings[i], 0); n++)
                ;
    }
}

static void
expect_whole(const struct heard *heard, const char *prompt)
{
    char *text = mock_answer_text(prompt, TOKENS);

    ck_assert_msg(value_bool(heard->result, "success"), "%s",
                  json_dumps(heard->result, 0));
    ck_assert_str_eq(value_str(heard->result, "content"), text);
    ck_assert_str_eq(heard->text, text);
    free(text);
}

/* Runs them all and returns how many were mended. */
static size_t
run(const char *name)
{
    size_t seams = 0;
    char prompt[64];

    for (size_t i = 0; i < CONNECTIONS; i++)
        hearing_init(&hearings[i], peers[i]);
    for (size_t i = 0; i < n_streams(); i++) {
        (void)snprintf(prompt, sizeof(prompt), "%s %zu", name, i);
        (void)hearing_ask(&hearings[i % CONNECTIONS], prompt,
                          ", 'stream': true");
    }
    await_all();
    for (size_t i = 0; i < n_streams(); i++) {
        const struct heard *heard =
            &hearings[i % CONNECTIONS].calls[i / CONNECTIONS];

        (void)snprintf(prompt, sizeof(prompt), "%s %zu", name, i);
        expect_whole(heard, prompt);
        seams += heard_count(heard, "seam") > 0;
    }
    for (size_t i = 0; i < CONNECTIONS; i++)
        hearing_deinit(&hearings[i]);
    return seams;
}

static int64_t
resident(void)
{
    return procfs_rss_bytes(g.daemon.process.pid);
}

START_TEST(a_twentieth_is_cut_and_all_are_whole)
{
    int64_t before;
    size_t seams;

    (void)run("warm");
    (void)run("warmer");
    process_pause();
    before = resident();
    (void)test_provider_fault(&g.mocks[0], "kind=cut,after=10,every=20");
    seams = run("cut");
    ck_assert_uint_ge(seams, n_streams() / 20);
    if (!SANITIZED)
        eventually(resident() <= before + before / 10);
    printf("%zu streams, %zu mended, all whole; resident %lld KiB before, %lld "
           "KiB after\n",
           n_streams(), seams, (long long)before / 1024,
           (long long)resident() / 1024);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("many_streams");
    TCase *tc = tcase_create("streams");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_set_timeout(tc, 240);
    tcase_add_test(tc, a_twentieth_is_cut_and_all_are_whole);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
