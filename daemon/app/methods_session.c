/*
 * methods_session.c - session.list, session.get, session.resume,
 * session.delete.
 */
#include "app/call_read.h"
#include "app/durable.h"
#include "app/front.h"
#include "app/methods.h"
#include "app/recall.h"
#include "app/store.h"
#include "app/transcode.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    MESSAGES_MAX_BYTES = 32 * 1024 * 1024,
    TEXT_MAX_BYTES = 16 * 1024 * 1024,
};

/* A question to the store, and who waits for what it says. */
struct inquiry {
    struct app *app;
    struct rpc_call *rpc;
    struct db_read read;
    struct db_sync sync;
    struct recall recall;
    struct bytes messages; /* JSON, open at its end. */
    struct bytes text;     /* Of an answer that is in pieces. */
    int status;            /* Of the two. */
};

static void
inquiry_free(struct inquiry *q)
{
    db_read_cancel(&q->read);
    store_sync_cancel(q->app->store, &q->sync);
    recall_cancel(&q->recall);
    bytes_deinit(&q->messages);
    bytes_deinit(&q->text);
    free(q);
}

static void
on_abandon(void *owner)
{
    inquiry_free(owner);
}

static struct inquiry *
inquiry_new(struct app *app, struct rpc_call *rpc,
            void (*done)(void *ctx, int status, const struct db_rows *rows))
{
    struct inquiry *q = mem_new(sizeof(*q));

    q->app = app;
    q->rpc = rpc;
    q->read.done = done;
    q->read.ctx = q;
    bytes_init(&q->messages, MESSAGES_MAX_BYTES);
    bytes_init(&q->text, TEXT_MAX_BYTES);
    rpc_call_set_owner(rpc, on_abandon, NULL, q);
    return q;
}

static void
fail(struct inquiry *q, int status, const char *text)
{
    rpc_call_fail(q->rpc, status, "%s", text);
    inquiry_free(q);
}

static void
fail_read(struct inquiry *q, int status)
{
    fail(q, status == AIGW_EOVERLOADED ? status : AIGW_EINTERNAL,
         "what is stored cannot be read");
}

static struct store_asker
asker_of(const struct rpc_call *call)
{
    const struct session_client *client = session_client(call->session);

    return (struct store_asker){client->uid, client->name, client->admin};
}

static const char *
state_name(const struct app *app, const struct db_rows *rows, int i)
{
    uid_t uid = (uid_t)db_rows_int(rows, i, 1);

    if (durable_session_is_busy(app, uid, db_rows_text(rows, i, 0)))
        return "running";
    if (db_rows_at(rows, i, 5).type != DB_NULL
        && (db_rows_int(rows, i, 5) != STORE_ENDED
            || db_rows_int(rows, i, 6) == 0))
        return "interrupted";
    return "idle";
}

static void
on_sessions(void *ctx, int status, const struct db_rows *rows)
{
    struct inquiry *q = ctx;
    struct pack *p;

    if (status) {
        fail_read(q, status);
        return;
    }
    p = rpc_call_begin(q->rpc);
    pack_map_begin(p);
    pack_key(p, "sessions");
    pack_array_begin(p);
    for (int i = 0; i < db_rows_count(rows); i++) {
        pack_map_begin(p);
        pack_kv_str(p, "session_id", db_rows_text(rows, i, 0));
        pack_kv_int(p, "uid", db_rows_int(rows, i, 1));
        pack_kv_int(p, "turns", db_rows_int(rows, i, 2));
        pack_kv_int(p, "bytes", db_rows_int(rows, i, 3));
        pack_kv_int(p, "updated_ms", db_rows_int(rows, i, 4));
        pack_kv_str(p, "state", state_name(q->app, rows, i));
        pack_map_end(p);
    }
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(q->rpc);
    inquiry_free(q);
}

void
methods_session_list(struct app *app, struct rpc_call *call,
                     const msgpack_object *params)
{
    struct store_asker asker = asker_of(call);
    struct inquiry *q = inquiry_new(app, call, on_sessions);
    int status = store_find_sessions(app->store, &q->read, &asker);

    (void)params;
    if (status)
        fail_read(q, status);
}

static void
put(struct inquiry *q, const char *text)
{
    if (q->status == 0)
        q->status = bytes_append_str(&q->messages, text);
}

static void
put_member(struct inquiry *q, const char *name, struct json_slice value)
{
    put(q, name);
    if (!value.text)
        put(q, "null");
    else if (q->status == 0)
        q->status = bytes_append(&q->messages, value.text, value.size);
}

/* A stored message as session.get shows it. */
static void
put_message(struct inquiry *q, struct json_slice message, bool complete)
{
    struct json_slice calls = json_find(message, "tool_calls");

    put(q, q->messages.size > 1 ? ",{" : "{");
    put_member(q, "\"role\":", json_find(message, "role"));
    put_member(q, ",\"content\":", json_find(message, "content"));
    if (calls.text)
        put_member(q, ",\"tool_calls\":", calls);
    put(q, complete ? ",\"complete\":true}" : ",\"complete\":false}");
}

static void
put_text(struct inquiry *q, struct json_slice text)
{
    if (text.size == 0)
        return;
    put(q, q->messages.size > 1 ? "," : "");
    put(q, "{\"role\":\"assistant\",\"content\":");
    if (q->status == 0)
        q->status = json_append_string(&q->messages, text.text, text.size);
    put(q, ",\"complete\":false}");
}

