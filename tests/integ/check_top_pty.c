/*
 * check_top_pty.c - aigw-top on terminals of all kinds: what they are sent,
 * and that they are given back whatever happens.
 *
 * It shows the recording that is built in: the terminal is what matters here.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "integ/top_run.h"
#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

START_TEST(the_terminal_is_given_back_at_the_end)
{
    top_run_replay(24, 80, NULL);
    ck_assert_int_eq(pty.vt.other, true);
    ck_assert_int_eq(pty.vt.cursor_hidden, true);
    pty_await(&pty, "REPLAY");
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

START_TEST(the_terminal_is_given_back_after_a_signal)
{
    top_run_replay(24, 80, NULL);
    pty_signal(&pty, ending_signals[_i]);
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

static const int fatal_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

START_TEST(the_terminal_is_given_back_after_a_crash)
{
    top_run_replay(24, 80, NULL);
    pty_type(&pty, "M");
    pty_await(&pty, "ouse");
    pty_signal(&pty, fatal_signals[_i]);
    /* A sanitizer makes an exit code of some. */
    ck_assert_int_ne(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

START_TEST(the_key_for_interrupting_ends_it)
{
    top_run_replay(24, 80, NULL);
    pty_type(&pty, "\x03");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

START_TEST(a_terminal_that_goes_away_ends_it)
{
    top_run_replay(24, 80, NULL);
    (void)close(pty.slave);
    (void)close(pty.master);
    pty.master = pty.slave = open("/dev/null", O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(pty_wait_unread(&pty), 0);
}

END_TEST

/* Runs it as a job of a shell that has job control; `script` follows. */
static void
start_job(const char *script)
{
    char text[512];
    const char *argv[] = {"/bin/sh", "-mc", text, NULL};

    (void)snprintf(text, sizeof(text), "%s --replay %s; %s", top_run_program(),
                   top_run_recording(), script);
    pty_start(&pty, argv, top_run_folder(), 24, 80);
    top_run_await();
    pty_await(&pty, "REPLAY");
}

START_TEST(it_stops_and_goes_on_like_every_job)
{
    start_job("echo stopped; read x; fg; echo over");
    pty_type(&pty, "\x1A");
    pty_await(&pty, "stopped");
    pty_expect_restored(&pty);
    pty_type(&pty, "\n");
    pty_await(&pty, "aigw-top");
    pty_await(&pty, "REPLAY");
    ck_assert_int_eq(pty.vt.other, true);
    ck_assert_int_eq(pty_is_cooked(&pty), false);
    pty_type(&pty, "q");
    pty_await(&pty, "over");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

/* SIGSTOP cannot be prepared for: what it leaves behind is repainted. */
START_TEST(it_takes_the_terminal_again_after_any_stop)
{
    start_job("printf 'scribble'; read x; fg; echo over");
    /* The job is a group of its own, in the foreground. */
    ck_assert_int_eq(kill(-tcgetpgrp(pty.master), SIGSTOP), 0);
    pty_await(&pty, "scribble");
    pty_type(&pty, "\n");
    pty_await_gone(&pty, "scribble");
    pty_await(&pty, "REPLAY");
    pty_type(&pty, "q");
    pty_await(&pty, "over");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

/* Where there are no colours, or nothing beyond ASCII. */
static const struct {
    const char *term;
    const char *locale;
    const char *option;
    const char *no_color;
    bool utf8;
    bool colours;
} kinds[] = {
    {"xterm-256color", "C.UTF-8", NULL, NULL, true, true},
    {"xterm-256color", "C.UTF-8", NULL, "", true, true},
    {"xterm-256color", "C.UTF-8", NULL, "1", true, false},
    {"xterm-256color", "C.UTF-8", "-C", NULL, true, false},
    {"xterm-256color", "C.UTF-8", "-U", NULL, false, true},
    {"xterm-256color", "C", NULL, NULL, false, true},
    {"xterm-256color", "no_SUCH.UTF-8", NULL, NULL, false, true},
    {"xterm", "C.UTF-8", NULL, NULL, true, true},
    {"linux", "C.UTF-8", NULL, NULL, true, true},
    {"vt100", "C.UTF-8", NULL, NULL, true, false},
    {"vt100", "C", NULL, NULL, false, false},
};

/* Whether anything on the screen has a colour, or is beyond ASCII. */
static void
look_at_cells(bool *ret_colours, bool *ret_utf8)
{
    *ret_colours = *ret_utf8 = false;
    for (int row = 0; row < pty.vt.rows; row++) {
        for (int col = 0; col < pty.vt.cols; col++) {
            *ret_colours |= vt_cell(&pty.vt, row, col)->colour >= 0;
            *ret_utf8 |= vt_cell(&pty.vt, row, col)->ch >= 0x80;
        }
    }
}

START_TEST(terminals_are_told_what_they_can_show)
{
    bool colours, utf8;

    ck_assert_int_eq(setenv("TERM", kinds[_i].term, 1), 0);
    ck_assert_int_eq(setenv("LC_ALL", kinds[_i].locale, 1), 0);
    if (kinds[_i].no_color)
        ck_assert_int_eq(setenv("NO_COLOR", kinds[_i].no_color, 1), 0);
    top_run_replay(24, 80, kinds[_i].option);
    pty_await(&pty, "OPEN");
    look_at_cells(&colours, &utf8);
    ck_assert_int_eq(colours, kinds[_i].colours);
    ck_assert_int_eq(utf8, kinds[_i].utf8);
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

/* Names as in JSON, and as they are shown. */
static const struct {
    const char *name;
    const char *shown;
} names[] = {
    {"\xE6\xA8\xA1\xE5\x9E\x8B/\xE5\xA4\xA7",
     " \xE6\xA8\xA1\xE5\x9E\x8B/\xE5\xA4\xA7             CLOSED"},
    {"e\xCC\x81/\xF0\x9F\x99\x82", " e/\xF0\x9F\x99\x82"},
    {"a\\u001b[31m\\u0007/\\u009b2J", " a?[31m?/?2J         CLOSED"},
    {"\\u202eevil/\\u200bx", " ?evil/?x            CLOSED"},
};

START_TEST(names_of_all_kinds_stay_in_their_places)
{
    top_run_record(names[_i].name);
    top_run_replay(24, 80, NULL);
    pty_await(&pty, names[_i].shown);
    ck_assert_uint_eq(pty.vt.unknown, 0);
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

/* What cannot be a dashboard says so, and what to do. */
static const struct {
    const char *term;
    const char *error;
} refused[] = {
    {"dumb", "\"dumb\" cannot be written to in any place"},
    {"no-such-terminal", "set TERM to one that is"},
    {"", "TERM is not set"},
};

START_TEST(a_terminal_that_cannot_be_driven_is_refused)
{
    ck_assert_int_eq(setenv("TERM", refused[_i].term, 1), 0);
    TOP_RUN(24, 120, "--demo");
    ck_assert_int_eq(pty_wait(&pty), 1);
    ck_assert_int_eq(vt_shows(&pty.vt, refused[_i].error), true);
    pty_expect_restored(&pty);
}

END_TEST

/* 26 s into the demonstration, which is longer than anybody waits here. */
START_TEST(a_recording_is_played_as_fast_as_was_asked)
{
    TOP_RUN(24, 120, "--demo", "--speed", "20");
    pty_await(&pty, "openai/gpt-4.1 OPEN");
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
}

END_TEST

START_TEST(without_a_terminal_it_says_what_to_do_instead)
{
    const char *argv[] = {"/bin/sh", "-c", "$0 --demo </dev/null",
                          top_run_program(), NULL};

    pty_start(&pty, argv, top_run_folder(), 24, 120);
    ck_assert_int_eq(pty_wait(&pty), 1);
    ck_assert_int_eq(vt_shows(&pty.vt, "stdin is not a terminal"), true);
    ck_assert_int_eq(vt_shows(&pty.vt, "--batch"), true);
}

END_TEST

START_TEST(mistakes_in_the_command_line_are_named)
{
    TOP_RUN(24, 80, "--dmeo");
    ck_assert_int_eq(pty_wait(&pty), 2);
    ck_assert_int_eq(vt_shows(&pty.vt, "Did you mean \"--demo\"?"), true);
    ck_assert_int_eq(vt_shows(&pty.vt, "aigw-top --help"), true);
}

END_TEST

static Suite *
pty_suite(void)
{
    Suite *suite = suite_create("top_pty");
    TCase *restored = tcase_create("restored"), *kind = tcase_create("kind");

    tcase_add_checked_fixture(restored, top_run_set_up, top_run_tear_down);
    tcase_set_timeout(restored, 60);
    tcase_add_test(restored, the_terminal_is_given_back_at_the_end);
    tcase_add_loop_test(restored, the_terminal_is_given_back_after_a_signal, 0,
                        ROWS(ending_signals));
    tcase_add_loop_test(restored, the_terminal_is_given_back_after_a_crash, 0,
                        ROWS(fatal_signals));
    tcase_add_test(restored, the_key_for_interrupting_ends_it);
    tcase_add_test(restored, a_terminal_that_goes_away_ends_it);
    tcase_add_test(restored, it_stops_and_goes_on_like_every_job);
    tcase_add_test(restored, it_takes_the_terminal_again_after_any_stop);
    suite_add_tcase(suite, restored);

    tcase_add_checked_fixture(kind, top_run_set_up, top_run_tear_down);
    tcase_set_timeout(kind, 60);
    tcase_add_loop_test(kind, terminals_are_told_what_they_can_show, 0,
                        ROWS(kinds));
    tcase_add_loop_test(kind, names_of_all_kinds_stay_in_their_places, 0,
                        ROWS(names));
    tcase_add_loop_test(kind, a_terminal_that_cannot_be_driven_is_refused, 0,
                        ROWS(refused));
    tcase_add_test(kind, a_recording_is_played_as_fast_as_was_asked);
    tcase_add_test(kind, without_a_terminal_it_says_what_to_do_instead);
    tcase_add_test(kind, mistakes_in_the_command_line_are_named);
    suite_add_tcase(suite, kind);

    return suite;
}

int
main(void)
{
    return suite_main(pty_suite());
}
