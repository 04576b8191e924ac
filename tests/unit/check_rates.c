/*
 * check_rates.c - so many requests and tokens a minute.
 */
#include "core/rates.h"

#include "base/rng.h"
#include "support/suite.h"

enum {
    MINUTE = 60000
};

static struct rates r;

/* Takes if it passes. */
static enum rates_verdict
ask(int64_t tokens, int64_t now_ms, int64_t *ret_at_ms)
{
    enum rates_verdict verdict = rates_check(&r, tokens, now_ms, ret_at_ms);

    if (verdict == RATES_PASS)
        rates_take(&r, tokens, now_ms);
    return verdict;
}

START_TEST(without_limits_everything_passes)
{
    int64_t at_ms;

    rates_init(&r, 0, 0, 0);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(ask(INT64_C(1) << 40, 0, &at_ms), RATES_PASS);
    ck_assert(rates_are_full(&r, 0));
}

END_TEST

START_TEST(a_minute_s_worth_passes_at_once_and_then_one_at_a_time)
{
    int64_t at_ms = 0;

    rates_init(&r, 60, 0, 0);
    for (int i = 0; i < 60; i++)
        ck_assert_int_eq(ask(1, 0, &at_ms), RATES_PASS);
    ck_assert_int_eq(ask(1, 0, &at_ms), RATES_REQUESTS);
    ck_assert_int_eq(at_ms, 1000);
    ck_assert_int_eq(ask(1, 999, &at_ms), RATES_REQUESTS);
    ck_assert_int_eq(ask(1, 1000, &at_ms), RATES_PASS);
    ck_assert_int_eq(ask(1, 1000, &at_ms), RATES_REQUESTS);
    ck_assert_int_eq(at_ms, 2000);
}

END_TEST

START_TEST(tokens_are_corrected_by_what_was_used)
{
    int64_t at_ms = 0;

    rates_init(&r, 0, 6000, 0);
    ck_assert_int_eq(ask(4000, 0, &at_ms), RATES_PASS);
    ck_assert_int_eq(ask(4000, 0, &at_ms), RATES_TOKENS);
    ck_assert_int_eq(at_ms, 20000);
    rates_correct(&r, 4000, 500, 0);
    ck_assert_int_eq(rates_left(&r.tokens, 0), 5500);
    ck_assert_int_eq(ask(4000, 0, &at_ms), RATES_PASS);
    rates_correct(&r, 4000, 9000, 0);
    ck_assert_int_eq(rates_left(&r.tokens, 0), -3500);
    ck_assert_int_eq(ask(1, 0, &at_ms), RATES_TOKENS);
    ck_assert_int_eq(at_ms, 35010);
}

END_TEST

START_TEST(what_is_larger_than_a_minute_passes_when_the_bucket_is_full)
{
    int64_t at_ms = 0;

    rates_init(&r, 0, 1000, 0);
    ck_assert_int_eq(ask(5000, 0, &at_ms), RATES_PASS);
    ck_assert_int_eq(rates_left(&r.tokens, 0), -4000);
    ck_assert_int_eq(ask(5000, 0, &at_ms), RATES_TOKENS);
    ck_assert_int_eq(at_ms, 5 * MINUTE);
    ck_assert_int_eq(ask(5000, 5 * MINUTE, &at_ms), RATES_PASS);
}

END_TEST

START_TEST(what_was_not_sent_is_given_back)
{
    int64_t at_ms = 0;

    rates_init(&r, 1, 1000, 0);
    ck_assert_int_eq(ask(1000, 0, &at_ms), RATES_PASS);
    rates_undo(&r, 1000, 0);
    ck_assert(rates_are_full(&r, 0));
    ck_assert_int_eq(ask(1000, 0, &at_ms), RATES_PASS);
}

END_TEST

START_TEST(both_must_allow_and_the_later_one_is_named)
{
    int64_t at_ms = 0;

    rates_init(&r, 1, 1000, 0);
    ck_assert_int_eq(ask(500, 0, &at_ms), RATES_PASS);
    ck_assert_int_eq(ask(500, 0, &at_ms), RATES_REQUESTS);
    ck_assert_int_eq(at_ms, MINUTE);
    rates_correct(&r, 500, 2500, 0);
    ck_assert_int_eq(ask(500, 0, &at_ms), RATES_TOKENS);
    ck_assert_int_eq(at_ms, 2 * MINUTE);
}

