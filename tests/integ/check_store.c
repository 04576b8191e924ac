/*
 * check_store.c - the store of durable calls by itself, when its file fails
 * while the daemon starts (F62).
 */
#include "app/app.h"
#include "app/store.h"
#include "fault_vfs.h"
#include "support/suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FOR_EVER = 1000000,
};

static char folder[64];
static struct config config;
static struct app app;
static struct store *store;

static void
ignore_event(void *ctx, const struct event *event)
{
    (void)ctx;
    (void)event;
}

static void
open_store(void)
{
    config = (struct config){
        .state_dir = folder,
        .session = {.max_bytes = 1 << 20, .ttl_ms = INT64_C(3600000)},
    };
    app = (struct app){.loop = loop_new(), .config = &config};
    app.events = events_new(ignore_event, NULL);
    store = store_new(&app);
    ck_assert_ptr_nonnull(store);
}

static void
close_store(void)
{
    store_free(store);
    events_free(app.events);
    ck_assert_int_eq(loop_free(app.loop), 0);
}

static void
set_up(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/check-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    fault_vfs_register();
    ck_assert_int_eq(sqlite3_vfs_register(sqlite3_vfs_find(FAULT_VFS), 1),
                     SQLITE_OK);
}

static void
tear_down(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* A call that was answered with this text; returns its number. */
static int64_t
put_call(uid_t uid, const char *name)
{
    struct store_call call = {
        .id = store_next_id(store),
        .uid = uid,
        .client = "check",
        .request_id = name,
        .route = "default",
        .result = {name, strlen(name)},
    };

    ck_assert(store_create(store, &call));
    ck_assert(store_say(store, call.id, 1, name, strlen(name)));
    ck_assert(store_end(store, &call, 1));
    return call.id;
}

struct looked_up {
    struct db_read read;
    bool done;
    int status;
    char result[32];
};

static void
on_found(void *ctx, int status, const struct db_rows *rows)
{
    struct looked_up *found = ctx;
    struct store_call call;

    found->done = true;
    found->status = status;
    loop_stop(app.loop);
    if (status || db_rows_count(rows) == 0)
        return;
    store_row(rows, 0, &call);
    (void)snprintf(found->result, sizeof(found->result), "%.*s",
                   (int)call.result.size, call.result.text);
}

static struct looked_up
look_up(uid_t uid, const char *name)
{
    struct looked_up found = {.read = {.done = on_found, .ctx = &found}};
    struct store_asker asker = {uid, "check", false};

    ck_assert_int_eq(store_find(store, &found.read, &asker, name), 0);
    while (!found.done)
        loop_run(app.loop);
    return found;
}

static void
expect_result(uid_t uid, const char *name)
{
    struct looked_up found = look_up(uid, name);

    ck_assert_str_eq(found.result, name);
}

/* Starts with a file that fails from operation `k` on, and keeps a call of
 * another user meanwhile.  Returns whether anything failed. */
static bool
start_failing(enum fault_kind kind, long k)
{
    char name[32];
    bool failed;

    (void)snprintf(name, sizeof(name), "during-%d-%ld", (int)kind, k);
    fault_vfs_set(kind, k, FOR_EVER);
    open_store();
    failed = fault_vfs_failed() > 0;
    (void)put_call(2, name);
    fault_vfs_clear();
    close_store();
    return failed;
}

START_TEST(f62_a_file_that_fails_at_the_start_keeps_what_it_has)
{
    open_store();
    for (int i = 0; i < 3; i++) {
        static const char *const NAMES[] = {"first", "second", "third"};

        (void)put_call(1, NAMES[i]);
    }
    close_store();
    for (long k = 1; start_failing((enum fault_kind)_i, k); k++) {
        open_store();
        expect_result(1, "first");
        expect_result(1, "second");
        expect_result(1, "third");
        close_store();
    }
}

END_TEST

/* Whoever asks learns that nothing can be read, and goes on without it. */
START_TEST(f62_what_waits_for_a_full_disk_keeps_nobody_from_asking)
{
    static char much[1024 * 1024];

    open_store();
    fault_vfs_set(FAULT_ENOSPC, 1, FOR_EVER);
    (void)put_call(1, "lost");
    ck_assert_int_eq(look_up(1, "lost").status, AIGW_EIO);
    while (store_say(store, 1, 1, much, sizeof(much)))
        continue;
    while (store_forget(store, 0))
        continue;
    ck_assert_int_eq(look_up(1, "lost").status, AIGW_EIO);
    fault_vfs_clear();
    close_store();
}

END_TEST

static int64_t
count_deltas(void)
{
    sqlite3_stmt *statement;
    sqlite3 *file;
    char path[96];
    int64_t n;

    (void)snprintf(path, sizeof(path), "%s/sessions.db", folder);
    ck_assert_int_eq(sqlite3_open(path, &file), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(file, "SELECT count(*) FROM deltas", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    n = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(file);
    return n;
}

/* The second one was not known to be there, since the file could not be read
 * at that moment; what it says would never be found, or dropped. */
START_TEST(what_a_call_says_is_kept_with_its_call_alone)
{
    open_store();
    (void)put_call(1, "twice");
    (void)put_call(1, "twice");
    close_store();
    ck_assert_int_eq(count_deltas(), 1);
    open_store();
    expect_result(1, "twice");
    close_store();
}

END_TEST

START_TEST(numbers_go_on_where_they_ended)
{
    int64_t last;

    open_store();
    last = put_call(1, "before");
    close_store();
    open_store();
    ck_assert_int_gt(store_next_id(store), last);
    close_store();
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("store");
    TCase *tc = tcase_create("store");

    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc,
                        f62_a_file_that_fails_at_the_start_keeps_what_it_has, 0,
                        FAULT_KINDS);
    tcase_add_test(tc, f62_what_waits_for_a_full_disk_keeps_nobody_from_asking);
    tcase_add_test(tc, what_a_call_says_is_kept_with_its_call_alone);
    tcase_add_test(tc, numbers_go_on_where_they_ended);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
