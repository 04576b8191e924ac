/*
 * check_route.c - who may answer, and in which order.
 */
#include "core/route.h"

#include "support/suite.h"

enum {
    NOW = 100000
};

static struct route_member
member(enum route_reason state)
{
    return (struct route_member){
        .state = state,
        .tier = 1,
        .weight = 1,
        .est_cost_nanousd = 100,
        .latency_cost = 100.0,
        .retry_at_ms = INT64_MAX,
        .last_tried_ms = INT64_MIN,
    };
}

static struct route_plan
plan(const struct route_demand *demand, const struct route_member *m, size_t n,
     uint64_t seed)
{
    struct route_plan p;
    struct rng rng;

    rng_init(&rng, seed);
    route_plan(demand, m, n, &rng, &p);
    return p;
}

static const struct route_demand ANY = {.tier = -1, .max_nanousd = -1};

START_TEST(the_order_of_the_route_rules)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_OPEN),
                                member(ROUTE_ELIGIBLE)};
    struct route_plan p;

    m[0].priority = 9;
    p = plan(&ANY, m, 3, 1);
    ck_assert_uint_eq(p.n_order, 2);
    ck_assert_uint_eq(p.order[0], 0);
    ck_assert_uint_eq(p.order[1], 2);
    ck_assert_int_eq(p.reasons[1], ROUTE_OPEN);
}

END_TEST

START_TEST(a_tier_is_strict)
{
    struct route_member m[2] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand premium = {.tier = 2, .max_nanousd = -1};
    struct route_plan p;

    m[1].tier = 2;
    p = plan(&premium, m, 2, 1);
    ck_assert_uint_eq(p.n_order, 1);
    ck_assert_uint_eq(p.order[0], 1);
    ck_assert_int_eq(p.reasons[0], ROUTE_TIER);
}

END_TEST

START_TEST(a_prompt_that_does_not_fit_is_not_sent)
{
    struct route_member m[2] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand large = {.tier = -1, .max_nanousd = -1, .tokens = 9000};
    struct route_plan p;

    m[0].context = 8192;
    p = plan(&large, m, 2, 1);
    ck_assert_uint_eq(p.n_order, 1);
    ck_assert_int_eq(p.reasons[0], ROUTE_CONTEXT);
}

END_TEST

START_TEST(a_cost_limit_excludes_what_is_dearer_or_has_no_price)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_demand cheap = {.tier = -1, .max_nanousd = 100};
    struct route_plan p;

    m[0].est_cost_nanousd = 101;
    m[1].est_cost_nanousd = -1;
    p = plan(&cheap, m, 3, 1);
    ck_assert_uint_eq(p.n_order, 1);
    ck_assert_uint_eq(p.order[0], 2);
    ck_assert_int_eq(p.reasons[0], ROUTE_COST);
    ck_assert_int_eq(p.reasons[1], ROUTE_COST);
}

END_TEST

START_TEST(strategy_cost_asks_the_cheapest_first_and_the_unpriced_last)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_demand by_cost = {
        .strategy = ROUTE_BY_COST, .tier = -1, .max_nanousd = -1};
    struct route_plan p;

    m[0].est_cost_nanousd = -1;
    m[1].est_cost_nanousd = 50;
    m[2].est_cost_nanousd = 10;
    p = plan(&by_cost, m, 3, 1);
    ck_assert_uint_eq(p.order[0], 2);
    ck_assert_uint_eq(p.order[1], 1);
    ck_assert_uint_eq(p.order[2], 0);
}

END_TEST

START_TEST(strategy_tier_begins_with_the_wanted_one_then_goes_up_then_down)
{
    static const uint8_t ORDERS[4][4] = {
        {0, 1, 2, 3}, /* Any: as the route has them. */
        {1, 3, 2, 0}, /* Economy. */
        {2, 0, 1, 3},
        {0, 2, 1, 3},
    };
    struct route_member m[4] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand by_tier = {
        .strategy = ROUTE_BY_TIER, .tier = -1, .max_nanousd = -1};

    m[0].tier = 2;
    m[1].tier = 0;
    m[3].tier = 0;
    for (int wanted = -1; wanted < 3; wanted++) {
        by_tier.wanted_tier = wanted;
        ck_assert_mem_eq(plan(&by_tier, m, 4, 1).order, ORDERS[wanted + 1], 4);
    }
}

END_TEST

