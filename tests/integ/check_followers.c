/*
 * check_followers.c - those who follow a call that has a name: from any delta
 * on, late, slowly, or not any more (F56, F58).
 */
#include "support/mocked_gateway.h"
#include "support/suite.h"
#include "tale.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    N_TOKENS = 20,
};

/* A call that takes a second, and what it is to say. */
#define SLOW "slow #tokens=40"

static struct gateway g;

START_TEST(f56_a_caller_that_was_cut_off_resumes_at_the_next_byte)
{
    struct peer *leaver;
    char *before, *whole;
    struct tale t;

    gateway_start_slow(&g, "");
    leaver = peer_connect(g.daemon.socket);
    (void)tale_ask(leaver, "cut", SLOW);
    before = tale_begin(leaver, 7);
    peer_close(leaver);
    tale_hear(&t, g.peer, tale_resume(g.peer, "cut", 8));
    ck_assert_int_eq(t.code, 0);
    ck_assert_int_eq(t.first, 8);
    whole = malloc(strlen(before) + strlen(t.text) + 1);
    (void)strcat(strcpy(whole, before), t.text);
    tale_expect_text(whole, SLOW, 40);
    ck_assert_str_eq(value_str(t.result, "content"), whole);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    free(before);
    free(whole);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

/* From each delta on: what is left of the text, in the same deltas. */
static void
expect_resumed_everywhere(const struct tale *all)
{
    size_t skip = 0;

    for (int64_t seq = 1; seq <= all->last + 1; seq++) {
        struct tale t, next;

        tale_hear(&t, g.peer, tale_resume(g.peer, "whole", seq));
        ck_assert_int_eq(t.code, 0);
        ck_assert(json_equal(t.result, all->result));
        ck_assert_str_eq(t.text, all->text + skip);
        ck_assert_int_eq(t.first, seq <= all->last ? seq : 0);
        tale_hear(&next, g.peer, tale_resume(g.peer, "whole", seq + 1));
        skip += strlen(t.text) - strlen(next.text);
        tale_end(&t);
        tale_end(&next);
    }
    ck_assert_uint_eq(skip, strlen(all->text));
}

START_TEST(f56_an_ended_call_is_resumed_from_every_delta)
{
    struct tale t;

    gateway_start_slow(&g, "");
    tale_hear(&t, g.peer, tale_ask(g.peer, "whole", "hello"));
    expect_resumed_everywhere(&t);
    gateway_start_again(&g);
    expect_resumed_everywhere(&t);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_without_an_audience_is_cancelled_after_a_while)
{
    struct peer *leaver;
    struct tale t;

    gateway_start_slow(&g, "stream = { detach_s = 1; };");
    leaver = peer_connect(g.daemon.socket);
    (void)tale_ask(leaver, "left", "left #tokens=1000");
    free(tale_begin(leaver, 3));
    peer_close(leaver);
    eventually(test_provider_count(&g.mocks[0], "aborted") == 1);
    tale_hear(&t, g.peer, tale_resume(g.peer, "left", 1));
    gateway_expect_failure(t.result, "cancelled");
    ck_assert_str_eq(t.text, value_str(t.result, "partial"));
    ck_assert_int_gt(t.last, 20);
    ck_assert_int_lt(t.last, 200);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(on_disconnect_decides_what_becomes_of_a_call)
{
    static const char *const MODES[] = {"cancel", "finish"};
    struct peer *leaver;
    struct tale t;

    gateway_start_slow(&g, "stream = { detach_s = 0; };");
    leaver = peer_connect(g.daemon.socket);
    (void)peer_send(leaver, "generate",
                    "[{'prompt': '" SLOW "', 'stream': true,"
                    " 'request_id': 'd', 'on_disconnect': '%s'}]",
                    MODES[_i]);
    free(tale_begin(leaver, 3));
    peer_close(leaver);
    if (_i == 0)
        eventually(test_provider_count(&g.mocks[0], "aborted") == 1);
    tale_hear(&t, g.peer, tale_resume(g.peer, "d", 1));
    if (_i == 0)
        gateway_expect_failure(t.result, "cancelled");
    else
        tale_expect_whole(&t, SLOW, 40);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_that_is_not_streamed_can_be_followed)
{
    const json_t *result;
    struct tale t;

    gateway_start_slow(&g, "");
    result = peer_result(g.peer, "generate",
                         "[{'prompt': 'hello', 'request_id': 'u'}]");
    tale_hear(&t, g.peer, tale_ask(g.peer, "u", "hello"));
    ck_assert(json_equal(result, t.result));
    ck_assert_int_eq(t.last, 1);
    tale_expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(followers_of_one_call_are_limited)
{
    struct peer *many[17];
    uint32_t ids[17];
    struct tale t;

    gateway_start_slow(&g, "");
    for (int i = 0; i < 17; i++) {
        many[i] = peer_connect(g.daemon.socket);
        ids[i] = tale_ask(many[i], "crowd", SLOW);
        if (i < 16)
            (void)peer_result(many[i], "hello", "[{}]");
    }
    tale_hear(&t, many[16], ids[16]);
    ck_assert_int_eq(t.code, -32001);
    tale_end(&t);
    for (int i = 0; i < 16; i++) {
        tale_hear(&t, many[i], ids[i]);
        ck_assert(t.taken_over == (i < 15));
        if (i == 15)
            tale_expect_whole(&t, SLOW, 40);
        tale_end(&t);
    }
    for (int i = 0; i < 17; i++)
        peer_close(many[i]);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    gateway_stop(&g);
}

END_TEST

/* A long answer, as fast as it can be had. */
static void
start_fast(const char *more)
{
    g = (struct gateway){
        .n_mocks = 1,
        .keeps_state = true,
        .more = more,
        .more_of_a = " timeouts = { stall_ms = 20000; };",
        .model_of_a = "max_tokens = 1000000;",
    };
    gateway_start(&g);
}

#define LONG "long #tokens=90000"

static uint32_t
ask_long(struct peer *p)
{
    return peer_send(p, "generate",
                     "[{'prompt': '" LONG "', 'stream': true,"
                     " 'max_tokens': 200000, 'request_id': 'long'}]");
}

START_TEST(f56_what_is_not_held_any_more_is_told_by_its_number)
{
    struct tale t, u;
    const char *number;
    int64_t first;

    start_fast("");
    tale_hear(&t, g.peer, ask_long(g.peer));
    tale_expect_whole(&t, LONG, 90000);
    for (int i = 0; i < 2; i++) {
        tale_hear(&u, g.peer, tale_resume(g.peer, "long", 1));
        ck_assert_int_eq(u.code, -32004);
        number = strrchr(u.error, ' ');
        ck_assert_ptr_nonnull(number);
        first = atoll(number);
        ck_assert_int_gt(first, 1);
        tale_end(&u);
        tale_hear(&u, g.peer, tale_resume(g.peer, "long", first - 1));
        ck_assert_int_eq(u.code, -32004);
        tale_end(&u);
        tale_hear(&u, g.peer, tale_resume(g.peer, "long", first));
        ck_assert_int_eq(u.code, 0);
        ck_assert_int_eq(u.first, first);
        ck_assert_int_eq(u.last, t.last);
        ck_assert_str_eq(u.text, t.text + strlen(t.text) - strlen(u.text));
        ck_assert(json_equal(u.result, t.result));
        tale_end(&u);
        if (i == 0)
            gateway_start_again(&g);
    }
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(f58_a_follower_that_does_not_read_holds_the_provider_up)
{
    struct peer *mute;
    int64_t sent_bytes;
    struct tale t;

    start_fast("");
    mute = peer_connect(g.daemon.socket);
    (void)ask_long(mute);
    do {
        sent_bytes = test_provider_count(&g.mocks[0], "bytes_sent");
        (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    } while (test_provider_count(&g.mocks[0], "bytes_sent") != sent_bytes
             || sent_bytes == 0);

    /* Another connection takes the call over, and everything flows. */
    tale_hear(&t, g.peer, ask_long(g.peer));
    tale_expect_whole(&t, LONG, 90000);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    peer_close(mute);
    gateway_stop(&g);
}

END_TEST

/* The one that takes over asks for so little that it never has to catch up. */
START_TEST(f58_a_call_goes_on_as_soon_as_it_is_taken_over)
{
    struct peer *mute;
    int64_t sent_bytes;
    struct tale t;

    start_fast("limits = { client_stall_ms = 600000; };");
    mute = peer_connect(g.daemon.socket);
    (void)ask_long(mute);
    do {
        sent_bytes = test_provider_count(&g.mocks[0], "bytes_sent");
        (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    } while (test_provider_count(&g.mocks[0], "bytes_sent") != sent_bytes
             || sent_bytes == 0);
    tale_hear(&t, g.peer, tale_resume(g.peer, "long", 89990));
    ck_assert_int_eq(t.code, 0);
    ck_assert_int_eq(t.first, 89990);
    ck_assert_int_eq(t.last, 90000);
    ck_assert(value_bool(t.result, "success"));
    tale_end(&t);
    peer_close(mute);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_follower_that_reads_late_is_told_everything)
{
    struct peer *late;
    struct tale t;
    uint32_t msgid;

    start_fast("");
    late = peer_connect(g.daemon.socket);
    msgid = peer_send(late, "generate",
                      "[{'prompt': 'late #tokens=60000', 'stream': true,"
                      " 'max_tokens': 200000, 'request_id': 'late'}]");
    (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    tale_hear(&t, late, msgid);
    tale_expect_whole(&t, "late #tokens=60000", 60000);
    tale_end(&t);
    tale_hear(&t, late, tale_resume(late, "late", 50000));
    ck_assert_int_eq(t.first, 50000);
    ck_assert_int_eq(t.last, 60000);
    tale_end(&t);
    peer_close(late);
    gateway_stop(&g);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("followers");
    TCase *tc = tcase_create("followers");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, f56_a_caller_that_was_cut_off_resumes_at_the_next_byte);
    tcase_add_test(tc, f56_an_ended_call_is_resumed_from_every_delta);
    tcase_add_test(tc, a_call_without_an_audience_is_cancelled_after_a_while);
    tcase_add_loop_test(tc, on_disconnect_decides_what_becomes_of_a_call, 0, 2);
    tcase_add_test(tc, a_call_that_is_not_streamed_can_be_followed);
    tcase_add_test(tc, followers_of_one_call_are_limited);
    tcase_add_test(tc, f56_what_is_not_held_any_more_is_told_by_its_number);
    tcase_add_test(tc, f58_a_follower_that_does_not_read_holds_the_provider_up);
    tcase_add_test(tc, f58_a_call_goes_on_as_soon_as_it_is_taken_over);
    tcase_add_test(tc, a_follower_that_reads_late_is_told_everything);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
