/*
 * check_weigh.c - how many tokens a piece of an answer has.
 */
#include "core/weigh.h"

#include "base/mem.h"
#include "core/json_skip.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define TEN(text) text text text text text text text text text text

/* Counted with OpenAI's o200k_base. */
static const struct {
    const char *text;
    unsigned tokens;
} COUNTED[] = {
    {"The gateway keeps a ledger of every attempt, so that whatever a provider"
     " bills can be compared with what was set aside for it.",
     26},
    {"Die Verantwortlichen vertraten unterschiedliche Auffassungen über die"
     " Sicherheitsanforderungen der Gesellschaft.",
     18},
    {"Шлюз ведёт учёт каждой попытки, чтобы сравнить счёт поставщика с тем,"
     " что было отложено.",
     27},
    {"Η πύλη τηρεί βιβλίο για κάθε προσπάθεια, ώστε να μπορεί να συγκριθεί"
     " ο λογαριασμός.",
     29},
    {"تحتفظ البوابة بسجل لكل محاولة حتى يمكن مقارنة ما يفوتره المزود بما تم"
     " تخصيصه له.",
     26},
    {"गेटवे प्रत्येक प्रयास का लेखा रखता है ताकि प्रदाता के बिल की तुलना"
     " निर्धारित राशि से की जा सके।",
     25},
    {"เกตเวย์เก็บบัญชีของทุกความพยายามเพื่อให้สามารถเปรียบเทียบใบเรียกเก็บเงินได้", 29},
    {"网关为每一次请求记录账目，以便将供应商的账单与预留的金额进行比较。", 25},
    {"ゲートウェイは各試行の台帳を保持し、請求額と確保した金額を比較できる"
     "ようにします。",
     32},
    {"게이트웨이는 모든 시도에 대한 장부를 유지하여 청구 금액을 비교할 수"
     " 있도록 합니다.",
     25},
    {"✨🙂😀😁🎉🚀🔥💡👍🏽", 14},
    {"for (size_t i = 0; i < size; i += n) {\n    n = utf8_next(text + i, size"
     " - i);\n    total += weight_of(text + i, n);\n}\n",
     44},
    {"{\n        \"name\": \"value\",\n        \"list\": [\n                1,\n"
     "                2\n        ]\n}",
     24},
    {"| Provider                 | Model                     |\n"
     "|--------------------------|---------------------------|\n",
     14},
    {TEN("                "), 2},
    {TEN("----------------"), 2},
};

/* What is cut off has twice of what was set aside. */
START_TEST(no_ordinary_text_weighs_twice_its_tokens)
{
    const char *text = COUNTED[_i].text;
    size_t tokens = weigh_text(text, strlen(text)) / 4;

    ck_assert_uint_lt(tokens, 2 * COUNTED[_i].tokens);
    ck_assert_uint_ge(3 * (tokens + 1), COUNTED[_i].tokens);
}

END_TEST

static size_t
weight(const char *text)
{
    return weigh_text(text, strlen(text));
}

START_TEST(characters_weigh_by_their_script)
{
    ck_assert_uint_eq(weight(""), 0);
    ck_assert_uint_eq(weight("abc"), 3);
    ck_assert_uint_eq(weight("äжक"), 3);
    ck_assert_uint_eq(weight("網네"), 4);
    ck_assert_uint_eq(weight("🙂"), 4);
    ck_assert_uint_eq(weight("aaaaaab"), 5);
    ck_assert_uint_eq(weight("网网网网网网a"), 9);
    ck_assert_uint_eq(weight("\xff\xfe\xe7\xbd"), 4);
}

END_TEST

/* Each piece of a run weighs, or whoever sends one character at a time would
 * never come to an end. */
START_TEST(a_run_is_one_within_a_piece_only)
{
    size_t quarters = 0;

    for (int i = 0; i < 100; i++)
        quarters += weight("-");
    ck_assert_uint_eq(quarters, 100);
}

END_TEST

static const struct {
    const char *json;
    size_t quarters, bytes;
} VALUES[] = {
    {"{\"reasoning_content\":\"abc\",\"content\":\"\"}", 3, 3},
    {"{ \"role\" : \"ab\" , \"n\" : [ 1, \"cd\", null, {\"k\":\"e\"} ] }", 5,
     5},
    {"\"网\"", 2, 3},
    {"[]", 0, 0},
    {"12", 0, 0},
    {"", 0, 0},
    {"{\"k\":\"a\\\"b\"}", 4, 4},
    {"{\"k\\\":\":\"v\"}", 1, 1},
    {"\"open", 3, 3}, /* No JSON. */
    {"\"", 0, 0},
};

START_TEST(of_json_the_texts_are_weighed_and_not_the_names)
{
    /* Nothing is read beyond its end. */
    size_t size = strlen(VALUES[_i].json);
    char *copy = memcpy(mem_new(size + 1), VALUES[_i].json, size);
    struct json_slice value = {copy, size};

    ck_assert_uint_eq(weigh_json(value), VALUES[_i].quarters);
    ck_assert_uint_eq(json_texts_size(value), VALUES[_i].bytes);
    free(copy);
}

END_TEST

static Suite *
weigh_suite(void)
{
    Suite *s = suite_create("weigh");
    TCase *tc = tcase_create("weigh");

    tcase_add_loop_test(tc, no_ordinary_text_weighs_twice_its_tokens, 0,
                        array_count(COUNTED));
    tcase_add_test(tc, characters_weigh_by_their_script);
    tcase_add_test(tc, a_run_is_one_within_a_piece_only);
    tcase_add_loop_test(tc, of_json_the_texts_are_weighed_and_not_the_names, 0,
                        array_count(VALUES));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(weigh_suite());
}
