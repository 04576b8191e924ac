#include "base/mem.h"
#include "io/db_internal.h"
#include "io/loop_uv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum {
    GROUP_MS = 50,
    GROUP_BYTES = 16 << 10,
    QUEUE_BYTES = 16 << 20,
    BUSY_MS = 1000,
    RETRY_MS = 100,
    RETRY_MAX_MS = 5000,
};

/* A job on its way through the pool.  It outlives db_close(), because libuv
 * still has to give the request back. */
struct db_work {
    uv_work_t uv;
    struct db *db;
    uv_sem_t ended; /* For db_close(), which cannot wait for the loop. */
    struct db_job job;
};

static void start_job(void *ctx);

static void
on_tell(void *ctx)
{
    (void)db_tell(ctx);
}

static int64_t
or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void
set_options(struct db *db, const struct db_options *o)
{
    db->group_ms = or_default(o->group_ms, GROUP_MS);
    db->group_bytes = o->group_bytes ? o->group_bytes : GROUP_BYTES;
    db->queue_bytes = o->queue_bytes ? o->queue_bytes : QUEUE_BYTES;
    db->retry_ms = or_default(o->retry_ms, RETRY_MS);
    db->pause_ms = db->retry_ms;
    db->changed = o->changed;
    db->ctx = o->ctx;
    db->conn = (struct db_conn){
        .path = mem_strdup(o->path),
        .vfs = o->vfs ? mem_strdup(o->vfs) : NULL,
        .migrations = o->migrations,
        .n_migrations = o->n_migrations,
        .full_sync = o->full_sync,
        .busy_ms = (int)or_default(o->busy_ms, BUSY_MS),
        .checkpoint_frames = DB_CHECKPOINT_FRAMES,
    };
}

/* The connection belongs to the pool while a job runs; what the state shows
 * of it is copied at its end. */
static void
copy_conn_state(struct db *db)
{
    struct db_state *state = &db->state;

    if (state->n_moved_aside != db->conn.n_moved_aside) {
        state->n_moved_aside = db->conn.n_moved_aside;
        (void)snprintf(state->moved_aside, sizeof(state->moved_aside), "%s",
                       db->conn.moved_aside);
        db->tell_changed = true;
    }
    state->n_reopened = db->conn.n_opened - 1;
    db->checkpoint_due = db->conn.wal_frames >= db->conn.checkpoint_frames;
}

int
db_open(struct loop *loop, const struct db_options *options, struct db **ret_db,
        struct aigw_err *err)
{
    struct db *db = mem_new(sizeof(*db));
    int status;

    db->loop = loop;
    set_options(db, options);
    TAILQ_INIT(&db->queue);
    TAILQ_INIT(&db->syncs);
    TAILQ_INIT(&db->told_syncs);
    TAILQ_INIT(&db->told_reads);
    db->tell = (struct loop_task){.fn = on_tell, .ctx = db};
    db->start = (struct loop_task){.fn = start_job, .ctx = db};
    status = db_conn_open(&db->conn, err);
    if (status == 0 && !(db->timer = timer_new(loop, start_job, db)))
        status = aigw_err_set(err, AIGW_ENOMEM, "out of memory");
    if (status) {
        db_conn_close(&db->conn, true);
        db_destroy(db);
        return status;
    }
    copy_conn_state(db);
    db->tell_changed = false;
    db->last_number = db->durable = db->conn.last_write;
    *ret_db = db;
    return 0;
}

void
db_destroy(struct db *db)
{
    if (db->telling || db->work)
        return;
    free(db->conn.path);
    free(db->conn.vfs);
    free(db);
}

size_t
db_room(const struct db *db)
{
    return db->queue_bytes - db->state.queued_bytes;
}

void
db_enqueue(struct db *db, struct db_op *op)
{
    op->since_ms = loop_now_ms(db->loop);
    TAILQ_INSERT_TAIL(&db->queue, op, link);
    db->waiting_bytes += op->size;
    db->state.queued_bytes += op->size;
    if (op->is_read)
        db->n_waiting_reads++;
    db_schedule(db);
}

