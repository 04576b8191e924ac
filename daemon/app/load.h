/*
 * load.h - how much memory callers and providers fill, all together.
 *
 * Each buffer that a peer can size has a limit of its own; many of them at a
 * time need one more.  Whoever holds such memory keeps a figure of its part
 * and says here when that changes.  Requests are admitted only while there is
 * room, and frames that are not complete are given up when there is none.
 */
#ifndef AIGW_APP_LOAD_H
#define AIGW_APP_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_MAX_BYTES = 256 * 1024 * 1024,
    LOAD_HIGH_PERCENT = 80,

    /* The part above LOAD_HIGH_PERCENT is left for requests that bring no more
     * than this: a few large ones do not shut out everybody else. */
    LOAD_SMALL_BYTES = 256 * 1024,
};

/* All zero at first. */
struct load {
    size_t held_bytes;
    int64_t refused; /* Requests, for reasons of load. */
};

/* A holder, of whose memory `*held` bytes are counted so far (0 at first), now
 * holds `bytes`. */
void load_hold(struct load *load, size_t *held, size_t bytes);

/* True if a request that takes `bytes` fits in. */
bool load_admits(const struct load *load, size_t bytes);

/* True if nothing more should be taken in. */
bool load_is_full(const struct load *load);

#endif
