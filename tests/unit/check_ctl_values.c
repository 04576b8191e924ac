/*
 * check_ctl_values.c - what the daemon says, as tables, lines and sentences.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/answer.h"
#include "ctl/estimate.h"
#include "ctl/flat.h"
#include "ctl/report.h"
#include "ctl/sample.h"
#include "ctl/tally.h"
#include "ctl/view.h"
#include "support/suite.h"
#include "text/mem.h"
#include "text/read.h"
#include "text/state.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

/* JSON with ' for ", to be freed. */
static struct aigw_value *
value(const char *json)
{
    char *text = mem_copy(json);
    struct aigw_json_error error = {.text = ""};
    struct aigw_value *result = NULL;

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    ck_assert_msg(aigw_value_from_json(text, strlen(text), &result, &error)
                      == 0,
                  "%s: %s", error.text, text);
    free(text);
    return result;
}

/* Compares what `write` prints for `json` with `expected`. */
static void
expect(void (*write)(const struct aigw_value *, FILE *), const char *json,
       const char *expected)
{
    struct aigw_value *v = value(json);
    struct mem_text out;
    char *text;

    mem_text_begin(&out);
    write(v, out.stream);
    text = mem_text_end(&out);
    ck_assert_str_eq(text, expected);
    free(text);
    aigw_value_free(v);
}

static const struct {
    const char *json;
    const char *flat;
} rows[] = {
    {"{'a':1,'b':null}", "{\"a\":1,\"b\":null}\n"},
    {"{'ttft_ms':{'count':3,'p99':7.5}}",
     "{\"ttft_count\":3,\"ttft_p99_ms\":7.5}\n"},
    {"{'gate':{'until_ms':5,'reason':'x'}}",
     "{\"gate_until_ms\":5,\"gate_reason\":\"x\"}\n"},
    {"{'targets':['a','b'],'trend':[1,2],'none':[]}",
     "{\"targets\":\"a,b\",\"none\":null}\n"},
    {"{'a':{'b':{'c':{'d':{'e':1}}}},'z':true}", "{\"z\":true}\n"},
    {"{'a':{'b':{'c':{'d':1}}}}", "{\"a_b_c_d\":1}\n"},
    {"[1]", "{}\n"},
};

START_TEST(a_row_becomes_flat)
{
    expect(flat_print_json, rows[_i].json, rows[_i].flat);
}

END_TEST

START_TEST(fields_are_lines_of_key_and_value)
{
    expect(flat_print_fields, "{'a':null,'b':{'c':'x\\u001by'},'d':1.5,'e':[]}",
           "a\t-\nb_c\tx?y\nd\t1.5\ne\t-\n");
}

END_TEST

static const struct view_column columns[] = {
    {.title = "NAME", .path = "name"},
    {.title = "STATE", .path = "state", .cell = state_word},
    {.title = "P50", .path = "latency_ms.p50", .number = format_latency},
    {.title = "IN", .path = "in"}};

static const struct view view = {
    .columns = columns, .n_columns = 4, .path = "targets", .empty = "nothing"};

static const struct {
    enum ctl_format format;
    const char *printed;
} outputs[] = {
    {CTL_TABLE, "NAME  STATE     P50  IN\n"
                "a/b   OPEN 18s  402  x,y\n"
                "c/d   CLOSED      -  -\n"},
    {CTL_PLAIN, "a/b\topen\t402.4\tx,y\nc/d\tclosed\t-\t-\n"},
    {CTL_NDJSON, "{\"name\":\"a/b\",\"state\":\"open\",\"retry_at_ms\":18500,"
                 "\"latency_p50_ms\":402.4,\"in\":\"x,y\"}\n"
                 "{\"name\":\"c/d\",\"state\":\"closed\","
                 "\"latency_ms\":null}\n"},
    {CTL_JSON,
     "{\"time_ms\":1000,\"targets\":[{\"name\":\"a/b\",\"state\":\"open\","
     "\"retry_at_ms\":18500,\"latency_ms\":{\"p50\":402.4},\"in\":[\"x\","
     "\"y\"]},{\"name\":\"c/d\",\"state\":\"closed\",\"latency_ms\":null}]}"
     "\n"},
};

