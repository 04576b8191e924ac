/*
 * reconnect.h - when to connect, and when to try again.
 *
 *            WANTED                    GREETED
 *     IDLE ----------> CONNECTING ----------------> UP
 *                       ^   |                        |
 *        time, or NOW   |   | LOST, or time is up    | LOST
 *                       |   v                        |
 *                      WAITING <---------------------+
 *
 * The delay in WAITING is "full jitter": anything from nothing to a bound that
 * starts at `base_ms` and doubles up to `max_ms`, so that the clients of a
 * restarted daemon do not all return at once.  A connection has to last
 * `max_ms` before the bound starts anew: a daemon that greets everyone and
 * then fails is not hammered.
 *
 * Pure: the time and the randomness are arguments, and what is to be done is
 * the result.  Events that make no sense in a state are ignored.
 */
#ifndef AIGW_CLIENT_RECONNECT_H
#define AIGW_CLIENT_RECONNECT_H

#include <stdint.h>

enum reconnect_state {
    RECONNECT_IDLE,
    RECONNECT_CONNECTING,
    RECONNECT_UP,
    RECONNECT_WAITING
};

enum reconnect_event {
    RECONNECT_WANTED,  /* There is something to say. */
    RECONNECT_NOW,     /* Somebody waits: do not sit out the delay. */
    RECONNECT_GREETED, /* Connected, and the daemon has answered. */
    RECONNECT_LOST,    /* The connection is gone, or was never made. */
    RECONNECT_TICK     /* Time has passed. */
};

enum reconnect_order {
    RECONNECT_NOTHING,
    RECONNECT_OPEN, /* Make a connection and greet. */
    RECONNECT_ABORT /* Give up the attempt: it took too long. */
};

struct reconnect_params {
    int64_t attempt_ms; /* Longest time from OPEN to GREETED. */
    int64_t base_ms;    /* Bound of the first delay. */
    int64_t max_ms;     /* Bound of every delay. */
};

struct reconnect {
    struct reconnect_params params;
    enum reconnect_state state;
    int64_t since_ms;    /* When `state` was entered. */
    int64_t deadline_ms; /* When time alone matters; INT64_MAX: never. */
    unsigned failures;   /* Since a connection last proved to be good. */
};

/* Starts in IDLE. */
void reconnect_init(struct reconnect *r, const struct reconnect_params *params);

/* Takes in one event and returns what is to be done about it.  `random` is any
 * random number; only the delay depends on it. */
enum reconnect_order reconnect_step(struct reconnect *r,
                                    enum reconnect_event event, int64_t now_ms,
                                    uint64_t random);

#endif
