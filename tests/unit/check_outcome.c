/*
 * Every way to end, and what each provider calls it.
 */
#include "core/outcome.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static const struct error_row {
    const char *name;
    int http_status;
    struct api_error error;
    enum outcome outcome;
    enum outcome_reason reason;
} ERRORS[] = {

#define ERROR(code_, type_, text_)                                             \
    {                                                                          \
        .present = true, .code = code_, .type = type_, .text = text_           \
    }
    {"OpenAI: out of money", 429,
     ERROR("insufficient_quota", "insufficient_quota", "You exceeded ..."),
     OUTCOME_QUOTA_LOCK, 0},
    {"F32: OpenAI: out of credit", 429,
     ERROR("credit_balance_exhausted", "", ""), OUTCOME_QUOTA_LOCK, 0},
    {"F32: OpenAI: spend limit in words", 429,
     ERROR("", "", "You have reached your monthly spend limit"),
     OUTCOME_QUOTA_LOCK, 0},
    {"F32: Anthropic: spend limit", 429,
     ERROR("enforced_spend_limit_reached", "rate_limit_error", ""),
     OUTCOME_QUOTA_LOCK, 0},
    {"OpenAI: rate limit", 429, ERROR("rate_limit_exceeded", "requests", ""),
     OUTCOME_RATE, 0},
    {"OpenAI: tokens per minute", 429,
     ERROR("rate_limit_exceeded", "tokens",
           "Request too large for the context window: tokens per min"),
     OUTCOME_RATE, 0},
    {"OpenAI: requests per day", 429,
     ERROR("rate_limit_exceeded", "requests", "Limit 200 requests per day"),
     OUTCOME_QUOTA_LOCK, 0},
    {"OpenAI: slow down", 503, ERROR("slow_down", "rate_limit_error", ""),
     OUTCOME_RATE, 0},
    {"OpenAI: overloaded", 503,
     ERROR("server_is_overloaded", "service_unavailable_error", ""),
     OUTCOME_OVERLOAD, 0},
    {"OpenAI: server error", 500, ERROR("", "server_error", "try again"),
     OUTCOME_SERVER, 0},
    {"OpenAI: wrong key", 401,
     ERROR("invalid_api_key", "invalid_request_error", ""), OUTCOME_AUTH_LOCK,
     0},
    {"OpenAI: country", 403,
     ERROR("unsupported_country_region_territory", "request_forbidden", ""),
     OUTCOME_AUTH_LOCK, 0},
    {"OpenAI: no such model", 404,
     ERROR("model_not_found", "invalid_request_error", ""), OUTCOME_MODEL_GONE,
     0},
    {"OpenAI: no such model at /responses", 400,
     ERROR("model_not_found", "invalid_request_error", ""), OUTCOME_MODEL_GONE,
     0},
    {"OpenAI: too long", 400,
     ERROR("context_length_exceeded", "invalid_request_error", ""),
     OUTCOME_CLIENT, OUTCOME_REASON_CONTEXT_LENGTH},
    {"OpenAI: unsupported parameter", 400,
     ERROR("unsupported_parameter", "invalid_request_error", ""),
     OUTCOME_CLIENT, 0},
    {"OpenAI: any other 400", 400, ERROR("", "invalid_request_error", "bad"),
     OUTCOME_CLIENT, 0},
    {"a 5xx about the prompt", 500,
     ERROR("", "server_error", "This model's maximum context length is 8192"),
     OUTCOME_CLIENT, OUTCOME_REASON_CONTEXT_LENGTH},
    {"F18: Anthropic: overloaded in a 200", 200,
     ERROR("", "overloaded_error", "Overloaded"), OUTCOME_OVERLOAD, 0},
    {"F25: Anthropic: overloaded", 529, ERROR("", "overloaded_error", ""),
     OUTCOME_OVERLOAD, 0},
    {"Anthropic: internal", 500, ERROR("", "api_error", ""), OUTCOME_SERVER, 0},
    {"Anthropic: time-out", 504, ERROR("", "timeout_error", ""), OUTCOME_SERVER,
     0},
    {"Anthropic: billing", 402, ERROR("", "billing_error", ""),
     OUTCOME_QUOTA_LOCK, 0},
    {"Anthropic: credit", 400,
     ERROR("", "invalid_request_error", "Your credit balance is too low"),
     OUTCOME_QUOTA_LOCK, 0},
    {"Anthropic: usage limit", 400,
     ERROR("", "invalid_request_error",
           "You have reached your specified API usage limits."),
     OUTCOME_QUOTA_LOCK, 0},
    {"Anthropic: permission", 403, ERROR("", "permission_error", ""),
     OUTCOME_AUTH_LOCK, 0},
    {"Anthropic: no such model", 404,
     ERROR("", "not_found_error", "model: claude-9"), OUTCOME_MODEL_GONE, 0},
    {"Anthropic: too long", 400,
     ERROR("", "invalid_request_error", "prompt is too long: 210000 tokens"),
     OUTCOME_CLIENT, OUTCOME_REASON_CONTEXT_LENGTH},
    {"Anthropic: too large", 413, ERROR("", "request_too_large", ""),
     OUTCOME_CLIENT, 0},
    {"Azure: filter", 400, ERROR("content_filter", "", ""), OUTCOME_CLIENT,
     OUTCOME_REASON_CONTENT_POLICY},
    {"Azure: filter by its inner code", 400,
     ERROR("ResponsibleAIPolicyViolation", "", ""), OUTCOME_CLIENT,
     OUTCOME_REASON_CONTENT_POLICY},
    {"Azure: no such deployment", 404, ERROR("DeploymentNotFound", "", ""),
     OUTCOME_MODEL_GONE, 0},
    {"Gemini: exhausted", 429, ERROR("429", "RESOURCE_EXHAUSTED", "quota"),
     OUTCOME_RATE, 0},
    {"Gemini: exhausted for today", 429,
     ERROR("429", "RESOURCE_EXHAUSTED", "GenerateRequestsPerDayPerProject"),
     OUTCOME_QUOTA_LOCK, 0},
    {"Gemini: overloaded", 503,
     ERROR("503", "UNAVAILABLE", "The model is overloaded."), OUTCOME_OVERLOAD,
     0},
    {"llama.cpp: loading", 503, ERROR("503", "unavailable_error", "Loading"),
     OUTCOME_OVERLOAD, 0},
    {"Ollama: no such model", 404,
     ERROR("", "api_error", "model \"x\" not found, try pulling it first"),
     OUTCOME_MODEL_GONE, 0},
    {"OpenRouter: moderation", 403, ERROR("403", "", "Your input was flagged"),
     OUTCOME_CLIENT, OUTCOME_REASON_CONTENT_POLICY},
    {"DeepSeek: no balance", 402, ERROR("", "", "Insufficient Balance"),
     OUTCOME_QUOTA_LOCK, 0},
    {"DeepSeek: gave up", 200, ERROR("insufficient_system_resource", "", ""),
     OUTCOME_OVERLOAD, 0},
    {"Groq: bad tool call", 200,
     ERROR("tool_use_failed", "invalid_request_error", ""), OUTCOME_CLIENT, 0},
    {"an error in a 200 that says nothing", 200, ERROR("", "", "oops"),
     OUTCOME_SERVER, 0},
    {"a request error in a 200", 200, ERROR("", "invalid_request_error", "bad"),
     OUTCOME_CLIENT, 0},
#undef ERROR
};

