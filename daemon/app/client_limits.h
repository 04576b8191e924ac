/*
 * client_limits.h - what each client may ask for: so many calls and tokens a
 * minute, and so many calls at once.
 *
 * A client is a user and the name that its program gave in `hello`.  It is
 * known here from its first call that is limited or has to queue until it has
 * no calls left and its buckets are full again; for a call without limits
 * nothing is looked up or kept.
 */
#ifndef AIGW_APP_CLIENT_LIMITS_H
#define AIGW_APP_CLIENT_LIMITS_H

#include "app/config.h"
#include "app/session.h"
#include "core/fair_queue.h"

struct client_limits;
struct limited_client;

/* A call's part in it; all zero at first. */
struct client_stay {
    struct limited_client *client; /* NULL: it is not known here. */
    int64_t est_tokens;            /* Taken from the client's. */
    bool running;                  /* Within the limits, or there are none. */
    bool waiting;                  /* For the client's limits alone. */
};

struct client_limits *client_limits_new(const struct config *config);
void client_limits_free(struct client_limits *l);

/* Other limits: what has been taken stays taken. */
void client_limits_configure(struct client_limits *l,
                             const struct config *config, int64_t now_ms);

/* A call of `who` wants to begin.  False: its client is over a limit, or other
 * calls of the client are waiting for that; it may ask again when it is its
 * turn among them, and not before `ret_at_ms`, INT64_MAX: until another call
 * has ended. */
bool client_limits_enter(struct client_limits *l, struct client_stay *stay,
                         const struct session_client *who, int64_t est_tokens,
                         int64_t now_ms, int64_t *ret_at_ms);

/* When a call that was not let in may enter, or INT64_MAX. */
int64_t client_limits_retry_at(const struct client_stay *stay,
                               int64_t est_tokens, int64_t now_ms);

/* Where the calls of `who` stand in the queue; as long as the stay lasts. */
struct fair_client *client_limits_line(struct client_limits *l,
                                       struct client_stay *stay,
                                       const struct session_client *who,
                                       int64_t now_ms);

/* The call has ended and used so many tokens; -1: nothing was sent. */
void client_limits_leave(struct client_limits *l, struct client_stay *stay,
                         int64_t used_tokens, int64_t now_ms);

/* Forgets clients that nothing is remembered of.  About once a second. */
void client_limits_tick(struct client_limits *l, int64_t now_ms);

#endif
