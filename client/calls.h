/*
 * calls.h - the calls that are in flight.
 *
 * They are kept in the order in which they were submitted, which is the order
 * in which they are written: what has not been written yet is always the end
 * of the list.  A call is found by its id, whose lower 32 bits are its msgid on
 * the wire.
 *
 * A call that has ended without an answer moves to a second list, from which
 * its owner takes it to tell the caller.
 */
#ifndef AIGW_CLIENT_CALLS_H
#define AIGW_CLIENT_CALLS_H

#include <aigw/aigw.h>

#include "proto/bytes.h"
#include "proto/status.h"

#include <sys/queue.h>

/* Where the outcome of a blocking call is put. */
struct call_waiter {
    bool done;
    struct aigw_err err;
    struct aigw_value *result; /* Owned by whoever waits. */
};

struct call {
    TAILQ_ENTRY(call) link;
    uint64_t id;
    struct bytes frame; /* The request; may be dropped once written. */
    size_t frame_size;
    size_t n_written;    /* Of `frame_size`, on the present connection. */
    unsigned n_losses;   /* Connections that ended with it in flight since it
                            last came forward. */
    bool repeatable;     /* Only reads: may be written twice. */
    bool begun;          /* A piece of its stream was handed on. */
    bool resumed;        /* `frame` asks for the rest of its stream. */
    bool may_cost;       /* Asks a provider, who may charge for it. */
    bool internal;       /* Nobody waits for it: hello, cancel. */
    bool ended;          /* In the second list. */
    int code;            /* Why, if `ended`. */
    uint64_t seq;        /* Of the last piece of its stream; 0: none. */
    char *request_id;    /* Under which the daemon keeps it; NULL: it does
                            not. */
    int64_t patience_ms; /* When it stops waiting for a connection. */
    int64_t deadline_ms; /* When it stops waiting for its answer. */
    struct call_waiter *waiter; /* NULL for a call that was submitted. */
    struct aigw_handlers handlers;
};

TAILQ_HEAD(call_list, call);

struct calls {
    struct call **slots; /* By id, modulo `n_slots`, a power of two. */
    size_t n_slots;
    size_t n;
    uint64_t last_id;
    struct call_list live;
    struct call_list ended;
    struct call *unsent; /* First of `live` that is not wholly written. */
};

void calls_init(struct calls *c);

/* Frees the calls as well. */
void calls_deinit(struct calls *c);

/* Gives `call` an id and appends it to the live ones; takes ownership.
 * AIGW_ENOMEM. */
int calls_add(struct calls *c, struct call *call);

/* The same at the front, before everything that waits to be written.  Only
 * while nothing is written partly. */
int calls_add_first(struct calls *c, struct call *call);

/* Finds by id, or among the live ones by msgid; NULL if there is none. */
struct call *calls_find(const struct calls *c, uint64_t id);
struct call *calls_find_msgid(const struct calls *c, uint32_t msgid);

/* Hands the call back to the caller, who frees it with call_free(). */
void calls_remove(struct calls *c, struct call *call);

/* Moves a live call to the ended ones. */
void calls_end(struct calls *c, struct call *call, int code);

/* Steps over `call`, the first unsent one, which was written to its end. */
void calls_sent(struct calls *c, struct call *call);

/* Makes everything live unsent again. */
void calls_rewind(struct calls *c);

void call_free(struct call *call);

#endif