START_TEST(an_error_is_judged_by_what_it_says)
{
    const struct error_row *row = &ERRORS[_i];
    struct outcome_facts facts = {
        .sent = true,
        .http_status = row->http_status,
        .error = &row->error,
    };
    struct outcome_verdict v = outcome_classify(&facts);

    ck_assert_msg(v.outcome == row->outcome, "%s: is %s", row->name,
                  outcome_name(v.outcome));
    ck_assert_msg(v.reason == row->reason, "%s: reason %d", row->name,
                  (int)v.reason);
    facts.committed = true;
    ck_assert_int_eq(outcome_classify(&facts).outcome, OUTCOME_STREAM_BROKEN);
}

END_TEST

START_TEST(the_status_that_an_error_names_counts_before_its_own)
{
    struct api_error error = {.present = true, .http_status = 429};
    struct outcome_facts facts = {
        .sent = true, .http_status = 200, .error = &error};

    ck_assert_int_eq(outcome_classify(&facts).outcome, OUTCOME_RATE);
    error.http_status = 402;
    ck_assert_int_eq(outcome_classify(&facts).outcome, OUTCOME_QUOTA_LOCK);
}

END_TEST

static const struct {
    int status;
    enum outcome outcome;
    enum outcome html; /* With an HTML body. */
} STATUSES[] = {
    {100, OUTCOME_SERVER, OUTCOME_SERVER},
    {301, OUTCOME_SERVER, OUTCOME_SERVER},
    {304, OUTCOME_SERVER, OUTCOME_SERVER},
    {400, OUTCOME_CLIENT, OUTCOME_SERVER},
    {401, OUTCOME_AUTH_LOCK, OUTCOME_SERVER},
    {402, OUTCOME_QUOTA_LOCK, OUTCOME_SERVER},
    {403, OUTCOME_AUTH_LOCK, OUTCOME_SERVER},
    {404, OUTCOME_CLIENT, OUTCOME_SERVER},
    {408, OUTCOME_AMBIGUOUS, OUTCOME_AMBIGUOUS},
    {413, OUTCOME_CLIENT, OUTCOME_SERVER},
    {415, OUTCOME_CLIENT, OUTCOME_SERVER},
    {418, OUTCOME_CLIENT, OUTCOME_SERVER},
    {422, OUTCOME_CLIENT, OUTCOME_SERVER},
    {429, OUTCOME_RATE, OUTCOME_RATE},
    {499, OUTCOME_AMBIGUOUS, OUTCOME_AMBIGUOUS},
    {500, OUTCOME_SERVER, OUTCOME_SERVER},
    {502, OUTCOME_SERVER, OUTCOME_SERVER},
    {503, OUTCOME_OVERLOAD, OUTCOME_OVERLOAD},
    {504, OUTCOME_SERVER, OUTCOME_SERVER},
    {520, OUTCOME_SERVER, OUTCOME_SERVER},
    {523, OUTCOME_SERVER, OUTCOME_SERVER},
    {524, OUTCOME_AMBIGUOUS, OUTCOME_AMBIGUOUS},
    {525, OUTCOME_SERVER, OUTCOME_SERVER},
    {527, OUTCOME_SERVER, OUTCOME_SERVER},
    {529, OUTCOME_OVERLOAD, OUTCOME_OVERLOAD},
    {530, OUTCOME_SERVER, OUTCOME_SERVER},
    {599, OUTCOME_SERVER, OUTCOME_SERVER},
};

