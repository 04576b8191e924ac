/*
 * link.h - how fresh the numbers on the screen are.
 *
 *                  snapshot                     no snapshot for
 *     CONNECTING ----------> LIVE -------------------------------> STALE
 *        |   ^                 ^  <------------------------------   |
 *        |   | retry due       |           snapshot                 |
 *        |   |                 | snapshot                           |
 *        |   +---- WAITING ----+ (after a retry)                    |
 *        |           ^  ^                                           |
 *        +-----------+  +------------- lost ------------------------+
 *          refused
 *
 * WAITING counts down to the next try: 0.25 s, doubling to 5 s, for ever, from
 * the beginning again after a snapshot.  What it is called on the screen
 * depends on whether there are numbers: "STALE 12s, retry in 4s" with some,
 * "DOWN, retry in 4s" without.  Pure: times are arguments, in milliseconds of
 * one monotonic clock.
 */
#ifndef AIGW_TUI_LINK_H
#define AIGW_TUI_LINK_H

#include <stdbool.h>

#include "text/format.h"

enum link_state {
    LINK_CONNECTING,
    LINK_LIVE,
    LINK_STALE,  /* Connected, but nothing comes. */
    LINK_WAITING /* Not connected; will be tried again. */
};

struct link {
    enum link_state state;
    bool has_data;      /* There was a snapshot once. */
    double period_ms;   /* Between snapshots, as asked for; INFINITY: none are
                           to come, as from a recording that is over. */
    double snapshot_ms; /* When the last one came. */
    double lost_ms;     /* When the connection was lost; WAITING. */
    double retry_ms;    /* When to try again; WAITING. */
    double delay_ms;    /* The next delay. */
    char reason[160];   /* Why there is no connection; "" if there is. */
};

void link_init(struct link *l, double period_ms, double now_ms);

/* Another period was asked for. */
void link_set_period(struct link *l, double period_ms, double now_ms);

/* A snapshot has come. */
void link_snapshot(struct link *l, double now_ms);

/* The connection was lost or could not be made; `reason` is for people.  Told
 * again while WAITING it changes nothing. */
void link_lost(struct link *l, const char *reason, double now_ms);

/* The connection is being made again: because it is due, or by hand. */
void link_retrying(struct link *l, double now_ms);

/* Lets time pass: LIVE becomes STALE after max(3 periods, 3 s). */
void link_tick(struct link *l, double now_ms);

/* Whether WAITING is over. */
bool link_retry_due(const struct link *l, double now_ms);

/* When something changes by itself; INFINITY if nothing does. */
double link_next_ms(const struct link *l, double now_ms);

/* Whether the numbers are as old as asked for: only these may be shown as
 * they are. */
bool link_is_fresh(const struct link *l);

/* "LIVE 1s", "STALE 12s", "STALE 12s, retry in 4s", "CONNECTING",
 * "DOWN, retry in 4s", "ENDED". */
struct text link_word(const struct link *l, double now_ms);

#endif
