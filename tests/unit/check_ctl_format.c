/*
 * check_ctl_format.c - figures as people read them, and the numbers they type.
 */
#include "text/format.h"

#include <math.h>

#include "support/suite.h"

#define NONE        ((double)NAN)
#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

static const struct {
    struct text (*format)(double value);
    double value;
    const char *expected;
} figures[] = {
    {format_latency, NONE, "-"},
    {format_latency, 0, "0.0"},
    {format_latency, 2.34, "2.3"},
    {format_latency, 9.94, "9.9"},
    {format_latency, 9.96, "10"},
    {format_latency, 402, "402"},
    {format_latency, 999.4, "999"},
    {format_latency, 999.5, "1.0s"},
    {format_latency, 1100, "1.1s"},
    {format_latency, 9949, "9.9s"},
    {format_latency, 9960, "10s"},
    {format_latency, 22000, "22s"},
    {format_latency, 59499, "59s"},
    {format_latency, 59500, "1m00"},
    {format_latency, 123000, "2m03"},
    {format_latency, 3599400, "59m59"},
    {format_latency, 3900000, "1h05"},
    {format_latency_unit, 402, "402ms"},
    {format_latency_unit, 0.3, "300us"},
    {format_latency_unit, 0.0001, "1us"},
    {format_latency_unit, 1.5, "1.5ms"},
    {format_latency_unit, 1900, "1.9s"},
    {format_latency_unit, NONE, "-"},
    {format_money, 6.8, "6.80"},
    {format_money, 0, "0.00"},
    {format_money, NONE, "-"},
    {format_cost, 182.4, "$182.40"},
    {format_cost, 0.0039, "$0.0039"},
    {format_cost, 0.00012, "$0.00012"},
    {format_cost, 0.0999, "$0.10"},
    {format_cost, 0.25, "$0.25"},
    {format_cost, 0, "$0.00"},
    {format_cost, NONE, "-"},
    {format_price, 2, "2.00"},
    {format_price, 0.075, "0.075"},
    {format_price, 0.0125, "0.0125"},
    {format_price, 0, "0.00"},
    {format_percent, 0.714, "71.4"},
    {format_percent, 0, "0.0"},
    {format_percent, NONE, "-"},
    {format_rate, 0, "0"},
    {format_rate, 0.4, "0.4"},
    {format_rate, 188.3, "188"},
    {format_rate, NONE, "-"},
    {format_count, 1048576, "1048576"},
    {format_count, NONE, "-"},
    {format_short_count, 812, "812"},
    {format_short_count, 1900, "1.9k"},
    {format_short_count, 10000000, "10M"},
    {format_short_count, 500000, "500k"},
    {format_short_count, 2500000000, "2.5G"},
    {format_span, 42, "42s"},
    {format_span, 312, "5m12s"},
    {format_span, 7500, "2h05m"},
    {format_span, 273600, "3d04h"},
    {format_span, -3, "0s"},
    {format_span, NONE, "-"},
    {format_span, 1e300, "11574074d01h"},
    {format_long_span, 312, "5m12s"},
    {format_long_span, 274320, "3d04h12m"},
    {format_long_span, NONE, "-"},
    {format_since, 42, "00:42"},
    {format_since, 3599, "59:59"},
    {format_since, 7500, "2h05"},
    {format_since, 86399, "23h59"},
    {format_since, 212400, "2d11h"},
    {format_since, 1000000, "11d"},
    {format_since, -5, "00:00"},
    {format_since, 1e300, "9999d"},
    {format_since, NONE, "-"},
    {format_latency, 1e300, "277777777h46"},
    {format_clock, 1e300, "-"},
};

START_TEST(a_figure_looks_as_documented)
{
    ck_assert_str_eq(figures[_i].format(figures[_i].value).s,
                     figures[_i].expected);
}

END_TEST

START_TEST(every_latency_is_short_enough_for_its_column)
{
    for (double ms = 0.001; ms < 3.6e8; ms *= 1.01)
        ck_assert_uint_le(strlen(format_latency(ms).s), 6);
}

END_TEST

START_TEST(a_bar_shows_every_share_that_is_not_zero)
{
    ck_assert_str_eq(format_bar(0, 10).s, "");
    ck_assert_str_eq(format_bar(NONE, 10).s, "");
    ck_assert_str_eq(format_bar(0.001, 10).s, "|");
    ck_assert_str_eq(format_bar(0.5, 10).s, "|||||");
    ck_assert_str_eq(format_bar(7, 10).s, "||||||||||");
    ck_assert_uint_eq(strlen(format_bar(1, 1000).s), 40);
}

END_TEST

static const struct {
    const char *text;
    bool good;
    int64_t count;
} counts[] = {
    {"10M", true, 10000000}, {"500k", true, 500000},   {"1.5k", true, 1500},
    {"7", true, 7},          {"2G", true, 2000000000}, {"0", true, 0},
    {"", false, 0},          {"M", false, 0},          {"10MB", false, 0},
    {"-5", false, 0},        {"0x10", false, 0},       {"inf", false, 0},
    {"1e9", false, 0},       {"10 M", false, 0},       {"99999999G", false, 0},
    {"1.2.3", false, 0},
};

START_TEST(a_count_is_read_or_refused)
{
    int64_t count = -1;

    ck_assert_int_eq(format_parse_count(counts[_i].text, &count),
                     counts[_i].good);
    ck_assert_int_eq(count, counts[_i].good ? counts[_i].count : -1);
}

END_TEST

START_TEST(a_ratio_is_read_or_refused)
{
    static const char *const bad[] = {"",    "3",   "3:",    ":1",
                                      "0:0", "a:b", "3:1:2", "-3:1"};
    double share = -1;

    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_msg(!format_parse_ratio(bad[i], &share), "%s", bad[i]);
    ck_assert_double_eq(share, -1);
    ck_assert_int_eq(format_parse_ratio("3:1", &share), true);
    ck_assert_double_eq(share, 0.75);
    ck_assert_int_eq(format_parse_ratio("0:1", &share), true);
    ck_assert_double_eq(share, 0);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_format");
    TCase *figure_case = tcase_create("figures");
    TCase *parse_case = tcase_create("parsing");

    tcase_add_loop_test(figure_case, a_figure_looks_as_documented, 0,
                        ROWS(figures));
    tcase_add_test(figure_case, every_latency_is_short_enough_for_its_column);
    tcase_add_test(figure_case, a_bar_shows_every_share_that_is_not_zero);
    tcase_add_loop_test(parse_case, a_count_is_read_or_refused, 0,
                        ROWS(counts));
    tcase_add_test(parse_case, a_ratio_is_read_or_refused);
    suite_add_tcase(suite, figure_case);
    suite_add_tcase(suite, parse_case);
    return suite_main(suite);
}
