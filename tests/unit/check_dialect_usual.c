/*
 * What the openai dialect reads without a tree: which documents these are, and
 * that they, and whatever is nearly like them, mean the same as by way of
 * trees.
 */
#include "core/dialect_openai_scan.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/openai_ways.h"
#include "support/suite.h"

#include <string.h>

/* A document of this kind, with more members. */
#define DOCUMENT(object, members)                                              \
    ("{\"id\":\"chatcmpl-1\",\"object\":\"" object                             \
     "\",\"created\":1790000000,\"model\":\"m-1\",\"service_tier\":"           \
     "\"default\",\"system_fingerprint\":\"fp\"," members "}")
#define ANSWER(members) DOCUMENT("chat.completion", members)
#define CHUNK(members)  DOCUMENT("chat.completion.chunk", members)
#define USAGE                                                                  \
    "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":20,"                \
    "\"total_tokens\":30,\"prompt_tokens_details\":{\"cached_tokens\":0,"      \
    "\"audio_tokens\":0},\"completion_tokens_details\":{"                      \
    "\"reasoning_tokens\":10,\"audio_tokens\":0}}"

static const char *const ANSWERS[] = {
    ANSWER("\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
           "\"content\":\"a \\\"b\\\"\\nc\xc3\xa9\",\"refusal\":null,"
           "\"annotations\":[]},\"logprobs\":null,\"finish_reason\":"
           "\"stop\"}]," USAGE),
    "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":null,"
    "\"tool_calls\":[]},\"finish_reason\":\"length\"}],\"usage\":null} \n",
    "{\"choices\":[{\"message\":{\"content\":\"\"}}],\"error\":null,"
    "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null,"
    "\"total_tokens\":9,\"prompt_cache_hit_tokens\":2,\"cost\":0.25,"
    "\"prompt_tokens_details\":null,\"reasoning_tokens\":1}}",
    "{\"id\":null,\"choices\":[{\"message\":{},\"finish_reason\":"
    "\"content_filter\"}],\"x_groq\":{\"id\":\"r\"}}",
    "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":"
    "\"error\"}],\"usage\":{\"prompt_tokens\":3}}",
    "{\"choices\":[]}",
};

static const char *const CHUNKS[] = {
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
          "\"content\":null,\"refusal\":null},\"logprobs\":null,"
          "\"finish_reason\":null}],\"usage\":null"),
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
          "\"content\":\"\"},\"finish_reason\":null}]"),
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{\"content\":\" a\\nb\"},"
          "\"finish_reason\":null}],\"obfuscation\":\"xyz\""),
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"},"
          "\"finish_reason\":\"stop\"}]," USAGE),
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
          "\"stop\"}]"),
    CHUNK("\"choices\":[]," USAGE),
    CHUNK("\"choices\":[],\"prompt_filter_results\":[{\"a\":{\"b\":false}}]"),
    "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"native_finish_reason\":"
    "null,\"content_filter_results\":{\"hate\":{\"filtered\":false}}}]}",
    "{ \"choices\" : [ { \"index\" : 12 , \"delta\" : { } } ] }",
    "{}",
};

static struct json_slice
slice(const char *text)
{
    return (struct json_slice){text, strlen(text)};
}

START_TEST(a_usual_document_needs_no_tree)
{
    struct openai_scan scan;

    for (size_t i = 0; i < array_count(ANSWERS); i++)
        ck_assert_msg(openai_scan_answer(slice(ANSWERS[i]), &scan), "%s",
                      ANSWERS[i]);
    for (size_t i = 0; i < array_count(CHUNKS); i++)
        ck_assert_msg(openai_scan_chunk(slice(CHUNKS[i]), &scan), "%s",
                      CHUNKS[i]);
}

END_TEST

static const char *const UNUSUAL[] = {
    "",
    "[]",
    "{\"choices\":null}",
    "{\"choices\":[1]}",
    "{\"choices\":[{},{}]}",
    "{\"choices\":[{\"finish_reason\":1}]}",
    "{\"choices\":[{\"finish_reason\":\"st\\u006fp\"}]}",
    "{\"choices\":[{\"finish_reason\":null,\"finish_reason\":\"stop\"}]}",
    "{\"ch\\u006fices\":[]}",
    "{\"error\":{}}",
    "{\"error\":false}",
    "{\"type\":\"error\"}",
    "{\"object\":\"error\"}",
    "{\"object\":\"err\\u006fr\"}",
    "{\"usage\":[]}",
    "{\"usage\":{\"prompt_tokens\":1.0}}",
    "{\"usage\":{\"prompt_tokens\":-1}}",
    "{\"usage\":{\"prompt_tokens\":\"1\"}}",
    "{\"usage\":{\"prompt_tokens\":01}}",
    "{\"usage\":{\"prompt_tokens\":1000000000}}",
    "{\"usage\":{\"prompt_tokens\":1,\"prompt_tokens\":2}}",
    "{\"usage\":{\"prompt_tokens_details\":{},\"prompt_tokens_details\":{}}}",
    "{\"usage\":{\"completion_tokens_details\":[]}}",
    "{\"x\":1e400}",
    "{\"x\":1234567890123456789}",
    "{\"x\":\"\\u0000\"}",
    "{} x",
    "{",
    "{\"choices\":[{}]",
};

