/*
 * distance.h - how far away a peer is, by the time that a connection takes.
 *
 * For the choice among regions of one provider.  That must not go back and
 * forth between two that are about as far, so what is compared is not the
 * average but a figure that stays where it is until the average has moved away
 * from it by a quarter, and by no less than one step of DISTANCE_STEP_MS.
 * Differences below a step say nothing.
 */
#ifndef AIGW_CORE_DISTANCE_H
#define AIGW_CORE_DISTANCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DISTANCE_STEP_MS = 5
};

struct distance {
    bool known;
    double average_ms;
    double held_ms;
};

/* A connection took `us`. */
void distance_sample(struct distance *d, int64_t us);

/* The figure that is compared, in steps.  Only of one that is known. */
int64_t distance_steps(const struct distance *d);

#endif
