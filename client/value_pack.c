/*
 * value_pack.c - values to MessagePack and back.
 */
#include "client/value.h"

#include "proto/pack.h"
#include "proto/status.h"
#include "proto/unpack.h"

static int
pack_list(const struct value_list *list, struct pack *p)
{
    int status = 0;

    for (size_t i = 0; i < list->n && status == 0; i++)
        status = value_pack(&list->items[i], p);
    return status;
}

static int
pack_composite(const struct aigw_value *value, struct pack *p)
{
    bool is_map = value->type == AIGW_TYPE_MAP;
    int status;

    if (is_map)
        pack_map_begin(p);
    else
        pack_array_begin(p);
    status = pack_list(&value->as.list, p);
    if (is_map)
        pack_map_end(p);
    else
        pack_array_end(p);
    return status;
}

int
value_pack(const struct aigw_value *value, struct pack *p)
{
    switch ((enum aigw_type)value->type) {
    case AIGW_TYPE_NIL:
        pack_nil(p);
        break;
    case AIGW_TYPE_BOOL:
        pack_bool(p, value->as.boolean);
        break;
    case AIGW_TYPE_INT:
        pack_int(p, value->as.integer);
        break;
    case AIGW_TYPE_DOUBLE:
        pack_double(p, value->as.number);
        break;
    case AIGW_TYPE_STRING:
        pack_strn(p, value->as.str.data, value->as.str.size);
        break;
    case AIGW_TYPE_ARRAY:
    case AIGW_TYPE_MAP:
        (void)pack_composite(value, p);
        break;
    }
    return value->status;
}

static int
unpack_list(const msgpack_object_array *array, struct aigw_value *ret)
{
    int status = value_reserve(ret, array->size);

    for (uint32_t i = 0; i < array->size && status == 0; i++) {
        struct aigw_value item;

        status = value_unpack(&array->ptr[i], &item);
        if (status == 0)
            status = value_push(ret, &item);
    }
    return status;
}

static int
unpack_entry(const msgpack_object_kv *entry, struct aigw_value *ret)
{
    struct aigw_value key;
    struct aigw_value item;
    const char *text;
    size_t size;
    int status;

    if (!unpack_text(&entry->key, &text, &size))
        return 0;
    status = value_init_str(&key, text, size);
    if (status != 0)
        return status;
    status = value_unpack(&entry->val, &item);
    if (status == 0)
        status = value_push_entry(ret, &key, &item);
    value_deinit(&key);
    return status;
}

static int
unpack_entries(const msgpack_object_map *map, struct aigw_value *ret)
{
    int status = value_reserve(ret, (size_t)map->size * 2);

    for (uint32_t i = 0; i < map->size && status == 0; i++)
        status = unpack_entry(&map->ptr[i], ret);
    return status;
}

static int
unpack_composite(const msgpack_object *object, struct aigw_value *ret)
{
    struct aigw_value value = {.depth = 1};
    int status;

    if (object->type == MSGPACK_OBJECT_MAP) {
        value.type = AIGW_TYPE_MAP;
        status = unpack_entries(&object->via.map, &value);
    } else {
        value.type = AIGW_TYPE_ARRAY;
        status = unpack_list(&object->via.array, &value);
    }
    if (status == 0)
        *ret = value;
    else
        value_deinit(&value);
    return status;
}

static struct aigw_value
from_unsigned(uint64_t number)
{
    if (number > INT64_MAX)
        return (struct aigw_value){.type = AIGW_TYPE_DOUBLE,
                                   .as.number = (double)number};
    return (struct aigw_value){.type = AIGW_TYPE_INT,
                               .as.integer = (int64_t)number};
}

int
value_unpack(const msgpack_object *object, struct aigw_value *ret)
{
    struct aigw_value value = {.type = AIGW_TYPE_NIL};

    switch (object->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        value.type = AIGW_TYPE_BOOL;
        value.as.boolean = object->via.boolean;
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        value = from_unsigned(object->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        value.type = AIGW_TYPE_INT;
        value.as.integer = object->via.i64;
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        value.type = AIGW_TYPE_DOUBLE;
        value.as.number = object->via.f64;
        break;
    case MSGPACK_OBJECT_STR:
        return value_init_str(ret, object->via.str.ptr, object->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return value_init_str(ret, object->via.bin.ptr, object->via.bin.size);
    case MSGPACK_OBJECT_ARRAY:
    case MSGPACK_OBJECT_MAP:
        return unpack_composite(object, ret);
    case MSGPACK_OBJECT_NIL:
    case MSGPACK_OBJECT_EXT:
        break;
    }
    *ret = value;
    return 0;
}
