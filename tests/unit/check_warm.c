/*
 * check_warm.c - when standby connections are kept warm.
 */
#include "core/warm.h"
#include "support/suite.h"

enum {
    NOW_MS = 1000000
};

/* A standby target whose connections are cold while its route is used. */
static const struct warm_facts COLD = {
    .standby = true,
    .encrypted = true,
    .free_request = true,
    .route_used_ms = NOW_MS - 1000,
    .connection_used_ms = NOW_MS - WARM_IDLE_MS,
};

START_TEST(a_standby_of_a_used_route_is_warmed)
{
    ck_assert(warm_is_due(&COLD, NOW_MS));
}

END_TEST

START_TEST(a_connection_is_left_alone_until_it_was_idle_for_90_s)
{
    struct warm_facts facts = COLD;

    facts.connection_used_ms = NOW_MS - WARM_IDLE_MS + 1;
    ck_assert(!warm_is_due(&facts, NOW_MS));
    facts.connection_used_ms = NOW_MS - WARM_IDLE_MS;
    ck_assert(warm_is_due(&facts, NOW_MS));
}

END_TEST

START_TEST(a_route_without_calls_for_a_minute_is_left_alone)
{
    struct warm_facts facts = COLD;

    facts.route_used_ms = NOW_MS - WARM_TRAFFIC_MS + 1;
    ck_assert(warm_is_due(&facts, NOW_MS));
    facts.route_used_ms = NOW_MS - WARM_TRAFFIC_MS;
    ck_assert(!warm_is_due(&facts, NOW_MS));
    facts.route_used_ms = INT64_MIN;
    ck_assert(!warm_is_due(&facts, NOW_MS));
}

END_TEST

START_TEST(the_first_target_of_a_route_keeps_itself_warm)
{
    struct warm_facts facts = COLD;

    facts.standby = false;
    ck_assert(!warm_is_due(&facts, NOW_MS));
}

END_TEST

START_TEST(without_tls_there_is_nothing_to_save)
{
    struct warm_facts facts = COLD;

    facts.encrypted = false;
    ck_assert(!warm_is_due(&facts, NOW_MS));
}

END_TEST

START_TEST(no_request_that_costs_money_is_sent_for_warmth)
{
    struct warm_facts facts = COLD;

    facts.free_request = false;
    ck_assert(!warm_is_due(&facts, NOW_MS));
}

END_TEST

START_TEST(a_connection_that_never_was_is_made_before_the_first_call)
{
    struct warm_facts facts = COLD;

    facts.connection_used_ms = INT64_MIN;
    facts.standby = false;
    facts.route_used_ms = INT64_MIN;
    ck_assert(warm_is_due(&facts, NOW_MS));
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("warm");
    TCase *tc = tcase_create("due");

    tcase_add_test(tc, a_standby_of_a_used_route_is_warmed);
    tcase_add_test(tc, a_connection_is_left_alone_until_it_was_idle_for_90_s);
    tcase_add_test(tc, a_route_without_calls_for_a_minute_is_left_alone);
    tcase_add_test(tc, the_first_target_of_a_route_keeps_itself_warm);
    tcase_add_test(tc, without_tls_there_is_nothing_to_save);
    tcase_add_test(tc, no_request_that_costs_money_is_sent_for_warmth);
    tcase_add_test(tc,
                   a_connection_that_never_was_is_made_before_the_first_call);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
