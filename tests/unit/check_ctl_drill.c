/*
 * check_ctl_drill.c - faults, times and scripts as people write them, and what
 * a rehearsal makes of its calls.
 */
#include "ctl/fault.h"
#include "ctl/rehearsal.h"
#include "ctl/script.h"
#include "text/format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"
#include "text/mem.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

static const struct {
    const char *word;
    const char *json;
    const char *back; /* As it is written; NULL: the same. */
} faults[] = {
    {"status=503", "{\"kind\":\"status\",\"status\":503}", NULL},
    {"status=429,retry_after_s=3",
     "{\"kind\":\"status\",\"status\":429,\"retry_after_s\":3}", NULL},
    {"connect", "{\"kind\":\"connect\"}", NULL},
    {"auth", "{\"kind\":\"auth\"}", NULL},
    {"empty", "{\"kind\":\"empty\"}", NULL},
    {"latency=500", "{\"kind\":\"latency\",\"ms\":500}", NULL},
    {"stall=10", "{\"kind\":\"stall\",\"after_tokens\":10}", NULL},
    {"cut", "{\"kind\":\"cut\"}", NULL},
    {"cut,after_tokens=4", "{\"kind\":\"cut\",\"after_tokens\":4}", "cut=4"},
    {"malformed=-1", "{\"kind\":\"malformed\",\"after_tokens\":-1}", NULL},
};

START_TEST(fault_is_read_and_written)
{
    char error[FAULT_ERROR_SIZE] = "";
    struct aigw_value *fault = fault_parse(faults[_i].word, error);
    char *json;

    ck_assert_msg(fault, "%s", error);
    json = aigw_value_to_json(fault, AIGW_JSON_COMPACT);
    ck_assert_str_eq(json, faults[_i].json);
    ck_assert_str_eq(fault_text(fault).s,
                     faults[_i].back ? faults[_i].back : faults[_i].word);
    free(json);
    aigw_value_free(fault);
}

END_TEST

static const struct {
    const char *word;
    const char *says;
} no_faults[] = {
    {"", "no fault \"\""},
    {",", "no fault"},
    {"=5", "no fault \"\""},
    {"ct=5", "Did you mean \"cut\"?"},
    {"earthquake", "it is status=N"},
    {"status", "needs a number"},
    {"latency", "needs a number"},
    {"connect=1", "takes no number"},
    {"cut=", "expected a whole number"},
    {"cut=ten", "expected a whole number"},
    {"cut=1.5", "expected a whole number"},
    {"cut=99999999999999999999", "expected a whole number"},
    {"cut=5,ms=3", "no parameter \"ms\""},
    {"cut=5,after_tokens", "no parameter"},
    {"status=429,retry_after_s=x", "expected a whole number"},
    {"status=429,retry_after_s=3,status=500,retry_after_s=4,status=500000",
     "letters"},
};

START_TEST(word_that_is_no_fault_is_explained)
{
    char error[FAULT_ERROR_SIZE] = "";

    ck_assert_ptr_null(fault_parse(no_faults[_i].word, error));
    ck_assert_msg(strstr(error, no_faults[_i].says), "%s: %s",
                  no_faults[_i].word, error);
}

END_TEST

START_TEST(fault_of_a_later_daemon_is_shown_by_its_kind)
{
    struct aigw_value *fault = aigw_value_map();

    ck_assert_str_eq(fault_text(NULL).s, "?");
    aigw_value_set_str(fault, "kind", "flood");
    aigw_value_set_int(fault, "metres", 3);
    ck_assert_str_eq(fault_text(fault).s, "flood");
    aigw_value_free(fault);
}

END_TEST

static const struct {
    const char *text;
    int64_t seconds; /* -1: no time. */
} spans[] = {
    {"90", 90},  {"30s", 30}, {"5m", 300},        {"1h", 3600}, {"0", 0},
    {"", -1},    {"s", -1},   {"7d", 604800},     {"-5", -1},   {"1.5m", -1},
    {"5 m", -1}, {"5ms", -1}, {"9999999999", -1},
};

