/*
 * value.h - the inside of `struct aigw_value`.
 *
 * A value is a tree held by value: an array is one block of its elements, a
 * map one block in which keys and values alternate.  A value can be moved by
 * copying its bytes; the place it came from must then be forgotten.
 *
 * Nothing is nested more deeply than VALUE_DEPTH_MAX, so that what walks a
 * value may recurse.
 */
#ifndef AIGW_CLIENT_VALUE_H
#define AIGW_CLIENT_VALUE_H

#include <aigw/aigw.h>
#include <msgpack.h>

struct pack;

enum {
    VALUE_DEPTH_MAX = 128,
    VALUE_JSON_MAX_BYTES = 128 * 1024 * 1024
};

struct value_str {
    char *data; /* NUL-terminated. */
    size_t size;
};

struct value_list {
    struct aigw_value *items; /* MAP: key, value, key, value ... */
    size_t n;                 /* Items, so twice the entries of a map. */
    size_t capacity;
};

struct aigw_value {
    uint8_t type;   /* enum aigw_type. */
    int8_t status;  /* Why building it failed; 0 if it did not. */
    uint16_t depth; /* Levels of arrays and maps: 0 for a scalar. */

    union {
        bool boolean;
        int64_t integer;
        double number;
        struct value_str str;
        struct value_list list;
    } as;
};

/* Releases what is inside of `value`, which is nil afterwards. */
void value_deinit(struct aigw_value *value);

/* Moves `value` to the heap; it is nil afterwards.  NULL without memory, and
 * then `value` is unchanged. */
struct aigw_value *value_to_heap(struct aigw_value *value);

/* Makes a string in `ret`: a copy of `size` bytes.  AIGW_ENOMEM. */
int value_init_str(struct aigw_value *ret, const char *text, size_t size);

/* Makes room for `n` items in an empty array or map.  AIGW_ENOMEM. */
int value_reserve(struct aigw_value *list, size_t n);

/* Moves `item` to the end of an array, or `key` (a string) and `item` to the
 * end of a map without looking for the key there.  On failure both are left
 * alone.  AIGW_ENOMEM, or AIGW_ETOOBIG past VALUE_DEPTH_MAX. */
int value_push(struct aigw_value *array, struct aigw_value *item);
int value_push_entry(struct aigw_value *map, struct aigw_value *key,
                     struct aigw_value *item);

/* Appends `value` to a message.  A value that failed to be built is refused
 * with the status it remembers; other failures are for pack_finish(). */
int value_pack(const struct aigw_value *value, struct pack *p);

/* Copies a received object, which frame_scan() has bounded, into `ret`.
 * Integers beyond int64 become doubles, map entries without a string as key
 * are left out.  AIGW_ENOMEM. */
int value_unpack(const msgpack_object *object, struct aigw_value *ret);

#endif
