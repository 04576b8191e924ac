/*
 * proc.h - what this process takes from the system: memory and descriptors.
 *
 * Counting descriptors means walking a folder, so the figures are read at most
 * once a second however often they are asked for.
 */
#ifndef AIGW_BASE_PROC_H
#define AIGW_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

struct proc_usage {
    bool known; /* They have been read. */
    int64_t read_ms;
    int64_t rss_bytes; /* -1: /proc does not tell. */
    int64_t fds;       /* -1: /proc does not tell. */
    int64_t fds_limit; /* -1: there is none. */
};

/* Reads them anew if they are older than a second. */
void proc_usage_refresh(struct proc_usage *u, int64_t now_ms);

#endif
