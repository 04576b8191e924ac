#include "io/db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
db_code_is_damage(int code)
{
    code &= 0xff; /* Without the extension. */
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static int
status_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return AIGW_EBUSY;
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return AIGW_EACCES;
    case SQLITE_NOMEM:
        return AIGW_ENOMEM;
    default:
        return AIGW_EIO;
    }
}

int
db_conn_failure(const struct db_conn *conn, int code, const char *what,
                struct aigw_err *err)
{
    bool told = conn->sqlite && sqlite3_extended_errcode(conn->sqlite) == code;
    const char *words =
        told ? sqlite3_errmsg(conn->sqlite) : sqlite3_errstr(code);
    int errnum = told ? sqlite3_system_errno(conn->sqlite) : 0;

    return aigw_err_set(err, status_of(code), "cannot %s: %s (%d)%s%s", what,
                        words, code, errnum ? ": " : "",
                        errnum ? strerror(errnum) : "");
}

static int
connect_file(struct db_conn *conn, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
                | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(*path ? path : ":memory:", &conn->sqlite, flags,
                               conn->vfs);

    if (code == SQLITE_OK)
        (void)sqlite3_busy_timeout(conn->sqlite, conn->busy_ms);
    return code;
}

/* An SQLite code; SQLITE_OK with a status in `err` for what is not SQLite's
 * to say. */
static int
try_open(struct db_conn *conn, const char *path, struct aigw_err *err)
{
    int code = connect_file(conn, path);

    err->status = 0;
    if (code == SQLITE_OK)
        code = db_setup(conn, err);
    if (code != SQLITE_OK)
        (void)db_conn_failure(conn, code, "use the database", err);
    if (err->status)
        db_conn_close(conn, false);
    return code;
}

static int
replace_damaged(struct db_conn *conn, const char *path, struct aigw_err *err)
{
    char *to;
    int status = db_file_move_aside(path, &to, err);

    if (status)
        return status;
    (void)snprintf(conn->moved_aside, sizeof(conn->moved_aside), "%s", to);
    conn->n_moved_aside++;
    free(to);
    (void)try_open(conn, path, err);
    return err->status;
}

/* Damage is believed when it has been seen twice: the first time may have
 * been a bad moment of the disk. */
static int
open_or_replace(struct db_conn *conn, const char *path, struct aigw_err *err)
{
    int code = try_open(conn, path, err);

    if (db_code_is_damage(code))
        code = try_open(conn, path, err);
    if (db_code_is_damage(code) && *path)
        return replace_damaged(conn, path, err);
    return err->status;
}

int
db_conn_open(struct db_conn *conn, struct aigw_err *err)
{
    struct aigw_err local = {0};
    struct aigw_err *e = err ? err : &local;
    char *path = NULL;
    int status = 0;

    if (*conn->path)
        status = db_file_prepare(conn->path, &path, e);
    if (status == 0)
        status = open_or_replace(conn, path ? path : "", e);
    if (status == 0)
        conn->n_opened++;
    free(path);
    return status;
}

void
db_conn_close(struct db_conn *conn, bool trusted)
{
    for (int i = 0; i < conn->n_statements; i++)
        (void)sqlite3_finalize(conn->statements[i]);
    conn->n_statements = 0;
    if (!trusted && conn->sqlite)
        (void)sqlite3_db_config(conn->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                                1, NULL);
    (void)sqlite3_close(conn->sqlite);
    conn->sqlite = NULL;
}

static sqlite3_stmt *
find_statement(const struct db_conn *conn, const char *sql)
{
    for (int i = 0; i < conn->n_statements; i++)
        if (strcmp(sqlite3_sql(conn->statements[i]), sql) == 0)
            return conn->statements[i];
    return NULL;
}

static void
keep_statement(struct db_conn *conn, sqlite3_stmt *statement)
{
    if (conn->n_statements < DB_MAX_STATEMENTS) {
        conn->statements[conn->n_statements++] = statement;
        return;
    }
    (void)sqlite3_finalize(conn->statements[conn->next_victim]);
    conn->statements[conn->next_victim] = statement;
    conn->next_victim = (conn->next_victim + 1) % DB_MAX_STATEMENTS;
}

int
db_conn_statement(struct db_conn *conn, const char *sql,
                  sqlite3_stmt **ret_statement)
{
    sqlite3_stmt *statement = find_statement(conn, sql);
    int code;

    if (!statement) {
        code = sqlite3_prepare_v3(conn->sqlite, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, &statement, NULL);
        if (code != SQLITE_OK)
            return code;
        if (!statement)
            return SQLITE_ERROR;
        keep_statement(conn, statement);
    }
    *ret_statement = statement;
    return SQLITE_OK;
}
