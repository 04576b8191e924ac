#include "ctl/flat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"
#include "text/sanitize.h"

enum {
    KEY_MAX = 128,
    DEPTH_MAX = 4 /* Deeper maps are left out of flat rows. */
};

void
flat_print_document(const struct aigw_value *value, FILE *out)
{
    char *text = aigw_value_to_json(value, AIGW_JSON_COMPACT);

    (void)fprintf(out, "%s\n", text ? text : "null");
    free(text);
}

static bool
ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);

    return text_len > end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* The unit stays at the end of a name. */
static void
join_key(const char *outer, const char *inner, char *ret_key)
{
    int stem = (int)strlen(outer) - 3;

    if (outer[0] == '\0')
        (void)snprintf(ret_key, KEY_MAX, "%s", inner);
    else if (!ends_with(outer, "_ms"))
        (void)snprintf(ret_key, KEY_MAX, "%s_%s", outer, inner);
    else if (strcmp(inner, "count") == 0)
        (void)snprintf(ret_key, KEY_MAX, "%.*s_count", stem, outer);
    else
        (void)snprintf(ret_key, KEY_MAX, "%.*s_%s_ms", stem, outer, inner);
}

char *
flat_join(const struct aigw_value *array)
{
    struct mem_text text;
    bool strings = true;
    char *joined;

    mem_text_begin(&text);
    for (size_t i = 0; i < aigw_value_size(array); i++) {
        const char *part = aigw_value_str(aigw_value_at(array, i), NULL);

        strings = strings && part;
        if (strings)
            (void)fprintf(text.stream, "%s%s", i > 0 ? "," : "", part);
    }
    joined = mem_text_end(&text);
    if (strings)
        return joined;
    free(joined);
    return NULL;
}

static void flatten_into(struct aigw_value *flat,
                         const struct aigw_value *value, const char *outer,
                         unsigned depth);

static void
flatten_member(struct aigw_value *flat, const char *key,
               const struct aigw_value *member, unsigned depth)
{
    enum aigw_type type = aigw_value_type(member);
    char *joined;

    if (type == AIGW_TYPE_MAP) {
        flatten_into(flat, member, key, depth + 1);
    } else if (type == AIGW_TYPE_ARRAY) {
        joined = flat_join(member);
        if (joined && aigw_value_size(member) == 0)
            aigw_value_set_nil(flat, key);
        else if (joined)
            aigw_value_set_str(flat, key, joined);
        free(joined);
    } else {
        aigw_value_set(flat, key, aigw_value_copy(member));
    }
}

static void
flatten_into(struct aigw_value *flat, const struct aigw_value *value,
             const char *outer, unsigned depth)
{
    char key[KEY_MAX];

    for (size_t i = 0; depth < DEPTH_MAX && i < aigw_value_size(value); i++) {
        join_key(outer, aigw_value_key(value, i), key);
        flatten_member(flat, key, aigw_value_at(value, i), depth);
    }
}

struct aigw_value *
flat_make(const struct aigw_value *row)
{
    struct aigw_value *flat = aigw_value_map();

    if (aigw_value_type(row) == AIGW_TYPE_MAP)
        flatten_into(flat, row, "", 0);
    return flat;
}

void
flat_print_json(const struct aigw_value *row, FILE *out)
{
    struct aigw_value *flat = flat_make(row);

    flat_print_document(flat, out);
    aigw_value_free(flat);
}

static bool
is_absent(const struct aigw_value *value)
{
    return aigw_value_type(value) == AIGW_TYPE_NIL
           || (aigw_value_type(value) == AIGW_TYPE_ARRAY
               && aigw_value_size(value) == 0);
}

void
flat_print_value(const struct aigw_value *value, FILE *out)
{
    char *json;

    if (is_absent(value)) {
        (void)fputc('-', out);
    } else if (aigw_value_type(value) == AIGW_TYPE_STRING) {
        sanitize_line(aigw_value_str(value, ""), out);
    } else {
        json =
            aigw_value_type(value) == AIGW_TYPE_ARRAY ? flat_join(value) : NULL;
        if (!json)
            json = aigw_value_to_json(value, AIGW_JSON_COMPACT);
        (void)fputs(json ? json : "-", out);
        free(json);
    }
}

void
flat_print_fields(const struct aigw_value *row, FILE *out)
{
    struct aigw_value *flat = flat_make(row);

    for (size_t i = 0; i < aigw_value_size(flat); i++) {
        (void)fprintf(out, "%s\t", aigw_value_key(flat, i));
        flat_print_value(aigw_value_at(flat, i), out);
        (void)fputc('\n', out);
    }
    aigw_value_free(flat);
}
