/*
 * check_tokens.c - keys that expire: programs that print them, files that are
 * replaced, and calls that notice nothing of it.
 */
#include "base/mem.h"
#include "support/calls.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 256,
    EXPIRIES = 20,
    BATCH = 600,
    AT_ONCE = 8,
    LIFE_MS = 800,
};

static struct gateway g;
static char folder[] = "/tmp/check_tokens.XXXXXX";
static char command[PATH_SIZE];
static char runs[PATH_SIZE];
static char seen[PATH_SIZE];
static char settings[3 * PATH_SIZE];

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(command, sizeof(command), "%s/command", folder);
    (void)snprintf(runs, sizeof(runs), "%s/runs", folder);
    (void)snprintf(seen, sizeof(seen), "%s/seen", folder);
}

static void
teardown(void)
{
    (void)unlink(command);
    (void)unlink(runs);
    (void)unlink(seen);
    (void)rmdir(folder);
}

/* Writes a file under another name first, so that nobody sees a part of it. */
static void
replace_file(const char *path, const char *text, mode_t mode)
{
    char *draft = mem_printf("%s.draft", path);
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(rename(draft, path), 0);
    free(draft);
}

/* The program notes each run and then does what the script says, with the
 * number of the run as $n. */
static void
write_command(const char *script)
{
    char *text = mem_printf("#!/bin/sh\n"
                            "echo >> %s\n"
                            "n=$(wc -l < %s)\n"
                            "%s\n",
                            runs, runs, script);

    replace_file(command, text, 0700);
    free(text);
}