END_TEST

START_TEST(other_limits_leave_what_has_been_taken)
{
    int64_t at_ms = 0;

    rates_init(&r, 60, 0, 0);
    for (int i = 0; i < 20; i++)
        (void)ask(1, 0, &at_ms);
    rates_configure(&r, 30, 100, 0);
    ck_assert_int_eq(rates_left(&r.requests, 0), 10);
    ck_assert_int_eq(rates_left(&r.tokens, 0), 100);
    rates_configure(&r, 0, 0, 0);
    ck_assert_int_eq(ask(1, 0, &at_ms), RATES_PASS);
    ck_assert(rates_are_full(&r, 0));
}

END_TEST

START_TEST(the_largest_numbers_do_not_overflow)
{
    int64_t at_ms = 0;

    rates_init(&r, RATES_MAX_PER_MINUTE, RATES_MAX_PER_MINUTE, 0);
    for (int i = 0; i < 100; i++) {
        rates_take(&r, INT64_MAX, INT64_C(1) << 50);
        rates_correct(&r, 0, INT64_MAX, INT64_C(1) << 50);
    }
    ck_assert_int_eq(ask(INT64_MAX, INT64_C(1) << 50, &at_ms), RATES_TOKENS);
    ck_assert_int_le(at_ms, (INT64_C(1) << 50) + 11 * MINUTE);
    ck_assert_int_eq(ask(INT64_MAX, INT64_C(1) << 60, &at_ms), RATES_PASS);
}

END_TEST

/* The reference keeps every request: in no stretch of time do more pass than
 * the bucket holds and what flows in meanwhile. */
START_TEST(no_stretch_of_time_sees_more_than_the_bucket_and_its_refill)
{
    enum {
        SEEDS = 20,
        EVENTS = 400,
        RPM = 90,
        TPM = 30000
    };

    static int64_t when[EVENTS], tokens[EVENTS];

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        int64_t now_ms = 0, at_ms = 0;
        struct rng rng;
        int n = 0;

        rng_init(&rng, seed);
        rates_init(&r, RPM, TPM, 0);
        for (int i = 0; i < EVENTS; i++) {
            int64_t wanted = 1 + rng_upto(&rng, 600);
            int64_t sum = 0;
            bool within = true;

            now_ms += rng_upto(&rng, 900);
            if (ask(wanted, now_ms, &at_ms) != RATES_PASS) {
                ck_assert_int_gt(at_ms, now_ms);
                ck_assert_int_eq(rates_check(&r, wanted, at_ms, &at_ms),
                                 RATES_PASS);
                continue;
            }
            when[n] = now_ms;
            tokens[n++] = wanted;
            for (int k = n - 1; k >= 0; k--) {
                int64_t ms = now_ms - when[k];

                sum += tokens[k];
                within &= sum * MINUTE <= TPM * (MINUTE + ms);
                within &= (n - k) * MINUTE <= RPM * (MINUTE + ms);
            }
            ck_assert(within);
        }
        ck_assert_int_gt(n, EVENTS / 3);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("rates");
    TCase *tc = tcase_create("buckets");

    tcase_add_test(tc, without_limits_everything_passes);
    tcase_add_test(tc, a_minute_s_worth_passes_at_once_and_then_one_at_a_time);
    tcase_add_test(tc, tokens_are_corrected_by_what_was_used);
    tcase_add_test(tc,
                   what_is_larger_than_a_minute_passes_when_the_bucket_is_full);
    tcase_add_test(tc, what_was_not_sent_is_given_back);
    tcase_add_test(tc, both_must_allow_and_the_later_one_is_named);
    tcase_add_test(tc, other_limits_leave_what_has_been_taken);
    tcase_add_test(tc, the_largest_numbers_do_not_overflow);
    tcase_add_test(tc,
                   no_stretch_of_time_sees_more_than_the_bucket_and_its_refill);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
