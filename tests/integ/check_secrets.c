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

/* Where the key comes from; %s is a file that holds it. */
static const char *const SOURCES[] = {
    " key = { env = \"AIGW_TEST_KEY\"; };",
    " key = { file = \"%s\"; };",
    " key = { command = [ \"/bin/cat\", \"%s\" ]; lifetime_s = 60; };",
};

static char key_file[] = "/tmp/aigw-key-XXXXXX";
static char source[160];

static void
write_key_file(void)
{
    int fd = mkstemp(key_file);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, KEY, sizeof(KEY) - 1), sizeof(KEY) - 1);
    (void)close(fd);
}

static void
start_with_key(size_t from)
{
    const char *at = strstr(SOURCES[from], "%s");

    write_key_file();
    (void)snprintf(source, sizeof(source), "%.*s%s%s",
                   at ? (int)(at - SOURCES[from]) : 0, SOURCES[from],
                   at ? key_file : "", at ? at + 2 : SOURCES[from]);
    g = (struct gateway){
        .keeps_state = true,
        .more = "log = { level = \"debug\"; };",
        .more_of_a = source,
    };
    if (!at)
        ck_assert_int_eq(setenv(VARIABLE, KEY, 1), 0);
    gateway_start(&g);
    ck_assert_int_eq(unsetenv(VARIABLE), 0);
}

static void
stop(void)
{
    gateway_stop(&g);
    (void)unlink(key_file);
}

/* Every file of the daemon's folder: its log, its ledger, its calls. */
static void
look_at_files(void)
{
    char *command = mem_printf("grep -rqaF -e %s %s", KEY, g.daemon.folder);

    ck_assert_int_ne(system(command), 0);
    free(command);
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
    {"status", "[{'detail': 'a/m'}]"},
    {"watch", "[{'target': 'a/m'}]"},
    {"requests", "[{}]"},
    {"events", "[{}]"},
    {"metrics", "[]"},
    {"explain", "[{'prompt': 'hello'}]"},
    {"probe", "[{'target': 'a/m'}]"},
    {"config.show", "[]"},
    {"config.check", "[]"},
    {"config.reload", "[]"},
    {"cost", "[{}]"},
    {"session.list", "[]"},
    {"session.get", "[{'session_id': 's'}]"},
    {"credential.refresh", "[{'provider': 'a'}]"},
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

    start_with_key((size_t)_i / array_count(ECHOES));
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    gateway_expect_answer(
        &g, gateway_ask(&g, "hello", ", 'stream': true, 'session_id': 's'"),
        "hello");
    sends = test_provider_count(&g.mocks[0], "authorizations.Bearer "
                                             "sk-test-4fc1e9a07b5d4d2e8a63");
    ck_assert_int_eq(sends, 2);
    test_provider_fault(&g.mocks[0], ECHOES[(size_t)_i % array_count(ECHOES)]);
    expect_none("an answer", gateway_ask(&g, "hello", ""));
    expect_none("an error", gateway_ask(&g, "hello", ", 'route': 'a/m'"));
    expect_none("a broken stream",
                gateway_ask(&g, "hello", ", 'stream': true"));
    ck_assert_int_ge(gateway_sends(&g, 0), 3);
    ask_everything();
    look_at_process();
    look_at_files();
    stop();
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
    start_with_key(0);
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert(!procfs_may_read_memory(g.daemon.process.pid));

    /* The same look at another process of this user. */
    ck_assert(procfs_may_read_memory(g.mocks[0].process.pid));
    stop();
}

END_TEST

static Suite *
secrets_suite(void)
{
    Suite *suite = suite_create("secrets");
    TCase *tc = tcase_create("key");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, f80_key_is_nowhere_but_in_the_request, 0,
                        array_count(SOURCES) * array_count(ECHOES));
    tcase_add_test(tc, f80_memory_cannot_be_read_by_the_same_user);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(secrets_suite());
}
