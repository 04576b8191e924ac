/*
 * The openai dialect: requests as they go out, answers as they come in, whole
 * and byte by byte.
 */
#include "core/dialect.h"

#include "base/mem.h"
#include "support/openai_replay.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Requests. */

static const char *
header(const struct dialect_http *http, const char *name)
{
    for (size_t i = 0; i < http->n_headers; i++)
        if (strcmp(http->headers[i].name, name) == 0)
            return http->headers[i].value;
    return NULL;
}

static struct chat_request *
request_from(const char *body)
{
    struct chat_request *request;
    struct aigw_err err = {0, ""};

    ck_assert_msg(chat_from_body(body, strlen(body), &request, &err) == 0, "%s",
                  err.text);
    return request;
}

static const struct {
    const char *name;
    const char *body;
    int64_t cap;
    bool streamed;
    const char *sent;
} REQUESTS[] = {
    {"as little as possible", "{\"messages\":[{}]}", 0, false,
     "{\"model\":\"m\",\"messages\":[{}]}"},
    {"the caller's own bytes",
     "{\"model\":\"x\", \"messages\":[ {\"a\" : 1e2} ],\"zz\" : [ \"\\u00e9\" "
     "]}",
     0, false,
     "{\"model\":\"m\",\"messages\":[ {\"a\" : 1e2} ],\"zz\":[ \"\\u00e9\" ]}"},
    {"limits", "{\"messages\":[{}],\"temperature\":0.7,\"max_tokens\":100}", 0,
     false,
     "{\"model\":\"m\",\"messages\":[{}],\"temperature\":0.7,\"max_tokens\":"
     "100}"},
    {"limits of the target", "{\"messages\":[{}],\"max_tokens\":100}", 64,
     false, "{\"model\":\"m\",\"messages\":[{}],\"max_tokens\":64}"},
    {"the other name of the limit",
     "{\"messages\":[{}],\"max_completion_tokens\":10}", 64, false,
     "{\"model\":\"m\",\"messages\":[{}],\"max_completion_tokens\":10}"},
    {"usage is always asked for", "{\"messages\":[{}]}", 0, true,
     "{\"model\":\"m\",\"messages\":[{}],\"stream\":true,\"stream_options\":{"
     "\"include_usage\":true}}"},
    {"the caller's stream options stay",
     "{\"messages\":[{}],\"stream_options\":{\"include_usage\":false,"
     "\"include_obfuscation\":false}}",
     0, true,
     "{\"model\":\"m\",\"messages\":[{}],\"stream\":true,\"stream_options\":{"
     "\"include_usage\":true,\"include_obfuscation\":false}}"},
    {"nothing of streams where none is wanted",
     "{\"messages\":[{}],\"stream\":true,\"stream_options\":{}}", 0, false,
     "{\"model\":\"m\",\"messages\":[{}]}"},
};

/* Of a request, for a target at an address, that may have so many. */
static const struct {
    const char *body;
    const char *base_url;
    int64_t cap;
    const char *limit; /* Whatever is sent of it. */
} LIMITS[] = {
    {"{\"messages\":[{}]}", "https://x.example/v1", 0, "\"max_tokens\":500"},
    {"{\"messages\":[{}]}", "https://x.example/v1", 64, "\"max_tokens\":64"},
    {"{\"messages\":[{}]}", "https://api.openai.com/v1", 0,
     "\"max_completion_tokens\":500"},
    {"{\"messages\":[{}],\"max_tokens\":700}", "https://api.openai.com/v1", 0,
     "\"max_tokens\":700"},
};

START_TEST(a_request_without_a_limit_is_given_one_where_that_is_wanted)
{
    struct chat_request *request = request_from(LIMITS[_i].body);
    struct dialect_target target = {
        .base_url = LIMITS[_i].base_url,
        .model = "m",
        .max_tokens = LIMITS[_i].cap,
        .usual_max_tokens = 500,
    };
    struct dialect_http http = {0};
    char *sent;

    ck_assert_int_eq(dialect_openai.build_chat(request, &target, false, &http),
                     0);
    sent = strstr(http.body, "\"max_");
    ck_assert_ptr_nonnull(sent);
    sent[strlen(sent) - 1] = '\0';
    ck_assert_str_eq(sent, LIMITS[_i].limit);
    dialect_http_deinit(&http);
    chat_free(request);
}

