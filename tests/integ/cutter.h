/*
 * cutter.h - stands between clients and the daemon, and cuts them off.
 *
 * A thread that passes on what both sides of a Unix socket write, one
 * connection at a time, and closes a connection when it has passed on so many
 * bytes of the daemon's: more often than not in the middle of a message.
 */
#ifndef AIGW_TESTS_CUTTER_H
#define AIGW_TESTS_CUTTER_H

#include <stddef.h>
#include <stdint.h>

struct cutter;

/* Listens at `path` and passes on to the socket at `target`.  Every connection
 * ends after `min_bytes` to `max_bytes`, by a random number of `seed`. */
struct cutter *cutter_start(const char *path, const char *target, uint64_t seed,
                            size_t min_bytes, size_t max_bytes);

/* Ends the thread and removes the socket; returns how often it has cut. */
int cutter_stop(struct cutter *c);

#endif
