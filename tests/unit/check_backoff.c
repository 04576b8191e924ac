#include "core/backoff.h"

#include "base/mem.h"
#include "support/suite.h"

static struct rng rng;

static void
setup(void)
{
    rng_init(&rng, 7);
}

/* The least and greatest of many draws. */
struct range {
    int64_t low, high;
};

typedef int64_t draw_fn(int64_t base_ms, int64_t max_ms, unsigned k,
                        struct rng *r);

static struct range
range_of(draw_fn *draw, int64_t base_ms, int64_t max_ms, unsigned k)
{
    struct range range = {INT64_MAX, INT64_MIN};

    for (int i = 0; i < 20000; i++) {
        int64_t drawn = draw(base_ms, max_ms, k, &rng);

        range.low = drawn < range.low ? drawn : range.low;
        range.high = drawn > range.high ? drawn : range.high;
    }
    return range;
}

static const struct row {
    int64_t base_ms, max_ms;
    unsigned k;
    int64_t top_ms;
} ROWS[] = {
    {250, 8000, 0, 250},   {250, 8000, 1, 500},     {250, 8000, 5, 8000},
    {250, 8000, 6, 8000},  {250, 8000, 4000, 8000}, {5000, 300000, 6, 300000},
    {9000, 8000, 0, 8000}, {1, INT64_MAX, 9, 512},  {0, 8000, 5, 0},
    {-5, 8000, 5, 0},
};

START_TEST(full_jitter_is_between_nothing_and_the_ceiling)
{
    const struct row *row = &ROWS[_i];
    struct range got =
        range_of(backoff_full, row->base_ms, row->max_ms, row->k);

    ck_assert_int_ge(got.low, 0);
    ck_assert_int_le(got.low, row->top_ms / 100 + 1);
    ck_assert_int_le(got.high, row->top_ms);
    ck_assert_int_ge(got.high, row->top_ms - row->top_ms / 100);
}

END_TEST

START_TEST(equal_jitter_is_in_the_upper_half)
{
    const struct row *row = &ROWS[_i];
    struct range got =
        range_of(backoff_equal, row->base_ms, row->max_ms, row->k);

    ck_assert_int_ge(got.low, row->top_ms - row->top_ms / 2);
    ck_assert_int_le(got.low, row->top_ms / 2 + row->top_ms / 100 + 1);
    ck_assert_int_le(got.high, row->top_ms);
    ck_assert_int_ge(got.high, row->top_ms - row->top_ms / 100);
}

END_TEST

START_TEST(the_largest_ceiling_does_not_overflow)
{
    for (unsigned k = 0; k < 200; k++) {
        ck_assert_int_ge(backoff_full(1, INT64_MAX, k, &rng), 0);
        ck_assert_int_gt(backoff_equal(INT64_MAX, INT64_MAX, k, &rng), 0);
    }
}

END_TEST

static const struct told {
    int64_t told_ms, remaining_ms;
    int64_t low_ms, high_ms; /* Or BACKOFF_REFUSED twice. */
} TOLD[] = {
    {1000, 60000, 1000, 1100},
    {60000, 600000, 60000, 61000},
    {120000, 600000, 120000, 121000},
    {120001, 600000, -1, -1},
    {INT64_MAX, INT64_MAX, -1, -1},
    {7000, 6999, -1, -1},
    {7000, 7000, -1, -1},
    {7000, 7001, 7000, 7001},
    {0, 100, 0, 0},
    {-5, 100, 0, 0},
    {INT64_MIN, 100, 0, 0},
    {0, 0, -1, -1},
    {0, -1, -1, -1},
};

START_TEST(a_told_wait_is_never_cut_short)
{
    const struct told *t = &TOLD[_i];

    for (int i = 0; i < 2000; i++) {
        int64_t wait = backoff_server(t->told_ms, t->remaining_ms, &rng);

        ck_assert_int_ge(wait, t->low_ms);
        ck_assert_int_le(wait, t->high_ms);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("backoff");
    TCase *tc = tcase_create("ranges");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, full_jitter_is_between_nothing_and_the_ceiling, 0,
                        array_count(ROWS));
    tcase_add_loop_test(tc, equal_jitter_is_in_the_upper_half, 0,
                        array_count(ROWS));
    tcase_add_test(tc, the_largest_ceiling_does_not_overflow);
    tcase_add_loop_test(tc, a_told_wait_is_never_cut_short, 0,
                        array_count(TOLD));
    suite_add_tcase(s, tc);
    return suite_main(s);
}