static int64_t
count_runs(void)
{
    struct stat st;

    return stat(runs, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* Provider a has the program's key, b has one of its own. */
static void
start(const char *lifetime)
{
    (void)snprintf(settings, sizeof(settings),
                   " key = { command = [ \"%s\", \"an argument\" ]; %s };"
                   " timeouts = { connect_ms = 10000; headers_ms = 10000; };",
                   command, lifetime);
    g.more_of_a = settings;
    gateway_start(&g);
}

static const json_t *
key_of_a(void)
{
    return value_at(gateway_target(&g, "a/m"), "key");
}

static bool
is_key_of_a(const char *state)
{
    return strcmp(value_str(key_of_a(), "state"), state) == 0;
}

/* How many events told of it, with a reason that ends so. */
static int
count_events(const char *to, const char *end_of_reason)
{
    const json_t *events =
        value_at(peer_result(g.peer, "events", "[{}]"), "events");
    size_t n = strlen(end_of_reason);
    int count = 0;

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *reason = value_str(event, "reason");

        count += strcmp(value_str(event, "kind"), "credential") == 0
                 && strcmp(value_str(event, "to"), to) == 0
                 && strlen(reason) >= n
                 && strcmp(reason + strlen(reason) - n, end_of_reason) == 0;
    }
    return count;
}

/* How often the program ran, and what the two providers received. */
static void
expect(int64_t n_runs, int64_t sends_to_a, int64_t sends_to_b)
{
    ck_assert_int_eq(count_runs(), n_runs);
    ck_assert_int_eq(gateway_sends(&g, 0), sends_to_a);
    ck_assert_int_eq(gateway_sends(&g, 1), sends_to_b);
}

static void
ask(const char *prompt)
{
    gateway_expect_answer(&g, gateway_ask(&g, prompt, ""), prompt);
}

static void
refresh(const char *params)
{
    ck_assert(value_bool(
        peer_result(g.peer, "credential.refresh", "%s", params), "ok"));
}

START_TEST(the_first_request_waits_for_the_first_token)
{
    write_command("sleep 0.3; echo token-$n");
    start("");
    ask("hello");
    ck_assert_int_eq(
        test_provider_count(&g.mocks[0], "authorizations.Bearer token-1"), 1);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    ck_assert(is_key_of_a("loaded"));
    ask("again");
    ck_assert_int_eq(count_runs(), 1);
    ck_assert_int_eq(count_events("refreshed", command), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_that_waits_for_its_token_can_be_cancelled)
{
    uint32_t msgid;

    write_command("exec sleep 30");
    start("");
    msgid = gateway_send(&g, "hello", ", 'request_id': 'r'");
    eventually(count_runs() == 1);
    ck_assert(is_key_of_a("awaited"));
    (void)peer_result(g.peer, "cancel", "[{'request_id': 'r'}]");
    gateway_expect_failure(gateway_await(&g, msgid), "cancelled");
    ck_assert_int_eq(gateway_sends(&g, 0) + gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(the_daemon_ends_while_a_call_waits_for_its_token)
{
    write_command("exec sleep 30");
    start("");
    (void)gateway_send(&g, "hello", ", 'on_disconnect': 'finish'");
    eventually(count_runs() == 1 && is_key_of_a("awaited"));
    (void)peer_result(g.peer, "drain", "[{'deadline_s': 0}]");
    peer_close(g.peer);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    ck_assert(!test_daemon_logged(&g.daemon, "left open"));
    test_daemon_clean(&g.daemon);
    for (size_t i = 0; i < g.n_mocks; i++)
        test_provider_stop(&g.mocks[i]);
    free(g.streamed);
}

END_TEST

/* One call after the other; returns how many were answered. */
static int
run_batch(void)
{
    const struct calls_plan plan = {.total = 20, .at_once = 1, .prompt = "hi"};
    int n = 0;

    while (n < BATCH || count_runs() <= EXPIRIES) {
        struct calls_count some = calls_run(&g, &plan);

        ck_assert_int_eq(some.failed, 0);
        n += some.answered;
    }
    return n;
}

/* A run for each life, of which 80 % pass, and the first one. */
START_TEST(a_batch_goes_on_over_twenty_expiries)
{
    int64_t start_ms = process_now_ms();
    int64_t n_runs;
    int n;

    test_provider_start(&g.mocks[0], "--timed-keys", "--latency-ms", "10",
                        NULL);
    write_command("echo until-$(($(date +%s%3N) + 1000))");
    start("lifetime_s = 1;");
    n = run_batch();
    n_runs = count_runs();
    printf("%d calls, %lld tokens\n", n, (long long)n_runs);
    ck_assert_int_le(n_runs, (process_now_ms() - start_ms) / LIFE_MS + 1);
    ck_assert_int_ge(count_events("refreshed", command), n_runs - 1);
    ck_assert_int_eq(count_events("failed", ""), 0);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_late_401_costs_one_run_and_one_retry)
{
    struct calls_count count;

    write_command("sleep 0.1; echo token-$n");
    start("");
    ask("hello");
    test_provider_fault(&g.mocks[0], "kind=status,status=401,code=invalid_api_"
                                     "key,auth=token-1,ms=50");
    count = calls_run(&g, &(struct calls_plan){
                              .total = AT_ONCE,
                              .at_once = AT_ONCE,
                              .prompt = "late",
                              .more = _i ? ", 'stream': true" : NULL,
                          });
    ck_assert_int_eq(count.answered, AT_ONCE);
    expect(2, 1 + 2 * AT_ONCE, 0);
    ck_assert_int_eq(count_events("latched", ""), 0);
    ck_assert(is_key_of_a("loaded"));
    gateway_stop(&g);
}

END_TEST

/* F29, for a key that can be fetched anew. */
START_TEST(f29_a_token_that_is_refused_twice_is_latched)
{
    write_command("echo token-$n");
    start("");
    test_provider_fault(&g.mocks[0],
                        "kind=status,status=401,code=invalid_api_key");
    ask("one");
    expect(2, 2, 1);
    ck_assert(is_key_of_a("latched"));
    ck_assert_int_eq(count_events("latched", command), 1);
    ask("two");
    expect(2, 2, 2);

    test_provider_heal(&g.mocks[0]);
    refresh("[{'provider': 'a'}]");
    eventually(is_key_of_a("loaded"));
    ask("three");
    expect(3, 3, 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(the_old_token_is_used_until_it_expires_while_runs_fail)
{
    write_command("[ $n = 1 ] || exit 3; echo token-$n");
    start("lifetime_s = 2;");
    ask("one");
    eventually(count_events("failed", ": exit code 3") > 0);
    ask("two");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    eventually(count_events("expired", command) == 1);
    ask("three");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    gateway_stop(&g);
}

END_TEST

static const struct {
    const char *script;
    const char *reason;
} FAILURES[] = {
    {"exit 7", ": exit code 7"},
    {"kill -9 $$", ": ended by signal 9"},
    {":", ": its output is empty"},
    {"echo sk-secret with a space", ": its output holds a space or an "
                                    "unprintable byte"},
    {"echo '{\"secret\": \"sk-secret\"}'", ": its output is JSON without a "
                                           "token"},
    {"yes sk-secret", ": printed more than 64 KiB"},
};

/* F80: whatever a program prints, nobody hears of it. */
START_TEST(f80_a_program_that_fails_is_told_of_without_its_output)
{
    const json_t *result;
    char *text;

    write_command(FAILURES[_i].script);
    start("");
    result = gateway_ask(&g, "hello", "");
    gateway_expect_answer(&g, result, "hello");
    ck_assert_int_eq(gateway_sends(&g, 0), 0);
    ck_assert_int_ge(count_events("failed", FAILURES[_i].reason), 1);
    text = json_dumps(peer_result(g.peer, "events", "[{}]"), 0);
    ck_assert_ptr_null(strstr(text, "sk-secret"));
    free(text);
    result = gateway_ask(&g, "hello", ", 'route': 'a/m'");
    ck_assert(!value_bool(result, "success"));
    ck_assert(!test_daemon_logged(&g.daemon, "sk-secret"));
    gateway_stop(&g);
}

END_TEST

static const char *
read_seen(void)
{
    static char buf[8192];
    int fd = open(seen, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : 0;

    if (fd >= 0)
        (void)close(fd);
    buf[n > 0 ? n : 0] = '\0';
    return buf;
}

static bool
seen_contains(const char *text)
{
    return strstr(read_seen(), text) != NULL;
}

static const char *const FOREIGN[] = {"AIGW",      "sk-other-key", "anon_inode",
                                      "aigw.sock", "eventpoll",    "socket:"};

/* Runs the program twice: the second time there are connections. */
static void
run_with_connections(void)
{
    ck_assert_int_eq(setenv("AIGW_TEST_KEY", "sk-other-key", 1), 0);
    start("");
    ck_assert_int_eq(unsetenv("AIGW_TEST_KEY"), 0);
    ask("one");
    ck_assert_int_eq(unlink(seen), 0);
    refresh("[{}]");
    eventually(seen_contains("whole"));
}

/* F80, F84 */
START_TEST(f84_the_program_inherits_neither_keys_nor_descriptors)
{
    char *script = mem_printf("fds=$(ls -l /proc/self/fd);"
                              " { tr '\\0' '\\n' < /proc/$$/environ;"
                              " echo \"$fds\"; echo whole; } > %s.$n;"
                              " mv %s.$n %s; echo token-$n",
                              seen, seen, seen);

    write_command(script);
    free(script);
    run_with_connections();
    ck_assert(seen_contains("PATH="));
    for (size_t i = 0; i < array_count(FOREIGN); i++)
        ck_assert(!seen_contains(FOREIGN[i]));
    ck_assert(!procfs_contains(g.daemon.process.pid, "cmdline", "token-"));
    ck_assert(!test_daemon_logged(&g.daemon, "token-1"));
    gateway_stop(&g);
}

END_TEST

START_TEST(a_file_is_read_again_when_it_changes)
{
    replace_file(seen, "file-key-1\n", 0600);
    (void)snprintf(settings, sizeof(settings), " key = { file = \"%s\"; };",
                   seen);
    g.more_of_a = settings;
    gateway_start(&g);
    ask("one");
    replace_file(seen, "file-key-2\n", 0600);
    eventually(count_events("refreshed", seen) == 1);
    ask("two");
    ck_assert_int_eq(
        test_provider_count(&g.mocks[0], "authorizations.Bearer file-key-2"),
        1);

    /* What is open to others is refused, and the old key is kept. */
    replace_file(seen, "file-key-3\n", 0600);
    ck_assert_int_eq(chmod(seen, 0644), 0);
    eventually(count_events("failed", ": chmod 600 it") >= 1);
    ck_assert(is_key_of_a("loaded"));
    gateway_stop(&g);
}

END_TEST

START_TEST(a_401_makes_the_file_be_looked_at_at_once)
{
    replace_file(seen, "file-key-1\n", 0600);
    (void)snprintf(settings, sizeof(settings), " key = { file = \"%s\"; };",
                   seen);
    g.more_of_a = settings;
    gateway_start(&g);
    ask("one");
    test_provider_fault(&g.mocks[0], "kind=status,status=401,code=invalid_api_"
                                     "key,auth=file-key-1");
    replace_file(seen, "file-key-2\n", 0600);
    ask("two");
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    ck_assert_int_eq(count_events("latched", ""), 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(credential_refresh_knows_its_providers)
{
    write_command("echo token-$n");
    start("");
    ck_assert_str_eq(
        peer_error(g.peer, -32004, "credential.refresh", "[{'provider': 'z'}]"),
        "no provider \"z\"");
    (void)peer_error(g.peer, -32602, "credential.refresh", "[{'provider': 5}]");
    ask("one");
    refresh("[{'provider': 'b'}]");
    refresh("[{'provider': 'a'}]");
    eventually(count_runs() == 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_reload_keeps_a_good_token)
{
    write_command("echo token-$n");
    start("");
    ask("one");
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[{}]"), "ok"));
    ask("two");
    ck_assert_int_eq(count_runs(), 1);
    ck_assert_int_eq(
        test_provider_count(&g.mocks[0], "authorizations.Bearer token-1"), 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_reload_without_the_program_ends_its_run)
{
    write_command("exec sleep 60");
    start("");
    eventually(count_runs() == 1);
    test_daemon_reconfigure(&g.daemon,
                            "health = { kind = \"off\"; };\n"
                            "providers = ( { name = \"a\"; base_url = "
                            "\"http://127.0.0.1:%d/v1\"; models = ( { name = "
                            "\"m\"; } ); } );",
                            g.mocks[0].port);
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[{}]"), "ok"));
    ask("hello");
    expect(1, 1, 0);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_key_at_hand_is_used_rather_than_waited_for)
{
    write_command("exec sleep 60");
    ck_assert_int_eq(setenv("AIGW_TEST_KEY", "sk-other-key", 1), 0);
    (void)snprintf(settings, sizeof(settings),
                   " keys = ( { command = [ \"%s\" ]; },"
                   " { env = \"AIGW_TEST_KEY\"; } );",
                   command);
    g.more_of_a = settings;
    gateway_start(&g);
    ck_assert_int_eq(unsetenv("AIGW_TEST_KEY"), 0);
    ask("hello");
    ck_assert_int_eq(
        test_provider_count(&g.mocks[0], "authorizations.Bearer sk-other-key"),
        1);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_probe_that_is_refused_fetches_another_token)
{
    test_provider_start(&g.mocks[0], "--key", "token-2", NULL);
    write_command("echo token-$n");
    start("");
    eventually(is_key_of_a("loaded"));
    (void)peer_result(g.peer, "probe", "[{'target': 'a/m'}]");
    eventually(count_runs() == 2);
    eventually(is_key_of_a("loaded"));
    ask("hello");
    expect(2, 1, 0);
    gateway_stop(&g);
}

END_TEST

static void
add_calls(TCase *tc)
{
    tcase_add_test(tc, the_first_request_waits_for_the_first_token);
    tcase_add_test(tc, a_call_that_waits_for_its_token_can_be_cancelled);
    tcase_add_test(tc, the_daemon_ends_while_a_call_waits_for_its_token);
    tcase_add_test(tc, a_batch_goes_on_over_twenty_expiries);
    tcase_add_loop_test(tc, a_late_401_costs_one_run_and_one_retry, 0, 2);
    tcase_add_test(tc, f29_a_token_that_is_refused_twice_is_latched);
    tcase_add_test(tc, the_old_token_is_used_until_it_expires_while_runs_fail);
}

static void
add_sources(TCase *tc)
{
    tcase_add_loop_test(tc,
                        f80_a_program_that_fails_is_told_of_without_its_output,
                        0, array_count(FAILURES));
    tcase_add_test(tc, f84_the_program_inherits_neither_keys_nor_descriptors);
    tcase_add_test(tc, a_file_is_read_again_when_it_changes);
    tcase_add_test(tc, a_401_makes_the_file_be_looked_at_at_once);
    tcase_add_test(tc, credential_refresh_knows_its_providers);
    tcase_add_test(tc, a_reload_keeps_a_good_token);
    tcase_add_test(tc, a_reload_without_the_program_ends_its_run);
    tcase_add_test(tc, a_key_at_hand_is_used_rather_than_waited_for);
    tcase_add_test(tc, a_probe_that_is_refused_fetches_another_token);
}

static Suite *
tokens_suite(void)
{
    Suite *suite = suite_create("tokens");
    TCase *tc = tcase_create("tokens");

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    add_calls(tc);
    add_sources(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(tokens_suite());
}