START_TEST(time_is_read_in_seconds)
{
    int64_t seconds = -1;

    ck_assert_int_eq(format_parse_span(spans[_i].text, &seconds),
                     spans[_i].seconds >= 0);
    ck_assert_int_eq(seconds, spans[_i].seconds);
}

END_TEST

START_TEST(script_has_a_fault_on_each_line)
{
    struct script script;
    char error[SCRIPT_ERROR_SIZE];

    ck_assert_int_eq(script_parse(&script,
                                  "# first this\n"
                                  "\n"
                                  "  cut=5  # in the middle\r\n"
                                  "stall=1\topenai/gpt-4.1",
                                  error),
                     0);
    ck_assert_uint_eq(script.n_steps, 2);
    ck_assert_str_eq(fault_text(script.steps[0].fault).s, "cut=5");
    ck_assert_ptr_null(script.steps[0].target);
    ck_assert_str_eq(fault_text(script.steps[1].fault).s, "stall=1");
    ck_assert_str_eq(script.steps[1].target, "openai/gpt-4.1");
    script_deinit(&script);
}

END_TEST

static const struct {
    const char *text;
    const char *says;
} no_scripts[] = {
    {"", "nothing to rehearse"},
    {"# nothing\n\n", "nothing to rehearse"},
    {"cut=5\n\nct=5\n", "line 3: no fault \"ct\""},
    {"cut=5 a/m b/m", "line 1: expected a fault and at most a target"},
};

START_TEST(script_that_makes_no_sense_is_explained)
{
    struct script script;
    char error[SCRIPT_ERROR_SIZE] = "";

    ck_assert_int_eq(script_parse(&script, no_scripts[_i].text, error), -1);
    ck_assert_msg(strstr(error, no_scripts[_i].says), "%s", error);
    script_deinit(&script);
}

END_TEST

START_TEST(usual_script_makes_sense)
{
    struct script script;
    char error[SCRIPT_ERROR_SIZE];

    ck_assert_int_eq(script_parse(&script, script_usual, error), 0);
    ck_assert_uint_eq(script.n_steps, 6);
    script_deinit(&script);
}

END_TEST

static struct rehearsal sums;
static struct rehearsal_call call;

static void
set_up(void)
{
    sums = (struct rehearsal){0};
    call = (struct rehearsal_call){0};
    rehearsal_call_begin(&call);
}

static void
tear_down(void)
{
    rehearsal_deinit(&sums);
    rehearsal_call_deinit(&call);
}

static struct aigw_value *
value(const char *json)
{
    char *text = mem_copy(json);
    struct aigw_value *result = NULL;

    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    ck_assert_int_eq(aigw_value_from_json(text, strlen(text), &result, NULL),
                     0);
    free(text);
    return result;
}

static void
say(const char *text, double now_ms)
{
    rehearsal_call_delta(
        &call, &sums, &(struct aigw_delta){.text = text, .size = strlen(text)},
        now_ms);
}

static void
tell(const char *json)
{
    struct aigw_value *event = value(json);

    rehearsal_call_event(&call, event);
    aigw_value_free(event);
}

static void
end(const char *json)
{
    struct aigw_value *result = value(json);

    rehearsal_call_end(&call, &sums, 0, result);
    aigw_value_free(result);
    rehearsal_call_begin(&call);
}

START_TEST(whole_answer_is_complete)
{
    say("hello ", 10);
    say("world", 11);
    end("{'success': true, 'content': 'hello world', 'finish_reason': 'stop',"
        " 'attempts': [{'cost_nanousd': 7, 'started_ms': 1}]}");
    ck_assert_int_eq(sums.calls, 1);
    ck_assert_int_eq(sums.completed, 1);
    ck_assert_int_eq(sums.continued + sums.failed_over + sums.lost, 0);
    ck_assert_int_eq(sums.cost_nanousd, 7);
    ck_assert_int_eq(sums.retry_nanousd, 0);
    ck_assert_uint_eq(sums.failover_ms.n_values, 0);
}

