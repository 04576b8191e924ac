#include "db_fixture.h"

#include "turns.h"

#include <check.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loop *db_loop;
char db_folder[64];
char db_path[96];
const char *const db_schema[1] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
};

static struct waiter *awaited;

void
db_fixture_setup(void)
{
    (void)snprintf(db_folder, sizeof(db_folder), "/tmp/aigw-db-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(db_folder));
    (void)snprintf(db_path, sizeof(db_path), "%s/test.db", db_folder);
    db_loop = loop_new();
    ck_assert_ptr_nonnull(db_loop);
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void
db_fixture_teardown(void)
{
    ck_assert_int_eq(loop_free(db_loop), 0);
    ck_assert_int_eq(nftw(db_folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

struct db_options
db_fixture_options(void)
{
    return (struct db_options){
        .path = db_path,
        .migrations = db_schema,
        .n_migrations = 1,
        .full_sync = true,
        .busy_ms = 20,
        .retry_ms = 1,
    };
}

struct db *
db_fixture_open(void)
{
    struct db_options options = db_fixture_options();
    struct aigw_err err = {0};
    struct db *db = NULL;

    ck_assert_msg(db_open(db_loop, &options, &db, &err) == 0, "%s", err.text);
    return db;
}

static void
on_done(void *ctx, int status)
{
    struct waiter *w = ctx;

    w->n_done++;
    w->status = status;
}

void
waiter_init(struct waiter *w)
{
    *w = (struct waiter){.sync = {.done = on_done, .ctx = w}};
}

static bool
is_done(void)
{
    return awaited->n_done > 0;
}

int
db_fixture_sync(struct db *db)
{
    struct waiter w;

    waiter_init(&w);
    awaited = &w;
    db_sync(db, &w.sync);
    ck_assert_int_eq(w.n_done, 0);
    turns_until(db_loop, is_done);
    ck_assert_int_eq(w.n_done, 1);
    return w.status;
}

int
db_fixture_insert(struct db *db, int64_t id)
{
    char text[64];
    struct db_value values[2];

    (void)snprintf(text, sizeof(text), "text of %lld", (long long)id);
    values[0] = db_int(id);
    values[1] = db_text(text);
    return db_write(db, DB_INSERT, values, 2);
}

int64_t
db_fixture_ask(const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *sqlite = NULL;
    int64_t value;

    ck_assert_int_eq(sqlite3_open(db_path, &sqlite), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    value = sqlite3_column_int64(statement, 0);
    ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(sqlite), SQLITE_OK);
    return value;
}
