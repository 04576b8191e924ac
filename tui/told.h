/*
 * told.h - what was last told of each thing, so that every change is told
 * once, whether an event brings it or only the next snapshot.  Pure.
 */
#ifndef AIGW_TUI_TOLD_H
#define AIGW_TUI_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct told_row {
    char *name;
    char state[32];
    bool by_event;  /* What it is now is known once a snapshot has come. */
    double told_ms; /* Of the snapshot by which it was told last; NAN. */
};

struct told {
    struct told_row *rows;
    size_t n_rows;
    char instance[64]; /* Of the daemon. */
    double first_ms;   /* Of the first snapshot: what is older is no news;
                            * NAN before it. */
    uint64_t n_events_read;
};

void told_init(struct told *t);
void told_deinit(struct told *t);

/* An event of `time_ms` is about `name`.  False if a snapshot has told of that
 * already.  Otherwise it is to be told, and the state that the next snapshot
 * has is not. */
bool told_event(struct told *t, const char *name, double time_ms);

/* A snapshot of `time_ms` has `name` in `state`.  True if that is to be told:
 * what was never heard of before is not, if it is `usual`. */
bool told_look(struct told *t, const char *name, const char *state,
               const char *usual, double time_ms);

#endif
