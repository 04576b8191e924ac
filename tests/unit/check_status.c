#include "proto/status.h"

#include "base/mem.h"
#include "support/suite.h"

#include <string.h>

static const int STATUSES[] = {
#define X(name, value, short_name, text) AIGW_##name,
    AIGW_STATUS_MAP(X)
#undef X
};

/* These travel: other programs compare with the numbers. */
static const struct {
    int status;
    int number;
} ON_THE_WIRE[] = {
    {AIGW_EMALFORMED, -32700}, {AIGW_EREQUEST, -32600},
    {AIGW_ENOMETHOD, -32601},  {AIGW_EPARAMS, -32602},
    {AIGW_EINTERNAL, -32603},  {AIGW_EOVERLOADED, -32001},
    {AIGW_EDRAINING, -32002},  {AIGW_EPERMISSION, -32003},
    {AIGW_ENOTFOUND, -32004},  {AIGW_ECONFLICT, -32005},
};

START_TEST(the_numbers_on_the_wire_are_fixed)
{
    ck_assert_int_eq(ON_THE_WIRE[_i].status, ON_THE_WIRE[_i].number);
}

END_TEST

START_TEST(every_status_has_its_own_name_and_a_text)
{
    for (size_t i = 0; i < array_count(STATUSES); i++) {
        const char *name = aigw_status_name(STATUSES[i]);

        ck_assert_uint_gt(strlen(aigw_status_text(STATUSES[i])), 0);
        ck_assert_str_ne(name, "unknown");
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(name, aigw_status_name(STATUSES[j]));
    }
}

END_TEST

START_TEST(a_foreign_status_has_a_name_all_the_same)
{
    ck_assert_str_eq(aigw_status_name(-12345), "unknown");
    ck_assert_str_eq(aigw_status_text(12345), "unknown error");
}

END_TEST

START_TEST(an_error_keeps_status_and_text)
{
    struct aigw_err err;

    ck_assert_int_eq(aigw_err_set(&err, AIGW_EIO, "%s:%d", "file", 3),
                     AIGW_EIO);
    ck_assert_int_eq(err.status, AIGW_EIO);
    ck_assert_str_eq(err.text, "file:3");
    ck_assert_int_eq(aigw_err_set(NULL, AIGW_EIO, "nobody"), AIGW_EIO);
}

END_TEST

START_TEST(a_long_text_is_cut)
{
    struct aigw_err err;

    (void)aigw_err_set(&err, AIGW_EIO, "%0500d", 0);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}

END_TEST

static Suite *
status_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tcase = tcase_create("status");

    tcase_add_loop_test(tcase, the_numbers_on_the_wire_are_fixed, 0,
                        array_count(ON_THE_WIRE));
    tcase_add_test(tcase, every_status_has_its_own_name_and_a_text);
    tcase_add_test(tcase, a_foreign_status_has_a_name_all_the_same);
    tcase_add_test(tcase, an_error_keeps_status_and_text);
    tcase_add_test(tcase, a_long_text_is_cut);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(status_suite());
}