START_TEST(a_tier_that_is_demanded_does_not_move)
{
    struct route_member m[2] = {member(ROUTE_OPEN), member(ROUTE_ELIGIBLE)};
    struct route_demand demand = {.strategy = ROUTE_BY_TIER,
                                  .tier = 0,
                                  .wanted_tier = -1,
                                  .max_nanousd = -1};

    m[0].tier = 0;
    ck_assert_uint_eq(plan(&demand, m, 2, 1).n_order, 0);
    demand.tier = -1;
    demand.wanted_tier = 0;
    ck_assert_uint_eq(plan(&demand, m, 2, 1).order[0], 1);
}

END_TEST

START_TEST(close_to_a_rate_limit_counts_double)
{
    struct route_member m[2] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand by_cost = {
        .strategy = ROUTE_BY_COST, .tier = -1, .max_nanousd = -1};

    m[0].est_cost_nanousd = 60;
    m[0].penalty = true;
    ck_assert_uint_eq(plan(&by_cost, m, 2, 1).order[0], 1);
    m[0].penalty = false;
    ck_assert_uint_eq(plan(&by_cost, m, 2, 1).order[0], 0);
}

END_TEST

START_TEST(strategy_weighted_draws_in_proportion)
{
    struct route_member m[2] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand weighted = {
        .strategy = ROUTE_BY_WEIGHT, .tier = -1, .max_nanousd = -1};
    int first = 0;

    m[0].weight = 3;
    for (uint64_t seed = 0; seed < 10000; seed++)
        first += plan(&weighted, m, 2, seed).order[0] == 0;
    ck_assert_int_ge(first, 7200);
    ck_assert_int_le(first, 7800);
}

END_TEST

START_TEST(a_weight_of_zero_is_a_last_choice)
{
    struct route_member m[2] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_demand weighted = {
        .strategy = ROUTE_BY_WEIGHT, .tier = -1, .max_nanousd = -1};

    m[0].weight = 0;
    for (uint64_t seed = 0; seed < 100; seed++)
        ck_assert_uint_eq(plan(&weighted, m, 2, seed).order[0], 1);
}

END_TEST

/* F48: a target whose failures count as slow gets hardly any traffic. */
START_TEST(strategy_latency_prefers_the_lighter_of_two_drawn)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_demand by_latency = {
        .strategy = ROUTE_BY_LATENCY, .tier = -1, .max_nanousd = -1};
    int picked[3] = {0};

    m[0].latency_cost = 5000.0;
    m[1].latency_cost = 200.0;
    m[2].latency_cost = 300.0;
    for (uint64_t seed = 0; seed < 3000; seed++)
        picked[plan(&by_latency, m, 3, seed).order[0]]++;
    ck_assert_int_eq(picked[0], 0);
    ck_assert_int_gt(picked[1], picked[2]);
    ck_assert_int_gt(picked[2], 0);
}

END_TEST

START_TEST(strategy_latency_stays_within_the_best_priority)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_demand by_latency = {
        .strategy = ROUTE_BY_LATENCY, .tier = -1, .max_nanousd = -1};

    m[0].priority = 2;
    m[0].latency_cost = 1.0;
    m[1].priority = 1;
    m[2].priority = 1;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct route_plan p = plan(&by_latency, m, 3, seed);

        ck_assert_uint_ne(p.order[0], 0);
        ck_assert_uint_eq(p.order[2], 0);
    }
}

END_TEST

START_TEST(the_last_resort_is_the_one_left_alone_longest)
{
    struct route_member m[2] = {member(ROUTE_OPEN), member(ROUTE_OPEN)};
    struct route_plan p = plan(&ANY, m, 2, 1);

    m[0].last_tried_ms = NOW - 1000;
    m[1].last_tried_ms = NOW - 2000;
    ck_assert_int_eq(route_last_resort(&p, m, 2, NOW), 1);
}

END_TEST

START_TEST(there_is_no_last_resort_within_a_second)
{
    struct route_member m[1] = {member(ROUTE_OPEN)};
    struct route_plan p = plan(&ANY, m, 1, 1);

    m[0].last_tried_ms = NOW - 999;
    ck_assert_int_eq(route_last_resort(&p, m, 1, NOW), -1);
    m[0].last_tried_ms = NOW - 1000;
    ck_assert_int_eq(route_last_resort(&p, m, 1, NOW), 0);
}

END_TEST

