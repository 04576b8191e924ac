/*
 * check_args.c - command lines taken apart by tables.
 */
#include "text/args.h"

#include <string.h>

#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    WORDS_MAX = 12
};

static const struct option_spec globals[] = {{'s', "socket", "PATH", "socket"},
                                             {'q', "quiet", NULL, "quiet"},
                                             {0, "json", NULL, "json"},
                                             {0}};

static const struct option_spec own[] = {{'n', "count", "N", "count"},
                                         {'f', "follow", NULL, "follow"},
                                         {0, "ratio", "R", "ratio"},
                                         {0, "tag", "TAG", "tag"},
                                         {0}};

static char *
word(const char *text)
{
    /* argv is not const, though nobody writes to it. */
    return (char *)(uintptr_t)text;
}

static int
count_words(const char *const *words, char **ret_argv)
{
    int n = 1;

    ret_argv[0] = word("aigw-ctl");
    for (; *words; words++)
        ret_argv[n++] = word(*words);
    return n;
}

/* A command line and what is found in it: "socket=/x quiet count=5" and
 * "a|b", or the beginning of the complaint. */
static const struct {
    const char *words[WORDS_MAX];
    const char *options;
    const char *operands;
    const char *error;
} lines[] = {
    {{"cmd", NULL}, "", "cmd", NULL},
    {{"-s", "/x", "cmd", "a", NULL}, "socket=/x", "cmd|a", NULL},
    {{"cmd", "a", "-s/x", "-q", NULL}, "socket=/x quiet", "cmd|a", NULL},
    {{"cmd", "--socket=/x", "--json", NULL}, "socket=/x json", "cmd", NULL},
    {{"cmd", "-qfn5", NULL}, "quiet follow count=5", "cmd", NULL},
    {{"cmd", "-n", "-5", NULL}, "count=-5", "cmd", NULL},
    {{"cmd", "--tag", "a", "--tag=b", NULL}, "tag=a tag=b", "cmd", NULL},
    {{"cmd", "--ratio=", NULL}, "ratio=", "cmd", NULL},
    {{"cmd", "-", NULL}, "", "cmd|-", NULL},
    {{"cmd", "--", "-q", "--", NULL}, "", "cmd|-q|--", NULL},
    {{"cmd", "", NULL}, "", "cmd|", NULL},
    {{"cmd", "-n", NULL}, NULL, NULL, "option \"--count\" needs a value"},
    {{"cmd", "--json=1", NULL}, NULL, NULL, "option \"--json\" takes no"},
    {{"cmd", "-x", NULL}, NULL, NULL, "no option \"-x\" here."},
    {{"cmd", "--folow", NULL},
     NULL,
     NULL,
     "no option \"--folow\" here. Did you mean \"--follow\"?"},
    {{"cmd", "--zzz", NULL}, NULL, NULL, "no option \"--zzz\" here."},
};

static void
describe(const struct args *args, char *ret_options, char *ret_operands)
{
    ret_options[0] = '\0';
    ret_operands[0] = '\0';
    for (size_t i = 0; i < args->n_options; i++) {
        strcat(ret_options, i > 0 ? " " : "");
        strcat(ret_options, args->options[i].spec->name);
        if (args->options[i].spec->value) {
            strcat(ret_options, "=");
            strcat(ret_options, args->options[i].value);
        }
    }
    for (size_t i = 0; i < args->n_operands; i++) {
        strcat(ret_operands, i > 0 ? "|" : "");
        strcat(ret_operands, args->operands[i]);
    }
}

START_TEST(a_line_is_taken_apart_or_refused)
{
    char *argv[WORDS_MAX + 1], options[200], operands[200];
    int argc = count_words(lines[_i].words, argv);
    struct args args;
    int status = args_parse(&args, argc, argv, globals, own);

    if (lines[_i].error) {
        ck_assert_int_eq(status, -1);
        ck_assert_msg(
            strncmp(args.error, lines[_i].error, strlen(lines[_i].error)) == 0,
            "%s", args.error);
    } else {
        ck_assert_int_eq(status, 0);
        describe(&args, options, operands);
        ck_assert_str_eq(options, lines[_i].options);
        ck_assert_str_eq(operands, lines[_i].operands);
        ck_assert_ptr_null(args.operands[args.n_operands]);
    }
    args_deinit(&args);
}

