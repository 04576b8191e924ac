/*
 * check_ctl_command.c - the table of commands, and everything that must agree
 * with it: help, completions, and the manual page.
 */
#include "ctl/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/completion.h"
#include "ctl/help.h"
#include "support/source_file.h"
#include "support/suite.h"
#include "text/mem.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

static int
count_commands(void)
{
    int n = 0;

    while (commands[n].name)
        n++;
    return n;
}

START_TEST(every_command_explains_itself)
{
    const struct command *c = &commands[_i];

    ck_assert_int_eq(c->run != NULL, true);
    ck_assert_str_ne(c->help, "");
    ck_assert_msg(c->help[strlen(c->help) - 1] != '.', "%s", c->name);
    ck_assert_msg(strncmp(c->examples, "aigw-ctl ", 9) == 0
                      || strstr(c->examples, "| aigw-ctl ") != NULL,
                  "%s", c->name);
    ck_assert_ptr_nonnull(strstr(c->examples, c->name));
    ck_assert_uint_le(c->min_operands, c->max_operands);
    ck_assert_ptr_eq(command_find(c->name), c);
}

END_TEST

static void
check_options(const struct option_spec *table, const struct option_spec *other)
{
    for (; table && table->name; table++) {
        for (const struct option_spec *o = table + 1; o->name; o++) {
            ck_assert_str_ne(o->name, table->name);
            ck_assert_int_eq(o->letter && o->letter == table->letter, false);
        }
        for (const struct option_spec *o = other; o && o->name; o++) {
            ck_assert_str_ne(o->name, table->name);
            ck_assert_int_eq(o->letter && o->letter == table->letter, false);
        }
        /* What the completion scripts could not quote. */
        ck_assert_msg(strpbrk(table->help, "'\"[]:\\$`") == NULL, "%s",
                      table->help);
    }
}

START_TEST(no_option_means_two_things)
{
    check_options(commands[_i].options, command_globals);
    ck_assert_ptr_null(strpbrk(commands[_i].help, "'\"[]\\$`"));
}

END_TEST

START_TEST(help_fits_eighty_columns)
{
    const struct command *c = &commands[_i];
    struct mem_text out;
    char *text;

    mem_text_begin(&out);
    help_command(c, out.stream);
    help_program(out.stream);
    text = mem_text_end(&out);
    ck_assert_msg(strncmp(text, "Examples:\n", 10) == 0, "%s", c->name);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_msg(strlen(line) <= 80, "%s", line);
    free(text);
}

END_TEST

/* Whether `page` has "*--name*" in it. */
static bool
page_has_option(const char *page, const char *name)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "*--%s*", name);
    return strstr(page, text) != NULL;
}

START_TEST(the_manual_page_has_every_command_and_option)
{
    const struct command *c = &commands[_i];
    char *page = source_file_read("etc/man/aigw-ctl.1.scd");
    char heading[64];

    (void)snprintf(heading, sizeof(heading), "\n*%s*", c->name);
    ck_assert_msg(strstr(page, heading) != NULL, "%s", c->name);
    for (const struct option_spec *o = c->options; o && o->name; o++)
        ck_assert_msg(page_has_option(page, o->name), "%s", o->name);
    for (const struct option_spec *o = command_globals; o->name; o++)
        ck_assert_msg(page_has_option(page, o->name), "%s", o->name);
    free(page);
}

END_TEST

static bool
table_has(const struct option_spec *table, const char *name, size_t len)
{
    for (; table && table->name; table++) {
        if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
            return true;
    }
    return false;
}

static bool
any_table_has(const char *name, size_t len)
{
    if (table_has(command_globals, name, len))
        return true;
    for (const struct command *c = commands; c->name; c++) {
        if (table_has(c->options, name, len))
            return true;
    }
    return false;
}

START_TEST(the_manual_page_has_no_other_option)
{
    char *page = source_file_read("etc/man/aigw-ctl.1.scd");

    for (const char *p = page; (p = strstr(p, "*--")) != NULL;) {
        size_t len;

        p += 3;
        len = strspn(p, "abcdefghijklmnopqrstuvwxyz-");
        /* The bare "--" that ends options. */
        ck_assert_msg(len == 0 || any_table_has(p, len), "--%.*s", (int)len, p);
    }
    free(page);
}

END_TEST

static const struct {
    const char *shell;
    const char *path;
} scripts[] = {
    {"bash", "etc/completions/aigw-ctl.bash"},
    {"zsh", "etc/completions/_aigw-ctl"},
    {"fish", "etc/completions/aigw-ctl.fish"},
};

START_TEST(the_completion_files_are_what_the_program_writes)
{
    char *shipped = source_file_read(scripts[_i].path);
    struct mem_text out;
    char *written;

    mem_text_begin(&out);
    ck_assert_int_eq(completion_write(scripts[_i].shell, out.stream), true);
    written = mem_text_end(&out);
    ck_assert_str_eq(written, shipped);
    free(written);
    free(shipped);
}

END_TEST

START_TEST(an_unknown_shell_has_no_completion)
{
    ck_assert_int_eq(completion_write("tcsh", stdout), false);
}

END_TEST

START_TEST(slips_are_recognized)
{
    ck_assert_str_eq(command_suggest("tragets"), "targets");
    ck_assert_str_eq(command_suggest("req"), "requests");
    ck_assert_ptr_null(command_suggest("launch-missiles"));
    ck_assert_str_eq(command_suggest_word(command_find("breaker"), "rest"),
                     "reset");
    ck_assert_int_eq(command_has_word(command_find("config"), "check"), true);
    ck_assert_int_eq(command_has_word(command_find("config"), "chek"), false);
    ck_assert_ptr_null(command_find("tragets"));
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_command");
    TCase *tcase = tcase_create("command");
    int n = count_commands();

    tcase_add_loop_test(tcase, every_command_explains_itself, 0, n);
    tcase_add_loop_test(tcase, no_option_means_two_things, 0, n);
    tcase_add_loop_test(tcase, help_fits_eighty_columns, 0, n);
    tcase_add_loop_test(tcase, the_manual_page_has_every_command_and_option, 0,
                        n);
    tcase_add_test(tcase, the_manual_page_has_no_other_option);
    tcase_add_loop_test(tcase, the_completion_files_are_what_the_program_writes,
                        0, ROWS(scripts));
    tcase_add_test(tcase, an_unknown_shell_has_no_completion);
    tcase_add_test(tcase, slips_are_recognized);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
