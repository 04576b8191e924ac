/*
 * The money that retries and hedges may cost in an hour.
 */
#include "core/spend.h"

#include "base/rng.h"
#include "support/suite.h"

#define USD  INT64_C(1000000000)
#define CENT INT64_C(10000000)

enum {
    MINUTE = 60000,
    HOUR = 3600000
};

static struct spend s;

static void
setup(void)
{
    spend_init(&s);
}

static bool
reserve(enum spend_kind kind, int64_t nanousd, int64_t now_ms)
{
    int64_t left = spend_left_nanousd(&s, kind, now_ms);
    bool allowed = spend_allows(&s, kind, nanousd, now_ms);

    ck_assert_int_eq(spend_reserve(&s, kind, nanousd, now_ms), allowed);
    if (allowed)
        ck_assert_int_eq(spend_left_nanousd(&s, kind, now_ms), left - nanousd);
    else
        ck_assert_int_eq(spend_left_nanousd(&s, kind, now_ms), left);
    return allowed;
}

START_TEST(five_cents_an_hour_need_no_first_attempts)
{
    enum spend_kind kind = (enum spend_kind)_i;

    ck_assert(!reserve(kind, 5 * CENT + 1, 0));
    ck_assert(reserve(kind, 3 * CENT, 0));
    ck_assert(reserve(kind, 2 * CENT, 1000));
    ck_assert(!reserve(kind, 1, 1000));
    ck_assert(reserve(kind, 0, 1000));
    ck_assert(!reserve(kind, 1, HOUR - 1));
    ck_assert(reserve(kind, 5 * CENT, HOUR));
}

END_TEST

START_TEST(a_tenth_of_first_attempts_may_go_into_retries)
{
    spend_first(&s, 10 * USD, 0);
    ck_assert(!reserve(SPEND_RETRY, USD + 1, MINUTE));
    ck_assert(reserve(SPEND_RETRY, USD, MINUTE));
    spend_first(&s, 9, MINUTE);
    ck_assert(!reserve(SPEND_RETRY, 1, MINUTE));
    spend_first(&s, 1, MINUTE);
    ck_assert(reserve(SPEND_RETRY, 1, MINUTE));
}

END_TEST

START_TEST(a_twentieth_may_go_into_hedges)
{
    spend_first(&s, 10 * USD, 0);
    ck_assert(!reserve(SPEND_HEDGE, USD / 2 + 1, 0));
    ck_assert(reserve(SPEND_HEDGE, USD / 2, 0));
    ck_assert(!reserve(SPEND_HEDGE, 1, 0));
}

END_TEST

START_TEST(both_together_may_cost_a_tenth)
{
    spend_first(&s, 10 * USD, 0);
    ck_assert(reserve(SPEND_HEDGE, USD / 2, 0));
    ck_assert(!reserve(SPEND_RETRY, USD / 2 + 1, 0));
    ck_assert(reserve(SPEND_RETRY, USD / 2, 0));
    ck_assert(!reserve(SPEND_RETRY, 1, 0));
    setup();
    spend_first(&s, 10 * USD, 0);
    ck_assert(reserve(SPEND_RETRY, 9 * USD / 10, 0));
    ck_assert(!reserve(SPEND_HEDGE, USD / 10 + 1, 0));
    ck_assert(reserve(SPEND_HEDGE, USD / 10, 0));
}

END_TEST

START_TEST(what_cost_less_than_was_reserved_is_given_back)
{
    ck_assert(reserve(SPEND_RETRY, 5 * CENT, 0));
    spend_settle(&s, SPEND_RETRY, 5 * CENT, 0, CENT);
    ck_assert_int_eq(spend_left_nanousd(&s, SPEND_RETRY, MINUTE), 4 * CENT);
    ck_assert(reserve(SPEND_RETRY, 4 * CENT, MINUTE));
    spend_settle(&s, SPEND_RETRY, 4 * CENT, MINUTE, 0);
    ck_assert_int_eq(spend_left_nanousd(&s, SPEND_RETRY, MINUTE), 4 * CENT);
}

END_TEST

START_TEST(what_cost_more_counts_against_those_that_follow)
{
    ck_assert(reserve(SPEND_HEDGE, CENT, 0));
    spend_settle(&s, SPEND_HEDGE, CENT, 0, 7 * CENT);
    ck_assert_int_eq(spend_left_nanousd(&s, SPEND_HEDGE, 0), -2 * CENT);
    ck_assert(!reserve(SPEND_HEDGE, 1, 0));
    ck_assert(reserve(SPEND_HEDGE, 0, 0));
}

END_TEST

START_TEST(a_settlement_counts_from_the_reservation)
{
    ck_assert(reserve(SPEND_RETRY, CENT, 0));
    ck_assert(reserve(SPEND_RETRY, CENT, 30 * MINUTE));
    spend_settle(&s, SPEND_RETRY, CENT, 30 * MINUTE, 5 * CENT);
    ck_assert(!reserve(SPEND_RETRY, CENT, HOUR));
    ck_assert(reserve(SPEND_RETRY, CENT, HOUR + 30 * MINUTE));
}

END_TEST

START_TEST(a_settlement_after_an_hour_changes_nothing)
{
    ck_assert(reserve(SPEND_RETRY, CENT, 0));
    ck_assert(reserve(SPEND_RETRY, CENT, HOUR));
    spend_settle(&s, SPEND_RETRY, CENT, 0, 5 * CENT);
    ck_assert_int_eq(spend_left_nanousd(&s, SPEND_RETRY, HOUR), 4 * CENT);
}

