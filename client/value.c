/*
 * value.c - reading and releasing values.
 */
#include "client/value.h"

#include <stdlib.h>

enum {
    /* 2^63, the first double beyond int64_t. */
    INT64_LIMIT_EXPONENT = 63
};

void
value_deinit(struct aigw_value *value)
{
    struct value_list *list = &value->as.list;

    if (value->type == AIGW_TYPE_STRING)
        free(value->as.str.data);
    if (value->type == AIGW_TYPE_ARRAY || value->type == AIGW_TYPE_MAP) {
        for (size_t i = 0; i < list->n; i++)
            value_deinit(&list->items[i]);
        free(list->items);
    }
    memset(value, 0, sizeof(*value));
}

enum aigw_type
aigw_value_type(const struct aigw_value *value)
{
    return value ? (enum aigw_type)value->type : AIGW_TYPE_NIL;
}

bool
aigw_value_bool(const struct aigw_value *value, bool fallback)
{
    if (aigw_value_type(value) != AIGW_TYPE_BOOL)
        return fallback;
    return value->as.boolean;
}

static bool
fits_int64(double number)
{
    const double limit = (double)(UINT64_C(1) << INT64_LIMIT_EXPONENT);

    return number >= -limit && number < limit
           && (double)(int64_t)number == number;
}

int64_t
aigw_value_int(const struct aigw_value *value, int64_t fallback)
{
    enum aigw_type type = aigw_value_type(value);

    if (type == AIGW_TYPE_INT)
        return value->as.integer;
    if (type == AIGW_TYPE_DOUBLE && fits_int64(value->as.number))
        return (int64_t)value->as.number;
    return fallback;
}

double
aigw_value_double(const struct aigw_value *value, double fallback)
{
    enum aigw_type type = aigw_value_type(value);

    if (type == AIGW_TYPE_DOUBLE)
        return value->as.number;
    if (type == AIGW_TYPE_INT)
        return (double)value->as.integer;
    return fallback;
}

const char *
aigw_value_str(const struct aigw_value *value, const char *fallback)
{
    if (aigw_value_type(value) != AIGW_TYPE_STRING)
        return fallback;
    return value->as.str.data;
}

size_t
aigw_value_size(const struct aigw_value *value)
{
    enum aigw_type type = aigw_value_type(value);

    if (type == AIGW_TYPE_STRING)
        return value->as.str.size;
    if (type == AIGW_TYPE_ARRAY)
        return value->as.list.n;
    if (type == AIGW_TYPE_MAP)
        return value->as.list.n / 2;
    return 0;
}

const struct aigw_value *
aigw_value_at(const struct aigw_value *value, size_t i)
{
    enum aigw_type type = aigw_value_type(value);

    if (type == AIGW_TYPE_ARRAY && i < value->as.list.n)
        return &value->as.list.items[i];
    if (type == AIGW_TYPE_MAP && i < value->as.list.n / 2)
        return &value->as.list.items[2 * i + 1];
    return NULL;
}

const char *
aigw_value_key(const struct aigw_value *map, size_t i)
{
    if (aigw_value_type(map) != AIGW_TYPE_MAP || i >= map->as.list.n / 2)
        return NULL;
    return map->as.list.items[2 * i].as.str.data;
}

static const struct aigw_value *
get_sized(const struct aigw_value *map, const char *key, size_t size)
{
    const struct value_list *list = &map->as.list;

    for (size_t i = 0; i + 1 < list->n; i += 2) {
        const struct value_str *k = &list->items[i].as.str;

        if (k->size == size && memcmp(k->data, key, size) == 0)
            return &list->items[i + 1];
    }
    return NULL;
}

const struct aigw_value *
aigw_value_get(const struct aigw_value *map, const char *key)
{
    if (aigw_value_type(map) != AIGW_TYPE_MAP || !key)
        return NULL;
    return get_sized(map, key, strlen(key));
}

static const struct aigw_value *
at_sized(const struct aigw_value *array, const char *digits, size_t size)
{
    size_t index = 0;

    for (size_t i = 0; i < size; i++) {
        if (digits[i] < '0' || digits[i] > '9' || index > array->as.list.n)
            return NULL;
        index = index * 10 + (size_t)(digits[i] - '0');
    }
    return size > 0 ? aigw_value_at(array, index) : NULL;
}

const struct aigw_value *
aigw_value_path(const struct aigw_value *value, const char *path)
{
    while (value && path) {
        size_t size = strcspn(path, ".");

        if (value->type == AIGW_TYPE_MAP)
            value = get_sized(value, path, size);
        else if (value->type == AIGW_TYPE_ARRAY)
            value = at_sized(value, path, size);
        else
            value = NULL;
        path = path[size] == '.' ? path + size + 1 : NULL;
    }
    return value;
}

bool
aigw_get_bool(const struct aigw_value *value, const char *path, bool fallback)
{
    return aigw_value_bool(aigw_value_path(value, path), fallback);
}

int64_t
aigw_get_int(const struct aigw_value *value, const char *path, int64_t fallback)
{
    return aigw_value_int(aigw_value_path(value, path), fallback);
}

double
aigw_get_double(const struct aigw_value *value, const char *path,
                double fallback)
{
    return aigw_value_double(aigw_value_path(value, path), fallback);
}

const char *
aigw_get_str(const struct aigw_value *value, const char *path,
             const char *fallback)
{
    return aigw_value_str(aigw_value_path(value, path), fallback);
}

static bool
equal_lists(const struct value_list *a, const struct value_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!aigw_value_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool
equal_numbers(double a, double b)
{
    return a == b || (a != a && b != b);
}

bool
aigw_value_equal(const struct aigw_value *a, const struct aigw_value *b)
{
    enum aigw_type type = aigw_value_type(a);

    if (type != aigw_value_type(b))
        return false;
    switch (type) {
    case AIGW_TYPE_NIL:
        return true;
    case AIGW_TYPE_BOOL:
        return a->as.boolean == b->as.boolean;
    case AIGW_TYPE_INT:
        return a->as.integer == b->as.integer;
    case AIGW_TYPE_DOUBLE:
        return equal_numbers(a->as.number, b->as.number);
    case AIGW_TYPE_STRING:
        return a->as.str.size == b->as.str.size
               && memcmp(a->as.str.data, b->as.str.data, a->as.str.size) == 0;
    case AIGW_TYPE_ARRAY:
    case AIGW_TYPE_MAP:
        return equal_lists(&a->as.list, &b->as.list);
    }
    return false;
}
