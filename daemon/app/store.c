#include "app/store_internal.h"

#include "app/app.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    GROUP_MS = 5, /* What belongs together is queued together. */
    QUEUE_BYTES = 64 * 1024 * 1024,
    MAX_SESSIONS = 4096,
    MEMORY_MAX_BYTES = 64 * 1024 * 1024,

    /* So much written since it was last looked at may be too much. */
    TIDY_SHARE = 8, /* Of the allowance of bytes. */
    TIDY_CALLS = 1024,
    STARTING_BYTES = 4096,
};

static const char *const MIGRATIONS[] = {
    "CREATE TABLE calls ("
    " id INTEGER PRIMARY KEY,"
    " uid INTEGER NOT NULL,"
    " client TEXT NOT NULL,"
    " request_id TEXT NOT NULL,"
    " digest BLOB NOT NULL,"
    " session_id TEXT,"
    " state INTEGER NOT NULL," /* enum store_state */
    " form INTEGER NOT NULL,"  /* enum call_form */
    " route TEXT NOT NULL,"
    " turn TEXT,"   /* Messages as JSON, with commas between them. */
    " answer TEXT," /* The assistant's message as JSON. */
    " complete INTEGER NOT NULL DEFAULT 0,"
    " result BLOB," /* MessagePack */
    " bytes INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX calls_by_name"
    " ON calls (request_id, uid, client);"
    "CREATE INDEX calls_by_session ON calls (session_id, uid, id)"
    " WHERE session_id IS NOT NULL;"
    "CREATE INDEX calls_unfinished ON calls (state) WHERE state <> 1;"
    "CREATE INDEX calls_by_age ON calls (updated_ms);"
    "CREATE TABLE deltas ("
    " id INTEGER PRIMARY KEY,"
    " call INTEGER NOT NULL,"
    " first_seq INTEGER NOT NULL,"
    " entries BLOB NOT NULL);"
    "CREATE INDEX deltas_by_call ON deltas (call, id);"
    "CREATE TRIGGER calls_take_their_deltas AFTER DELETE ON calls BEGIN"
    " DELETE FROM deltas WHERE call = OLD.id; END;",
};

/* A few MiB at a time, so that nobody waits long. */
static const char VACUUM[] = "PRAGMA incremental_vacuum(1024)";

static void
on_started(void *ctx, int status, const struct db_rows *rows)
{
    struct store *s = ctx;

    if (status == 0)
        s->last_id = db_rows_int(rows, 0, 0);
    s->starting_status = status;
    s->started = true;
    loop_stop(s->app->loop);
}

/* Before anybody can ask: nothing else runs on the loop yet.  A store that
 * does not know which numbers are taken would write over calls of others.
 * What it changes may wait for storage that fails for now. */
static int
take_stock(struct store *s)
{
    s->started = false;
    s->starting = (struct db_read){
        .done = on_started,
        .ctx = s,
        .max_rows = 1,
        .max_bytes = STARTING_BYTES,
    };
    if (db_read(s->db, &s->starting, "SELECT max(id) FROM calls", NULL, 0))
        return AIGW_ENOMEM;
    while (!s->started)
        loop_run(s->app->loop);
    if (s->starting_status == 0)
        (void)db_write(s->db, "UPDATE calls SET state = 2 WHERE state = 0",
                       NULL, 0);
    return s->starting_status;
}

static int
start(struct store *s)
{
    const struct storage_options options = {
        .name = "sessions",
        .what = "durable calls",
        .in_memory = s->app->config->session.persist == CONFIG_PERSIST_NONE,
        .migrations = MIGRATIONS,
        .n_migrations = array_count(MIGRATIONS),
        .group_ms = GROUP_MS,
        .queue_bytes = QUEUE_BYTES,
    };
    int status = storage_open(&s->storage, s->app, &options);

    if (status)
        return status;
    s->db = s->storage.db;
    status = take_stock(s);
    if (status == 0 || !s->storage.path)
        return status;
    status = storage_fall_back(&s->storage, &options, db_state(s->db)->error);
    s->db = s->storage.db;
    return status ? status : take_stock(s);
}

struct store *
store_new(struct app *app)
{
    struct store *s = mem_new(sizeof(*s));

    s->app = app;
    if (start(s) == 0)
        return s;
    store_free(s);
    return NULL;
}

void
store_free(struct store *s)
{
    if (!s)
        return;
    storage_close(&s->storage);
    free(s);
}

const char *
store_state(const struct store *s)
{
    return storage_state(&s->storage);
}

int64_t
store_next_id(struct store *s)
{
    return ++s->last_id;
}

static struct db_value
text_or_null(struct json_slice text)
{
    return text.text ? db_text_n(text.text, text.size) : db_null();
}

/* Much written means that there may be too much. */
static bool
wrote(struct store *s, size_t bytes)
{
    s->written_bytes += bytes;
    if ((int64_t)s->written_bytes
            > s->app->config->session.max_bytes / TIDY_SHARE
        || s->written_calls >= TIDY_CALLS)
        store_tidy(s);
    return true;
}