END_TEST

static const struct {
    const char *result;
    const char *error;
} losses[] = {
    {"{'success': true, 'content': 'hello worlds', 'finish_reason': 'stop'}",
     "not_whole"},
    {"{'success': true, 'content': 'hello', 'finish_reason': 'stop'}",
     "not_whole"},
    {"{'success': true, 'content': 'hello World', 'finish_reason': 'stop'}",
     "not_whole"},
    {"{'success': true, 'content': 'hello world', 'finish_reason': 'unknown'}",
     "not_whole"},
    {"{'success': true, 'content': 'hello world'}", "not_whole"},
    {"{'success': false, 'error_code': 'stream_broken'}", "stream_broken"},
};

START_TEST(call_without_its_whole_text_is_lost)
{
    say("hello world", 10);
    end(losses[_i].result);
    ck_assert_int_eq(sums.lost, 1);
    ck_assert_int_eq(sums.completed, 0);
    ck_assert_int_eq(aigw_get_int(sums.errors, losses[_i].error, 0), 1);
}

END_TEST

START_TEST(call_that_got_no_result_is_lost)
{
    rehearsal_call_end(&call, &sums, AIGW_ERR_CLOSED, NULL);
    rehearsal_call_end(&call, &sums, AIGW_ERR_CLOSED, NULL);
    ck_assert_int_eq(sums.lost, 2);
    ck_assert_int_eq(
        aigw_get_int(sums.errors, aigw_code_name(AIGW_ERR_CLOSED), 0), 2);
}

END_TEST

START_TEST(pause_at_a_seam_is_the_time_to_fail_over)
{
    say("hello ", 100);
    tell("{'type': 'seam', 'from': 'a/m', 'to': 'b/m'}");
    tell("{'type': 'failover'}");
    say("world", 130);
    say("!", 170);
    end("{'success': true, 'content': 'hello world!', 'finish_reason': 'stop',"
        " 'attempts': [{'outcome': 'stream_broken', 'cost_nanousd': 3,"
        " 'started_ms': 1}, {'outcome': 'ok', 'cost_nanousd': 5,"
        " 'started_ms': 900}]}");
    ck_assert_int_eq(sums.completed, 1);
    ck_assert_int_eq(sums.continued, 1);
    ck_assert_int_eq(sums.failed_over, 0);
    ck_assert_int_eq(sums.retry_nanousd, 5);
    ck_assert_uint_eq(sums.failover_ms.n_values, 1);
    ck_assert_double_eq(sums.failover_ms.values[0], 30);
}

END_TEST

START_TEST(reset_forgets_the_text_before_it)
{
    say("hello ", 100);
    tell("{'type': 'reset'}");
    say("good day", 150);
    end("{'success': true, 'content': 'good day', 'finish_reason': 'stop'}");
    ck_assert_int_eq(sums.completed, 1);
    ck_assert_int_eq(sums.continued, 1);
    ck_assert_double_eq(sums.failover_ms.values[0], 50);
}

END_TEST

START_TEST(attempts_before_any_text_tell_the_time_to_fail_over)
{
    say("hello", 10);
    end("{'success': true, 'content': 'hello', 'finish_reason': 'stop',"
        " 'attempts': [{'outcome': 'overload', 'cost_nanousd': 0,"
        " 'started_ms': 100, 'target': 'a/m'},"
        " {'outcome': 'not_sent', 'started_ms': 103, 'cost_nanousd': 0},"
        " {'outcome': 'ok', 'started_ms': 110, 'cost_nanousd': 4}]}");
    ck_assert_int_eq(sums.failed_over, 1);
    ck_assert_uint_eq(sums.failover_ms.n_values, 2);
    ck_assert_double_eq(sums.failover_ms.values[0], 3);
    ck_assert_double_eq(sums.failover_ms.values[1], 7);
    ck_assert_int_eq(sums.cost_nanousd, 4);
}

