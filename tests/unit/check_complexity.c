/*
 * check_complexity.c - what raises the score of a request, and what cannot
 * upset it.
 */
#include "core/complexity.h"

#include "base/mem.h"
#include "base/rng.h"
#include "core/json_skip.h"
#include "core/plaintext.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

enum {
    SEEDS = 300,
    MAX_RANDOM = 600
};

static const char BLOCK[] = "\n```c\nint f(int x)\n{\n    return x ? 1 : 0;\n}"
                            "\n```\n";
static struct lexicon lexicon;

static void
setup(void)
{
    lexicon_init(&lexicon);
}

static struct complexity
score_body(const char *body)
{
    struct chat_request *request;
    struct complexity c;
    struct aigw_err err = {0};

    ck_assert_msg(chat_from_body(body, strlen(body), &request, &err) == 0,
                  "%s: %s", body, err.text);
    complexity_score(&lexicon, request, &c);
    chat_free(request);
    return c;
}

static struct complexity
score_text(const char *text, size_t size)
{
    struct chat_prompt prompt = {.prompt = text,
                                 .prompt_size = size,
                                 .temperature = 0.7,
                                 .max_tokens = 1};
    struct chat_request *request;
    struct complexity c;

    ck_assert_int_eq(chat_from_prompt(&prompt, &request, NULL), 0);
    complexity_score(&lexicon, request, &c);
    chat_free(request);
    return c;
}

static double
score(const char *text)
{
    return score_text(text, strlen(text)).score;
}

static double
count(const char *text, enum complexity_feature feature)
{
    return score_text(text, strlen(text)).parts[feature].count;
}

static const char *const PROMPTS[] = {
    "",
    "Hi",
    "What is the capital of France?",
    "Translate into German: Good morning.",
    "Prove that the square root of 2 is irrational.",
    "Explain why x^2 grows faster than x, at least for x > 1.",
    "- must be short\n- without jokes\n1. never late",
    "設計してください。",
    "Опиши, как работает двигатель.",
};

START_TEST(a_block_of_code_never_lowers_the_score)
{
    const char *prompt = PROMPTS[_i];
    size_t size = strlen(prompt);

    for (size_t at = 0; at <= size; at += size > 0 ? size : 1) {
        char *text =
            mem_printf("%.*s%s%s", (int)at, prompt, BLOCK, prompt + at);

        ck_assert_msg(score(text) >= score(prompt), "%s", text);
        free(text);
    }
}

END_TEST

static const struct addition {
    const char *text;
    enum complexity_feature feature;
} ADDITIONS[] = {
    {" Prove it step by step.", COMPLEXITY_REASONING},
    {" Describe it.", COMPLEXITY_WORK},
    {" It must be short, without jokes.", COMPLEXITY_CONSTRAINTS},
    {"\n- first\n- second\n3. third", COMPLEXITY_CONSTRAINTS},
    {" Is it so? Is it not?", COMPLEXITY_QUESTIONS},
    {" Why?", COMPLEXITY_QUESTIONS},
    {" \xe2\x88\xab x dx \xe2\x89\xa4 3", COMPLEXITY_MATHS},
    {" \\frac{1}{2}", COMPLEXITY_MATHS},
    {" Use a C++ API.", COMPLEXITY_CODE},
    {"\na = b->c();\n", COMPLEXITY_CODE},
    {" and so on, and so on, and so on, and so on", COMPLEXITY_SIZE},
    {" BEGR\xc3\x9cNDE das.", COMPLEXITY_REASONING},
    {" \xd0\x94\xd0\x9e\xd0\x9a\xd0\x90\xd0\x96\xd0\x98.",
     COMPLEXITY_REASONING},
    {" \xd9\x88\xd8\xa7\xd9\x84\xd8\xaa\xd8\xad\xd9\x84\xd9\x8a\xd9\x84",
     COMPLEXITY_REASONING},
};

START_TEST(each_feature_raises_the_score)
{
    const struct addition *row = &ADDITIONS[_i];

    for (size_t i = 0; i < array_count(PROMPTS); i++) {
        char *text = mem_printf("%s%s", PROMPTS[i], row->text);

        ck_assert_msg(score(text) >= score(PROMPTS[i]), "%s", text);
        ck_assert_msg(count(text, row->feature)
                          > count(PROMPTS[i], row->feature),
                      "%s", text);
        free(text);
    }
}

END_TEST

START_TEST(only_whole_words_that_must_be_whole_match)
{
    ck_assert_double_eq(count("sqlx javanese", COMPLEXITY_CODE), 0);
    ck_assert_double_eq(count("sql, java!", COMPLEXITY_CODE), 2);
    ck_assert_double_eq(count("improve", COMPLEXITY_REASONING), 0);
    ck_assert_double_eq(count("prove, PROVE (prove)", COMPLEXITY_REASONING), 1);
    ck_assert_double_eq(count("unimproved", COMPLEXITY_WORK), 0);
}

END_TEST

