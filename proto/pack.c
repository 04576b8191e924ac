#include "proto/pack.h"

#include "proto/bytes.h"
#include "proto/status.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    ARRAY_32 = 0xdd,
    MAP_32 = 0xdf,
    HEADER_SIZE = 5 /* The tag and 32 bits, big-endian. */
};

static int
append(void *data, const char *bytes, size_t size)
{
    struct pack *p = data;

    if (!p->status)
        p->status = bytes_append(p->out, bytes, size);
    return p->status;
}

/* Counts one object for the map or array around it. */
static void
count(struct pack *p)
{
    if (p->depth > 0)
        p->levels[p->depth - 1].n++;
}

static void
begin(struct pack *p, unsigned char tag)
{
    const unsigned char header[HEADER_SIZE] = {tag};

    count(p);
    if (!p->status && p->depth == PACK_DEPTH_MAX)
        p->status = AIGW_ETOOBIG;
    if (p->status)
        return;
    p->levels[p->depth++] = (struct pack_level){
        .header = p->out->size,
        .map = tag == MAP_32,
    };
    (void)append(p, (const char *)header, sizeof(header));
}

/* Writes the number of elements into the header that was left open. */
static void
end(struct pack *p, bool map)
{
    const struct pack_level *level;
    unsigned char *number;
    uint32_t n;

    if (p->status)
        return;
    assert(p->depth > 0);
    level = &p->levels[--p->depth];
    assert(level->map == map);
    assert(!map || level->n % 2 == 0);
    n = map ? level->n / 2 : level->n;
    number = (unsigned char *)p->out->data + level->header + 1;
    for (int i = 3; i >= 0; i--, n >>= 8)
        number[i] = (unsigned char)(n & 0xff);
}

void
pack_init(struct pack *p, struct bytes *out)
{
    p->out = out;
    p->start = out->size;
    p->status = 0;
    p->depth = 0;
    msgpack_packer_init(&p->packer, p, append);
}

int
pack_finish(struct pack *p)
{
    assert(p->status || p->depth == 0);
    if (p->status)
        bytes_truncate(p->out, p->start);
    return p->status;
}

void
pack_map_begin(struct pack *p)
{
    begin(p, MAP_32);
}

void
pack_map_end(struct pack *p)
{
    end(p, true);
}

void
pack_array_begin(struct pack *p)
{
    begin(p, ARRAY_32);
}

void
pack_array_end(struct pack *p)
{
    end(p, false);
}

void
pack_str(struct pack *p, const char *text)
{
    pack_strn(p, text, text ? strlen(text) : 0);
}

void
pack_strn(struct pack *p, const char *text, size_t size)
{
    if (!text) {
        pack_nil(p);
        return;
    }
    if (size > UINT32_MAX && !p->status)
        p->status = AIGW_ETOOBIG;
    count(p);
    (void)msgpack_pack_str_with_body(&p->packer, text, size);
}

void
pack_int(struct pack *p, int64_t value)
{
    count(p);
    (void)msgpack_pack_int64(&p->packer, value);
}

void
pack_double(struct pack *p, double value)
{
    if (!isfinite(value)) {
        pack_nil(p);
        return;
    }
    count(p);
    (void)msgpack_pack_double(&p->packer, value);
}

void
pack_bool(struct pack *p, bool value)
{
    count(p);
    if (value)
        (void)msgpack_pack_true(&p->packer);
    else
        (void)msgpack_pack_false(&p->packer);
}

void
pack_nil(struct pack *p)
{
    count(p);
    (void)msgpack_pack_nil(&p->packer);
}

void
pack_object(struct pack *p, const msgpack_object *object)
{
    count(p);
    (void)msgpack_pack_object(&p->packer, *object);
}

void
pack_packed(struct pack *p, const void *data, size_t size)
{
    count(p);
    (void)append(p, data, size);
}

void
pack_key(struct pack *p, const char *key)
{
    pack_strn(p, key, strlen(key));
}

void
pack_kv_str(struct pack *p, const char *key, const char *text)
{
    pack_key(p, key);
    pack_str(p, text);
}

void
pack_kv_text(struct pack *p, const char *key, const char *text)
{
    pack_kv_str(p, key, text && *text ? text : NULL);
}

void
pack_kv_strn(struct pack *p, const char *key, const char *text, size_t size)
{
    pack_key(p, key);
    pack_strn(p, text, size);
}

void
pack_kv_int(struct pack *p, const char *key, int64_t value)
{
    pack_key(p, key);
    pack_int(p, value);
}

void
pack_kv_double(struct pack *p, const char *key, double value)
{
    pack_key(p, key);
    pack_double(p, value);
}

void
pack_kv_bool(struct pack *p, const char *key, bool value)
{
    pack_key(p, key);
    pack_bool(p, value);
}

void
pack_kv_nil(struct pack *p, const char *key)
{
    pack_key(p, key);
    pack_nil(p);
}
