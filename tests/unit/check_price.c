/*
 * Money: per million and not per thousand, rounded up once, never wrapping.
 */
#include "core/price.h"

#include "base/mem.h"
#include "proto/status.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

static struct price
usd(double input, double output)
{
    struct price price = {.n_over = 0};
    int64_t in;
    int64_t out;

    ck_assert_int_eq(price_from_usd(input, &in), 0);
    ck_assert_int_eq(price_from_usd(output, &out), 0);
    price_rates_init(&price.rates, in, out);
    return price;
}

static int64_t
cost(const struct price *price, struct usage usage)
{
    int64_t nanousd = -1;

    ck_assert_int_eq(price_cost(price, &usage, &nanousd), 0);
    return nanousd;
}

START_TEST(eighty_tokens_at_eight_dollars_a_million_cost_640000_nanodollars)
{
    struct price price = usd(2.0, 8.0);

    ck_assert_int_eq(price.rates.output, 8000000000);
    ck_assert_int_eq(cost(&price, (struct usage){.completion = 80}), 640000);
}

END_TEST

START_TEST(amounts_are_told_in_dollars)
{
    int64_t nanousd;

    ck_assert_int_eq(price_from_usd(2.5, &nanousd), 0);
    ck_assert_double_eq(price_to_usd(nanousd), 2.5);
    ck_assert_double_eq(price_to_usd(-1), -1e-9);
}

END_TEST

START_TEST(the_sum_is_rounded_up_once)
{
    struct price price = usd(0, 0);

    price.rates.input = 1;
    price.rates.output = 1;
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 1, .completion = 1}),
                     1);
    ck_assert_int_eq(
        cost(&price, (struct usage){.prompt = 999999, .completion = 1}), 1);
    ck_assert_int_eq(
        cost(&price, (struct usage){.prompt = 1000000, .completion = 1}), 2);
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 0}), 0);
}

END_TEST

static const struct {
    const char *name;
    struct usage usage;
    int64_t dollars; /* 1, 2, 3, 4, 6, 5: in, out, cached, write, 1h, reason */
} SHAPES[] = {
    {"cached is part of the prompt",
     {10, 0, 4, 0, 0, 0, {false, false}},
     6 + 12},
    {"cached stands beside it", {10, 0, 4, 0, 0, 0, {true, false}}, 10 + 12},
    {"written is part of the prompt",
     {10, 0, 2, 3, 0, 0, {false, false}},
     5 + 6 + 12},
    {"written stands beside it",
     {10, 0, 2, 3, 0, 0, {true, false}},
     10 + 6 + 12},
    {"reasoning is part of the completion",
     {0, 10, 0, 0, 0, 4, {false, false}},
     12 + 20},
    {"reasoning stands beside it", {0, 10, 0, 0, 0, 4, {false, true}}, 20 + 20},
    {"an hour in the cache is a part of what is written",
     {10, 0, 0, 5, 2, 0, {true, false}},
     10 + 12 + 12},
    {"more cached than prompt", {1, 0, 4, 0, 0, 0, {false, false}}, 12},
    {"more reasoning than completion", {0, 1, 0, 0, 0, 4, {false, false}}, 20},
};

START_TEST(parts_are_charged_once_whichever_way_they_are_counted)
{
    struct price price = {
        .rates = {1000000, 2000000, 3000000, 4000000, 6000000, 5000000},
    };

    ck_assert_msg(cost(&price, SHAPES[_i].usage) == SHAPES[_i].dollars,
                  "%s: %lld", SHAPES[_i].name,
                  (long long)cost(&price, SHAPES[_i].usage));
}

END_TEST

START_TEST(the_highest_tier_that_the_prompt_exceeds_counts_for_all)
{
    struct price price = usd(1, 1);

    price.n_over = 2;
    price.over[0].context = 400;
    price_rates_init(&price.over[0].rates, 3000000, 0);
    price.over[1].context = 200;
    price_rates_init(&price.over[1].rates, 2000000, 0);
    price.rates.input = 1000000;
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 200}), 200);
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 201}), 402);
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 401}), 1203);
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 101,
                                                 .cached = 100,
                                                 .shape.cached_beside = true}),
                     402);
}

END_TEST

START_TEST(a_price_per_request_is_added_as_it_is)
{
    struct price price = usd(0, 0);

    price.per_request_nanousd = 7;
    ck_assert_int_eq(cost(&price, (struct usage){.prompt = 5}), 7);
}

END_TEST

START_TEST(F67_the_largest_usage_does_not_wrap)
{
    struct price price = usd(1e6, 1e6);
    struct usage usage = {
        .prompt = USAGE_MAX_TOKENS,
        .completion = USAGE_MAX_TOKENS,
        .cached = USAGE_MAX_TOKENS,
        .reasoning = USAGE_MAX_TOKENS,
        .shape = {true, true},
    };

    ck_assert_int_eq(cost(&price, usage), 4000000000000000000);
    price.per_request_nanousd = INT64_MAX;
    int64_t left = 42;
    ck_assert_int_eq(price_cost(&price, &usage, &left), AIGW_ETOOBIG);
    ck_assert_int_eq(left, 42);
}

END_TEST

START_TEST(F68_a_price_that_is_no_price_is_refused)
{
    static const double wrong[] = {
        -1, -1e-9, (double)NAN, (double)INFINITY, 1e6 + 1, 1e300};
    int64_t left = 42;

    for (size_t i = 0; i < array_count(wrong); i++)
        ck_assert_int_eq(price_from_usd(wrong[i], &left), AIGW_EINVAL);
    ck_assert_int_eq(left, 42);
    ck_assert_int_eq(price_from_usd(0.075, &left), 0);
    ck_assert_int_eq(left, 75000000);
    ck_assert_int_eq(price_from_usd(0, &left), 0);
    ck_assert_int_eq(left, 0);
}

END_TEST

START_TEST(estimates_round_up)
{
    ck_assert_int_eq(price_estimate_tokens(0, 4000), 0);
    ck_assert_int_eq(price_estimate_tokens(1, 4000), 1);
    ck_assert_int_eq(price_estimate_tokens(9, 4000), 3);
    ck_assert_int_eq(price_estimate_tokens(7, 3500), 2);
    ck_assert_int_eq(price_estimate_tokens(8, 0), 2);
    ck_assert_int_eq(price_estimate_tokens(SIZE_MAX, 1), INT64_MAX);
    ck_assert_int_eq(price_reserve_tokens(0), 0);
    ck_assert_int_eq(price_reserve_tokens(3), 2);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("price");
    TCase *tc = tcase_create("price");

    tcase_add_test(
        tc, eighty_tokens_at_eight_dollars_a_million_cost_640000_nanodollars);
    tcase_add_test(tc, amounts_are_told_in_dollars);
    tcase_add_test(tc, the_sum_is_rounded_up_once);
    tcase_add_loop_test(tc,
                        parts_are_charged_once_whichever_way_they_are_counted,
                        0, (int)array_count(SHAPES));
    tcase_add_test(tc, the_highest_tier_that_the_prompt_exceeds_counts_for_all);
    tcase_add_test(tc, a_price_per_request_is_added_as_it_is);
    tcase_add_test(tc, F67_the_largest_usage_does_not_wrap);
    tcase_add_test(tc, F68_a_price_that_is_no_price_is_refused);
    tcase_add_test(tc, estimates_round_up);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