int
db_write(struct db *db, const char *sql, const struct db_value *values,
         int n_values)
{
    struct db_op *op;

    if (db_op_size(values, n_values) > db_room(db))
        return AIGW_EOVERLOADED;
    op = db_op_new(sql, values, n_values);
    if (!op)
        return AIGW_ENOMEM;
    op->number = ++db->last_number;
    db_enqueue(db, op);
    return 0;
}

int64_t
db_last_write(const struct db *db)
{
    return db->last_number;
}

int64_t
db_last_durable(const struct db *db)
{
    return db->durable;
}

static bool
is_urgent(const struct db *db)
{
    return db->checkpoint_due || db->n_waiting_reads > 0
           || !TAILQ_EMPTY(&db->syncs) || db->waiting_bytes >= db->group_bytes;
}

/* A job never starts from inside a call: what is queued in one callback goes
 * into one transaction. */
void
db_schedule(struct db *db)
{
    const struct db_op *first = TAILQ_FIRST(&db->queue);

    if (db->work || db->closed)
        return;
    if (db->state.degraded)
        timer_arm_at(db->timer, db->retry_at_ms);
    else if (is_urgent(db))
        loop_defer(db->loop, &db->start);
    else if (first)
        timer_arm_at(db->timer, first->since_ms + db->group_ms);
}

/* Writes, and reads that follow them; a write behind a read is for the next
 * job, since the read must not see it. */
static void
take_ops(struct db *db, struct db_job *job)
{
    bool reading = false;
    struct db_op *op;

    while ((op = TAILQ_FIRST(&db->queue)) && (op->is_read || !reading)) {
        reading = op->is_read;
        TAILQ_REMOVE(&db->queue, op, link);
        TAILQ_INSERT_TAIL(&job->ops, op, link);
        db->waiting_bytes -= op->size;
        if (op->is_read)
            db->n_waiting_reads--;
    }
}

static void
release(struct db *db, struct db_ops *from, struct db_op *op)
{
    TAILQ_REMOVE(from, op, link);
    db->state.queued_bytes -= op->size;
}

static void
settle_write(struct db *db, struct db_op *op)
{
    if (op->status)
        db->state.n_refused++;
    else
        db->state.n_written++;
    db->durable = op->number;
    if (op->sync) {
        op->sync->status = op->status;
        op->sync->n_changes = op->n_changes;
        op->sync->op = NULL;
    }
    db_op_free(op);
}

/* Back to the front of the queue, in order. */
static void
requeue_writes(struct db *db, struct db_ops *ops)
{
    struct db_op *op;

    while ((op = TAILQ_LAST(ops, db_ops))) {
        TAILQ_REMOVE(ops, op, link);
        TAILQ_INSERT_HEAD(&db->queue, op, link);
        db->waiting_bytes += op->size;
    }
}

static void
answer_reads(struct db *db, struct db_ops *ops, int status)
{
    struct db_op *op, *next;

    for (op = TAILQ_FIRST(ops); op; op = next) {
        next = TAILQ_NEXT(op, link);
        if (!op->is_read)
            continue;
        if (ops == &db->queue) {
            db->waiting_bytes -= op->size;
            db->n_waiting_reads--;
        }
        if (status)
            op->status = status;
        if (op->rows)
            db->state.n_rows_read += db_rows_count(op->rows);
        release(db, ops, op);
        db_decide_read(db, op);
    }
}

static void
set_degraded(struct db *db, bool degraded)
{
    if (db->state.degraded != degraded)
        db->tell_changed = true;
    db->state.degraded = degraded;
}

static void
job_failed(struct db *db, const struct db_job *job)
{
    db->state.n_failures++;
    (void)snprintf(db->state.error, sizeof(db->state.error), "%s", job->error);
    if (job->checkpoint)
        return;
    db->fail_status = job->status;
    db->retry_at_ms = loop_now_ms(db->loop) + db->pause_ms;
    db->pause_ms =
        db->pause_ms * 2 < RETRY_MAX_MS ? db->pause_ms * 2 : RETRY_MAX_MS;
    set_degraded(db, true);
    db_decide_failed(db, job->status);
    answer_reads(db, &db->queue, job->status);
}

