/*
 * session.h - one RPC connection: frames in, answers and notifications out.
 *
 * A session reads bounded frames, answers what is malformed itself, and hands
 * every sound request to the method table as a `struct rpc_call`.  A call is
 * answered exactly once, now or later, in any order; what the connection's
 * end means for a call that still runs is told to its owner through `abandon`.
 */
#ifndef AIGW_APP_SESSION_H
#define AIGW_APP_SESSION_H

#include "app/load.h"
#include "io/pipe.h"
#include "proto/methods.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct app;
struct session;
struct watcher;

enum {
    SESSION_CLIENT_MAX = 64,
    SESSION_VERSION_MAX = 32,
    /* Unsent bytes at which the upstream is paused, and resumed. */
    SESSION_HIGH_WATER = 256 * 1024,
    SESSION_LOW_WATER = 64 * 1024,
};

/* Beside these, the memory that everybody fills together is limited by
 * app/load. */
struct session_limits {
    size_t frame_bytes;
    size_t response_bytes;
    unsigned outstanding;
    int64_t partial_frame_ms;
    int64_t client_stall_ms;
};

/* Who is at the other end, for status, log and permission. */
struct session_client {
    char name[SESSION_CLIENT_MAX];
    char version[SESSION_VERSION_MAX];
    uid_t uid;
    pid_t pid;
    bool admin;
    bool text_errors; /* Errors have code 0, whose text Neovim shows. */
};

/* One request that has not been answered. */
struct rpc_call {
    struct session *session;
    uint32_t msgid;
    size_t method; /* Index into the method table. */
    void (*abandon)(void *owner);
    void (*drained)(void *owner);
    void *owner;
    UT_hash_handle hh;
};

typedef void (*session_closed_fn)(struct app *app, struct session *session);
typedef void (*session_dispatch_fn)(struct app *app, struct rpc_call *call,
                                    const msgpack_object *params);

struct session_options {
    struct app *app;
    struct loop *loop;
    struct load *load;
    struct session_limits limits;
    /* Refuse the first request, which must come within partial_frame_ms, and
     * close. */
    bool over_limit;
    session_dispatch_fn dispatch;
    session_closed_fn closed;
};

/* Serves `conn`.  The session frees itself when the connection has ended,
 * right after `closed`. */
struct session *session_new(struct pipe_conn *conn,
                            const struct session_client *client,
                            const struct session_options *options);

/* Ends the connection: after what is queued has been sent, or at once. */
void session_close(struct session *s, bool flush);

struct session_client *session_client(struct session *s);
size_t session_unsent(const struct session *s);

/* The session's subscriptions; owned by app/watch. */
struct watcher **session_watcher(struct session *s);

/* Writes a notification: what is packed between the two calls is its params,
 * one array.  A failure to write it closes the connection. */
struct pack *session_notify_begin(struct session *s, const char *method);
void session_notify_end(struct session *s);

/* Whom to tell when the connection ends before the answer: abandon(owner) is
 * called once, and the call is gone when it returns.  `drained` (may be NULL)
 * comes when the connection takes bytes again after rpc_call_is_full(). */
void rpc_call_set_owner(struct rpc_call *call, void (*abandon)(void *owner),
                        void (*drained)(void *owner), void *owner);

/* True while more bytes wait to be sent than a caller may leave unread. */
bool rpc_call_is_full(const struct rpc_call *call);

/* Answers: what is packed between the two calls is the result.  The call is
 * gone after rpc_call_end().  A result too large for the connection becomes
 * an error. */
struct pack *rpc_call_begin(struct rpc_call *call);
void rpc_call_end(struct rpc_call *call);

/* Answers with {ok: true}. */
void rpc_call_ok(struct rpc_call *call);

/* Answers with an error; the call is gone. */
void rpc_call_fail(struct rpc_call *call, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The running call with this id on the same connection, or NULL. */
struct rpc_call *session_find_call(struct session *s, uint32_t msgid);

#endif
