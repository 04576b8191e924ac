/*
 * clients.h - who calls, and the figures of each of them.
 *
 * A client is a user and the name that its program gave itself.  Callers
 * choose their names, so only CLIENTS_MAX are told apart: of more, the one
 * that was not heard of for the longest time becomes one of the others.
 */
#ifndef AIGW_APP_CLIENTS_H
#define AIGW_APP_CLIENTS_H

#include "app/session.h"
#include "app/stats.h"

enum {
    CLIENTS_MAX = 64
};

struct client {
    char name[SESSION_CLIENT_MAX];
    uid_t uid;
    uint64_t heard; /* Larger is later. */
    struct stats *stats;
};

struct clients {
    struct client known[CLIENTS_MAX]; /* In no order. */
    size_t n_known;
    struct stats *others; /* NULL: there was never one. */
    uint64_t n_heard;
};

struct clients *clients_new(void);

/* NULL is fine. */
void clients_free(struct clients *c);

/* The figures that a call of `who` counts in; it is known from now on.
 * Borrowed until the next call. */
struct stats *clients_hear(struct clients *c, const struct session_client *who,
                           int64_t now_ms);

/* NULL if it is not known. */
const struct client *clients_find(const struct clients *c,
                                  const struct session_client *who);

#endif
