/*
 * check_top_link.c - when numbers are live, old, or not to be had.
 */
#include "tui/link.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "support/suite.h"

static const double PERIOD_MS = 1000;

static struct link l;

static void
setup(void)
{
    link_init(&l, PERIOD_MS, 0);
}

static void
expect_word(const char *word, double now_ms)
{
    ck_assert_str_eq(link_word(&l, now_ms).s, word);
}

START_TEST(numbers_are_live_while_snapshots_come)
{
    expect_word("CONNECTING", 0);
    ck_assert(!link_is_fresh(&l));
    for (double t = 100; t < 10000; t += PERIOD_MS) {
        link_snapshot(&l, t);
        ck_assert(link_is_fresh(&l));
        expect_word("LIVE 1s", t);
    }
}

END_TEST

START_TEST(after_three_periods_and_three_seconds_they_are_stale)
{
    link_snapshot(&l, 0);
    link_tick(&l, 2999);
    ck_assert(link_is_fresh(&l));
    ck_assert_double_eq(link_next_ms(&l, 0), 3000);
    link_tick(&l, 3000);
    ck_assert(!link_is_fresh(&l));
    expect_word("STALE 3s", 3000);
    expect_word("STALE 12s", 12999);
    link_set_period(&l, 10000, 13000);
    link_snapshot(&l, 14000);
    link_tick(&l, 43999);
    ck_assert(link_is_fresh(&l));
    link_tick(&l, 44000);
    ck_assert(!link_is_fresh(&l));
}

END_TEST

START_TEST(tries_are_a_quarter_of_a_second_apart_doubling_to_five)
{
    static const double DELAYS[] = {250, 500, 1000, 2000, 4000, 5000, 5000};
    double now_ms = 1000;

    link_snapshot(&l, 0);
    for (size_t i = 0; i < sizeof(DELAYS) / sizeof(*DELAYS); i++) {
        link_lost(&l, "refused", now_ms);
        ck_assert(!link_retry_due(&l, now_ms + DELAYS[i] - 1));
        ck_assert(link_retry_due(&l, now_ms + DELAYS[i]));
        now_ms += DELAYS[i];
        link_retrying(&l, now_ms);
        ck_assert(!link_retry_due(&l, now_ms));
    }
    link_snapshot(&l, now_ms);
    link_lost(&l, "again", now_ms);
    ck_assert(link_retry_due(&l, now_ms + 250));
}

END_TEST

START_TEST(the_word_tells_how_old_numbers_are_and_when_it_is_tried_again)
{
    link_lost(&l, "No such file or directory", 0);
    expect_word("DOWN, retry in 1s", 0);
    link_retrying(&l, 250);
    link_snapshot(&l, 300);
    for (int i = 0; i < 6; i++) {
        link_lost(&l, "closed", 8300);
        link_retrying(&l, 8300);
    }
    link_lost(&l, "closed", 8300);
    expect_word("STALE 12s, retry in 1s", 12300);
    ck_assert_str_eq(l.reason, "closed");
    link_retrying(&l, 13300);
    expect_word("STALE 13s", 13300);
}

END_TEST

START_TEST(a_loss_is_from_when_it_was_lost_not_from_the_last_try)
{
    link_snapshot(&l, 0);
    link_lost(&l, "closed", 5000);
    for (double t = 6000; t < 60000; t += 6000) {
        link_retrying(&l, t);
        link_lost(&l, "refused", t);
    }
    ck_assert_double_eq(l.lost_ms, 5000);
    ck_assert_str_eq(l.reason, "refused");
}

END_TEST

START_TEST(a_loss_that_is_told_twice_is_one)
{
    link_lost(&l, "first", 0);
    link_lost(&l, "second", 100);
    ck_assert_str_eq(l.reason, "first");
    ck_assert(link_retry_due(&l, 250));
}

END_TEST

static double
random_step(struct rng *rng)
{
    return (double)(rng_next(rng) % 6000);
}

/* Numbers are never called live that are older than the limit, a try is never
 * further away than five seconds, and there always is a word. */
START_TEST(whatever_happens_nothing_old_is_live)
{
    struct rng rng;
    double now_ms = 0, snapshot_ms = -1;

    rng_init(&rng, 11);
    for (int i = 0; i < 100000; i++) {
        now_ms += random_step(&rng);
        link_tick(&l, now_ms);
        switch (rng_next(&rng) % 5) {
        case 0:
            link_snapshot(&l, now_ms);
            snapshot_ms = now_ms;
            break;
        case 1:
            link_lost(&l, "lost", now_ms);
            break;
        case 2:
            if (link_retry_due(&l, now_ms))
                link_retrying(&l, now_ms);
            break;
        case 3:
            link_set_period(&l, 100 + random_step(&rng), now_ms);
            break;
        default:
            break;
        }
        if (link_is_fresh(&l)) {
            ck_assert_double_ge(snapshot_ms, 0);
            ck_assert_double_lt(now_ms - snapshot_ms,
                                fmax(3 * l.period_ms, 3000));
        }
        ck_assert_int_eq(l.has_data, snapshot_ms >= 0);
        if (l.state == LINK_WAITING)
            ck_assert_double_le(l.retry_ms, now_ms + 5000);
        ck_assert_uint_gt(strlen(link_word(&l, now_ms).s), 0);
        ck_assert_double_gt(link_next_ms(&l, now_ms) + 1, l.lost_ms);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("top_link");
    TCase *tc = tcase_create("link");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, numbers_are_live_while_snapshots_come);
    tcase_add_test(tc, after_three_periods_and_three_seconds_they_are_stale);
    tcase_add_test(tc, tries_are_a_quarter_of_a_second_apart_doubling_to_five);
    tcase_add_test(
        tc, the_word_tells_how_old_numbers_are_and_when_it_is_tried_again);
    tcase_add_test(tc, a_loss_is_from_when_it_was_lost_not_from_the_last_try);
    tcase_add_test(tc, a_loss_that_is_told_twice_is_one);
    tcase_add_test(tc, whatever_happens_nothing_old_is_live);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
