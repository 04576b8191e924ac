/*
 * watch.h - a session's subscriptions: snapshots at an interval, and events.
 *
 * A subscriber that reads slowly loses snapshots and events, never the daemon
 * its time: nothing is queued behind more than WATCH_MAX_UNSENT unsent bytes.
 * The numbers of the events tell it that some are missing.
 */
#ifndef AIGW_APP_WATCH_H
#define AIGW_APP_WATCH_H

#include "app/app.h"

enum {
    WATCH_MAX_UNSENT = 64 * 1024
};

struct watch_options {
    int64_t interval_ms;
    enum span span;
    struct target *target; /* NULL: all; references are taken. */
    struct target *detail; /* NULL: none of them in full. */
};

/* Begins the subscription to snapshots, or changes it in place. */
void watch_start(struct app *app, struct session *s,
                 const struct watch_options *options);

/* Packs one as the options say. */
void watch_pack(struct pack *p, struct app *app, struct session *s,
                const struct watch_options *options);

/* Ends both subscriptions. */
void watch_stop(struct session *s);

/* Begins to send new events. */
void watch_follow_events(struct app *app, struct session *s);

/* The session has ended. */
void watch_free(struct session *s);

/* Sends a new event to all sessions that follow. */
void watch_publish(struct app *app, const struct event *event);

#endif
