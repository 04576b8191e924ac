/*
 * check_top_options.c - the command line of aigw-top.
 */
#include "tui/options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    WORDS_MAX = 8
};

static struct options options;
static char error[240];

static void
set_up(void)
{
    ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
}

/* Reads the words as a command line. */
static int
parse(const char *const words[WORDS_MAX])
{
    char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "aigw-top"};
    int argc = 1;

    for (; argc <= WORDS_MAX && words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    error[0] = '\0';
    return options_parse(argc, argv, &options, error);
}

#define PARSE(...) parse((const char *const[WORDS_MAX]){__VA_ARGS__})

START_TEST(nothing_has_to_be_said)
{
    ck_assert_int_eq(PARSE(NULL), 0);
    ck_assert_ptr_null(options.socket_path);
    ck_assert_double_eq(options.interval_ms, 0);
    ck_assert_double_eq(options.speed, 1);
    ck_assert_int_eq(options.window_s, 0);
    ck_assert_int_eq(options.iterations, 0);
    ck_assert_int_eq(options.batch, false);
    ck_assert_int_eq(options.mono, false);
}

END_TEST

START_TEST(everything_can_be_said)
{
    ck_assert_int_eq(PARSE("-s/x", "-d", "0.5", "--window=5m", "-CU",
                           "--readonly", "--record", "r"),
                     0);
    ck_assert_str_eq(options.socket_path, "/x");
    ck_assert_double_eq(options.interval_ms, 500);
    ck_assert_int_eq(options.window_s, 300);
    ck_assert_int_eq(options.mono, true);
    ck_assert_int_eq(options.ascii, true);
    ck_assert_int_eq(options.readonly, true);
    ck_assert_str_eq(options.record_path, "r");
}

END_TEST

START_TEST(a_recording_has_a_speed)
{
    ck_assert_int_eq(PARSE("--replay", "r", "--speed", "10"), 0);
    ck_assert_str_eq(options.replay_path, "r");
    ck_assert_double_eq(options.speed, 10);
    ck_assert_int_eq(PARSE("--demo", "--speed=0.5"), 0);
    ck_assert_int_eq(options.demo, true);
}

END_TEST

START_TEST(a_format_implies_batch)
{
    ck_assert_int_eq(PARSE("--csv", "-n3"), 0);
    ck_assert_int_eq(options.batch, true);
    ck_assert_int_eq(options.format, OPTIONS_CSV);
    ck_assert_int_eq(options.iterations, 3);
    ck_assert_int_eq(PARSE("-b", NULL), 0);
    ck_assert_int_eq(options.batch, true);
    ck_assert_int_eq(options.format, OPTIONS_TABLES);
}

END_TEST

START_TEST(no_color_is_heard_unless_it_is_empty)
{
    ck_assert_int_eq(setenv("NO_COLOR", "", 1), 0);
    ck_assert_int_eq(PARSE(NULL), 0);
    ck_assert_int_eq(options.mono, false);
    ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
    ck_assert_int_eq(PARSE(NULL), 0);
    ck_assert_int_eq(options.mono, true);
}

END_TEST

/* Command lines that are refused, and how the complaint begins. */
static const struct {
    const char *words[WORDS_MAX];
    const char *error;
} refused[] = {
    {{"--dealy", "1"}, "no option \"--dealy\" here. Did you mean \"--delay\"?"},
    {{"-x"}, "no option \"-x\" here."},
    {{"-d"}, "option \"--delay\" needs a value: --delay SECONDS."},
    {{"-d", "0"}, "\"--delay 0\": expected a number from 0.1 to 3600."},
    {{"-d", "nan"}, "\"--delay nan\": expected a number"},
    {{"-d", "1x"}, "\"--delay 1x\": expected a number"},
    {{"-w", "2m"}, "\"--window 2m\": expected 10s, 1m, 5m or 1h."},
    {{"-b", "-n", "0"}, "\"--iterations 0\": expected a whole number from 1"},
    {{"-n", "1"}, "--iterations is for --batch."},
    {{"--json", "--csv"}, "--json and --csv cannot both be written."},
    {{"--demo=1"}, "option \"--demo\" takes no value."},
    {{"--demo", "--replay", "x"}, "--demo is a recording itself"},
    {{"--demo", "-s", "x"}, "a recording is shown without a daemon"},
    {{"--replay", "x", "--record", "y"}, "what is a recording already"},
    {{"--speed", "2"}, "--speed is for --replay and --demo."},
    {{"--demo", "--speed", "0"}, "\"--speed 0\": expected a number"},
    {{"status"}, "there is nothing to name"},
};

START_TEST(what_makes_no_sense_is_refused)
{
    size_t len = strlen(refused[_i].error);

    ck_assert_int_eq(parse(refused[_i].words), -1);
    ck_assert_msg(strncmp(error, refused[_i].error, len) == 0, "%s", error);
}

END_TEST

static Suite *
options_suite(void)
{
    Suite *suite = suite_create("top_options");
    TCase *tcase = tcase_create("options");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_has_to_be_said);
    tcase_add_test(tcase, everything_can_be_said);
    tcase_add_test(tcase, a_recording_has_a_speed);
    tcase_add_test(tcase, a_format_implies_batch);
    tcase_add_test(tcase, no_color_is_heard_unless_it_is_empty);
    tcase_add_loop_test(tcase, what_makes_no_sense_is_refused, 0,
                        ROWS(refused));
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(options_suite());
}