END_TEST

START_TEST(sums_do_not_overflow)
{
    for (int i = 0; i < 3; i++)
        spend_first(&s, INT64_MAX, i * MINUTE);
    ck_assert_int_eq(spend_left_nanousd(&s, SPEND_RETRY, HOUR / 2),
                     INT64_MAX / 10);
    ck_assert(reserve(SPEND_RETRY, CENT, HOUR / 2));
    spend_settle(&s, SPEND_RETRY, CENT, HOUR / 2, INT64_MAX);
    ck_assert(reserve(SPEND_HEDGE, 0, HOUR / 2 + MINUTE));
    spend_settle(&s, SPEND_HEDGE, 0, HOUR / 2 + MINUTE, INT64_MAX);
    ck_assert(!spend_allows(&s, SPEND_RETRY, 1, HOUR / 2 + MINUTE));
    ck_assert(!spend_allows(&s, SPEND_HEDGE, 1, HOUR / 2 + MINUTE));
}

END_TEST

enum {
    EVENTS = 2000
};

/* The plain way: everything that happened, in a list. */
static struct entry {
    int64_t at_ms;
    int64_t reserved;
    int64_t nanousd;
    int kind; /* SPEND_N: a first attempt. */
    bool settled;
} entries[EVENTS];

static int n_entries;

static int64_t
sum(int kind, int64_t now_ms)
{
    int64_t total = 0;

    for (int i = 0; i < n_entries; i++)
        if (entries[i].kind == kind
            && entries[i].at_ms / MINUTE > now_ms / MINUTE - 60)
            total += entries[i].nanousd;
    return total;
}

static int64_t
limit(int64_t part, int64_t now_ms)
{
    int64_t amount = sum(SPEND_N, now_ms) / part;

    return amount > SPEND_FLOOR_NANOUSD ? amount : SPEND_FLOOR_NANOUSD;
}

static int64_t
plain_left(enum spend_kind kind, int64_t now_ms)
{
    int64_t hedges = sum(SPEND_HEDGE, now_ms);
    int64_t all = limit(10, now_ms) - sum(SPEND_RETRY, now_ms) - hedges;
    int64_t own = limit(20, now_ms) - hedges;

    return kind == SPEND_HEDGE && own < all ? own : all;
}

static void
note(int kind, int64_t nanousd, int64_t now_ms)
{
    entries[n_entries++] = (struct entry){.at_ms = now_ms,
                                          .reserved = nanousd,
                                          .nanousd = nanousd,
                                          .kind = kind,
                                          .settled = kind == SPEND_N};
}

static void
settle_any(struct rng *r)
{
    struct entry *e;

    if (n_entries == 0)
        return;
    e = &entries[rng_upto(r, n_entries - 1)];
    if (e->settled)
        return;
    e->settled = true;
    e->nanousd = rng_upto(r, e->reserved + e->reserved / 4);
    spend_settle(&s, (enum spend_kind)e->kind, e->reserved, e->at_ms,
                 e->nanousd);
}

static void
ask(struct rng *r, int64_t now_ms)
{
    enum spend_kind kind = (enum spend_kind)rng_upto(r, SPEND_N - 1);
    int64_t nanousd = rng_upto(r, 2 * CENT);
    bool want = nanousd <= plain_left(kind, now_ms);

    ck_assert_int_eq(reserve(kind, nanousd, now_ms), want);
    if (want)
        note(kind, nanousd, now_ms);
    if (want && rng_upto(r, 2) > 0)
        settle_any(r);
}

/* A settlement may come when its minute has been forgotten; the list forgets
 * it as well. */
START_TEST(it_allows_what_the_list_allows)
{
    struct rng r;
    int64_t now_ms = 0;

    n_entries = 0;
    rng_init(&r, (uint64_t)_i);
    for (int i = 0; i < EVENTS; i++) {
        now_ms += rng_upto(&r, _i % 2 == 0 ? 20000 : 3 * MINUTE);
        switch (rng_upto(&r, 3)) {
        case 0:
            spend_first(&s, i * CENT / 100, now_ms);
            note(SPEND_N, i * CENT / 100, now_ms);
            break;
        case 1:
            settle_any(&r);
            break;
        default:
            ask(&r, now_ms);
            break;
        }
        for (int kind = 0; kind < SPEND_N; kind++)
            ck_assert_int_eq(
                spend_left_nanousd(&s, (enum spend_kind)kind, now_ms),
                plain_left((enum spend_kind)kind, now_ms));
    }
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("spend");
    TCase *tc = tcase_create("money");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, five_cents_an_hour_need_no_first_attempts, 0,
                        SPEND_N);
    tcase_add_test(tc, a_tenth_of_first_attempts_may_go_into_retries);
    tcase_add_test(tc, a_twentieth_may_go_into_hedges);
    tcase_add_test(tc, both_together_may_cost_a_tenth);
    tcase_add_test(tc, what_cost_less_than_was_reserved_is_given_back);
    tcase_add_test(tc, what_cost_more_counts_against_those_that_follow);
    tcase_add_test(tc, a_settlement_counts_from_the_reservation);
    tcase_add_test(tc, a_settlement_after_an_hour_changes_nothing);
    tcase_add_test(tc, sums_do_not_overflow);
    tcase_add_loop_test(tc, it_allows_what_the_list_allows, 0, 10);
    suite_add_tcase(suite, tc);
    return suite_main(suite);
}
