/*
 * stats.h - the figures of the calls of one route or one client.
 *
 * A route keeps them over a reload, and a client may be forgotten while calls
 * of it run: whoever counts holds a reference.  They take 50 KiB.
 */
#ifndef AIGW_APP_STATS_H
#define AIGW_APP_STATS_H

#include "core/brief.h"
#include "core/figures.h"

struct stats {
    int refs;
    int64_t in_flight;
    struct figures figures;
    struct brief ttft;
    struct brief latency;
};

_Static_assert(sizeof(struct stats) <= (size_t)50 * 1024,
               "as much as this file and PROTOCOL.md say");

/* Starts with one reference. */
struct stats *stats_new(int64_t now_ms);
struct stats *stats_ref(struct stats *s);

/* NULL is fine. */
void stats_unref(struct stats *s);

/* A call begins: a reference is taken. */
struct stats *stats_begin(struct stats *s);

/* It has ended, and the reference is given up.  `ttft_us` is negative if no
 * first content was timed.  NULL is fine. */
void stats_end(struct stats *s, const struct figures_entry *e, int64_t ttft_us,
               int64_t now_ms, int64_t wall_ms);

/* Adds what `from` has counted. */
void stats_merge(struct stats *into, const struct stats *from);

#endif
