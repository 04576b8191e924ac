/*
 * value_build.c - making and changing values.
 */
#include "client/value.h"

#include "proto/status.h"

#include <stdlib.h>

/* What a maker returns without memory: a nil that says so to everything it is
 * put into.  It has failed already, so nothing ever writes to it. */
static struct aigw_value unborn = {.status = AIGW_ENOMEM};

static int
fail(struct aigw_value *value, int status)
{
    if (!value || status == 0)
        return status;
    if (value->status == 0)
        value->status = (int8_t)status;
    return value->status;
}

int
value_init_str(struct aigw_value *ret, const char *text, size_t size)
{
    char *data = size < SIZE_MAX ? malloc(size + 1) : NULL;

    if (!data)
        return AIGW_ENOMEM;
    if (size > 0)
        memcpy(data, text, size);
    data[size] = '\0';
    memset(ret, 0, sizeof(*ret));
    ret->type = AIGW_TYPE_STRING;
    ret->as.str.data = data;
    ret->as.str.size = size;
    return 0;
}

int
value_reserve(struct aigw_value *list, size_t n)
{
    if (n == 0)
        return 0;
    list->as.list.items = calloc(n, sizeof(*list->as.list.items));
    if (!list->as.list.items)
        return AIGW_ENOMEM;
    list->as.list.capacity = n;
    return 0;
}

static int
make_room(struct value_list *list, size_t n)
{
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : 8;
    struct aigw_value *items;

    if (list->capacity - list->n >= n)
        return 0;
    items = reallocarray(list->items, capacity, sizeof(*items));
    if (!items)
        return AIGW_ENOMEM;
    list->items = items;
    list->capacity = capacity;
    return 0;
}

static int
deepen(struct aigw_value *list, const struct aigw_value *item)
{
    if (item->depth >= VALUE_DEPTH_MAX)
        return AIGW_ETOOBIG;
    if (item->depth >= list->depth)
        list->depth = (uint16_t)(item->depth + 1);
    if (item->status != 0)
        (void)fail(list, item->status);
    return 0;
}

int
value_push(struct aigw_value *array, struct aigw_value *item)
{
    struct value_list *list = &array->as.list;
    int status = make_room(list, 1);

    if (status == 0)
        status = deepen(array, item);
    if (status != 0)
        return status;
    list->items[list->n++] = *item;
    memset(item, 0, sizeof(*item));
    return 0;
}

int
value_push_entry(struct aigw_value *map, struct aigw_value *key,
                 struct aigw_value *item)
{
    struct value_list *list = &map->as.list;
    int status = make_room(list, 2);

    if (status == 0)
        status = deepen(map, item);
    if (status != 0)
        return status;
    list->items[list->n++] = *key;
    list->items[list->n++] = *item;
    memset(key, 0, sizeof(*key));
    memset(item, 0, sizeof(*item));
    return 0;
}

