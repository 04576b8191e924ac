/*
 * db.h - an SQLite database file, used without waiting for the disk.
 *
 * SQLite works on libuv's thread pool, one job at a time per database and in
 * the order of the calls made here, so there is one writer and no locking
 * among our own.  Writes are queued and share transactions; whoever must know
 * that they are durable waits with a sync.  Only db_open() and db_close()
 * work on the calling thread.  There is no policy here and no table but one
 * of its own (`db_progress`, see below).
 *
 *     db_write() ... db_write()  -->  queue  -->  BEGIN ... COMMIT  --> syncs
 *     db_read()                  -->  queue  -->  after the writes before it
 *
 * What is promised:
 * - A sync that ends with 0 means: every write queued before it is in the
 *   file and synchronised as `full_sync` says.
 * - Writes queued in one callback, without a read among them, are in the same
 *   transaction.
 * - A write which SQLite refuses by itself (a constraint, bad SQL) has no
 *   effect and does no harm to its neighbours.  Its owner learns of it with
 *   db_write_sync(); else it is counted.
 * - When storage fails (EIO, ENOSPC, another process that keeps the file
 *   locked) the database is degraded: those who wait are told at once, but
 *   the writes stay queued, in order, and are tried again after a pause that
 *   doubles to 5 s.  The connection is closed and opened anew for it, since
 *   a descriptor whose fsync has failed is not to be trusted again.  Each
 *   transaction also stores the number of its last write, so that one which
 *   reached the disk although it seemed to fail is not written twice.
 * - The queue is bounded; past that, calls fail with AIGW_EOVERLOADED.
 */
#ifndef AIGW_IO_DB_H
#define AIGW_IO_DB_H

#include "io/loop.h"
#include "proto/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct db;
struct db_op;
struct db_rows;

struct db_options {
    /* "" keeps everything in memory.  The folder of the file is made (0700)
     * if need be; file and folder must belong to this user. */
    const char *path;

    /* SQL scripts; number i leads from version i to i + 1 (user_version).
     * Each runs in a transaction of its own. */
    const char *const *migrations;
    int n_migrations;

    bool full_sync; /* Commits survive a power cut, not only a crash. */

    /* 0 means the default given here. */
    int64_t group_ms;   /* Longest wait of a write for company: 50. */
    size_t group_bytes; /* As many do not wait any longer: 16 KiB. */
    size_t queue_bytes; /* Bound of the queue: 16 MiB. */
    int64_t busy_ms;    /* Patience with locks of other processes: 1000. */
    int64_t retry_ms;   /* First pause after a failure: 100. */

    const char *vfs; /* For tests: an sqlite3_vfs by name; else NULL. */

    /* Called from the loop when `degraded` or `n_moved_aside` of the state
     * has changed; may be NULL. */
    void (*changed)(void *ctx);
    void *ctx;
};

/* Opens or creates.  A file that is damaged is renamed to
 * PATH.damaged-TIME and a fresh one takes its place; the state tells.
 * AIGW_EACCES for a file that is not ours alone (symbolic link, other owner),
 * AIGW_ENOTSUP for one made by a later version, AIGW_EBUSY for one that is
 * locked, else AIGW_EIO; `err` has the words.  Blocks. */
int db_open(struct loop *loop, const struct db_options *options,
            struct db **ret_db, struct aigw_err *err);

/* Writes what is queued, unless storage fails, and closes.  Blocks.  Syncs
 * and reads that wait are cancelled: their callbacks do not come.  Returns
 * 0, or the failure if writes were lost.  NULL is fine; may be called from
 * any callback. */
int db_close(struct db *db);

enum db_type {
    DB_NULL,
    DB_INT,
    DB_TEXT,
    DB_BLOB,
};

/* A value of a statement or of a row.  `data` may be NULL when `size` is 0. */
struct db_value {
    enum db_type type;
    int64_t integer;  /* DB_INT */
    const char *data; /* DB_TEXT, DB_BLOB; text of a row ends with a NUL. */
    size_t size;      /* Bytes, without that NUL. */
};

struct db_value db_null(void);
struct db_value db_int(int64_t integer);
struct db_value db_text(const char *text); /* NULL gives DB_NULL. */
struct db_value db_text_n(const char *text, size_t size);
struct db_value db_blob(const void *data, size_t size);