END_TEST

START_TEST(a_request_is_built)
{
    struct chat_request *request = request_from(REQUESTS[_i].body);
    struct dialect_target target = {
        .base_url = "https://x.example/v1",
        .model = "m",
        .key = "sk-secret-1",
        .max_tokens = REQUESTS[_i].cap,
    };
    struct dialect_http http = {0};

    ck_assert_int_eq(dialect_openai.build_chat(request, &target,
                                               REQUESTS[_i].streamed, &http),
                     0);
    ck_assert_str_eq(http.body, REQUESTS[_i].sent);
    ck_assert_uint_eq(http.body_size, strlen(http.body));
    ck_assert_int_eq(json_check(http.body, http.body_size, NULL), 0);
    ck_assert_str_eq(http.method, "POST");
    ck_assert_str_eq(http.url, "https://x.example/v1/chat/completions");
    ck_assert_str_eq(header(&http, "Authorization"), "Bearer sk-secret-1");
    ck_assert_str_eq(header(&http, "Content-Type"), "application/json");
    ck_assert_str_eq(header(&http, "Accept"), REQUESTS[_i].streamed
                                                  ? "text/event-stream"
                                                  : "application/json");
    dialect_http_deinit(&http);
    dialect_http_deinit(&http);
    chat_free(request);
}

END_TEST

static const struct {
    const char *base;
    const char *url;
    bool azure;
} URLS[] = {
    {"http://h/v1", "http://h/v1/models", false},
    {"http://h/v1/", "http://h/v1/models", false},
    {"https://r.openai.azure.com/openai/deployments/d?api-version=1",
     "https://r.openai.azure.com/openai/deployments/d/models?api-version=1",
     true},
    {"https://h/x.openai.azure.com", "https://h/x.openai.azure.com/models",
     false},
};

START_TEST(a_probe_asks_for_the_models_with_the_key)
{
    struct dialect_target target = {.base_url = URLS[_i].base, .key = "k"};
    struct dialect_http http = {0};

    ck_assert_int_eq(dialect_openai.build_probe(&target, &http), 0);
    ck_assert_str_eq(http.method, "GET");
    ck_assert_str_eq(http.url, URLS[_i].url);
    ck_assert_ptr_null(http.body);
    ck_assert_pstr_eq(header(&http, "api-key"), URLS[_i].azure ? "k" : NULL);
    ck_assert_pstr_eq(header(&http, "Authorization"),
                      URLS[_i].azure ? NULL : "Bearer k");
    ck_assert_ptr_null(header(&http, "Content-Type"));
    dialect_http_deinit(&http);
}

END_TEST

START_TEST(configured_headers_are_added_and_win)
{
    struct dialect_header headers[DIALECT_MAX_HEADERS + 1] = {
        {"X-Team", "search"}, {"accept", "a/b"}};
    struct dialect_target target = {
        .base_url = "http://h", .headers = headers, .n_headers = 2};
    struct dialect_http http = {0};

    ck_assert_int_eq(dialect_openai.build_probe(&target, &http), 0);
    ck_assert_uint_eq(http.n_headers, 2);
    ck_assert_str_eq(header(&http, "X-Team"), "search");
    ck_assert_str_eq(header(&http, "accept"), "a/b");
    dialect_http_deinit(&http);

    for (size_t i = 0; i < array_count(headers); i++)
        headers[i] = (struct dialect_header){"X", "y"};
    target.n_headers = array_count(headers);
    ck_assert_int_eq(dialect_openai.build_probe(&target, &http), AIGW_ETOOBIG);
    ck_assert_ptr_null(http.url);
}

END_TEST

