#include "core/json.h"
#include "core/json_scan.h"

#include <string.h>

bool
json_slice_is_string(struct json_slice value)
{
    return value.size > 0 && *value.text == '"';
}

bool
json_slice_is_object(struct json_slice value)
{
    return value.size > 0 && *value.text == '{';
}

bool
json_slice_is_array(struct json_slice value)
{
    return value.size > 0 && *value.text == '[';
}

bool
json_slice_is_null(struct json_slice value)
{
    return value.size > 0 && *value.text == 'n';
}

struct json_slice
json_inner(struct json_slice string)
{
    return (struct json_slice){string.text + 1, string.size - 2};
}

void
json_walk_init(struct json_walk *walk, struct json_slice container)
{
    struct json_scan s;

    *walk = (struct json_walk){.at = container.text, .end = container.text};
    if (container.size == 0)
        return;
    s = (struct json_scan){.at = container.text,
                           .end = container.text + container.size};
    walk->at = s.end;
    walk->end = s.end;
    walk->is_object = json_scan_char(&s, '{');
    if (walk->is_object || json_scan_char(&s, '['))
        walk->at = s.at;
}

/* Every scan is checked although the text was: a walk over text that was not
 * ends early instead of running away. */
bool
json_walk_next(struct json_walk *walk)
{
    struct json_scan s = {.at = walk->at, .end = walk->end};
    const char *from;

    walk->at = walk->end;
    walk->key = (struct json_slice){"", 0};
    (void)json_scan_char(&s, ',');
    json_scan_blanks(&s);
    if (s.at == s.end || *s.at == '}' || *s.at == ']')
        return false;
    if (walk->is_object) {
        from = s.at;
        if (!json_scan_string(&s))
            return false;
        walk->key = (struct json_slice){from + 1, (size_t)(s.at - from) - 2};
        if (!json_scan_char(&s, ':'))
            return false;
        json_scan_blanks(&s);
    }
    from = s.at;
    if (!json_scan_value(&s))
        return false;
    walk->value = (struct json_slice){from, (size_t)(s.at - from)};
    walk->at = s.at;
    return true;
}

bool
json_key_is(struct json_slice key, const char *name)
{
    size_t size = strlen(name);
    struct bytes b;
    bool is;

    if (!memchr(key.text, '\\', key.size))
        return key.size == size && memcmp(key.text, name, size) == 0;
    bytes_init(&b, key.size);
    is = json_unescape(key, &b) == 0 && b.size == size
         && memcmp(b.data, name, size) == 0;
    bytes_deinit(&b);
    return is;
}

struct json_slice
json_find(struct json_slice object, const char *name)
{
    struct json_walk walk;

    json_walk_init(&walk, object);
    while (walk.is_object && json_walk_next(&walk))
        if (json_key_is(walk.key, name))
            return walk.value;
    return (struct json_slice){NULL, 0};
}
