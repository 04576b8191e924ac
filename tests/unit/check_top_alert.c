/*
 * check_top_alert.c - what an operator is told at once, and in which order.
 */
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/top_fixture.h"
#include "tui/alert.h"

static struct top top;

static void
setup(void)
{
    top_setup(&top);
}

static void
teardown(void)
{
    top_teardown(&top);
}

static struct alerts
collect(int cols, bool wide)
{
    struct scene scene = {.model = &top.model,
                          .ui = &top.ui,
                          .now_ms = top.now_ms,
                          .wall_ms = TOP_WALL_MS + (top.now_ms - TOP_NOW_MS)};

    return alerts_collect(&scene, cols, wide);
}

/* Puts the JSON text `value` in place of what the snapshot has at `key`. */
static void
set(const char *key, const char *value)
{
    struct aigw_value *snapshot = aigw_value_copy(top.model.snapshot);
    struct aigw_value *made = NULL;

    ck_assert_int_eq(aigw_value_from_json(value, strlen(value), &made, NULL),
                     0);
    ck_assert_int_eq(aigw_value_set(snapshot, key, made), 0);
    model_take_snapshot(&top.model, snapshot, top.now_ms);
}

static void
rows_are(const struct alerts *alerts, const char *first, const char *second)
{
    ck_assert_int_eq(alerts->n_rows, (first != NULL) + (second != NULL));
    if (first)
        ck_assert_str_eq(alerts->rows[0].s, first);
    if (second)
        ck_assert_str_eq(alerts->rows[1].s, second);
}

static const char OPEN[] = "15:03:23 openai/gpt-4.1 OPEN: 14 of 20 failed "
                           "(HTTP 529); next probe in 18s";

START_TEST(an_open_target_is_told_of_with_what_its_event_says)
{
    struct alerts alerts = collect(80, false);

    rows_are(&alerts, OPEN, NULL);
    ck_assert_int_eq(alerts.rows[0].style, STYLE_BAD);
}

END_TEST

START_TEST(where_there_is_room_half_open_ones_are_told_of_too)
{
    struct alerts alerts = collect(120, true);

    rows_are(&alerts, OPEN,
             "15:03:51 gemini/2.5-pro HALF-OPEN: 1 of 3 probes passed");
}

END_TEST

START_TEST(on_a_narrow_screen_targets_are_counted)
{
    struct alerts alerts = collect(50, false);

    rows_are(&alerts, "1 OPEN  1 HALF  (e: events)", NULL);
}

END_TEST

START_TEST(countdowns_run_on_between_snapshots)
{
    struct alerts alerts;

    top.now_ms += 1500;
    alerts = collect(80, false);
    ck_assert_ptr_nonnull(strstr(alerts.rows[0].s, "next probe in 17s"));
}

END_TEST

START_TEST(of_a_lost_connection_nothing_old_is_told)
{
    struct alerts alerts;

    link_lost(&top.model.link, "end of file", top.now_ms);
    top.now_ms += 3000;
    alerts = collect(120, true);
    rows_are(&alerts,
             "CONNECTION LOST 15:04:05 (end of file). Numbers below are old.",
             NULL);
}

END_TEST

START_TEST(a_message_comes_first_and_goes_by_itself)
{
    struct alerts alerts;

    ui_say(&top.ui, "azure/gpt-4.1: draining", top.now_ms);
    alerts = collect(80, false);
    rows_are(&alerts, "azure/gpt-4.1: draining", OPEN);
    top.now_ms += 5001;
    alerts = collect(80, false);
    ck_assert_int_eq(alerts.n_rows, 1);
}

END_TEST

START_TEST(a_restart_is_told_of_for_a_minute)
{
    struct alerts alerts;

    top.model.restarted_ms = top.now_ms;
    alerts = collect(80, false);
    rows_are(&alerts, "15:04:05 aigwd restarted, counters began again", OPEN);
    top.now_ms += 61000;
    model_take_snapshot(&top.model, aigw_value_copy(top.model.snapshot),
                        top.now_ms);
    alerts = collect(80, false);
    ck_assert_int_eq(alerts.n_rows, 1);
}

END_TEST

static const struct {
    const char *key;
    const char *value;
    const char *text;
} others[] = {
    {"budgets",
     "[{\"name\":\"team\",\"key\":\"web\",\"state\":\"exceeded\","
     "\"on_exceeded\":\"refuse\",\"limit_usd\":150,\"spent_usd\":151.2}]",
     "budget team of web EXCEEDED: $151.20 of $150.00 spent (refuse)"},
    {"budgets",
     "[{\"name\":\"daily\",\"key\":null,\"state\":\"soft\","
     "\"limit_usd\":300,\"spent_usd\":250}]",
     "budget daily NEARLY SPENT: $250.00 of $300.00 spent"},
    {"server",
     "{\"instance_id\":\"7d1f0f6e-5a3c-4b1e-9a55-2f6f3c1c0a11\","
     "\"state\":\"draining\"}",
     "aigwd is DRAINING: it finishes 96 calls and exits"},
    {"drills",
     "[{\"target\":\"a/b\",\"fault\":{\"kind\":\"timeout\"}},"
     "{\"target\":\"c/d\",\"fault\":{\"kind\":\"reset\"}}]",
     "2 drills running: a/b timeout, c/d reset"},
};

START_TEST(limits_shutting_down_and_drills_are_told_of)
{
    struct alerts alerts;

    set(others[_i].key, others[_i].value);
    alerts = collect(80, false);
    rows_are(&alerts, OPEN, others[_i].text);
}

END_TEST

START_TEST(the_latest_trouble_comes_first_and_the_rest_is_counted)
{
    static const char targets[] =
        "[{\"name\":\"a\",\"state\":\"open\",\"since_ms\":1000},"
        "{\"name\":\"b\",\"state\":\"latched\",\"reason\":\"auth\","
        "\"since_ms\":3000},"
        "{\"name\":\"c\",\"state\":\"open\",\"since_ms\":2000}]";

    struct alerts alerts;

    set("targets", targets);
    alerts = collect(80, false);
    rows_are(&alerts, "00:00:03 b AUTH", "+2 more (e: events)");
}

END_TEST

START_TEST(all_well_is_nothing_to_tell)
{
    struct alerts alerts;

    set("targets", "[]");
    alerts = collect(120, true);
    ck_assert_int_eq(alerts.n_rows, 0);
}

END_TEST

static Suite *
alert_suite(void)
{
    Suite *suite = suite_create("top_alert");
    TCase *tc = tcase_create("alerts");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_open_target_is_told_of_with_what_its_event_says);
    tcase_add_test(tc, where_there_is_room_half_open_ones_are_told_of_too);
    tcase_add_test(tc, on_a_narrow_screen_targets_are_counted);
    tcase_add_test(tc, countdowns_run_on_between_snapshots);
    tcase_add_test(tc, of_a_lost_connection_nothing_old_is_told);
    tcase_add_test(tc, a_message_comes_first_and_goes_by_itself);
    tcase_add_test(tc, a_restart_is_told_of_for_a_minute);
    tcase_add_loop_test(tc, limits_shutting_down_and_drills_are_told_of, 0,
                        (int)(sizeof(others) / sizeof(others[0])));
    tcase_add_test(tc, the_latest_trouble_comes_first_and_the_rest_is_counted);
    tcase_add_test(tc, all_well_is_nothing_to_tell);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(alert_suite());
}
