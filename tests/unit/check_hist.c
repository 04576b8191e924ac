#include "core/hist.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/suite.h"

#include <math.h>

static struct hist h;
static struct hist_windows windows;

static void
setup(void)
{
    hist_init(&h);
    hist_windows_init(&windows);
}

START_TEST(an_empty_histogram_is_all_zeros)
{
    ck_assert_int_eq(hist_quantile_us(&h, 0.5), 0);
    ck_assert_int_eq(hist_mean_us(&h), 0);
    ck_assert_int_eq(h.max_us, 0);
}

END_TEST

START_TEST(any_value_from_10_us_to_an_hour_is_told_within_two_percent)
{
    double worst = 0;

    for (double v = 10; v < 3600e6; v *= 1.0007) {
        int64_t value = (int64_t)v;
        double error;

        /* Neighbours on both sides, so that the ends do not help. */
        hist_init(&h);
        hist_record(&h, 0);
        hist_record(&h, value);
        hist_record(&h, INT64_MAX);
        error = fabs((double)hist_quantile_us(&h, 0.5) - (double)value)
                / (double)value;
        worst = error > worst ? error : worst;
    }
    ck_assert_double_le(worst, 0.02);
}

END_TEST

START_TEST(quantiles_of_a_thousand_values_are_right)
{
    for (int64_t i = 1; i <= 1000; i++)
        hist_record(&h, i * 1000);
    ck_assert_int_eq(hist_quantile_us(&h, 0), 1000);
    ck_assert_int_eq(hist_quantile_us(&h, 1), 1000000);
    ck_assert_double_eq_tol((double)hist_quantile_us(&h, 0.5), 500e3, 10e3);
    ck_assert_double_eq_tol((double)hist_quantile_us(&h, 0.9), 900e3, 18e3);
    ck_assert_double_eq_tol((double)hist_quantile_us(&h, 0.99), 990e3, 20e3);
    ck_assert_int_eq(hist_mean_us(&h), 500500);
    ck_assert_int_eq(h.min_us, 1000);
    ck_assert_int_eq(h.max_us, 1000000);
}

END_TEST

START_TEST(a_quantile_never_leaves_what_was_seen)
{
    hist_record(&h, 4);
    hist_record(&h, 1 << 20); /* The lowest value of its bucket ... */
    ck_assert_int_eq(hist_quantile_us(&h, 0.9), 1 << 20);
    hist_init(&h);
    hist_record(&h, (1 << 20) + (1 << 15) - 1); /* ... and the highest. */
    ck_assert_int_eq(hist_quantile_us(&h, 0.9), (1 << 20) + (1 << 15) - 1);
    hist_init(&h);
    hist_record(&h, 1000003);
    for (double q = 0; q <= 1; q += 0.125)
        ck_assert_int_eq(hist_quantile_us(&h, q), 1000003);
    ck_assert_int_eq(hist_quantile_us(&h, (double)NAN), 1000003);
    ck_assert_int_eq(hist_quantile_us(&h, -3), 1000003);
    ck_assert_int_eq(hist_quantile_us(&h, 3), 1000003);
}

END_TEST

START_TEST(values_off_the_scale_are_kept)
{
    hist_record(&h, -1);
    hist_record(&h, INT64_MAX);
    hist_record(&h, INT64_MAX);
    ck_assert_uint_eq(h.count, 3);
    ck_assert_int_eq(h.min_us, 0);
    ck_assert_int_eq(h.max_us, INT64_MAX);
    ck_assert_int_eq(h.sum_us, INT64_MAX);
}

END_TEST

START_TEST(quantiles_rise)
{
    struct rng rng;
    int64_t before = 0;

    rng_init(&rng, 3);
    for (int i = 0; i < 5000; i++)
        hist_record(&h, rng_upto(&rng, INT64_C(1) << rng_upto(&rng, 34)));
    for (int i = 0; i <= 1000; i++) {
        int64_t now = hist_quantile_us(&h, i / 1000.0);

        ck_assert_int_ge(now, before);
        before = now;
    }
}

END_TEST

START_TEST(merging_is_recording_into_one)
{
    struct hist one, all;
    struct rng rng;

    rng_init(&rng, 9);
    hist_init(&one);
    hist_init(&all);
    hist_merge(&h, &one); /* Nothing. */
    ck_assert_uint_eq(h.count, 0);
    for (int i = 0; i < 3000; i++) {
        int64_t value = rng_upto(&rng, 100000000);

        hist_record(i % 3 ? &h : &one, value);
        hist_record(&all, value);
    }
    hist_merge(&h, &one);
    ck_assert_mem_eq(&h, &all, sizeof(h));
}

END_TEST

