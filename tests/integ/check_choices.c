/*
 * check_choices.c - streams of two choices, one of which ends before the
 * other: the caller gets both whole, or is told that it does not.
 */
#include "base/mem.h"
#include "stub_server.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD                                                                   \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"                   \
    "Connection: close\r\n\r\n"
#define EVENT(choice) "data: {\"id\":\"i\",\"choices\":[" choice "]}\n\n"
#define WORD_OF(index, word)                                                   \
    EVENT("{\"index\":" index ",\"delta\":{\"content\":\"" word "\"}}")
#define STOP_OF(index)                                                         \
    EVENT("{\"index\":" index ",\"delta\":{},\"finish_reason\":\"stop\"}")

enum {
    LATE_WORDS = 58,
    PAUSE_MS = 100, /* Together longer than an answer that is whole lingers. */
    US_PER_MS = 1000,
};

static bool
begin(int fd)
{
    return stub_write_text(fd, HEAD WORD_OF("0", "one") WORD_OF("1", "two")
                                   STOP_OF("0"));
}

/* The second choice goes on for long after the first has ended. */
static bool
answer_late(int fd, int n)
{
    (void)n;
    if (!begin(fd))
        return false;
    for (int i = 0; i < LATE_WORDS; i++) {
        (void)usleep(PAUSE_MS * US_PER_MS);
        if (!stub_write_text(fd, WORD_OF("1", "+")))
            return false;
    }
    (void)stub_write_text(fd, STOP_OF("1") "data: [DONE]\n\n");
    return false;
}

/* The connection ends in the second choice. */
static bool
answer_half(int fd, int n)
{
    (void)n;
    (void)begin(fd);
    return false;
}

/* The second choice stops. */
static bool
answer_stalling(int fd, int n)
{
    (void)n;
    return begin(fd);
}

static struct gateway g;
static struct stub_server *stub;
static char url[64];

static void
start(stub_answer_fn answer)
{
    stub = stub_server_new(answer, false);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1",
                   stub_server_port(stub));
    g = (struct gateway){.url_of_a = url};
    gateway_start(&g);
}

static void
stop(void)
{
    gateway_stop(&g);
    stub_server_free(stub);
}

static const json_t *
ask_for_two(void)
{
    struct peer_reply reply = peer_wait(
        g.peer, peer_send(g.peer, "chat",
                          "[{'messages': [{'role': 'user',"
                          " 'content': 'hi'}], 'n': 2, 'stream': true}]"));

    ck_assert_msg(reply.code == 0, "error %d: %s", reply.code, reply.text);
    return reply.result;
}

START_TEST(the_first_choice_that_ends_does_not_cut_off_the_second)
{
    char want[3 + LATE_WORDS + 1] = "two";
    const json_t *result;

    memset(want + 3, '+', LATE_WORDS);
    start(answer_late);
    result = ask_for_two();
    ck_assert_msg(value_bool(result, "success"), "%s",
                  json_dumps(result, JSON_INDENT(2)));
    ck_assert_str_eq(value_str(result, "response.choices.0.message.content"),
                     "one");
    ck_assert_str_eq(value_str(result, "response.choices.1.message.content"),
                     want);
    ck_assert_str_eq(value_str(result, "response.choices.1.finish_reason"),
                     "stop");
    stop();
}

END_TEST

static const struct half {
    stub_answer_fn answer;
    const char *error;
} HALVES[] = {
    {answer_half, "the stream ended early"},
    {answer_stalling, "stream stalled"},
};

START_TEST(f13_an_end_in_the_second_choice_is_told)
{
    const json_t *result;

    start(HALVES[_i].answer);
    result = ask_for_two();
    gateway_expect_failure(result, "stream_broken");
    ck_assert_str_eq(value_str(result, "attempts.0.error"), HALVES[_i].error);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    stop();
}

END_TEST

START_TEST(two_choices_side_by_side_are_an_answer)
{
    const json_t *result;

    g = (struct gateway){0};
    gateway_start(&g);
    result = ask_for_two();
    ck_assert(value_bool(result, "success"));
    ck_assert_str_eq(value_str(result, "response.choices.0.message.content"),
                     value_str(result, "response.choices.1.message.content"));
    ck_assert_str_eq(value_str(result, "response.choices.1.finish_reason"),
                     "stop");
    gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("choices");
    TCase *tc = tcase_create("choices");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_first_choice_that_ends_does_not_cut_off_the_second);
    tcase_add_loop_test(tc, f13_an_end_in_the_second_choice_is_told, 0,
                        (int)array_count(HALVES));
    tcase_add_test(tc, two_choices_side_by_side_are_an_answer);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
