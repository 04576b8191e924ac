#include "core/gate.h"

#include "base/mem.h"
#include "support/suite.h"

enum {
    MINUTE_MS = 60 * 1000,
    HOUR_MS = 3600 * 1000,
    EST = 100 /* Tokens that a call is estimated to need. */
};

static struct gate g;
static struct rng rng;

static void
setup(void)
{
    gate_init(&g);
    rng_init(&rng, 5);
}

static enum gate_reason
reason(int64_t now_ms)
{
    return gate_check(&g, EST, now_ms).reason;
}

static uint64_t
begin(int64_t now_ms)
{
    ck_assert_int_eq(reason(now_ms), GATE_PASS);
    return gate_begin(&g, EST, now_ms);
}

static void
reply(uint64_t ticket, int status, const struct ratelimit *told, int64_t now_ms)
{
    const struct gate_response response = {.ticket = ticket,
                                           .http_status = status,
                                           .told = told ? *told
                                                        : ratelimit_nothing()};

    gate_reply(&g, &response, now_ms, &rng);
}

static struct ratelimit
told_wait(int64_t ms)
{
    struct ratelimit told = ratelimit_nothing();

    told.retry_after_ms = ms;
    return told;
}

static struct ratelimit
told_buckets(int64_t requests, int64_t tokens, int64_t reset_ms)
{
    struct ratelimit told = ratelimit_nothing();

    told.requests = (struct ratelimit_bucket){100, requests, reset_ms};
    told.tokens = (struct ratelimit_bucket){10000, tokens, reset_ms};
    return told;
}

/* F25 */
START_TEST(a_told_wait_is_kept_to_the_millisecond)
{
    static const int STATUSES[] = {429, 503, 529};
    struct ratelimit told = told_wait(7000);

    for (unsigned i = 0; i < array_count(STATUSES); i++) {
        setup();
        reply(begin(1000), STATUSES[i], &told, 1000);
        ck_assert_int_eq(reason(1000), GATE_WAIT);
        ck_assert_int_eq(reason(7999), GATE_WAIT);
        ck_assert_int_eq(gate_check(&g, EST, 1000).until_ms, 8000);
        ck_assert_int_eq(reason(8000), GATE_PASS);
    }
}

END_TEST

START_TEST(no_other_status_heeds_retry_after)
{
    static const int STATUSES[] = {200, 400, 404};
    struct ratelimit told = told_wait(30000);

    for (unsigned i = 0; i < array_count(STATUSES); i++)
        reply(begin(0), STATUSES[i], &told, 0);
    ck_assert_int_eq(reason(0), GATE_PASS);
}

END_TEST

START_TEST(a_shorter_wait_does_not_cut_a_longer_one)
{
    struct ratelimit longer = told_wait(60000), shorter = told_wait(1000);
    uint64_t a = begin(0), b = begin(0);

    reply(a, 429, &longer, 0);
    reply(b, 429, &shorter, 10);
    ck_assert_int_eq(gate_check(&g, EST, 20).until_ms, 60000);
}

END_TEST

START_TEST(a_bare_429_backs_off_up_to_a_minute)
{
    for (int k = 0; k < 12; k++) {
        int64_t top = k < 6 ? 1000 << k : MINUTE_MS, longest = 0;

        for (int i = 0; i < 300; i++) {
            int64_t now_ms = 0;

            setup();
            rng_init(&rng, (uint64_t)(k * 1000 + i));
            for (int j = 0; j < k; j++, now_ms += MINUTE_MS)
                reply(begin(now_ms), 429, NULL, now_ms);
            reply(begin(now_ms), 429, NULL, now_ms);
            ck_assert_int_le(g.not_before_ms, now_ms + top);
            if (g.not_before_ms - now_ms > longest)
                longest = g.not_before_ms - now_ms;
        }
        ck_assert_int_ge(longest, top * 9 / 10);
    }
}

END_TEST

/* F31: never immediate hammering. */
START_TEST(a_told_wait_of_nothing_backs_off_as_if_untold)
{
    struct ratelimit told = told_wait(0);

    for (int i = 0; i < 4; i++)
        reply(begin(i * 3 * MINUTE_MS), 429, &told, i * 3 * MINUTE_MS);
    ck_assert_uint_eq(g.refused, 4);
    ck_assert_int_gt(g.not_before_ms, 9 * MINUTE_MS);
}

END_TEST

