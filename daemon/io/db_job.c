#include "io/db_internal.h"

#include <limits.h>
#include <stdio.h>

/* For the state; the status of those who wait is one of two. */
static void
note_failure(struct db_job *job, const struct aigw_err *err)
{
    job->status = err->status == AIGW_EBUSY ? AIGW_EBUSY : AIGW_EIO;
    (void)snprintf(job->error, sizeof(job->error), "%s", err->text);
}

/* A file that is only locked needs no new connection, and one in memory
 * would be lost with it. */
static void
storage_failed(struct db_job *job, struct db_conn *conn, int code,
               const char *what)
{
    struct aigw_err err;

    (void)db_conn_failure(conn, code, what, &err);
    note_failure(job, &err);
    if (db_code_is_damage(code))
        conn->suspect = true;
    if (!sqlite3_get_autocommit(conn->sqlite))
        (void)sqlite3_exec(conn->sqlite, "ROLLBACK", NULL, NULL, NULL);
    if (job->status != AIGW_EBUSY && *conn->path)
        db_conn_close(conn, false);
}

/* Whether the statement alone is at fault. */
static bool
is_refusal(int code)
{
    switch (code & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_AUTH:
    case SQLITE_RANGE:
        return true;
    default:
        return false;
    }
}

static int
bind_value(sqlite3_stmt *statement, int i, const struct db_value *v)
{
    switch (v->type) {
    case DB_NULL:
        return sqlite3_bind_null(statement, i);
    case DB_INT:
        return sqlite3_bind_int64(statement, i, v->integer);
    case DB_TEXT:
        return sqlite3_bind_text64(statement, i, v->data, v->size,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(statement, i, v->data, v->size,
                                   SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static int
prepare(struct db_conn *conn, const struct db_op *op,
        sqlite3_stmt **ret_statement)
{
    sqlite3_stmt *statement;
    int code = db_conn_statement(conn, op->sql, &statement);

    if (code != SQLITE_OK)
        return code;
    for (int i = 0; i < op->n_values && code == SQLITE_OK; i++)
        code = bind_value(statement, i + 1, &op->values[i]);
    if (code == SQLITE_OK)
        *ret_statement = statement;
    return code;
}

/* The values belong to the operation, which may be gone soon. */
static void
finish(sqlite3_stmt *statement)
{
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
}

/* Rows that a write gives (a PRAGMA, RETURNING) are dropped. */
static int
run_write(struct db_conn *conn, struct db_op *op)
{
    sqlite3_stmt *statement = NULL;
    int before = sqlite3_total_changes(conn->sqlite);
    int code = prepare(conn, op, &statement);

    if (code != SQLITE_OK)
        return code;
    do
        code = sqlite3_step(statement);
    while (code == SQLITE_ROW);
    finish(statement);
    op->n_changes = sqlite3_total_changes(conn->sqlite) - before;
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int
run_writes(struct db_job *job, struct db_conn *conn)
{
    struct db_op *op;

    TAILQ_FOREACH (op, &job->ops, link) {
        int code;

        if (op->is_read || op->number <= conn->last_write)
            continue;
        op->status = 0;
        code = run_write(conn, op);
        if (code == SQLITE_OK)
            continue;
        if (!is_refusal(code))
            return code;
        op->n_changes = 0;
        op->status =
            (code & 0xff) == SQLITE_CONSTRAINT ? AIGW_ECONFLICT : AIGW_EINVAL;
    }
    return SQLITE_OK;
}

static int
store_progress(struct db_conn *conn, int64_t number)
{
    sqlite3_stmt *statement;
    int code = db_conn_statement(conn, "UPDATE db_progress SET last_write = ?1",
                                 &statement);

    if (code != SQLITE_OK)
        return code;
    (void)sqlite3_bind_int64(statement, 1, number);
    code = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* What is written to a file without a name is lost. */
static int
check_named(struct db_conn *conn)
{
    int moved = 0;

    (void)sqlite3_file_control(conn->sqlite, "main", SQLITE_FCNTL_HAS_MOVED,
                               &moved);
    return moved ? SQLITE_IOERR_VNODE : SQLITE_OK;
}

static int
write_batch(struct db_job *job, struct db_conn *conn, int64_t last_number)
{
    int code = check_named(conn);

    if (code == SQLITE_OK)
        code = sqlite3_exec(conn->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = run_writes(job, conn);
    if (code == SQLITE_OK)
        code = store_progress(conn, last_number);
    if (code == SQLITE_OK)
        code = sqlite3_exec(conn->sqlite, "COMMIT", NULL, NULL, NULL);
    return code;
}

static void
commit_writes(struct db_job *job, struct db_conn *conn)
{
    int64_t last_number = 0;
    struct db_op *op;
    int code = SQLITE_OK;

    TAILQ_FOREACH (op, &job->ops, link)
        if (!op->is_read)
            last_number = op->number;
    if (last_number > conn->last_write)
        code = write_batch(job, conn, last_number);
    if (code != SQLITE_OK) {
        storage_failed(job, conn, code, "write");
        return;
    }
    if (last_number > conn->last_write)
        conn->last_write = last_number;
    job->committed = true;
}

static int
run_read(struct db_conn *conn, struct db_op *op)
{
    sqlite3_stmt *statement = NULL;
    int code = prepare(conn, op, &statement);

    if (code != SQLITE_OK)
        return code;
    code = db_rows_collect(statement, op->max_rows, op->max_bytes, &op->rows);
    finish(statement);
    return code;
}

static void
run_reads(struct db_job *job, struct db_conn *conn)
{
    struct db_op *op;
    int code;

    TAILQ_FOREACH (op, &job->ops, link) {
        if (!op->is_read)
            continue;
        op->status = job->status;
        if (job->status)
            continue;
        code = run_read(conn, op);
        if (code == SQLITE_OK)
            continue;
        if (!is_refusal(code))
            storage_failed(job, conn, code, "read");
        op->status = job->status ? job->status : AIGW_EINVAL;
        if (code == SQLITE_TOOBIG)
            op->status = AIGW_ETOOBIG;
    }
}

/* A failure here loses nothing and stops nobody from writing: the content is
 * in the log.  The next attempt is made when the log has grown on. */
static void
checkpoint(struct db_job *job, struct db_conn *conn)
{
    int n_log = 0;
    int n_done = 0;
    int code = sqlite3_wal_checkpoint_v2(
        conn->sqlite, "main", SQLITE_CHECKPOINT_PASSIVE, &n_log, &n_done);
    bool all = code == SQLITE_OK && n_log == n_done;

    conn->checkpoint_frames =
        all ? DB_CHECKPOINT_FRAMES : conn->wal_frames + DB_CHECKPOINT_FRAMES;
    conn->wal_frames = 0; /* Until the next commit tells. */
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        storage_failed(job, conn, code, "copy the log into the file");
}

static bool
reopen(struct db_job *job, struct db_conn *conn)
{
    struct aigw_err err = {0};

    if (conn->sqlite)
        return true;
    if (db_conn_open(conn, &err) == 0)
        return true;
    note_failure(job, &err);
    conn->wal_frames = 0;
    return false;
}

void
db_job_run(struct db_job *job, struct db_conn *conn)
{
    struct db_op *op;

    job->status = 0;
    job->committed = false;
    if (!reopen(job, conn)) {
        TAILQ_FOREACH (op, &job->ops, link)
            op->status = job->status;
        return;
    }
    if (job->checkpoint) {
        checkpoint(job, conn);
        return;
    }
    commit_writes(job, conn);
    run_reads(job, conn);
}
