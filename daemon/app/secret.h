/*
 * secret.h - memory for one key.
 *
 * Pages of its own, so that they can be locked and kept out of core dumps
 * and child processes without touching a neighbour.  They are wiped before the system gets them
 * back.
 */
#ifndef AIGW_APP_SECRET_H
#define AIGW_APP_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret {
    size_t mapped; /* Bytes of the whole mapping. */
    size_t size;   /* Bytes there is room for in `text`, and a NUL. */
    bool locked;   /* False where the system allows no more locked memory. */
    char text[];
};

/* Room for `size` bytes and a NUL, zeroed; NULL without memory. */
struct secret *secret_new(size_t size);

/* Wipes.  NULL is fine. */
void secret_free(struct secret *secret);

#endif
