#include "support/value.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Takes the first name off `*path` into `name`. */
static void
take_name(const char **path, char *name, size_t size)
{
    size_t n = 0;

    while (**path && **path != '.') {
        if (**path == '\\')
            ++*path;
        ck_assert_uint_lt(n + 1, size);
        name[n++] = *(*path)++;
    }
    if (**path == '.')
        ++*path;
    name[n] = '\0';
}

const json_t *
value_find(const json_t *value, const char *path)
{
    while (value && *path) {
        char name[128];

        take_name(&path, name, sizeof(name));
        if (json_is_array(value))
            value = json_array_get(value, strtoul(name, NULL, 10));
        else
            value = json_object_get(value, name);
    }
    return value;
}

static void
complain(const json_t *value, const char *path, const char *what)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);

    ck_abort_msg("\"%s\" is not %s in %.4000s", path, what,
                 text ? text : "(nothing)");
}

const json_t *
value_at(const json_t *value, const char *path)
{
    const json_t *found = value_find(value, path);

    if (!found)
        complain(value, path, "there");
    return found;
}

const char *
value_str(const json_t *value, const char *path)
{
    const json_t *found = value_at(value, path);

    if (!json_is_string(found))
        complain(value, path, "a string");
    return json_string_value(found);
}

int64_t
value_int(const json_t *value, const char *path)
{
    const json_t *found = value_at(value, path);

    if (!json_is_integer(found))
        complain(value, path, "an integer");
    return json_integer_value(found);
}

double
value_real(const json_t *value, const char *path)
{
    const json_t *found = value_at(value, path);

    if (!json_is_number(found))
        complain(value, path, "a number");
    return json_number_value(found);
}

bool
value_bool(const json_t *value, const char *path)
{
    const json_t *found = value_at(value, path);

    if (!json_is_boolean(found))
        complain(value, path, "a boolean");
    return json_is_true(found);
}

bool
value_is_null(const json_t *value, const char *path)
{
    return json_is_null(value_at(value, path));
}

size_t
value_count(const json_t *value, const char *path)
{
    const json_t *found = value_at(value, path);

    if (!json_is_array(found))
        complain(value, path, "an array");
    return json_array_size(found);
}

const json_t *
value_where(const json_t *value, const char *path, const char *key,
            const char *text)
{
    const json_t *array = value_at(value, path);
    size_t n = value_count(value, path);

    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(array, i);
        const char *got = json_string_value(json_object_get(item, key));

        if (got && strcmp(got, text) == 0)
            return item;
    }
    complain(value, path, text);
    return NULL;
}

static char
type_letter(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return 's';
    case JSON_INTEGER:
        return 'i';
    case JSON_REAL:
        return 'f';
    case JSON_TRUE:
    case JSON_FALSE:
        return 'b';
    case JSON_NULL:
        return 'n';
    case JSON_OBJECT:
        return 'o';
    case JSON_ARRAY:
        return 'a';
    }
    return '?';
}

/* True if the value is one that `types` allows; integers are floats, too. */
static bool
type_fits(const json_t *value, const char *types)
{
    char letter = type_letter(value);

    return strchr(types, letter) || (letter == 'i' && strchr(types, 'f'));
}

/* Checks one "name:types". */
static void
check_member(const json_t *object, const char *path, char *member)
{
    char *types = strchr(member, ':');
    const json_t *found;
    bool optional;

    ck_assert_ptr_nonnull(types);
    *types++ = '\0';
    optional = types[-2] == '?';
    if (optional)
        types[-2] = '\0';
    found = json_object_get(object, member);
    if (!found && optional)
        return;
    ck_assert_msg(found, "%s lacks \"%s\"", *path ? path : "it", member);
    ck_assert_msg(type_fits(found, types), "%s.%s is of type %c, not %s", path,
                  member, type_letter(found), types);
}

/* Is `name` one of those that `shape` lists? */
static bool
is_listed(const char *shape, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = shape; at; at = strchr(at, ' ')) {
        at += strspn(at, " ");
        if (strncmp(at, name, size) == 0
            && (at[size] == ':' || at[size] == '?'))
            return true;
    }
    return false;
}

void
value_has_shape(const json_t *value, const char *path, const char *shape)
{
    const json_t *object = value_at(value, path);
    /* jansson iterates over what may be changed only. */
    json_t *copy = json_deep_copy(object);
    char *members = strdup(shape);
    char *rest = NULL;

    if (!json_is_object(object))
        complain(value, path, "an object");
    for (char *m = strtok_r(members, " ", &rest); m;
         m = strtok_r(NULL, " ", &rest))
        check_member(object, path, m);
    free(members);
    for (void *i = json_object_iter(copy); i;
         i = json_object_iter_next(copy, i))
        ck_assert_msg(is_listed(shape, json_object_iter_key(i)),
                      "%s has \"%s\", unexpectedly", *path ? path : "it",
                      json_object_iter_key(i));
    json_decref(copy);
}
