/*
 * check_refresh.c - when a token is fetched anew.
 */
#include "core/refresh.h"

#include "base/rng.h"
#include "support/suite.h"

enum {
    LIFE_MS = 100000,
    STEPS = 1000,
    SEEDS = 20,
};

static struct refresh r;

static void
setup(void)
{
    refresh_init(&r, LIFE_MS);
}

/* Orders a token at `now_ms` and lets a run bring it. */
static void
fetch(int64_t now_ms, int64_t told_ms)
{
    refresh_order(&r, now_ms);
    ck_assert(refresh_may_run(&r, now_ms));
    refresh_succeeded(&r, told_ms, now_ms);
}

START_TEST(nothing_runs_before_somebody_wants_a_token)
{
    ck_assert_int_eq(refresh_wakeup(&r), INT64_MAX);
    ck_assert(!refresh_may_run(&r, LIFE_MS));
    ck_assert(!refresh_is_usable(&r, 0));
    ck_assert(!refresh_is_awaited(&r, 0));
}

END_TEST

START_TEST(the_first_token_is_awaited_until_it_is_there)
{
    refresh_order(&r, 5);
    ck_assert(refresh_is_awaited(&r, 5));
    ck_assert(refresh_may_run(&r, 5));
    ck_assert(!refresh_may_run(&r, 5));
    ck_assert(refresh_is_awaited(&r, 5));
    refresh_succeeded(&r, 0, 7);
    ck_assert(refresh_is_usable(&r, 7));
    ck_assert(!refresh_is_awaited(&r, 7));
    ck_assert_int_eq(r.version, 1);
}

END_TEST

START_TEST(a_token_is_replaced_at_80_percent_of_its_life)
{
    fetch(0, 0);
    ck_assert_int_eq(refresh_wakeup(&r), 80000);
    ck_assert(!refresh_may_run(&r, 79999));
    ck_assert(refresh_may_run(&r, 80000));
    ck_assert(refresh_is_usable(&r, LIFE_MS - 1));
    ck_assert(!refresh_is_usable(&r, LIFE_MS));
    ck_assert(refresh_is_awaited(&r, LIFE_MS));
}

END_TEST

START_TEST(what_the_token_tells_of_its_life_has_the_say)
{
    fetch(0, 1000);
    ck_assert_int_eq(refresh_wakeup(&r), 800);
    ck_assert(refresh_is_expired(&r, 1000));
}

END_TEST

START_TEST(a_token_without_a_life_is_kept)
{
    refresh_init(&r, 0);
    fetch(0, 0);
    ck_assert_int_eq(refresh_wakeup(&r), INT64_MAX);
    ck_assert(refresh_is_usable(&r, INT64_MAX - 1));
}

END_TEST

START_TEST(failures_are_repeated_ever_more_slowly)
{
    static const int64_t WAITS_MS[] = {1000,  2000,  4000,  8000,
                                       16000, 32000, 60000, 60000};
    int64_t now_ms = 0;

    refresh_order(&r, now_ms);
    for (size_t i = 0; i < sizeof(WAITS_MS) / sizeof(WAITS_MS[0]); i++) {
        ck_assert(refresh_may_run(&r, now_ms));
        refresh_failed(&r, now_ms);
        ck_assert(!refresh_is_awaited(&r, now_ms));
        ck_assert_int_eq(refresh_wakeup(&r), now_ms + WAITS_MS[i]);
        now_ms += WAITS_MS[i];
        ck_assert(refresh_is_awaited(&r, now_ms));
    }
}

END_TEST

START_TEST(the_old_token_is_used_while_its_successor_fails)
{
    fetch(0, 0);
    ck_assert(refresh_may_run(&r, 80000));
    refresh_failed(&r, 80100);
    ck_assert(refresh_is_usable(&r, LIFE_MS - 1));
    ck_assert(!refresh_is_usable(&r, LIFE_MS));
    ck_assert(refresh_may_run(&r, LIFE_MS));
    refresh_succeeded(&r, 0, LIFE_MS);
    ck_assert_int_eq(r.failures, 0);
    ck_assert(refresh_is_usable(&r, LIFE_MS));
}

END_TEST

START_TEST(a_refused_token_is_replaced_at_once)
{
    fetch(0, 0);
    ck_assert(refresh_refused(&r, 1, 5000));
    ck_assert(!refresh_is_usable(&r, 5000));
    ck_assert(refresh_is_awaited(&r, 5000));
    ck_assert(refresh_may_run(&r, 5000));
    ck_assert(refresh_refused(&r, 1, 5001));
    refresh_succeeded(&r, 0, 5010);
    ck_assert(refresh_refused(&r, 1, 5020));
    ck_assert_int_eq(r.state, REFRESH_FRESH);
    ck_assert_int_eq(r.version, 2);
}