START_TEST(F24_a_status_without_words_has_a_class)
{
    struct outcome_facts facts = {.sent = true,
                                  .http_status = STATUSES[_i].status};

    ck_assert_str_eq(outcome_name(outcome_classify(&facts).outcome),
                     outcome_name(STATUSES[_i].outcome));
    facts.defect = ANSWER_DEFECT_HTML;
    ck_assert_str_eq(outcome_name(outcome_classify(&facts).outcome),
                     outcome_name(STATUSES[_i].html));
}

END_TEST

static const struct {
    const char *name;
    struct outcome_facts facts;
    enum outcome outcome;
    enum outcome_reason reason;
} ENDINGS[] = {

#define COMPLETE OUTCOME_TRANSPORT_COMPLETE
#define BROKEN   OUTCOME_TRANSPORT_BROKEN
#define TIMEOUT  OUTCOME_TRANSPORT_TIMEOUT
    {"a whole answer",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "stop"},
     OUTCOME_OK,
     0},
    {"a whole answer with tools",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "tool_calls"},
     OUTCOME_OK,
     0},
    {"F16: no finish reason",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "unknown"},
     OUTCOME_OK,
     0},
    {"F15: proof, then a cut",
     {BROKEN, true, 200, 0, NULL, true, true, false, "stop"},
     OUTCOME_OK,
     0},
    {"proof, then a cancellation",
     {OUTCOME_TRANSPORT_CANCELLED, true, 200, 0, NULL, true, true, false,
      "stop"},
     OUTCOME_OK,
     0},
    {"F53: out of tokens",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "length"},
     OUTCOME_OK_LIMITED,
     OUTCOME_REASON_LENGTH},
    {"F53: filtered",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "content_filter"},
     OUTCOME_OK_LIMITED,
     OUTCOME_REASON_CONTENT_POLICY},
    {"F53: refused",
     {COMPLETE, true, 200, 0, NULL, true, true, false, "refusal"},
     OUTCOME_OK_LIMITED,
     OUTCOME_REASON_CONTENT_POLICY},
    {"F02: no such name",
     {OUTCOME_TRANSPORT_RESOLVE, false, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_NOT_SENT,
     0},
    {"F01: refused",
     {OUTCOME_TRANSPORT_CONNECT, false, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_NOT_SENT,
     0},
    {"F04: certificate",
     {OUTCOME_TRANSPORT_TLS, false, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_NOT_SENT,
     0},
    {"could not connect although it was sent",
     {OUTCOME_TRANSPORT_CONNECT, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_AMBIGUOUS,
     0},
    {"F06: the peer says that it did not process it",
     {OUTCOME_TRANSPORT_REFUSED, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_NOT_SENT,
     0},
    {"F07: reset after sending",
     {BROKEN, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_AMBIGUOUS,
     0},
    {"broken before sending",
     {BROKEN, false, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_NOT_SENT,
     0},
    {"F08: no headers",
     {TIMEOUT, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_AMBIGUOUS,
     0},
    {"F09, F10: headers, and nothing that commits",
     {TIMEOUT, true, 200, 0, NULL, false, false, false, NULL},
     OUTCOME_AMBIGUOUS,
     0},
    {"F12: a stall after content",
     {TIMEOUT, true, 200, 0, NULL, true, false, false, NULL},
     OUTCOME_STREAM_BROKEN,
     0},
    {"F13: a clean end after content, without proof",
     {COMPLETE, true, 200, 0, NULL, true, false, false, NULL},
     OUTCOME_STREAM_BROKEN,
     0},
    {"a clean end without anything",
     {COMPLETE, true, 200, ANSWER_DEFECT_NONE, NULL, false, false, false, NULL},
     OUTCOME_SERVER,
     0},
    {"F22: HTML",
     {COMPLETE, true, 200, ANSWER_DEFECT_HTML, NULL, false, false, false, NULL},
     OUTCOME_SERVER,
     0},
    {"F23: empty",
     {COMPLETE, true, 200, ANSWER_DEFECT_EMPTY, NULL, false, false, false,
      NULL},
     OUTCOME_SERVER,
     0},
    {"F23: no choices",
     {COMPLETE, true, 200, ANSWER_DEFECT_NO_CHOICES, NULL, false, false, false,
      NULL},
     OUTCOME_SERVER,
     0},
    {"F23: no content although it finished",
     {COMPLETE, true, 200, ANSWER_DEFECT_NO_CONTENT, NULL, false, true, false,
      "stop"},
     OUTCOME_SERVER,
     0},
    {"not JSON",
     {COMPLETE, true, 200, ANSWER_DEFECT_NOT_JSON, NULL, false, false, false,
      NULL},
     OUTCOME_SERVER,
     0},
    {"a stream of which part was lost",
     {COMPLETE, true, 200, 0, NULL, true, true, true, "stop"},
     OUTCOME_STREAM_BROKEN,
     0},
    {"F82: too big",
     {OUTCOME_TRANSPORT_TOO_BIG, true, 200, ANSWER_DEFECT_TOO_BIG, NULL, false,
      false, false, NULL},
     OUTCOME_SERVER,
     0},
    {"too big after content",
     {OUTCOME_TRANSPORT_TOO_BIG, true, 200, ANSWER_DEFECT_TOO_BIG, NULL, true,
      false, false, NULL},
     OUTCOME_STREAM_BROKEN,
     0},
    {"not HTTP",
     {OUTCOME_TRANSPORT_PROTOCOL, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_SERVER,
     0},
    {"a status, then a cut",
     {BROKEN, true, 503, 0, NULL, false, false, false, NULL},
     OUTCOME_OVERLOAD,
     0},
    {"cancelled",
     {OUTCOME_TRANSPORT_CANCELLED, true, 0, 0, NULL, false, false, false, NULL},
     OUTCOME_CANCELLED,
     0},
    {"cancelled in the middle",
     {OUTCOME_TRANSPORT_CANCELLED, true, 200, 0, NULL, true, false, false,
      NULL},
     OUTCOME_CANCELLED,
     0},
    {"F61: no memory",
     {OUTCOME_TRANSPORT_LOCAL, true, 200, 0, NULL, true, true, false, "stop"},
     OUTCOME_LOCAL,
     0},
#undef COMPLETE
#undef BROKEN
#undef TIMEOUT
};

START_TEST(an_attempt_ends_in_one_class)
{
    struct outcome_verdict v = outcome_classify(&ENDINGS[_i].facts);

    ck_assert_msg(v.outcome == ENDINGS[_i].outcome, "%s: is %s",
                  ENDINGS[_i].name, outcome_name(v.outcome));
    ck_assert_msg(v.reason == ENDINGS[_i].reason, "%s", ENDINGS[_i].name);
}

END_TEST

/* Semantics, "Outcome classification", column by column. */
static const struct {
    enum outcome outcome;
    const char *name;
    enum outcome_vote vote;
    bool try_other;
    enum outcome_retry retry;
    int cost;
    bool deposits;
    const char *error_code;
} TABLE[] = {
    {OUTCOME_OK, "ok", OUTCOME_VOTE_SUCCESS, false, OUTCOME_RETRY_NEVER, 0,
     true, NULL},
    {OUTCOME_OK_LIMITED, "ok_limited", OUTCOME_VOTE_SUCCESS, false,
     OUTCOME_RETRY_NEVER, 0, true, NULL},
    {OUTCOME_NOT_SENT, "not_sent", OUTCOME_VOTE_LOCAL_FAIL, true,
     OUTCOME_RETRY_ONCE_FREE, 0, false, "all_targets_unavailable"},
    {OUTCOME_AMBIGUOUS, "ambiguous", OUTCOME_VOTE_FAIL, true,
     OUTCOME_RETRY_NEVER, 2000, false, "all_targets_unavailable"},
    {OUTCOME_OVERLOAD, "overload", OUTCOME_VOTE_FAIL, true,
     OUTCOME_RETRY_BACKOFF, 1000, false, "all_targets_unavailable"},
    {OUTCOME_SERVER, "server", OUTCOME_VOTE_FAIL, true, OUTCOME_RETRY_NEVER,
     1000, false, "all_targets_unavailable"},
    {OUTCOME_RATE, "rate", OUTCOME_VOTE_NEUTRAL, true,
     OUTCOME_RETRY_IF_WAIT_FITS, 1000, false, "rate_limited"},
    {OUTCOME_QUOTA_LOCK, "quota_lock", OUTCOME_VOTE_NEUTRAL, true,
     OUTCOME_RETRY_NEVER, 0, false, "quota_exhausted"},
    {OUTCOME_AUTH_LOCK, "auth_lock", OUTCOME_VOTE_NEUTRAL, true,
     OUTCOME_RETRY_NEVER, 0, false, "auth_failed"},
    {OUTCOME_MODEL_GONE, "model_gone", OUTCOME_VOTE_NEUTRAL, true,
     OUTCOME_RETRY_NEVER, 0, false, "all_targets_unavailable"},
    {OUTCOME_CLIENT, "client", OUTCOME_VOTE_NEUTRAL, false, OUTCOME_RETRY_NEVER,
     0, false, "invalid_request"},
    {OUTCOME_STREAM_BROKEN, "stream_broken", OUTCOME_VOTE_FAIL, false,
     OUTCOME_RETRY_NEVER, 2000, false, "stream_broken"},
    {OUTCOME_CANCELLED, "cancelled", OUTCOME_VOTE_IGNORE, false,
     OUTCOME_RETRY_NEVER, 0, false, "cancelled"},
    {OUTCOME_LOCAL, "local", OUTCOME_VOTE_IGNORE, false, OUTCOME_RETRY_NEVER, 0,
     false, NULL},
};

START_TEST(a_class_has_its_consequences)
{
    const struct outcome_row *row = outcome_row(TABLE[_i].outcome);
    const char *code =
        outcome_error_code((struct outcome_verdict){TABLE[_i].outcome, 0});

    ck_assert_str_eq(outcome_name(TABLE[_i].outcome), TABLE[_i].name);
    ck_assert_int_eq(row->vote, TABLE[_i].vote);
    ck_assert_int_eq(row->try_other, TABLE[_i].try_other);
    ck_assert_int_eq(row->retry_same, TABLE[_i].retry);
    ck_assert_int_eq(row->budget_cost_milli, TABLE[_i].cost);
    ck_assert_int_eq(row->deposits, TABLE[_i].deposits);
    ck_assert_pstr_eq(code, TABLE[_i].error_code);
}

END_TEST

START_TEST(the_reason_of_a_client_error_shows_in_its_code)
{
    struct outcome_verdict v = {OUTCOME_CLIENT, OUTCOME_REASON_CONTEXT_LENGTH};

    ck_assert_str_eq(outcome_error_code(v), "context_length_exceeded");
    v.reason = OUTCOME_REASON_CONTENT_POLICY;
    ck_assert_str_eq(outcome_error_code(v), "content_filtered");
}

END_TEST

#define LOOP(tc, test, rows)                                                   \
    tcase_add_loop_test((tc), (test), 0, (int)array_count(rows))

static Suite *
suite(void)
{
    Suite *s = suite_create("outcome");
    TCase *tc = tcase_create("classes");

    LOOP(tc, an_error_is_judged_by_what_it_says, ERRORS);
    tcase_add_test(tc, the_status_that_an_error_names_counts_before_its_own);
    LOOP(tc, F24_a_status_without_words_has_a_class, STATUSES);
    LOOP(tc, an_attempt_ends_in_one_class, ENDINGS);
    suite_add_tcase(s, tc);

    tc = tcase_create("consequences");
    LOOP(tc, a_class_has_its_consequences, TABLE);
    tcase_add_test(tc, the_reason_of_a_client_error_shows_in_its_code);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
