/*
 * Deltas put together again: text, interleaved tool calls, several choices,
 * and the limit.
 */
#include "core/assemble.h"

#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

static void
delta(struct assemble *a, uint32_t choice, const char *json)
{
    ck_assert_msg(assemble_delta(a, choice, json, strlen(json)) == 0, "%s",
                  json);
}

/* Builds and compares the `choices`, key order aside. */
static void
has_choices(const struct assemble *a, const char *want)
{
    struct assemble_head head = {"id", "m", 7, NULL};
    struct bytes b;
    json_t *built;
    json_t *wanted;
    json_t *choices;

    bytes_init(&b, 65536);
    ck_assert_int_eq(assemble_build(a, &head, &b), 0);
    ck_assert_int_eq(json_parse(b.data, b.size, &built, NULL), 0);
    ck_assert_int_eq(json_parse(want, strlen(want), &wanted, NULL), 0);
    choices = json_object_get(built, "choices");
    ck_assert_msg(json_equal(choices, wanted), "%.*s", (int)b.size, b.data);
    json_decref(built);
    json_decref(wanted);
    bytes_deinit(&b);
}

START_TEST(text_is_appended)
{
    struct assemble *a = assemble_new(4096);

    ck_assert_int_eq(assemble_text(a, 0, "Hel", 3), 0);
    delta(a, 0, "{\"role\":\"assistant\",\"content\":\"lo\"}");
    ck_assert_int_eq(assemble_text(a, 0, "\n", 1), 0);
    ck_assert_int_eq(assemble_finish(a, 0, "stop"), 0);
    ck_assert_uint_eq(assemble_content(a).size, 6);
    ck_assert_mem_eq(assemble_content(a).text, "Hello\n", 6);
    has_choices(a, "[{\"index\":0,\"message\":{\"role\":\"assistant\","
                   "\"content\":\"Hello\\n\",\"refusal\":null},\"logprobs\":"
                   "null,\"finish_reason\":\"stop\"}]");
    assemble_free(a);
    assemble_free(NULL);
}

END_TEST

START_TEST(tool_calls_are_merged_by_their_index)
{
    struct assemble *a = assemble_new(65536);

    delta(a, 0,
          "{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":"
          "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}"
          "}]}");
    delta(a, 0,
          "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":"
          "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
          "\"{\\\"x\"}},{\"index\":1,\"function\":{\"arguments\":\"{}\"}"
          "}]}");
    delta(a, 0,
          "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":"
          "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
          "\"\\\":1}\"}}]}");
    ck_assert_int_eq(assemble_finish(a, 0, "tool_calls"), 0);
    has_choices(a,
                "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                "null,\"refusal\":null,\"tool_calls\":[{\"id\":\"a\",\"type\":"
                "\"function\",\"function\":{\"name\":\"f\",\"arguments\":"
                "\"{\\\"x\\\":1}\"}},{\"id\":\"b\",\"type\":\"function\","
                "\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
                "\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]");
    assemble_free(a);
}

END_TEST

START_TEST(F54_cut_arguments_stay_as_they_came)
{
    struct assemble *a = assemble_new(65536);

    delta(a, 0,
          "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":"
          "{\"name\":\"f\",\"arguments\":\"{\\\"x\"}}]}");
    ck_assert_int_eq(assemble_finish(a, 0, "length"), 0);
    has_choices(
        a, "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
           "null,\"refusal\":null,\"tool_calls\":[{\"id\":\"a\",\"function\":"
           "{\"name\":\"f\",\"arguments\":\"{\\\"x\"}}]},\"logprobs\":null,"
           "\"finish_reason\":\"length\"}]");
    assemble_free(a);
}

END_TEST

START_TEST(other_members_grow_or_are_replaced)
{
    struct assemble *a = assemble_new(65536);

    delta(a, 0, "{\"reasoning_content\":\"I \",\"annotations\":[1],\"x\":1}");
    delta(a, 0,
          "{\"reasoning_content\":\"see\",\"annotations\":[2],\"x\":2,"
          "\"refusal\":\"no\",\"y\":null}");
    has_choices(a,
                "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                "null,\"refusal\":\"no\",\"reasoning_content\":\"I see\","
                "\"annotations\":[1,2],\"x\":2},\"logprobs\":null,"
                "\"finish_reason\":null}]");
    assemble_free(a);
}

END_TEST

