/*
 * check_io_db.c - SQLite on the thread pool, while the disk does its part.
 * What happens when it does not is in check_io_db_faults.c.
 */
#include "base/clock.h"
#include "db_fixture.h"
#include "fault_vfs.h"
#include "support/suite.h"
#include "turns.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    struct db_read read;
    int n_done;
    int status;
    int n_rows;
    bool more;
    int64_t first;
    char text[64];
};

static struct reader *awaited;

static void
on_rows(void *ctx, int status, const struct db_rows *rows)
{
    struct reader *r = ctx;

    r->n_done++;
    r->status = status;
    if (!rows)
        return;
    r->n_rows = db_rows_count(rows);
    r->more = db_rows_more(rows);
    r->first = db_rows_int(rows, 0, 0);
    (void)snprintf(r->text, sizeof(r->text), "%s", db_rows_text(rows, 0, 1));
}

static void
reader_init(struct reader *r, int max_rows, size_t max_bytes)
{
    *r = (struct reader){
        .read = {.done = on_rows,
                 .ctx = r,
                 .max_rows = max_rows,
                 .max_bytes = max_bytes},
    };
}

static bool
has_read(void)
{
    return awaited->n_done > 0;
}

static void
read_now(struct db *db, struct reader *r, const char *sql)
{
    awaited = r;
    ck_assert_int_eq(db_read(db, &r->read, sql, NULL, 0), 0);
    turns_until(db_loop, has_read);
    ck_assert_int_eq(r->n_done, 1);
}

START_TEST(synced_writes_are_in_the_file)
{
    struct db *db = db_fixture_open();

    for (int i = 1; i <= 10; i++)
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 10);
    ck_assert_int_eq(db_state(db)->n_commits, 1);
    ck_assert_int_eq(db_state(db)->n_written, 10);
    ck_assert_uint_eq(db_state(db)->queued_bytes, 0);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

static struct db *watched;

static bool
is_committed(void)
{
    return db_state(watched)->n_commits > 0;
}

START_TEST(write_that_nobody_waits_for_is_committed_after_a_while)
{
    int64_t start_ms = clock_mono_ms();

    watched = db_fixture_open();
    ck_assert_int_eq(db_fixture_insert(watched, 1), 0);
    ck_assert_int_eq(db_fixture_insert(watched, 2), 0);
    turns_until(db_loop, is_committed);
    ck_assert_int_ge(clock_mono_ms() - start_ms, 49);
    ck_assert_int_eq(db_state(watched)->n_written, 2);
    ck_assert_int_eq(db_close(watched), 0);
}

END_TEST

START_TEST(many_bytes_do_not_wait_for_company)
{
    struct db_options options = db_fixture_options();

    options.group_ms = 3600000;
    options.group_bytes = 1000;
    ck_assert_int_eq(db_open(db_loop, &options, &watched, NULL), 0);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(db_fixture_insert(watched, i), 0);
    turns_until(db_loop, is_committed);
    ck_assert_int_eq(db_close(watched), 0);
}

END_TEST

START_TEST(close_writes_what_is_queued)
{
    struct db *db = db_fixture_open();
    struct waiter w;

    waiter_init(&w);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    db_sync(db, &w.sync);
    turns_for_ms(db_loop, _i);
    ck_assert_int_eq(db_fixture_insert(db, 2), 0);
    db_sync_cancel(db, &w.sync);
    ck_assert_int_eq(db_close(db), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 2);
}

END_TEST

START_TEST(nobody_is_called_after_close)
{
    struct db *db = db_fixture_open();
    struct waiter w;
    struct reader r;

    waiter_init(&w);
    reader_init(&r, 1, 1000);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    db_sync(db, &w.sync);
    ck_assert_int_eq(db_read(db, &r.read, "SELECT id FROM t", NULL, 0), 0);
    turns_for_ms(db_loop, 0);
    w.n_done = r.n_done = 0;
    ck_assert_int_eq(db_close(db), 0);
    turns_for_ms(db_loop, 20);
    ck_assert_int_eq(w.n_done + r.n_done, 0);
}

