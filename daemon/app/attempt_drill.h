/*
 * attempt_drill.h - what a drill makes of an attempt.
 *
 * The course of an attempt asks here at the points where a fault can be put
 * in; without a drill every answer is "go on".  The faults that keep the
 * provider from being asked are played into the attempt's own callbacks, from
 * a task of the loop, so that they are read, judged and settled as if they
 * were real.
 */
#ifndef AIGW_APP_ATTEMPT_DRILL_H
#define AIGW_APP_ATTEMPT_DRILL_H

#include "core/dialect.h"
#include "core/drill.h"
#include "io/http.h"
#include "io/loop.h"

struct attempt;
struct attempt_options;

struct attempt_drill {
    struct drill_fault fault;  /* All zero: there is no drill. */
    struct loop_task play;     /* The next part of an invented answer. */
    bool head_played;          /* Of an invented answer. */
    struct dialect_http *held; /* LATENCY: the request that waits ... */
    int64_t start_at_ms;       /* ... until then; INT64_MAX otherwise. */
    int64_t n_deltas;          /* Let through so far. */
    size_t body_left;          /* Unstreamed: bytes to be let through. */
    bool broke;                /* The answer has been broken off. */
};

void attempt_drill_init(struct attempt *a, const struct attempt_options *o);

/* Takes the start of the attempt over.  True: the request is not to be sent;
 * `built` is empty now if it is to be sent later. */
bool attempt_drill_takes_start(struct attempt *a, struct dialect_http *built);

/* True while a request waits that is to be sent late. */
bool attempt_drill_waits(const struct attempt *a);

/* Sends the request that waits if its time has come; true if it had. */
bool attempt_drill_sends(struct attempt *a, int64_t now_ms);

/* A head came: where an unstreamed answer will break. */
void attempt_drill_head(struct attempt *a, const struct http_header *headers,
                        size_t n);

/* How many of the next `size` bytes of the body are let through. */
size_t attempt_drill_admit(struct attempt *a, size_t size);

/* True if the next event of a stream is not let through, nor any after it. */
bool attempt_drill_stops_event(struct attempt *a);

/* Ends an answer that has been broken off, or leaves it to the clock.  True:
 * it was, and the attempt may be gone. */
bool attempt_drill_ends(struct attempt *a);

void attempt_drill_deinit(struct attempt *a);

#endif
