#include "io/db_internal.h"

static bool
has_undurable(const struct db *db)
{
    return db->last_number > db->durable;
}

void
db_tell_soon(struct db *db)
{
    loop_defer(db->loop, &db->tell);
}

static void
decide(struct db *db, struct db_sync *sync, int status)
{
    TAILQ_REMOVE(&db->syncs, sync, link);
    TAILQ_INSERT_TAIL(&db->told_syncs, sync, link);
    sync->decided = true;
    if (sync->op)
        sync->op->sync = NULL;
    sync->op = NULL;
    if (status)
        sync->status = status;
}

void
db_decide_durable(struct db *db)
{
    struct db_sync *sync;

    while ((sync = TAILQ_FIRST(&db->syncs)) && sync->after <= db->durable)
        decide(db, sync, 0);
}

void
db_decide_failed(struct db *db, int status)
{
    struct db_sync *sync;

    while ((sync = TAILQ_FIRST(&db->syncs)))
        decide(db, sync, status);
}

void
db_decide_read(struct db *db, struct db_op *op)
{
    TAILQ_INSERT_TAIL(&db->told_reads, op, link);
}

static void
tell_syncs(struct db *db)
{
    struct db_sync *sync;

    while (!db->closed && (sync = TAILQ_FIRST(&db->told_syncs))) {
        TAILQ_REMOVE(&db->told_syncs, sync, link);
        sync->waiting = false;
        if (sync->status == 0)
            db->state.n_syncs++;
        sync->done(sync->ctx, sync->status);
    }
}

static void
tell_reads(struct db *db)
{
    struct db_op *op;

    while (!db->closed && (op = TAILQ_FIRST(&db->told_reads))) {
        struct db_read *read = op->read;

        TAILQ_REMOVE(&db->told_reads, op, link);
        if (read) {
            read->op = NULL;
            read->done(read->ctx, op->status, op->rows);
        }
        db_op_free(op);
    }
}

/* The change comes first: who learns of a failure may ask for the state, and
 * find it known. */
bool
db_tell(struct db *db)
{
    db->telling = true;
    if (db->tell_changed && db->changed) {
        db->tell_changed = false;
        db->changed(db->ctx);
    }
    tell_syncs(db);
    tell_reads(db);
    db->telling = false;
    if (!db->closed)
        return true;
    db_destroy(db);
    return false;
}

/* A sync without a write to wait for, or without hope, is decided at once. */
void
db_sync(struct db *db, struct db_sync *sync)
{
    sync->waiting = true;
    sync->decided = false;
    sync->status = 0;
    sync->n_changes = 0;
    sync->op = NULL;
    sync->after = db->last_number;
    TAILQ_INSERT_TAIL(&db->syncs, sync, link);
    if (has_undurable(db) && !db->state.degraded) {
        db_schedule(db);
        return;
    }
    decide(db, sync, has_undurable(db) ? db->fail_status : 0);
    db_tell_soon(db);
}

int
db_write_sync(struct db *db, struct db_sync *sync, const char *sql,
              const struct db_value *values, int n_values)
{
    int status = db_write(db, sql, values, n_values);
    struct db_op *op;

    if (status)
        return status;
    op = TAILQ_LAST(&db->queue, db_ops);
    db_sync(db, sync);
    if (sync->decided)
        return 0;
    sync->op = op;
    op->sync = sync;
    return 0;
}

void
db_sync_cancel(struct db *db, struct db_sync *sync)
{
    if (!sync->waiting)
        return;
    sync->waiting = false;
    if (sync->op)
        sync->op->sync = NULL;
    sync->op = NULL;
    if (sync->decided)
        TAILQ_REMOVE(&db->told_syncs, sync, link);
    else
        TAILQ_REMOVE(&db->syncs, sync, link);
}

int
db_read(struct db *db, struct db_read *read, const char *sql,
        const struct db_value *values, int n_values)
{
    struct db_op *op;

    /* While degraded it is answered at once, whatever waits. */
    if (!db->state.degraded && db_op_size(values, n_values) > db_room(db))
        return AIGW_EOVERLOADED;
    op = db_op_new(sql, values, n_values);
    if (!op)
        return AIGW_ENOMEM;
    op->is_read = true;
    op->max_rows = read->max_rows;
    op->max_bytes = read->max_bytes;
    op->read = read;
    read->op = op;
    if (!db->state.degraded) {
        db_enqueue(db, op);
        return 0;
    }
    op->status = db->fail_status;
    db_decide_read(db, op);
    db_tell_soon(db);
    return 0;
}

void
db_read_cancel(struct db_read *read)
{
    if (!read->op)
        return;
    read->op->read = NULL;
    read->op = NULL;
}

static void
forget_reads(struct db_ops *ops)
{
    struct db_op *op;

    TAILQ_FOREACH (op, ops, link)
        if (op->read)
            db_read_cancel(op->read);
}

void
db_forget_waiters(struct db *db)
{
    struct db_sync *sync;

    while ((sync = TAILQ_FIRST(&db->syncs)))
        db_sync_cancel(db, sync);
    while ((sync = TAILQ_FIRST(&db->told_syncs)))
        db_sync_cancel(db, sync);
    forget_reads(&db->queue);
    forget_reads(&db->told_reads);
}
