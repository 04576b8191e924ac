/*
 * transcode.h - between the MessagePack of callers and the JSON of providers.
 */
#ifndef AIGW_APP_TRANSCODE_H
#define AIGW_APP_TRANSCODE_H

#include "core/json.h"
#include "proto/bytes.h"
#include "proto/pack.h"

/* Appends `object` as JSON text.  bin is text; non-finite numbers become null.
 * AIGW_EPARAMS for a map with keys that are no strings, AIGW_ETOOBIG or
 * AIGW_ENOMEM from the buffer. */
int transcode_to_json(const msgpack_object *object, struct bytes *b);

/* Packs the value that `text` (sound JSON) spells.  What does not fit into
 * MessagePack as this project speaks it (nesting beyond the limit) becomes
 * nil; integers beyond int64 become floats. */
void transcode_pack(struct pack *p, const char *text, size_t size);

#endif
