/*
 * db_internal.h - what the files of db.h share.
 *
 *     db.c        the queue and its jobs, on the loop
 *     db_wait.c   those who wait for a write or a query
 *     db_op.c     statements and their values, on their way to the pool
 *     db_job.c    one job, on the pool
 *     db_conn.c   the connection: opened, prepared statements, closed
 *     db_setup.c  what a connection needs before it is of use
 *     db_file.c   the file: whose it is, and out of the way when damaged
 *     db_rows.c   rows that were read
 *
 * A job owns the connection and its operations while it runs.  Of an
 * operation, the pool writes only what is marked so, and never touches the
 * sync or the read that wait for it: their owners may go away meanwhile.
 */
#ifndef AIGW_IO_DB_INTERNAL_H
#define AIGW_IO_DB_INTERNAL_H

#include "io/db.h"
#include "io/timer.h"

#include <sqlite3.h>
#include <sys/queue.h>

enum {
    DB_MAX_STATEMENTS = 64,      /* Kept prepared. */
    DB_CHECKPOINT_FRAMES = 1000, /* SQLite's own default: 4 MiB of pages. */
};

/* A queued statement; values and their data are in the same block. */
struct db_op {
    const char *sql;
    int64_t number;   /* Of a write, counted through the life of the file. */
    size_t size;      /* Of the block. */
    int64_t since_ms; /* When it was queued. */
    bool is_read;
    int max_rows;
    size_t max_bytes;

    struct db_sync *sync; /* Who waits; NULL for nobody. */
    struct db_read *read;

    /* Written by the pool. */
    int status; /* Of this statement alone. */
    int64_t n_changes;
    struct db_rows *rows;

    TAILQ_ENTRY(db_op) link;
    int n_values;
    struct db_value values[];
};

TAILQ_HEAD(db_ops, db_op);
TAILQ_HEAD(db_syncs, db_sync);

/* Used by one thread at a time. */
struct db_conn {
    char *path; /* "" in memory. */
    char *vfs;
    const char *const *migrations;
    int n_migrations;
    bool full_sync;
    int busy_ms;

    sqlite3 *sqlite; /* NULL after a failure. */
    sqlite3_stmt *statements[DB_MAX_STATEMENTS];
    int n_statements;
    int next_victim;
    int64_t last_write;    /* Number of the last one in the file. */
    bool suspect;          /* A statement found damage: check it all. */
    int wal_frames;        /* After the last commit. */
    int checkpoint_frames; /* As many call for a checkpoint. */

    char moved_aside[256];
    int64_t n_moved_aside;
    int64_t n_opened;
};

/* What one turn on the pool does: a checkpoint, or writes and after them
 * reads. */
struct db_job {
    bool checkpoint;
    struct db_ops ops;

    /* Written by the pool. */
    int status; /* Storage: 0, AIGW_EIO or AIGW_EBUSY. */
    bool committed;
    char error[240];
};

/* db_op.c.  NULL without memory. */
struct db_op *db_op_new(const char *sql, const struct db_value *values,
                        int n_values);
size_t db_op_size(const struct db_value *values, int n_values);
void db_op_free(struct db_op *op);
void db_ops_free(struct db_ops *ops);

/* db_conn.c.  Opening needs `path` and what follows it up to `busy_ms`. */
int db_conn_open(struct db_conn *conn, struct aigw_err *err);

/* With `trusted` the log is written back into the file; otherwise nothing is
 * written or synchronised any more. */
void db_conn_close(struct db_conn *conn, bool trusted);

/* The statement of `sql`, prepared, for one execution.  An SQLite code. */
int db_conn_statement(struct db_conn *conn, const char *sql,
                      sqlite3_stmt **ret_statement);

/* Words and status for the failure `code`. */
int db_conn_failure(const struct db_conn *conn, int code, const char *what,
                    struct aigw_err *err);

/* Whether the content of the file is at fault. */
bool db_code_is_damage(int code);

/* db_setup.c.  Makes an open connection usable.  An SQLite code; SQLITE_OK
 * with `err->status` set: refused for another reason. */
int db_setup(struct db_conn *conn, struct aigw_err *err);

/* db_job.c */
void db_job_run(struct db_job *job, struct db_conn *conn);

/* db_file.c.  `path` with its folder resolved, made if need be, and checked;
 * freed by the caller. */
int db_file_prepare(const char *path, char **ret_path, struct aigw_err *err);

/* Gives file and log a new name, which the caller frees. */
int db_file_move_aside(const char *path, char **ret_to, struct aigw_err *err);

/* db_rows.c.  Steps `statement` to its end or to the limits.  An SQLite
 * code; SQLITE_TOOBIG when not even one row fits. */
int db_rows_collect(sqlite3_stmt *statement, int max_rows, size_t max_bytes,
                    struct db_rows **ret_rows);
void db_rows_free(struct db_rows *rows);

struct db {
    struct loop *loop;
    struct db_state state;
    struct db_conn conn;

    int64_t group_ms;
    size_t group_bytes;
    size_t queue_bytes;
    int64_t retry_ms;
    void (*changed)(void *ctx);
    void *ctx;

    struct db_ops queue;
    size_t waiting_bytes;  /* Of `queue`; state.queued_bytes: all. */
    int n_waiting_reads;   /* In `queue`. */
    int64_t last_number;   /* Of the last write queued. */
    int64_t durable;       /* Of the last write known to be. */
    struct db_syncs syncs; /* Undecided, in order. */

    /* Decided, and to be told. */
    struct db_syncs told_syncs;
    struct db_ops told_reads;
    bool tell_changed;
    bool telling; /* A callback of ours is on the stack. */
    struct loop_task tell;

    struct db_work *work;   /* The job on the pool, or NULL. */
    struct loop_task start; /* A job, in this turn. */
    struct timer *timer;    /* A job, later. */
    bool checkpoint_due;
    int fail_status;     /* While degraded. */
    int64_t pause_ms;    /* Before the next attempt after a failure. */
    int64_t retry_at_ms; /* While degraded. */
    bool closed;         /* Freed as soon as nothing is on the stack. */
};

/* db_wait.c */

/* Lets those who wait for what has been decided know, from the loop. */
void db_tell_soon(struct db *db);

/* The same now; frees `db` if a callback closed it, and returns false. */
bool db_tell(struct db *db);

/* Decides syncs: those whose writes are durable, or all, for a failure. */
void db_decide_durable(struct db *db);
void db_decide_failed(struct db *db, int status);

/* Answers a read that has left the queue. */
void db_decide_read(struct db *db, struct db_op *op);

/* Nobody waits any longer. */
void db_forget_waiters(struct db *db);

/* db.c */
void db_schedule(struct db *db);
void db_enqueue(struct db *db, struct db_op *op);

/* Bytes that may still be queued. */
size_t db_room(const struct db *db);

/* Frees it unless something of it is still on the stack or on the pool. */
void db_destroy(struct db *db);

#endif
