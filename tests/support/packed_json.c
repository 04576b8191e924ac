#include "support/packed_json.h"

#include <check.h>
#include <string.h>

static const char BIN[] = "$bin";

static void write_value(msgpack_packer *pk, json_t *value);

static void
write_object(msgpack_packer *pk, json_t *value)
{
    const json_t *bin = json_object_get(value, BIN);
    void *iter;

    if (bin) {
        (void)msgpack_pack_bin_with_body(pk, json_string_value(bin),
                                         json_string_length(bin));
        return;
    }
    (void)msgpack_pack_map(pk, json_object_size(value));
    for (iter = json_object_iter(value); iter;
         iter = json_object_iter_next(value, iter)) {
        const char *key = json_object_iter_key(iter);

        (void)msgpack_pack_str_with_body(pk, key, strlen(key));
        write_value(pk, json_object_iter_value(iter));
    }
}

static void
write_array(msgpack_packer *pk, json_t *value)
{
    (void)msgpack_pack_array(pk, json_array_size(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        write_value(pk, json_array_get(value, i));
}

static void
write_value(msgpack_packer *pk, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(pk, value);
        break;
    case JSON_ARRAY:
        write_array(pk, value);
        break;
    case JSON_STRING:
        (void)msgpack_pack_str_with_body(pk, json_string_value(value),
                                         json_string_length(value));
        break;
    case JSON_INTEGER:
        (void)msgpack_pack_int64(pk, json_integer_value(value));
        break;
    case JSON_REAL:
        (void)msgpack_pack_double(pk, json_real_value(value));
        break;
    case JSON_TRUE:
        (void)msgpack_pack_true(pk);
        break;
    case JSON_FALSE:
        (void)msgpack_pack_false(pk);
        break;
    case JSON_NULL:
        (void)msgpack_pack_nil(pk);
        break;
    }
}

void
packed_json_write(msgpack_sbuffer *out, json_t *value)
{
    msgpack_packer pk;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
    write_value(&pk, value);
}

static json_t *
read_text(const char *text, size_t size)
{
    json_t *value = json_stringn(text, size);

    ck_assert_msg(value, "a text is not UTF-8: %.*s", (int)size, text);
    return value;
}

static json_t *
read_map(const msgpack_object_map *map)
{
    json_t *value = json_object();

    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key;
        json_t *name;

        ck_assert_msg(key->type == MSGPACK_OBJECT_STR, "a key is no string");
        name = read_text(key->via.str.ptr, key->via.str.size);
        ck_assert_msg(!json_object_get(value, json_string_value(name)),
                      "the key \"%s\" comes twice", json_string_value(name));
        (void)json_object_set_new(value, json_string_value(name),
                                  packed_json_read(&map->ptr[i].val));
        json_decref(name);
    }
    return value;
}

static json_t *
read_array(const msgpack_object_array *array)
{
    json_t *value = json_array();

    for (uint32_t i = 0; i < array->size; i++)
        (void)json_array_append_new(value, packed_json_read(&array->ptr[i]));
    return value;
}

json_t *
packed_json_read(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        return json_null();
    case MSGPACK_OBJECT_BOOLEAN:
        return json_boolean(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        ck_assert_uint_le(object->via.u64, INT64_MAX);
        return json_integer((json_int_t)object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return json_integer(object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return json_real(object->via.f64);
    case MSGPACK_OBJECT_STR:
        return read_text(object->via.str.ptr, object->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return json_pack("{so}", BIN,
                         read_text(object->via.bin.ptr, object->via.bin.size));
    case MSGPACK_OBJECT_ARRAY:
        return read_array(&object->via.array);
    case MSGPACK_OBJECT_MAP:
        return read_map(&object->via.map);
    case MSGPACK_OBJECT_EXT:
        break;
    }
    ck_abort_msg("an object of type %d", (int)object->type);
    return NULL;
}
