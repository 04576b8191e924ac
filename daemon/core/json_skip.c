#include "core/json_skip.h"

#include <string.h>

static const char *
skip_string(const char *at, const char *end)
{
    const char *from = ++at;

    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *slash = quote;

        if (!quote)
            break;
        while (slash > from && slash[-1] == '\\')
            slash--;
        at = quote + 1;
        if ((quote - slash) % 2 == 0)
            return at;
    }
    return end;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What stands between values. */
static bool
is_between(char c)
{
    return is_blank(c) || c == ',' || c == ':';
}

static const char *
skip_to_value(const char *at, const char *end)
{
    while (at < end && is_between(*at))
        at++;
    return at;
}

static bool
is_bracket(char c)
{
    return c == '[' || c == ']' || c == '{' || c == '}';
}

static const char *
skip_scalar(const char *at, const char *end)
{
    while (at < end && !is_bracket(*at) && *at != '"' && !is_between(*at))
        at++;
    return at;
}

static const char *
skip_container(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (is_bracket(*at))
            depth += *at == '[' || *at == '{' ? 1 : SIZE_MAX;
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

static const char *
skip_value(const char *at, const char *end)
{
    if (*at == '"')
        return skip_string(at, end);
    if (*at == '[' || *at == '{')
        return skip_container(at, end);
    return skip_scalar(at, end);
}

struct json_skip
json_skip_into(struct json_slice container)
{
    struct json_skip skip = {container.text, container.text + container.size};

    if (json_slice_is_array(container) || json_slice_is_object(container))
        skip.at++;
    else
        skip.at = skip.end;
    return skip;
}

bool
json_skip_next(struct json_skip *skip, struct json_slice *ret_value)
{
    const char *from = skip_to_value(skip->at, skip->end);

    if (from == skip->end || *from == ']' || *from == '}')
        return false;
    skip->at = skip_value(from, skip->end);
    *ret_value = (struct json_slice){from, (size_t)(skip->at - from)};
    return true;
}

bool
json_skip_enter(struct json_skip *skip)
{
    skip->at = skip_to_value(skip->at, skip->end);
    if (skip->at == skip->end || (*skip->at != '[' && *skip->at != '{'))
        return false;
    skip->at++;
    return true;
}

void
json_skip_leave(struct json_skip *skip)
{
    if (skip->at < skip->end)
        skip->at++;
}

bool
json_skip_is(struct json_slice key, const char *name)
{
    size_t size = strlen(name);

    return key.size == size + 2 && memcmp(key.text + 1, name, size) == 0;
}

struct json_slice
json_skip_find(struct json_slice object, const char *name)
{
    struct json_skip skip = json_skip_into(object);
    struct json_slice key, value;

    while (json_slice_is_object(object) && json_skip_next(&skip, &key)
           && json_skip_next(&skip, &value))
        if (json_skip_is(key, name))
            return value;
    return (struct json_slice){NULL, 0};
}

struct json_texts
json_texts_in(struct json_slice value)
{
    return (struct json_texts){value.text, value.text + value.size};
}

static bool
is_name(const char *behind, const char *end)
{
    while (behind < end && is_blank(*behind))
        behind++;
    return behind < end && *behind == ':';
}

bool
json_texts_next(struct json_texts *texts, struct json_slice *ret_inner)
{
    while (texts->at < texts->end) {
        const char *from = texts->at++;

        if (*from != '"')
            continue;
        texts->at = skip_string(from, texts->end);
        if (texts->at - from < 2 || is_name(texts->at, texts->end))
            continue;
        *ret_inner =
            (struct json_slice){from + 1, (size_t)(texts->at - from) - 2};
        return true;
    }
    return false;
}

size_t
json_texts_size(struct json_slice value)
{
    struct json_texts texts = json_texts_in(value);
    struct json_slice inner;
    size_t size = 0;

    while (json_texts_next(&texts, &inner))
        size += inner.size;
    return size;
}