START_TEST(there_is_no_last_resort_against_latches_or_limits)
{
    static const enum route_reason OTHERS[] = {ROUTE_AUTH, ROUTE_QUOTA,
                                               ROUTE_MODEL, ROUTE_GATED};
    struct route_member m[2] = {member(ROUTE_OPEN), member(OTHERS[_i])};
    struct route_plan p = plan(&ANY, m, 2, 1);

    ck_assert_int_eq(route_last_resort(&p, m, 2, NOW), -1);
}

END_TEST

START_TEST(a_trial_that_runs_elsewhere_does_not_prevent_a_last_resort)
{
    struct route_member m[2] = {member(ROUTE_HALF_OPEN), member(ROUTE_OPEN)};
    struct route_plan p = plan(&ANY, m, 2, 1);

    ck_assert_int_eq(route_last_resort(&p, m, 2, NOW), 1);
    ck_assert_int_eq(route_last_resort(&p, m, 1, NOW), -1);
}

END_TEST

START_TEST(members_that_are_excluded_do_not_prevent_a_last_resort)
{
    static const enum route_reason OUT[] = {ROUTE_DISABLED, ROUTE_DRAINING,
                                            ROUTE_FORCED_OPEN, ROUTE_NO_KEY};
    struct route_member m[2] = {member(OUT[_i]), member(ROUTE_OPEN)};
    struct route_plan p = plan(&ANY, m, 2, 1);

    ck_assert_int_eq(route_last_resort(&p, m, 2, NOW), 1);
}

END_TEST

START_TEST(the_caller_learns_when_to_come_back)
{
    struct route_member m[3] = {member(ROUTE_OPEN), member(ROUTE_GATED),
                                member(ROUTE_DISABLED)};
    struct route_plan p = plan(&ANY, m, 3, 1);

    m[0].retry_at_ms = NOW + 900;
    m[1].retry_at_ms = NOW + 400;
    m[2].retry_at_ms = NOW;
    ck_assert_int_eq(route_retry_at(&p, m, 3), NOW + 400);
}

END_TEST

START_TEST(the_likeliest_member_needs_no_chance)
{
    struct route_member m[3] = {member(ROUTE_OPEN), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_demand d = ANY;

    m[0].weight = 9;
    m[2].weight = 2;
    m[2].latency_cost = 50.0;
    ck_assert_int_eq(route_likeliest(&d, m, 3), 1);
    d.strategy = ROUTE_BY_WEIGHT;
    ck_assert_int_eq(route_likeliest(&d, m, 3), 2);
    d.strategy = ROUTE_BY_LATENCY;
    ck_assert_int_eq(route_likeliest(&d, m, 3), 2);
    m[2].priority = 1;
    ck_assert_int_eq(route_likeliest(&d, m, 3), 1);
    d.strategy = ROUTE_BY_COST;
    m[2].est_cost_nanousd = 99;
    ck_assert_int_eq(route_likeliest(&d, m, 3), 2);
    m[1].state = m[2].state = ROUTE_AUTH;
    ck_assert_int_eq(route_likeliest(&d, m, 3), -1);
}

END_TEST

START_TEST(the_nearest_region_of_a_group_goes_first)
{
    struct route_member m[4] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    struct route_plan p;

    /* The second is none of them, and stays where it is. */
    m[0].group = m[2].group = m[3].group = 1;
    m[0].distance = 20;
    m[2].distance = 4;
    m[3].distance = INT64_MAX;
    p = plan(&ANY, m, 4, 1);
    ck_assert_uint_eq(p.order[0], 2);
    ck_assert_uint_eq(p.order[1], 1);
    ck_assert_uint_eq(p.order[2], 0);
    ck_assert_uint_eq(p.order[3], 3);
    ck_assert_int_eq(route_likeliest(&ANY, m, 4), 2);
    m[3].distance = ROUTE_UNKNOWN;
    p = plan(&ANY, m, 4, 1);
    ck_assert_uint_eq(p.order[0], 3);
    m[3].state = m[2].state = ROUTE_OPEN;
    p = plan(&ANY, m, 4, 1);
    ck_assert_uint_eq(p.order[0], 0);
    ck_assert_int_eq(route_likeliest(&ANY, m, 4), 0);
}

END_TEST

START_TEST(regions_that_are_as_near_keep_their_order)
{
    struct route_member m[3] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE)};
    struct route_plan p;

    m[0].group = m[1].group = m[2].group = 1;
    m[0].distance = m[1].distance = m[2].distance = ROUTE_UNKNOWN;
    p = plan(&ANY, m, 3, 1);
    for (uint8_t i = 0; i < 3; i++)
        ck_assert_uint_eq(p.order[i], i);
    m[0].distance = 3;
    m[1].distance = 3;
    m[2].distance = 2;
    p = plan(&ANY, m, 3, 1);
    ck_assert_uint_eq(p.order[0], 2);
    ck_assert_uint_eq(p.order[1], 0);
    ck_assert_uint_eq(p.order[2], 1);
}

