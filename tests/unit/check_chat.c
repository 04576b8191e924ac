/*
 * Requests: what is understood, what is passed on untouched, and which field
 * is to blame.
 */
#include "core/chat.h"

#include "base/mem.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

static struct chat_request *
read_body(const char *body)
{
    struct chat_request *request = NULL;
    struct aigw_err err = {0, ""};

    ck_assert_msg(chat_from_body(body, strlen(body), &request, &err) == 0,
                  "%s: %s", body, err.text);
    return request;
}

static void
is_slice(struct json_slice slice, const char *text)
{
    ck_assert_msg(slice.size == strlen(text)
                      && memcmp(slice.text, text, slice.size) == 0,
                  "\"%.*s\" is not \"%s\"", (int)slice.size, slice.text, text);
}

START_TEST(a_prompt_becomes_two_messages)
{
    struct chat_prompt prompt = {
        .prompt = "say \"hi\"\n",
        .prompt_size = 9,
        .system = "Be kind.",
        .system_size = 8,
        .temperature = 0.7,
        .max_tokens = 4096,
    };
    struct chat_request *r;

    ck_assert_int_eq(chat_from_prompt(&prompt, &r, NULL), 0);
    is_slice(r->messages,
             "[{\"role\":\"system\",\"content\":\"Be kind.\"},"
             "{\"role\":\"user\",\"content\":\"say \\\"hi\\\"\\n\"}]");
    ck_assert_uint_eq(r->n_messages, 2);
    ck_assert_uint_eq(r->prompt_bytes, 17);
    ck_assert_int_eq(r->limit_key, CHAT_LIMIT_MAX_TOKENS);
    ck_assert_int_eq(r->max_tokens, 4096);
    ck_assert_int_eq(r->n, 1);
    ck_assert_uint_eq(r->extra.size, 0);
    ck_assert_str_eq(r->model, "");
    chat_free(r);

    prompt.system = NULL;
    prompt.system_size = 0;
    ck_assert_int_eq(chat_from_prompt(&prompt, &r, NULL), 0);
    ck_assert_uint_eq(r->n_messages, 1);
    chat_free(r);
    chat_free(NULL);
}

END_TEST

static const struct {
    const char *prompt;
    const char *system;
    double temperature;
    int64_t max_tokens;
    const char *text;
} PROMPTS[] = {
    {"\xff", "s", 0.7, 1, "prompt: not valid UTF-8"},
    {"p", "\xc3", 0.7, 1, "system_message: not valid UTF-8"},
    {"p", "s", 2.1, 1, "temperature: expected a number from 0 to 2"},
    {"p", "s", -0.1, 1, "temperature: expected a number from 0 to 2"},
    {"p", "s", (double)NAN, 1, "temperature: expected a number from 0 to 2"},
    {"p", "s", 0.7, 0, "max_tokens: expected an integer from 1 to 1000000000"},
    {"p", "s", 0.7, INT64_MAX,
     "max_tokens: expected an integer from 1 to 1000000000"},
};

START_TEST(a_prompt_that_is_wrong_names_its_field)
{
    struct chat_prompt prompt = {
        .prompt = PROMPTS[_i].prompt,
        .prompt_size = strlen(PROMPTS[_i].prompt),
        .system = PROMPTS[_i].system,
        .system_size = strlen(PROMPTS[_i].system),
        .temperature = PROMPTS[_i].temperature,
        .max_tokens = PROMPTS[_i].max_tokens,
    };
    struct chat_request *r = NULL;
    struct aigw_err err;

    ck_assert_int_eq(chat_from_prompt(&prompt, &r, &err), AIGW_EPARAMS);
    ck_assert_str_eq(err.text, PROMPTS[_i].text);
    ck_assert_ptr_null(r);
}

END_TEST

START_TEST(a_body_is_taken_apart_and_its_rest_kept)
{
    struct chat_request *r = read_body(
        "{ \"seed\" : 7, \"model\":\"gp\\u0074-4.1\", \"messages\" : [ {\"role\":"
        "\"user\",\"content\":\"hello\"} ], \"stream\":true, \"x\\ny\" : { \"a\" : "
        "[ 1 ] },\"temperature\":0.25,\"max_completion_tokens\":99,"
        "\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":"
        "false},\"user\":null}");

    ck_assert_str_eq(r->model, "gpt-4.1");
    is_slice(r->messages, "[ {\"role\":\"user\",\"content\":\"hello\"} ]");
    is_slice(r->extra, "\"seed\":7,\"x\\ny\":{ \"a\" : [ 1 ] },\"user\":null");
    is_slice(r->stream_extra, "\"include_obfuscation\":false");
    ck_assert(r->stream);
    ck_assert(r->include_usage);
    ck_assert(r->has_temperature);
    ck_assert_double_eq(r->temperature, 0.25);
    ck_assert_int_eq(r->limit_key, CHAT_LIMIT_MAX_COMPLETION_TOKENS);
    ck_assert_int_eq(r->max_tokens, 99);
    ck_assert_int_eq(r->n, 1);
    ck_assert_uint_eq(r->prompt_bytes, 5);
    ck_assert(!r->has_tools);
    ck_assert(!r->structured);
    ck_assert(!r->logprobs);
    ck_assert(!r->has_images);
    chat_free(r);
}

