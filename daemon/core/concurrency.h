/*
 * concurrency.h - how many attempts a target takes at once.
 *
 * An adaptive limit L: it grows by one for each round of successes that made
 * use of it, and shrinks by a quarter when the provider says that it is
 * overloaded (AIMD; Chiu and Jain 1989).  Nothing else moves it: how long an
 * answer takes depends on its length, and others may be using the same key.
 *
 *             nothing is configured      something is
 *                       |                     |
 *                       v    an overload      v
 *                     FREE ---------------> STEADY
 *                      ^ |                   | ^
 *         L is reached | '----> RAMPING <----' | L is reached
 *                      '--------' ^ | '--------'
 *              breaker or gate let traffic in again
 *
 * FREE: nobody has refused anything, and nothing but `max` is enforced; L is
 * what has been seen to be taken, at least CONCURRENCY_FIRST.  STEADY: L is.
 * RAMPING: an eighth of it, then twice as much after each round.  A round is
 * as many successes as are allowed at once, of attempts that began after the
 * state was entered.
 *
 * A pure machine: time is an argument.  Each attempt has a permit and votes
 * once at most, with its first content, its success or its refusal.
 */
#ifndef AIGW_CORE_CONCURRENCY_H
#define AIGW_CORE_CONCURRENCY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CONCURRENCY_FIRST = 16, /* What L begins with, */
    CONCURRENCY_MAX = 256,  /* and its maximum, unless one is configured. */
};

enum concurrency_state {
    CONCURRENCY_FREE,
    CONCURRENCY_STEADY,
    CONCURRENCY_RAMPING,
};

struct concurrency {
    int64_t max;
    bool known; /* A setting or a refusal has told of a limit. */
    enum concurrency_state state;
    double limit;      /* L; from 1 to `max`. */
    int64_t ramp;      /* RAMPING: what is allowed of it. */
    int64_t round_ok;  /* RAMPING: successes of this round. */
    int64_t in_flight; /* Permits that are out, */
    int64_t fresh;     /* and those of them younger than the state. */
    int64_t cut_ms;    /* The last overload that counted; INT64_MIN. */
    uint64_t begun;    /* Permits ever given. */
    uint64_t entered;  /* `begun` when the state was entered, */
    uint64_t cut;      /* and at the last overload that counted. */
};

/* Given by value, returned exactly once. */
struct concurrency_permit {
    uint64_t number; /* The first is 1; 0: none, or returned. */
    bool voted;
};

/* `configured` is the most that may run at once, or 0: not known. */
void concurrency_init(struct concurrency *c, int64_t configured);

/* Another setting: what was learned stays, below the new maximum. */
void concurrency_configure(struct concurrency *c, int64_t configured);

/* True if one more attempt may begin. */
bool concurrency_has_room(const struct concurrency *c);

/* The same for an attempt that completes a broken answer, which is lost if it
 * may not begin: one more than others may. */
bool concurrency_has_room_for_rest(const struct concurrency *c);

/* An attempt begins; there must be room. */
struct concurrency_permit concurrency_begin(struct concurrency *c);

/* The provider answers it: content has come. */
void concurrency_succeeded(struct concurrency *c, struct concurrency_permit *p);

/* The provider refused it for its load.  `round_ms` is what an answer usually
 * takes to begin: so often the limit shrinks at most, and only by attempts
 * that began after it last did. */
void concurrency_overloaded(struct concurrency *c, struct concurrency_permit *p,
                            int64_t round_ms, int64_t now_ms);

/* The attempt has ended; returning a permit twice does nothing. */
void concurrency_end(struct concurrency *c, struct concurrency_permit *p);

/* Traffic is let in again after none was. */
void concurrency_slow_start(struct concurrency *c);

/* What is allowed at once. */
int64_t concurrency_limit(const struct concurrency *c);

/* How much of L that is: 1 unless RAMPING. */
double concurrency_share(const struct concurrency *c);

#endif