START_TEST(embeddings_are_asked_for)
{
    static const char body[] =
        "{\"input\":[\"a\"],\"model\":\"x\",\"dimensions\":4}";
    struct dialect_target target = {.base_url = "http://h", .model = "m"};
    struct dialect_http http = {0};
    struct embed_request *request;

    ck_assert_int_eq(embed_from_body(body, strlen(body), &request, NULL), 0);
    ck_assert_int_eq(dialect_openai.build_embed(request, &target, &http), 0);
    ck_assert_str_eq(http.url, "http://h/embeddings");
    ck_assert_str_eq(http.body,
                     "{\"model\":\"m\",\"input\":[\"a\"],\"dimensions\":4}");
    ck_assert_ptr_null(header(&http, "Authorization"));
    dialect_http_deinit(&http);
    embed_free(request);
}

END_TEST

START_TEST(dialects_are_found_by_name)
{
    ck_assert_ptr_eq(dialect_find("openai"), &dialect_openai);
    ck_assert_ptr_null(dialect_find("x"));
    for (const char *const *name = dialect_names(); *name; name++)
        ck_assert_str_eq(dialect_find(*name)->name, *name);
}

END_TEST

/* Whole answers. */

#define ANSWER(message, finish)                                                    \
    "{\"id\":\"i\",\"model\":\"M\",\"choices\":[{\"index\":0,\"message\":" message \
    ",\"finish_reason\":" finish                                                   \
    "}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}}"

