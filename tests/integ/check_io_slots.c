/*
 * check_io_slots.c - records that outlive the process, in a file.
 */
#include "io/slots.h"
#include "support/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static struct slots *slots;
static struct aigw_err err;

static int n_found;
static char found[8][SLOTS_MAX_BYTES];

static void
set_up(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/check-slots-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/slots", folder);
    ck_assert_int_eq(slots_open(path, &slots, &err), 0);
}

static void
tear_down(void)
{
    slots_close(slots);
    (void)unlink(path);
    (void)rmdir(folder);
}

static int
put(const char *text)
{
    return slots_put(slots, text, strlen(text) + 1);
}

static void
on_record(void *ctx, int slot, const void *data, size_t size)
{
    (void)ctx;
    (void)slot;
    ck_assert_int_lt(n_found, 8);
    memcpy(found[n_found++], data, size);
}

static void
look(void)
{
    n_found = 0;
    slots_each(slots, on_record, NULL);
}

static void
open_again(void)
{
    slots_close(slots);
    ck_assert_int_eq(slots_open(path, &slots, &err), 0);
    look();
}

START_TEST(what_was_not_erased_is_found)
{
    int second;

    ck_assert_int_eq(put("one"), 0);
    second = put("two");
    ck_assert_int_eq(put("three"), 2);
    slots_erase(slots, second);
    open_again();
    ck_assert_int_eq(n_found, 2);
    ck_assert_str_eq(found[0], "one");
    ck_assert_str_eq(found[1], "three");
    ck_assert_int_eq(put("four"), second);
}

END_TEST

START_TEST(a_killed_process_has_lost_nothing)
{
    pid_t child;

    slots_close(slots);
    child = fork();
    if (child == 0) {
        (void)slots_open(path, &slots, &err);
        (void)put("written");
        (void)raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(slots_open(path, &slots, &err), 0);
    look();
    ck_assert_int_eq(n_found, 1);
    ck_assert_str_eq(found[0], "written");
}

END_TEST

START_TEST(a_file_without_records_goes_away)
{
    slots_erase(slots, put("one"));
    slots_close(slots);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(slots_open(path, &slots, &err), 0);
}

END_TEST

START_TEST(the_largest_record_fits_and_no_larger_one)
{
    char data[SLOTS_MAX_BYTES + 1];

    memset(data, 'x', sizeof(data));
    ck_assert_int_eq(slots_put(slots, data, sizeof(data)), AIGW_ETOOBIG);
    ck_assert_int_eq(slots_put(slots, data, sizeof(data) - 1), 0);
    open_again();
    ck_assert_int_eq(n_found, 1);
    ck_assert_mem_eq(found[0], data, SLOTS_MAX_BYTES);
}

END_TEST

START_TEST(there_is_an_end_to_them)
{
    for (int i = 0; i < SLOTS_MAX; i++)
        ck_assert_int_eq(put("x"), i);
    ck_assert_int_eq(put("x"), AIGW_EOVERLOADED);
    slots_erase(slots, 7);
    ck_assert_int_eq(put("x"), 7);
}

END_TEST

/* Wherever a byte is changed or the file ends, nothing wrong is found. */
START_TEST(damage_is_left_out)
{
    for (off_t at = 0; at < 24; at++) {
        int fd, first = put("one");
        unsigned char byte;

        (void)put("two");
        fd = open(path, O_RDWR | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
        ck_assert_int_eq(close(fd), 0);
        look();
        ck_assert_int_le(n_found, 2);
        ck_assert_str_eq(found[n_found - 1], "two");
        for (int i = 0; i < n_found; i++)
            ck_assert(strcmp(found[i], "one") == 0
                      || strcmp(found[i], "two") == 0);
        slots_erase(slots, 1);
        slots_erase(slots, first);
        ck_assert_int_eq(first, 0);
        (void)put("x");
        slots_erase(slots, 0);
        open_again();
    }
    (void)put("one");
    ck_assert_int_eq(truncate(path, 18), 0);
    look();
    ck_assert_int_eq(n_found, 0);
}

END_TEST

START_TEST(one_process_has_it_at_a_time)
{
    struct slots *other;

    ck_assert_int_eq(slots_open(path, &other, &err), AIGW_EBUSY);
}

END_TEST

START_TEST(a_link_is_not_followed)
{
    struct slots *other;
    char link[112];

    (void)snprintf(link, sizeof(link), "%s.link", path);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(slots_open(link, &other, &err), AIGW_EACCES);
    ck_assert_int_eq(unlink(link), 0);
}

END_TEST

static Suite *
slots_suite(void)
{
    Suite *s = suite_create("slots");
    TCase *tc = tcase_create("slots");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, what_was_not_erased_is_found);
    tcase_add_test(tc, a_killed_process_has_lost_nothing);
    tcase_add_test(tc, a_file_without_records_goes_away);
    tcase_add_test(tc, the_largest_record_fits_and_no_larger_one);
    tcase_add_test(tc, there_is_an_end_to_them);
    tcase_add_test(tc, damage_is_left_out);
    tcase_add_test(tc, one_process_has_it_at_a_time);
    tcase_add_test(tc, a_link_is_not_followed);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(slots_suite());
}
