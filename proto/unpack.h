/*
 * unpack.h - reads the fields of a MessagePack map by name and type.
 *
 * A reader with a sticky status, the counterpart of pack.h: set the defaults,
 * ask for each field, and look at unpack_finish() once.  The first field that
 * is wrong is named in the error, e.g. "temperature: expected a number".
 *
 *     unpack_init(&u, unpack_item(&message.params, 0), err);
 *     unpack_require(&u, "prompt");
 *     unpack_str(&u, "prompt", &prompt, &prompt_size);
 *     unpack_double(&u, "temperature", &temperature);
 *     return unpack_finish(&u);
 *
 * Names are matched against keys of type str or bin; entries with other keys
 * are passed over.  Of duplicate keys the first one counts.  A field that is
 * nil counts as absent.
 */
#ifndef AIGW_PROTO_UNPACK_H
#define AIGW_PROTO_UNPACK_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aigw_err;

struct unpack {
    const msgpack_object *map; /* NULL: an empty one. */
    struct aigw_err *err;      /* May be NULL. */
    int status;                /* 0 or AIGW_EPARAMS. */
};

/* Reads from `map`; NULL and nil are read as an empty map, and any other type
 * is the first error.  Borrows `map` and `err` as long as `u` is used. */
void unpack_init(struct unpack *u, const msgpack_object *map,
                 struct aigw_err *err);

/* Returns 0, or AIGW_EPARAMS with the first error in `err`. */
int unpack_finish(const struct unpack *u);

/* Makes the absence of `key` an error. */
void unpack_require(struct unpack *u, const char *key);

/* Reports that a field has the right type but not a right value; the text
 * becomes "key: ...".  Ignored after an earlier error. */
void unpack_refuse(struct unpack *u, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each returns true, with the value in `ret_x`, if the field is there and has
 * the type.  Otherwise `ret_x` keeps what it held, be it a default; a wrong
 * type is an error, absence is none. */

/* str or bin; any bytes, not NUL-terminated. */
bool unpack_str(struct unpack *u, const char *key, const char **ret_text,
                size_t *ret_size);

/* str or bin, copied into `ret_text` as a C string of fewer than `capacity`
 * bytes; a NUL inside is an error. */
bool unpack_cstr(struct unpack *u, const char *key, char *ret_text,
                 size_t capacity);

/* str or bin equal to one of `names`; gives its index. */
bool unpack_choice(struct unpack *u, const char *key, const char *const *names,
                   size_t n_names, size_t *ret_index);

/* An integer within int64; a float is refused, even an integral one. */
bool unpack_int(struct unpack *u, const char *key, int64_t *ret_value);

/* A float or an integer; NaN and the infinities are refused. */
bool unpack_double(struct unpack *u, const char *key, double *ret_value);

bool unpack_bool(struct unpack *u, const char *key, bool *ret_value);
bool unpack_map(struct unpack *u, const char *key,
                const msgpack_object **ret_map);
bool unpack_array(struct unpack *u, const char *key,
                  const msgpack_object **ret_array);

/* The value of `key` in `map`, whatever its type; NULL if it is not there or
 * `map` is no map. */
const msgpack_object *unpack_find(const msgpack_object *map, const char *key);

/* Element `i` of `array`; NULL if it has none or is no array. */
const msgpack_object *unpack_item(const msgpack_object *array, size_t i);

/* Gives the bytes of a str or a bin, never NULL; false for every other
 * type. */
bool unpack_text(const msgpack_object *object, const char **ret_text,
                 size_t *ret_size);

#endif
