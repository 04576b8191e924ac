/*
 * json_read.c - values from JSON text, by jansson.
 */
#include "client/value.h"

#include "proto/status.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/random.h>

/* jansson has bounded the nesting before any of this recurses, and value_push()
 * bounds it further. */
static int from_json(json_t *json, struct aigw_value *ret);

static int
fill_array(json_t *json, struct aigw_value *ret)
{
    size_t n = json_array_size(json);
    int status = value_reserve(ret, n);

    for (size_t i = 0; i < n && status == 0; i++) {
        struct aigw_value item = {.type = AIGW_TYPE_NIL};

        status = from_json(json_array_get(json, i), &item);
        if (status == 0)
            status = value_push(ret, &item);
        value_deinit(&item);
    }
    return status;
}

static int
push_member(void *member, struct aigw_value *ret)
{
    struct aigw_value key = {.type = AIGW_TYPE_NIL};
    struct aigw_value item = {.type = AIGW_TYPE_NIL};
    int status;

    status = value_init_str(&key, json_object_iter_key(member),
                            json_object_iter_key_len(member));
    if (status == 0)
        status = from_json(json_object_iter_value(member), &item);
    if (status == 0)
        status = value_push_entry(ret, &key, &item);
    value_deinit(&key);
    value_deinit(&item);
    return status;
}

static int
fill_map(json_t *json, struct aigw_value *ret)
{
    int status = value_reserve(ret, json_object_size(json) * 2);
    void *member = json_object_iter(json);

    while (member && status == 0) {
        status = push_member(member, ret);
        member = json_object_iter_next(json, member);
    }
    return status;
}

static int
from_list(json_t *json, struct aigw_value *ret)
{
    struct aigw_value value = {.depth = 1};
    int status;

    if (json_is_object(json)) {
        value.type = AIGW_TYPE_MAP;
        status = fill_map(json, &value);
    } else {
        value.type = AIGW_TYPE_ARRAY;
        status = fill_array(json, &value);
    }
    if (status == 0)
        *ret = value;
    else
        value_deinit(&value);
    return status;
}

static int
from_json(json_t *json, struct aigw_value *ret)
{
    struct aigw_value value = {.type = AIGW_TYPE_NIL};

    switch (json_typeof(json)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        return from_list(json, ret);
    case JSON_STRING:
        return value_init_str(ret, json_string_value(json),
                              json_string_length(json));
    case JSON_INTEGER:
        value.type = AIGW_TYPE_INT;
        value.as.integer = json_integer_value(json);
        break;
    case JSON_REAL:
        value.type = AIGW_TYPE_DOUBLE;
        value.as.number = json_real_value(json);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        value.type = AIGW_TYPE_BOOL;
        value.as.boolean = json_is_true(json);
        break;
    case JSON_NULL:
        break;
    }
    *ret = value;
    return 0;
}

/* Left to itself, jansson opens /dev/urandom for this, and a child that another
 * thread starts at that moment could inherit the descriptor. */
static void
seed_jansson(void)
{
    size_t seed = 0;

    if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed) && seed != 0)
        json_object_seed(seed);
}

static int
status_of(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);

    if (code == json_error_out_of_memory || code == json_error_unknown)
        return AIGW_ENOMEM;
    return code == json_error_stack_overflow ? AIGW_ETOOBIG : AIGW_EINVAL;
}

static int
refuse(struct aigw_json_error *ret_error, int status, const char *text)
{
    if (ret_error) {
        *ret_error = (struct aigw_json_error){.line = 1, .column = 1};
        (void)snprintf(ret_error->text, sizeof(ret_error->text), "%s", text);
    }
    return status;
}

static int
refuse_text(struct aigw_json_error *ret_error, const json_error_t *error)
{
    int status = status_of(error);

    if (status == AIGW_ENOMEM)
        return refuse(ret_error, status, aigw_status_text(status));
    (void)refuse(ret_error, status, error->text);
    if (ret_error) {
        ret_error->line = error->line;
        ret_error->column = error->column;
        ret_error->offset = (size_t)error->position;
    }
    return status;
}

/* Some allocations that fail inside of jansson come out as errors of the text.
 * But those repeat themselves, so a text is wrong if it is so twice. */
static json_t *
load(const char *text, size_t size, json_error_t *ret_error)
{
    const size_t flags =
        JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *json = json_loadb(text, size, flags, ret_error);

    return json ? json : json_loadb(text, size, flags, ret_error);
}

int
aigw_value_from_json(const char *text, size_t size,
                     struct aigw_value **ret_value,
                     struct aigw_json_error *ret_error)
{
    struct aigw_value value = {.type = AIGW_TYPE_NIL};
    json_error_t error = {.line = 0};
    json_t *json;
    int status;

    *ret_value = NULL;
    if (!text)
        return refuse(ret_error, AIGW_EINVAL, "no text");
    if (size > VALUE_JSON_MAX_BYTES)
        return refuse(ret_error, AIGW_ETOOBIG, "longer than 128 MiB");
    seed_jansson();
    json = load(text, size, &error);
    if (!json)
        return refuse_text(ret_error, &error);
    status = from_json(json, &value);
    json_decref(json);
    if (status == 0)
        *ret_value = value_to_heap(&value);
    if (status == 0 && !*ret_value)
        status = AIGW_ENOMEM;
    value_deinit(&value);
    if (status == AIGW_ETOOBIG)
        return refuse(ret_error, status, "nested more than 128 levels deep");
    return status == 0 ? 0
                       : refuse(ret_error, status, aigw_status_text(status));
}
