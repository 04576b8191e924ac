/*
 * dialect_openai_carry.h - code points that a provider cuts in two.
 *
 * Some servers cut their text between bytes, not characters, so that one
 * chunk ends in the first bytes of a code point (or the first half of a
 * surrogate pair) and the next begins with the rest.  What is incomplete at
 * the end of a chunk's content is taken out of it and put in front of the
 * content of the next, before either is parsed.  At most one code point is
 * held, and it is dropped if its rest never comes.
 */
#ifndef AIGW_CORE_DIALECT_OPENAI_CARRY_H
#define AIGW_CORE_DIALECT_OPENAI_CARRY_H

#include "core/json.h"
#include "proto/bytes.h"

#include <stddef.h>

enum {
    OPENAI_CARRY_SIZE = 6 /* Three bytes, or an escape such as \ud83d. */
};

struct openai_carry {
    char held[OPENAI_CARRY_SIZE];
    size_t size;
    struct bytes joined;
};

/* Makes `chunk`, which is not valid as it is or follows one that was not,
 * what it was meant to be.  A chunk without content stays as it is; otherwise
 * `*chunk` afterwards points into `c` until the next call. */
int openai_carry_over(struct openai_carry *c, struct json_slice *chunk);

#endif