START_TEST(every_format_shows_the_same_values)
{
    struct ctl ctl = {.format = outputs[_i].format};
    struct aigw_value *document =
        value("{'time_ms':1000,'targets':[{'name':'a/b','state':'open',"
              "'retry_at_ms':18500,'latency_ms':{'p50':402.4},'in':['x','y']},"
              "{'name':'c/d','state':'closed','latency_ms':null}]}");
    struct mem_text out;
    char *text;

    mem_text_begin(&out);
    view_print(&ctl, &view, document, out.stream);
    text = mem_text_end(&out);
    ck_assert_str_eq(text, outputs[_i].printed);
    free(text);
    aigw_value_free(document);
}

END_TEST

static const struct {
    const char *target;
    const char *word;
} states[] = {
    {"{'state':'closed'}", "CLOSED"},
    {"{'state':'closed','gate':null}", "CLOSED"},
    {"{'state':'closed','gate':{'until_ms':10000}}", "LIMIT 9s"},
    {"{'state':'open','retry_at_ms':18500}", "OPEN 18s"},
    {"{'state':'open','retry_at_ms':500}", "OPEN 0s"},
    {"{'state':'open','retry_at_ms':null}", "OPEN"},
    {"{'state':'half_open','half_open':{'ok':1,'of':3}}", "HALF 1/3"},
    {"{'state':'half_open','half_open':null}", "HALF"},
    {"{'state':'draining'}", "DRAIN"},
    {"{'state':'disabled'}", "DISABLED"},
    {"{'state':'forced_open'}", "FORCED"},
    {"{'state':'latched','reason':'quota'}", "QUOTA"},
    {"{'state':'latched','reason':'auth'}", "AUTH"},
    {"{'state':'something_new'}", "SOMETHING_NEW"},
    {"{}", "-"},
};

START_TEST(a_state_is_one_word)
{
    struct aigw_value *target = value(states[_i].target);
    struct aigw_value *snapshot = value("{'time_ms':1000}");

    ck_assert_str_eq(state_word(target, snapshot).s, states[_i].word);
    aigw_value_free(target);
    aigw_value_free(snapshot);
}

END_TEST

START_TEST(the_summary_names_who_is_to_blame)
{
    expect(state_write_summary,
           "{'time_ms':0,'server':{'state':'degraded'},'targets':["
           "{'name':'a/b','state':'open','reason':'HTTP 529',"
           "'is_healthy':false},{'name':'c/d','is_healthy':true}]}",
           "DEGRADED: a/b OPEN (HTTP 529), 1 of 2 targets usable");
    expect(state_write_summary,
           "{'server':{'state':'ready'},'targets':["
           "{'name':'c/d','is_healthy':true}]}",
           "READY: 1 of 1 targets usable");
    expect(state_write_summary,
           "{'server':{'state':'unavailable'},'targets':["
           "{'name':'a','state':'disabled'},{'name':'b','state':'disabled'},"
           "{'name':'c','state':'disabled'},{'name':'d','state':'draining'},"
           "{'name':'e','state':'draining'}]}",
           "UNAVAILABLE: a DISABLED, b DISABLED, c DISABLED, 2 more, "
           "0 of 5 targets usable");
}

END_TEST

START_TEST(percentiles_are_of_the_nearest_rank)
{
    struct sample sample = {0};

    ck_assert_double_nan(sample_percentile(&sample, 50));
    ck_assert_double_nan(sample_mean(&sample));
    for (int i = 100; i >= 1; i--)
        sample_add(&sample, i);
    ck_assert_double_eq(sample_percentile(&sample, 50), 50);
    ck_assert_double_eq(sample_percentile(&sample, 95), 95);
    ck_assert_double_eq(sample_percentile(&sample, 99), 99);
    ck_assert_double_eq(sample_percentile(&sample, 99.1), 100);
    ck_assert_double_eq(sample_percentile(&sample, 0), 1);
    ck_assert_double_eq(sample_percentile(&sample, 100), 100);
    ck_assert_double_eq(sample_mean(&sample), 50.5);
    sample_add(&sample, 1000);
    ck_assert_double_eq(sample_percentile(&sample, 100), 1000);
    sample_deinit(&sample);
}

END_TEST

START_TEST(one_measurement_is_every_percentile)
{
    struct sample sample = {0};

    sample_add(&sample, 7);
    for (int percent = 0; percent <= 100; percent++)
        ck_assert_double_eq(sample_percentile(&sample, percent), 7);
    sample_deinit(&sample);
}

