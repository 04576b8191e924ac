#include "core/continuation.h"

#include "support/suite.h"

#include <string.h>

static struct json_slice
slice(const char *text)
{
    return (struct json_slice){text, strlen(text)};
}

static struct chat_request *
request_of(const char *body)
{
    struct chat_request *request;
    struct aigw_err err = {0};

    ck_assert_int_eq(chat_from_body(body, strlen(body), &request, &err), 0);
    return request;
}

static struct chat_request *
continued(const char *body, enum continuation_mode mode, const char *said)
{
    struct chat_request *original = request_of(body);
    struct chat_request *request = NULL;

    ck_assert_int_eq(continuation_request(original,
                                          &(struct continuation){
                                              .mode = mode,
                                              .said = slice(said),
                                              .said_tokens = 10,
                                          },
                                          &request),
                     0);
    chat_free(original);
    return request;
}

static void
expect_slice(struct json_slice is, const char *text)
{
    ck_assert_uint_eq(is.size, strlen(text));
    ck_assert_mem_eq(is.text, text, is.size);
}

#define BODY                                                                   \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"  \
    "{\"role\":\"user\",\"content\":\"U\"} ],\"max_tokens\":100,\"seed\":7}"
#define MESSAGES                                                               \
    "[{\"role\":\"system\",\"content\":\"S\"},"                                \
    "{\"role\":\"user\",\"content\":\"U\"} "

START_TEST(prefill_ends_with_the_answer_without_white_space)
{
    struct chat_request *r =
        continued(BODY, CONTINUATION_PREFILL, "Once upon \n");

    expect_slice(r->messages, MESSAGES
                 ",{\"role\":\"assistant\",\"content\":\"Once upon\"}]");
    ck_assert_uint_eq(r->n_messages, 3);
    ck_assert_uint_eq(
        continuation_unseen(CONTINUATION_PREFILL, slice("Once upon \n")), 2);
    chat_free(r);
}

END_TEST

START_TEST(prefix_is_marked_and_keeps_its_white_space)
{
    struct chat_request *r = continued(BODY, CONTINUATION_PREFIX, "Once ");

    expect_slice(
        r->messages, MESSAGES
        ",{\"role\":\"assistant\",\"content\":\"Once \",\"prefix\":true}]");
    ck_assert_uint_eq(continuation_unseen(CONTINUATION_PREFIX, slice("a ")), 0);
    chat_free(r);
}

END_TEST

START_TEST(a_user_turn_quotes_the_end_of_the_answer)
{
    struct chat_request *r =
        continued(BODY, CONTINUATION_USER_TURN, "say \"hi");

    expect_slice(
        r->messages, MESSAGES
        ",{\"role\":\"assistant\",\"content\":\"say \\\"hi\"},{\"role\":"
        "\"user\",\"content\":\"Your previous response was interrupted and "
        "ended with \\\"say \\\"hi\\\". Continue from exactly where you left "
        "off. Do not repeat anything.\"}]");
    ck_assert_uint_eq(r->n_messages, 4);
    chat_free(r);
}

END_TEST

START_TEST(the_quoted_end_begins_with_a_whole_character)
{
    char said[1000];
    struct chat_request *r;
    struct json_slice inner;

    for (size_t i = 0; i + 3 < sizeof(said); i += 3)
        memcpy(said + i, "\xe4\xb8\xad", 3);
    said[sizeof(said) - 1] = '\0';
    r = continued(BODY, CONTINUATION_USER_TURN, said);
    inner = slice("ended with \\\"\xe4\xb8\xad");
    ck_assert_ptr_nonnull(
        memmem(r->messages.text, r->messages.size, inner.text, inner.size));
    chat_free(r);
}

END_TEST

#define BEGUN_BY_CALLER                                                        \
    "{\"messages\":[{\"role\":\"user\",\"content\":\"U\"},"                    \
    "{\"role\":\"assistant\",\"content\":\"\\\"Once \",\"prefix\":true,"       \
    "\"name\":\"n\"}]}"
#define JOINED                                                                 \
    "[{\"role\":\"user\",\"content\":\"U\"},{\"role\":\"assistant\","          \
    "\"name\":\"n\",\"content\":\"\\\"Once upon"