START_TEST(refusals_of_calls_under_way_together_count_once)
{
    uint64_t tickets[50];

    for (int i = 0; i < 50; i++)
        tickets[i] = begin(0);
    for (int i = 0; i < 50; i++)
        reply(tickets[i], 429, NULL, 10);
    ck_assert_uint_eq(g.refused, 1);
    ck_assert_int_le(g.not_before_ms, 1010);
}

END_TEST

START_TEST(a_newer_success_ends_the_row_of_refusals)
{
    uint64_t old = begin(0);

    reply(begin(0), 429, NULL, 0);
    reply(old, 200, NULL, 1);
    ck_assert_uint_eq(g.refused, 1);
    reply(begin(MINUTE_MS), 200, NULL, MINUTE_MS);
    ck_assert_uint_eq(g.refused, 0);
}

END_TEST

START_TEST(an_empty_bucket_is_not_asked_before_its_reset)
{
    struct ratelimit told = told_buckets(0, 5000, 2000);

    reply(begin(0), 200, &told, 100);
    ck_assert_int_eq(reason(2099), GATE_REQUESTS);
    ck_assert_int_eq(gate_check(&g, EST, 200).until_ms, 2100);
    ck_assert_int_eq(reason(2100), GATE_PASS);
}

END_TEST

START_TEST(tokens_must_cover_the_estimate)
{
    struct ratelimit told = told_buckets(50, 500, 2000);

    reply(begin(0), 200, &told, 0);
    ck_assert_int_eq(gate_check(&g, 500, 1).reason, GATE_PASS);
    ck_assert_int_eq(gate_check(&g, 501, 1).reason, GATE_TOKENS);
    ck_assert_int_eq(gate_check(&g, INT64_MAX, 2000).reason, GATE_PASS);
}

END_TEST

START_TEST(what_is_sent_is_taken_out_until_told_anew)
{
    struct ratelimit told = told_buckets(2, 10000, 5000);

    reply(begin(0), 200, &told, 0);
    begin(1);
    begin(2);
    ck_assert_int_eq(reason(3), GATE_REQUESTS);
    told = told_buckets(9, 10000, 5000);
    reply(g.ticket, 200, &told, 4);
    ck_assert_int_eq(reason(5), GATE_PASS);
    gate_begin(&g, INT64_MAX, 5);
    ck_assert_int_eq(g.tokens.remaining, 0);
    gate_begin(&g, -5, 5);
    ck_assert_int_eq(g.tokens.remaining, 0);
}

END_TEST

START_TEST(the_word_of_the_newer_attempt_stands)
{
    uint64_t a = begin(0), b = begin(1);
    struct ratelimit newer = told_buckets(10, 9000, 5000);
    struct ratelimit older = told_buckets(0, 0, 5000);

    reply(b, 200, &newer, 10);
    reply(a, 200, &older, 20);
    ck_assert_int_eq(g.requests.remaining, 10);
    ck_assert_int_eq(reason(21), GATE_PASS);
}

END_TEST

START_TEST(under_a_twentieth_is_scarce)
{
    struct ratelimit told = told_buckets(5, 9000, 5000);

    reply(begin(0), 200, &told, 0);
    ck_assert(!gate_check(&g, EST, 1).scarce);
    begin(1);
    ck_assert(gate_check(&g, EST, 2).scarce);
    ck_assert(!gate_check(&g, EST, 5000).scarce);
}

END_TEST

START_TEST(without_a_reset_nothing_is_predicted)
{
    struct ratelimit told = told_buckets(0, 0, -1);

    reply(begin(0), 200, &told, 0);
    ck_assert_int_eq(reason(0), GATE_PASS);
}

END_TEST

/* F29 */
START_TEST(a_refused_key_stays_latched_until_it_is_cleared)
{
    enum gate_latch which = GATE_LATCHES;

    gate_latch(&g, GATE_LATCH_AUTH, begin(0), -1, 0);
    ck_assert_int_eq(reason(INT64_MAX - 1), GATE_AUTH);
    ck_assert(gate_is_latched(&g, HOUR_MS, &which));
    ck_assert_int_eq(which, GATE_LATCH_AUTH);
    gate_succeeded(&g, g.ticket + 1);
    ck_assert_int_eq(reason(HOUR_MS), GATE_AUTH);
    gate_unlatch(&g, GATE_LATCH_AUTH);
    ck_assert_int_eq(reason(0), GATE_PASS);
    ck_assert(!gate_is_latched(&g, 0, &which));
    gate_latch_auth(&g, 5);
    ck_assert_int_eq(reason(5), GATE_AUTH);
}

