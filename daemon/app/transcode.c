#include "app/transcode.h"

#include "proto/unpack.h"

#include <math.h>

static int write_value(const msgpack_object *object, struct bytes *b);

static int
write_text(const msgpack_object *object, struct bytes *b)
{
    const char *text;
    size_t size;

    if (!unpack_text(object, &text, &size))
        return AIGW_EPARAMS;
    return json_append_string(b, text, size);
}

static int
write_array(const msgpack_object_array *array, struct bytes *b)
{
    int status = bytes_append(b, "[", 1);

    for (uint32_t i = 0; i < array->size && status == 0; i++) {
        if (i > 0)
            status = bytes_append(b, ",", 1);
        if (status == 0)
            status = write_value(&array->ptr[i], b);
    }
    return status ? status : bytes_append(b, "]", 1);
}

static int
write_member(const msgpack_object_kv *member, struct bytes *b)
{
    int status = write_text(&member->key, b);

    if (status == 0)
        status = bytes_append(b, ":", 1);
    return status ? status : write_value(&member->val, b);
}

static int
write_map(const msgpack_object_map *map, struct bytes *b)
{
    int status = bytes_append(b, "{", 1);

    for (uint32_t i = 0; i < map->size && status == 0; i++) {
        if (i > 0)
            status = bytes_append(b, ",", 1);
        if (status == 0)
            status = write_member(&map->ptr[i], b);
    }
    return status ? status : bytes_append(b, "}", 1);
}

static int
write_double(double value, struct bytes *b)
{
    return isfinite(value) ? json_append_double(b, value)
                           : bytes_append_str(b, "null");
}

/* The depth is bounded: the frame was let through with at most
 * FRAME_DEPTH_MAX levels. */
static int
write_value(const msgpack_object *object, struct bytes *b)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        return bytes_append_str(b, "null");
    case MSGPACK_OBJECT_BOOLEAN:
        return bytes_append_str(b, object->via.boolean ? "true" : "false");
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        if (object->via.u64 > INT64_MAX)
            return write_double((double)object->via.u64, b);
        return json_append_int(b, (int64_t)object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return json_append_int(b, object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return write_double(object->via.f64, b);
    case MSGPACK_OBJECT_STR:
    case MSGPACK_OBJECT_BIN:
        return write_text(object, b);
    case MSGPACK_OBJECT_ARRAY:
        return write_array(&object->via.array, b);
    case MSGPACK_OBJECT_MAP:
        return write_map(&object->via.map, b);
    case MSGPACK_OBJECT_EXT:
        break;
    }
    return AIGW_EPARAMS;
}

int
transcode_to_json(const msgpack_object *object, struct bytes *b)
{
    return write_value(object, b);
}

static void
pack_json(struct pack *p, json_t *value, unsigned depth)
{
    const char *key;
    json_t *member;
    size_t i;

    if (depth == 0) {
        pack_nil(p);
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        pack_map_begin(p);
        json_object_foreach (value, key, member) {
            pack_key(p, key);
            pack_json(p, member, depth - 1);
        }
        pack_map_end(p);
        return;
    case JSON_ARRAY:
        pack_array_begin(p);
        json_array_foreach (value, i, member)
            pack_json(p, member, depth - 1);
        pack_array_end(p);
        return;
    case JSON_STRING:
        pack_strn(p, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        pack_int(p, json_integer_value(value));
        return;
    case JSON_REAL:
        pack_double(p, json_real_value(value));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        pack_bool(p, json_is_true(value));
        return;
    case JSON_NULL:
        pack_nil(p);
        return;
    }
}

void
transcode_pack(struct pack *p, const char *text, size_t size)
{
    json_t *value;

    if (json_parse_lenient(text, size, &value)) {
        pack_nil(p);
        return;
    }
    pack_json(p, value, PACK_DEPTH_MAX - p->depth);
    json_decref(value);
}