END_TEST

static void
add(struct tally *tally, int code, const char *json, double ttft_ms)
{
    struct aigw_value *result = json ? value(json) : NULL;

    tally_add(tally, code, result, 100, ttft_ms);
    aigw_value_free(result);
}

START_TEST(a_tally_counts_outcomes_and_reasons)
{
    struct tally tally = {0};
    struct aigw_value *document;

    add(&tally, 0,
        "{'success':true,'prompt_tokens':5,'completion_tokens':7,"
        "'cost_usd':0.25,'fallback':true}",
        40);
    add(&tally, 0, "{'success':false,'error_code':'rate_limited'}", nan(""));
    add(&tally, 0, "{'success':false,'error_code':'rate_limited'}", nan(""));
    add(&tally, AIGW_ERR_CLOSED, NULL, nan(""));
    document = tally_document(&tally, 10, 2000);
    ck_assert_int_eq(aigw_get_int(document, "total", 0), 10);
    ck_assert_int_eq(aigw_get_int(document, "successful", 0), 1);
    ck_assert_int_eq(aigw_get_int(document, "failed", 0), 3);
    ck_assert_int_eq(aigw_get_int(document, "errors.rate_limited", 0), 2);
    ck_assert_int_eq(aigw_get_int(document, "errors.closed", 0), 1);
    ck_assert_int_eq(aigw_get_int(document, "fallbacks", 0), 1);
    ck_assert_double_eq(read_number(document, "requests_per_s"), 2);
    ck_assert_double_eq(read_number(document, "latency_ms.p99"), 100);
    ck_assert_double_eq(read_number(document, "ttft_ms.max"), 40);
    aigw_value_free(document);
    tally_deinit(&tally);
}

END_TEST

START_TEST(a_tally_without_answers_has_null_for_latency)
{
    struct tally tally = {0};
    struct aigw_value *document = tally_document(&tally, 0, 0);
    struct mem_text out;
    char *text;

    ck_assert_int_eq(aigw_value_type(aigw_value_get(document, "latency_ms")),
                     AIGW_TYPE_NIL);
    mem_text_begin(&out);
    tally_print(document, out.stream);
    text = mem_text_end(&out);
    ck_assert_ptr_null(strstr(text, "Latency"));
    ck_assert_ptr_nonnull(strstr(text, "Failed       0\n"));
    free(text);
    aigw_value_free(document);
}

END_TEST

START_TEST(more_reasons_than_there_is_room_for_are_one)
{
    struct tally tally = {0};
    struct aigw_value *document;
    char json[80];

    for (int i = 0; i < 100; i++) {
        (void)snprintf(json, sizeof(json),
                       "{'success':false,'error_code':'reason_%d'}", i);
        add(&tally, 0, json, nan(""));
    }
    document = tally_document(&tally, 100, 1);
    ck_assert_uint_eq(aigw_value_size(aigw_value_get(document, "errors")),
                      TALLY_REASONS_MAX + 1);
    ck_assert_int_eq(aigw_get_int(document, "errors.other", 0),
                     100 - TALLY_REASONS_MAX);
    aigw_value_free(document);
}

END_TEST

START_TEST(prices_come_cheapest_first_and_unknown_last)
{
    struct aigw_value *snapshot =
        value("{'targets':[{'name':'x/unknown','tier':null,'price':null,"
              "'is_healthy':true},"
              "{'name':'x/dear','tier':'premium','is_healthy':true,"
              "'price':{'input_usd':2,'output_usd':8,'cached_input_usd':0.5}},"
              "{'name':'x/cheap','tier':'economy','is_healthy':true,"
              "'price':{'input_usd':0.5,'output_usd':1}}]}");
    struct aigw_value *document = estimate_prices(snapshot, 10000000, 0.75);

    ck_assert_str_eq(aigw_get_str(document, "prices.0.name", ""), "x/cheap");
    ck_assert_double_eq_tol(read_number(document, "prices.0.monthly_usd"), 6.25,
                            1e-9);
    ck_assert_double_eq_tol(read_number(document, "prices.0.daily_monthly_usd"),
                            187.5, 1e-9);
    ck_assert_int_eq(aigw_get_bool(document, "prices.0.cheapest", false), true);
    ck_assert_str_eq(aigw_get_str(document, "prices.1.name", ""), "x/dear");
    ck_assert_double_eq_tol(read_number(document, "prices.1.monthly_usd"), 35,
                            1e-9);
    ck_assert_int_eq(aigw_get_bool(document, "prices.1.cheapest", true), false);
    ck_assert_str_eq(aigw_get_str(document, "prices.2.name", ""), "x/unknown");
    ck_assert_double_nan(read_number(document, "prices.2.monthly_usd"));
    aigw_value_free(document);
    aigw_value_free(snapshot);
}