static const struct whole_row {
    const char *name;
    int http_status;
    const char *content_type;
    const char *body;
    const char *log;
    enum answer_defect defect;
    bool terminal;
} WHOLES[] = {
    {"a plain answer", 200, "application/json",
     ANSWER("{\"role\":\"assistant\",\"content\":\"hi\",\"refusal\":null,"
            "\"annotations\":[]}",
            "\"stop\""),
     "delta 0 \"hi\"; finish 0 stop; usage 2/3/0/0/0; done; ", 0, true},
    {"DeepSeek: blank lines first", 200, "application/json",
     "\n\n\n" ANSWER("{\"content\":\"hi\"}", "\"stop\"") "\n",
     "delta 0 \"hi\"; finish 0 stop; usage 2/3/0/0/0; done; ", 0, true},
    {"Ollama: no finish reason", 200, "application/json",
     ANSWER("{\"content\":\"hi\"}", "null"),
     "delta 0 \"hi\"; usage 2/3/0/0/0; done; ", 0, true},
    {"tool calls get their index", 200, "application/json",
     ANSWER("{\"content\":null,\"tool_calls\":[{\"id\":\"a\"},{\"id\":\"b\"}]}",
            "\"tool_calls\""),
     "delta 0 {\"tool_calls\":[{\"id\":\"a\",\"index\":0},{\"id\":\"b\","
     "\"index\":1}]}; finish 0 tool_calls; usage 2/3/0/0/0; done; ",
     0, true},
    {"two choices", 200, NULL,
     "{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
     "\"stop\"},{\"message\":{\"content\":\"b\"},\"finish_reason\":\"length\"}"
     "]}",
     "delta 0 \"a\"; finish 0 stop; delta 1 \"b\"; finish 1 length; done; ", 0,
     true},
    {"F23: no choices", 200, "application/json", "{\"choices\":[]}", "",
     ANSWER_DEFECT_NO_CHOICES, false},
    {"F23: nothing of an answer", 200, "application/json", "{}", "",
     ANSWER_DEFECT_NO_CHOICES, false},
    {"F23: no content", 200, "application/json",
     ANSWER("{\"content\":null}", "\"stop\""),
     "start; finish 0 stop; usage 2/3/0/0/0; ", ANSWER_DEFECT_NO_CONTENT, true},
    {"F53: filtered, without a message", 200, "application/json",
     "{\"choices\":[{\"finish_reason\":\"content_filter\"}]}",
     "finish 0 content_filter; done; ", 0, true},
    {"F53: refused", 200, "application/json",
     "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"no\"},"
     "\"finish_reason\":\"stop\"}]}",
     "delta 0 {\"refusal\":\"no\"}; finish 0 stop; done; ", 0, true},
    {"F23: empty", 200, "application/json", "", "", ANSWER_DEFECT_EMPTY, false},
    {"F22: HTML", 200, "application/json", "<!doctype html>", "",
     ANSWER_DEFECT_HTML, false},
    {"F22: HTML by its type", 200, "text/html; charset=utf-8", "sorry", "",
     ANSWER_DEFECT_HTML, false},
    {"F22: HTML with a status", 403, "text/html", "<html>captcha", "",
     ANSWER_DEFECT_HTML, false},
    {"F22: words", 200, "text/plain", "hello", "", ANSWER_DEFECT_NOT_JSON,
     false},
    {"a JSON value that is no answer", 200, "application/json", "[1]", "",
     ANSWER_DEFECT_NOT_JSON, false},
    {"F21: an error in a 200", 200, "application/octet-stream",
     "{\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"code\":null}}",
     "error 0 /server_error m; ", 0, false},
    {"an error in an array", 200, "application/json",
     "[{\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":"
     "\"UNAVAILABLE\"}}]",
     "error 503 503/UNAVAILABLE overloaded; ", 0, false},
    {"an error status", 429, "application/json",
     "{\"error\":{\"message\":\"m\",\"type\":\"requests\",\"code\":"
     "\"rate_limit_exceeded\"}}",
     "error 0 rate_limit_exceeded/requests m; ", 0, false},
    {"Azure: a code in words of digits", 401, "application/json",
     "{\"error\":{\"code\":\"401\",\"message\":\"m\"}}", "error 401 401/ m; ",
     0, false},
    {"Azure: an inner code", 400, "application/json",
     "{\"error\":{\"message\":\"m\",\"innererror\":{\"code\":"
     "\"ResponsibleAIPolicyViolation\"}}}",
     "error 0 ResponsibleAIPolicyViolation/ m; ", 0, false},
    {"F32: Anthropic: the spend limit is in the details", 429, NULL,
     "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":"
     "\"m\",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}",
     "error 0 enforced_spend_limit_reached/rate_limit_error m; ", 0, false},
    {"Ollama: an error that is a string", 404, "application/json",
     "{\"error\":\"model 'x' not found\"}", "error 0 / model 'x' not found; ",
     0, false},
    {"Mistral: details as an object", 422, "application/json",
     "{\"object\":\"error\",\"message\":{\"detail\":[1]},\"type\":\"t\","
     "\"code\":null}",
     "error 0 /t {\"detail\":[1]}; ", 0, false},
    {"FastAPI: detail", 422, "application/json", "{\"detail\":\"bad\"}",
     "error 0 / bad; ", 0, false},
    {"an error in words", 502, "text/plain", "bad\tgateway\x1b[1m\n",
     "error 0 / bad gateway[1m ; ", 0, false},
    {"an error without a body", 500, NULL, "", "", 0, false},
    {"wrong bytes in an answer", 200, "application/json",
     "{\"choices\":[{\"message\":{\"content\":\"a\xff\"}}]}",
     "delta 0 \"a\xef\xbf\xbd\"; done; ", 0, true},
};

START_TEST(a_body_becomes_these_events)
{
    const struct whole_row *row = &WHOLES[_i];

    for (size_t piece = 0; piece <= 1; piece++) {
        struct replay r;

        replay_init(&r, false);
        r.head = (struct dialect_head){row->http_status, row->content_type};
        r.piece = piece;
        replay_run(&r, row->body, strlen(row->body));
        ck_assert_int_eq(r.status, 0);
        ck_assert_msg(strcmp(bytes_cstr(&r.log), row->log) == 0, "%s: got\n%s",
                      row->name, bytes_cstr(&r.log));
        ck_assert_msg(r.facts->defect == row->defect, "%s: %s", row->name,
                      answer_defect_text(r.facts->defect));
        if (row->defect == ANSWER_DEFECT_NONE)
            ck_assert_msg(r.facts->terminal == row->terminal, "%s", row->name);
        replay_deinit(&r);
    }
}

