/*
 * check_top_output.c - `aigw-top -b` with a real daemon, without one, and with
 * recordings: what comes out of the pipe, and how it ends.
 *
 * AIGW_TEST_UPDATE=1 writes the tables of the demonstration anew.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "integ/ctl_run.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

static const char GOLDEN[] =
    AIGW_SOURCE_DIR "/tests/integ/golden/top-batch-demo.txt";

static struct gateway g;
static struct ctl_run run;

static void
setup(void)
{
    ctl_run_set_up();
    ctl_run_program(AIGW_TOP);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
    g = (struct gateway){.more = "breaker = { recovery_timeout_s = 0.2;"
                                 " recovery_timeout_max_s = 0.2; };"};
}

static void
start_gateway(void)
{
    gateway_start(&g);
    ck_assert_int_eq(setenv("AIGW_SOCKET", g.daemon.socket, 1), 0);
}

#define TOP(...) CTL_RUN(&run, CTL_TTY_NONE, NULL, __VA_ARGS__)

static size_t
count(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

static void
expect_plain_ascii(const char *text)
{
    for (; *text; text++)
        ck_assert_msg((*text >= ' ' && *text < 0x7f) || *text == '\n'
                          || *text == '\r',
                      "%s", text);
}

static void
open_breaker(void)
{
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=503");
    for (int i = 0; i < 5; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    ck_assert_str_eq(value_str(gateway_target(&g, "a/m"), "state"), "open");
}

/* Trials are ordinary calls. */
static bool
is_closed_by_calls(void)
{
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    return strcmp(value_str(gateway_target(&g, "a/m"), "state"), "closed") == 0;
}

static const struct {
    const char *format;
    const char *shown; /* So often in two looks: */
    size_t n;
} formats[] = {{"-b", "\na/m ", 2},
               {"-b", "aigw-top - ", 2},
               {"-b", "PROVIDER/MODEL", 2},
               {"--json", "\"schema\":1,", 2},
               {"--json", "\n", 2},
               {"--csv", "\r\n", 5},
               {"--csv", ",\"a/m\",\"closed\",", 2},
               {"--plain", "aigwd READY: 2 of 2 targets usable\n", 1},
               {"--plain", "\n", 1}};

static void
expect_shown(const char *shown, size_t n)
{
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.err_text, "");
    ck_assert_uint_eq(count(run.out_text, shown), n);
    expect_plain_ascii(run.out_text);
}

START_TEST(every_format_is_text_that_ends)
{
    start_gateway();
    for (int i = 0; i < ROWS(formats); i++) {
        TOP(formats[i].format, "-n2", "-d0.1");
        expect_shown(formats[i].shown, formats[i].n);
    }
    gateway_stop(&g);
}

END_TEST

/* What a moment changes is compared by its kind alone. */
static bool
is_of_a_moment(const char *key)
{
    static const char *const keys[] = {
        "time_ms", "uptime_s",         "loop_lag_ms",     "rss_bytes",
        "fds",     "connections",      "rpc_queue_bytes", "rps",
        "trend",   "held_bytes",       "since_ms",        "clients",
        "retries", "cost_per_hour_usd"};

    for (int i = 0; i < ROWS(keys); i++) {
        if (strcmp(key, keys[i]) == 0)
            return true;
    }
    return false;
}

static void expect_same(const json_t *a, const json_t *b, const char *key);

static void
expect_same_members(const json_t *a, const json_t *b)
{
    json_t *members = json_deep_copy(a);
    const char *key;
    json_t *value;

    ck_assert_uint_eq(json_object_size(a), json_object_size(b));
    json_object_foreach (members, key, value)
        expect_same(value, json_object_get(b, key), key);
    json_decref(members);
}

/* As deep as a snapshot is. */
static void
expect_same(const json_t *a, const json_t *b, const char *key)
{
    ck_assert_msg(b != NULL, "no %s", key);
    if (is_of_a_moment(key))
        return;
    if (json_is_object(a)) {
        expect_same_members(a, b);
    } else if (json_is_array(a)) {
        ck_assert_uint_eq(json_array_size(a), json_array_size(b));
        for (size_t i = 0; i < json_array_size(a); i++)
            expect_same(json_array_get(a, i), json_array_get(b, i), key);
    } else {
        ck_assert_msg(json_equal(a, b), "%s differs", key);
    }
}