END_TEST

START_TEST(a_refusal_right_after_a_run_waits_for_the_gap)
{
    fetch(1000, 0);
    ck_assert(refresh_refused(&r, 1, 1001));
    ck_assert(!refresh_may_run(&r, 1000 + REFRESH_GAP_MS - 1));
    ck_assert(refresh_may_run(&r, 1000 + REFRESH_GAP_MS));
}

END_TEST

START_TEST(the_answer_to_a_refusal_that_is_refused_too_is_the_end)
{
    fetch(0, 0);
    ck_assert(refresh_refused(&r, 1, 5000));
    ck_assert(refresh_may_run(&r, 5000));
    refresh_succeeded(&r, 0, 5000);
    ck_assert(!refresh_refused(&r, 2, 6000));
    ck_assert(!refresh_may_run(&r, 6000));
    ck_assert_int_eq(r.state, REFRESH_FRESH);
}

END_TEST

START_TEST(the_answer_to_a_refusal_that_was_accepted_may_be_refused_later)
{
    fetch(0, 0);
    ck_assert(refresh_refused(&r, 1, 5000));
    ck_assert(refresh_may_run(&r, 5000));
    refresh_succeeded(&r, 0, 5000);
    refresh_accepted(&r, 1);
    ck_assert(r.on_trial);
    refresh_accepted(&r, 2);
    ck_assert(refresh_refused(&r, 2, 6000));
    ck_assert(refresh_may_run(&r, 6000));
}

END_TEST

START_TEST(a_refusal_while_runs_fail_brings_nothing)
{
    fetch(0, 0);
    ck_assert(refresh_may_run(&r, 80000));
    refresh_failed(&r, 80000);
    ck_assert(!refresh_refused(&r, 1, 80001));
    ck_assert(!refresh_is_usable(&r, 80001));
    ck_assert_int_eq(refresh_wakeup(&r), 81000);
}

END_TEST

START_TEST(an_order_does_not_wait_for_the_backoff)
{
    refresh_order(&r, 0);
    ck_assert(refresh_may_run(&r, 0));
    refresh_order(&r, 1);
    ck_assert_int_eq(r.state, REFRESH_RUNNING);
    refresh_failed(&r, 10);
    refresh_order(&r, 11);
    ck_assert(refresh_may_run(&r, 11));
}

END_TEST

START_TEST(a_short_life_does_not_make_runs_follow_each_other)
{
    refresh_init(&r, 1);
    fetch(0, 0);
    ck_assert_int_eq(refresh_wakeup(&r), REFRESH_GAP_MS);
}

END_TEST

START_TEST(a_token_that_is_forgotten_is_not_used_again)
{
    fetch(0, 0);
    ck_assert(refresh_may_run(&r, 80000));
    refresh_forget(&r);
    ck_assert(!refresh_is_usable(&r, 80001));
    ck_assert(!refresh_is_awaited(&r, 80001));
    ck_assert_int_eq(refresh_wakeup(&r), INT64_MAX);
    fetch(90000, 0);
    ck_assert(refresh_is_usable(&r, 90000));
    ck_assert_int_eq(r.version, 2);
}

END_TEST

START_TEST(states_have_names)
{
    ck_assert_str_eq(refresh_state_name(REFRESH_NONE), "none");
    ck_assert_str_eq(refresh_state_name(REFRESH_FRESH), "fresh");
    ck_assert_str_eq(refresh_state_name(REFRESH_DUE), "due");
    ck_assert_str_eq(refresh_state_name(REFRESH_RUNNING), "running");
    ck_assert_str_eq(refresh_state_name(REFRESH_FAILED), "failed");
}

END_TEST

/* What the machine is measured against: reasons for a run, counted apart. */
struct books {
    bool running;
    int64_t reasons; /* Plans that came due, refusals that were heeded, orders,
                      * failures. */
    int64_t runs;
};

static void
check_invariants(const struct books *b, int64_t now_ms)
{
    ck_assert_int_eq(r.state == REFRESH_RUNNING, b->running);
    ck_assert(
        !(refresh_is_usable(&r, now_ms) && refresh_is_awaited(&r, now_ms)));
    ck_assert_int_le(b->runs, b->reasons);
    if (r.state == REFRESH_FRESH)
        ck_assert_int_gt(r.version, 0);
    if (refresh_is_awaited(&r, now_ms) && !b->running)
        ck_assert_int_lt(refresh_wakeup(&r), INT64_MAX);
}

