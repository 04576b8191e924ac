/*
 * check_top_settings.c - what is kept of the screen, and files that somebody
 * has edited.
 */
#include "tui/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/suite.h"
#include "tui/table.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    RANDOM_FILES = 2000
};

static struct ui ui;
static char *complaints;
static size_t complaints_size;
static FILE *complaints_out;
static char folder[32];

static void
set_up(void)
{
    ui_init(&ui);
    complaints_out = open_memstream(&complaints, &complaints_size);
    ck_assert_ptr_nonnull(complaints_out);
    strcpy(folder, "/tmp/check-top-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
tear_down(void)
{
    char command[64];

    ui_deinit(&ui);
    (void)fclose(complaints_out);
    free(complaints);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *
complained(void)
{
    ck_assert_int_eq(fflush(complaints_out), 0);
    return complaints;
}

START_TEST(everything_can_be_set)
{
    settings_read("# a comment\n\n  delay = 2.5\nwindow=5m\n"
                  "view = cost\ncost_by = client\nhide_idle = yes\n"
                  "milliseconds = yes\nmouse = yes\n"
                  "sort_targets = P99 desc\nsort_cost = NAME asc",
                  "top.conf", &ui, complaints_out);
    ck_assert_str_eq(complained(), "");
    ck_assert_double_eq(ui.interval_ms, 2500);
    ck_assert_int_eq(ui.window_s, 300);
    ck_assert_int_eq(ui.view, UI_COST);
    ck_assert_int_eq(ui.cost_by, COST_BY_CLIENT);
    ck_assert_int_eq(ui.hide_idle, true);
    ck_assert_int_eq(ui.milliseconds, true);
    ck_assert_int_eq(ui.mouse, true);
    ck_assert_str_eq(
        table_of(UI_TARGETS)->columns[ui.tables[UI_TARGETS].sort].title, "P99");
    ck_assert_int_eq(ui.tables[UI_TARGETS].ascending, false);
    ck_assert_int_eq(ui.tables[UI_COST].sort, 0);
    ck_assert_int_eq(ui.tables[UI_COST].ascending, true);
}

END_TEST

/* Lines that are complained about, and change nothing. */
static const struct {
    const char *line;
    const char *complaint;
} wrong[] = {
    {"delay = fast", "f:1: \"delay\": expected seconds from 0.1 to 3600\n"},
    {"delay = 0", "f:1: \"delay\": expected seconds from 0.1 to 3600\n"},
    {"delay = nan", "f:1: \"delay\": expected seconds from 0.1 to 3600\n"},
    {"delay =", "f:1: \"delay\": expected seconds from 0.1 to 3600\n"},
    {"window = 2m", "f:1: \"window\": expected 10s, 1m, 5m or 1h\n"},
    {"view = all", "f:1: \"view\": expected targets, routes, requests, cost, "
                   "events or daemon\n"},
    {"cost_by = model", "f:1: \"cost_by\": expected target, route or client\n"},
    {"mouse = on", "f:1: \"mouse\": expected yes or no\n"},
    {"widnow = 1m",
     "f:1: \"widnow\": no such setting. Did you mean \"window\"?\n"},
    {"zzz = 1", "f:1: \"zzz\": no such setting\n"},
    {"sort_targets = P99",
     "f:1: \"sort_targets\": expected a column and asc or desc, as \"P99 "
     "desc\"\n"},
    {"sort_targets = NOPE desc",
     "f:1: \"sort_targets\": expected a column and asc or desc, as \"P99 "
     "desc\"\n"},
    {"sort_daemon = P99 desc",
     "f:1: \"sort_daemon\": expected a column and asc or desc, as \"P99 "
     "desc\"\n"},
    {"sort_nothing = P99 desc", "f:1: \"sort_nothing\": no such setting\n"},
    {"delay", "f:1: \"delay\": expected key = value\n"},
    {"= 1", "f:1: \"\": no such setting\n"},
};

START_TEST(what_is_wrong_is_told_and_left_out)
{
    struct ui before = ui;

    settings_read(wrong[_i].line, "f", &ui, complaints_out);
    ck_assert_str_eq(complained(), wrong[_i].complaint);
    ck_assert_mem_eq(&ui, &before, sizeof(ui));
}

END_TEST

START_TEST(lines_are_counted)
{
    settings_read("# one\n\nmouse = yes\nmouse = maybe\ndelay = 3\n", "f", &ui,
                  complaints_out);
    ck_assert_str_eq(complained(), "f:4: \"mouse\": expected yes or no\n");
    ck_assert_double_eq(ui.interval_ms, 3000);
}

END_TEST

START_TEST(what_is_saved_is_read_again)
{
    char path[64];
    struct ui again;
    struct stat status;

    ui.interval_ms = 500;
    ui.window_s = 3600;
    ui.view = UI_EVENTS;
    ui.cost_by = COST_BY_ROUTE;
    ui.hide_idle = ui.milliseconds = ui.mouse = true;
    ui.tables[UI_TARGETS].sort = 2;
    ui.tables[UI_TARGETS].ascending = true;
    (void)snprintf(path, sizeof(path), "%s/a/b/top.conf", folder);
    ck_assert_int_eq(settings_save(path, &ui), 0);
    ck_assert_int_eq(settings_save(path, &ui), 0);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);

    ui_init(&again);
    settings_load(path, &again, complaints_out);
    ck_assert_str_eq(complained(), "");
    ck_assert_mem_eq(&again, &ui, sizeof(ui));
}

END_TEST

START_TEST(no_file_is_no_mistake)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/none", folder);
    settings_load(path, &ui, complaints_out);
    ck_assert_str_eq(complained(), "");
    (void)snprintf(path, sizeof(path), "%s/none/top.conf", folder);
    settings_load(path, &ui, complaints_out);
    ck_assert_str_eq(complained(), "");
    settings_load(folder, &ui, complaints_out);
    ck_assert_ptr_nonnull(strstr(complained(), "directory"));
}

END_TEST

START_TEST(what_cannot_be_written_is_left_as_it_was)
{
    char path[64], command[160];

    /* A folder stands where the file is to be. */
    (void)snprintf(path, sizeof(path), "%s/top.conf", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(settings_save(path, &ui), -EISDIR);
    (void)snprintf(command, sizeof(command), "test \"$(ls %s)\" = top.conf",
                   folder);
    ck_assert_int_eq(system(command), 0);
    /* A file, where a folder is to be. */
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
    (void)snprintf(path, sizeof(path), "%s/top.conf/x", folder);
    ck_assert_int_eq(settings_save(path, &ui), -ENOTDIR);
}

END_TEST

START_TEST(the_place_follows_the_environment)
{
    char path[PATH_MAX];

    ck_assert_int_eq(setenv("HOME", "/home/me", 1), 0);
    ck_assert_int_eq(setenv("XDG_CONFIG_HOME", "/etc/me", 1), 0);
    ck_assert_int_eq(settings_path(path), 0);
    ck_assert_str_eq(path, "/etc/me/aigw/top.conf");
    ck_assert_int_eq(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
    ck_assert_int_eq(settings_path(path), 0);
    ck_assert_str_eq(path, "/home/me/.config/aigw/top.conf");
    ck_assert_int_eq(unsetenv("XDG_CONFIG_HOME"), 0);
    ck_assert_int_eq(unsetenv("HOME"), 0);
    ck_assert_int_eq(settings_path(path), -1);
}

END_TEST

START_TEST(any_text_does_no_harm)
{
    static const char *const pieces[] = {
        "delay", "sort_targets", "window", " ",   "=",     "\n",   "P99 desc",
        "1",     "\x1B[31m",     "\xFF",   "yes", "view",  "#",    "cost",
        "desc",  "1e999",        "-1",     "\t",  "sort_", "asc\n"};

    for (unsigned seed = 0; seed < RANDOM_FILES; seed++) {
        char text[1024] = "";

        srandom(seed);
        for (int n = (int)(random() % 60); n > 0; n--)
            strcat(text, pieces[random() % ROWS(pieces)]);
        settings_read(text, "f", &ui, complaints_out);
        ck_assert_double_ge(ui.interval_ms, 100);
        ck_assert_int_lt(ui.tables[UI_TARGETS].sort,
                         (int)table_of(UI_TARGETS)->n_columns);
    }
}

END_TEST

static Suite *
settings_suite(void)
{
    Suite *suite = suite_create("top_settings");
    TCase *tcase = tcase_create("settings");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, everything_can_be_set);
    tcase_add_loop_test(tcase, what_is_wrong_is_told_and_left_out, 0,
                        ROWS(wrong));
    tcase_add_test(tcase, lines_are_counted);
    tcase_add_test(tcase, what_is_saved_is_read_again);
    tcase_add_test(tcase, no_file_is_no_mistake);
    tcase_add_test(tcase, what_cannot_be_written_is_left_as_it_was);
    tcase_add_test(tcase, the_place_follows_the_environment);
    tcase_add_test(tcase, any_text_does_no_harm);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(settings_suite());
}