START_TEST(json_is_what_status_tells)
{
    json_t *shown;

    start_gateway();
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    TOP("--json", "-n1");
    shown = json_loads(run.out_text, 0, NULL);
    ck_assert_msg(shown != NULL, "%s", run.out_text);
    expect_same(peer_result(g.peer, "status", "[]"), shown, "");
    ck_assert_int_eq(value_int(shown, "totals.successful_requests"), 1);
    json_decref(shown);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_trip_and_a_recovery_are_one_sentence_each)
{
    start_gateway();
    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"--plain", "-d0.1", NULL});
    ctl_run_read_until(&run, "aigwd READY");
    open_breaker();
    ctl_run_read_until(&run, " a/m OPEN: ");
    test_provider_heal(&g.mocks[0]);
    eventually(is_closed_by_calls());
    ctl_run_read_until(&run, " a/m CLOSED: ");
    ctl_run_read_until(&run, "2 of 2 targets usable\n");
    (void)kill(run.pid, SIGTERM);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_uint_eq(count(run.out_text, " a/m OPEN: "), 1);
    ck_assert_uint_eq(count(run.out_text, " a/m CLOSED: "), 1);
    ck_assert_ptr_nonnull(strstr(run.out_text, "HTTP 503"));
    gateway_stop(&g);
}

END_TEST

START_TEST(without_a_daemon_it_fails_at_once)
{
    TOP("-b", "-n1");
    ck_assert_int_eq(run.exit_code, 3);
    ck_assert_str_eq(run.out_text, "");
    ck_assert_ptr_nonnull(strstr(run.err_text, "cannot connect to "));
    TOP("-b", "--replay", "/nowhere/at/all");
    ck_assert_int_eq(run.exit_code, 1);
    TOP("-b", "--json", "--csv");
    ck_assert_int_eq(run.exit_code, 2);
}

END_TEST

static const struct {
    const char *format;
    const char *first; /* What a look without trouble shows. */
    const char *lost;  /* What is said of the loss, anywhere. */
} losses[] = {{"-b", "a/m", " STALE "},
              {"--json", "a/m", "{\"error\":{\"code\":-8,"},
              {"--csv", "a/m", ", trying again\n"},
              {"--plain", "aigwd READY", " CONNECTION LOST: "}};

START_TEST(a_daemon_that_goes_is_told_of_and_looks_go_on)
{
    static struct ctl_run runs[ROWS(losses)];

    start_gateway();
    for (int i = 0; i < ROWS(losses); i++) {
        ctl_run_start(
            &runs[i], CTL_TTY_NONE,
            (const char *const[]){losses[i].format, "-d0.2", "-n9", NULL});
        ctl_run_read_until(&runs[i], losses[i].first);
    }
    process_kill(&g.daemon.process);
    for (int i = 0; i < ROWS(losses); i++) {
        ctl_run_finish(&runs[i]);
        ck_assert_int_eq(runs[i].exit_code, 3);
        ck_assert_msg(strstr(runs[i].out_text, losses[i].lost)
                          || strstr(runs[i].err_text, losses[i].lost),
                      "%s%s", runs[i].out_text, runs[i].err_text);
    }
    gateway_start_again(&g);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_daemon_that_comes_back_is_told_of)
{
    start_gateway();
    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"--plain", "-d0.2", NULL});
    ctl_run_read_until(&run, "aigwd READY");
    gateway_start_again(&g);
    ctl_run_read_until(&run, "aigwd restarted, counters began again\n");
    (void)kill(run.pid, SIGINT);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ck_assert_uint_eq(count(run.out_text, "CONNECTION LOST"), 1);
    ck_assert_uint_eq(count(run.out_text, "connected again\n"), 1);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_reader_that_has_enough_ends_it_quietly)
{
    start_gateway();
    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"--csv", "-d0.1", NULL});
    ctl_run_read_until(&run, "a/m");
    (void)close(run.out);
    run.out = -1;
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.err_text, "");
    gateway_stop(&g);
}

END_TEST

/* One object is more than stdio keeps back: it is the writing that fails, and
 * not the flush after it. */
static const struct {
    const char *command;
    const char *tells;
} cut_off[] = {{"{ " AIGW_TOP " --json --demo -n1 >/dev/full; echo $?; } 2>&1",
                "aigw-top: cannot write: No space left on device\n1\n"},
               {"{ { " AIGW_TOP
                " --json --demo -n1; echo $? >&2; } | true; } 2>&1",
                "0\n"}};

START_TEST(an_object_that_cannot_be_written_ends_it)
{
    char text[200] = "";
    FILE *told = popen(cut_off[_i].command, "re");

    ck_assert_ptr_nonnull(told);
    ck_assert_uint_lt(fread(text, 1, sizeof(text) - 1, told), sizeof(text));
    (void)pclose(told);
    ck_assert_str_eq(text, cut_off[_i].tells);
}

