/*
 * check_io_http_control.c - cancelling, pausing and freeing are safe at any
 * moment and with any number of transfers.
 */
#include "http_call.h"
#include "support/suite.h"
#include "turns.h"

#include <stdlib.h>
#include <string.h>

enum {
    N_MANY = 1000
};

START_TEST(call_may_be_cancelled_from_any_callback)
{
    serve(big_answer);
    call.at = CANCEL_AT_RESOLVED + _i;
    start(&call);
    turns_for_ms(loop, 100);
    ck_assert_int_eq(call.n_done, call.at == CANCEL_IN_DONE);
    ck_assert_ptr_null(call.http);
    if (call.at == CANCEL_IN_BODY)
        ck_assert_uint_le(call.received, 16384);

    /* The pool still works. */
    run_call();
    ck_assert_int_eq(call.result.failure, HTTP_FAILURE_NONE);
    ck_assert_uint_eq(call.received, BIG_BODY);
}

END_TEST

START_TEST(next_call_may_start_from_inside_a_callback)
{
    serve(stub_ok);
    call.at = RESTART_IN_HEAD;
    start(&call);
    turns_until(loop, second_done);
    ck_assert_int_eq(call.n_done, 0);
    ck_assert_int_eq(second.result.failure, HTTP_FAILURE_NONE);
    ck_assert_str_eq(second.body, "ok");
}

END_TEST

START_TEST(pool_may_be_freed_from_inside_a_callback)
{
    serve(big_answer);
    call.at = FREE_POOL_IN_BODY + _i;
    start(&call);
    start(&second);
    turns_for_ms(loop, 300);
    ck_assert_ptr_null(pool);
    ck_assert_int_eq(call.n_done, call.at == FREE_POOL_IN_DONE);
    ck_assert_int_eq(http_client_handles(client), 0);
}

END_TEST

/* F58: what we do not take stays with the peer. */
START_TEST(paused_call_takes_nothing_until_it_is_resumed)
{
    serve(big_answer);
    call.pause = true;
    start(&call);
    turns_for_ms(loop, 50);
    ck_assert_int_eq(call.n_pauses, 1);
    turns_for_ms(loop, 50);
    ck_assert_int_eq(call.n_pauses, 1);
    ck_assert_uint_le(call.received, 16384);
    ck_assert(!big_answer_written());
    while (call.n_done == 0) {
        int before = call.n_pauses;

        http_resume(call.http);
        ck_assert_int_eq(call.n_pauses, before);
        turns_for_ms(loop, 0);
    }
    ck_assert_uint_eq(call.received, BIG_BODY);
    ck_assert_int_ge(call.n_pauses, BIG_BODY / 16384);
}

END_TEST

START_TEST(paused_call_may_be_cancelled_also_when_about_to_resume)
{
    serve(big_answer);
    call.pause = true;
    start(&call);
    turns_for_ms(loop, 30);
    http_resume(call.http);
    http_cancel(call.http);
    turns_for_ms(loop, 10);
    ck_assert_int_eq(call.n_pauses, 1);
    ck_assert_int_eq(call.n_done, 0);
}

END_TEST

static struct call many[N_MANY];
static int n_expected;

static bool
many_done(void)
{
    int n = 0;

    for (int i = 0; i < N_MANY; i++)
        n += many[i].n_done;
    return n == n_expected;
}

START_TEST(thousand_transfers_at_once_all_end)
{
    memset(many, 0, sizeof(many));
    serve(stub_ok);
    for (int i = 0; i < N_MANY; i++)
        start(&many[i]);
    n_expected = N_MANY;
    turns_until(loop, many_done);
    for (int i = 0; i < N_MANY; i++) {
        ck_assert_int_eq(many[i].result.failure, HTTP_FAILURE_NONE);
        ck_assert_str_eq(many[i].body, "ok");
    }
    ck_assert_int_eq(stub_server_requests(server), N_MANY);
    turns_for_ms(loop, 5);
    ck_assert_int_le(http_client_handles(client), 64);
}

END_TEST

/* Any mixture of starts, pauses, resumes and cancels: at most one `done`
 * each, and none after a cancel. */
START_TEST(random_cancels_and_resumes_leave_a_consistent_pool)
{
    unsigned seed = (unsigned)_i + 1;

    memset(many, 0, sizeof(many));
    serve(_i % 2 ? stub_ok : big_answer);
    for (int step = 0; step < 400; step++) {
        struct call *c = &many[rand_r(&seed) % 20];

        if (!c->http || c->n_done > 0) {
            memset(c, 0, sizeof(*c));
            c->pause = rand_r(&seed) % 2;
            c->at = rand_r(&seed) % 3 ? NO_CANCEL
                                      : rand_r(&seed) % (CANCEL_IN_DONE + 1);
            start(c);
        } else if (rand_r(&seed) % 2) {
            http_resume(c->http);
        } else {
            http_cancel(c->http);
            c->http = NULL;
        }
        if (rand_r(&seed) % 4 == 0)
            turns_for_ms(loop, rand_r(&seed) % 3);
        for (int i = 0; i < 20; i++)
            ck_assert_int_le(many[i].n_done, 1);
    }
}

END_TEST

static Suite *
http_suite(void)
{
    Suite *suite = suite_create("io_http_control");
    TCase *one = http_case(suite, "one call");
    TCase *several = http_case(suite, "many calls");

    tcase_add_loop_test(one, call_may_be_cancelled_from_any_callback, 0,
                        CANCEL_IN_DONE);
    tcase_add_test(one, next_call_may_start_from_inside_a_callback);
    tcase_add_loop_test(one, pool_may_be_freed_from_inside_a_callback, 0, 2);
    tcase_add_test(one, paused_call_takes_nothing_until_it_is_resumed);
    tcase_add_test(one, paused_call_may_be_cancelled_also_when_about_to_resume);

    tcase_add_test(several, thousand_transfers_at_once_all_end);
    tcase_add_loop_test(
        several, random_cancels_and_resumes_leave_a_consistent_pool, 0, 6);
    return suite;
}

int
main(void)
{
    return suite_main(http_suite());
}
