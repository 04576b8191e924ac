/*
 * follow.h - listening to notifications until the reader has had enough.
 *
 * Subscribes by calling a method, hands its notifications on one by one, and
 * subscribes again when the daemon was away: an operator's `events -f` should
 * see the restart it was started for.
 */
#ifndef AIGW_CTL_FOLLOW_H
#define AIGW_CTL_FOLLOW_H

#include "ctl/ctl.h"

struct follow {
    const char *method;        /* What subscribes. */
    struct aigw_value *params; /* For it; a map, the caller's. */
    const char *notification;  /* What then comes. */

    /* The first parameter of a notification.  False ends it all. */
    bool (*item)(void *ctx, const struct aigw_value *item);

    /* The subscription's result; NULL: it is an item as well. */
    bool (*first)(void *ctx, const struct aigw_value *result);

    /* It was another daemon that came back, before it is subscribed to; may
     * be NULL. */
    void (*restarted)(void *ctx);
    void *ctx;
};

/* Runs until an item ends it, stdout fails, or SIGINT.  Flushes stdout after
 * each item.  Returns an exit code. */
int follow_run(struct ctl *ctl, const struct follow *follow);

#endif