static void
end_run(struct books *b, struct rng *rng, int64_t now_ms)
{
    if (!b->running)
        return;
    b->running = false;
    if (rng_upto(rng, 3) == 0) {
        refresh_failed(&r, now_ms);
        b->reasons++;
    } else {
        refresh_succeeded(&r, rng_upto(rng, 1) ? 1 + rng_upto(rng, 5000) : 0,
                          now_ms);
        b->reasons += r.next_ms < INT64_MAX;
    }
}

static void
refuse(struct books *b, struct rng *rng, int64_t now_ms)
{
    uint64_t version = r.version - (r.version > 0 && rng_upto(rng, 1));
    enum refresh_state before = r.state;

    (void)refresh_refused(&r, version, now_ms);
    b->reasons += r.state != before;
}

static void
random_event(struct books *b, struct rng *rng, int64_t now_ms)
{
    switch (rng_upto(rng, 5)) {
    case 0:
        refuse(b, rng, now_ms);
        break;
    case 1:
        refresh_accepted(&r, r.version);
        break;
    case 2:
        b->reasons += r.state != REFRESH_RUNNING;
        refresh_order(&r, now_ms);
        break;
    case 3:
        end_run(b, rng, now_ms);
        break;
    default:
        if (refresh_may_run(&r, now_ms)) {
            ck_assert(!b->running);
            b->running = true;
            b->runs++;
        }
    }
}

static void
run_randomly(uint64_t seed)
{
    struct books books = {0};
    int64_t now_ms = 0;
    struct rng rng;

    rng_init(&rng, seed);
    refresh_init(&r, 1 + rng_upto(&rng, 3000));
    for (int i = 0; i < STEPS; i++) {
        now_ms += rng_upto(&rng, 400);
        random_event(&books, &rng, now_ms);
        check_invariants(&books, now_ms);
    }
    ck_assert_int_gt(books.runs, 0);
}

START_TEST(random_events_never_lead_to_two_runs_for_one_reason)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_randomly(seed);
}

END_TEST

/* Nothing but time and success: as many runs as lives. */
START_TEST(one_run_per_life_of_a_token)
{
    int64_t runs = 0;

    refresh_order(&r, 0);
    for (int64_t now_ms = 0; now_ms < 20 * (int64_t)LIFE_MS; now_ms += 500) {
        if (refresh_may_run(&r, now_ms)) {
            runs++;
            refresh_succeeded(&r, 0, now_ms);
        }
        ck_assert(refresh_is_usable(&r, now_ms));
    }
    ck_assert_int_eq(runs, 20 * 100 / REFRESH_AT_PERCENT);
}

END_TEST

static void
add_tests(TCase *tc)
{
    tcase_add_test(tc, nothing_runs_before_somebody_wants_a_token);
    tcase_add_test(tc, the_first_token_is_awaited_until_it_is_there);
    tcase_add_test(tc, a_token_is_replaced_at_80_percent_of_its_life);
    tcase_add_test(tc, what_the_token_tells_of_its_life_has_the_say);
    tcase_add_test(tc, a_token_without_a_life_is_kept);
    tcase_add_test(tc, failures_are_repeated_ever_more_slowly);
    tcase_add_test(tc, the_old_token_is_used_while_its_successor_fails);
    tcase_add_test(tc, a_refused_token_is_replaced_at_once);
    tcase_add_test(tc, a_refusal_right_after_a_run_waits_for_the_gap);
    tcase_add_test(tc, the_answer_to_a_refusal_that_is_refused_too_is_the_end);
    tcase_add_test(
        tc, the_answer_to_a_refusal_that_was_accepted_may_be_refused_later);
    tcase_add_test(tc, a_refusal_while_runs_fail_brings_nothing);
    tcase_add_test(tc, an_order_does_not_wait_for_the_backoff);
    tcase_add_test(tc, a_short_life_does_not_make_runs_follow_each_other);
    tcase_add_test(tc, a_token_that_is_forgotten_is_not_used_again);
    tcase_add_test(tc, states_have_names);
    tcase_add_test(tc, one_run_per_life_of_a_token);
    tcase_add_test(tc, random_events_never_lead_to_two_runs_for_one_reason);
}

static Suite *
refresh_suite(void)
{
    Suite *suite = suite_create("refresh");
    TCase *tc = tcase_create("refresh");

    tcase_add_checked_fixture(tc, setup, NULL);
    add_tests(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(refresh_suite());
}
