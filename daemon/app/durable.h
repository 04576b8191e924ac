/*
 * durable.h - calls that outlive the connection they came by.
 *
 * A call with a request_id or session_id is stored, and whoever knows its name
 * may come back to it: while it runs, after it has ended, and after the daemon
 * was started anew.  It stands between the callers, called followers here, and
 * the proxy, which knows it as its one caller:
 *
 *     follower <--.
 *     follower <--+-- durable (replay, store) <-- proxy
 *     follower <--'
 *
 * One follower at most is given deltas, the one that came last and wants them;
 * all are given the result, which is packed once.
 *
 *     LOOKING -> CREATING -> RUNNING -> ENDING -> ENDED
 *        |          |                                ^
 *        |          '-- refused                      |
 *        '--------------- known: read back ----------'
 *
 * What is told to anybody is stored before: that the call exists before it is
 * sent, its first delta, its end.  Later deltas are stored within a few tens
 * of milliseconds.  When storage fails, calls go on all the same.
 *
 * Asynchronous contract: if durable_start() or durable_resume() fails, no
 * callback comes.  Otherwise exactly one `result` or `fail`, never from inside
 * either, and none after follower_leave(); the follower is gone then.
 */
#ifndef AIGW_APP_DURABLE_H
#define AIGW_APP_DURABLE_H

#include "app/call_pack.h"
#include "core/replay.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct durable;
struct durables;
struct follower;

enum {
    DURABLE_MAX_FOLLOWERS = 16,         /* Of one call. */
    DURABLE_REPLAY_BYTES = 1024 * 1024, /* Held for those who come later. */
};

struct follower_ops {
    /* A delta or an event.  Returns false to be left alone until
     * follower_drained(). */
    bool (*entry)(void *ctx, const struct replay_entry *entry);

    /* Another follower is given the deltas from now on; the last one given
     * here was `seq`. */
    void (*taken_over)(void *ctx, int64_t seq);

    /* The packed result: one map. */
    void (*result)(void *ctx, const char *data, size_t size);
    void (*fail)(void *ctx, int status, const char *text);
};

/* Who follows, and how. */
struct follower_options {
    const struct follower_ops *ops;
    void *ctx;
    bool streams;     /* It wants deltas, */
    int64_t from_seq; /* from this one on. */
};

/* Starts the call that `params` describe, or attaches to the one of the same
 * name.  On success what `params` own is taken over.  Otherwise the caller
 * keeps it, and `err` says why: AIGW_ECONFLICT (the name stands for another
 * call), AIGW_EPARAMS (a conversation where there are none), AIGW_EOVERLOADED,
 * AIGW_EDRAINING.  Later, by `fail`, also AIGW_ECONFLICT because a call of the
 * conversation runs. */
int durable_start(struct app *app, struct call_params *params,
                  enum call_form form, const struct follower_options *options,
                  struct follower **ret_follower, struct aigw_err *err);

/* Follows the call that `asker` knows by this name: its own client's first, then its own user's.
 * AIGW_ENOTFOUND (also later, by `fail`), AIGW_EOVERLOADED. */
int durable_resume(struct app *app, const struct session_client *asker,
                   const char *request_id,
                   const struct follower_options *options,
                   struct follower **ret_follower, struct aigw_err *err);

/* The follower is gone. */
void follower_leave(struct follower *f);

/* The follower takes entries again. */
void follower_drained(struct follower *f);

struct durable *follower_durable(const struct follower *f);

/* The call of that name among those that `asker` may know of and that are not
 * at their end, its own client's and its own user's first; NULL if there is
 * none. */
struct durable *durable_find(const struct app *app,
                             const struct session_client *asker,
                             const char *request_id);

/* The one with this number in the store. */
struct durable *durable_find_row(const struct app *app, int64_t id);

/* True if a call of the conversation runs. */
bool durable_session_is_busy(const struct app *app, uid_t uid,
                             const char *session_id);

/* False if it has ended already. */
bool durable_cancel(struct durable *d, const char *why);

/* The text so far of a call that runs. */
struct json_slice durable_text(const struct durable *d);

/* All of them. */
struct durables *durables_new(struct app *app);

/* When no follower is left.  NULL is fine. */
void durables_free(struct durables *all);

unsigned durables_count(const struct durables *all);

/* The daemon is about to end: what has ended is told without waiting for
 * followers that read slowly. */
void durables_hurry(struct durables *all);

#endif
