/*
 * Times in headers: the grammar of when.h and the dates of date.h.
 */
#include "core/when.h"

#include "base/mem.h"
#include "core/date.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    S = WHEN_UNIT_S,
    MS = WHEN_UNIT_MS
};

/* F31, F33 */
static const struct row {
    const char *text;
    int unit;
    enum when_kind kind;
    int64_t ms;
} ROWS[] = {
    {"0", S, WHEN_SPAN, 0},
    {"7", S, WHEN_SPAN, 7000},
    {" 7\t", S, WHEN_SPAN, 7000},
    {"1.5", S, WHEN_SPAN, 1500},
    {".25", S, WHEN_SPAN, 250},
    {"3.", S, WHEN_SPAN, 3000},
    {"0.0001", S, WHEN_SPAN, 1},
    {"1e-9", S, WHEN_SPAN, 1},
    {"1e-2000", S, WHEN_SPAN, 1},
    {"0e99999999999999", S, WHEN_SPAN, 0},
    {"2E1", S, WHEN_SPAN, 20000},
    {"2e+1", S, WHEN_SPAN, 20000},
    {"34.4s", S, WHEN_SPAN, 34400},
    {"250", MS, WHEN_SPAN, 250},
    {"250.2", MS, WHEN_SPAN, 251},
    {"1700000000", MS, WHEN_SPAN, 1700000000},
    {"6m0s", S, WHEN_SPAN, 360000},
    {"20ms", S, WHEN_SPAN, 20},
    {"20ms", MS, WHEN_SPAN, 20},
    {"1h2m3.5s", S, WHEN_SPAN, 3723500},
    {"20m52.666s", S, WHEN_SPAN, 1252666},
    {"10.33s", S, WHEN_SPAN, 10330},
    {"1us", S, WHEN_SPAN, 1},
    {"1500\xc2\xb5s", S, WHEN_SPAN, 2},
    {"1500\xce\xbcs", S, WHEN_SPAN, 2},
    {"999999ns", S, WHEN_SPAN, 1},
    {"0s", S, WHEN_SPAN, 0},
    {"1700000000", S, WHEN_DATE, INT64_C(1700000000000)},
    {"1700000000.5", S, WHEN_DATE, INT64_C(1700000000500)},
    {"1700000000123", S, WHEN_DATE, INT64_C(1700000000123)},
    {"2026-04-05T14:28:55Z", S, WHEN_DATE, INT64_C(1775399335000)},
    {"2026-04-05t14:28:55.0001z", S, WHEN_DATE, INT64_C(1775399335001)},
    {"2026-04-05 16:28:55.25+02:00", S, WHEN_DATE, INT64_C(1775399335250)},
    {"2026-04-05T09:58:55-04:30", S, WHEN_DATE, INT64_C(1775399335000)},
    {"Sun, 06 Nov 1994 08:49:37 GMT", S, WHEN_DATE, INT64_C(784111777000)},
    {"Sunday, 06-Nov-94 08:49:37 GMT", S, WHEN_DATE, INT64_C(784111777000)},
    {"Sun Nov  6 08:49:37 1994", S, WHEN_DATE, INT64_C(784111777000)},
    {"Wed Nov 16 08:49:37 1994", S, WHEN_DATE, INT64_C(784975777000)},
    {"Thu, 29 Feb 2024 00:00:00 GMT", MS, WHEN_DATE, INT64_C(1709164800000)},
    {"Friday, 01-Jan-27 00:00:00 GMT", S, WHEN_DATE, INT64_C(1798761600000)},
    {"Thu, 01 Jan 1600 00:00:00 GMT", S, WHEN_DATE, 0},
    {"0000-01-01T00:00:00Z", S, WHEN_DATE, 0},

    {"1e999", S, WHEN_TOO_LONG, 0},
    {"1e999", MS, WHEN_TOO_LONG, 0},
    {"1e99999999999999999999", S, WHEN_TOO_LONG, 0},
    {"inf", S, WHEN_TOO_LONG, 0},
    {"Infinity", S, WHEN_TOO_LONG, 0},
    {"99999999999999999999", S, WHEN_TOO_LONG, 0},
    {"99999999999999999999h", S, WHEN_TOO_LONG, 0},
    {"1000000000000000", S, WHEN_TOO_LONG, 0},
    {"9000000000000000000ms9000000000000000000ms", S, WHEN_TOO_LONG, 0},

    {"", S, WHEN_NONE, 0},
    {" \t ", S, WHEN_NONE, 0},
    {"-1", S, WHEN_NONE, 0},
    {"-1s", S, WHEN_NONE, 0},
    {"+1", S, WHEN_NONE, 0},
    {"nan", S, WHEN_NONE, 0},
    {"-inf", S, WHEN_NONE, 0},
    {"soon", S, WHEN_NONE, 0},
    {".", S, WHEN_NONE, 0},
    {"e5", S, WHEN_NONE, 0},
    {"1e", S, WHEN_NONE, 0},
    {"1e+", S, WHEN_NONE, 0},
    {"0x10", S, WHEN_NONE, 0},
    {"1,5", S, WHEN_NONE, 0},
    {"1 2", S, WHEN_NONE, 0},
    {"5 s", S, WHEN_NONE, 0},
    {"5d", S, WHEN_NONE, 0},
    {"5m3", S, WHEN_NONE, 0},
    {"m", S, WHEN_NONE, 0},
    {"[", S, WHEN_NONE, 0},
    {"2026-13-05T14:28:55Z", S, WHEN_NONE, 0},
    {"2026-02-29T14:28:55Z", S, WHEN_NONE, 0},
    {"1900-02-29T14:28:55Z", S, WHEN_NONE, 0},
    {"2026-04-31T14:28:55Z", S, WHEN_NONE, 0},
    {"2026-04-00T14:28:55Z", S, WHEN_NONE, 0},
    {"2026-04-05T24:28:55Z", S, WHEN_NONE, 0},
    {"2026-04-05T14:60:55Z", S, WHEN_NONE, 0},
    {"2026-04-05T14:28:61Z", S, WHEN_NONE, 0},
    {"2026-04-05T14:28:55", S, WHEN_NONE, 0},
    {"2026-04-05T14:28:55.Z", S, WHEN_NONE, 0},
    {"2026-04-05T14:28:55+24:00", S, WHEN_NONE, 0},
    {"2026-04-05T14:28:55Zx", S, WHEN_NONE, 0},
    {"2026-04-05", S, WHEN_NONE, 0},
    {"Sun, 06 Nov 1994 08:49:37", S, WHEN_NONE, 0},
    {"Sun, 06 Nov 1994 08:49:37 GMTx", S, WHEN_NONE, 0},
    {"Sun, 6 Nov 1994 08:49:37 GMT", S, WHEN_NONE, 0},
    {"Sun, 06 Nuv 1994 08:49:37 GMT", S, WHEN_NONE, 0},
    {"Day, 06 Nov 1994 08:49:37 GMT", S, WHEN_NONE, 0},
    {"Sun, 06 Nov 1994 25:49:37 GMT", S, WHEN_NONE, 0},
    {"Sunday, 06-Nov-1994 08:49:37 GMT", S, WHEN_NONE, 0},
    {"Sun Nov 6 08:49:37 1994", S, WHEN_NONE, 0},
};