END_TEST

START_TEST(a_body_with_little_in_it_has_defaults)
{
    struct chat_request *r =
        read_body(" {\"messages\":[{}],\"stream\":null,\"temperature\":null,"
                  "\"max_tokens\":null,\"n\":null,\"stream_options\":null}");

    ck_assert_str_eq(r->model, "");
    ck_assert(!r->stream);
    ck_assert(!r->has_temperature);
    ck_assert_int_eq(r->limit_key, CHAT_LIMIT_NONE);
    ck_assert_int_eq(r->n, 1);
    is_slice(r->extra, "\"n\":null");
    chat_free(r);
}

END_TEST

START_TEST(what_rules_out_a_continuation_is_seen)
{
    struct chat_request *r = read_body(
        "{\"messages\":[{}],\"tools\":[{}],\"response_format\":{\"type\":"
        "\"json_object\"},\"logprobs\":true,\"n\":3}");

    ck_assert(r->has_tools);
    ck_assert(r->structured);
    ck_assert(r->logprobs);
    ck_assert_int_eq(r->n, 3);
    is_slice(r->extra, "\"tools\":[{}],\"response_format\":{\"type\":"
                       "\"json_object\"},\"logprobs\":true,\"n\":3");
    chat_free(r);

    r = read_body("{\"messages\":[{}],\"tools\":[],\"functions\":null,"
                  "\"response_format\":{\"type\":\"text\"},"
                  "\"logprobs\":false}");
    ck_assert(!r->has_tools);
    ck_assert(!r->structured);
    ck_assert(!r->logprobs);
    chat_free(r);
}

END_TEST

START_TEST(images_count_as_a_fixed_amount_of_text)
{
    struct chat_request *r = read_body(
        "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"abc\"},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:...\"}}]},"
        "{\"content\":null,\"tool_calls\":[1]}]}");

    ck_assert(r->has_images);
    ck_assert_uint_eq(r->prompt_bytes, 3 + CHAT_PART_BYTES + 3);
    chat_free(r);
}

END_TEST

static const struct {
    const char *body;
    const char *text;
} WRONG[] = {
    {"", "body: no JSON at all"},
    {"{", "body: line 1, column 2: not valid JSON"},
    {"[]", "body: expected an object"},
    {"{}", "body.messages: required"},
    {"{\"messages\":{}}", "body.messages: expected an array"},
    {"{\"messages\":[]}", "body.messages: empty"},
    {"{\"messages\":[{},1]}", "body.messages[1]: expected an object"},
    {"{\"messages\":[{}],\"messages\":[{}]}", "body.messages: given twice"},
    {"{\"model\":\"a\",\"mode\\u006c\":\"b\"}", "body.model: given twice"},
    {"{\"model\":1}", "body.model: expected a string"},
    {"{\"temperature\":\"1\"}", "body.temperature: expected a number"},
    {"{\"temperature\":-1}", "body.temperature: out of range"},
    {"{\"temperature\":1e999}", "body.temperature: out of range"},
    {"{\"max_tokens\":0}",
     "body.max_tokens: expected an integer from 1 to 1000000000"},
    {"{\"max_tokens\":9223372036854775806}",
     "body.max_tokens: expected an integer from 1 to 1000000000"},
    {"{\"max_tokens\":1.5}",
     "body.max_tokens: expected an integer from 1 to 1000000000"},
    {"{\"max_tokens\":99999999999999999999}",
     "body.max_tokens: expected an integer from 1 to 1000000000"},
    {"{\"max_tokens\":1,\"max_completion_tokens\":1}",
     "body.max_completion_tokens: the answer has more than one limit"},
    {"{\"stream\":1}", "body.stream: expected true or false"},
    {"{\"stream_options\":1}", "body.stream_options: expected an object"},
    {"{\"messages\":[{}],\"stream_options\":{\"include_usage\":1}}",
     "body.stream_options.include_usage: expected true or false"},
    {"{\"n\":0}", "body.n: expected an integer from 1 to 128"},
    {"{\"n\":129}", "body.n: expected an integer from 1 to 128"},
};

