/*
 * poller.h - one uv_poll_t per socket of libcurl, kept while the socket lives.
 *
 * Making a poller anew for every transfer costs half as much CPU again as the
 * transfer, so one stays armed while its connection idles in the pool.  The
 * table is keyed by descriptor, and descriptors are reused: libcurl closes
 * some sockets (resolver pairs, losers of happy eyeballs, cancelled connects)
 * without saying so beforehand.  Hence these rules:
 *
 *     adopt    a socket that we opened; an entry already there is stale
 *     watch    arms; the first interest in reading proves a connection
 *     release  a proven connection of ours idles, anything else is forgotten
 *     forget   before the descriptor is closed
 *
 * One table serves all multi handles of a loop: a descriptor that one of them
 * has closed may be opened next by another.
 */
#ifndef AIGW_IO_POLLER_H
#define AIGW_IO_POLLER_H

#include "io/loop.h"

struct poller_table;

enum poller_event {
    POLLER_IN = 1,
    POLLER_OUT = 2,
    POLLER_ERROR = 4,
};

typedef void (*poller_fn)(void *ctx, int fd, unsigned events);

struct poller_table *poller_table_new(struct loop *loop);

/* Forgets what is left. */
void poller_table_free(struct poller_table *table);

/* 0, AIGW_ENOMEM or AIGW_EIO (the loop refuses the descriptor). */
int poller_adopt(struct poller_table *table, int fd);
int poller_watch(struct poller_table *table, int fd, unsigned events,
                 poller_fn fn, void *ctx);

void poller_release(struct poller_table *table, int fd);
void poller_forget(struct poller_table *table, int fd);

/* Sockets of ours in the table. */
int poller_count_own(const struct poller_table *table);

/* Forgets every poller last watched for `ctx`. */
void poller_forget_all(struct poller_table *table, const void *ctx);

#endif