END_TEST

START_TEST(first_attempt_after_the_healing_is_the_return)
{
    struct aigw_value *result =
        value("{'attempts': [{'target': 'a/m', 'started_ms': 100},"
              " {'target': 'b/m', 'started_ms': 200},"
              " {'target': 'a/m', 'started_ms': 300}]}");

    ck_assert_double_eq(rehearsal_asked_ms(result, "a/m", 50), 100);
    ck_assert_double_eq(rehearsal_asked_ms(result, "a/m", 150), 300);
    ck_assert(isnan(rehearsal_asked_ms(result, "a/m", 301)));
    ck_assert(isnan(rehearsal_asked_ms(result, "c/m", 0)));
    ck_assert(isnan(rehearsal_asked_ms(NULL, "a/m", 0)));
    aigw_value_free(result);
}

END_TEST

START_TEST(sums_add_up)
{
    struct rehearsal all = {0};
    struct aigw_value *map = aigw_value_map();

    say("hello", 10);
    end("{'success': true, 'content': 'hello', 'finish_reason': 'stop'}");
    end("{'success': false, 'error_code': 'stream_broken'}");
    sample_add(&sums.return_ms, 9);
    sums.hits = 2;
    rehearsal_add(&all, &sums);
    rehearsal_add(&all, &sums);
    rehearsal_describe(&all, map);
    ck_assert_int_eq(aigw_get_int(map, "calls", 0), 4);
    ck_assert_int_eq(aigw_get_int(map, "completed", 0), 2);
    ck_assert_int_eq(aigw_get_int(map, "hits", 0), 4);
    ck_assert_int_eq(aigw_get_int(map, "lost", 0), 2);
    ck_assert_int_eq(aigw_get_int(map, "errors.stream_broken", 0), 2);
    ck_assert_int_eq(aigw_get_int(map, "return_ms.count", 0), 2);
    ck_assert_int_eq(aigw_value_type(aigw_value_get(map, "failover_ms")),
                     AIGW_TYPE_NIL);
    aigw_value_free(map);
    rehearsal_deinit(&all);
}

END_TEST

static Suite *
ctl_drill_suite(void)
{
    Suite *suite = suite_create("ctl_drill");
    TCase *tcase = tcase_create("words");

    tcase_add_loop_test(tcase, fault_is_read_and_written, 0, ROWS(faults));
    tcase_add_loop_test(tcase, word_that_is_no_fault_is_explained, 0,
                        ROWS(no_faults));
    tcase_add_test(tcase, fault_of_a_later_daemon_is_shown_by_its_kind);
    tcase_add_loop_test(tcase, time_is_read_in_seconds, 0, ROWS(spans));
    tcase_add_test(tcase, script_has_a_fault_on_each_line);
    tcase_add_loop_test(tcase, script_that_makes_no_sense_is_explained, 0,
                        ROWS(no_scripts));
    tcase_add_test(tcase, usual_script_makes_sense);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("rehearsal");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, whole_answer_is_complete);
    tcase_add_loop_test(tcase, call_without_its_whole_text_is_lost, 0,
                        ROWS(losses));
    tcase_add_test(tcase, call_that_got_no_result_is_lost);
    tcase_add_test(tcase, pause_at_a_seam_is_the_time_to_fail_over);
    tcase_add_test(tcase, reset_forgets_the_text_before_it);
    tcase_add_test(tcase, attempts_before_any_text_tell_the_time_to_fail_over);
    tcase_add_test(tcase, first_attempt_after_the_healing_is_the_return);
    tcase_add_test(tcase, sums_add_up);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(ctl_drill_suite());
}
