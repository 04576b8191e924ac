/*
 * heard.h - what a caller heard of each of its streams, when many of them run
 * at once over one connection.
 *
 * Text, events and numbers are checked as they come: the numbers of deltas
 * have no gap, an event carries the number of the delta before it, a seam says
 * where in the text it is, and what was forgotten by a reset does not count.
 *
 *     struct hearing h;
 *
 *     hearing_init(&h, peer);
 *     i = hearing_ask(&h, "hello", ", 'stream': true");
 *     heard = hearing_await(&h, i);
 *     hearing_deinit(&h);
 */
#ifndef AIGW_TESTS_HEARD_H
#define AIGW_TESTS_HEARD_H

#include "support/peer.h"

struct heard {
    uint32_t msgid;
    char *text; /* Of all deltas since the last reset. */
    size_t size;
    int64_t n_deltas;
    json_t *events;       /* Every `call.event`, oldest first. */
    const json_t *result; /* NULL until it has come. */
    int64_t done_ms;      /* When it came. */
};

struct hearing {
    struct peer *peer;
    struct heard *calls;
    size_t n, capacity;
    size_t n_running;
};

void hearing_init(struct hearing *h, struct peer *p);
void hearing_deinit(struct hearing *h);

/* Calls `generate` and returns the number of the call: 0, 1 ...  `more` are
 * further params, such as ", 'stream': true". */
size_t hearing_ask(struct hearing *h, const char *prompt, const char *more);

/* The same with params that are at hand; takes over the reference. */
size_t hearing_send(struct hearing *h, const char *method, json_t *params);

/* Takes in one message; false if none came within the time. */
bool hearing_step(struct hearing *h, int64_t within_ms);

/* Listens until the call has its result.  What it returns lives until the next
 * call is asked. */
const struct heard *hearing_await(struct hearing *h, size_t i);

/* Listens until at most `n` calls run. */
void hearing_await_all_but(struct hearing *h, size_t n);

/* Event number `i` among those of that type; NULL if there are fewer. */
const json_t *heard_event(const struct heard *call, const char *type, size_t i);
size_t heard_count(const struct heard *call, const char *type);

#endif