#define ASKED(text)    "{\"role\":\"user\",\"content\":\"" text "\"}"
#define BODY(messages) "{\"messages\":[" messages "]}"

START_TEST(what_comes_beside_the_text_counts)
{
    double bare = score_body(BODY(ASKED("hi"))).score;
    struct complexity c;

    c = score_body(BODY(ASKED("hi") ",{\"role\":\"assistant\",\"content\":"
                                    "\"yes\"}," ASKED("hi")));
    ck_assert_double_eq(c.parts[COMPLEXITY_TURNS].count, 2);
    ck_assert_double_gt(c.score, bare);
    c = score_body("{\"messages\":[" ASKED("hi") "],\"tools\":[{\"a\":1}]}");
    ck_assert_double_gt(c.score, bare);
    c = score_body(BODY("{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                        "\"text\":\"hi\"},{\"type\":\"image_url\","
                        "\"image_url\":{\"url\":\"data:\"}}]}"));
    ck_assert_double_eq(c.parts[COMPLEXITY_IMAGES].count, 1);
    ck_assert_double_gt(c.score, bare);
}

END_TEST

START_TEST(wording_is_read_in_the_last_message_of_the_user)
{
    struct complexity c =
        score_body(BODY("{\"role\":\"system\",\"content\":\"prove\"}," ASKED(
            "derive") ",{\"role\":\"assistant\",\"content\":\"analyse\"},"
                      "{\"content\":[{\"text\":\"de\\u0062ug\"}],"
                      "\"role\":\"user\"},"
                      "{\"role\":\"tool\",\"content\":\"justify\"}"));

    ck_assert_double_eq(c.parts[COMPLEXITY_REASONING].count, 1);
    ck_assert_double_eq(c.parts[COMPLEXITY_TURNS].count, 3);
}

END_TEST

START_TEST(of_a_long_text_both_ends_are_read)
{
    size_t size = 4 * COMPLEXITY_TEXT_BYTES;
    char *text = mem_new(size);

    memset(text, 'x', size);
    for (size_t i = 0; i < size; i += 8)
        text[i] = ' ';
    ck_assert_double_eq(score_text(text, size).parts[COMPLEXITY_WORK].count, 0);
    memcpy(text, "explain ", 8);
    memcpy(text + size - 9, " compare", 8);
    ck_assert_double_eq(score_text(text, size).parts[COMPLEXITY_WORK].count, 2);
    memcpy(text + size / 2, " describe ", 10);
    ck_assert_double_eq(score_text(text, size).parts[COMPLEXITY_WORK].count, 2);
    free(text);
}

END_TEST

START_TEST(shares_sum_up_to_the_score)
{
    for (size_t i = 0; i < array_count(PROMPTS); i++) {
        struct complexity c = score_text(PROMPTS[i], strlen(PROMPTS[i]));
        double sum = 0;

        for (int f = 0; f < COMPLEXITY_N_FEATURES; f++)
            sum += c.parts[f].share;
        ck_assert_double_ge(c.score, 0);
        ck_assert_double_eq_tol(c.score, sum > 1 ? 1 : sum, 1e-9);
    }
}

END_TEST

/* Anything at all in place of messages: the owner promises checked text, and
 * even so nothing is read beyond its end. */
START_TEST(any_bytes_give_a_score_between_0_and_1)
{
    static const char ALPHABET[] = "{}[]\",:\\ \n`?-^u0prove\xe8\xd0\xff\xc3";
    struct rng rng;

    rng_init(&rng, (uint64_t)_i);
    for (int n = 0; n < 20; n++) {
        size_t size = (size_t)rng_upto(&rng, MAX_RANDOM);
        char *text = mem_new(size + 1);
        struct chat_request request = {.messages = {text, size}};
        struct complexity c;

        for (size_t i = 0; i < size; i++)
            text[i] = ALPHABET[rng_upto(&rng, sizeof(ALPHABET) - 2)];
        if (size > 0)
            text[0] = '[';
        text = realloc(text, size > 0 ? size : 1);
        ck_assert_ptr_nonnull(text);
        request.messages.text = text;
        complexity_score(&lexicon, &request, &c);
        ck_assert_double_ge(c.score, 0);
        ck_assert_double_le(c.score, 1);
        free(text);
    }
}

END_TEST

/* Cut at every byte, in the middle of escapes and characters, too. */
START_TEST(a_text_may_end_anywhere)
{
    static const char WHOLE[] =
        "[{\"role\":\"user\",\"content\":\"a\\u00e9\\ud83d\\ude00 \xd0\x94\xe8"
        "\xa8\xad\xe8\xa8\x88 \\\"x\\\\\\n```\\n1. prove\"}]";

    for (size_t size = 0; size < sizeof(WHOLE); size++) {
        char *text = mem_new(size + 1);
        struct chat_request request = {.messages = {text, size}};
        struct complexity c;

        memcpy(text, WHOLE, size);
        text = realloc(text, size > 0 ? size : 1);
        ck_assert_ptr_nonnull(text);
        request.messages.text = text;
        complexity_score(&lexicon, &request, &c);
        ck_assert_double_le(c.score, 1);
        free(text);
    }
}

