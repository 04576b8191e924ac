#include "base/mem.h"
#include "io/db_internal.h"

#include <stdlib.h>
#include <string.h>

/* quick_check reads the whole file: measured 0.5 s for 32 MiB that are not in
 * memory, 0.02 s otherwise.  Of a larger one SQLite notices damage in the
 * pages that it comes to use, and then all of it is checked; a crash alone
 * does no damage (WAL). */
#define CHECK_MAX_BYTES ((int64_t)32 << 20)

static int
exec(struct db_conn *conn, const char *sql)
{
    return sqlite3_exec(conn->sqlite, sql, NULL, NULL, NULL);
}

/* The first value of the first row. */
static int
query_int(struct db_conn *conn, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(conn->sqlite, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *ret_value = sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    } else if (code == SQLITE_DONE) {
        code = SQLITE_NOTFOUND;
    }
    (void)sqlite3_finalize(statement);
    return code;
}

static int
query_is(struct db_conn *conn, const char *sql, const char *wanted,
         bool *ret_same)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(conn->sqlite, sql, -1, &statement, NULL);
    const char *text;

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        text = (const char *)sqlite3_column_text(statement, 0);
        *ret_same = text && strcmp(text, wanted) == 0;
        code = text ? SQLITE_OK : SQLITE_NOMEM;
    }
    (void)sqlite3_finalize(statement);
    return code;
}

static int
check_content(struct db_conn *conn)
{
    int64_t size = 0;
    bool same = false;
    int code = query_int(conn,
                         "SELECT page_count * page_size "
                         "FROM pragma_page_count, pragma_page_size",
                         &size);

    if (code != SQLITE_OK || (size > CHECK_MAX_BYTES && !conn->suspect))
        return code;
    code = query_is(conn, "PRAGMA quick_check(1)", "ok", &same);
    if (code != SQLITE_OK)
        return code;
    return same ? SQLITE_OK : SQLITE_CORRUPT;
}

/* Checkpoints are made by jobs of their own: those that SQLite makes inside
 * of a commit hide their failures. */
static int
set_pragmas(struct db_conn *conn)
{
    bool same = false;
    int code = exec(conn, "PRAGMA auto_vacuum = INCREMENTAL;"
                          "PRAGMA trusted_schema = OFF;"
                          "PRAGMA cell_size_check = ON;"
                          "PRAGMA foreign_keys = ON;"
                          "PRAGMA temp_store = MEMORY;"
                          "PRAGMA journal_size_limit = 8388608");

    if (code == SQLITE_OK)
        code = query_is(conn, "PRAGMA journal_mode = WAL",
                        *conn->path ? "wal" : "memory", &same);
    if (code == SQLITE_OK && !same)
        code = SQLITE_CANTOPEN;
    if (code == SQLITE_OK)
        code = exec(conn, conn->full_sync ? "PRAGMA synchronous = FULL"
                                          : "PRAGMA synchronous = NORMAL");
    return code == SQLITE_OK ? exec(conn, "PRAGMA wal_autocheckpoint = 0")
                             : code;
}

static int
migrate_by(struct db_conn *conn, int version)
{
    char *set = sqlite3_mprintf("PRAGMA user_version = %d", version + 1);
    int code = set ? exec(conn, "BEGIN IMMEDIATE") : SQLITE_NOMEM;

    if (code == SQLITE_OK)
        code = exec(conn, conn->migrations[version]);
    if (code == SQLITE_OK)
        code = exec(conn, set);
    if (code == SQLITE_OK)
        code = exec(conn, "COMMIT");
    sqlite3_free(set);
    return code;
}

static int
migrate(struct db_conn *conn, struct aigw_err *err)
{
    int64_t version = 0;
    int code = query_int(conn, "PRAGMA user_version", &version);

    if (code != SQLITE_OK)
        return code;
    if (version < 0 || version > conn->n_migrations) {
        (void)aigw_err_set(err, AIGW_ENOTSUP,
                           "%s was made by a later version (%lld, not %d)",
                           conn->path, (long long)version, conn->n_migrations);
        return SQLITE_OK;
    }
    for (int i = (int)version; i < conn->n_migrations && code == SQLITE_OK; i++)
        code = migrate_by(conn, i);
    return code;
}

static int
load_progress(struct db_conn *conn)
{
    int code =
        exec(conn, "CREATE TABLE IF NOT EXISTS db_progress"
                   "(id INTEGER PRIMARY KEY CHECK (id = 1), last_write INT);"
                   "INSERT OR IGNORE INTO db_progress VALUES (1, 0)");

    if (code == SQLITE_OK)
        code = query_int(conn, "SELECT last_write FROM db_progress",
                         &conn->last_write);
    return code;
}

static int
note_frames(void *ctx, sqlite3 *sqlite, const char *name, int n_frames)
{
    struct db_conn *conn = ctx;

    (void)sqlite;
    (void)name;
    conn->wal_frames = n_frames;
    return SQLITE_OK;
}

int
db_setup(struct db_conn *conn, struct aigw_err *err)
{
    int code = set_pragmas(conn);

    if (code == SQLITE_OK)
        code = check_content(conn);
    if (code == SQLITE_OK) {
        conn->suspect = false;
        code = migrate(conn, err);
    }
    if (code == SQLITE_OK && err->status == 0)
        code = load_progress(conn);
    if (code == SQLITE_OK)
        (void)sqlite3_wal_hook(conn->sqlite, note_frames, conn);
    return code;
}
