/*
 * value.h - looking into results: JSON values by path.
 *
 * A path names members and elements, joined by dots: "targets.0.state".  A
 * backslash takes away the meaning of a dot.  All functions fail the test
 * when the path does not exist or its value has another type.
 */
#ifndef AIGW_TESTS_VALUE_H
#define AIGW_TESTS_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL if the path does not exist: the one function that does not mind. */
const json_t *value_find(const json_t *value, const char *path);

const json_t *value_at(const json_t *value, const char *path);
const char *value_str(const json_t *value, const char *path);
int64_t value_int(const json_t *value, const char *path);
double value_real(const json_t *value, const char *path); /* Or an integer. */
bool value_bool(const json_t *value, const char *path);
bool value_is_null(const json_t *value, const char *path);

/* The number of elements. */
size_t value_count(const json_t *value, const char *path);

/* The element of the array at `path` whose member `key` is `text`. */
const json_t *value_where(const json_t *value, const char *path,
                          const char *key, const char *text);

/* Asserts that the object at `path` has exactly these members, each given as
 * "name:type": s string, i integer, f float or integer, b boolean, n null,
 * o object, a array; several letters are alternatives.  Types are separated
 * by blanks: "seq:i reason:s target:sn".  A name with ? may be missing. */
void value_has_shape(const json_t *value, const char *path, const char *shape);

#endif