END_TEST

START_TEST(what_cannot_be_used_is_not_the_cheapest)
{
    struct aigw_value *snapshot =
        value("{'targets':[{'name':'x/dear','is_healthy':true,"
              "'price':{'input_usd':2,'output_usd':8}},"
              "{'name':'x/cheap','is_healthy':false,"
              "'price':{'input_usd':0.5,'output_usd':1}}]}");
    struct aigw_value *document = estimate_prices(snapshot, 10000000, 0.75);

    ck_assert_str_eq(aigw_get_str(document, "prices.0.name", ""), "x/cheap");
    ck_assert(!aigw_get_bool(document, "prices.0.eligible", true));
    ck_assert(!aigw_get_bool(document, "prices.0.cheapest", true));
    ck_assert(aigw_get_bool(document, "prices.1.cheapest", false));
    aigw_value_free(document);
    aigw_value_free(snapshot);
}

END_TEST

START_TEST(the_cost_line_says_who_how_much_and_how_long)
{
    expect(answer_write_cost,
           "{'provider':'anthropic','model':'sonnet-4','fallback':true,"
           "'prompt_tokens':812,'completion_tokens':96,'cost_usd':0.0039,"
           "'ttft_ms':402,'latency_ms':2100,'attempts':["
           "{'target':'openai/gpt'},{'target':'openai/gpt'},"
           "{'target':'anthropic/sonnet-4'}]}",
           "[anthropic/sonnet-4, 1 fallback, 812 in + 96 out tokens, $0.0039, "
           "TTFT 402ms, 2.1s]\n");
    expect(answer_write_cost,
           "{'provider':'a','model':'b','fallback':false,'prompt_tokens':1,"
           "'completion_tokens':2,'cost_usd':0.5,'ttft_ms':null,"
           "'latency_ms':3}",
           "[a/b, 1 in + 2 out tokens, $0.50, 3.0ms]\n");
}

END_TEST

START_TEST(a_refusal_says_what_it_takes)
{
    expect(report_failure,
           "{'success':false,'error':'a/b: max_cost',"
           "'error_code':'budget_exceeded','needed_usd':0.032,"
           "'remaining_usd':0.25,'resets_at_ms':null,'attempts':[]}",
           "aigw-ctl: no answer: a/b: max_cost (budget_exceeded)\n"
           "  It may cost $0.032, and $0.25 is left.\n");
}

END_TEST

START_TEST(a_failure_names_every_attempt)
{
    expect(report_failure,
           "{'success':false,'error':'all targets failed',"
           "'error_code':'all_targets_unavailable','retry_after_ms':4200,"
           "'attempts':[{'target':'a/b','outcome':'overloaded',"
           "'http_status':529,'latency_ms':402,'error':'busy\\u0007'},"
           "{'target':'c/d','outcome':'connect','latency_ms':1100}]}",
           "aigw-ctl: no answer: all targets failed "
           "(all_targets_unavailable)\n"
           "  a/b: overloaded, HTTP 529, after 402ms: busy?\n"
           "  c/d: connect, after 1.1s\n"
           "  Worth another try in 5s.\n");
}

END_TEST

static const struct {
    int code;
    int exit_code;
} exits[] = {
    {AIGW_ERR_NONE, 0},       {AIGW_ERR_INVALID, 2},  {AIGW_ERR_CONNECT, 3},
    {AIGW_ERR_CLOSED, 3},     {AIGW_ERR_TIMEDOUT, 4}, {AIGW_ERR_NOT_FOUND, 5},
    {AIGW_ERR_PERMISSION, 6}, {AIGW_ERR_ACCESS, 6},   {AIGW_ERR_CANCELLED, 130},
    {AIGW_ERR_OVERLOADED, 1}, {AIGW_ERR_DRAINING, 1}, {AIGW_ERR_NO_METHOD, 1},
    {AIGW_ERR_PARAMS, 1},     {AIGW_ERR_INTERNAL, 1}, {-31999, 1},
};

