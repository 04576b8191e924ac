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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    EVENTS_RING = 1024,

    /* The longest names that the configuration allows (provider, region and
     * model with what parts them), and the longest id of a request. */
    EVENT_TARGET_SIZE = 64 + 1 + 64 + 1 + 128 + 1,
    EVENT_REQUEST_ID_SIZE = 65,
};

enum event_kind {
    EVENT_BREAKER,
    EVENT_HEALTH,
    EVENT_REQUEST,
    EVENT_GATE,
    EVENT_CREDENTIAL,
    EVENT_BUDGET,
    EVENT_CONFIG,
    EVENT_DRILL,
    EVENT_SERVER,
};

struct event {
    int64_t seq; /* From 1, without gaps. */
    int64_t time_ms;
    enum event_kind kind;
    char target[EVENT_TARGET_SIZE]; /* "" where none applies, as below. */
    char from[24];
    char to[24];
    char reason[160];
    char request_id[EVENT_REQUEST_ID_SIZE];
    uid_t uid; /* Of a REQUEST: whose it was. */
};

struct events;

/* Told of each new event, from inside events_add(). */
typedef void (*events_listener_fn)(void *ctx, const struct event *event);

struct events *events_new(events_listener_fn listener, void *ctx);
void events_free(struct events *e);

/* Any text may be NULL; what is too long is cut between two characters. */
struct event_text {
    const char *target, *from, *to, *reason, *request_id;
    uid_t uid; /* Of a REQUEST. */
};

/* Records and logs. */
void events_add(struct events *e, enum event_kind kind,
                const struct event_text *text);

/* The number that the next event will have. */
int64_t events_next_seq(const struct events *e);

/* The event with that number, or NULL if it is not (or no longer) held. */
const struct event *events_get(const struct events *e, int64_t seq);

/* Users see their own requests; those of others only administrators. */
bool event_is_for(const struct event *event, uid_t uid, bool admin);

/* One event as a map. */
void events_pack(struct pack *p, const struct event *event);

#endif