START_TEST(full_buckets_stop_counting)
{
    struct hist other;

    hist_init(&other);
    hist_record(&h, 5);
    hist_record(&other, 5);
    h.buckets[5] = UINT32_MAX - 1;
    hist_record(&h, 5);
    hist_record(&h, 5);
    hist_merge(&h, &other);
    ck_assert_uint_eq(h.buckets[5], UINT32_MAX);
    h.count = UINT64_C(1) << 40;
    ck_assert_int_eq(hist_quantile_us(&h, 0.5), 5);
}

END_TEST

START_TEST(the_bars_hold_every_value)
{
    static const int64_t MS[] = {1, 99, 150, 300, 5000, 50000, 100000, 900000};
    struct hist_bar bars[HIST_BARS];
    uint64_t sum = 0;

    for (unsigned i = 0; i < array_count(MS); i++)
        hist_record(&h, MS[i] * 1000);
    hist_bars(&h, bars);
    for (int i = 0; i < HIST_BARS; i++)
        sum += bars[i].n;
    ck_assert_uint_eq(sum, array_count(MS));
    ck_assert_int_eq(bars[0].le_ms, 100);
    ck_assert_uint_eq(bars[0].n, 2);
    ck_assert_int_eq(bars[1].le_ms, 200);
    ck_assert_uint_eq(bars[1].n, 1);
    ck_assert_int_eq(bars[10].le_ms, 102400);
    ck_assert_uint_eq(bars[10].n, 1);
    ck_assert_int_eq(bars[11].le_ms, 3600000);
    ck_assert_uint_eq(bars[11].n, 1);
}

END_TEST

static uint64_t
count_in(enum span span, int64_t now_ms)
{
    struct hist sum;

    hist_windows_read(&windows, span, now_ms, &sum);
    return sum.count;
}

START_TEST(each_window_forgets_in_its_own_time)
{
    const int64_t t = 7200000;

    hist_windows_record(&windows, 1000, t);
    for (int i = 0; i < SPAN_COUNT; i++) {
        enum span span = (enum span)i;

        ck_assert_uint_eq(count_in(span, t), 1);
        ck_assert_uint_eq(count_in(span, t + span_ms(span) * 5 / 6 - 1), 1);
        ck_assert_uint_eq(count_in(span, t + span_ms(span)), 0);
    }
}

END_TEST

START_TEST(windows_agree_with_a_list_of_all_values)
{
    enum {
        VALUES = 3000
    };

    static int64_t at[VALUES];
    struct rng rng;
    int64_t now_ms = 0;

    rng_init(&rng, (uint64_t)_i);
    for (int n = 0; n < VALUES; n++) {
        enum span span = (enum span)rng_upto(&rng, SPAN_COUNT - 1);
        int64_t oldest;
        uint64_t want = 0;

        now_ms += rng_upto(&rng, n % 500 == 0 ? 400000 : 3000);
        at[n] = now_ms;
        hist_windows_record(&windows, n, now_ms);
        if (n % 10 != 0)
            continue;
        oldest = now_ms * 6 / span_ms(span) - 5;
        for (int i = n; i >= 0 && at[i] * 6 / span_ms(span) >= oldest; i--)
            want++;
        ck_assert_uint_eq(count_in(span, now_ms), want);
    }
}

END_TEST

START_TEST(spans_are_found_by_their_seconds)
{
    enum span span = SPAN_COUNT;

    ck_assert(span_from_s(300, &span));
    ck_assert_int_eq(span, SPAN_5M);
    ck_assert(!span_from_s(61, &span));
    ck_assert(!span_from_s(INT64_MAX, &span));
    ck_assert_int_eq(span, SPAN_5M);
    for (int64_t t = 0; t < 100000; t += 7) {
        int64_t slice = span_slice(SPAN_10S, t);

        ck_assert_int_le(span_slice_start_ms(SPAN_10S, slice), t);
        ck_assert_int_gt(span_slice_start_ms(SPAN_10S, slice + 1), t);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("hist");
    TCase *tc = tcase_create("values");
    TCase *win = tcase_create("windows");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, an_empty_histogram_is_all_zeros);
    tcase_add_test(tc,
                   any_value_from_10_us_to_an_hour_is_told_within_two_percent);
    tcase_add_test(tc, quantiles_of_a_thousand_values_are_right);
    tcase_add_test(tc, a_quantile_never_leaves_what_was_seen);
    tcase_add_test(tc, values_off_the_scale_are_kept);
    tcase_add_test(tc, quantiles_rise);
    tcase_add_test(tc, merging_is_recording_into_one);
    tcase_add_test(tc, full_buckets_stop_counting);
    tcase_add_test(tc, the_bars_hold_every_value);
    suite_add_tcase(s, tc);

    tcase_add_checked_fixture(win, setup, NULL);
    tcase_add_test(win, each_window_forgets_in_its_own_time);
    tcase_add_loop_test(win, windows_agree_with_a_list_of_all_values, 0, 5);
    tcase_add_test(win, spans_are_found_by_their_seconds);
    suite_add_tcase(s, win);
    return suite_main(s);
}
