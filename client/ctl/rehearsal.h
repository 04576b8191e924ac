/*
 * rehearsal.h - what became of the calls of a rehearsal.
 *
 * Follows each call as it streams, and counts: whether its text is whole, how
 * it was completed, how long its reader waited for another provider, what
 * that cost.  Makes one document of it, which both the table and --json are
 * printed from.  Pure.
 */
#ifndef AIGW_CTL_REHEARSAL_H
#define AIGW_CTL_REHEARSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/sample.h"

/* One call in flight. */
struct rehearsal_call {
    char *text; /* Of the deltas since the last reset. */
    size_t size;
    size_t capacity;
    double spoke_ms; /* When the last delta came; NAN before. */
    double seam_ms;  /* The same at a seam, until the text goes on; or NAN. */
    bool continued;  /* There was a seam. */
};

/* What many calls came to.  An all-zero struct has counted nothing. */
struct rehearsal {
    int64_t calls;
    int64_t completed;
    int64_t continued;   /* Of the completed: by another attempt's text. */
    int64_t failed_over; /* Of the completed: before any text. */
    int64_t lost;
    int64_t hits;
    int64_t cost_nanousd;
    int64_t retry_nanousd; /* Of that: attempts after the first of a call. */
    struct sample failover_ms;
    struct sample return_ms;
    struct aigw_value *errors; /* How many of which; NULL: none. */
};

void rehearsal_call_begin(struct rehearsal_call *call);
void rehearsal_call_delta(struct rehearsal_call *call, struct rehearsal *sums,
                          const struct aigw_delta *delta, double now_ms);
void rehearsal_call_event(struct rehearsal_call *call,
                          const struct aigw_value *event);
void rehearsal_call_end(struct rehearsal_call *call, struct rehearsal *sums,
                        int code, const struct aigw_value *result);
void rehearsal_call_deinit(struct rehearsal_call *call);

/* When `result` tells that `target` was asked at or after `since_ms`, the
 * first such time; NAN if it was not. */
double rehearsal_asked_ms(const struct aigw_value *result, const char *target,
                          double since_ms);

/* Adds the sums of one fault to those of all. */
void rehearsal_add(struct rehearsal *all, const struct rehearsal *step);
void rehearsal_deinit(struct rehearsal *sums);

/* Puts the sums into a map. */
void rehearsal_describe(struct rehearsal *sums, struct aigw_value *map);

/* Prints a document {steps: [{fault, target, sums}], total: {sums}}. */
void rehearsal_print(const struct ctl *ctl, const struct aigw_value *document,
                     FILE *out);

#endif
