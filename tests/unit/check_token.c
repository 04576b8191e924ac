/*
 * check_token.c - tokens as programs print them.
 */
#include "core/token.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Reads a copy that ends where the text and one NUL end. */
static int
read_copy(const char *text, char **ret_copy, struct token *ret_token,
          struct aigw_err *err)
{
    *ret_copy = mem_strdup(text);
    return token_read(*ret_copy, strlen(text), ret_token, err);
}

static const struct {
    const char *text;
    const char *token;
    int64_t life_ms;
} GOOD[] = {
    {"abc", "abc", 0},
    {"abc\n", "abc", 0},
    {" \t abc \r\n\n", "abc", 0},
    {"eyJhbGciOi.J9-_~+/=", "eyJhbGciOi.J9-_~+/=", 0},
    {"{\"token\":\"abc\"}", "abc", 0},
    {"{\"token\":\"abc\",\"expires_in\":3600}", "abc", 3600000},
    {"{ \"expires_in\" : 1.5, \"x\": [1], \"token\" : \"abc\" }\n", "abc",
     1500},
    {"{\"token\":\"abc\",\"expires_in\":null}", "abc", 0},
    {"{\"token\":\"abc\",\"expires_in\":1e99}", "abc", 31536000000},
    {"{\"token\":\"a\\/b\\u003d\\\\c\\\"\"}", "a/b=\\c\"", 0},
    {"{\"tok\\u0065n\":\"abc\"}", "abc", 0},
};

START_TEST(a_token_is_read)
{
    struct aigw_err err = {0};
    struct token t;
    char *copy;

    ck_assert_int_eq(read_copy(GOOD[_i].text, &copy, &t, &err), 0);
    ck_assert_str_eq(t.text, GOOD[_i].token);
    ck_assert_uint_eq(t.size, strlen(GOOD[_i].token));
    ck_assert_int_eq(t.life_ms, GOOD[_i].life_ms);
    free(copy);
}

END_TEST

static const struct {
    const char *text;
    const char *why;
} BAD[] = {
    {"", "is empty"},
    {" \n", "is empty"},
    {"SECRET\nSECRET", "has more than one line"},
    {"SECRET SECRET", "holds a space or an unprintable byte"},
    {"SECR\xc3\x89T", "holds a space or an unprintable byte"},
    {"{\"token\":\"SECRET\"", "is not valid JSON"},
    {"{\"token\":\"SECRET\"} {}", "is not valid JSON"},
    {"{\"access_token\":\"SECRET\"}", "is JSON without a token"},
    {"{\"token\":17}", "is JSON without a token"},
    {"{\"token\":\"\"}", "is empty"},
    {"{\"token\":\"SECRET\\u00e9\"}", "holds a space or an unprintable byte"},
    {"{\"token\":\"SECRET\\u0000\"}", "holds a space or an unprintable byte"},
    {"{\"token\":\"SECRET\",\"expires_in\":0}",
     "has an expires_in below 1 second"},
    {"{\"token\":\"SECRET\",\"expires_in\":-5}",
     "has an expires_in below 1 second"},
    {"{\"token\":\"SECRET\",\"expires_in\":\"60\"}",
     "has an expires_in below 1 second"},
};

/* F80: the reason holds nothing of the text. */
START_TEST(what_is_no_token_is_refused_without_a_quotation)
{
    struct aigw_err err = {0};
    struct token t;
    char *copy;

    ck_assert_int_eq(read_copy(BAD[_i].text, &copy, &t, &err), AIGW_EINVAL);
    ck_assert_str_eq(err.text, BAD[_i].why);
    free(copy);
}

END_TEST

static Suite *
token_suite(void)
{
    Suite *suite = suite_create("token");
    TCase *tc = tcase_create("token");

    tcase_add_loop_test(tc, a_token_is_read, 0, array_count(GOOD));
    tcase_add_loop_test(tc, what_is_no_token_is_refused_without_a_quotation, 0,
                        array_count(BAD));
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(token_suite());
}