/* Two answers in a row are no conversation, and some providers refuse them. */
START_TEST(an_answer_that_the_caller_began_is_one_with_what_was_said)
{
    static const struct {
        enum continuation_mode mode;
        const char *messages;
        size_t n;
    } ROWS[] = {
        {CONTINUATION_PREFILL, JOINED "\"}]", 2},
        {CONTINUATION_PREFIX, JOINED "\",\"prefix\":true}]", 2},
        {CONTINUATION_USER_TURN,
         JOINED
         "\"},{\"role\":\"user\",\"content\":\"Your previous response was "
         "interrupted and ended with \\\"upon\\\". Continue from exactly "
         "where you left off. Do not repeat anything.\"}]",
         3},
    };

    struct chat_request *r = continued(BEGUN_BY_CALLER, ROWS[_i].mode, "upon");

    expect_slice(r->messages, ROWS[_i].messages);
    ck_assert_uint_eq(r->n_messages, ROWS[_i].n);
    chat_free(r);
}

END_TEST

START_TEST(one_that_is_more_than_text_stays_as_it_is)
{
    struct chat_request *r =
        continued("{\"messages\":[{\"role\":\"assistant\",\"content\":[]}]}",
                  CONTINUATION_PREFILL, "upon");

    expect_slice(r->messages, "[{\"role\":\"assistant\",\"content\":[]},"
                              "{\"role\":\"assistant\",\"content\":\"upon\"}]");
    ck_assert_uint_eq(r->n_messages, 2);
    chat_free(r);
}

END_TEST

START_TEST(everything_else_stays_and_the_limit_shrinks)
{
    struct chat_request *r = continued(BODY, CONTINUATION_PREFILL, "abc");

    expect_slice(r->extra, "\"seed\":7");
    ck_assert_str_eq(r->model, "m");
    ck_assert_int_eq(r->limit_key, CHAT_LIMIT_MAX_TOKENS);
    ck_assert_int_eq(r->max_tokens, 90);
    ck_assert_uint_eq(r->prompt_bytes, 2 + 3);
    chat_free(r);
}

END_TEST

START_TEST(an_answer_near_its_limit_is_not_continued)
{
    struct chat_request *original = request_of(BODY);
    struct chat_request *request = NULL;
    struct continuation c = {
        .mode = CONTINUATION_USER_TURN,
        .said = slice("abc"),
        .said_tokens = 84,
    };

    ck_assert_int_eq(continuation_request(original, &c, &request), 0);
    ck_assert_int_eq(request->max_tokens, 16);
    chat_free(request);
    c.said_tokens = 85;
    ck_assert_int_eq(continuation_request(original, &c, &request), AIGW_EINVAL);
    c.said_tokens = 20;
    c.max_tokens = 35; /* The target's own limit is what ran out. */
    ck_assert_int_eq(continuation_request(original, &c, &request), AIGW_EINVAL);
    c.mode = CONTINUATION_NONE;
    ck_assert_int_eq(continuation_request(original, &c, &request),
                     AIGW_ENOTSUP);
    chat_free(original);
}

END_TEST

START_TEST(an_answer_without_limit_has_none_either)
{
    struct chat_request *r = continued(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"U\"}]}",
        CONTINUATION_PREFILL, "abc");

    expect_slice(
        r->messages,
        "[{\"role\":\"user\",\"content\":\"U\"},{\"role\":\"assistant\",\"content\":\"abc\"}]");
    ck_assert_int_eq(r->limit_key, CHAT_LIMIT_NONE);
    chat_free(r);
}

END_TEST

START_TEST(only_prose_is_continued)
{
    static const struct {
        const char *body;
        bool prose;
    } CASES[] = {
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}]}", true},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}],\"n\":2}",
         false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}],\"logprobs\":true}",
         false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}],\"response_format\":{\"type\":\"json_object\"}}",
         false},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}],\"response_format\":{\"type\":\"text\"}}",
         true},
        {"{\"messages\":[{\"role\":\"user\",\"content\":\"U\"}],\"tools\":[{\"type\":\"function\"}]}",
         true},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct chat_request *r = request_of(CASES[i].body);

        ck_assert_msg(continuation_is_prose(r) == CASES[i].prose, "%s",
                      CASES[i].body);
        chat_free(r);
    }
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("continuation");
    TCase *tc = tcase_create("request");

    tcase_add_test(tc, prefill_ends_with_the_answer_without_white_space);
    tcase_add_test(tc, prefix_is_marked_and_keeps_its_white_space);
    tcase_add_test(tc, a_user_turn_quotes_the_end_of_the_answer);
    tcase_add_test(tc, the_quoted_end_begins_with_a_whole_character);
    tcase_add_loop_test(
        tc, an_answer_that_the_caller_began_is_one_with_what_was_said, 0, 3);
    tcase_add_test(tc, one_that_is_more_than_text_stays_as_it_is);
    tcase_add_test(tc, everything_else_stays_and_the_limit_shrinks);
    tcase_add_test(tc, an_answer_near_its_limit_is_not_continued);
    tcase_add_test(tc, an_answer_without_limit_has_none_either);
    tcase_add_test(tc, only_prose_is_continued);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
