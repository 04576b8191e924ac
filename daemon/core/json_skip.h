/*
 * json_skip.h - finding members in checked JSON without reading the rest.
 *
 * For text that is known to be valid: strings are passed over from quote to
 * quote, without looking at what is between them, which is many times faster
 * than the walk of json.h.  In text that is not valid nothing sensible is
 * found, but nothing is read beyond its end either.  Nothing is allocated.
 */
#ifndef AIGW_CORE_JSON_SKIP_H
#define AIGW_CORE_JSON_SKIP_H

#include "core/json.h"

/* The way over an array, or over an object, whose names and values alternate.
 */
struct json_skip {
    const char *at;
    const char *end;
};

/* Of anything but an array or object there is nothing to go over. */
struct json_skip json_skip_into(struct json_slice container);

/* False at the end. */
bool json_skip_next(struct json_skip *skip, struct json_slice *ret_value);

/* Goes into the array or object that comes next, and at its end out again, so
 * that it is passed over once only.  False where none comes next. */
bool json_skip_enter(struct json_skip *skip);
void json_skip_leave(struct json_skip *skip);

/* True if `key`, with its quotes, is `name` (ASCII) without escapes. */
bool json_skip_is(struct json_slice key, const char *name);

/* The value of the member `name` (ASCII) of an object, or a slice whose text
 * is NULL.  A name that is written with escapes is not found. */
struct json_slice json_skip_find(struct json_slice object, const char *name);

/* The strings in a value of any kind, but for the names of members: */
struct json_texts {
    const char *at;
    const char *end;
};

struct json_texts json_texts_in(struct json_slice value);

/* the next one, without its quotes, as it is written.  False at the end. */
bool json_texts_next(struct json_texts *texts, struct json_slice *ret_inner);

/* How long they are together. */
size_t json_texts_size(struct json_slice value);

#endif
