/*
 * state.h - the state of a target and of the daemon, in a word.  Pure.
 */
#ifndef AIGW_TEXT_STATE_H
#define AIGW_TEXT_STATE_H

#include <aigw/aigw.h>
#include <stdio.h>

#include "text/format.h"

/* The state of `target`, an element of a status snapshot's `targets`:
 * "CLOSED", "OPEN 18s", "HALF 1/3", "DRAIN", "LIMIT 9s" ...; spans count from
 * the `time_ms` of `snapshot`. */
struct text state_word(const struct aigw_value *target,
                       const struct aigw_value *snapshot);

/* The same, spans counting from `now_ms`, in the daemon's time. */
struct text state_word_at(const struct aigw_value *target, double now_ms);

/* The number of targets that can be used. */
size_t state_count_usable(const struct aigw_value *snapshot);

/* Writes "DEGRADED: openai/gpt-4.1 OPEN 18s (HTTP 529), 5 of 6 targets
 * usable": the daemon's state, which targets are to blame, how many are
 * left. */
void state_write_summary(const struct aigw_value *snapshot, FILE *out);

#endif
