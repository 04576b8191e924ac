/*
 * check_saved.c - what of a breaker and of a gate outlives the process.
 */
#include "core/saved.h"

#include "support/suite.h"

enum {
    STAY_MAX_MS = 300000,
    DAY_MS = 24 * 3600 * 1000,
    LATER_MS = 1000000, /* The clock of the next process. */
};

static struct breaker b;
static struct gate g;
static struct rng rng;

static void
setup(void)
{
    breaker_init(&b, &breaker_defaults, 0);
    gate_init(&g);
    rng_init(&rng, 7);
}

static void
trip(int64_t now_ms)
{
    while (b.state != BREAKER_OPEN) {
        struct breaker_permit permit = {0};

        ck_assert(breaker_admit(&b, now_ms, &rng, &permit));
        breaker_report(&b, &permit, BREAKER_FAIL, now_ms, &rng);
    }
}

/* Restores what `b` is at `now_ms`, into a new one whose clock says the same. */
static struct breaker
reborn(int64_t now_ms)
{
    struct saved_breaker saved = saved_breaker(&b, now_ms);
    struct breaker next;

    breaker_init(&next, &breaker_defaults, now_ms);
    saved_breaker_restore(&next, &saved, now_ms);
    return next;
}

START_TEST(an_open_circuit_stays_open_as_long_as_it_would_have)
{
    struct breaker next;
    struct breaker_view was, is;

    trip(1000);
    next = reborn(2000);
    was = breaker_look(&b, 2000);
    is = breaker_look(&next, 2000);
    ck_assert_int_eq(is.state, BREAKER_OPEN);
    ck_assert_int_eq(is.retry_at_ms, was.retry_at_ms);
    ck_assert_int_eq(is.since_ms, was.since_ms);
    ck_assert_int_eq(is.reason, was.reason);
    ck_assert_uint_eq(is.n, was.n);
    ck_assert_uint_eq(is.trips, 0);
    ck_assert(!is.permits);
    ck_assert(breaker_look(&next, is.retry_at_ms).permits);
}

END_TEST

START_TEST(the_next_stay_is_as_long_as_if_nothing_had_been_restarted)
{
    struct breaker next;

    for (int i = 0; i < 4; i++) {
        struct breaker_permit permit = {0};
        int64_t at_ms;

        trip(1000);
        at_ms = b.until_ms;
        ck_assert(breaker_admit(&b, at_ms, &rng, &permit));
        breaker_report(&b, &permit, BREAKER_FAIL, at_ms, &rng);
    }
    next = reborn(b.since_ms);
    ck_assert_uint_eq(next.n, b.n);
    ck_assert_uint_eq(next.stay_n, b.stay_n);
}

END_TEST

START_TEST(a_half_open_circuit_goes_on_with_a_trial)
{
    struct breaker_permit permit = {0};
    struct breaker next;
    int64_t at_ms;

    trip(1000);
    at_ms = b.until_ms;
    ck_assert(breaker_admit(&b, at_ms, &rng, &permit));
    ck_assert_int_eq(b.state, BREAKER_HALF_OPEN);
    next = reborn(at_ms + 1);
    ck_assert_int_eq(breaker_state_at(&next, at_ms + 1), BREAKER_HALF_OPEN);
    ck_assert(breaker_look(&next, at_ms + 1).permits);
}

END_TEST

START_TEST(what_the_operator_ordered_is_not_kept)
{
    struct breaker next;

    breaker_set(&b, BREAKER_MODE_OPEN, 1000);
    next = reborn(2000);
    ck_assert_int_eq(next.state, BREAKER_CLOSED);
    breaker_set(&b, BREAKER_MODE_OFF, 3000);
    next = reborn(4000);
    ck_assert_int_eq(next.state, BREAKER_CLOSED);
}

END_TEST

/* F44: the clock between two processes may say anything. */
START_TEST(a_stay_is_never_longer_than_the_longest)
{
    static const int64_t TIMES[] = {INT64_MIN, -1, 0, LATER_MS, INT64_MAX};

    for (size_t i = 0; i < sizeof(TIMES) / sizeof(*TIMES); i++)
        for (size_t k = 0; k < sizeof(TIMES) / sizeof(*TIMES); k++) {
            const struct saved_breaker saved = {
                .open = true,
                .n = UINT32_MAX,
                .stay_n = UINT32_MAX,
                .since_ms = TIMES[i],
                .until_ms = TIMES[k],
            };
            struct breaker_permit permit = {0};

            breaker_init(&b, &breaker_defaults, LATER_MS);
            saved_breaker_restore(&b, &saved, LATER_MS);
            ck_assert_int_le(b.since_ms, LATER_MS);
            ck_assert_int_ge(b.until_ms, LATER_MS);
            ck_assert_int_le(b.until_ms, LATER_MS + STAY_MAX_MS);
            ck_assert(breaker_admit(&b, b.until_ms, &rng, &permit));
            breaker_report(&b, &permit, BREAKER_FAIL, b.until_ms, &rng);
            ck_assert_int_le(b.until_ms, b.since_ms + STAY_MAX_MS);
        }
}

