/*
 * packed_json.h - between MessagePack and JSON, for tests.
 */
#ifndef AIGW_TESTS_PACKED_JSON_H
#define AIGW_TESTS_PACKED_JSON_H

#include <jansson.h>
#include <msgpack.h>

/* Appends `value`; an object with the one member "$bin" becomes a bin. */
void packed_json_write(msgpack_sbuffer *out, json_t *value);

/* A new value; a bin becomes {"$bin": text}.  Fails the test on anything that
 * the protocol does not have. */
json_t *packed_json_read(const msgpack_object *object);

#endif
