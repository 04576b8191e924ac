#include "core/window.h"

#include "base/rng.h"
#include "support/suite.h"

static struct window w;

static void
setup(void)
{
    window_init(&w, 60000);
}

START_TEST(marks_are_counted_apart)
{
    window_add(&w, 0, 0);
    window_add(&w, WINDOW_FAILED, 0);
    window_add(&w, WINDOW_SLOW, 0);
    window_add(&w, WINDOW_FAILED | WINDOW_SLOW, 0);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 0).total, 4);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 0).failed, 2);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 0).slow, 2);
    window_clear(&w);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 0).total, 0);
}

END_TEST

START_TEST(the_last_ten_seconds_are_two_buckets)
{
    window_add(&w, 0, 4999);
    ck_assert_uint_eq(window_sum(&w, 10000, 9999).total, 1);
    ck_assert_uint_eq(window_sum(&w, 10000, 10000).total, 0);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 59999).total, 1);
    ck_assert_uint_eq(window_sum(&w, INT64_MAX, 60000).total, 0);
}

END_TEST

START_TEST(a_window_agrees_with_a_list_of_all_calls)
{
    enum {
        CALLS = 4000
    };

    static int64_t at[CALLS];
    static unsigned marks[CALLS];
    struct rng rng;
    int64_t now_ms, span_ms;

    rng_init(&rng, (uint64_t)_i);
    span_ms = 12 + rng_upto(&rng, 100000);
    now_ms = rng_upto(&rng, 1000000000);
    window_init(&w, span_ms);
    for (int n = 0; n < CALLS; n++) {
        int64_t width = span_ms / 12, last = 1 + rng_upto(&rng, span_ms * 2);
        int64_t buckets = (last + width - 1) / width;
        struct window_counts got, want = {0};

        now_ms += rng_upto(&rng, n % 100 ? span_ms / 200 : span_ms * 2);
        at[n] = now_ms;
        marks[n] = (unsigned)rng_upto(&rng, 3);
        window_add(&w, marks[n], now_ms);
        if (buckets > 12)
            buckets = 12;
        for (int i = n; i >= 0 && at[i] / width > now_ms / width - buckets;
             i--) {
            want.total++;
            want.failed += (marks[i] & WINDOW_FAILED) != 0;
            want.slow += (marks[i] & WINDOW_SLOW) != 0;
        }
        got = window_sum(&w, last, now_ms);
        ck_assert_uint_eq(got.total, want.total);
        ck_assert_uint_eq(got.failed, want.failed);
        ck_assert_uint_eq(got.slow, want.slow);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("window");
    TCase *tc = tcase_create("counts");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, marks_are_counted_apart);
    tcase_add_test(tc, the_last_ten_seconds_are_two_buckets);
    tcase_add_loop_test(tc, a_window_agrees_with_a_list_of_all_calls, 0, 20);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