START_TEST(choices_are_kept_apart)
{
    struct assemble *a = assemble_new(65536);

    ck_assert_int_eq(assemble_text(a, 2, "two", 3), 0);
    ck_assert_int_eq(assemble_finish(a, 2, "stop"), 0);
    has_choices(
        a, "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
           "\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null},"
           "{\"index\":2,\"message\":{\"role\":\"assistant\",\"content\":"
           "\"two\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":"
           "\"stop\"}]");
    ck_assert_int_eq(assemble_text(a, ASSEMBLE_MAX_CHOICES, "x", 1),
                     AIGW_EMALFORMED);
    assemble_free(a);
}

END_TEST

START_TEST(the_whole_object_is_a_chat_completion)
{
    struct assemble *a = assemble_new(4096);
    struct usage usage = {.prompt = 3,
                          .completion = 4,
                          .cached = 2,
                          .reasoning = 5,
                          .shape.reasoning_beside = true};
    struct assemble_head head = {"id-1", "gpt", 1700000000, &usage};
    struct bytes b;

    bytes_init(&b, 4096);
    (void)assemble_text(a, 0, "x", 1);
    ck_assert_int_eq(assemble_build(a, &head, &b), 0);
    ck_assert_str_eq(
        bytes_cstr(&b),
        "{\"id\":\"id-1\",\"object\":\"chat.completion\",\"created\":"
        "1700000000,\"model\":\"gpt\",\"choices\":[{\"index\":0,\"message\":"
        "{\"role\":\"assistant\",\"content\":\"x\",\"refusal\":null},"
        "\"logprobs\":null,\"finish_reason\":null}],\"usage\":{"
        "\"prompt_tokens\":3,\"completion_tokens\":9,\"total_tokens\":12,"
        "\"prompt_tokens_details\":{\"cached_tokens\":2},"
        "\"completion_tokens_details\":{\"reasoning_tokens\":5}}}");
    b.max = b.size + 10;
    ck_assert_int_eq(assemble_build(a, &head, &b), AIGW_ETOOBIG);
    ck_assert_uint_eq(b.size + 10, b.max);
    bytes_deinit(&b);
    assemble_free(a);
}

END_TEST

START_TEST(a_reset_forgets_everything)
{
    struct assemble *a = assemble_new(4096);

    (void)assemble_text(a, 0, "x", 1);
    delta(a, 1, "{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}],\"r\":\"s\"}");
    assemble_reset(a);
    ck_assert_uint_eq(assemble_content(a).size, 0);
    has_choices(a, "[{\"index\":0,\"message\":{\"role\":\"assistant\","
                   "\"content\":\"\",\"refusal\":null},\"logprobs\":null,"
                   "\"finish_reason\":null}]");
    assemble_free(a);
}

END_TEST

START_TEST(everything_together_has_a_limit)
{
    struct assemble *a = assemble_new(2048);
    int status = 0;

    for (int i = 0; i < 100 && status == 0; i++) {
        char json[64];

        (void)snprintf(json, sizeof(json), "{\"tool_calls\":[{\"index\":%d}]}",
                       i);
        status = assemble_delta(a, 0, json, strlen(json));
    }
    ck_assert_int_eq(status, AIGW_ETOOBIG);
    assemble_reset(a);
    status = 0;
    for (int i = 0; i < 2048 && status == 0; i++)
        status = assemble_text(a, 0, "xx", 2);
    ck_assert_int_eq(status, AIGW_ETOOBIG);
    assemble_free(a);
}

END_TEST

START_TEST(what_is_no_delta_is_refused)
{
    static const char *const wrong[] = {"", "[]", "1", "{",
                                        "{\"tool_calls\":[1]}"};
    struct assemble *a = assemble_new(4096);

    for (size_t i = 0; i < array_count(wrong); i++)
        ck_assert_int_eq(assemble_delta(a, 0, wrong[i], strlen(wrong[i])),
                         AIGW_EMALFORMED);
    assemble_free(a);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("assemble");
    TCase *tc = tcase_create("assemble");

    tcase_add_test(tc, text_is_appended);
    tcase_add_test(tc, tool_calls_are_merged_by_their_index);
    tcase_add_test(tc, F54_cut_arguments_stay_as_they_came);
    tcase_add_test(tc, other_members_grow_or_are_replaced);
    tcase_add_test(tc, choices_are_kept_apart);
    tcase_add_test(tc, the_whole_object_is_a_chat_completion);
    tcase_add_test(tc, a_reset_forgets_everything);
    tcase_add_test(tc, everything_together_has_a_limit);
    tcase_add_test(tc, what_is_no_delta_is_refused);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