static void
job_succeeded(struct db *db)
{
    db->pause_ms = db->retry_ms;
    set_degraded(db, false);
    db_decide_durable(db);
}

/* What the job has done, from its words to ours. */
static void
settle_job(struct db *db, struct db_job *job)
{
    bool wrote = job->committed && !TAILQ_EMPTY(&job->ops)
                 && !TAILQ_FIRST(&job->ops)->is_read;
    struct db_op *op;

    answer_reads(db, &job->ops, 0);
    if (wrote)
        db->state.n_commits++;
    while (job->committed && (op = TAILQ_FIRST(&job->ops))) {
        release(db, &job->ops, op);
        settle_write(db, op);
    }
    requeue_writes(db, &job->ops);
    copy_conn_state(db);
    db_decide_durable(db);
    if (job->status)
        job_failed(db, job);
    else
        job_succeeded(db);
}

static void
run_on_pool(uv_work_t *uv)
{
    struct db_work *work = uv->data;

    db_job_run(&work->job, &work->db->conn);
    uv_sem_post(&work->ended);
}

static void
work_free(struct db_work *work)
{
    uv_sem_destroy(&work->ended);
    free(work);
}

static void
on_job_ended(uv_work_t *uv, int uv_status)
{
    struct db_work *work = uv->data;
    struct db *db = work->db;

    (void)uv_status;
    db->work = NULL;
    if (db->closed) {
        work_free(work);
        db_destroy(db);
        return;
    }
    settle_job(db, &work->job);
    work_free(work);
    if (db_tell(db))
        db_schedule(db);
}

static struct db_work *
work_new(struct db *db)
{
    struct db_work *work = mem_new(sizeof(*work));

    work->uv.data = work;
    work->db = db;
    TAILQ_INIT(&work->job.ops);
    (void)uv_sem_init(&work->ended, 0);
    return work;
}

static bool
has_something_to_do(const struct db *db)
{
    return db->checkpoint_due || db->state.degraded || !TAILQ_EMPTY(&db->queue);
}

static void
start_job(void *ctx)
{
    struct db *db = ctx;

    if (db->work || !has_something_to_do(db))
        return;
    timer_disarm(db->timer);
    db->work = work_new(db);
    db->work->job.checkpoint = db->checkpoint_due && !db->state.degraded;
    if (!db->work->job.checkpoint)
        take_ops(db, &db->work->job);
    /* Fails only without a function to run. */
    (void)uv_queue_work(loop_uv(db->loop), &db->work->uv, run_on_pool,
                        on_job_ended);
}

static void
end_running_job(struct db *db)
{
    struct db_work *work = db->work;

    if (!work)
        return;
    if (uv_cancel((uv_req_t *)&work->uv) == 0) {
        requeue_writes(db, &work->job.ops);
        return;
    }
    uv_sem_wait(&work->ended);
    settle_job(db, &work->job);
}

/* Without the reads, whose owners are no longer waiting. */
static int
flush(struct db *db)
{
    struct db_job job = {0};

    TAILQ_INIT(&job.ops);
    answer_reads(db, &db->queue, AIGW_ECANCELLED);
    if (TAILQ_EMPTY(&db->queue))
        return 0;
    take_ops(db, &job);
    db_job_run(&job, &db->conn);
    settle_job(db, &job);
    return TAILQ_EMPTY(&db->queue) ? 0 : db->fail_status;
}

int
db_close(struct db *db)
{
    int status;

    if (!db)
        return 0;
    db_forget_waiters(db);
    end_running_job(db);
    status = flush(db);
    db_forget_waiters(db);
    db_conn_close(&db->conn, status == 0);
    db_ops_free(&db->queue);
    db_ops_free(&db->told_reads);
    loop_undefer(db->loop, &db->tell);
    loop_undefer(db->loop, &db->start);
    timer_free(db->timer);
    db->closed = true;
    db_destroy(db);
    return status;
}

const struct db_state *
db_state(const struct db *db)
{
    return &db->state;
}
