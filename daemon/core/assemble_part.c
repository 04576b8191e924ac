#include "core/assemble_part.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_PARTS = 64, /* Names in one object. */
    MAX_NAME_BYTES = 128,

    /* jansson needs up to 60 bytes for a byte of text, but not for all of
     * them; this is its share on the average of what providers send. */
    TREE_FACTOR = 16,
};

struct assemble_part {
    struct assemble_part *next;
    json_t *value; /* NULL for a string, which grows in `text`. */
    struct bytes text;
    char name[MAX_NAME_BYTES];
};

int
assemble_room_take(struct assemble_room *room, size_t size)
{
    if (size > room->left)
        return AIGW_ETOOBIG;
    room->left -= size;
    return 0;
}

void
assemble_parts_free(struct assemble_part *parts)
{
    while (parts) {
        struct assemble_part *next = parts->next;

        json_decref(parts->value);
        bytes_deinit(&parts->text);
        free(parts);
        parts = next;
    }
}

/* Some providers repeat these in every fragment, others send them once. */
static bool
is_identity(const char *name)
{
    static const char *const names[] = {"id", "type", "name", "role", "format"};

    for (size_t i = 0; i < array_count(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int
add_part(struct assemble_part **slot, const char *name,
         struct assemble_room *room)
{
    struct assemble_part *part;
    int status = assemble_room_take(room, sizeof(*part));

    if (status < 0)
        return status;
    part = calloc(1, sizeof(*part));
    if (!part)
        return AIGW_ENOMEM;
    bytes_init(&part->text, SIZE_MAX / 8);
    memcpy(part->name, name, strlen(name) + 1);
    *slot = part;
    return 0;
}

/* The part of this name, made if it was not there. */
static int
find_part(struct assemble_part **parts, const char *name,
          struct assemble_room *room, struct assemble_part **ret_part)
{
    struct assemble_part **slot = parts;
    int n = 0;
    int status = 0;

    while (*slot && strcmp((*slot)->name, name) != 0) {
        slot = &(*slot)->next;
        n++;
    }
    if (!*slot && (n == MAX_PARTS || strlen(name) >= MAX_NAME_BYTES))
        return AIGW_ETOOBIG;
    if (!*slot)
        status = add_part(slot, name, room);
    if (status == 0)
        *ret_part = *slot;
    return status;
}

static int
grow_text(struct assemble_part *part, const json_t *value,
          struct assemble_room *room)
{
    size_t size = json_string_length(value);
    int status = 0;

    if (part->text.size > 0 && is_identity(part->name))
        return 0;
    status = assemble_room_take(room, size);
    if (status < 0)
        return status;
    json_decref(part->value);
    part->value = NULL;
    return bytes_append(&part->text, json_string_value(value), size);
}

static int
take_value(struct assemble_part *part, json_t *value,
           struct assemble_room *room)
{
    /* The size as text, by a dump into nothing. */
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    int status = assemble_room_take(room, size * TREE_FACTOR);

    if (status < 0)
        return status;
    if (json_is_array(value) && json_is_array(part->value))
        return json_array_extend(part->value, value) < 0 ? AIGW_ENOMEM : 0;
    json_decref(part->value);
    part->value = json_is_array(value) ? json_copy(value) : json_incref(value);
    return part->value ? 0 : AIGW_ENOMEM;
}

int
assemble_parts_merge(struct assemble_part **parts, const char *name,
                     json_t *value, struct assemble_room *room)
{
    struct assemble_part *part;
    int status = 0;

    if (json_is_null(value))
        return 0;
    status = find_part(parts, name, room, &part);
    if (status < 0)
        return status;
    if (json_is_string(value))
        return grow_text(part, value, room);
    return take_value(part, value, room);
}

bool
assemble_parts_has(const struct assemble_part *parts, const char *name)
{
    while (parts && strcmp(parts->name, name) != 0)
        parts = parts->next;
    return parts != NULL;
}

int
assemble_parts_append(const struct assemble_part *parts, struct bytes *b)
{
    const struct assemble_part *first = parts;
    int status = 0;

    for (; parts && status == 0; parts = parts->next) {
        status = bytes_append(b, ",", parts == first ? 0 : 1);
        if (status == 0)
            status = json_append_cstr(b, parts->name);
        if (status == 0)
            status = bytes_append(b, ":", 1);
        if (status < 0)
            break;
        status = parts->value ? json_append_value(b, parts->value)
                              : json_append_string(b, parts->text.data,
                                                   parts->text.size);
    }
    return status;
}