START_TEST(an_error_has_its_documented_exit_code)
{
    ck_assert_int_eq(report_exit_code(exits[_i].code), exits[_i].exit_code);
}

END_TEST

static const struct {
    const char *error_code;
    int exit_code;
} failures[] = {
    {"all_targets_unavailable", 7},
    {"rate_limited", 7},
    {"stream_broken", 7},
    {"invalid_request", 7},
    {"cancelled", 130},
    {"overloaded", 1},
    {"deadline_exceeded", 4},
    {"budget_exceeded", 1},
};

START_TEST(a_failed_prompt_has_its_documented_exit_code)
{
    struct aigw_value *result = aigw_value_map();

    aigw_value_set_str(result, "error_code", failures[_i].error_code);
    ck_assert_int_eq(report_failure_exit_code(result), failures[_i].exit_code);
    aigw_value_free(result);
}

END_TEST

START_TEST(errors_are_sentences_or_documents)
{
    struct report_error error = {.code = AIGW_ERR_NO_METHOD,
                                 .name = "no_method",
                                 .message = "no\033method \"x\"",
                                 .hint = "Try y."};
    struct mem_text out;
    char *text;

    mem_text_begin(&out);
    report_write(&error, false, out.stream);
    report_write(&error, true, out.stream);
    error.hint = NULL;
    report_write(&error, true, out.stream);
    text = mem_text_end(&out);
    ck_assert_str_eq(
        text, "aigw-ctl: no?method \"x\". Try y.\n"
              "{\"error\":{\"code\":-32601,\"name\":\"no_method\","
              "\"message\":\"no\\u001bmethod \\\"x\\\"\","
              "\"hint\":\"Try y.\"}}\n"
              "{\"error\":{\"code\":-32601,\"name\":\"no_method\","
              "\"message\":\"no\\u001bmethod \\\"x\\\"\",\"hint\":null}}\n");
    free(text);
}

END_TEST

static void
add_output_tests(Suite *suite)
{
    TCase *tcase = tcase_create("output");

    tcase_add_loop_test(tcase, a_row_becomes_flat, 0, ROWS(rows));
    tcase_add_test(tcase, fields_are_lines_of_key_and_value);
    tcase_add_loop_test(tcase, every_format_shows_the_same_values, 0,
                        ROWS(outputs));
    tcase_add_loop_test(tcase, a_state_is_one_word, 0, ROWS(states));
    tcase_add_test(tcase, the_summary_names_who_is_to_blame);
    tcase_add_test(tcase, prices_come_cheapest_first_and_unknown_last);
    tcase_add_test(tcase, what_cannot_be_used_is_not_the_cheapest);
    suite_add_tcase(suite, tcase);
}

static void
add_measuring_tests(Suite *suite)
{
    TCase *tcase = tcase_create("measuring");

    tcase_add_test(tcase, percentiles_are_of_the_nearest_rank);
    tcase_add_test(tcase, one_measurement_is_every_percentile);
    tcase_add_test(tcase, a_tally_counts_outcomes_and_reasons);
    tcase_add_test(tcase, a_tally_without_answers_has_null_for_latency);
    tcase_add_test(tcase, more_reasons_than_there_is_room_for_are_one);
    suite_add_tcase(suite, tcase);
}

static void
add_message_tests(Suite *suite)
{
    TCase *tcase = tcase_create("messages");

    tcase_add_test(tcase, the_cost_line_says_who_how_much_and_how_long);
    tcase_add_test(tcase, a_refusal_says_what_it_takes);
    tcase_add_test(tcase, a_failure_names_every_attempt);
    tcase_add_loop_test(tcase, an_error_has_its_documented_exit_code, 0,
                        ROWS(exits));
    tcase_add_loop_test(tcase, a_failed_prompt_has_its_documented_exit_code, 0,
                        ROWS(failures));
    tcase_add_test(tcase, errors_are_sentences_or_documents);
    suite_add_tcase(suite, tcase);
}

int
main(void)
{
    Suite *suite = suite_create("ctl_values");

    add_output_tests(suite);
    add_measuring_tests(suite);
    add_message_tests(suite);
    return suite_main(suite);
}
