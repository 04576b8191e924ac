/*
 * check_top_model.c - what the dashboard keeps of what the daemon sent.
 */
#include "tui/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static struct model m;

static void
setup(void)
{
    model_init(&m, "/run/aigw/aigw.sock", 1000, 0);
}

static void
teardown(void)
{
    model_deinit(&m);
}

static struct aigw_value *
parse(const char *json)
{
    struct aigw_value *value = NULL;

    ck_assert_int_eq(aigw_value_from_json(json, strlen(json), &value, NULL), 0);
    return value;
}

static void
take_snapshot(const char *instance, double time_ms, int requests, double now_ms)
{
    char json[400];

    (void)snprintf(json, sizeof(json),
                   "{\"time_ms\": %.0f, \"server\": {\"instance_id\": \"%s\","
                   " \"version\": \"0.4.1\"}, \"totals\":"
                   " {\"total_requests\": %d, \"failed_requests\": 0},"
                   " \"targets\": [{\"name\": \"a/m\"}, {\"name\": \"b/m\"}]}",
                   time_ms, instance, requests);
    model_take_snapshot(&m, parse(json), now_ms);
}

static void
take_event(int seq)
{
    char json[64];

    (void)snprintf(json, sizeof(json), "{\"seq\": %d}", seq);
    model_take_event(&m, parse(json));
}

START_TEST(the_last_snapshot_is_what_is_known)
{
    ck_assert_ptr_null(model_list(&m, "targets"));
    take_snapshot("one", 1000, 0, 10);
    ck_assert(link_is_fresh(&m.link));
    ck_assert_str_eq(m.version, "0.4.1");
    ck_assert_uint_eq(aigw_value_size(model_list(&m, "targets")), 2);
    ck_assert_ptr_eq(model_find(&m, "targets", "b/m"),
                     aigw_value_at(model_list(&m, "targets"), 1));
    ck_assert_ptr_null(model_find(&m, "targets", "c/m"));
}

END_TEST

START_TEST(what_is_no_snapshot_is_dropped)
{
    static const char *const ODD[] = {"null",  "[]", "3",
                                      "\"x\"", "{}", "{\"server\": 1}"};

    for (size_t i = 0; i < sizeof(ODD) / sizeof(*ODD); i++) {
        model_take_snapshot(&m, parse(ODD[i]), 0);
        ck_assert_ptr_null(m.snapshot);
        ck_assert(!link_is_fresh(&m.link));
    }
    model_take_snapshot(&m, parse("{\"server\": {}}"), 0);
    ck_assert(isnan(model_daemon_ms(&m, 0)));
    take_snapshot("one", 1000, 0, 10);
}

END_TEST

START_TEST(the_daemons_clock_runs_on_until_the_numbers_are_old)
{
    ck_assert(isnan(model_daemon_ms(&m, 0)));
    take_snapshot("one", 5000, 0, 100);
    ck_assert_double_eq(model_daemon_ms(&m, 100), 5000);
    ck_assert_double_eq(model_daemon_ms(&m, 1600), 6500);
    m.clock_speed = 4;
    ck_assert_double_eq(model_daemon_ms(&m, 1100), 9000);
    link_lost(&m.link, "gone", 2000);
    ck_assert_double_eq(model_daemon_ms(&m, 9000), 5000);
}

END_TEST

START_TEST(a_restart_is_noticed)
{
    take_snapshot("one", 1000, 100, 10);
    take_snapshot("one", 2000, 110, 1010);
    ck_assert(isnan(m.restarted_ms));
    model_take_requests(&m, aigw_value_map());
    model_take_cost(&m, COST_BY_ROUTE, aigw_value_map());
    take_snapshot("two", 3000, 0, 2010);
    ck_assert_double_eq(m.restarted_ms, 2010);
    /* Answers of the one that is gone. */
    ck_assert_ptr_null(m.requests);
    ck_assert_ptr_null(m.costs[COST_BY_ROUTE]);
}

END_TEST

