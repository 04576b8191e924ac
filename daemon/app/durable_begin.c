/*
 * durable_begin.c - what comes before a durable call is sent.
 *
 *     known already?  -->  what was said earlier?  -->  stored  -->  sent
 */
#include "app/durable_internal.h"

#include <string.h>

enum {
    RESULT_BYTES = 4096, /* Of a call that was never sent. */
};

/* Cancelled before it was sent. */
static void
end_unsent(struct durable *d)
{
    struct pack p;

    if (d->id > 0)
        (void)store_forget(d->app->store, d->id);
    d->stored = false;
    pack_init(&p, &d->result);
    call_pack_remains(&p, &(struct call_remains){
                              .request_id = d->params.id,
                              .route = d->params.route,
                              .error_code = "cancelled",
                              .error = d->cancel_why,
                          });
    if (pack_finish(&p))
        durable_refuse(d, AIGW_EINTERNAL, "out of memory");
    else
        durable_end(d, NULL);
}

static void
launch(void *ctx)
{
    struct durable *d = ctx;
    struct aigw_err err = {0};
    int status;

    if (d->cancel_why) {
        end_unsent(d);
        return;
    }
    status =
        proxy_start(d->app, &d->params, &DURABLE_CALLER_OPS, d, &d->call, &err);
    if (status) {
        (void)store_forget(d->app->store, d->id);
        durable_refuse(d, status, err.text);
        return;
    }
    d->params.chat = NULL;
    d->params.embed = NULL;
    d->state = DURABLE_RUNNING;
    durable_hold(d);
}

static void
on_created(void *ctx, int status)
{
    (void)status;
    launch(ctx);
}

/* The caller's own messages, if prompts are kept and it is not too large.  As
 * an array: `turn`. */
static int
put_turn(struct durable *d, struct bytes *turn)
{
    size_t n;
    int status;

    if (!d->params.chat
        || d->app->config->session.persist == CONFIG_PERSIST_ANSWERS)
        return AIGW_ENOTSUP;
    status = bytes_append(turn, "[", 1);
    if (status == 0)
        status = chat_put_turn(d->params.chat, turn, &n);
    if (status == 0)
        status = bytes_append(turn, "]", 1);
    return status;
}

static void
write_row(struct durable *d)
{
    struct store_call row = {
        .id = store_next_id(d->app->store),
        .uid = d->client.uid,
        .client = d->client.name,
        .request_id = d->params.id,
        .session_id = *d->params.session_id ? d->params.session_id : NULL,
        .form = d->form,
        .route = d->params.route,
    };
    struct bytes turn;

    memcpy(row.digest, d->digest, DIGEST_SIZE);
    bytes_init(&turn, STORE_TURN_BYTES);
    if (put_turn(d, &turn) == 0)
        row.turn = (struct json_slice){turn.data, turn.size};
    d->stored = store_create(d->app->store, &row);
    d->id = row.id;
    bytes_deinit(&turn);
}

/* The request grows by what was said earlier, but what is stored of it is only
 * what it brings itself. */
static int
join_conversation(struct durable *d)
{
    struct chat_turns turns = conversation_turns(&d->conversation);
    struct chat_request *chat;
    int status;

    if (!*d->params.session_id || turns.n_messages == 0)
        return 0;
    status = chat_with_turns(d->params.chat, &turns, &chat);
    if (status)
        return status;
    chat_free(d->params.chat);
    d->params.chat = chat;
    return 0;
}

static void
create(struct durable *d)
{
    int status;

    d->state = DURABLE_CREATING;
    write_row(d);
    status = join_conversation(d);
    conversation_deinit(&d->conversation);
    if (status) {
        (void)store_forget(d->app->store, d->id);
        durable_refuse(d, AIGW_EOVERLOADED, "out of memory");
        return;
    }
    durable_hold(d);
    d->sync = (struct db_sync){.done = on_created, .ctx = d};
    if (d->stored)
        store_sync(d->app->store, &d->sync);
    else
        durable_later(d, launch);
}

static void
on_conversation(void *ctx, int status)
{
    struct durable *d = ctx;

    /* An answer that knows nothing of what was said would be a wrong one. */
    if (status)
        durable_refuse(d, AIGW_EINTERNAL, "the conversation cannot be read");
    else
        create(d);
}

static void
on_refused(void *ctx)
{
    durable_refuse(ctx, AIGW_EOVERLOADED, "too much waits to be stored");
}

static void
on_busy(void *ctx)
{
    durable_refuse(ctx, AIGW_ECONFLICT,
                   "session_id: a call of this conversation is running");
}

void
durable_prepare(struct durable *d)
{
    struct store_asker asker = {d->client.uid, d->client.name, false};

    if (!durable_claim_session(d)) {
        durable_later(d, on_busy);
        return;
    }
    if (!*d->params.session_id) {
        create(d);
        return;
    }
    d->conversation.done = on_conversation;
    d->conversation.ctx = d;
    d->conversation.store = d->app->store;
    if (conversation_read(&d->conversation, &asker, d->params.session_id))
        durable_later(d, on_refused);
}

static void
on_found(void *ctx, int status, const struct db_rows *rows)
{
    struct durable *d = ctx;
    struct store_call row;

    /* Storage fails, which was said: the call is answered all the same. */
    if (status || db_rows_count(rows) == 0) {
        durable_prepare(d);
        return;
    }
    store_row(rows, 0, &row);
    if (memcmp(row.digest, d->digest, DIGEST_SIZE) != 0)
        durable_refuse(d, AIGW_ECONFLICT,
                       "request_id: it stands for another request");
    else
        durable_recall(d, &row);
}

void
durable_look(struct durable *d)
{
    struct store_asker asker = {d->client.uid, d->client.name, false};

    d->read.done = on_found;
    d->read.ctx = d;
    if (!d->named)
        durable_prepare(d);
    else if (store_find(d->app->store, &d->read, &asker, d->params.id))
        durable_later(d, on_refused);
}
