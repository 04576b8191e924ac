/*
 * nearest.h - the name that was probably meant by a mistyped one.
 */
#ifndef AIGW_PROTO_NEAREST_H
#define AIGW_PROTO_NEAREST_H

#include <stddef.h>

/* Returns the entry of `names` with the fewest mistakes between it and `name`:
 * a character too many, missing or wrong, or two neighbours exchanged; upper
 * and lower case are the same.  The first of equals wins.  NULL if all are too
 * far away to be a slip of the hand (more than one mistake, and one more for
 * every four characters), or if `name` is longer than any sensible one. */
const char *nearest_name(const char *name, const char *const *names,
                         size_t n_names);

#endif
