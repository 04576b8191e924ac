/*
 * check_ctl_watch.c - aigw-ctl following the daemon until its count, its
 * reader or a signal ends it.
 */
#include "integ/ctl_replies.h"
#include "integ/ctl_run.h"
#include "support/suite.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(watching_ends_after_its_count_or_with_its_reader)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;

    CTL_RUN(&run, CTL_TTY_NONE, NULL, "watch", "-n", "2", "-o", "ndjson");
    ck_assert_int_eq(run.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"server_state\""));
    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"events", "-f", NULL});
    ctl_run_read_until(&run, "hot\n");
    ck_assert_ptr_nonnull(strstr(run.out_text, "14 of 20 failed\n"));
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(a_reader_that_goes_away_ends_it_quietly)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_NONE, (const char *const[]){"watch", NULL});
    (void)close(run.out);
    run.out = -1;
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 128 + SIGPIPE);
    ck_assert_str_eq(run.err_text, "");
    ctl_daemon_stop(daemon);
}

END_TEST

START_TEST(watching_goes_on_when_the_daemon_comes_back)
{
    struct ctl_daemon *daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    struct ctl_run run;

    ctl_run_start(&run, CTL_TTY_NONE,
                  (const char *const[]){"events", "-f", NULL});
    ctl_run_read_until(&run, "hot\n");
    ctl_daemon_stop(daemon);
    ck_assert_int_eq(unlink(ctl_run_socket()), 0);
    ctl_run_read_until(&run, "trying again");
    daemon = ctl_daemon_start(ctl_run_socket(), ctl_replies);
    ctl_run_read_until(&run, "connected again");
    for (int i = 0; i < 500 && ctl_daemon_count(daemon, "events") == 0; i++)
        (void)poll(NULL, 0, 10);
    ck_assert_int_eq(kill(run.pid, SIGINT), 0);
    ctl_run_finish(&run);
    ck_assert_int_eq(run.exit_code, 130);
    char *params = ctl_daemon_params(daemon, "events");

    ck_assert_str_eq(params, "[{\"follow\":true,\"since_seq\":9}]");
    free(params);
    ctl_daemon_stop(daemon);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_watch");
    TCase *tcase = tcase_create("ctl_watch");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, ctl_run_set_up, ctl_run_tear_down);
    tcase_add_test(tcase, watching_ends_after_its_count_or_with_its_reader);
    tcase_add_test(tcase, a_reader_that_goes_away_ends_it_quietly);
    tcase_add_test(tcase, watching_goes_on_when_the_daemon_comes_back);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
