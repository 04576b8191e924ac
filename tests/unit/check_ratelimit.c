#include "core/ratelimit.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Sun, 05 Apr 2026 14:28:55 GMT */
static const int64_t WALL_MS = INT64_C(1775399335000);

enum {
    PAIRS = 6,
    DAY_MS = WHEN_MAX_WAIT_MS
};

struct pair {
    const char *name;
    const char *value;
};

static const struct row {
    const char *name;
    struct pair headers[PAIRS];
    int status;
    int64_t wait_ms;
} ROWS[] = {
    {"nothing told", {{"content-type", "text/html"}}, 429, -1},
    {"F25: 529 with retry-after", {{"retry-after", "7"}}, 529, 7000},
    {"503 with retry-after", {{"Retry-After", "7"}}, 503, 7000},
    {"F30: milliseconds win",
     {{"retry-after", "9"}, {"retry-after-ms", "250"}},
     429,
     250},
    {"they win over Azure's too",
     {{"x-ms-retry-after-ms", "300"}, {"retry-after-ms", "250"}},
     429,
     250},
    {"Azure's win over seconds",
     {{"retry-after", "9"}, {"x-ms-retry-after-ms", "300"}},
     429,
     300},
    {"nonsense gives way to the next",
     {{"retry-after-ms", "soon"}, {"retry-after", "9"}},
     429,
     9000},
    {"the first valid one counts",
     {{"retry-after", "x"}, {"retry-after", "3"}, {"retry-after", "9"}},
     429,
     3000},
    {"success heeds nothing", {{"retry-after", "30"}}, 200, -1},
    {"nor do client errors", {{"retry-after", "30"}}, 404, -1},
    {"nor a status out of range", {{"retry-after", "30"}}, 600, -1},
    {"F31: a date",
     {{"retry-after", "Sun, 05 Apr 2026 14:29:05 GMT"}},
     429,
     10000},
    {"F31: a past date",
     {{"retry-after", "Sun, 05 Apr 2020 14:29:05 GMT"}},
     429,
     0},
    {"F31: infinity", {{"retry-after", "inf"}}, 429, DAY_MS},
    {"F31: a negative number", {{"retry-after", "-1"}}, 429, -1},
    {"F31: overflow", {{"retry-after", "1e999"}}, 429, DAY_MS},
    {"F31: a word", {{"retry-after", "soon"}}, 429, -1},
    {"a date is measured by the server's own",
     {{"retry-after", "Thu, 01 Jan 2026 00:00:12 GMT"},
      {"date", "Thu, 01 Jan 2026 00:00:00 GMT"}},
     429,
     12000},
    {"or by the local clock if that is none",
     {{"date", "5"}, {"retry-after", "Sun, 05 Apr 2026 14:29:05 GMT"}},
     429,
     10000},
    {"F33: a Go duration",
     {{"x-ratelimit-reset-requests", "6m0s"}},
     429,
     360000},
    {"F33: a short one", {{"x-ratelimit-reset-tokens", "20ms"}}, 429, 20},
    {"F33: RFC 3339",
     {{"anthropic-ratelimit-tokens-reset", "2026-04-05T14:29:55Z"}},
     429,
     60000},
    {"resets are not for 5xx", {{"x-ratelimit-reset-tokens", "20ms"}}, 503, -1},
    {"Azure's plain seconds",
     {{"x-ratelimit-reset-requests", "10"}},
     429,
     10000},
    {"the exhausted bucket is the one to wait for",
     {{"x-ratelimit-remaining-requests", "0"},
      {"x-ratelimit-reset-requests", "2s"},
      {"x-ratelimit-remaining-tokens", "500"},
      {"x-ratelimit-reset-tokens", "1m"}},
     429,
     2000},
    {"or that of tokens",
     {{"x-ratelimit-remaining-requests", "1"},
      {"x-ratelimit-reset-requests", "2m"},
      {"x-ratelimit-remaining-tokens", "0"},
      {"x-ratelimit-reset-tokens", "1s"}},
     429,
     1000},
    {"of two, the later",
     {{"x-ratelimit-reset-requests", "2m"}, {"x-ratelimit-reset-tokens", "1s"}},
     429,
     120000},
    {"Mistral's period is in the name",
     {{"x-ratelimit-limit-req-10-second", "60"},
      {"x-ratelimit-remaining-req-10-second", "0"}},
     429,
     10000},
};

static struct ratelimit
read_headers(const struct pair *headers, size_t n)
{
    struct ratelimit_parser parser;
    struct ratelimit result;

    ratelimit_init(&parser);
    for (size_t i = 0; i < n && headers[i].name; i++) {
        /* Exact allocations, so that the sanitizer sees an overread. */
        size_t name_len = strlen(headers[i].name);
        size_t value_len = strlen(headers[i].value);
        char *name = malloc(name_len ? name_len : 1);
        char *value = malloc(value_len ? value_len : 1);

        memcpy(name, headers[i].name, name_len);
        memcpy(value, headers[i].value, value_len);
        ratelimit_header(&parser, name, name_len, value, value_len);
        free(name);
        free(value);
    }
    ratelimit_finish(&parser, WALL_MS, &result);
    return result;
}

#define READ(...)                                                              \
    read_headers((const struct pair[]){__VA_ARGS__},                           \
                 array_count(((const struct pair[]){__VA_ARGS__})))

