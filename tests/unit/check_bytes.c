#include "proto/bytes.h"
#include "proto/status.h"

#include "base/rng.h"
#include "support/suite.h"

#include <string.h>

static struct bytes b;

static void
setup(void)
{
    bytes_init(&b, 1000);
}

static void
teardown(void)
{
    bytes_deinit(&b);
}

static void
expect(const char *content)
{
    ck_assert_uint_eq(b.size, strlen(content));
    ck_assert_str_eq(bytes_cstr(&b), content);
}

START_TEST(nothing_is_allocated_at_first)
{
    ck_assert_ptr_null(b.block);
    ck_assert_int_eq(bytes_append(&b, NULL, 0), 0);
    ck_assert_ptr_null(b.block);
}

END_TEST

START_TEST(what_is_appended_comes_out_in_order)
{
    ck_assert_int_eq(bytes_append_str(&b, "one "), 0);
    ck_assert_int_eq(bytes_append(&b, "two three", 4), 0);
    ck_assert_int_eq(bytes_printf(&b, "%d", 3), 0);
    expect("one two 3");
    bytes_consume(&b, 4);
    expect("two 3");
    bytes_truncate(&b, 3);
    expect("two");
    bytes_clear(&b);
    expect("");
}

END_TEST

START_TEST(the_maximum_can_be_reached_but_not_passed)
{
    char text[1002] = {0};

    memset(text, 'x', 1001);
    ck_assert_int_eq(bytes_append(&b, text, 1001), AIGW_ETOOBIG);
    ck_assert_uint_eq(b.size, 0);
    ck_assert_int_eq(bytes_append(&b, text, 1000), 0);
    ck_assert_int_eq(bytes_append(&b, text, 1), AIGW_ETOOBIG);
    ck_assert_int_eq(bytes_append(&b, text, (size_t)-1), AIGW_ETOOBIG);
    ck_assert_int_eq(bytes_printf(&b, "y"), AIGW_ETOOBIG);
    ck_assert_ptr_null(bytes_reserve(&b, 1));
    ck_assert_uint_eq(b.size, 1000);
    ck_assert_uint_eq(strlen(bytes_cstr(&b)), 1000);
    bytes_consume(&b, 1);
    ck_assert_int_eq(bytes_append(&b, "y", 1), 0);
    ck_assert_int_eq(bytes_append(&b, "y", 1), AIGW_ETOOBIG);
}

END_TEST

START_TEST(a_reservation_counts_once_committed)
{
    char *place = bytes_reserve(&b, 10);

    ck_assert_ptr_nonnull(place);
    memcpy(place, "0123456789", 10);
    ck_assert_uint_eq(b.size, 0);
    bytes_commit(&b, 4);
    expect("0123");
}

END_TEST

START_TEST(taking_hands_over_the_content)
{
    size_t size;
    char *taken;

    ck_assert_int_eq(bytes_append_str(&b, "hello world"), 0);
    bytes_consume(&b, 6);
    taken = bytes_take(&b, &size);
    ck_assert_str_eq(taken, "world");
    ck_assert_uint_eq(size, 5);
    ck_assert_uint_eq(b.size, 0);
    ck_assert_uint_eq(b.max, 1000);
    free(taken);
    taken = bytes_take(&b, NULL);
    ck_assert_str_eq(taken, "");
    free(taken);
}

END_TEST

/* The content stays a little short of a power of two while single bytes go
 * through: moving it at each step would take minutes. */
START_TEST(a_buffer_that_was_large_gives_its_memory_back)
{
    bytes_init(&b, 100000);
    ck_assert_ptr_nonnull(bytes_reserve(&b, 50000));
    bytes_commit(&b, 50000);
    bytes_trim(&b, 1000);
    ck_assert_uint_eq(b.size, 50000);
    bytes_consume(&b, 50000);
    bytes_trim(&b, 100000);
    ck_assert_uint_ge(b.capacity, 50000);
    bytes_trim(&b, 1000);
    ck_assert_uint_eq(b.capacity, 0);
    ck_assert_int_eq(bytes_append_str(&b, "on"), 0);
}

END_TEST

START_TEST(small_steps_through_a_full_block_are_cheap)
{
    enum {
        SIZE = (1 << 20) - 2
    };

    char *content = calloc(1, SIZE);
    struct bytes big;
    size_t moves = 0;

    ck_assert_ptr_nonnull(content);
    bytes_init(&big, 1 << 20);
    ck_assert_int_eq(bytes_append(&big, content, SIZE), 0);
    for (int i = 0; i < 3000000; i++) {
        const char *after;

        bytes_consume(&big, 1);
        after = big.data;
        if (bytes_append(&big, "x", 1))
            ck_abort_msg("step %d", i);
        moves += big.data != after;
    }
    ck_assert_uint_le(moves, 8);
    ck_assert_uint_le(big.capacity, 4 << 20);
    bytes_deinit(&big);
    free(content);
}

END_TEST

/* Against a plain array that is moved every time. */
START_TEST(any_sequence_of_calls_keeps_the_content)
{
    char model[1000];
    size_t size = 0;
    struct rng r;

    rng_init(&r, (uint64_t)_i);
    for (int step = 0; step < 500; step++) {
        size_t n = (size_t)rng_upto(&r, rng_upto(&r, 300));
        char piece[301];

        memset(piece, (char)rng_next(&r), sizeof(piece));
        if (rng_upto(&r, 1) == 0) {
            int status = bytes_append(&b, piece, n);

            ck_assert_int_eq(status, n > 1000 - size ? AIGW_ETOOBIG : 0);
            if (status == 0) {
                memcpy(model + size, piece, n);
                size += n;
            }
        } else {
            n = n < size ? n : size;
            bytes_consume(&b, n);
            memmove(model, model + n, size - n);
            size -= n;
        }
        ck_assert_uint_eq(b.size, size);
        if (size > 0)
            ck_assert_mem_eq(b.data, model, size);
    }
}

END_TEST

static Suite *
bytes_suite(void)
{
    Suite *suite = suite_create("bytes");
    TCase *tcase = tcase_create("bytes");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nothing_is_allocated_at_first);
    tcase_add_test(tcase, what_is_appended_comes_out_in_order);
    tcase_add_test(tcase, the_maximum_can_be_reached_but_not_passed);
    tcase_add_test(tcase, a_reservation_counts_once_committed);
    tcase_add_test(tcase, taking_hands_over_the_content);
    tcase_add_test(tcase, a_buffer_that_was_large_gives_its_memory_back);
    tcase_add_test(tcase, small_steps_through_a_full_block_are_cheap);
    tcase_add_loop_test(tcase, any_sequence_of_calls_keeps_the_content, 0, 20);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(bytes_suite());
}