END_TEST

START_TEST(the_answer_is_kept_as_it_came)
{
    static const char body[] =
        "\n {\"choices\" : [ {\"message\":{\"content\":\"a\"}} ], \"x\":1e2} \n";
    struct replay r;

    replay_init(&r, false);
    replay_run(&r, body, strlen(body));
    ck_assert_uint_eq(r.facts->response.size, strlen(body) - 4);
    ck_assert_mem_eq(r.facts->response.text, body + 2, r.facts->response.size);
    replay_deinit(&r);
}

END_TEST

START_TEST(what_was_cut_off_is_no_defect)
{
    static const char body[] = "{\"choices\":[{\"mess";
    struct replay r;

    replay_init(&r, false);
    r.cut = true;
    replay_run(&r, body, strlen(body));
    ck_assert_int_eq(r.facts->defect, ANSWER_DEFECT_NONE);
    ck_assert(!r.facts->terminal);
    replay_deinit(&r);
}

END_TEST

START_TEST(embeddings_are_proof_of_themselves)
{
    static const char body[] =
        "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}],\"model\":\"e\","
        "\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}";
    struct replay r;

    replay_init(&r, false);
    r.params.embed = true;
    replay_run(&r, body, strlen(body));
    ck_assert_str_eq(bytes_cstr(&r.log), "usage 8/0/0/0/0; done; ");
    ck_assert(r.facts->terminal);
    ck_assert_uint_eq(r.facts->response.size, strlen(body));
    replay_deinit(&r);

    replay_init(&r, false);
    r.params.embed = true;
    replay_run(&r, "{\"data\":[]}", 11);
    ck_assert_int_eq(r.facts->defect, ANSWER_DEFECT_NO_CONTENT);
    replay_deinit(&r);
}

END_TEST

START_TEST(F82_a_body_has_a_limit)
{
    static const char body[] =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"}}]}\n\n";
    struct replay r;

    for (int streamed = 0; streamed <= 1; streamed++) {
        replay_init(&r, streamed);
        r.params.response_max_bytes = 100;
        r.piece = 10;
        replay_run(&r, streamed ? body : "[", streamed ? strlen(body) : 1);
        ck_assert_int_eq(r.status, streamed ? AIGW_ETOOBIG : 0);
        ck_assert_int_eq(r.facts->defect, streamed ? ANSWER_DEFECT_TOO_BIG
                                                   : ANSWER_DEFECT_NOT_JSON);
        replay_deinit(&r);
    }
}

END_TEST

START_TEST(F82_of_a_long_error_only_the_beginning_is_read)
{
    size_t size = 2 * DIALECT_ERROR_MAX_BYTES;
    char *body = malloc(size);
    struct replay r;

    memset(body, 'x', size);
    replay_init(&r, false);
    r.head.http_status = 500;
    replay_run(&r, body, size);
    ck_assert_int_eq(r.status, 0);
    ck_assert(r.facts->error.present);
    ck_assert_uint_eq(strlen(r.facts->error.text), API_ERROR_TEXT_SIZE - 1);
    replay_deinit(&r);
    free(body);
}

END_TEST

/* Secrets. */

START_TEST(the_values_of_configured_headers_are_blanked)
{
    static const struct dialect_header HEADERS[] = {
        {"X-Version", "2024"},
        {"X-Pass", "open-sesame"},
    };
    static const char BODY[] = "{\"error\":{\"message\":\"in 2024 open-sesame"
                               " does not open open-sesame\"}}";
    struct replay r;

    replay_init(&r, false);
    r.head.http_status = 400;
    r.params.headers = HEADERS;
    r.params.n_headers = 2;
    replay_run(&r, BODY, strlen(BODY));
    ck_assert_str_eq(r.facts->error.text,
                     "in 2024 *********** does not open ***********");
    replay_deinit(&r);
}

END_TEST