bool
store_create(struct store *s, const struct store_call *c)
{
    int64_t now_ms = clock_wall_ms();
    struct db_value values[] = {
        db_int(c->id),
        db_int(c->uid),
        db_text(c->client),
        db_text(c->request_id),
        db_blob(c->digest, DIGEST_SIZE),
        db_text(c->session_id),
        db_int(c->form),
        db_text(c->route),
        text_or_null(c->turn),
        db_int((int64_t)c->turn.size),
        db_int(now_ms),
    };

    return db_write(s->db,
                    "INSERT INTO calls (id, uid, client, request_id, digest,"
                    " session_id, state, form, route, turn, bytes, created_ms,"
                    " updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8,"
                    " ?9, ?10, ?11, ?11)",
                    values, array_count(values))
               == 0
           && ++s->written_calls > 0 && wrote(s, c->turn.size);
}

bool
store_say(struct store *s, int64_t id, int64_t first_seq, const char *data,
          size_t size)
{
    struct db_value values[] = {
        db_int(id),
        db_int(first_seq),
        db_blob(data, size),
    };

    return db_write(s->db,
                    "INSERT INTO deltas (call, first_seq, entries)"
                    " SELECT ?1, ?2, ?3 WHERE EXISTS"
                    " (SELECT 1 FROM calls WHERE id = ?1)",
                    values, array_count(values))
               == 0
           && wrote(s, size);
}

bool
store_end(struct store *s, const struct store_call *c, int64_t first_seq)
{
    struct db_value old[] = {db_int(c->id), db_int(first_seq)};
    struct db_value values[] = {
        db_int(c->id),
        text_or_null(c->answer),
        db_int(c->complete),
        db_blob(c->result.text, c->result.size),
        db_int((int64_t)(c->answer.size + c->result.size)),
        db_int(clock_wall_ms()),
    };

    (void)db_write(s->db,
                   "DELETE FROM deltas WHERE call = ?1 AND id <"
                   " (SELECT max(id) FROM deltas WHERE call = ?1"
                   " AND first_seq <= ?2)",
                   old, array_count(old));
    return db_write(s->db,
                    "UPDATE calls SET state = 1, answer = ?2, complete = ?3,"
                    " result = ?4, bytes = bytes + ?5 + (SELECT"
                    " coalesce(sum(length(entries)), 0) FROM deltas"
                    " WHERE call = ?1), updated_ms = ?6 WHERE id = ?1",
                    values, array_count(values))
               == 0
           && wrote(s, c->answer.size + c->result.size);
}

bool
store_forget(struct store *s, int64_t id)
{
    struct db_value value = db_int(id);

    return db_write(s->db, "DELETE FROM calls WHERE id = ?1", &value, 1) == 0;
}

void
store_sync(struct store *s, struct db_sync *sync)
{
    db_sync(s->db, sync);
}

void
store_sync_cancel(struct store *s, struct db_sync *sync)
{
    db_sync_cancel(s->db, sync);
}

int
store_delete_session(struct store *s, const struct store_asker *asker,
                     const char *session_id, struct db_sync *sync)
{
    struct db_value values[] = {
        db_text(session_id),
        db_int(asker->uid),
        db_int(asker->admin),
    };

    return db_write_sync(
        s->db, sync,
        "DELETE FROM calls WHERE session_id = ?1"
        " AND uid = " STORE_OWNER " AND NOT EXISTS (SELECT 1 FROM calls"
        " WHERE session_id = ?1 AND uid = " STORE_OWNER " AND state = 0)",
        values, array_count(values));
}

/* A conversation lives as long as its last call. */
static void
drop_old(struct store *s, int64_t before_ms)
{
    struct db_value value = db_int(before_ms);

    (void)db_write(s->db,
                   "DELETE FROM calls WHERE updated_ms < ?1 AND state <> 0"
                   " AND session_id IS NULL",
                   &value, 1);
    (void)db_write(s->db,
                   "DELETE FROM calls WHERE session_id IS NOT NULL"
                   " AND (uid, session_id) IN (SELECT uid, session_id"
                   " FROM calls WHERE session_id IS NOT NULL"
                   " GROUP BY uid, session_id"
                   " HAVING max(updated_ms) < ?1 AND min(state) > 0)",
                   &value, 1);
}

static void
drop_sessions(struct store *s)
{
    struct db_value value = db_int(MAX_SESSIONS);

    (void)db_write(s->db,
                   "DELETE FROM calls WHERE session_id IS NOT NULL"
                   " AND (uid, session_id) IN (SELECT uid, session_id"
                   " FROM calls WHERE session_id IS NOT NULL"
                   " GROUP BY uid, session_id HAVING min(state) > 0"
                   " ORDER BY max(updated_ms) DESC LIMIT -1 OFFSET ?1)",
                   &value, 1);
}

/* The oldest first, until the rest fits. */
static void
drop_bytes(struct store *s, int64_t max_bytes)
{
    struct db_value value = db_int(max_bytes);

    (void)db_write(s->db,
                   "DELETE FROM calls WHERE state <> 0 AND id IN (SELECT id"
                   " FROM (SELECT id, sum(bytes + 256) OVER"
                   " (ORDER BY updated_ms DESC, id DESC) AS total FROM calls)"
                   " WHERE total > ?1)",
                   &value, 1);
}

void
store_tidy(struct store *s)
{
    const struct config_session *c = &s->app->config->session;
    int64_t max_bytes = c->max_bytes;

    if (!s->storage.path && max_bytes > MEMORY_MAX_BYTES)
        max_bytes = MEMORY_MAX_BYTES;
    s->written_bytes = 0;
    s->written_calls = 0;
    drop_old(s, clock_wall_ms() - c->ttl_ms);
    drop_sessions(s);
    drop_bytes(s, max_bytes);
    (void)db_write(s->db, VACUUM, NULL, 0);
}