static void
put_call(struct inquiry *q, const struct store_call *call)
{
    struct json_walk walk;

    if (call->turn.text
        && !json_check(call->turn.text, call->turn.size, NULL)) {
        json_walk_init(&walk, call->turn);
        while (json_walk_next(&walk))
            put_message(q, walk.value, true);
    }
    if (call->answer.text
        && !json_check(call->answer.text, call->answer.size, NULL))
        put_message(q, call->answer, call->complete);
}

static void
show_messages(struct inquiry *q)
{
    struct pack *p;

    put(q, "]");
    if (q->status) {
        fail(q, AIGW_EINTERNAL, aigw_status_text(q->status));
        return;
    }
    p = rpc_call_begin(q->rpc);
    pack_map_begin(p);
    pack_key(p, "messages");
    transcode_pack(p, q->messages.data, q->messages.size);
    pack_map_end(p);
    rpc_call_end(q->rpc);
    inquiry_free(q);
}

static void
on_text(void *ctx, int status)
{
    struct inquiry *q = ctx;

    if (status) {
        fail_read(q, status);
        return;
    }
    put_text(q, (struct json_slice){q->text.data, q->text.size});
    show_messages(q);
}

/* The last call has no answer in one piece (yet). */
static void
show_unfinished(struct inquiry *q, const struct store_call *last)
{
    const struct durable *d = durable_find_row(q->app, last->id);
    struct json_slice text = d ? durable_text(d) : (struct json_slice){0};
    int status;

    if (text.size > 0) {
        put_text(q, text);
        show_messages(q);
        return;
    }
    q->recall = (struct recall){
        .done = on_text,
        .ctx = q,
        .store = q->app->store,
        .text = &q->text,
    };
    status = recall_start(&q->recall, last->id);
    if (status)
        fail_read(q, status);
}

static void
on_calls(void *ctx, int status, const struct db_rows *rows)
{
    struct inquiry *q = ctx;
    struct store_call call = {.state = STORE_ENDED};

    if (status) {
        fail_read(q, status);
        return;
    }
    if (db_rows_count(rows) == 0) {
        fail(q, AIGW_ENOTFOUND, "nothing of that name is kept for this user");
        return;
    }
    put(q, "[");
    for (int i = db_rows_count(rows); i > 0; i--) {
        store_row(rows, i - 1, &call);
        put_call(q, &call);
    }
    if (call.state == STORE_ENDED)
        show_messages(q);
    else
        show_unfinished(q, &call);
}

static void
read_ids(struct unpack *u, char session_id[CALL_SESSION_SIZE],
         char request_id[CALL_ID_SIZE])
{
    (void)call_read_name(u, "session_id", session_id, CALL_SESSION_SIZE);
    if (request_id)
        (void)call_read_name(u, "request_id", request_id, CALL_ID_SIZE);
    if (!*session_id && (!request_id || !*request_id))
        unpack_require(u, "session_id");
}

void
methods_session_get(struct app *app, struct rpc_call *call,
                    const msgpack_object *params)
{
    struct store_asker asker = asker_of(call);
    char session_id[CALL_SESSION_SIZE] = "", request_id[CALL_ID_SIZE] = "";
    struct aigw_err err = {0};
    struct inquiry *q;
    struct unpack u;
    int status;

    methods_unpack(&u, params, &err);
    read_ids(&u, session_id, request_id);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    q = inquiry_new(app, call, on_calls);
    status = *session_id
                 ? store_find_session(app->store, &q->read, &asker, session_id)
                 : store_find_any(app->store, &q->read, &asker, request_id);
    if (status)
        fail_read(q, status);
}

void
methods_session_resume(struct app *app, struct rpc_call *call,
                       const msgpack_object *params)
{
    char request_id[CALL_ID_SIZE] = "";
    struct aigw_err err = {0};
    int64_t from_seq = 1;
    struct unpack u;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "request_id");
    (void)call_read_name(&u, "request_id", request_id, sizeof(request_id));
    if (unpack_int(&u, "from_seq", &from_seq) && from_seq < 1)
        unpack_refuse(&u, "from_seq", "expected at least 1");
    if (unpack_finish(&u))
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
    else
        front_resume(app, call, request_id, from_seq);
}

static void
on_deleted(void *ctx, int status)
{
    struct inquiry *q = ctx;

    if (status)
        fail(q, AIGW_EINTERNAL, "what is stored cannot be changed");
    else if (q->sync.n_changes == 0)
        fail(q, AIGW_ENOTFOUND, "no such conversation of this user");
    else {
        rpc_call_ok(q->rpc);
        inquiry_free(q);
    }
}

void
methods_session_delete(struct app *app, struct rpc_call *call,
                       const msgpack_object *params)
{
    struct store_asker asker = asker_of(call);
    char session_id[CALL_SESSION_SIZE] = "";
    struct aigw_err err = {0};
    struct inquiry *q;
    struct unpack u;
    int status;

    methods_unpack(&u, params, &err);
    read_ids(&u, session_id, NULL);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    if (durable_session_is_busy(app, asker.uid, session_id)) {
        rpc_call_fail(call, AIGW_ECONFLICT,
                      "session_id: a call of this conversation is running");
        return;
    }
    q = inquiry_new(app, call, NULL);
    q->sync.done = on_deleted;
    q->sync.ctx = q;
    status = store_delete_session(app->store, &asker, session_id, &q->sync);
    if (status)
        fail(q, AIGW_EOVERLOADED, "too much waits to be stored");
}
