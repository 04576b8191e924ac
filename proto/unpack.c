#include "proto/unpack.h"

#include "proto/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
text_is(const msgpack_object *object, const char *expected)
{
    const char *text;
    size_t size;

    return unpack_text(object, &text, &size) && size == strlen(expected)
           && memcmp(text, expected, size) == 0;
}

/* The value of `key`, unless it is absent or nil. */
static const msgpack_object *
field(const struct unpack *u, const char *key)
{
    const msgpack_object *value = unpack_find(u->map, key);

    return value && value->type != MSGPACK_OBJECT_NIL ? value : NULL;
}

static bool
is_a(struct unpack *u, const char *key, msgpack_object_type type,
     const char *description, const msgpack_object **ret_value)
{
    const msgpack_object *value = field(u, key);

    if (!value)
        return false;
    if (value->type != type) {
        unpack_refuse(u, key, "expected %s", description);
        return false;
    }
    *ret_value = value;
    return true;
}

void
unpack_init(struct unpack *u, const msgpack_object *map, struct aigw_err *err)
{
    *u = (struct unpack){.map = map, .err = err};
    if (map && map->type != MSGPACK_OBJECT_MAP
        && map->type != MSGPACK_OBJECT_NIL)
        u->status = aigw_err_set(err, AIGW_EPARAMS, "params: expected a map");
}

int
unpack_finish(const struct unpack *u)
{
    return u->status;
}

void
unpack_require(struct unpack *u, const char *key)
{
    if (!field(u, key))
        unpack_refuse(u, key, "is required");
}

void
unpack_refuse(struct unpack *u, const char *key, const char *format, ...)
{
    char reason[160];
    va_list args;

    if (u->status)
        return;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    u->status = aigw_err_set(u->err, AIGW_EPARAMS, "%s: %s", key, reason);
}

bool
unpack_str(struct unpack *u, const char *key, const char **ret_text,
           size_t *ret_size)
{
    const msgpack_object *value = field(u, key);

    if (!value)
        return false;
    if (unpack_text(value, ret_text, ret_size))
        return true;
    unpack_refuse(u, key, "expected a string");
    return false;
}

bool
unpack_cstr(struct unpack *u, const char *key, char *ret_text, size_t capacity)
{
    const char *text;
    size_t size;

    if (!unpack_str(u, key, &text, &size))
        return false;
    if (size >= capacity) {
        unpack_refuse(u, key, "longer than %zu bytes", capacity - 1);
        return false;
    }
    if (memchr(text, '\0', size)) {
        unpack_refuse(u, key, "contains a NUL character");
        return false;
    }
    memcpy(ret_text, text, size);
    ret_text[size] = '\0';
    return true;
}

static void
refuse_choice(struct unpack *u, const char *key, const char *const *names,
              size_t n_names)
{
    char list[120] = "";
    size_t used = 0;

    for (size_t i = 0; i < n_names && used < sizeof(list); i++) {
        int n = snprintf(list + used, sizeof(list) - used, "%s%s",
                         i > 0 ? ", " : "", names[i]);

        used += n > 0 ? (size_t)n : 0;
    }
    unpack_refuse(u, key, "expected one of %s", list);
}

bool
unpack_choice(struct unpack *u, const char *key, const char *const *names,
              size_t n_names, size_t *ret_index)
{
    const msgpack_object *value = field(u, key);

    if (!value)
        return false;
    for (size_t i = 0; i < n_names; i++) {
        if (text_is(value, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    refuse_choice(u, key, names, n_names);
    return false;
}

bool
unpack_int(struct unpack *u, const char *key, int64_t *ret_value)
{
    const msgpack_object *value = field(u, key);

    if (!value)
        return false;
    if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *ret_value = value->via.i64;
        return true;
    }
    if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER
        && value->via.u64 <= INT64_MAX) {
        *ret_value = (int64_t)value->via.u64;
        return true;
    }
    unpack_refuse(u, key, "expected an integer of 64 bits");
    return false;
}

static bool
read_number(const msgpack_object *value, double *ret)
{
    double number = (double)NAN;

    if (value->type == MSGPACK_OBJECT_FLOAT32
        || value->type == MSGPACK_OBJECT_FLOAT64)
        number = value->via.f64;
    else if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        number = (double)value->via.u64;
    else if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        number = (double)value->via.i64;
    if (!isfinite(number))
        return false;
    *ret = number;
    return true;
}

bool
unpack_double(struct unpack *u, const char *key, double *ret_value)
{
    const msgpack_object *value = field(u, key);

    if (!value)
        return false;
    if (read_number(value, ret_value))
        return true;
    unpack_refuse(u, key, "expected a number");
    return false;
}

bool
unpack_bool(struct unpack *u, const char *key, bool *ret_value)
{
    const msgpack_object *value;

    if (!is_a(u, key, MSGPACK_OBJECT_BOOLEAN, "true or false", &value))
        return false;
    *ret_value = value->via.boolean;
    return true;
}

bool
unpack_map(struct unpack *u, const char *key, const msgpack_object **ret_map)
{
    return is_a(u, key, MSGPACK_OBJECT_MAP, "a map", ret_map);
}

bool
unpack_array(struct unpack *u, const char *key,
             const msgpack_object **ret_array)
{
    return is_a(u, key, MSGPACK_OBJECT_ARRAY, "an array", ret_array);
}

const msgpack_object *
unpack_find(const msgpack_object *map, const char *key)
{
    if (!map || map->type != MSGPACK_OBJECT_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *entry = &map->via.map.ptr[i];

        if (text_is(&entry->key, key))
            return &entry->val;
    }
    return NULL;
}

const msgpack_object *
unpack_item(const msgpack_object *array, size_t i)
{
    if (!array || array->type != MSGPACK_OBJECT_ARRAY
        || i >= array->via.array.size)
        return NULL;
    return &array->via.array.ptr[i];
}

bool
unpack_text(const msgpack_object *object, const char **ret_text,
            size_t *ret_size)
{
    const msgpack_object_str *str = &object->via.str;
    const msgpack_object_bin *bin = &object->via.bin;

    /* msgpack-c has NULL for what is empty. */
    if (object->type == MSGPACK_OBJECT_STR) {
        *ret_text = str->size > 0 ? str->ptr : "";
        *ret_size = str->size;
        return true;
    }
    if (object->type == MSGPACK_OBJECT_BIN) {
        *ret_text = bin->size > 0 ? bin->ptr : "";
        *ret_size = bin->size;
        return true;
    }
    return false;
}