END_TEST

START_TEST(the_limits_belong_to_the_dearer_tier)
{
    const struct complexity_limits limits = {0.35, 0.65};

    ck_assert_int_eq(complexity_tier(&limits, 0), 0);
    ck_assert_int_eq(complexity_tier(&limits, 0.3499), 0);
    ck_assert_int_eq(complexity_tier(&limits, 0.35), 1);
    ck_assert_int_eq(complexity_tier(&limits, 0.6499), 1);
    ck_assert_int_eq(complexity_tier(&limits, 0.65), 2);
    ck_assert_int_eq(complexity_tier(&limits, 1), 2);
}

END_TEST

/* A stem that folding changes would never be found. */
START_TEST(every_stem_is_found_as_it_stands_in_the_lexicon)
{
    for (size_t i = 0; i < lexicon.n_words; i++) {
        const struct lexicon_word *word = &lexicon.words[i];
        char text[UINT8_MAX + LEXICON_SLACK] = {0};
        const struct lexicon_word *found;

        ck_assert_uint_eq(plaintext_fold(word->text, word->size, text),
                          word->size);
        ck_assert_mem_eq(text, word->text, word->size);
        found = lexicon_find(&lexicon, text, word->size);
        ck_assert_msg(found == word, "%s", text);
    }
}

END_TEST

static const struct folding {
    const char *inner;
    const char *folded;
} FOLDINGS[] = {
    {"Hello WORLD, how ARE you", "hello world, how are you"},
    {"@[`{AZaz", "@[`{azaz"},
    {"\\u00C9T\\u00c9 \\n\\t\\\"", "\xc3\xa9t\xc3\xa9 \n \""},
    {"\xd0\x90\xd0\xaf\xd0\x81", "\xd0\xb0\xd1\x8f\xd1\x91"},
    {"\xd8\xa3\xd8\xa5\xd8\xa2\xd8\x9f", "\xd8\xa7\xd8\xa7\xd8\xa7?"},
    {"\xef\xbc\x9f\xef\xbc\xa1\xe3\x80\x82", "?a "},
    {"x\xc2\xb2 \xe2\x89\xa4 \xe2\x80\x99\xe2\x80\xa2", "x^ \x01 '*"},
    {"\xff\xc3", "\xff\xc3"},
    {"\\uZZZZ\\ud83d", "zzzz "},
};

START_TEST(text_is_made_plain)
{
    const struct folding *row = &FOLDINGS[_i];
    char text[64] = {0};
    size_t size = plaintext_fold(row->inner, strlen(row->inner), text);

    ck_assert_uint_le(size, strlen(row->inner));
    text[size] = '\0';
    ck_assert_str_eq(text, row->folded);
}

END_TEST

START_TEST(members_are_found_without_reading_the_rest)
{
    static const char OBJECT[] =
        "{\"a\": {\"b\": \"}\\\"]\"}, \"b\\\\\": [1, {}], \"b\" : true}";
    struct json_slice object = {OBJECT, sizeof(OBJECT) - 1};
    struct json_slice found = json_skip_find(object, "b");
    struct json_skip skip = json_skip_into(json_skip_find(object, "b\\\\"));

    ck_assert_uint_eq(found.size, 4);
    ck_assert_mem_eq(found.text, "true", 4);
    ck_assert(json_skip_next(&skip, &found));
    ck_assert_uint_eq(found.size, 1);
    ck_assert(json_skip_enter(&skip));
    ck_assert(!json_skip_next(&skip, &found));
    json_skip_leave(&skip);
    ck_assert(!json_skip_next(&skip, &found));
    ck_assert_ptr_null(json_skip_find(object, "c").text);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("complexity");
    TCase *tc = tcase_create("score");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, a_block_of_code_never_lowers_the_score, 0,
                        array_count(PROMPTS));
    tcase_add_loop_test(tc, each_feature_raises_the_score, 0,
                        array_count(ADDITIONS));
    tcase_add_test(tc, only_whole_words_that_must_be_whole_match);
    tcase_add_test(tc, what_comes_beside_the_text_counts);
    tcase_add_test(tc, wording_is_read_in_the_last_message_of_the_user);
    tcase_add_test(tc, of_a_long_text_both_ends_are_read);
    tcase_add_test(tc, shares_sum_up_to_the_score);
    tcase_add_loop_test(tc, any_bytes_give_a_score_between_0_and_1, 0, SEEDS);
    tcase_add_test(tc, a_text_may_end_anywhere);
    tcase_add_test(tc, the_limits_belong_to_the_dearer_tier);
    suite_add_tcase(s, tc);
    tc = tcase_create("parts");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, every_stem_is_found_as_it_stands_in_the_lexicon);
    tcase_add_loop_test(tc, text_is_made_plain, 0, array_count(FOLDINGS));
    tcase_add_test(tc, members_are_found_without_reading_the_rest);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
