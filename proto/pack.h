/*
 * pack.h - writes MessagePack into a buffer.
 *
 * A writer with a sticky status over msgpack-c's packer: calls follow each
 * other without checks, and pack_finish() says once whether all of it was
 * written.  Maps and arrays need not know their size beforehand.
 *
 *     pack_init(&p, out);
 *     pack_map_begin(&p);
 *     pack_kv_str(&p, "provider", name);
 *     pack_key(&p, "trend");
 *     pack_array_begin(&p);
 *     ...
 *     pack_array_end(&p);
 *     pack_map_end(&p);
 *     status = pack_finish(&p);
 */
#ifndef AIGW_PROTO_PACK_H
#define AIGW_PROTO_PACK_H

#include "proto/frame.h"

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

enum {
    /* The envelope (rpc.h) takes the first of the levels a reader allows. */
    PACK_DEPTH_MAX = FRAME_DEPTH_MAX - 1
};

/* A map or array that was begun. */
struct pack_level {
    size_t header; /* Where its header is, from the start of `out`. */
    uint32_t n;    /* Objects in it so far. */
    bool map;
};

struct pack {
    struct bytes *out;
    size_t start; /* Size of `out` at the beginning. */
    int status;   /* The first failure; everything after it is ignored. */
    unsigned depth;
    msgpack_packer packer;
    struct pack_level levels[PACK_DEPTH_MAX];
};

/* Appends to `out`.  Nobody else may change or consume it until
 * pack_finish(). */
void pack_init(struct pack *p, struct bytes *out);

/* Returns 0 if everything was written.  Otherwise `out` is as it was at
 * pack_init(), and the result tells why: AIGW_ETOOBIG (the buffer's maximum,
 * or more than PACK_DEPTH_MAX levels), AIGW_ENOMEM. */
int pack_finish(struct pack *p);

/* Between begin and end of a map, keys and values alternate. */
void pack_map_begin(struct pack *p);
void pack_map_end(struct pack *p);
void pack_array_begin(struct pack *p);
void pack_array_end(struct pack *p);

/* NULL as `text` is written as nil, and so is a double that is not finite:
 * JSON, which all of this may become, has no word for it. */
void pack_str(struct pack *p, const char *text);
void pack_strn(struct pack *p, const char *text, size_t size);
void pack_int(struct pack *p, int64_t value);
void pack_double(struct pack *p, double value);
void pack_bool(struct pack *p, bool value);
void pack_nil(struct pack *p);

/* Copies what was read elsewhere. */
void pack_object(struct pack *p, const msgpack_object *object);

/* Copies exactly one object which is packed already. */
void pack_packed(struct pack *p, const void *data, size_t size);

/* A key, and a key with its value. */
void pack_key(struct pack *p, const char *key);
void pack_kv_str(struct pack *p, const char *key, const char *text);
void pack_kv_text(struct pack *p, const char *key,
                  const char *text); /* Nil for NULL and for "". */
void pack_kv_strn(struct pack *p, const char *key, const char *text,
                  size_t size);
void pack_kv_int(struct pack *p, const char *key, int64_t value);
void pack_kv_double(struct pack *p, const char *key, double value);
void pack_kv_bool(struct pack *p, const char *key, bool value);
void pack_kv_nil(struct pack *p, const char *key);

#endif
