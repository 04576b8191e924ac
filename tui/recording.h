/*
 * recording.h - a recording that is read: its lines, by their time.
 *
 * Only where each line is and what kind it is of stays in memory, so that the
 * recording of a day can be watched; values are read when they are played,
 * and what is wrong inside of them is found out then.  The last line may have
 * been cut off in the middle, as that of a recorder that was killed; any other
 * that is wrong is an error that names it.
 */
#ifndef AIGW_TUI_RECORDING_H
#define AIGW_TUI_RECORDING_H

#include <aigw/aigw.h>
#include <stddef.h>
#include <stdio.h>

/* What a line holds; see record.h. */
enum recording_kind {
    RECORDING_SNAPSHOT,
    RECORDING_EVENT,
    RECORDING_REQUESTS,
    RECORDING_COST_TARGET,
    RECORDING_COST_ROUTE,
    RECORDING_COST_CLIENT,
    RECORDING_LOST,
    RECORDING_KINDS
};

enum {
    RECORDING_MAX_LINE = 16 * 1024 * 1024
};

/* No recording is longer than this; thirty years. */
static const double RECORDING_MAX_MS = 1e12;

struct recording_entry {
    double at_ms; /* Since the beginning; never before the entry before. */
    long offset;
    long size;
    int line; /* Counted from 1. */
    enum recording_kind kind;
};

struct recording {
    FILE *in;
    char socket[108];
    double time_ms; /* When it began, since 1970. */
    struct recording_entry *entries;
    size_t n_entries;
};

/* Reads all of `in`, which it takes and closes in the end; `name` is for
 * errors.  -1 with the reason, "NAME:LINE: what is wrong", in `ret_error`. */
int recording_open(struct recording *r, FILE *in, const char *name,
                   char ret_error[160]);
void recording_close(struct recording *r);

/* The name of a kind in the file: "snapshot", "cost.target". */
const char *recording_kind_name(enum recording_kind kind);

/* The value of an entry, which the caller frees; NULL if the line is damaged,
 * or the file cannot be read any more. */
struct aigw_value *recording_read(struct recording *r, size_t entry);

/* The first entry after `at_ms`. */
size_t recording_find(const struct recording *r, double at_ms);

#endif
