/*
 * assemble_part.h - the named members of an object that grows by deltas: the
 * part of core/assemble that knows no chat.
 */
#ifndef AIGW_CORE_ASSEMBLE_PART_H
#define AIGW_CORE_ASSEMBLE_PART_H

#include "core/json.h"

#include <stddef.h>

/* What may still be stored; shared by all parts of an answer. */
struct assemble_room {
    size_t left;
};

/* Takes `size` bytes; AIGW_ETOOBIG and nothing taken if they are not left. */
int assemble_room_take(struct assemble_room *room, size_t size);

/* A list of members in order of arrival; starts as NULL. */
struct assemble_part;

void assemble_parts_free(struct assemble_part *parts);

/* Merges one member. */
int assemble_parts_merge(struct assemble_part **parts, const char *name,
                         json_t *value, struct assemble_room *room);

/* Appends `"name":value` of each part, with commas between them. */
int assemble_parts_append(const struct assemble_part *parts, struct bytes *b);

/* True if there is a part of this name. */
bool assemble_parts_has(const struct assemble_part *parts, const char *name);

#endif