START_TEST(the_wait_is_what_was_told)
{
    const struct row *row = &ROWS[_i];
    struct ratelimit r = read_headers(row->headers, PAIRS);
    int64_t wait_ms = ratelimit_wait_ms(&r, row->status);

    ck_assert_msg(wait_ms == row->wait_ms, "%s: %lld", row->name,
                  (long long)wait_ms);
}

END_TEST

static void
assert_bucket(struct ratelimit_bucket got, int64_t limit, int64_t remaining,
              int64_t reset_ms)
{
    ck_assert_int_eq(got.limit, limit);
    ck_assert_int_eq(got.remaining, remaining);
    ck_assert_int_eq(got.reset_ms, reset_ms);
}

START_TEST(buckets_of_openai_are_read)
{
    struct ratelimit r = READ({"X-RateLimit-Limit-Requests", "5000"},
                              {"x-ratelimit-remaining-requests", " 4999 "},
                              {"x-ratelimit-reset-requests", "12ms"},
                              {"x-ratelimit-limit-tokens", "160000"},
                              {"x-ratelimit-remaining-tokens", "159976"},
                              {"x-ratelimit-reset-tokens", "0s"});

    assert_bucket(r.requests, 5000, 4999, 12);
    assert_bucket(r.tokens, 160000, 159976, 0);
    ck_assert_int_eq(r.retry_after_ms, -1);
}

END_TEST

START_TEST(the_tightest_bucket_of_anthropic_counts)
{
    struct ratelimit r =
        READ({"anthropic-ratelimit-tokens-limit", "90"},
             {"anthropic-ratelimit-tokens-remaining", "50"},
             {"anthropic-ratelimit-input-tokens-limit", "60"},
             {"anthropic-ratelimit-input-tokens-remaining", "40"},
             {"anthropic-ratelimit-output-tokens-limit", "30"},
             {"anthropic-ratelimit-output-tokens-remaining", "1"});

    assert_bucket(r.tokens, 60, 40, -1);
    r = READ(
        {"anthropic-ratelimit-tokens-remaining", "50"},
        {"anthropic-ratelimit-output-tokens-limit", "30"},
        {"anthropic-ratelimit-output-tokens-remaining", "0"},
        {"anthropic-ratelimit-output-tokens-reset", "2026-04-05T14:28:56Z"});
    assert_bucket(r.tokens, 30, 0, 1000);
    r = READ({"anthropic-ratelimit-requests-limit", "9"},
             {"anthropic-ratelimit-requests-remaining", "8"},
             {"anthropic-ratelimit-requests-reset", "2026-04-05T14:28:54Z"});
    assert_bucket(r.requests, 9, 8, 0);
}

END_TEST

START_TEST(buckets_of_mistral_are_read)
{
    struct ratelimit r =
        READ({"x-ratelimit-limit-req-10-second", "60"},
             {"x-ratelimit-remaining-req-10-second", "59"},
             {"x-ratelimit-limit-tokens-minute", "20000000"},
             {"x-ratelimit-remaining-tokens-minute", "19999979"},
             {"x-ratelimit-remaining-tokens-month", "0"});

    assert_bucket(r.requests, 60, 59, 10000);
    assert_bucket(r.tokens, 20000000, 19999979, 60000);
}

END_TEST

START_TEST(counts_that_are_none_are_ignored)
{
    static const char *const BAD[] = {
        "", "-1", "1.5", "many", "1e3", "9999999999999999999", "1 2"};

    for (unsigned i = 0; i < array_count(BAD); i++) {
        struct ratelimit r = READ({"x-ratelimit-remaining-tokens", BAD[i]},
                                  {"x-ratelimit-limit-tokens", BAD[i]});

        assert_bucket(r.tokens, -1, -1, -1);
    }
}

END_TEST

START_TEST(advice_to_retry_is_read)
{
    struct ratelimit r = READ({"x-should-retry", "true"});

    ck_assert_int_eq(r.advice, RATELIMIT_DO_RETRY);
    r = READ({"X-Should-Retry", " FALSE "});
    ck_assert_int_eq(r.advice, RATELIMIT_DO_NOT_RETRY);
    r = READ({"x-should-retry", "perhaps"});
    ck_assert_int_eq(r.advice, RATELIMIT_UNSAID);
}

END_TEST

START_TEST(nothing_is_what_no_headers_say)
{
    struct ratelimit none = ratelimit_nothing();
    struct ratelimit r =
        READ({"", ""}, {"retry-afte", "1"}, {"retry-afterx", "1"});

    ck_assert_int_eq(r.retry_after_ms, none.retry_after_ms);
    ck_assert_int_eq(r.advice, none.advice);
    assert_bucket(r.requests, none.requests.limit, none.requests.remaining,
                  none.requests.reset_ms);
    assert_bucket(r.tokens, none.tokens.limit, none.tokens.remaining,
                  none.tokens.reset_ms);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("ratelimit");
    TCase *tc = tcase_create("headers");

    tcase_add_loop_test(tc, the_wait_is_what_was_told, 0, array_count(ROWS));
    tcase_add_test(tc, buckets_of_openai_are_read);
    tcase_add_test(tc, the_tightest_bucket_of_anthropic_counts);
    tcase_add_test(tc, buckets_of_mistral_are_read);
    tcase_add_test(tc, counts_that_are_none_are_ignored);
    tcase_add_test(tc, advice_to_retry_is_read);
    tcase_add_test(tc, nothing_is_what_no_headers_say);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