START_TEST(a_body_that_is_wrong_names_its_field)
{
    struct chat_request *r = NULL;
    struct aigw_err err;
    const char *body = WRONG[_i].body;

    ck_assert_int_eq(chat_from_body(body, strlen(body), &r, &err),
                     AIGW_EPARAMS);
    ck_assert_str_eq(err.text, WRONG[_i].text);
    ck_assert_ptr_null(r);
}

END_TEST

START_TEST(a_body_need_not_be_terminated)
{
    static const char body[] = "{\"messages\":[{}],\"max_tokens\":12}";
    char *exact = malloc(sizeof(body) - 1);
    struct chat_request *r;

    memcpy(exact, body, sizeof(body) - 1);
    ck_assert_int_eq(chat_from_body(exact, sizeof(body) - 1, &r, NULL), 0);
    free(exact);
    ck_assert_int_eq(r->max_tokens, 12);
    is_slice(r->messages, "[{}]");
    chat_free(r);
}

END_TEST

START_TEST(embeddings_take_a_string_or_several)
{
    static const char one[] =
        "{\"input\":\"abcd\",\"model\":\"m\",\"dimensions\":256}";
    static const char two[] = "{\"model\":\"m\",\"input\":[\"ab\", \"c\"]}";
    struct embed_request *r;

    ck_assert_int_eq(embed_from_body(one, strlen(one), &r, NULL), 0);
    is_slice(r->input, "\"abcd\"");
    is_slice(r->extra, "\"dimensions\":256");
    ck_assert_str_eq(r->model, "m");
    ck_assert_uint_eq(r->n_inputs, 1);
    ck_assert_uint_eq(r->prompt_bytes, 4);
    embed_free(r);
    ck_assert_int_eq(embed_from_body(two, strlen(two), &r, NULL), 0);
    is_slice(r->input, "[\"ab\", \"c\"]");
    ck_assert_uint_eq(r->n_inputs, 2);
    ck_assert_uint_eq(r->prompt_bytes, 3);
    embed_free(r);
    embed_free(NULL);
}

END_TEST

static const struct {
    const char *body;
    const char *text;
} WRONG_EMBED[] = {
    {"{}", "model: expected a string"},
    {"{\"model\":\"m\"}", "input: expected a string or an array of strings"},
    {"{\"model\":\"m\",\"input\":[]}",
     "input: expected a string or an array of strings"},
    {"{\"model\":\"m\",\"input\":[\"a\",1]}", "input[1]: expected a string"},
    {"{\"model\":\"m\",\"model\":\"n\"}", "model: given twice"},
    {"{\"input\":\"m\",\"input\":\"n\"}", "input: given twice"},
};

START_TEST(a_wrong_request_for_embeddings_names_its_field)
{
    struct embed_request *r = NULL;
    struct aigw_err err;
    const char *body = WRONG_EMBED[_i].body;

    ck_assert_int_eq(embed_from_body(body, strlen(body), &r, &err),
                     AIGW_EPARAMS);
    ck_assert_str_eq(err.text, WRONG_EMBED[_i].text);
    ck_assert_ptr_null(r);
}

END_TEST

#define LOOP(tc, test, rows)                                                   \
    tcase_add_loop_test((tc), (test), 0, (int)array_count(rows))

static Suite *
suite(void)
{
    Suite *s = suite_create("chat");
    TCase *tc = tcase_create("prompt");

    tcase_add_test(tc, a_prompt_becomes_two_messages);
    LOOP(tc, a_prompt_that_is_wrong_names_its_field, PROMPTS);
    suite_add_tcase(s, tc);

    tc = tcase_create("body");
    tcase_add_test(tc, a_body_is_taken_apart_and_its_rest_kept);
    tcase_add_test(tc, a_body_with_little_in_it_has_defaults);
    tcase_add_test(tc, what_rules_out_a_continuation_is_seen);
    tcase_add_test(tc, images_count_as_a_fixed_amount_of_text);
    LOOP(tc, a_body_that_is_wrong_names_its_field, WRONG);
    tcase_add_test(tc, a_body_need_not_be_terminated);
    suite_add_tcase(s, tc);

    tc = tcase_create("embed");
    tcase_add_test(tc, embeddings_take_a_string_or_several);
    LOOP(tc, a_wrong_request_for_embeddings_names_its_field, WRONG_EMBED);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