START_TEST(what_is_unusual_in_any_document_is_left_to_the_tree)
{
    struct openai_scan scan;

    ck_assert(!openai_scan_answer(slice(UNUSUAL[_i]), &scan));
    ck_assert(!openai_scan_chunk(slice(UNUSUAL[_i]), &scan));
}

END_TEST

static const char *const UNUSUAL_MEMBERS[] = {
    "{\"content\":1}",
    "{\"content\":[]}",
    "{\"content\":\"a\",\"content\":\"a\"}",
    "{\"content\":\"a\",\"reasoning_content\":\"b\"}",
    "{\"content\":\"a\",\"x\":false}",
    "{\"tool_calls\":[{}]}",
    "{\"refusal\":\"no\"}",
    "[]",
    "null",
};

START_TEST(a_message_with_more_than_text_is_left_to_the_tree)
{
    struct openai_scan scan;
    struct bytes b;

    bytes_init(&b, 256);
    (void)bytes_printf(&b, "{\"choices\":[{\"message\":%s}]}",
                       UNUSUAL_MEMBERS[_i]);
    ck_assert(!openai_scan_answer(slice(bytes_cstr(&b)), &scan));
    bytes_clear(&b);
    (void)bytes_printf(&b, "{\"choices\":[{\"delta\":%s}]}",
                       UNUSUAL_MEMBERS[_i]);
    ck_assert(!openai_scan_chunk(slice(bytes_cstr(&b)), &scan));
    bytes_deinit(&b);
}

END_TEST

START_TEST(a_document_with_too_many_values_is_left_to_the_tree)
{
    struct openai_scan scan;
    struct bytes b;

    bytes_init(&b, 1 << 20);
    (void)bytes_append_str(&b, "{\"x\":0");
    while (b.size <= JSON_MAX_VALUES)
        (void)bytes_append_str(&b, ",\"x\":0");
    (void)bytes_append_str(&b, "}");
    ck_assert(!openai_scan_chunk((struct json_slice){b.data, b.size}, &scan));
    bytes_deinit(&b);
}

END_TEST

START_TEST(mutated_answers_mean_the_same_both_ways)
{
    struct rng rng;
    struct bytes b;

    rng_init(&rng, (uint64_t)_i + 1);
    bytes_init(&b, 1 << 20);
    for (int round = 0; round < 200; round++) {
        bytes_clear(&b);
        if (round == 0)
            (void)bytes_append_str(&b, ANSWERS[0]);
        else
            ways_mutate(
                &rng, slice(ANSWERS[rng_upto(&rng, array_count(ANSWERS) - 1)]),
                &b);
        ways_check(false, (struct json_slice){b.data, b.size},
                   round % 8 == 0 ? 1 : 0);
    }
    bytes_deinit(&b);
}

END_TEST

/* A stream of three to eight chunks, about half of them mutated. */
static void
make_stream(struct rng *rng, struct bytes *b)
{
    for (int64_t n = rng_upto(rng, 5) + 3; n > 0; n--) {
        struct json_slice chunk =
            slice(CHUNKS[rng_upto(rng, array_count(CHUNKS) - 1)]);

        (void)bytes_append_str(b, "data: ");
        if (rng_upto(rng, 1) == 0)
            ways_mutate(rng, chunk, b);
        else
            (void)bytes_append(b, chunk.text, chunk.size);
        (void)bytes_append_str(b, "\n\n");
    }
    if (rng_upto(rng, 3) > 0)
        (void)bytes_append_str(b, "data: [DONE]\n\n");
}

START_TEST(mutated_chunks_mean_the_same_both_ways)
{
    struct rng rng;
    struct bytes b;

    rng_init(&rng, (uint64_t)_i + 1);
    bytes_init(&b, 1 << 20);
    for (int round = 0; round < 100; round++) {
        bytes_clear(&b);
        make_stream(&rng, &b);
        ways_check(true, (struct json_slice){b.data, b.size},
                   round % 8 == 0 ? 1 : 0);
    }
    bytes_deinit(&b);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("dialect_usual");
    TCase *tc = tcase_create("scanner");

    tcase_add_test(tc, a_usual_document_needs_no_tree);
    tcase_add_loop_test(tc, what_is_unusual_in_any_document_is_left_to_the_tree,
                        0, (int)array_count(UNUSUAL));
    tcase_add_loop_test(tc, a_message_with_more_than_text_is_left_to_the_tree,
                        0, (int)array_count(UNUSUAL_MEMBERS));
    tcase_add_test(tc, a_document_with_too_many_values_is_left_to_the_tree);
    suite_add_tcase(s, tc);

    tc = tcase_create("both ways");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, mutated_answers_mean_the_same_both_ways, 0, 25);
    tcase_add_loop_test(tc, mutated_chunks_mean_the_same_both_ways, 0, 25);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