END_TEST

START_TEST(a_refusal_of_the_old_key_does_not_latch_the_new_one)
{
    uint64_t old = begin(0), older = begin(0);

    gate_latch(&g, GATE_LATCH_AUTH, old, -1, 1);
    gate_unlatch(&g, GATE_LATCH_AUTH);
    gate_latch(&g, GATE_LATCH_AUTH, older, -1, 2);
    ck_assert_int_eq(reason(2), GATE_PASS);
    gate_reset(&g);
    gate_latch(&g, GATE_LATCH_AUTH, older, -1, 3);
    ck_assert_int_eq(reason(3), GATE_PASS);
}

END_TEST

/* F32 */
START_TEST(a_quota_latch_is_tried_at_growing_distances)
{
    int64_t t = 0, wait_ms = 15 * MINUTE_MS;

    gate_latch(&g, GATE_LATCH_QUOTA, begin(0), -1, 0);
    for (int i = 0; i < 10; i++) {
        uint64_t trial;

        ck_assert_int_eq(reason(t + wait_ms - 1), GATE_QUOTA);
        t += wait_ms;
        ck_assert(gate_check(&g, EST, t).trial);
        trial = begin(t);
        ck_assert_int_eq(reason(t), GATE_QUOTA); /* One at a time. */
        gate_latch(&g, GATE_LATCH_QUOTA, trial, -1, t);
        wait_ms = wait_ms * 2 > 6 * HOUR_MS ? 6 * HOUR_MS : wait_ms * 2;
    }
    ck_assert_int_eq(g.latches[GATE_LATCH_QUOTA].since_ms, 0);
    gate_succeeded(&g, begin(t + wait_ms));
    ck_assert_int_eq(reason(t + wait_ms), GATE_PASS);
}

END_TEST

START_TEST(a_told_reset_ends_a_quota_latch)
{
    enum gate_latch which;

    gate_latch(&g, GATE_LATCH_QUOTA, begin(0), HOUR_MS, 0);
    ck_assert_int_eq(gate_check(&g, EST, 1).until_ms, HOUR_MS);
    ck_assert(!gate_check(&g, EST, HOUR_MS).trial);
    begin(HOUR_MS);
    begin(HOUR_MS);
    ck_assert(!gate_is_latched(&g, HOUR_MS, &which));
    gate_latch(&g, GATE_LATCH_QUOTA, g.ticket, -1, HOUR_MS);
    ck_assert_int_eq(gate_check(&g, EST, HOUR_MS).until_ms,
                     HOUR_MS + 15 * MINUTE_MS);
}

END_TEST

START_TEST(calls_under_way_when_latched_say_nothing_more)
{
    uint64_t a = begin(0), b = begin(0), c = begin(0);

    gate_latch(&g, GATE_LATCH_QUOTA, a, -1, 0);
    gate_latch(&g, GATE_LATCH_QUOTA, b, -1, 1);
    gate_succeeded(&g, c);
    ck_assert_int_eq(gate_check(&g, EST, 2).until_ms, 15 * MINUTE_MS);
}

END_TEST

START_TEST(a_missing_model_is_tried_every_ten_minutes)
{
    int64_t t = 0;

    gate_latch(&g, GATE_LATCH_MODEL, begin(0), -1, 0);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(reason(t + 10 * MINUTE_MS - 1), GATE_MODEL);
        t += 10 * MINUTE_MS;
        begin(t); /* The last of these is cancelled, which changes nothing. */
        if (i < 4)
            gate_latch(&g, GATE_LATCH_MODEL, g.ticket, -1, t);
    }
    ck_assert_int_eq(reason(t), GATE_MODEL);
    gate_reset(&g);
    ck_assert_int_eq(reason(t), GATE_PASS);
}

END_TEST

START_TEST(every_reason_has_a_name)
{
    for (int i = GATE_PASS; i <= GATE_TOKENS; i++)
        ck_assert_str_ne(gate_reason_name((enum gate_reason)i), "?");
}

END_TEST

