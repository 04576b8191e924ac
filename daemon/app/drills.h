/*
 * drills.h - the drills that run, and who is told of them.
 *
 * Owns the list of core/drill; a drill that starts, hits, is stopped or comes
 * to its end is an event and a line in the log.
 */
#ifndef AIGW_APP_DRILLS_H
#define AIGW_APP_DRILLS_H

#include "core/drill.h"

#include <stdbool.h>
#include <stdint.h>

struct drills;
struct events;

/* Both are borrowed. */
struct drills *drills_new(struct events *events, struct rng *rng);
void drills_free(struct drills *d);

/* Returns the id of the new drill, or 0 if there are too many. */
int64_t drills_start(struct drills *d, const struct drill_order *order,
                     int64_t now_ms);

/* False if no drill with this id runs. */
bool drills_stop(struct drills *d, int64_t id);
void drills_stop_all(struct drills *d);

/* Whether the attempt that begins at `target` is hit, and by what. */
bool drills_pick(struct drills *d, const char *target, bool opted_out,
                 int64_t now_ms, struct drill_fault *ret_fault);

/* Ends what is over, and tells of hits.  About once a second. */
void drills_tick(struct drills *d, int64_t now_ms);

const struct drill_table *drills_table(const struct drills *d);

#endif
