/*
 * json.h - what the project needs of JSON beside jansson's tree.
 *
 * Reading: a check that builds nothing, a walk over the members of an object
 * or the elements of an array as ranges of the original bytes (so that what a
 * caller wrote can be forwarded unchanged), and jansson's tree for small
 * things of many shapes.
 *
 * Writing: values are appended to a buffer.  Each append function returns 0
 * or the status of bytes_append().
 */
#ifndef AIGW_CORE_JSON_H
#define AIGW_CORE_JSON_H

#include "proto/bytes.h"
#include "proto/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* "Any nesting" for people, bounded for the parser's stack. */
    JSON_MAX_DEPTH = 512,

    /* Values in one tree: jansson takes up to 60 bytes of memory for a byte
     * of text. */
    JSON_MAX_VALUES = 262144,
};

/* A range of somebody else's bytes. */
struct json_slice {
    const char *text;
    size_t size;
};

/* Appends `text` as a JSON string with its quotes.  Bytes that are not valid
 * UTF-8 become U+FFFD, so that the result is always valid. */
int json_append_string(struct bytes *b, const char *text, size_t size);

/* The same for a C string. */
int json_append_cstr(struct bytes *b, const char *text);

int json_append_int(struct bytes *b, int64_t value);

/* The shortest form that reads back as the same double: 0.7, not
 * 0.69999999999999996.  AIGW_EINVAL for what JSON cannot say (NaN, infinite).
 */
int json_append_double(struct bytes *b, double value);

/* Appends `value` as compact JSON. */
int json_append_value(struct bytes *b, const json_t *value);

/* Checks that the text is one JSON value (RFC 8259, valid UTF-8, no lone
 * surrogates, at most JSON_MAX_DEPTH levels) without building anything.
 * AIGW_EMALFORMED with line and column in `err`, which may be NULL. */
int json_check(const char *text, size_t size, struct aigw_err *err);

/* Parses a value of any kind, without duplicate keys and within the two
 * limits above.  AIGW_EMALFORMED with line and column in `err` (which may be
 * NULL), or AIGW_ENOMEM.  The caller releases `*ret_value` with
 * json_decref(). */
int json_parse(const char *text, size_t size, json_t **ret_value,
               struct aigw_err *err);

/* Parses what a provider sent.  Duplicate keys keep the last value, and what
 * json_mend() can mend is accepted. */
int json_parse_lenient(const char *text, size_t size, json_t **ret_value);

/* Appends the text with what breaks strict parsers although its meaning is
 * plain made good: invalid UTF-8 and lone surrogates become U+FFFD, raw
 * control characters in strings become spaces. */
int json_mend(const char *text, size_t size, struct bytes *b);

/* Appends what a checked string means; `inner` is without its quotes. */
int json_unescape(struct json_slice inner, struct bytes *b);

/* Walks the members of the object (or the elements of the array, for which
 * keys stay empty) whose JSON text is given.  The text must have passed
 * json_check() or json_parse().
 *
 *     struct json_walk walk;
 *     json_walk_init(&walk, object);
 *     while (json_walk_next(&walk)) ... walk.key, walk.value ...
 */
struct json_walk {
    const char *at;
    const char *end;
    struct json_slice key;   /* With its escapes, without its quotes. */
    struct json_slice value; /* Without surrounding blanks. */
    bool is_object;
};

/* Anything but an object or array has nothing to walk. */
void json_walk_init(struct json_walk *walk, struct json_slice container);
bool json_walk_next(struct json_walk *walk);

/* True if the key, escapes resolved, is `name` (ASCII). */
bool json_key_is(struct json_slice key, const char *name);

/* The value of the member `name` (ASCII) of an object as above, or a slice
 * whose text is NULL. */
struct json_slice json_find(struct json_slice object, const char *name);

/* What a checked value is, by its first byte. */
bool json_slice_is_string(struct json_slice value);
bool json_slice_is_object(struct json_slice value);
bool json_slice_is_array(struct json_slice value);
bool json_slice_is_null(struct json_slice value);

/* The text of a string value, escapes and all, without the quotes. */
struct json_slice json_inner(struct json_slice string);

#endif