struct aigw_value *
value_to_heap(struct aigw_value *value)
{
    struct aigw_value *copy = malloc(sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *value;
    memset(value, 0, sizeof(*value));
    return copy;
}

static struct aigw_value *
birth(struct aigw_value *value)
{
    struct aigw_value *made = value_to_heap(value);

    return made ? made : &unborn;
}

/* An empty list has depth 1: it is a level already. */
struct aigw_value *
aigw_value_map(void)
{
    return birth(&(struct aigw_value){.type = AIGW_TYPE_MAP, .depth = 1});
}

struct aigw_value *
aigw_value_array(void)
{
    return birth(&(struct aigw_value){.type = AIGW_TYPE_ARRAY, .depth = 1});
}

struct aigw_value *
aigw_value_new_nil(void)
{
    return birth(&(struct aigw_value){.type = AIGW_TYPE_NIL});
}

struct aigw_value *
aigw_value_new_bool(bool value)
{
    return birth(
        &(struct aigw_value){.type = AIGW_TYPE_BOOL, .as.boolean = value});
}

struct aigw_value *
aigw_value_new_int(int64_t value)
{
    return birth(
        &(struct aigw_value){.type = AIGW_TYPE_INT, .as.integer = value});
}

struct aigw_value *
aigw_value_new_double(double value)
{
    return birth(
        &(struct aigw_value){.type = AIGW_TYPE_DOUBLE, .as.number = value});
}

struct aigw_value *
aigw_value_new_strn(const char *text, size_t size)
{
    struct aigw_value *value = aigw_value_new_nil();

    if (value != &unborn)
        (void)fail(value,
                   text ? value_init_str(value, text, size) : AIGW_EINVAL);
    return value;
}

struct aigw_value *
aigw_value_new_str(const char *text)
{
    return aigw_value_new_strn(text, text ? strlen(text) : 0);
}

static int copy_into(const struct aigw_value *value, struct aigw_value *ret);

static int
copy_list(const struct aigw_value *value, struct aigw_value *ret)
{
    const struct value_list *from = &value->as.list;
    struct aigw_value copy = *value;
    int status;

    copy.as.list = (struct value_list){.items = NULL};
    status = value_reserve(&copy, from->n);
    for (size_t i = 0; i < from->n && status == 0; i++) {
        status = copy_into(&from->items[i], &copy.as.list.items[i]);
        copy.as.list.n += status == 0;
    }
    if (status == 0)
        *ret = copy;
    else
        value_deinit(&copy);
    return status;
}

static int
copy_into(const struct aigw_value *value, struct aigw_value *ret)
{
    enum aigw_type type = aigw_value_type(value);

    if (type == AIGW_TYPE_ARRAY || type == AIGW_TYPE_MAP)
        return copy_list(value, ret);
    if (type == AIGW_TYPE_STRING)
        return value_init_str(ret, value->as.str.data, value->as.str.size);
    *ret = value ? *value : (struct aigw_value){.type = AIGW_TYPE_NIL};
    return 0;
}

struct aigw_value *
aigw_value_copy(const struct aigw_value *value)
{
    struct aigw_value *copy = aigw_value_new_nil();

    if (copy != &unborn)
        (void)fail(copy, copy_into(value, copy));
    return copy;
}

void
aigw_value_free(struct aigw_value *value)
{
    if (!value || value == &unborn)
        return;
    value_deinit(value);
    free(value);
}

int
aigw_value_status(const struct aigw_value *value)
{
    return value ? value->status : 0;
}

static int
replace(struct aigw_value *map, struct aigw_value *place,
        struct aigw_value *item)
{
    int status = deepen(map, item);

    if (status != 0)
        return status;
    value_deinit(place);
    *place = *item;
    memset(item, 0, sizeof(*item));
    return 0;
}

static int
put_entry(struct aigw_value *map, const char *key, struct aigw_value *item)
{
    struct aigw_value name;
    int status;

    for (size_t i = 0; i < map->as.list.n; i += 2)
        if (strcmp(map->as.list.items[i].as.str.data, key) == 0)
            return replace(map, &map->as.list.items[i + 1], item);
    status = value_init_str(&name, key, strlen(key));
    if (status != 0)
        return status;
    status = value_push_entry(map, &name, item);
    if (status != 0)
        value_deinit(&name);
    return status;
}

int
aigw_value_set(struct aigw_value *map, const char *key,
               struct aigw_value *value)
{
    int status;

    if (!value || value->status != 0)
        status = fail(map, value ? value->status : AIGW_EINVAL);
    else if (aigw_value_type(map) != AIGW_TYPE_MAP || !key)
        status = fail(map, AIGW_EINVAL);
    else
        status = fail(map, put_entry(map, key, value));
    aigw_value_free(value);
    return status;
}

int
aigw_value_set_nil(struct aigw_value *map, const char *key)
{
    return aigw_value_set(map, key, aigw_value_new_nil());
}

int
aigw_value_set_bool(struct aigw_value *map, const char *key, bool value)
{
    return aigw_value_set(map, key, aigw_value_new_bool(value));
}

int
aigw_value_set_int(struct aigw_value *map, const char *key, int64_t value)
{
    return aigw_value_set(map, key, aigw_value_new_int(value));
}

int
aigw_value_set_double(struct aigw_value *map, const char *key, double value)
{
    return aigw_value_set(map, key, aigw_value_new_double(value));
}

int
aigw_value_set_str(struct aigw_value *map, const char *key, const char *text)
{
    return aigw_value_set(map, key, aigw_value_new_str(text));
}

int
aigw_value_append(struct aigw_value *array, struct aigw_value *value)
{
    int status;

    if (!value || value->status != 0)
        status = fail(array, value ? value->status : AIGW_EINVAL);
    else if (aigw_value_type(array) != AIGW_TYPE_ARRAY)
        status = fail(array, AIGW_EINVAL);
    else
        status = fail(array, value_push(array, value));
    aigw_value_free(value);
    return status;
}

int
aigw_value_append_str(struct aigw_value *array, const char *text)
{
    return aigw_value_append(array, aigw_value_new_str(text));
}
