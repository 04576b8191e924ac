/*
 * client.h - the inside of `struct aigw`: the core, the socket and the
 * reconnection, held together.
 *
 * client.c makes and describes a client, turn.c moves it, submit.c takes in
 * calls, blocking.c waits for them.
 */
#ifndef AIGW_CLIENT_CLIENT_H
#define AIGW_CLIENT_CLIENT_H

#include "client/core.h"
#include "client/reconnect.h"
#include "client/transport.h"

#include "proto/status.h"

enum {
    NAME_STEM_SIZE = 24 /* Bytes of a made-up name that a client's share. */
};

struct aigw {
    /* Settings. */
    char *path;
    char *name;    /* NULL: none. */
    char *version; /* NULL: none. */
    int connect_timeout_ms;
    int call_timeout_ms; /* Negative: no limit. */
    unsigned flags;      /* Of enum aigw_flag. */
    aigw_notification_fn on_notification;
    void *notification_ctx;
    aigw_state_fn on_state;
    void *state_ctx;

    /* Parts. */
    struct transport transport;
    struct core core;
    struct reconnect reconnect;
    struct aigw_value *server; /* What hello last answered; or NULL. */

    /* State. */
    struct aigw_err error; /* Of the last function that returned a code. */
    struct aigw_err setup; /* Why the client can do nothing at all. */
    struct aigw_err down;  /* Why there is no connection. */
    enum reconnect_state announced; /* The last one that on_state was told. */
    bool wanted;                    /* A connection was asked for. */
    bool hurry;                     /* Somebody waits for it. */
    bool cancelled;                 /* aigw_cancel() was called. */
    bool in_callback;               /* The program's own code runs. */
    bool freeing;                   /* aigw_free() was called. */
    unsigned n_callbacks;
    unsigned n_failures; /* Connections lost or not made. */

    /* Made-up names of calls: a random beginning, and a number. */
    char name_stem[AIGW_ID_SIZE];
    uint64_t n_names;
};

/* Remembers and returns the outcome of a public function: success, an error
 * whose text is `text`, or the error that `why` explains. */
int client_ok(struct aigw *c);
int client_fail(struct aigw *c, int code, const char *text);
int client_fail_with(struct aigw *c, const struct aigw_err *why);

/* Does whatever can be done without waiting.  Stops when a callback has called
 * aigw_free(): the client must then be destroyed.  AIGW_EIO if the client can
 * do nothing at all. */
int client_turn(struct aigw *c);

/* Writes as much as the socket takes.  May call back if that fails. */
void client_flush(struct aigw *c);

/* Tells the calls in flight, and frees everything. */
void client_destroy(struct aigw *c);

/* Takes in a call.  With a `waiter` it is a blocking one. */
int client_submit(struct aigw *c, const struct core_request *request,
                  uint64_t *ret_id);

/* A request of `method` that starts now.  A `deadline_ms` of 0 means that of
 * the client, which otherwise is extended to it. */
struct core_request client_request(const struct aigw *c, const char *method,
                                   const struct aigw_value *params,
                                   int64_t deadline_ms);

/* The params of generate and of chat, to be freed by the caller; a call that
 * its client may come back to gets a name.  What is wrong with them, they tell
 * by aigw_value_status(). */
struct aigw_value *client_generate_params(
    struct aigw *c, const struct aigw_generate_params *params,
    const struct aigw_handlers *handlers);
struct aigw_value *client_chat_params(struct aigw *c, const char *body_json,
                                      const struct aigw_value *options,
                                      const struct aigw_handlers *handlers);

#endif
