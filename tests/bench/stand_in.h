/*
 * stand_in.h - a provider that a load generator plays itself, so that it knows
 * to the microsecond when a byte left and when one came.
 *
 * Speaks HTTP/1.1 on a port of its own on the loopback interface: one
 * connection at a time, one streamed chat completion after the other on it.
 * Nothing here waits; the owner polls `listener` and `fd`.  What goes wrong
 * ends the program with a message, as in load.h.
 */
#ifndef AIGW_TESTS_BENCH_STAND_IN_H
#define AIGW_TESTS_BENCH_STAND_IN_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct stand_in {
    uint16_t port;       /* Network byte order; 0: none yet. */
    int listener;        /* -1: connections are refused. */
    int fd;              /* Of the connection; -1: there is none. */
    unsigned n_accepted; /* Connections there were. */
    struct bytes in;
};

/* Zeroed but for the descriptors. */
void stand_in_init(struct stand_in *s);
void stand_in_deinit(struct stand_in *s);

/* Listens, always on the same port. */
void stand_in_listen(struct stand_in *s);

/* Dies in the middle of whatever it does: the connection is cut, new ones are
 * refused. */
void stand_in_die(struct stand_in *s);

/* `listener` is readable. */
void stand_in_accept(struct stand_in *s);

/* `fd` is readable.  The body of the request if all of it is here now, else
 * NULL; valid until the next call. */
const char *stand_in_read(struct stand_in *s);

/* The answer, in this order.  `text` must need no escaping in JSON. */
void stand_in_begin(struct stand_in *s);
void stand_in_say(struct stand_in *s, const char *text);
void stand_in_end(struct stand_in *s);

#endif