START_TEST(rates_are_what_the_counters_grew_by)
{
    take_snapshot("one", 1000, 100, 0);
    ck_assert_uint_eq(m.rps.n_values, 0);
    take_snapshot("one", 3000, 110, 2000);
    ck_assert_double_eq(m.rps.values[0], 5);
    ck_assert_double_eq(m.errors.values[0], 0);
    take_snapshot("two", 4000, 0, 3000); /* Counters began again. */
    ck_assert(isnan(m.rps.values[1]));
    take_snapshot("two", 4000, 5, 4000); /* No time went by. */
    ck_assert(isnan(m.rps.values[2]));
    take_snapshot("two", 4000 + 61000, 50, 5000); /* A gap. */
    ck_assert(isnan(m.rps.values[3]));
}

END_TEST

START_TEST(histories_keep_the_last_values)
{
    for (int i = 0; i <= MODEL_HISTORY + 10; i++)
        take_snapshot("one", 1000 * i, i * i, 0);
    ck_assert_uint_eq(m.rps.n_values, MODEL_HISTORY);
    ck_assert_double_eq(m.rps.values[MODEL_HISTORY - 1],
                        2 * (MODEL_HISTORY + 10) - 1);
}

END_TEST

START_TEST(events_come_once_and_in_order)
{
    for (int seq = 5; seq > 0; seq--)
        take_event(seq);
    ck_assert_uint_eq(m.n_events, 1);
    for (int seq = 1; seq <= 8; seq++)
        take_event(seq);
    ck_assert_uint_eq(m.n_events, 4);
    ck_assert_int_eq(aigw_get_int(m.events[0], "seq", 0), 5);
    ck_assert_int_eq(aigw_get_int(m.events[3], "seq", 0), 8);
    ck_assert_uint_eq(m.n_events_ever, 4);
}

END_TEST

START_TEST(the_events_of_another_daemon_follow_those_of_the_one_before)
{
    model_take_server(&m, "one", "1", 0);
    take_event(7);
    model_take_server(&m, "two", "1", 100);
    take_event(1);
    ck_assert_uint_eq(m.n_events, 2);
    ck_assert_int_eq(aigw_get_int(m.events[1], "seq", 0), 1);
}

END_TEST

START_TEST(as_many_events_are_kept_as_the_daemon_keeps)
{
    for (int seq = 1; seq <= MODEL_MAX_EVENTS + 100; seq++)
        take_event(seq);
    ck_assert_uint_eq(m.n_events, MODEL_MAX_EVENTS);
    ck_assert_int_eq(aigw_get_int(m.events[0], "seq", 0), 101);
    ck_assert_uint_eq(m.n_events_ever, MODEL_MAX_EVENTS + 100);
}

END_TEST

START_TEST(rewinding_forgets_everything)
{
    take_snapshot("one", 1000, 0, 0);
    take_snapshot("one", 2000, 9, 0);
    take_event(3);
    model_take_requests(&m, parse("{}"));
    model_take_cost(&m, COST_BY_ROUTE, parse("{}"));
    model_rewind(&m, 100);
    ck_assert_ptr_null(m.snapshot);
    ck_assert_ptr_null(m.requests);
    ck_assert_ptr_null(m.costs[COST_BY_ROUTE]);
    ck_assert_uint_eq(m.n_events + m.rps.n_values, 0);
    take_event(1);
    ck_assert_uint_eq(m.n_events, 1);
    take_snapshot("two", 1000, 0, 200);
    ck_assert(isnan(m.restarted_ms));
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("top_model");
    TCase *tc = tcase_create("model");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_last_snapshot_is_what_is_known);
    tcase_add_test(tc, what_is_no_snapshot_is_dropped);
    tcase_add_test(tc, the_daemons_clock_runs_on_until_the_numbers_are_old);
    tcase_add_test(tc, a_restart_is_noticed);
    tcase_add_test(tc, rates_are_what_the_counters_grew_by);
    tcase_add_test(tc, histories_keep_the_last_values);
    tcase_add_test(tc, events_come_once_and_in_order);
    tcase_add_test(tc,
                   the_events_of_another_daemon_follow_those_of_the_one_before);
    tcase_add_test(tc, as_many_events_are_kept_as_the_daemon_keeps);
    tcase_add_test(tc, rewinding_forgets_everything);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