END_TEST

static struct gate
reborn_gate(int64_t now_ms)
{
    struct saved_gate saved = saved_gate(&g, now_ms);
    struct gate next;

    gate_init(&next);
    saved_gate_restore(&next, &saved, now_ms);
    return next;
}

START_TEST(a_time_to_wait_is_kept_and_its_end)
{
    const struct gate_response response = {
        .ticket = gate_begin(&g, 0, 0),
        .http_status = 429,
        .told = {.retry_after_ms = 7000,
                 .requests = {-1, -1, -1},
                 .tokens = {-1, -1, -1}},
    };
    struct gate next;

    gate_reply(&g, &response, 1000, &rng);
    next = reborn_gate(2000);
    ck_assert_int_eq(gate_check(&next, 0, 2000).reason, GATE_WAIT);
    ck_assert_int_eq(gate_check(&next, 0, 2000).until_ms,
                     gate_check(&g, 0, 2000).until_ms);
    next = reborn_gate(60000);
    ck_assert_int_eq(gate_check(&next, 0, 60000).reason, GATE_PASS);
}

END_TEST

START_TEST(latches_of_quota_and_model_are_kept_that_of_the_key_is_not)
{
    struct gate next;
    enum gate_latch which;

    gate_latch(&g, GATE_LATCH_QUOTA, gate_begin(&g, 0, 0), -1, 1000);
    next = reborn_gate(2000);
    ck_assert(gate_is_latched(&next, 2000, &which));
    ck_assert_int_eq(which, GATE_LATCH_QUOTA);
    ck_assert_int_eq(next.latches[GATE_LATCH_QUOTA].until_ms,
                     g.latches[GATE_LATCH_QUOTA].until_ms);
    gate_reset(&g);
    gate_latch(&g, GATE_LATCH_MODEL, gate_begin(&g, 0, 3000), -1, 3000);
    next = reborn_gate(4000);
    ck_assert(gate_is_latched(&next, 4000, &which));
    ck_assert_int_eq(which, GATE_LATCH_MODEL);
    gate_reset(&g);
    gate_latch_auth(&g, 5000);
    next = reborn_gate(6000);
    ck_assert(!gate_is_latched(&next, 6000, &which));
}

END_TEST

/* The trial of a restored latch ends it, as ever. */
START_TEST(a_restored_latch_has_its_trial)
{
    struct gate next;
    enum gate_latch which;
    int64_t at_ms;

    gate_latch(&g, GATE_LATCH_MODEL, gate_begin(&g, 0, 0), -1, 1000);
    next = reborn_gate(2000);
    at_ms = next.latches[GATE_LATCH_MODEL].until_ms;
    ck_assert(gate_check(&next, 0, at_ms).trial);
    gate_succeeded(&next, gate_begin(&next, 0, at_ms));
    ck_assert(!gate_is_latched(&next, at_ms, &which));
}

END_TEST

START_TEST(an_open_gate_leaves_nothing_to_keep)
{
    struct saved_gate saved = saved_gate(&g, 1000);

    ck_assert(saved_gate_is_open(&saved));
    gate_latch_auth(&g, 1000);
    saved = saved_gate(&g, 1000);
    ck_assert(saved_gate_is_open(&saved));
}

END_TEST

START_TEST(no_gate_stays_shut_for_more_than_a_day)
{
    const struct saved_latch latch = {true, INT64_MAX, INT64_MAX, INT64_MAX};
    const struct saved_gate saved = {true, INT64_MAX, UINT32_MAX, latch, latch};

    saved_gate_restore(&g, &saved, LATER_MS);
    ck_assert_int_eq(g.not_before_ms, LATER_MS + DAY_MS);
    ck_assert_int_eq(g.latches[GATE_LATCH_QUOTA].until_ms, LATER_MS + DAY_MS);
    ck_assert_int_eq(g.latches[GATE_LATCH_QUOTA].since_ms, LATER_MS);
    ck_assert(gate_check(&g, 0, LATER_MS + DAY_MS).trial);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("saved");
    TCase *tc = tcase_create("saved");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, an_open_circuit_stays_open_as_long_as_it_would_have);
    tcase_add_test(tc,
                   the_next_stay_is_as_long_as_if_nothing_had_been_restarted);
    tcase_add_test(tc, a_half_open_circuit_goes_on_with_a_trial);
    tcase_add_test(tc, what_the_operator_ordered_is_not_kept);
    tcase_add_test(tc, a_stay_is_never_longer_than_the_longest);
    tcase_add_test(tc, a_time_to_wait_is_kept_and_its_end);
    tcase_add_test(tc,
                   latches_of_quota_and_model_are_kept_that_of_the_key_is_not);
    tcase_add_test(tc, a_restored_latch_has_its_trial);
    tcase_add_test(tc, an_open_gate_leaves_nothing_to_keep);
    tcase_add_test(tc, no_gate_stays_shut_for_more_than_a_day);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
