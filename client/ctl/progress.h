/*
 * progress.h - a bar that fills while many calls are made.  Pure.
 */
#ifndef AIGW_CTL_PROGRESS_H
#define AIGW_CTL_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

struct progress {
    int64_t done;
    int64_t total;
    int64_t failed;
    double elapsed_ms;
};

/* Writes "[#####     ]  50/100  12/s  2 failed" over the line in which the
 * cursor is, at most 79 columns wide. */
void progress_draw(const struct progress *progress, FILE *out);

/* Makes that line empty again. */
void progress_erase(FILE *out);

#endif
