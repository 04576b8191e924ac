/*
 * check_top_action.c - changing something at the daemon: what is asked, what
 * is sent after a yes, and what is said to the answer.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/suite.h"
#include "support/top_fixture.h"

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

static const char *
params_json(void)
{
    static char text[300];
    char *json = aigw_value_to_json(top.ui.action.params, AIGW_JSON_COMPACT);

    (void)snprintf(text, sizeof(text), "%s", json);
    free(json);
    return text;
}

START_TEST(an_action_is_carried_out_and_its_answer_shown)
{
    top_type(&top, "j");
    (void)top_press(&top, 'D');
    ck_assert_int_eq(top_press(&top, 'y').kind, UI_ACT);
    ck_assert_str_eq(top.ui.action.method, "target.set");
    ck_assert_str_eq(params_json(), "{\"target\":\"anthropic/sonnet-4\","
                                    "\"admin\":\"draining\"}");
    ui_answered(&top.ui, 0, NULL, "", TOP_NOW_MS);
    ck_assert_str_eq(top.ui.message, "anthropic/sonnet-4: draining");
    ck_assert_ptr_null(top.ui.action.params);
}

END_TEST

START_TEST(a_drained_target_is_enabled_again)
{
    top_type(&top, "G");
    (void)top_press(&top, 'D');
    ck_assert_str_eq(top.ui.action.question, "Undrain local/llama3-70b? y/N");
    ck_assert_int_eq(top_press(&top, 'y').kind, UI_ACT);
    ck_assert_str_eq(params_json(),
                     "{\"target\":\"local/llama3-70b\",\"admin\":\"enabled\"}");
}

END_TEST

START_TEST(a_breaker_is_reset)
{
    (void)top_press(&top, 'B');
    ck_assert_int_eq(top_press(&top, 'y').kind, UI_ACT);
    ck_assert_str_eq(top.ui.action.method, "breaker.set");
    ck_assert_str_eq(params_json(),
                     "{\"target\":\"openai/gpt-4.1\",\"state\":\"auto\"}");
}

END_TEST

START_TEST(a_request_is_cancelled)
{
    struct aigw_value *result = aigw_value_map();

    top_type(&top, "3");
    (void)top_press(&top, 'K');
    ck_assert_int_eq(top_press(&top, 'y').kind, UI_ACT);
    ck_assert_str_eq(top.ui.action.method, "cancel");
    ck_assert_str_eq(params_json(), "{\"request_id\":\"01J9XZ7KP1\"}");
    aigw_value_set_bool(result, "cancelled", false);
    ui_answered(&top.ui, 0, result, "", TOP_NOW_MS);
    ck_assert_str_eq(top.ui.message, "This request has ended already.");
    aigw_value_free(result);
}

END_TEST

START_TEST(what_the_daemon_refuses_is_told_in_its_words)
{
    top_type(&top, "D");
    (void)top_press(&top, 'y');
    ui_answered(&top.ui, AIGW_ERR_PERMISSION, NULL, "not an administrator",
                TOP_NOW_MS);
    ck_assert_str_eq(top.ui.message, "Refused: not an administrator");
}

END_TEST

START_TEST(one_action_waits_for_the_answer_to_another)
{
    top_type(&top, "D");
    (void)top_press(&top, 'y');
    top_type(&top, "B");
    ck_assert_int_eq(top.ui.mode, UI_BROWSE);
    ck_assert_str_eq(top.ui.action.method, "target.set");
    ck_assert_str_eq(top.ui.message, "Not before the daemon has answered.");
}

END_TEST

START_TEST(nothing_is_changed_with_readonly)
{
    static const char keys[] = "DBK";

    top.ui.readonly = true;
    ck_assert_int_eq(top_press(&top, keys[_i]).kind, UI_DRAW);
    ck_assert_int_eq(top.ui.mode, UI_BROWSE);
    ck_assert_str_eq(top.ui.message,
                     "Nothing can be changed: started with --readonly.");
}

END_TEST

START_TEST(nothing_is_changed_in_a_recording)
{
    top.ui.replay = true;
    (void)top_press(&top, 'D');
    ck_assert_int_eq(top.ui.mode, UI_BROWSE);
    ck_assert_str_eq(top.ui.message,
                     "This is a recording: nothing can be changed.");
}

END_TEST

START_TEST(nothing_is_changed_by_old_numbers)
{
    link_lost(&top.model.link, "aigwd closed the socket", TOP_NOW_MS);
    (void)top_press(&top, 'D');
    ck_assert_int_eq(top.ui.mode, UI_BROWSE);
    ck_assert_str_eq(top.ui.message, "Not while there is no connection.");
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_action");
    TCase *acting = tcase_create("acting");

    tcase_add_checked_fixture(acting, setup, teardown);
    tcase_add_test(acting, an_action_is_carried_out_and_its_answer_shown);
    tcase_add_test(acting, a_drained_target_is_enabled_again);
    tcase_add_test(acting, a_breaker_is_reset);
    tcase_add_test(acting, a_request_is_cancelled);
    tcase_add_test(acting, what_the_daemon_refuses_is_told_in_its_words);
    tcase_add_test(acting, one_action_waits_for_the_answer_to_another);
    tcase_add_loop_test(acting, nothing_is_changed_with_readonly, 0, 3);
    tcase_add_test(acting, nothing_is_changed_in_a_recording);
    tcase_add_test(acting, nothing_is_changed_by_old_numbers);
    suite_add_tcase(suite, acting);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
