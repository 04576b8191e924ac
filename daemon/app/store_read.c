/*
 * store_read.c - the queries of the store.
 */
#include "app/store_internal.h"
#include "base/mem.h"

#include <string.h>

enum {
    /* A result may be as large as limits.response_bytes allows. */
    CALL_MAX_BYTES = 128 * 1024 * 1024,
    SESSION_MAX_CALLS = 1024,
    SESSION_MAX_BYTES = 16 * 1024 * 1024,
    SAID_ROWS = 256, /* At a time. */
    SAID_BYTES = 4 * 1024 * 1024,
    MAX_SESSIONS = 4096,
    SESSIONS_MAX_BYTES = 4 * 1024 * 1024,
};

/* What store_row() reads. */
#define HEAD                                                                   \
    "id, uid, client, request_id, digest, session_id, state, form, route,"     \
    " complete, answer, turn"

static int
start(struct store *s, struct db_read *read, const char *sql,
      const struct db_value *values, int n_values)
{
    return db_read(s->db, read, sql, values, n_values);
}

int
store_find(struct store *s, struct db_read *read,
           const struct store_asker *asker, const char *request_id)
{
    struct db_value values[] = {
        db_text(request_id),
        db_int(asker->uid),
        db_text(asker->client),
    };

    read->max_rows = 1;
    read->max_bytes = CALL_MAX_BYTES;
    return start(s, read,
                 "SELECT " HEAD ", result FROM calls WHERE request_id = ?1"
                 " AND uid = ?2 AND client = ?3",
                 values, array_count(values));
}

int
store_find_any(struct store *s, struct db_read *read,
               const struct store_asker *asker, const char *request_id)
{
    struct db_value values[] = {
        db_text(request_id),
        db_int(asker->uid),
        db_text(asker->client),
        db_int(asker->admin),
    };

    read->max_rows = 1;
    read->max_bytes = CALL_MAX_BYTES;
    return start(s, read,
                 "SELECT " HEAD ", result FROM calls WHERE request_id = ?1"
                 " AND (uid = ?2 OR ?4)"
                 " ORDER BY uid = ?2 DESC, client = ?3 DESC, id DESC LIMIT 1",
                 values, array_count(values));
}

int
store_find_turns(struct store *s, struct db_read *read,
                 const struct store_asker *asker, const char *session_id)
{
    struct db_value values[] = {db_text(session_id), db_int(asker->uid)};

    read->max_rows = STORE_TURN_MESSAGES;
    read->max_bytes = 4 * (size_t)STORE_TURN_BYTES;
    return start(s, read,
                 "SELECT " HEAD " FROM calls WHERE session_id = ?1"
                 " AND uid = ?2 AND (answer IS NOT NULL OR state = 2)"
                 " ORDER BY id DESC LIMIT 64",
                 values, array_count(values));
}

int
store_find_session(struct store *s, struct db_read *read,
                   const struct store_asker *asker, const char *session_id)
{
    struct db_value values[] = {
        db_text(session_id),
        db_int(asker->uid),
        db_int(asker->admin),
    };

    read->max_rows = SESSION_MAX_CALLS;
    read->max_bytes = SESSION_MAX_BYTES;
    return start(s, read,
                 "SELECT " HEAD " FROM calls WHERE session_id = ?1"
                 " AND uid = " STORE_OWNER " ORDER BY id DESC",
                 values, array_count(values));
}

int
store_find_said(struct store *s, struct db_read *read, int64_t id,
                int64_t after)
{
    struct db_value values[] = {db_int(id), db_int(after)};

    read->max_rows = SAID_ROWS;
    read->max_bytes = SAID_BYTES;
    return start(s, read,
                 "SELECT first_seq, entries, id FROM deltas WHERE call = ?1"
                 " AND id > ?2 ORDER BY id",
                 values, array_count(values));
}

int
store_find_sessions(struct store *s, struct db_read *read,
                    const struct store_asker *asker)
{
    struct db_value values[] = {db_int(asker->uid), db_int(asker->admin)};

    read->max_rows = MAX_SESSIONS;
    read->max_bytes = SESSIONS_MAX_BYTES;
    return start(
        s, read,
        "SELECT s.session_id, s.uid, s.turns, s.bytes, s.updated_ms, c.state,"
        " c.complete FROM (SELECT session_id, uid, count(answer) AS turns,"
        " sum(bytes) AS bytes, max(updated_ms) AS updated_ms,"
        " max(CASE WHEN answer IS NOT NULL OR state <> 1 THEN id END) AS last"
        " FROM calls WHERE session_id IS NOT NULL AND (uid = ?1 OR ?2)"
        " GROUP BY uid, session_id) s LEFT JOIN calls c ON c.id = s.last"
        " ORDER BY s.updated_ms DESC",
        values, array_count(values));
}

static struct json_slice
slice_at(const struct db_rows *rows, int i, int column)
{
    struct db_value value = db_rows_at(rows, i, column);

    if (value.type == DB_NULL)
        return (struct json_slice){NULL, 0};
    return (struct json_slice){value.data ? value.data : "", value.size};
}

void
store_row(const struct db_rows *rows, int i, struct store_call *ret_call)
{
    struct db_value digest = db_rows_at(rows, i, 4);

    *ret_call = (struct store_call){
        .id = db_rows_int(rows, i, 0),
        .uid = (uid_t)db_rows_int(rows, i, 1),
        .client = db_rows_text(rows, i, 2),
        .request_id = db_rows_text(rows, i, 3),
        .session_id = db_rows_at(rows, i, 5).type == DB_NULL
                          ? NULL
                          : db_rows_text(rows, i, 5),
        .state = (enum store_state)db_rows_int(rows, i, 6),
        .form = (enum call_form)db_rows_int(rows, i, 7),
        .route = db_rows_text(rows, i, 8),
        .complete = db_rows_int(rows, i, 9) != 0,
        .answer = slice_at(rows, i, 10),
        .turn = slice_at(rows, i, 11),
        .result = slice_at(rows, i, 12),
    };
    if (digest.size == DIGEST_SIZE)
        memcpy(ret_call->digest, digest.data, DIGEST_SIZE);
}