END_TEST

START_TEST(a_recording_has_what_was_shown)
{
    static char shown[CTL_OUTPUT_MAX];
    char path[160];

    start_gateway();
    (void)snprintf(path, sizeof(path), "%s/recording", g.daemon.folder);
    TOP("--json", "-d0.1", "-n3", "--record", path);
    ck_assert_int_eq(run.exit_code, 0);
    (void)snprintf(shown, sizeof(shown), "%s", run.out_text);
    TOP("--json", "--replay", path, "--speed", "1000");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_str_eq(run.out_text, shown);
    TOP("--csv", "--replay", path, "--speed", "1000");
    ck_assert_uint_eq(count(run.out_text, "\r\n"), 1 + 3 * 2);
    TOP("--json", "--record", path);
    ck_assert_int_eq(run.exit_code, 1);
    ck_assert_ptr_nonnull(strstr(run.err_text, "File exists"));
    gateway_stop(&g);
}

END_TEST

static FILE *
open_golden(const char *text)
{
    FILE *file = fopen(GOLDEN, getenv("AIGW_TEST_UPDATE") ? "w+" : "r");

    ck_assert_msg(file != NULL, "%s is missing: AIGW_TEST_UPDATE=1 writes it",
                  GOLDEN);
    if (getenv("AIGW_TEST_UPDATE"))
        ck_assert_int_ge(fputs(text, file), 0);
    rewind(file);
    return file;
}

/* Line by line, since texts as long as these cannot be shown side by side. */
static void
expect_golden(const char *text)
{
    FILE *file = open_golden(text);
    char line[512];

    while (fgets(line, sizeof(line), file)) {
        size_t len = strlen(line);

        ck_assert_msg(strncmp(text, line, len) == 0, "\n%s instead of\n%.*s",
                      line, (int)strcspn(text, "\n"), text);
        text += len;
    }
    (void)fclose(file);
    ck_assert_str_eq(text, "");
}

START_TEST(the_demonstration_has_tables)
{
    TOP("--demo", "-b", "-d30", "-n3", "--speed", "1000");
    ck_assert_int_eq(run.exit_code, 0);
    expect_golden(run.out_text);
}

END_TEST

START_TEST(the_demonstration_is_told_in_sentences)
{
    TOP("--demo", "--plain", "-n100", "--speed", "1000");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_uint_eq(
        count(run.out_text, "16:00:26 openai/gpt-4.1 OPEN: 14 of 20 failed"),
        1);
    ck_assert_uint_eq(count(run.out_text, "16:01:26 openai/gpt-4.1 CLOSED: "),
                      1);
    expect_plain_ascii(run.out_text);
}

END_TEST

START_TEST(aigw_ctl_top_is_the_same)
{
    char path[8192];

    (void)snprintf(path, sizeof(path), "%.*s:%s",
                   (int)(strrchr(AIGW_TOP, '/') - AIGW_TOP), AIGW_TOP,
                   getenv("PATH"));
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    ctl_run_program(AIGW_CTL);
    TOP("top", "--demo", "--csv", "-n1");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_uint_eq(count(run.out_text, "\r\n"), 7);
    TOP("-s", "/nowhere/s", "top", "-b");
    ck_assert_int_eq(run.exit_code, 3);
    ck_assert_ptr_nonnull(strstr(run.err_text, "/nowhere/s"));
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_output");
    TCase *tc = tcase_create("output");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, ctl_run_tear_down);
    tcase_add_test(tc, every_format_is_text_that_ends);
    tcase_add_test(tc, json_is_what_status_tells);
    tcase_add_test(tc, a_trip_and_a_recovery_are_one_sentence_each);
    tcase_add_test(tc, without_a_daemon_it_fails_at_once);
    tcase_add_test(tc, a_daemon_that_goes_is_told_of_and_looks_go_on);
    tcase_add_test(tc, a_daemon_that_comes_back_is_told_of);
    tcase_add_test(tc, a_reader_that_has_enough_ends_it_quietly);
    tcase_add_loop_test(tc, an_object_that_cannot_be_written_ends_it, 0,
                        ROWS(cut_off));
    tcase_add_test(tc, a_recording_has_what_was_shown);
    tcase_add_test(tc, the_demonstration_has_tables);
    tcase_add_test(tc, the_demonstration_is_told_in_sentences);
    tcase_add_test(tc, aigw_ctl_top_is_the_same);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