END_TEST

/* Three regions are no three models. */
START_TEST(a_group_has_the_weight_of_one)
{
    const struct route_demand weighted = {
        .strategy = ROUTE_BY_WEIGHT, .tier = -1, .max_nanousd = -1};
    struct route_member m[4] = {member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE),
                                member(ROUTE_ELIGIBLE), member(ROUTE_ELIGIBLE)};
    int first_alone = 0;

    m[1].group = m[2].group = m[3].group = 1;
    m[1].distance = 9;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct route_plan p = plan(&weighted, m, 4, seed);

        ck_assert_uint_eq(p.n_order, 4);
        ck_assert_uint_ne(p.order[0], 1);
        ck_assert_uint_ne(p.order[0], 3);
        first_alone += p.order[0] == 0;
    }
    ck_assert_int_gt(first_alone, 900);
    ck_assert_int_lt(first_alone, 1100);
}

END_TEST

START_TEST(room_is_more_context_than_what_was_too_little)
{
    ck_assert(route_is_roomier(8000, 8001));
    ck_assert(!route_is_roomier(8000, 8000));
    ck_assert(!route_is_roomier(8000, 4000));
    ck_assert(route_is_roomier(8000, 0));
    ck_assert(route_is_roomier(0, 4000));
    ck_assert(!route_is_roomier(0, 0));
}

END_TEST

START_TEST(every_reason_has_a_name)
{
    for (int i = 0; i < ROUTE_N_REASONS; i++)
        ck_assert_str_ne(route_reason_text((enum route_reason)i), "");
}

END_TEST

static Suite *
route_suite(void)
{
    Suite *s = suite_create("route");
    TCase *tc = tcase_create("plan");

    tcase_add_test(tc, the_order_of_the_route_rules);
    tcase_add_test(tc, a_tier_is_strict);
    tcase_add_test(tc, a_prompt_that_does_not_fit_is_not_sent);
    tcase_add_test(tc, a_cost_limit_excludes_what_is_dearer_or_has_no_price);
    tcase_add_test(tc,
                   strategy_cost_asks_the_cheapest_first_and_the_unpriced_last);
    tcase_add_test(
        tc, strategy_tier_begins_with_the_wanted_one_then_goes_up_then_down);
    tcase_add_test(tc, a_tier_that_is_demanded_does_not_move);
    tcase_add_test(tc, close_to_a_rate_limit_counts_double);
    tcase_add_test(tc, strategy_weighted_draws_in_proportion);
    tcase_add_test(tc, a_weight_of_zero_is_a_last_choice);
    tcase_add_test(tc, strategy_latency_prefers_the_lighter_of_two_drawn);
    tcase_add_test(tc, strategy_latency_stays_within_the_best_priority);
    tcase_add_test(tc, the_last_resort_is_the_one_left_alone_longest);
    tcase_add_test(tc, there_is_no_last_resort_within_a_second);
    tcase_add_loop_test(tc, there_is_no_last_resort_against_latches_or_limits,
                        0, 4);
    tcase_add_test(tc,
                   a_trial_that_runs_elsewhere_does_not_prevent_a_last_resort);
    tcase_add_loop_test(
        tc, members_that_are_excluded_do_not_prevent_a_last_resort, 0, 4);
    tcase_add_test(tc, the_caller_learns_when_to_come_back);
    tcase_add_test(tc, the_likeliest_member_needs_no_chance);
    tcase_add_test(tc, the_nearest_region_of_a_group_goes_first);
    tcase_add_test(tc, regions_that_are_as_near_keep_their_order);
    tcase_add_test(tc, a_group_has_the_weight_of_one);
    tcase_add_test(tc, room_is_more_context_than_what_was_too_little);
    tcase_add_test(tc, every_reason_has_a_name);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(route_suite());
}
