/*
 * check_log.c - lines that can be read by people and by programs, whatever
 * text is in them.
 */
#include "base/log.h"

#include "support/suite.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int stderr_kept;
static int reader;
static char said[8192];

/* Standard error becomes a pipe that the test reads. */
static void
setup(void)
{
    int ends[2];

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    stderr_kept = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    (void)close(ends[1]);
    reader = ends[0];
}

static void
teardown(void)
{
    (void)dup2(stderr_kept, STDERR_FILENO);
    (void)close(stderr_kept);
    (void)close(reader);
}

static const char *
listen_to(void)
{
    ssize_t n = read(reader, said, sizeof(said) - 1);

    said[n > 0 ? n : 0] = '\0';
    return said;
}

/* The line without its time, which is the first field. */
static const char *
after_time(void)
{
    const char *line = listen_to();

    ck_assert_int_eq(strncmp(line, "time=20", 7), 0);
    ck_assert_int_eq(line[strlen("time=2026-11-22T21:31:44.524")], 'Z');
    return strchr(line, ' ') + 1;
}

START_TEST(a_line_has_a_level_a_message_and_fields)
{
    log_setup(LOG_INFO, LOG_LOGFMT);
    log_line(LOG_WARN, "it opened", LOG_STR("target", "a/b"), LOG_INT("n", -42),
             LOG_REAL("rate", 0.5), LOG_BOOL("ok", true),
             LOG_STR("absent", NULL));
    ck_assert_str_eq(after_time(), "level=warn msg=\"it opened\" target=a/b "
                                   "n=-42 rate=0.5 ok=true\n");
}

END_TEST

START_TEST(integers_of_every_size_are_written)
{
    log_setup(LOG_INFO, LOG_LOGFMT);
    log_line(LOG_INFO, "n", LOG_INT("least", INT64_MIN),
             LOG_INT("most", INT64_MAX), LOG_INT("none", 0));
    ck_assert_str_eq(after_time(),
                     "level=info msg=\"n\" least=-9223372036854775808 "
                     "most=9223372036854775807 none=0\n");
}

END_TEST

START_TEST(text_from_a_peer_can_neither_end_a_line_nor_reach_a_terminal)
{
    log_setup(LOG_INFO, LOG_LOGFMT);
    log_line(LOG_INFO, "x", LOG_STR("e", "a\nlevel=error \x1b[2J\"\\"));
    ck_assert_str_eq(after_time(),
                     "level=info msg=\"x\" "
                     "e=\"a\\nlevel=error \\u001b[2J\\\"\\\\\"\n");
}

END_TEST

START_TEST(json_is_json)
{
    log_setup(LOG_INFO, LOG_JSON);
    log_line(LOG_ERROR, "m", LOG_STR("s", "two words"), LOG_INT("i", 7),
             LOG_BOOL("b", false));
    ck_assert_ptr_nonnull(strstr(listen_to(),
                                 "Z\",\"level\":\"error\",\"msg\":\"m\","
                                 "\"s\":\"two words\",\"i\":7,\"b\":false}\n"));
}

END_TEST

START_TEST(the_journal_gets_a_priority_and_no_time)
{
    log_setup(LOG_INFO, LOG_JOURNAL);
    log_text(LOG_ERROR, "m");
    ck_assert_str_eq(listen_to(), "<3>level=error msg=\"m\"\n");
}

END_TEST

START_TEST(what_is_below_the_level_is_not_written)
{
    log_setup(LOG_WARN, LOG_LOGFMT);
    log_text(LOG_INFO, "m");
    ck_assert_str_eq(listen_to(), "");
}

END_TEST

START_TEST(a_line_is_cut_and_still_ends)
{
    char text[6000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_setup(LOG_INFO, LOG_LOGFMT);
    log_line(LOG_INFO, "m", LOG_STR("s", text));
    (void)listen_to();
    ck_assert_uint_le(strlen(said), 4096);
    ck_assert_int_eq(said[strlen(said) - 1], '\n');
}

END_TEST

/* F79: nobody reads our log. */
START_TEST(a_full_pipe_drops_lines_and_counts_them)
{
    uint64_t before = log_dropped();

    log_setup(LOG_INFO, LOG_LOGFMT);
    for (int i = 0; i < 5000; i++)
        log_text(LOG_INFO, "the same again and again and again and again");
    ck_assert_uint_gt(log_dropped(), before);
}

END_TEST

START_TEST(names_are_parsed)
{
    enum log_level level;
    enum log_format format;

    ck_assert(log_parse_level("debug", &level));
    ck_assert_int_eq(level, LOG_DEBUG);
    ck_assert(!log_parse_level("loud", &level));
    ck_assert(log_parse_format("json", &format));
    ck_assert_int_eq(format, LOG_JSON);
    ck_assert(!log_parse_format("", &format));
}

END_TEST

static Suite *
log_suite(void)
{
    Suite *s = suite_create("log");
    TCase *tc = tcase_create("lines");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_line_has_a_level_a_message_and_fields);
    tcase_add_test(tc, integers_of_every_size_are_written);
    tcase_add_test(
        tc, text_from_a_peer_can_neither_end_a_line_nor_reach_a_terminal);
    tcase_add_test(tc, json_is_json);
    tcase_add_test(tc, the_journal_gets_a_priority_and_no_time);
    tcase_add_test(tc, what_is_below_the_level_is_not_written);
    tcase_add_test(tc, a_line_is_cut_and_still_ends);
    tcase_add_test(tc, a_full_pipe_drops_lines_and_counts_them);
    tcase_add_test(tc, names_are_parsed);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(log_suite());
}