END_TEST

static void
close_from_callback(void *ctx, int status)
{
    (void)status;
    ck_assert_int_eq(db_close(*(struct db **)ctx), 0);
    *(struct db **)ctx = NULL;
}

static bool
is_closed(void)
{
    return watched == NULL;
}

START_TEST(database_may_be_closed_from_a_callback)
{
    struct db_sync sync = {.done = close_from_callback, .ctx = &watched};
    struct waiter behind;

    watched = db_fixture_open();
    waiter_init(&behind);
    ck_assert_int_eq(db_fixture_insert(watched, 1), 0);
    db_sync(watched, &sync);
    db_sync(watched, &behind.sync);
    turns_until(db_loop, is_closed);
    ck_assert_int_eq(behind.n_done, 0);
}

END_TEST

START_TEST(refused_write_does_no_harm_to_its_neighbours)
{
    struct db_value values[] = {db_int(1), db_text("again")};
    struct db *db = db_fixture_open();
    struct waiter twice, wrong, right;

    waiter_init(&twice);
    waiter_init(&wrong);
    waiter_init(&right);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    ck_assert_int_eq(db_write_sync(db, &twice.sync, DB_INSERT, values, 2), 0);
    ck_assert_int_eq(db_write_sync(db, &wrong.sync, "no SQL", NULL, 0), 0);
    ck_assert_int_eq(
        db_write_sync(db, &right.sync, "UPDATE t SET text = 'x'", NULL, 0), 0);
    ck_assert_int_eq(db_fixture_insert(db, 2), 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(twice.n_done + wrong.n_done + right.n_done, 3);
    ck_assert_int_eq(twice.status, AIGW_ECONFLICT);
    ck_assert_int_eq(wrong.status, AIGW_EINVAL);
    ck_assert_int_eq(right.status, 0);
    ck_assert_int_eq(right.sync.n_changes, 1);
    ck_assert_int_eq(db_state(db)->n_refused, 2);
    ck_assert_int_eq(db_state(db)->n_commits, 1);
    ck_assert(!db_state(db)->degraded);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(read_sees_the_writes_before_it_and_none_after)
{
    struct db *db = db_fixture_open();
    struct reader r;

    reader_init(&r, 10, 4096);
    ck_assert_int_eq(db_fixture_insert(db, 7), 0);
    ck_assert_int_eq(
        db_read(db, &r.read, "SELECT id, text FROM t ORDER BY id", NULL, 0), 0);
    ck_assert_int_eq(db_fixture_insert(db, 6), 0);
    ck_assert_int_eq(r.n_done, 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(r.n_done, 1);
    ck_assert_int_eq(r.n_rows, 1);
    ck_assert_int_eq(r.first, 7);
    ck_assert_str_eq(r.text, "text of 7");
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

static const struct {
    int max_rows;
    size_t max_bytes;
    int status;
    bool more;
} limits[] = {
    {100, 1 << 20, 0, false},       {20, 1 << 20, 0, false},
    {5, 1 << 20, 0, true},          {100, 500, 0, true},
    {100, 10, AIGW_ETOOBIG, false}, {0, 1 << 20, 0, true},
};

START_TEST(read_is_bounded_by_rows_and_bytes)
{
    struct db *db = db_fixture_open();
    struct reader r;

    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
    reader_init(&r, limits[_i].max_rows, limits[_i].max_bytes);
    read_now(db, &r, "SELECT id, text FROM t");
    ck_assert_int_eq(r.status, limits[_i].status);
    ck_assert_int_eq(r.more, limits[_i].more);
    ck_assert_int_le(r.n_rows, limits[_i].max_rows);
    if (!r.more && r.status == 0)
        ck_assert_int_eq(r.n_rows, 20);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

static void
on_kinds(void *ctx, int status, const struct db_rows *rows)
{
    struct reader *r = ctx;
    struct db_value value;

    r->n_done++;
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(db_rows_at(rows, 0, 0).type, DB_NULL);
    ck_assert_int_eq(db_rows_int(rows, 0, 1), INT64_MIN);
    value = db_rows_at(rows, 0, 2);
    ck_assert_int_eq(value.type, DB_BLOB);
    ck_assert_uint_eq(value.size, 3);
    ck_assert_mem_eq(value.data, "a\0b", 3);
    value = db_rows_at(rows, 0, 3);
    ck_assert_int_eq(value.type, DB_TEXT);
    ck_assert_uint_eq(value.size, 0);
    ck_assert_str_eq(value.data, "");
    ck_assert_str_eq(db_rows_text(rows, 0, 4), "0.5");
    ck_assert_int_eq(db_rows_at(rows, 0, 5).type, DB_NULL);
    ck_assert_int_eq(db_rows_at(rows, 1, 0).type, DB_NULL);
    ck_assert_int_eq(db_rows_at(rows, -1, -1).type, DB_NULL);
}

START_TEST(values_of_every_type_come_back)
{
    struct db_value values[] = {db_text(NULL), db_int(INT64_MIN),
                                db_blob("a\0b", 3), db_text_n("xyz", 0)};
    struct db *db = db_fixture_open();
    struct reader r;

    reader_init(&r, 10, 4096);
    r.read.done = on_kinds;
    awaited = &r;
    ck_assert_int_eq(
        db_read(db, &r.read, "SELECT ?1, ?2, ?3, ?4, 0.5", values, 4), 0);
    turns_until(db_loop, has_read);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(cancelled_read_and_sync_are_silent)
{
    struct db *db = db_fixture_open();
    struct waiter early, late;
    struct reader r, done;

    waiter_init(&early);
    waiter_init(&late);
    reader_init(&r, 1, 100);
    reader_init(&done, 1, 100);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    db_sync(db, &early.sync);
    db_sync_cancel(db, &early.sync);
    db_sync_cancel(db, &early.sync);
    ck_assert_int_eq(db_read(db, &r.read, "SELECT 1", NULL, 0), 0);
    db_read_cancel(&r.read);
    db_read_cancel(&r.read);
    read_now(db, &done, "SELECT 1");
    db_sync(db, &late.sync);
    db_sync_cancel(db, &late.sync);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(early.n_done + late.n_done + r.n_done, 0);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(queue_is_bounded)
{
    struct db_options options = db_fixture_options();
    struct db *db;
    int status = 0;
    int n = 0;

    options.queue_bytes = 10000;
    ck_assert_int_eq(db_open(db_loop, &options, &db, NULL), 0);
    while (status == 0 && n < 1000) {
        status = db_fixture_insert(db, n);
        n += status == 0;
    }
    ck_assert_int_eq(status, AIGW_EOVERLOADED);
    ck_assert_int_gt(n, 10);
    ck_assert_uint_le(db_state(db)->queued_bytes, 10000);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(db_fixture_insert(db, n), 0);
    ck_assert_int_eq(db_close(db), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), n + 1);
}

END_TEST

START_TEST(memory_needs_no_file)
{
    struct db_options options = db_fixture_options();
    struct reader r;
    struct db *db;

    options.path = "";
    ck_assert_int_eq(db_open(db_loop, &options, &db, NULL), 0);
    ck_assert_int_eq(db_fixture_insert(db, 5), 0);
    reader_init(&r, 10, 1000);
    read_now(db, &r, "SELECT id, text FROM t");
    ck_assert_int_eq(r.first, 5);
    ck_assert_int_eq(db_close(db), 0);
    ck_assert_int_eq(access(db_path, F_OK), -1);
}

END_TEST

START_TEST(log_is_copied_into_the_file_while_writing)
{
    char text[4000];
    struct db_value values[] = {db_int(0), db_text_n(text, sizeof(text))};
    struct db *db = db_fixture_open();
    struct stat st;

    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 3000; i++) {
        values[0] = db_int(i);
        ck_assert_int_eq(db_write(db, DB_INSERT, values, 2), 0);
        if (i % 500 == 499)
            ck_assert_int_eq(db_fixture_sync(db), 0);
    }
    turns_for_ms(db_loop, 50);
    ck_assert_int_eq(stat(db_path, &st), 0);
    ck_assert_int_gt(st.st_size, 4 << 20);
    ck_assert_int_eq(db_state(db)->n_failures, 0);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(another_process_reads_meanwhile)
{
    struct db *db = db_fixture_open();

    for (int i = 1; i <= 5; i++) {
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
        ck_assert_int_eq(db_fixture_sync(db), 0);
        ck_assert_int_eq(db_fixture_ask("SELECT max(id) FROM t"), i);
    }
    ck_assert_int_eq(db_fixture_ask("PRAGMA auto_vacuum"), 2);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(start_with_ten_thousand_rows_is_quick)
{
    struct db *db = db_fixture_open();
    int64_t start_ms;

    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
    ck_assert_int_eq(db_close(db), 0);
    start_ms = clock_mono_ms();
    db = db_fixture_open();
    ck_assert_int_lt(clock_mono_ms() - start_ms, 500);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

enum {
    N_WAITERS = 30
};

/* However many wait for it; and none for those that nobody waits for, until
 * the group is written. */
START_TEST(a_group_of_writes_costs_one_synchronisation)
{
    struct db_options options = db_fixture_options();
    struct waiter waiters[N_WAITERS];
    struct db *db;
    long before;

    options.vfs = FAULT_VFS;
    fault_vfs_register();
    fault_vfs_clear();
    ck_assert_int_eq(db_open(db_loop, &options, &db, NULL), 0);
    ck_assert_int_eq(db_fixture_insert(db, N_WAITERS), 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    before = fault_vfs_syncs();
    for (int i = 0; i < N_WAITERS; i++) {
        waiter_init(&waiters[i]);
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
        db_sync(db, &waiters[i].sync);
    }
    ck_assert_int_eq(fault_vfs_syncs(), before);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    for (int i = 0; i < N_WAITERS; i++)
        ck_assert_int_eq(waiters[i].n_done, 1);
    ck_assert_int_eq(fault_vfs_syncs(), before + 1);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

static Suite *
db_suite(void)
{
    Suite *suite = suite_create("io_db");
    TCase *writes = tcase_create("writes");
    TCase *reads = tcase_create("reads");
    TCase *life = tcase_create("life");

    tcase_add_checked_fixture(writes, db_fixture_setup, db_fixture_teardown);
    tcase_add_test(writes, a_group_of_writes_costs_one_synchronisation);
    tcase_add_test(writes, synced_writes_are_in_the_file);
    tcase_add_test(writes,
                   write_that_nobody_waits_for_is_committed_after_a_while);
    tcase_add_test(writes, many_bytes_do_not_wait_for_company);
    tcase_add_test(writes, refused_write_does_no_harm_to_its_neighbours);
    tcase_add_test(writes, queue_is_bounded);
    tcase_add_test(writes, log_is_copied_into_the_file_while_writing);
    tcase_set_timeout(writes, 60);
    suite_add_tcase(suite, writes);

    tcase_add_checked_fixture(reads, db_fixture_setup, db_fixture_teardown);
    tcase_add_test(reads, read_sees_the_writes_before_it_and_none_after);
    tcase_add_loop_test(reads, read_is_bounded_by_rows_and_bytes, 0,
                        (int)(sizeof(limits) / sizeof(*limits)));
    tcase_add_test(reads, values_of_every_type_come_back);
    tcase_add_test(reads, cancelled_read_and_sync_are_silent);
    tcase_add_test(reads, another_process_reads_meanwhile);
    suite_add_tcase(suite, reads);

    tcase_add_checked_fixture(life, db_fixture_setup, db_fixture_teardown);
    tcase_add_loop_test(life, close_writes_what_is_queued, 0, 5);
    tcase_add_test(life, nobody_is_called_after_close);
    tcase_add_test(life, database_may_be_closed_from_a_callback);
    tcase_add_test(life, memory_needs_no_file);
    tcase_add_test(life, start_with_ten_thousand_rows_is_quick);
    suite_add_tcase(suite, life);
    return suite;
}

int
main(void)
{
    return suite_main(db_suite());
}
