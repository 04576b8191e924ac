/*
 * drill.h - which calls are to meet a failure that an operator ordered.
 *
 * A drill makes a target fail on demand, so that what the gateway promises for
 * that case can be seen before it is needed.  This is the list of the drills
 * that run and the decision for each attempt; carrying the fault out is
 * app/attempt's business.  Pure: time and randomness are arguments.
 *
 *     drill_add() -> RUNNING -- expires_ms passed, or `count` hits --> over
 *                       '------- drill_remove() ----------------------> gone
 *
 * A drill that is over hits nothing any more, and stays in the list until
 * drill_take_over() hands it out, so that its owner can tell of its end.
 */
#ifndef AIGW_CORE_DRILL_H
#define AIGW_CORE_DRILL_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DRILL_MAX = 64,          /* In the list at a time. */
    DRILL_TARGET_SIZE = 260, /* Larger than any target's name. */
    DRILL_TEXT_SIZE = 64,
};

enum drill_kind {
    DRILL_NONE,
    /* The provider is not asked. */
    DRILL_STATUS,  /* It answers with an HTTP status. */
    DRILL_CONNECT, /* It cannot be connected to. */
    DRILL_EMPTY,   /* It answers with 200 and nothing. */
    DRILL_AUTH,    /* It refuses the credential. */
    /* It is asked, but late. */
    DRILL_LATENCY,
    /* It is asked, and its answer breaks off. */
    DRILL_STALL,     /* In silence. */
    DRILL_CUT,       /* As by a reset connection. */
    DRILL_MALFORMED, /* In something that is no JSON. */
    DRILL_N
};

struct drill_fault {
    enum drill_kind kind;
    int64_t status;        /* STATUS. */
    int64_t retry_after_s; /* STATUS; -1: it says nothing of it. */
    int64_t ms;            /* LATENCY. */
    int64_t after_tokens;  /* STALL, CUT, MALFORMED: deltas let through. */
};

/* What is ordered. */
struct drill_order {
    const char *target;
    struct drill_fault fault;
    double rate;   /* Share of the attempts that are hit, 0 to 1. */
    int64_t count; /* At most so many; 0: no limit. */
    int64_t expires_ms;
};

struct drill {
    int64_t id; /* From 1, never used again. */
    char target[DRILL_TARGET_SIZE];
    struct drill_fault fault;
    double rate;
    int64_t count;
    int64_t expires_ms;
    int64_t hits;
    int64_t told_hits; /* Of these, as of `told_ms`. */
    int64_t told_ms;   /* INT64_MIN: never. */
};

struct drill_table {
    struct drill drills[DRILL_MAX]; /* In the order of their ids. */
    size_t n;
    int64_t last_id;
};

void drill_table_init(struct drill_table *t);

/* Returns the new drill, valid until the list changes; NULL if the list is
 * full or the target's name too long. */
const struct drill *drill_add(struct drill_table *t,
                              const struct drill_order *order);

/* Decides about one attempt at `target`: the oldest running drill there whose
 * dice say so has hit it, which is counted.  NULL: the attempt is left alone,
 * as every one is that `opted_out`. */
struct drill *drill_pick(struct drill_table *t, const char *target,
                         bool opted_out, int64_t now_ms, struct rng *r);

/* True if it has hits that nobody was told of, and nobody was told of any for
 * a second: from now on these count as told. */
bool drill_has_news(struct drill *d, int64_t now_ms);

/* Takes the drill out of the list, running or over.  False if there is none
 * with this id. */
bool drill_remove(struct drill_table *t, int64_t id, struct drill *ret_drill);

/* Takes out the oldest drill that is over; false if there is none. */
bool drill_take_over(struct drill_table *t, int64_t now_ms,
                     struct drill *ret_drill);

bool drill_is_over(const struct drill *d, int64_t now_ms);

/* The running drills of `target`. */
int64_t drill_count_at(const struct drill_table *t, const char *target,
                       int64_t now_ms);

/* True if the fault keeps the provider from being asked at all. */
bool drill_is_invented(enum drill_kind kind);

/* True if the fault breaks off the provider's answer. */
bool drill_breaks_answer(enum drill_kind kind);

/* "status", "connect" ..., "" for NONE. */
const char *drill_kind_name(enum drill_kind kind);

/* "status=503,retry_after_s=3", "latency=500", "cut=10", "connect". */
void drill_fault_text(const struct drill_fault *fault,
                      char ret_text[DRILL_TEXT_SIZE]);

#endif