/* Queues one statement, without anybody waiting for it.  `sql` must stay
 * (a literal): statements are prepared once.  The values are copied and bound
 * to ?1, ?2, ...  AIGW_EOVERLOADED, AIGW_ENOMEM.
 *
 * Not for BEGIN, COMMIT or "OR ROLLBACK". */
int db_write(struct db *db, const char *sql, const struct db_value *values,
             int n_values);

/* Writes have running numbers: that of the last one that was queued, and of the
 * last one that is in the file. */
int64_t db_last_write(const struct db *db);
int64_t db_last_durable(const struct db *db);

/* Waits until everything is durable that was queued before.  The caller's
 * storage, which the caller sets `done` and `ctx` of. */
struct db_sync {
    /* 0, or AIGW_EIO or AIGW_EBUSY: not known to be durable, but still queued.
     * With db_write_sync() also AIGW_ECONFLICT (a constraint refused that
     * statement) and AIGW_EINVAL (SQLite refused it for another reason). */
    void (*done)(void *ctx, int status);
    void *ctx;

    int64_t n_changes; /* Rows that the write of db_write_sync() changed. */

    /* Private. */
    bool waiting;
    bool decided; /* `status` holds; `done` is about to come. */
    int status;
    int64_t after;    /* Number of the write that must be durable. */
    struct db_op *op; /* The write of db_write_sync(), until it has run. */
    TAILQ_ENTRY(db_sync) link;
};

/* `done` comes once, from the loop.  While degraded it comes soon, with the
 * error, if any write waits.  `sync` must not be waiting already. */
void db_sync(struct db *db, struct db_sync *sync);

/* A write whose fate its owner wants to know.  If this fails nothing was
 * queued and `done` does not come. */
int db_write_sync(struct db *db, struct db_sync *sync, const char *sql,
                  const struct db_value *values, int n_values);

/* `done` does not come any more; a write stays queued.  Harmless when `sync`
 * is zeroed or not waiting. */
void db_sync_cancel(struct db *db, struct db_sync *sync);

/* Reads rows.  The caller's storage, which the caller sets the first four
 * members of. */
struct db_read {
    /* With a status other than 0 there are no rows (NULL).  The rows are
     * valid during the call.  AIGW_ETOOBIG: the first row alone is larger
     * than `max_bytes`. */
    void (*done)(void *ctx, int status, const struct db_rows *rows);
    void *ctx;
    int max_rows;     /* What is beyond either is left out: */
    size_t max_bytes; /* see db_rows_more(). */

    /* Private. */
    struct db_op *op; /* While waiting. */
};

/* Queues a query, which sees the writes queued before it and none of those
 * after it.  `sql` as for db_write().  `done` comes once, from the loop; if
 * this fails, never.  While degraded `done` comes soon, with the error, also
 * when the queue is full. */
int db_read(struct db *db, struct db_read *read, const char *sql,
            const struct db_value *values, int n_values);

/* `done` does not come any more.  Harmless when `read` is zeroed or not
 * waiting. */
void db_read_cancel(struct db_read *read);

int db_rows_count(const struct db_rows *rows);

/* Whether the limits of the read left rows out. */
bool db_rows_more(const struct db_rows *rows);

/* One value; a float of the database comes as DB_TEXT.  DB_NULL outside the
 * rows and columns. */
struct db_value db_rows_at(const struct db_rows *rows, int row, int column);

/* The value as an integer (0 if it is none), and as text ("" if it is none;
 * valid as long as the rows). */
int64_t db_rows_int(const struct db_rows *rows, int row, int column);
const char *db_rows_text(const struct db_rows *rows, int row, int column);

struct db_state {
    bool degraded;         /* Storage failed and has not worked since. */
    char error[240];       /* The last failure; "" if there was none. */
    char moved_aside[256]; /* Where the last damaged file is; or "". */
    int64_t n_moved_aside;
    int64_t n_commits;
    int64_t n_syncs;   /* Told that all is durable. */
    int64_t n_written; /* Statements committed. */
    int64_t n_refused; /* Statements refused by SQLite itself. */
    int64_t n_rows_read;
    int64_t n_failures; /* Jobs that failed. */
    int64_t n_reopened;
    size_t queued_bytes;
};

/* Valid until db_close(). */
const struct db_state *db_state(const struct db *db);

#endif
