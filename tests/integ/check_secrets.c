/*
 * check_secrets.c - the key of a provider is seen by that provider and by
 * nobody else.
 */
#include "base/mem.h"
#include "support/calls.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NOBODY = 65534
};

static const char VARIABLE[] = "AIGW_TEST_KEY";
static const char KEY[] = "sk-test-4fc1e9a07b5d4d2e8a63";

static struct gateway g;

static void
start_with_key(void)
{
    g = (struct gateway){
        .more = "log = { level = \"debug\"; };",
        .more_of_a = " key = { env = \"AIGW_TEST_KEY\"; };",
    };
    ck_assert_int_eq(setenv(VARIABLE, KEY, 1), 0);
    gateway_start(&g);
    ck_assert_int_eq(unsetenv(VARIABLE), 0);
}

static void
expect_none(const char *where, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    ck_assert_ptr_nonnull(text);
    ck_assert_msg(!strstr(text, KEY), "the key is in %s: %s", where, text);
    free(text);
}

/* What can be asked for, with the params of it. */
static const char *const QUESTIONS[][2] = {
    {"hello", "[{}]"},
    {"status", "[{}]"},
    {"status", "[{'target': 'a/m'}]"},
    {"watch", "[{'target': 'a/m'}]"},
    {"requests", "[{}]"},
    {"events", "[{}]"},
    {"metrics", "[]"},
    {"explain", "[{'prompt': 'hello'}]"},
    {"probe", "[{'target': 'a/m'}]"},
    {"config.show", "[]"},
    {"config.check", "[]"},
    {"config.reload", "[]"},
};

static void
ask_everything(void)
{
    for (size_t i = 0; i < array_count(QUESTIONS); i++)
        expect_none(QUESTIONS[i][0], peer_result(g.peer, QUESTIONS[i][0], "%s",
                                                 QUESTIONS[i][1]));
}

static void
look_at_process(void)
{
    static const char *const FILES[] = {"cmdline", "environ", "status", "comm"};

    for (size_t i = 0; i < array_count(FILES); i++)
        ck_assert_msg(!procfs_contains(g.daemon.process.pid, FILES[i], KEY),
                      "the key is in /proc/PID/%s", FILES[i]);
    ck_assert(procfs_contains(g.daemon.process.pid, "limits",
                              "Max core file size        0 "));
}

/* The provider tells the key back in its errors. */
static const char *const ECHOES[] = {
    "kind=echo-key",
    "kind=echo-key,status=400",
    "kind=echo-key,status=500",
    "kind=echo-key,status=429",
};

START_TEST(f80_key_is_nowhere_but_in_the_request)
{
    int64_t sends;

    start_with_key();
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ", 'stream': true"),
                          "hello");
    sends = test_provider_count(&g.mocks[0], "authorizations.Bearer "
                                             "sk-test-4fc1e9a07b5d4d2e8a63");
    ck_assert_int_eq(sends, 2);
    test_provider_fault(&g.mocks[0], ECHOES[_i]);
    expect_none("an answer", gateway_ask(&g, "hello", ""));
    expect_none("an error", gateway_ask(&g, "hello", ", 'route': 'a/m'"));
    expect_none("a broken stream",
                gateway_ask(&g, "hello", ", 'stream': true"));
    ck_assert_int_ge(gateway_sends(&g, 0), 3);
    ask_everything();
    look_at_process();
    ck_assert(!test_daemon_logged(&g.daemon, KEY));
    gateway_stop(&g);
}

END_TEST

/* Everything, this process included, goes on as a user without privileges. */
static bool
become_nobody(void)
{
    return geteuid() != 0
           || (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0
               && setuid(NOBODY) == 0 && access(AIGWD_PATH, X_OK) == 0);
}

START_TEST(f80_memory_cannot_be_read_by_the_same_user)
{
    if (!become_nobody()) {
        printf("skipped: the program cannot be run by nobody\n");
        return;
    }
    start_with_key();
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert(!procfs_may_read_memory(g.daemon.process.pid));

    /* The same look at another process of this user. */
    ck_assert(procfs_may_read_memory(g.mocks[0].process.pid));
    gateway_stop(&g);
}

END_TEST

static Suite *
secrets_suite(void)
{
    Suite *suite = suite_create("secrets");
    TCase *tc = tcase_create("key");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f80_key_is_nowhere_but_in_the_request, 0,
                        array_count(ECHOES));
    tcase_add_test(tc, f80_memory_cannot_be_read_by_the_same_user);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(secrets_suite());
}
