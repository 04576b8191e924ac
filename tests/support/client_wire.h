/*
 * client_wire.h - what a daemon would write to a client, from JSON text.
 */
#ifndef AIGW_TESTS_CLIENT_WIRE_H
#define AIGW_TESTS_CLIENT_WIRE_H

#include "client/value.h"
#include "proto/bytes.h"
#include "proto/pack.h"
#include "proto/rpc.h"

#include <check.h>

static inline void
wire_value(struct pack *p, const char *json)
{
    struct aigw_value *value;

    ck_assert_int_eq(aigw_value_from_json(json, strlen(json), &value, NULL), 0);
    ck_assert_int_eq(value_pack(value, p), 0);
    aigw_value_free(value);
}

static inline void
wire_response(struct bytes *out, uint32_t msgid, const char *json)
{
    struct pack p;

    pack_init(&p, out);
    rpc_begin_response(&p, msgid);
    wire_value(&p, json);
    ck_assert_int_eq(pack_finish(&p), 0);
}

static inline void
wire_error(struct bytes *out, uint32_t msgid, int code, const char *text)
{
    struct pack p;

    pack_init(&p, out);
    rpc_put_error(&p, msgid, code, text);
    ck_assert_int_eq(pack_finish(&p), 0);
}

/* `json` is the array of params. */
static inline void
wire_notification(struct bytes *out, const char *method, const char *json)
{
    struct pack p;

    pack_init(&p, out);
    rpc_begin_notification(&p, method);
    wire_value(&p, json);
    ck_assert_int_eq(pack_finish(&p), 0);
}

#endif
