/*
 * check_top_dump.c - the screen and what it is made from, as a file.
 */
#include "tui/dump.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/suite.h"
#include "support/top_fixture.h"

static struct top top;
static char folder[32];

static void
set_up(void)
{
    top_setup(&top);
    top_draw(&top, 24, 80, false);
    strcpy(folder, "/tmp/check-top-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void
tear_down(void)
{
    char command[64];

    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
    top_teardown(&top);
}

START_TEST(everything_known_is_in_it)
{
    struct aigw_value *dump =
        dump_make(&top.model, &top.canvas, TOP_NOW_MS, TOP_WALL_MS);
    const struct aigw_value *screen = aigw_value_get(dump, "screen");

    ck_assert_int_eq(aigw_value_status(dump), 0);
    ck_assert_int_eq(aigw_get_int(dump, "time_ms", 0), (int64_t)TOP_WALL_MS);
    ck_assert_int_eq(
        aigw_value_equal(aigw_value_get(dump, "snapshot"), top.model.snapshot),
        true);
    ck_assert_uint_eq(aigw_value_size(aigw_value_get(dump, "events")),
                      top.model.n_events);
    ck_assert_ptr_nonnull(aigw_value_path(dump, "costs.client"));
    ck_assert_uint_eq(aigw_value_size(screen), 24);
    ck_assert_ptr_nonnull(
        strstr(aigw_value_str(aigw_value_at(screen, 0), ""), "aigw-top"));
    aigw_value_free(dump);
}

END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    struct aigw_value *dump;

    top_teardown(&top);
    top_setup_empty(&top);
    top_draw(&top, 5, 20, true);
    dump = dump_make(&top.model, &top.canvas, TOP_NOW_MS, TOP_WALL_MS);
    ck_assert_int_eq(aigw_value_status(dump), 0);
    ck_assert_ptr_null(aigw_value_get(dump, "snapshot"));
    ck_assert_uint_eq(aigw_value_size(aigw_value_get(dump, "costs")), 0);
    aigw_value_free(dump);
}

END_TEST

START_TEST(the_file_is_its_owners_and_replaces_none)
{
    char name[64];
    struct stat status;

    ck_assert_int_eq(
        dump_save(&top.model, &top.canvas, TOP_NOW_MS, TOP_WALL_MS, name), 0);
    ck_assert_str_eq(name, "aigw-top-20260405T150405.json");
    ck_assert_int_eq(stat(name, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(
        dump_save(&top.model, &top.canvas, TOP_NOW_MS, TOP_WALL_MS, name),
        -EEXIST);
}

END_TEST

/* Of all files, those of the tests' own too. */
static void
limit_files(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(one_that_does_not_fit_is_not_left_behind)
{
    char name[64];
    struct stat status;
    int saved;

    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(1000);
    saved = dump_save(&top.model, &top.canvas, TOP_NOW_MS, TOP_WALL_MS, name);
    limit_files(RLIM_INFINITY);
    ck_assert_int_eq(saved, -EFBIG);
    ck_assert_int_ne(stat(name, &status), 0);
}

END_TEST

static Suite *
dump_suite(void)
{
    Suite *suite = suite_create("top_dump");
    TCase *tcase = tcase_create("dump");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, everything_known_is_in_it);
    tcase_add_test(tcase, what_is_not_known_is_left_out);
    tcase_add_test(tcase, the_file_is_its_owners_and_replaces_none);
    tcase_add_test(tcase, one_that_does_not_fit_is_not_left_behind);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(dump_suite());
}
