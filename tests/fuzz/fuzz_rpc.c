/*
 * fuzz_rpc.c - the envelope and the reading of parameters.
 *
 * Exercises frame_scan(), rpc_parse(), rpc_peek(), the getters of unpack.h and
 * pack_object() on the input as what a connection received.  What was read
 * must be known to rpc_peek() too, and must read the same once written again.
 */
#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/pack.h"
#include "proto/rpc.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct frame_limits LIMITS = {
    .bytes = 16 << 20,
    .depth = FRAME_DEPTH_MAX,
    .elements = 262144,
};

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static void
peek(const uint8_t *data, size_t size, const struct rpc_message *m)
{
    enum rpc_type type = RPC_NOTIFICATION;
    uint32_t msgid = 0;
    bool known = rpc_peek(data, size, &type, &msgid);

    if (!m)
        return;
    require(known == (m->type != RPC_NOTIFICATION));
    require(!known || (type == m->type && msgid == m->msgid));
}

/* Asks for each of two names in every type. */
static void
read_fields(const msgpack_object *map)
{
    static const char *const keys[] = {"a", "bc"};
    const msgpack_object *object;
    const char *text = NULL;
    char copy[8];
    size_t size = 0;
    int64_t n;
    double d;
    bool truth;

    for (size_t i = 0; i < 2; i++) {
        struct aigw_err err;
        struct unpack u;

        unpack_init(&u, map, &err);
        if (unpack_str(&u, keys[i], &text, &size) && size > 0)
            require(memchr(text, text[size - 1], size) != NULL);
        (void)unpack_cstr(&u, keys[i], copy, sizeof(copy));
        (void)unpack_choice(&u, keys[i], keys, 2, &size);
        (void)unpack_int(&u, keys[i], &n);
        (void)unpack_double(&u, keys[i], &d);
        (void)unpack_bool(&u, keys[i], &truth);
        (void)unpack_map(&u, keys[i], &object);
        (void)unpack_array(&u, keys[i], &object);
        unpack_require(&u, keys[i]);
        require(unpack_finish(&u) == 0 || strlen(err.text) > 0);
    }
}

static void
write_again(const struct rpc_message *m)
{
    struct rpc_message again;
    struct bytes out;
    struct pack p;

    bytes_init(&out, 64 << 20);
    pack_init(&p, &out);
    rpc_begin_request(&p, m->msgid, "m");
    pack_object(&p, &m->params);
    require(pack_finish(&p) == 0);
    require(rpc_parse(out.data, out.size, &again) == 0);
    require(again.msgid == m->msgid);
    require(again.params.via.array.size == m->params.via.array.size);
    rpc_message_free(&again);
    bytes_deinit(&out);
}

static int
read_frame(const uint8_t *data, size_t size)
{
    struct rpc_message m;
    int status = rpc_parse(data, size, &m);

    require(status == 0 || status == AIGW_EREQUEST);
    peek(data, size, status ? NULL : &m);
    if (status)
        return status;
    if (m.type == RPC_RESPONSE) {
        read_fields(&m.result);
    } else {
        require(m.method_size <= RPC_METHOD_MAX);
        read_fields(unpack_item(&m.params, 0));
        write_again(&m);
    }
    rpc_message_free(&m);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame f;
    size_t frame_size;

    frame_init(&f, &LIMITS);
    while (frame_scan(&f, data, size, &frame_size) == 0) {
        (void)read_frame(data, frame_size);
        data += frame_size;
        size -= frame_size;
    }
    peek(data, size, NULL);
    return 0;
}
