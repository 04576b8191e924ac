/*
 * check_config_budgets.c - budgets as they are written.
 */
#include "app/config.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static const char PROVIDERS[] =
    "providers = ( { name = \"p\"; base_url = \"http://127.0.0.1:1/v1\";"
    " models = ( { name = \"m\"; } ); } );\n";

static struct config_report report;

static struct config *
load(const char *budgets)
{
    char *text = mem_printf("%s%s", PROVIDERS, budgets);
    struct config *config =
        config_parse(text, strlen(text), "aigwd.conf", &report);

    free(text);
    return config;
}

START_TEST(a_budget_is_a_name_and_a_limit)
{
    struct config *c =
        load("budgets = ( { name = \"daily\"; limit_usd = 300; } );");

    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(report.n_issues, 0);
    ck_assert_uint_eq(c->n_budgets, 1);
    ck_assert_str_eq(c->budgets[0].name, "daily");
    ck_assert_int_eq(c->budgets[0].scope, CONFIG_SCOPE_ALL);
    ck_assert_ptr_null(c->budgets[0].match);
    ck_assert_int_eq(c->budgets[0].period, ACCOUNT_DAY);
    ck_assert_int_eq(c->budgets[0].limit_nanousd, INT64_C(300000000000));
    ck_assert_int_eq(c->budgets[0].on_exceeded, CONFIG_EXCEEDED_REFUSE);
    ck_assert_double_eq(c->budgets[0].soft, 0.8);
    config_free(c);
}

END_TEST

START_TEST(what_is_shown_can_be_loaded_again)
{
    struct config *c =
        load("budgets = ( { name = \"a\"; limit_usd = 0.5; }, { name = \"b\";"
             " scope = \"tag\"; match = \"red\"; period = \"month\";"
             " limit_usd = 7; on_exceeded = \"downgrade\"; soft = 0.5; } );");
    char *first = config_show(c), *second;
    struct config *again =
        config_parse(first, strlen(first), "aigwd.conf", &report);

    ck_assert_ptr_nonnull(again);
    second = config_show(again);
    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(again->n_budgets, 2);
    ck_assert_str_eq(again->budgets[1].match, "red");
    ck_assert_int_eq(again->budgets[1].period, ACCOUNT_MONTH);
    ck_assert_int_eq(again->budgets[1].on_exceeded, CONFIG_EXCEEDED_DOWNGRADE);
    free(first);
    free(second);
    config_free(c);
    config_free(again);
}

END_TEST

static const struct refusal {
    const char *text;
    const char *path; /* And where it is found. */
} REFUSALS[] = {
    {"budgets = { };", "budgets"},
    {"budgets = ( { limit_usd = 1; } );", "budgets[0].name"},
    {"budgets = ( { name = \"a\"; } );", "budgets[0].limit_usd"},
    {"budgets = ( { name = \"a\"; limit_usd = -1; } );",
     "budgets[0].limit_usd"},
    {"budgets = ( { name = \"a\"; limit_usd = 1; soft = 2; } );",
     "budgets[0].soft"},
    {"budgets = ( { name = \"a\"; limit_usd = 1; scope = \"user\"; } );",
     "budgets[0].scope"},
    {"budgets = ( { name = \"a\"; limit_usd = 1; period = \"week\"; } );",
     "budgets[0].period"},
    {"budgets = ( { name = \"a\"; limit_usd = 1; match = \"x\"; } );",
     "budgets[0]"},
    {"budgets = ( { name = \"a\"; limit_usd = 1; },"
     " { name = \"a\"; limit_usd = 1; } );",
     "budgets[1].name"},
};

START_TEST(f68_a_wrong_budget_is_refused)
{
    ck_assert_msg(load(REFUSALS[_i].text) == NULL, "%s", REFUSALS[_i].text);
    ck_assert_uint_eq(report.n_errors, 1);
    ck_assert_str_eq(report.issues[0].path, REFUSALS[_i].path);
}

END_TEST

static Suite *
budgets_suite(void)
{
    Suite *s = suite_create("config_budgets");
    TCase *tc = tcase_create("budgets");

    tcase_add_test(tc, a_budget_is_a_name_and_a_limit);
    tcase_add_test(tc, what_is_shown_can_be_loaded_again);
    tcase_add_loop_test(tc, f68_a_wrong_budget_is_refused, 0,
                        (int)array_count(REFUSALS));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(budgets_suite());
}
