/*
 * overlap.h - the longest end of one text that another, growing text begins
 * with.
 *
 * Knuth, Morris and Pratt's search (SIAM J. Comput. 6(2), 1977) for the growing
 * text, the head, within the known one.  It stops where it lacks the head's
 * next byte and goes on when that has come; what is matched when it arrives at
 * the end of the known text is the longest overlap.  Linear time; no
 * allocation.  Used by core/seam.
 *
 * Bytes are compared.  If both texts are whole code points, so is the overlap:
 * it begins where the head begins and ends where the known text ends.
 */
#ifndef AIGW_CORE_OVERLAP_H
#define AIGW_CORE_OVERLAP_H

#include "core/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OVERLAP_MAX_BYTES = 4096
};

struct overlap {
    struct json_slice text; /* The known text. */
    size_t least;           /* Shorter overlaps are of no interest. */
    size_t at;              /* The search stands here in `text` ... */
    size_t matched;         /* ... with so many bytes of the head before it. */

    /* At i, for the first i + 1 bytes of the head: how many of their last
     * bytes, but not all of them, the head also begins with. */
    uint16_t borders[OVERLAP_MAX_BYTES];
};

/* Of `text`, which is borrowed, the last OVERLAP_MAX_BYTES count. */
void overlap_init(struct overlap *o, struct json_slice text, size_t least);

/* True as long as bytes still to come may make an overlap. */
bool overlap_is_pending(const struct overlap *o);

/* The head has grown by its last byte.  To be called for each byte while the
 * overlap is pending; it is not any more when the head is longer than `text`. */
void overlap_grow(struct overlap *o, struct json_slice head);

/* The head is complete: nothing is pending any more. */
void overlap_end(struct overlap *o, struct json_slice head);

/* The longest overlap; 0 while it is pending or if it is shorter than
 * `least`. */
size_t overlap_bytes(const struct overlap *o);

#endif
