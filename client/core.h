/*
 * core.h - one side of the conversation with the daemon, without a socket.
 *
 * Bytes go in (core_space, core_received) and events come out (core_next);
 * requests go in (core_submit, core_greet) and bytes come out (core_gather,
 * core_written).  What is to become of the calls when a connection ends is
 * decided here too.  It knows neither descriptors nor the clock, and it never
 * calls back.
 */
#ifndef AIGW_CLIENT_CORE_H
#define AIGW_CLIENT_CORE_H

#include "client/calls.h"
#include "client/value.h"

#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/rpc.h"

#include <sys/uio.h>

enum {
    CORE_READ_BYTES = 64 * 1024,          /* At most, in one read. */
    CORE_QUEUE_BYTES = 128 * 1024 * 1024, /* Waiting to be written. */
    CORE_LOSSES_MAX = 4 /* A call on which the daemon dies, without a piece of
                           its stream meanwhile, is not sent for ever. */
};

struct core {
    struct calls calls;
    struct bytes in;
    struct frame frame;
    struct frame_limits limits;
    size_t queued_bytes;  /* Of all requests not wholly written. */
    struct bytes remnant; /* The rest of a request that was cancelled when
                             written in part: the daemon must still get it,
                             or it could read nothing after it. */
    int64_t earliest_ms;  /* No deadline of a call is earlier. */
    uint64_t greeting;    /* The hello that is to be answered first; or 0. */
    bool keeps_calls;     /* The daemon does, as its last greeting said. */
    bool no_resend;
};

/* What a request is to be. */
struct core_request {
    const char *method;
    const struct aigw_value *params;      /* A map, an array, or NULL. */
    const struct aigw_handlers *handlers; /* May be NULL. */
    struct call_waiter *waiter;           /* NULL: it was submitted. */
    bool internal;       /* Means nothing on another connection. */
    int64_t patience_ms; /* When to give up waiting for a connection. */
    int64_t deadline_ms; /* When to give up waiting; INT64_MAX: never. */
};

enum core_event_type {
    CORE_GREETING,    /* The answer to hello: `code`, `value`. */
    CORE_ANSWER,      /* The answer to `call`: `code`, `value`. */
    CORE_DELTA,       /* For `call`: `seq`, `value`. */
    CORE_EVENT,       /* For `call`: `seq`, `value`. */
    CORE_NOTIFICATION /* `method`; `value` is its params. */
};

struct core_event {
    enum core_event_type type;
    struct call *call;       /* ANSWER: handed over, free it. */
    int code;                /* 0, or the code of the daemon's error; */
    struct aigw_value value; /* then this is the error's text. */
    uint64_t seq;
    char method[RPC_METHOD_MAX + 1];
};

/* Limits of 0 are those of the protocol. */
void core_init(struct core *core, size_t max_bytes, uint32_t max_elements);

/* Calls in flight are freed without a word. */
void core_deinit(struct core *core);

/* Takes in a request.  AIGW_EINVAL, AIGW_ENOMEM, AIGW_ETOOBIG. */
int core_submit(struct core *core, const struct core_request *request,
                uint64_t *ret_id);

/* Puts a hello before everything else; nothing else is written until it is
 * answered.  Names may be NULL. */
int core_greet(struct core *core, const char *name, const char *version);

/* Fills up to `n_parts` with what is to be written next; returns how many. */
size_t core_gather(const struct core *core, struct iovec *parts,
                   size_t n_parts);

/* The first `size` bytes of that were written. */
void core_written(struct core *core, size_t size);

/* Room for CORE_READ_BYTES bytes of input; NULL without memory.  Everything
 * complete must have been taken by core_next() before. */
char *core_space(struct core *core);

void core_received(struct core *core, size_t size);

/* Takes the next event; free it with core_event_free().  What belongs to no
 * call (it may have been cancelled) is passed over, as is a piece of a stream
 * that was here before; a piece that is missing is AIGW_EMALFORMED.  AIGW_EAGAIN if there is
 * none.  AIGW_EMALFORMED, AIGW_ETOOBIG, AIGW_ENOMEM: the connection is of no
 * further use. */
int core_next(struct core *core, struct core_event *ret);

void core_event_free(struct core_event *event);

/* Forgets a call; if the daemon has seen it, a request to cancel it is queued
 * as far as memory allows. */
void core_cancel(struct core *core, struct call *call);

/* Ends every call whose deadline has passed, and without a connection every
 * one that has waited for it long enough. */
void core_expire(struct core *core, int64_t now_ms, bool connected);

/* When to call core_expire() next, be it in vain; INT64_MAX for never. */
int64_t core_deadline(const struct core *core);

/* The connection has ended because of `code`, or was not made.  Calls that
 * were not begun, may be repeated or are kept by the daemon wait for the next
 * one, `patience_ms` at the least; the others end. */
void core_disconnected(struct core *core, int code, int64_t patience_ms);

/* Asks the daemon to stop the calls whose names begin with `stem`. */
void core_stop(struct core *core, const char *stem, size_t size);

/* Ends every call. */
void core_end_all(struct core *core, int code);

/* Takes a call that has ended without an answer; NULL if there is none.  Free
 * it with call_free(). */
struct call *core_take_ended(struct core *core);

#endif