static const struct {
    const char *key;
    const char *message;
    const char *text;
} SECRETS[] = {
    {"sk-abcdef1234567890", "bad key sk-abcdef1234567890 given",
     "bad key [redacted] given"},
    {"sk-abcdef1234567890", "bad key: 'sk-abcdef***7890'.",
     "bad key: [redacted]"},
    {"sk-abcdef1234567890", "ends in *****34567890", "ends in [redacted]"},
    {"sk-abcdef1234567890", "Bearer\\tsk-abcdef1234567890",
     "Bearer [redacted]"},
    {"sk-abcdef1234567890", "sk-abc\\u0001def1234567890", "[redacted]"},
    {"sk-abcdef1234567890", "a short sk-abc is no echo",
     "a short sk-abc is no echo"},
    {"hunter2", "no hunter2 here", "no **** here"},
    {"abc", "placeholders like abc stay", "placeholders like abc stay"},
};

START_TEST(F81_the_key_is_removed_from_errors)
{
    struct bytes body;
    struct replay r;

    bytes_init(&body, 1024);
    (void)bytes_printf(&body,
                       "{\"error\":{\"message\":\"%s\",\"code\":\"%s\"}}",
                       SECRETS[_i].message, SECRETS[_i].key);
    replay_init(&r, false);
    r.head.http_status = 401;
    r.params.key = SECRETS[_i].key;
    replay_run(&r, body.data, body.size);
    ck_assert_str_eq(r.facts->error.text, SECRETS[_i].text);
    if (strlen(SECRETS[_i].key) > 3)
        ck_assert_ptr_null(strstr(r.facts->error.code, SECRETS[_i].key));
    replay_deinit(&r);
    bytes_deinit(&body);
}

END_TEST

START_TEST(F81_a_key_at_the_cut_is_removed_too)
{
    static const char key[] = "sk-abcdef1234567890";

    for (size_t lead = 200; lead < 260; lead++) {
        struct bytes body;
        struct replay r;

        bytes_init(&body, 1024);
        (void)bytes_printf(&body, "%*s %s", (int)lead, ".", key);
        replay_init(&r, false);
        r.head = (struct dialect_head){500, "text/plain"};
        r.params.key = key;
        replay_run(&r, body.data, body.size);
        ck_assert_ptr_null(strstr(r.facts->error.text, "sk-"));
        replay_deinit(&r);
        bytes_deinit(&body);
    }
}

END_TEST

#define LOOP(tc, test, rows)                                                   \
    tcase_add_loop_test((tc), (test), 0, (int)array_count(rows))

static Suite *
suite(void)
{
    Suite *s = suite_create("dialect");
    TCase *tc = tcase_create("requests");

    LOOP(tc, a_request_without_a_limit_is_given_one_where_that_is_wanted,
         LIMITS);
    LOOP(tc, a_request_is_built, REQUESTS);
    LOOP(tc, a_probe_asks_for_the_models_with_the_key, URLS);
    tcase_add_test(tc, configured_headers_are_added_and_win);
    tcase_add_test(tc, embeddings_are_asked_for);
    tcase_add_test(tc, dialects_are_found_by_name);
    suite_add_tcase(s, tc);

    tc = tcase_create("whole answers");
    LOOP(tc, a_body_becomes_these_events, WHOLES);
    tcase_add_test(tc, the_answer_is_kept_as_it_came);
    tcase_add_test(tc, what_was_cut_off_is_no_defect);
    tcase_add_test(tc, embeddings_are_proof_of_themselves);
    suite_add_tcase(s, tc);

    tc = tcase_create("limits and secrets");
    tcase_add_test(tc, F82_a_body_has_a_limit);
    tcase_add_test(tc, F82_of_a_long_error_only_the_beginning_is_read);
    tcase_add_test(tc, the_values_of_configured_headers_are_blanked);
    LOOP(tc, F81_the_key_is_removed_from_errors, SECRETS);
    tcase_add_test(tc, F81_a_key_at_the_cut_is_removed_too);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
