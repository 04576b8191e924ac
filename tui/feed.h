/*
 * feed.h - where a model's values come from: the daemon (feed_live.c), or a
 * recording of one (feed_replay.c), of which `--demo` is one that is built in.
 *
 * A feed is driven like an event loop's source: wait for feed_events() on
 * feed_fd() at most feed_timeout_ms(), then call feed_dispatch(), which puts
 * what has come into the model and calls back.  It never blocks and never
 * ends the program.
 */
#ifndef AIGW_TUI_FEED_H
#define AIGW_TUI_FEED_H

#include <aigw/aigw.h>
#include <stdbool.h>

#include "tui/model.h"

struct record; /* tui/record.h: where a recording is written to. */

/* What is wanted of the feed; changes as the operator moves about. */
struct feed_wants {
    double interval_ms; /* Between snapshots. */
    int window_s;       /* 10, 60, 300 or 3600. */
    const char *detail; /* The target shown in full; NULL: none. */
    bool requests;      /* Ask for `requests` with every snapshot. */
    bool costs;         /* Ask for `cost` every 10 s. */
    bool still;         /* The daemon's clock stands, and what runs by it. */
};

struct feed;

/* How a feed of one kind does it; see the functions below. */
struct feed_ops {
    void (*want)(struct feed *f, const struct feed_wants *wants, double now_ms);
    void (*poll_now)(struct feed *f, double now_ms);
    bool (*act)(struct feed *f, const char *method,
                const struct aigw_value *params);
    bool (*seek)(struct feed *f, double by_s, double speed, double now_ms);
    int (*fd)(const struct feed *f);
    short (*events)(const struct feed *f);
    double (*due_ms)(const struct feed *f, double now_ms);
    void (*dispatch)(struct feed *f, double now_ms);
    void (*free)(struct feed *f);
};

struct feed {
    const struct feed_ops *ops;
    struct model *model;
    struct record *record; /* NULL: nothing is recorded. */
    void *ctx;             /* Handed to the callbacks. */
    /* A snapshot or a change of the link has come: draw. */
    void (*changed)(void *ctx);
    /* An action has ended: `text` is what the daemon says, for people. */
    void (*answered)(void *ctx, int code, const struct aigw_value *result,
                     const char *text);
    /* A recording is over. */
    void (*ended)(void *ctx);
};

/* A feed from the daemon at `socket_path` (NULL: as libaigw finds it).
 * `model` is borrowed.  Starts connecting with the first feed_want(). */
struct feed *feed_live_new(const char *socket_path, struct model *model);

/* A feed from the recording `path`, or the one built in if that is NULL.
 * NULL if it cannot be read; `ret_error` then says why. */
struct feed *feed_replay_new(const char *path, struct model *model,
                             char ret_error[160]);

/* What to fetch from now on; at once, if it differs. */
static inline void
feed_want(struct feed *f, const struct feed_wants *wants, double now_ms)
{
    f->ops->want(f, wants, now_ms);
}

/* Fetches everything now; while there is no connection tries at once. */
static inline void
feed_poll_now(struct feed *f, double now_ms)
{
    f->ops->poll_now(f, now_ms);
}

/* Calls an administrative method; answered() follows.  False if it cannot:
 * not connected, or a recording. */
static inline bool
feed_act(struct feed *f, const char *method, const struct aigw_value *params)
{
    return f->ops->act(f, method, params);
}

/* Moves a recording by `by_s` seconds and plays it `speed` times as fast as
 * it was (0: stands still).  False for the daemon itself. */
static inline bool
feed_seek(struct feed *f, double by_s, double speed, double now_ms)
{
    return f->ops->seek(f, by_s, speed, now_ms);
}

static inline int
feed_fd(const struct feed *f)
{
    return f->ops->fd(f);
}

static inline short
feed_events(const struct feed *f)
{
    return f->ops->events(f);
}

/* When feed_dispatch() is due, whatever comes; INFINITY. */
static inline double
feed_due_ms(const struct feed *f, double now_ms)
{
    return f->ops->due_ms(f, now_ms);
}

static inline void
feed_dispatch(struct feed *f, double now_ms)
{
    f->ops->dispatch(f, now_ms);
}

static inline void
feed_free(struct feed *f)
{
    if (f)
        f->ops->free(f);
}

#endif