END_TEST

static const struct {
    const char *words[WORDS_MAX];
    int at;
} commands[] = {
    {{"cmd", "-z", NULL}, 1},
    {{"-s", "x", "cmd", NULL}, 3},
    {{"-q", "--json", NULL}, 3},
    {{"--socket=x", "cmd", NULL}, 2},
    {{"-n", "5", "cmd", NULL}, -1},
    {{"--count", NULL}, -1},
    {{"-s", NULL}, -1},
};

START_TEST(the_command_is_the_first_operand_behind_global_options)
{
    char *argv[WORDS_MAX + 1];
    int argc = count_words(commands[_i].words, argv);
    struct args args;

    ck_assert_int_eq(args_find_command(&args, argc, argv, globals),
                     commands[_i].at);
    args_deinit(&args);
}

END_TEST

static void
parse(struct args *args, const char *option, const char *value)
{
    static char *argv[4];

    argv[0] = word("aigw-ctl");
    argv[1] = word(option);
    argv[2] = word(value);
    ck_assert_int_eq(args_parse(args, 3, argv, globals, own), 0);
}

START_TEST(a_whole_number_has_bounds)
{
    static const char *const bad[] = {"0", "11",  "5x",
                                      "",  "1.5", "99999999999999999999"};
    struct args args;
    int64_t value = 77;

    for (int i = 0; i < ROWS(bad); i++) {
        parse(&args, "--count", bad[i]);
        ck_assert_int_eq(args_int(&args, "count", 1, 10, &value), -1);
        ck_assert_ptr_nonnull(strstr(args.error, "from 1 to 10"));
        args_deinit(&args);
    }
    ck_assert_int_eq(value, 77);
    parse(&args, "--count", "10");
    ck_assert_int_eq(args_int(&args, "count", 1, 10, &value), 0);
    ck_assert_int_eq(value, 10);
    args_deinit(&args);
}

END_TEST

START_TEST(a_number_has_bounds_and_is_finite)
{
    static const char *const bad[] = {"nan", "inf", "-0.1", "2.1", "", "1,5"};
    struct args args;
    double value = 77;

    for (int i = 0; i < ROWS(bad); i++) {
        parse(&args, "--ratio", bad[i]);
        ck_assert_int_eq(args_number(&args, "ratio", 0, 2, &value), -1);
        args_deinit(&args);
    }
    ck_assert_double_eq(value, 77);
    parse(&args, "--ratio", "0.7");
    ck_assert_int_eq(args_number(&args, "ratio", 0, 2, &value), 0);
    ck_assert_double_eq(value, 0.7);
    args_deinit(&args);
}

END_TEST

START_TEST(what_was_not_given_leaves_the_default)
{
    struct args args;
    int64_t value = 10;

    parse(&args, "--tag", "x");
    ck_assert_int_eq(args_int(&args, "count", 1, 10, &value), 0);
    ck_assert_int_eq(value, 10);
    ck_assert_ptr_null(args_value(&args, "count"));
    ck_assert_int_eq(args_has(&args, "count"), false);
    ck_assert_int_eq(args_has(&args, "tag"), true);
    ck_assert_ptr_null(args_operand(&args, 0));
    args_deinit(&args);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("args");
    TCase *tcase = tcase_create("args");

    tcase_add_loop_test(tcase, a_line_is_taken_apart_or_refused, 0,
                        ROWS(lines));
    tcase_add_loop_test(tcase,
                        the_command_is_the_first_operand_behind_global_options,
                        0, ROWS(commands));
    tcase_add_test(tcase, a_whole_number_has_bounds);
    tcase_add_test(tcase, a_number_has_bounds_and_is_finite);
    tcase_add_test(tcase, what_was_not_given_leaves_the_default);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