/* From an exact allocation, so that the sanitizer sees an overread. */
static struct when
parse(const char *text, size_t len, int unit)
{
    char *copy = malloc(len ? len : 1);
    struct when when;

    memcpy(copy, text, len);
    when = when_parse(copy, len, (enum when_unit)unit);
    free(copy);
    return when;
}

START_TEST(each_form_is_read)
{
    const struct row *row = &ROWS[_i];
    struct when got = parse(row->text, strlen(row->text), row->unit);

    ck_assert_msg(got.kind == row->kind, "'%s' is of kind %d", row->text,
                  (int)got.kind);
    ck_assert_msg(got.ms == row->ms, "'%s' is %lld ms", row->text,
                  (long long)got.ms);
}

END_TEST

START_TEST(no_beginning_of_a_form_is_read_past_its_end)
{
    const struct row *row = &ROWS[_i];

    for (size_t len = 0; len <= strlen(row->text); len++)
        ck_assert_int_ge(parse(row->text, len, row->unit).ms, 0);
}

END_TEST

START_TEST(ten_megabytes_of_digits_are_too_long)
{
    size_t len = (size_t)10 * 1024 * 1024;
    char *text = malloc(len);

    memset(text, '9', len);
    ck_assert_int_eq(parse(text, len, S).kind, WHEN_TOO_LONG);
    memset(text, '0', len);
    ck_assert_int_eq(parse(text, len, S).kind, WHEN_TOO_LONG);
    memset(text, 'x', len);
    ck_assert_int_eq(parse(text, len, S).kind, WHEN_NONE);
    memset(text, ' ', len);
    ck_assert_int_eq(parse(text, len, S).kind, WHEN_NONE);
    text[len / 2] = '5';
    ck_assert_int_eq(parse(text, len, S).ms, 5000);
    free(text);
}

END_TEST

START_TEST(waits_are_cut_to_a_day_and_never_negative)
{
    const int64_t day = WHEN_MAX_WAIT_MS;

    ck_assert_int_eq(when_wait_ms((struct when){WHEN_NONE, 0}, 0), -1);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_SPAN, 5}, 0), 5);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_SPAN, day + 1}, 0), day);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_DATE, 5}, 2), 3);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_DATE, 5}, 9), 0);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_DATE, INT64_MAX}, -9),
                     day);
    ck_assert_int_eq(when_wait_ms((struct when){WHEN_TOO_LONG, 0}, 0), day);
}

END_TEST

START_TEST(every_day_of_four_centuries_follows_the_one_before)
{
    static const int LENGTHS[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int64_t want = -INT64_C(11676096000000); /* 1600-01-01 */

    for (int year = 1600; year < 2000; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 0; month < 12; month++) {
            int days = LENGTHS[month] + (month == 1 && leap);

            for (int day = 1; day <= days; day++, want += 86400000) {
                char text[48];
                int64_t got = 0;
                int len =
                    snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z",
                             year, month + 1, day);

                if (!date_parse(text, (size_t)len, &got) || got != want)
                    ck_abort_msg("%s is %lld", text, (long long)got);
            }
        }
    }
    ck_assert_int_eq(want, INT64_C(946684800000));
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("when");
    TCase *tc = tcase_create("grammar");

    tcase_add_loop_test(tc, each_form_is_read, 0, array_count(ROWS));
    tcase_add_loop_test(tc, no_beginning_of_a_form_is_read_past_its_end, 0,
                        array_count(ROWS));
    tcase_add_test(tc, ten_megabytes_of_digits_are_too_long);
    tcase_add_test(tc, waits_are_cut_to_a_day_and_never_negative);
    tcase_add_test(tc, every_day_of_four_centuries_follows_the_one_before);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