static struct ratelimit
draw_told(void)
{
    struct ratelimit told = ratelimit_nothing();

    if (rng_upto(&rng, 2) == 0)
        told.retry_after_ms = rng_upto(&rng, 20000) - 1;
    if (rng_upto(&rng, 1) == 0)
        told = told_buckets(rng_upto(&rng, 20) - 1, rng_upto(&rng, 900) - 1,
                            rng_upto(&rng, 9000) - 1);
    return told;
}

/* Never before a told wait has passed; one trial a period; a time to come
 * back that is later than now and then right. */
START_TEST(whatever_happens_the_gate_keeps_its_word)
{
    static const int STATUSES[] = {200, 200, 429, 503, 400, 529};
    int64_t now_ms = 0, told_until_ms = 0, trial_ms = -HOUR_MS;
    struct rng dice;

    rng_init(&dice, (uint64_t)_i);
    for (int i = 0; i < 5000; i++) {
        struct gate_verdict v;
        struct ratelimit told = draw_told();
        int status = STATUSES[rng_upto(&dice, 5)];
        int64_t est = rng_upto(&dice, 500);
        uint64_t ticket;

        now_ms += rng_upto(&dice, i % 50 ? 2000 : HOUR_MS);
        v = gate_check(&g, est, now_ms);
        if (v.reason != GATE_PASS) {
            ck_assert_int_gt(v.until_ms, now_ms);
            if (v.reason == GATE_AUTH && rng_upto(&dice, 9) == 0)
                gate_unlatch(&g, GATE_LATCH_AUTH);
            if (v.reason != GATE_AUTH && rng_upto(&dice, 3) == 0)
                now_ms = v.until_ms;
            ck_assert(gate_check(&g, est, v.until_ms).reason != v.reason
                      || v.reason == GATE_AUTH);
            continue;
        }
        ck_assert_int_ge(now_ms, told_until_ms);
        if (v.trial) {
            ck_assert_int_ge(now_ms - trial_ms, 10 * MINUTE_MS);
            trial_ms = now_ms;
        }
        ticket = gate_begin(&g, est, now_ms);
        reply(ticket, status, &told, now_ms);
        if (ratelimit_wait_ms(&told, status) > 0)
            told_until_ms = now_ms + ratelimit_wait_ms(&told, status);
        if (rng_upto(&dice, 30) == 0)
            gate_latch(&g, (enum gate_latch)rng_upto(&dice, 2), ticket,
                       rng_upto(&dice, 1) ? -1 : rng_upto(&dice, HOUR_MS),
                       now_ms);
        else if (status == 200)
            gate_succeeded(&g, ticket);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("gate");
    TCase *tc = tcase_create("waiting");
    TCase *latches = tcase_create("latches");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_told_wait_is_kept_to_the_millisecond);
    tcase_add_test(tc, no_other_status_heeds_retry_after);
    tcase_add_test(tc, a_shorter_wait_does_not_cut_a_longer_one);
    tcase_add_test(tc, a_bare_429_backs_off_up_to_a_minute);
    tcase_add_test(tc, a_told_wait_of_nothing_backs_off_as_if_untold);
    tcase_add_test(tc, refusals_of_calls_under_way_together_count_once);
    tcase_add_test(tc, a_newer_success_ends_the_row_of_refusals);
    tcase_add_test(tc, an_empty_bucket_is_not_asked_before_its_reset);
    tcase_add_test(tc, tokens_must_cover_the_estimate);
    tcase_add_test(tc, what_is_sent_is_taken_out_until_told_anew);
    tcase_add_test(tc, the_word_of_the_newer_attempt_stands);
    tcase_add_test(tc, under_a_twentieth_is_scarce);
    tcase_add_test(tc, without_a_reset_nothing_is_predicted);
    tcase_add_test(tc, every_reason_has_a_name);
    tcase_add_loop_test(tc, whatever_happens_the_gate_keeps_its_word, 0, 20);
    suite_add_tcase(s, tc);

    tcase_add_checked_fixture(latches, setup, NULL);
    tcase_add_test(latches, a_refused_key_stays_latched_until_it_is_cleared);
    tcase_add_test(latches,
                   a_refusal_of_the_old_key_does_not_latch_the_new_one);
    tcase_add_test(latches, a_quota_latch_is_tried_at_growing_distances);
    tcase_add_test(latches, a_told_reset_ends_a_quota_latch);
    tcase_add_test(latches, calls_under_way_when_latched_say_nothing_more);
    tcase_add_test(latches, a_missing_model_is_tried_every_ten_minutes);
    suite_add_tcase(s, latches);
    return suite_main(s);
}
