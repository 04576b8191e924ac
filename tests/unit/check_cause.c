#include "core/cause.h"
#include "core/utf8.h"

#include "support/suite.h"

#include <string.h>

static const struct row {
    enum outcome outcome;
    int http_status;
    struct api_error error;
    const char *own;
    const char *want;
} ROWS[] = {
    {OUTCOME_OVERLOAD,
     503,
     {.present = true, .code = "server_is_overloaded", .text = "Try later."},
     "",
     "HTTP 503 server_is_overloaded"},
    {OUTCOME_SERVER,
     500,
     {.present = true, .type = "server_error"},
     "",
     "HTTP 500 server_error"},
    {OUTCOME_CLIENT,
     400,
     {.present = true, .code = "", .text = "You wrote: my secret"},
     "",
     "HTTP 400"},
    /* A code that is a sentence is no code. */
    {OUTCOME_CLIENT,
     400,
     {.present = true, .code = "You wrote: my secret", .type = "bad_request"},
     "",
     "HTTP 400 bad_request"},
    {OUTCOME_CLIENT,
     400,
     {.present = true, .code = "my \"secret\""},
     "",
     "HTTP 400"},
    {OUTCOME_SERVER,
     502,
     {.present = false},
     "empty body",
     "HTTP 502: empty body"},
    /* What is not `present` does not count. */
    {OUTCOME_SERVER, 502, {.code = "stale"}, "", "HTTP 502"},
    {OUTCOME_STREAM_BROKEN,
     200,
     {.present = true, .type = "overloaded_error", .text = "secret"},
     "",
     "stream_broken: overloaded_error"},
    {OUTCOME_STREAM_BROKEN,
     200,
     {.present = true, .text = "secret"},
     "",
     "stream_broken"},
    {OUTCOME_STREAM_BROKEN,
     200,
     {.present = false},
     "the stream ended early",
     "the stream ended early"},
    {OUTCOME_NOT_SENT,
     0,
     {.present = false},
     "connection refused",
     "connection refused"},
};

START_TEST(the_cause_names_but_does_not_quote)
{
    const struct row *r = &ROWS[_i];
    char text[CAUSE_SIZE];

    cause_write(&(struct cause){.outcome = r->outcome,
                                .http_status = r->http_status,
                                .error = &r->error,
                                .own = r->own},
                text);
    ck_assert_str_eq(text, r->want);
}

END_TEST

START_TEST(without_an_error_object_there_is_the_class)
{
    char text[CAUSE_SIZE];

    cause_write(&(struct cause){.outcome = OUTCOME_AMBIGUOUS, .own = ""}, text);
    ck_assert_str_eq(text, "ambiguous");
}

END_TEST

START_TEST(a_long_text_is_cut_between_characters)
{
    char own[CAUSE_SIZE * 3] = "";
    char text[CAUSE_SIZE];

    for (size_t i = 0; i + 3 < sizeof(own); i += 3)
        memcpy(own + i, "\xe2\x82\xac", 4);
    cause_write(&(struct cause){.outcome = OUTCOME_SERVER, .own = own}, text);
    ck_assert_uint_eq(strlen(text), (CAUSE_SIZE - 1) / 3 * 3);
    ck_assert(utf8_valid(text, strlen(text)));
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("cause");
    TCase *tc = tcase_create("text");

    tcase_add_loop_test(tc, the_cause_names_but_does_not_quote, 0,
                        (int)(sizeof(ROWS) / sizeof(*ROWS)));
    tcase_add_test(tc, without_an_error_object_there_is_the_class);
    tcase_add_test(tc, a_long_text_is_cut_between_characters);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
