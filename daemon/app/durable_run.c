/*
 * durable_run.c - the proxy's caller: what is said is kept and stored, then
 * told.
 */
#include "app/durable_internal.h"

enum {
    FLUSH_BYTES = 16 * 1024,
    EVENT_BYTES = 4096,
    ANSWER_BYTES = 64 * 1024 * 1024,
};

void
durable_flush(struct durable *d)
{
    const char *data;
    size_t size;

    replay_since(&d->replay, d->stored_at.at, &data, &size);
    if (!d->stored || size == 0)
        return;
    d->stored =
        store_say(d->app->store, d->id, d->stored_at.seq + 1, data, size);
    d->stored_at = d->replay.end;
}

static void
flush_soon(struct durable *d)
{
    if (!d->stored)
        return;
    if (d->replay.end.at - d->stored_at.at >= FLUSH_BYTES)
        durable_flush(d);
    else
        durables_flush_soon(d->app->durables);
}

/* What is neither stored nor told yet is spared. */
static void
trim(struct durable *d)
{
    uint64_t until = UINT64_MAX;

    if (d->streamer)
        until = d->streamer->cursor.at;
    if (d->stored && d->stored_at.at < until)
        until = d->stored_at.at;
    replay_trim(&d->replay, until);
}

static void
keep(struct durable *d, enum replay_kind kind, const void *data, size_t size)
{
    trim(d);
    if (replay_append(&d->replay, kind, data, size) == 0) {
        durable_hold(d);
        return;
    }
    d->unkept = true;
    durable_wake(d);
}

static void
on_committed(void *ctx, int status)
{
    struct durable *d = ctx;

    /* Not stored, which was said: nobody shall wait for it. */
    (void)status;
    d->committed = true;
    d->committing = false;
    durable_go_on(d);
}

static void
commit(struct durable *d)
{
    if (d->committed || d->committing)
        return;
    durable_flush(d);
    d->committing = d->stored;
    d->committed = !d->stored;
    d->commit = (struct db_sync){.done = on_committed, .ctx = d};
    if (d->committing)
        store_sync(d->app->store, &d->commit);
}

/* An answer that comes in one piece is told when it is known to be one. */
static bool
on_delta(void *ctx, int64_t seq, const struct dialect_event *ev)
{
    struct durable *d = ctx;

    (void)seq;
    if (!d->upstream_streams)
        return true;
    if (ev->plain)
        keep(d, REPLAY_TEXT, ev->text, ev->size);
    else
        keep(d, REPLAY_DELTA, ev->delta.text, ev->delta.size);
    commit(d);
    flush_soon(d);
    durable_pump(d);
    return !durable_is_blocked(d);
}

static void
on_event(void *ctx, int64_t seq, const struct call_event *ev)
{
    struct durable *d = ctx;
    struct bytes bytes;
    struct pack p;

    (void)seq;
    bytes_init(&bytes, EVENT_BYTES);
    pack_init(&p, &bytes);
    call_pack_event(&p, ev);
    if (pack_finish(&p) == 0)
        keep(d, ev->kind == CALL_EVENT_RESET ? REPLAY_RESET : REPLAY_EVENT,
             bytes.data, bytes.size);
    bytes_deinit(&bytes);
    flush_soon(d);
    durable_pump(d);
}

/* The message of the first choice of a chat.completion; a NULL slice if there
 * is none. */
static struct json_slice
find_message(struct json_slice response)
{
    struct json_walk choices;

    if (!response.text || json_check(response.text, response.size, NULL))
        return (struct json_slice){NULL, 0};
    json_walk_init(&choices, json_find(response, "choices"));
    return json_walk_next(&choices) ? json_find(choices.value, "message")
                                    : (struct json_slice){NULL, 0};
}

/* What a conversation keeps of the answer: nothing if nothing was said. */
static int
put_answer(const struct call_result *r, struct bytes *b)
{
    struct json_slice message = {NULL, 0};

    if (r->success)
        message = find_message(r->response);
    if (json_slice_is_object(message))
        return chat_put_answer(message, b);
    if (r->content.size == 0)
        return 0;
    return chat_put_answer_text(r->content.text, r->content.size, b);
}

static void
on_ended(void *ctx, int status)
{
    struct durable *d = ctx;

    (void)status;
    d->state = DURABLE_ENDED;
    d->committed = true;
    durable_release_session(d);
    durable_tell(d);
}

static void
on_ended_unstored(void *ctx)
{
    on_ended(ctx, 0);
}

void
durable_end(struct durable *d, const struct store_call *end)
{
    d->call = NULL;
    d->state = DURABLE_ENDING;
    timer_disarm(d->timer);
    durable_flush(d);
    if (d->stored
        && !store_end(d->app->store, end, replay_first_seq(&d->replay))) {
        (void)store_forget(d->app->store, d->id);
        d->stored = false;
    }
    durable_hold(d);
    d->sync = (struct db_sync){.done = on_ended, .ctx = d};
    if (d->stored)
        store_sync(d->app->store, &d->sync);
    else
        durable_later(d, on_ended_unstored);
}

static int
pack_result(struct durable *d, const struct call *c,
            const struct call_result *r)
{
    struct pack p;

    pack_init(&p, &d->result);
    call_pack_result(&p, c, r, d->form);
    return pack_finish(&p);
}

static void
end_with(struct durable *d, const struct call_result *r)
{
    struct store_call end = {
        .id = d->id,
        .complete = r->success,
        .result = {d->result.data, d->result.size},
    };
    struct bytes answer;

    if (!d->upstream_streams && r->success && r->content.size > 0)
        keep(d, REPLAY_TEXT, r->content.text, r->content.size);
    bytes_init(&answer, ANSWER_BYTES);
    if (put_answer(r, &answer) == 0 && answer.size > 0)
        end.answer = (struct json_slice){answer.data, answer.size};
    durable_end(d, &end);
    bytes_deinit(&answer);
}

static void
on_internal_failure(void *ctx)
{
    durable_refuse(ctx, AIGW_EINTERNAL, aigw_status_text(AIGW_EINTERNAL));
}

static void
on_done(void *ctx, const struct call *c, const struct call_result *r)
{
    struct durable *d = ctx;

    if (r->status || pack_result(d, c, r)) {
        d->call = NULL;
        d->state = DURABLE_ENDING;
        (void)store_forget(d->app->store, d->id);
        d->stored = false;
        durable_later(d, on_internal_failure);
        return;
    }
    end_with(d, r);
}

const struct caller_ops DURABLE_CALLER_OPS = {
    .delta = on_delta,
    .event = on_event,
    .done = on_done,
};
