/*
 * durable_follow.c - the followers of a durable call.
 */
#include "app/durable_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    GATED_BYTES = 256 * 1024, /* Kept until the first delta is stored. */
};

struct durable *
follower_durable(const struct follower *f)
{
    return f->durable;
}

/* From now on it is nobody's. */
static void
leave(struct follower *f)
{
    struct durable *d = f->durable;

    TAILQ_REMOVE(&d->followers, f, link);
    d->n_followers--;
    if (d->streamer == f)
        d->streamer = NULL;
}

/* Ends the follower; what it was to be told with is returned. */
static struct follower_options
remove_follower(struct follower *f)
{
    struct follower_options options = f->options;

    leave(f);
    free(f);
    return options;
}

static void
fail_follower(struct follower *f, int status, const char *text)
{
    struct follower_options o = remove_follower(f);

    o.ops->fail(o.ctx, status, text);
}

void
durable_refuse(struct durable *d, int status, const char *text)
{
    struct follower *f, *next;

    for (f = TAILQ_FIRST(&d->followers); f; f = next) {
        next = TAILQ_NEXT(f, link);
        fail_follower(f, status, text);
    }
    durable_free(d);
}

bool
durable_is_blocked(const struct durable *d)
{
    if (!d->committed)
        return d->replay.bytes.size > GATED_BYTES;
    return d->streamer && d->streamer->full;
}

/* The next entry for the follower, if there is one for it by now. */
static bool
next_entry(struct follower *f, struct replay_entry *ret_entry)
{
    struct durable *d = f->durable;
    struct replay_cursor cursor = f->cursor;

    if (!replay_next(&d->replay, &cursor, ret_entry)
        || (replay_is_delta(ret_entry->kind) && !d->committed))
        return false;
    f->cursor = cursor;
    return true;
}

void
durable_pump(struct durable *d)
{
    struct follower *f = d->streamer;
    bool hurried = d->app->durables->hurried;
    struct replay_entry entry;

    while (f && (!f->full || hurried) && next_entry(f, &entry))
        if (!replay_is_delta(entry.kind) || entry.seq >= f->options.from_seq)
            f->full = !f->options.ops->entry(f->options.ctx, &entry);
}

static bool
has_had_all(const struct follower *f)
{
    return f != f->durable->streamer
           || f->cursor.at >= f->durable->replay.end.at;
}

void
durable_tell(struct durable *d)
{
    struct follower *f, *next;

    durable_pump(d);
    if (d->state != DURABLE_ENDED)
        return;
    for (f = TAILQ_FIRST(&d->followers); f; f = next) {
        next = TAILQ_NEXT(f, link);
        if (has_had_all(f)) {
            struct follower_options o = remove_follower(f);

            o.ops->result(o.ctx, d->result.data, d->result.size);
        }
    }
    if (d->n_followers == 0)
        durable_free(d);
}

void
durable_go_on(struct durable *d)
{
    if (d->state == DURABLE_ENDED) {
        durable_tell(d);
        return;
    }
    durable_pump(d);
    if (d->call && !durable_is_blocked(d))
        proxy_resume(d->call);
}

static void
on_wake(void *ctx)
{
    struct durable *d = ctx;

    if (d->unkept)
        (void)durable_cancel(d, "the answer is larger than can be kept");
    durable_go_on(d);
}

void
durable_wake(struct durable *d)
{
    if (d->state == DURABLE_RUNNING || d->state == DURABLE_ENDED)
        durable_later(d, on_wake);
}

static void
refuse_seq(const struct durable *d, char *text, size_t size)
{
    (void)snprintf(text, size,
                   "from_seq: the first delta that is still held is %lld",
                   (long long)replay_first_seq(&d->replay));
}

void
durable_place_followers(struct durable *d)
{
    struct follower *f, *next;
    char text[96];

    for (f = TAILQ_FIRST(&d->followers); f; f = next) {
        next = TAILQ_NEXT(f, link);
        if (!f->options.streams
            || replay_seek(&d->replay, f->options.from_seq, &f->cursor))
            continue;
        refuse_seq(d, text, sizeof(text));
        fail_follower(f, AIGW_ENOTFOUND, text);
    }
}

static void
take_over(struct durable *d, struct follower *f)
{
    struct follower *old = d->streamer;

    d->streamer = f;
    if (!old)
        return;
    old->options.streams = false;
    old->options.ops->taken_over(old->options.ctx, old->cursor.seq);
}

/* Takes in a follower that is nobody's; refuses it if there is no place, or
 * not all that it wants. */
static int
join(struct durable *d, struct follower *f, struct aigw_err *err)
{
    char text[96];

    if (d->n_followers >= DURABLE_MAX_FOLLOWERS)
        return durable_shed(d->app, err, "too many callers of this request");
    if (f->options.streams
        && !replay_seek(&d->replay, f->options.from_seq, &f->cursor)) {
        refuse_seq(d, text, sizeof(text));
        return aigw_err_set(err, AIGW_ENOTFOUND, "%s", text);
    }
    f->durable = d;
    TAILQ_INSERT_TAIL(&d->followers, f, link);
    d->n_followers++;
    timer_disarm(d->timer);
    if (f->options.streams)
        take_over(d, f);
    durable_wake(d);
    return 0;
}

int
durable_attach(struct durable *d, const struct follower_options *options,
               struct follower **ret_follower, struct aigw_err *err)
{
    struct follower *f = calloc(1, sizeof(*f));
    int status;

    if (!f)
        return durable_shed(d->app, err, "out of memory");
    f->options = *options;
    status = join(d, f, err);
    if (status)
        free(f);
    else
        *ret_follower = f;
    return status;
}

void
durable_hand_over(struct durable *from, struct durable *to)
{
    struct follower *f = TAILQ_FIRST(&from->followers);
    struct follower_options options = f->options;
    struct aigw_err err = {0};
    int status;

    leave(f);
    status = join(to, f, &err);
    if (status) {
        free(f);
        options.ops->fail(options.ctx, status, err.text);
    }
}

/* Nobody follows any more. */
static void
detach(struct durable *d)
{
    int64_t now_ms = loop_now_ms(d->app->loop);

    switch (d->params.on_disconnect) {
    case CALL_CANCEL:
        (void)durable_cancel(d, "the caller went away");
        return;
    case CALL_AUTO:
    case CALL_DETACH:
        timer_arm_at(d->timer, now_ms + d->app->config->stream.detach_ms);
        break;
    case CALL_FINISH:
        break;
    }
}

void
follower_leave(struct follower *f)
{
    struct durable *d = f->durable;

    (void)remove_follower(f);
    if (d->call && !durable_is_blocked(d))
        proxy_resume(d->call);
    if (d->n_followers > 0)
        return;
    if (d->recalled || d->state == DURABLE_ENDED)
        durable_free(d);
    else if (d->state != DURABLE_ENDING)
        detach(d);
}

void
follower_drained(struct follower *f)
{
    f->full = false;
    durable_go_on(f->durable);
}
