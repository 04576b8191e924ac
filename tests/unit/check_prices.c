/*
 * check_prices.c - the prices that come with the daemon, as the configuration
 * has them, and the examples that include them.
 */
#include "app/config.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ETC[] = AIGW_SOURCE_DIR "/etc";

static struct config *
load(const char *path)
{
    static struct config_report report;
    struct config *config = config_load(path, &report);
    char text[640] = "";

    if (report.n_issues > 0)
        config_issue_format(&report.issues[0], text, sizeof(text));
    ck_assert_msg(config != NULL && report.n_issues == 0, "%s: %s", path, text);
    return config;
}

/* One that has only this model, without a price of its own. */
static struct config *
load_model(const char *model)
{
    static struct config_report report;
    char *text = mem_printf("@include \"%s/prices.conf\"\n"
                            "providers = ( { name = \"p\";"
                            " base_url = \"http://127.0.0.1:1/v1\";"
                            " models = ( { name = \"%s\"; } ); } );",
                            ETC, model);
    struct config *config =
        config_parse(text, strlen(text), "aigwd.conf", &report);

    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(report.n_issues, 0);
    free(text);
    return config;
}

/* USD per million tokens in nano-dollars, as they stand in the providers'
 * lists. */
static const struct listed {
    const char *model;
    struct price_rates rates;
    int64_t over; /* Tokens of prompt; 0: one price for all. */
    int64_t over_input;
} LISTED[] = {
    {"gpt-4.1",
     {2000000000, 8000000000, 500000000, 2000000000, 2000000000, 8000000000},
     0,
     0},
    {"gpt-4.1-mini",
     {400000000, 1600000000, 100000000, 400000000, 400000000, 1600000000},
     0,
     0},
    {"gpt-5.4",
     {2500000000, 15000000000, 250000000, 2500000000, 2500000000, 15000000000},
     272000,
     5000000000},
    {"claude-sonnet-4-5",
     {3000000000, 15000000000, 300000000, 3750000000, 6000000000, 15000000000},
     200000,
     6000000000},
    {"claude-haiku-4-5",
     {1000000000, 5000000000, 100000000, 1250000000, 2000000000, 5000000000},
     0,
     0},
    {"gemini-2.5-pro",
     {1250000000, 10000000000, 125000000, 1250000000, 1250000000, 10000000000},
     200000,
     2500000000},
    {"deepseek-chat",
     {140000000, 280000000, 2800000, 140000000, 140000000, 280000000},
     0,
     0},
    {"grok-4",
     {3000000000, 15000000000, 750000000, 3000000000, 3000000000, 15000000000},
     0,
     0},
    {"text-embedding-3-small",
     {20000000, 0, 20000000, 20000000, 20000000, 0},
     0,
     0},
};

START_TEST(models_have_the_prices_of_the_lists)
{
    const struct listed *l = &LISTED[_i];
    struct config *config = load_model(l->model);
    const struct config_target *target = &config->targets[0];

    ck_assert_msg(target->has_price, "%s", l->model);
    ck_assert_mem_eq(&target->price.rates, &l->rates, sizeof(l->rates));
    ck_assert_uint_eq(target->price.n_over, l->over > 0);
    if (l->over > 0) {
        ck_assert_int_eq(target->price.over[0].context, l->over);
        ck_assert_int_eq(target->price.over[0].rates.input, l->over_input);
    }
    config_free(config);
}

END_TEST

START_TEST(an_unlisted_model_has_no_price)
{
    struct config *config = load_model("gpt-0");

    ck_assert(!config->targets[0].has_price);
    config_free(config);
}

END_TEST

static const char *const EXAMPLES[] = {"aigwd.conf", "demo.conf"};

START_TEST(every_model_of_the_examples_has_a_price)
{
    char *path = mem_printf("%s/%s", ETC, EXAMPLES[_i]);
    struct config *config = load(path);

    ck_assert_uint_gt(config->n_targets, 1);
    for (size_t i = 0; i < config->n_targets; i++) {
        ck_assert_msg(config->targets[i].has_price, "%s",
                      config->targets[i].model);
        ck_assert_int_gt(config->targets[i].price.rates.input, 0);
    }
    config_free(config);
    free(path);
}

END_TEST

static Suite *
prices_suite(void)
{
    Suite *s = suite_create("prices");
    TCase *tc = tcase_create("prices");

    tcase_add_loop_test(tc, models_have_the_prices_of_the_lists, 0,
                        (int)array_count(LISTED));
    tcase_add_test(tc, an_unlisted_model_has_no_price);
    tcase_add_loop_test(tc, every_model_of_the_examples_has_a_price, 0,
                        (int)array_count(EXAMPLES));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(prices_suite());
}
