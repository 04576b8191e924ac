/*
 * figures.h - the figures of a target, a route, a client, or of everything:
 * how many calls, how many of them failed, what they took and what they cost.
 *
 * One entry is made when a call, or an attempt, has ended.  How long they took
 * is kept beside this, as finely as each of them deserves (hist.h, brief.h).
 */
#ifndef AIGW_CORE_FIGURES_H
#define AIGW_CORE_FIGURES_H

#include "core/tally.h"

#include <stdbool.h>
#include <stdint.h>

enum figures_end {
    FIGURES_SUCCESS,
    FIGURES_ERROR,
    FIGURES_CANCELLED, /* Neither of these. */
};

struct figures_entry {
    enum figures_end end;
    int64_t latency_us; /* SUCCESS */
    bool rate_limited;
    bool timed_out;
    int64_t retries;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cost_nanousd;
};

struct figures {
    int64_t requests; /* Ended ones. */
    int64_t successes;
    int64_t errors;
    int64_t latency_sum_us; /* Of successes. */
    int64_t ttft_count;     /* Answers whose first content came streamed. */
    int64_t ttft_sum_us;    /* Of these. */
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cost_nanousd;
    int64_t cost_day; /* The UTC day that `cost_today_nanousd` is of. */
    int64_t cost_today_nanousd;
    struct tally tally;
    struct trend trend;
    struct trend errors_trend;
};

/* All zero, and counting begins. */
void figures_init(struct figures *f, int64_t now_ms);

/* Enters what has ended; `wall_ms` tells the day. */
void figures_enter(struct figures *f, const struct figures_entry *e,
                   int64_t now_ms, int64_t wall_ms);

/* The first content of an answer came after as long. */
void figures_heard(struct figures *f, int64_t ttft_us);

/* Somebody else has entered costs of this day. */
void figures_spent_today(struct figures *f, int64_t cost_nanousd,
                         int64_t wall_ms);

/* What it has cost since midnight UTC. */
int64_t figures_cost_today(const struct figures *f, int64_t wall_ms);

/* Adds all that `from` holds, but for the trends. */
void figures_merge(struct figures *into, const struct figures *from);

#endif
