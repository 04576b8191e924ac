/*
 * events.h - what happened, for people: a ring of the recent past.
 *
 * Every change of state that an operator would want to know of becomes one
 * event here and one line in the log.  Events have a running number, so that
 * a follower can tell whether it missed any.  The text fields never hold a
 * prompt, an answer or a key.
 */
#ifndef AIGW_APP_EVENTS_H
#define AIGW_APP_EVENTS_H

#include "proto/pack.h"

#include <stddef.h>
#include <stdint.h>

enum {
    EVENTS_RING = 1024
};

enum event_kind {
    EVENT_BREAKER,
    EVENT_HEALTH,
    EVENT_REQUEST,
    EVENT_GATE,
    EVENT_CREDENTIAL,
    EVENT_CONFIG,
    EVENT_SERVER,
};

struct event {
    int64_t seq; /* From 1, without gaps. */
    int64_t time_ms;
    enum event_kind kind;
    char target[96]; /* "" where none applies, as below. */
    char from[24];
    char to[24];
    char reason[160];
    char request_id[40];
};

struct events;

/* Told of each new event, from inside events_add(). */
typedef void (*events_listener_fn)(void *ctx, const struct event *event);

struct events *events_new(events_listener_fn listener, void *ctx);
void events_free(struct events *e);

/* Records and logs.  Any text may be NULL; longer ones are cut. */
struct event_text {
    const char *target, *from, *to, *reason, *request_id;
};

void events_add(struct events *e, enum event_kind kind,
                const struct event_text *text);

/* The number that the next event will have. */
int64_t events_next_seq(const struct events *e);

/* The event with that number, or NULL if it is not (or no longer) held. */
const struct event *events_get(const struct events *e, int64_t seq);

/* One event as a map. */
void events_pack(struct pack *p, const struct event *event);

#endif
