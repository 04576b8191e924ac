#include "proto/nearest.h"

#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

static const char *const NAMES[] = {
    "temperature", "max_tokens", "route", "routes", "ls", "rm", "deadline_ms"};

static const struct {
    const char *name;
    const char *meant;
} ROWS[] = {
    {"temperature", "temperature"},
    {"Temperature", "temperature"},
    {"temprature", "temperature"},
    {"tempereature", "temperature"},
    {"tempersture", "temperature"},
    {"tempertaure", "temperature"},
    {"tmprtre", NULL},
    {"tempratuer", "temperature"},
    {"maxtoken", "max_tokens"},
    {"MAX-TOKENS", "max_tokens"},
    {"rout", "route"},
    {"rotue", "route"},
    {"routess", "routes"},
    {"sl", "ls"},
    {"l", NULL},
    {"xy", NULL},
    {"", NULL},
    {"deadline", "deadline_ms"},
    {"deadlinems", "deadline_ms"},
    {"colour", NULL},
};

START_TEST(a_slip_of_the_hand_is_recognised)
{
    const char *got = nearest_name(ROWS[_i].name, NAMES, array_count(NAMES));

    if (ROWS[_i].meant)
        ck_assert_pstr_eq(got, ROWS[_i].meant);
    else
        ck_assert_msg(!got, "%s: %s", ROWS[_i].name, got);
}

END_TEST

START_TEST(there_may_be_no_names)
{
    ck_assert_ptr_null(nearest_name("route", NAMES, 0));
}

END_TEST

START_TEST(names_beyond_all_sense_are_passed_over)
{
    char name[67], other[66];
    const char *names[] = {other, "route"};

    memset(name, 'x', sizeof(name));
    memset(other, 'x', sizeof(other));
    name[66] = '\0';
    other[65] = '\0';
    ck_assert_ptr_null(nearest_name(name, names, 2));
    name[64] = '\0';
    ck_assert_ptr_null(nearest_name(name, names, 2));
    other[64] = '\0';
    ck_assert_ptr_eq(nearest_name(name, names, 2), other);
}

END_TEST

static Suite *
nearest_suite(void)
{
    Suite *suite = suite_create("nearest");
    TCase *tcase = tcase_create("nearest");

    tcase_add_loop_test(tcase, a_slip_of_the_hand_is_recognised, 0,
                        array_count(ROWS));
    tcase_add_test(tcase, there_may_be_no_names);
    tcase_add_test(tcase, names_beyond_all_sense_are_passed_over);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(nearest_suite());
}
