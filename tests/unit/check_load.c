#include "app/load.h"

#include "base/mem.h"
#include "support/suite.h"

enum {
    MIB = 1024 * 1024
};

static struct load load;

static void
setup(void)
{
    load = (struct load){0};
}

/* A holder that keeps what it is given. */
static void
fill(size_t bytes)
{
    size_t held = 0;

    load_hold(&load, &held, bytes);
    ck_assert_uint_eq(held, bytes);
}

START_TEST(every_holder_counts_with_what_it_holds_now)
{
    size_t a = 0, b = 0;

    load_hold(&load, &a, 100);
    load_hold(&load, &b, 10);
    load_hold(&load, &a, 30);
    ck_assert_uint_eq(load.held_bytes, 40);
    load_hold(&load, &b, 0);
    load_hold(&load, &a, 0);
    ck_assert_uint_eq(load.held_bytes, 0);
}

END_TEST

struct admission {
    size_t held;
    size_t wanted;
    bool admitted;
    bool full;
};

static const struct admission ADMISSIONS[] = {
    {0, 1, true, false},
    {0, (size_t)200 * MIB, true, false},
    {0, (size_t)210 * MIB, false, false},
    {(size_t)190 * MIB, (size_t)10 * MIB, true, false},
    {(size_t)190 * MIB, (size_t)20 * MIB, false, false},
    {(size_t)220 * MIB, MIB, false, false},
    {(size_t)220 * MIB, LOAD_SMALL_BYTES, true, false},
    {LOAD_MAX_BYTES - 1, LOAD_SMALL_BYTES, false, false},
    {LOAD_MAX_BYTES, 1, false, true},
    {(size_t)2 * LOAD_MAX_BYTES, 1, false, true},
};

START_TEST(large_requests_leave_room_for_small_ones)
{
    const struct admission *row = &ADMISSIONS[_i];

    fill(row->held);
    ck_assert_int_eq(load_admits(&load, row->wanted), row->admitted);
    ck_assert_int_eq(load_is_full(&load), row->full);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("load");
    TCase *tc = tcase_create("room");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, every_holder_counts_with_what_it_holds_now);
    tcase_add_loop_test(tc, large_requests_leave_room_for_small_ones, 0,
                        array_count(ADMISSIONS));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
