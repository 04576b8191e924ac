/*
 * client_core.h - a conversation without a socket, for the tests of the
 * client's core: what it writes is read here, and what it reads comes from
 * here.
 */
#ifndef AIGW_TESTS_CLIENT_CORE_H
#define AIGW_TESTS_CLIENT_CORE_H

#include "client/core.h"
#include "proto/status.h"
#include "support/client_wire.h"

#include <check.h>
#include <stdio.h>

static struct core core;
static struct bytes wire;

static inline void
setup(void)
{
    core_init(&core, 0, 0);
    bytes_init(&wire, 1 << 24);
}

static inline void
teardown(void)
{
    core_deinit(&core);
    bytes_deinit(&wire);
}

static const struct aigw_handlers nothing = {.struct_size =
                                                 sizeof(struct aigw_handlers)};

/* `json` is a map or an array; or NULL. */
static inline uint32_t
submit_params(const char *method, const char *json)
{
    struct aigw_value *params = NULL;
    struct core_request request = {
        .method = method,
        .handlers = &nothing,
        .patience_ms = 1000,
        .deadline_ms = 9000,
    };
    uint64_t id = 0;

    if (json)
        ck_assert_int_eq(
            aigw_value_from_json(json, strlen(json), &params, NULL), 0);
    request.params = params;
    ck_assert_int_eq(core_submit(&core, &request, &id), 0);
    aigw_value_free(params);
    return (uint32_t)id;
}

static inline uint32_t
submit(const char *method)
{
    return submit_params(method, NULL);
}

static inline void
put_delta(uint32_t msgid, int seq, const char *text)
{
    char json[128];

    snprintf(json, sizeof(json), "[%u,%d,{\"content\":\"%s\"}]", msgid, seq,
             text);
    wire_notification(&wire, "call.delta", json);
}

static inline void
put_event(uint32_t msgid, int seq, const char *type)
{
    char json[128];

    snprintf(json, sizeof(json), "[%u,%d,{\"type\":\"%s\"}]", msgid, seq, type);
    wire_notification(&wire, "call.event", json);
}

/* Takes up to `max` bytes that are to be written; returns how many. */
static inline size_t
write_out(char *data, size_t max)
{
    struct iovec parts[4];
    size_t n = core_gather(&core, parts, 4);
    size_t size = 0;

    for (size_t i = 0; i < n; i++) {
        size_t left = max - size;
        size_t part = parts[i].iov_len < left ? parts[i].iov_len : left;

        memcpy(data + size, parts[i].iov_base, part);
        size += part;
    }
    core_written(&core, size);
    return size;
}

static inline size_t
write_everything(void)
{
    char data[4096];
    size_t total = 0;
    size_t n;

    do {
        n = write_out(data, sizeof(data));
        total += n;
    } while (n > 0);
    return total;
}

/* Reads one request out of `data` and returns what it takes up. */
static inline size_t
read_request(const char *data, size_t size, const char *method, uint32_t msgid)
{
    struct frame_limits limits = {
        .bytes = 1 << 20, .depth = 32, .elements = 1000};
    struct rpc_message m;
    struct frame frame;
    size_t frame_size = 0;

    frame_init(&frame, &limits);
    ck_assert_int_eq(frame_scan(&frame, data, size, &frame_size), 0);
    ck_assert_int_eq(rpc_parse(data, frame_size, &m), 0);
    ck_assert_int_eq(m.type, RPC_REQUEST);
    ck_assert_uint_eq(m.method_size, strlen(method));
    ck_assert_mem_eq(m.method, method, m.method_size);
    if (msgid > 0)
        ck_assert_uint_eq(m.msgid, msgid);
    rpc_message_free(&m);
    return frame_size;
}

static inline void
feed(const char *data, size_t size)
{
    char *space = core_space(&core);

    ck_assert_ptr_nonnull(space);
    memcpy(space, data, size);
    core_received(&core, size);
}

static inline void
feed_wire(void)
{
    feed(wire.data, wire.size);
    bytes_clear(&wire);
}

static inline struct core_event
next(void)
{
    struct core_event event;

    ck_assert_int_eq(core_next(&core, &event), 0);
    return event;
}

static inline void
expect_nothing(void)
{
    struct core_event event;

    ck_assert_int_eq(core_next(&core, &event), AIGW_EAGAIN);
}

static inline void
expect_answer(uint32_t msgid, int64_t value)
{
    struct core_event event = next();

    ck_assert_int_eq(event.type, CORE_ANSWER);
    ck_assert_int_eq(event.code, 0);
    ck_assert_uint_eq(event.call->id, msgid);
    ck_assert_int_eq(aigw_value_int(&event.value, -1), value);
    core_event_free(&event);
}

static inline void
expect_ended(uint32_t msgid, int code)
{
    struct call *call = core_take_ended(&core);

    ck_assert_ptr_nonnull(call);
    ck_assert_uint_eq(call->id, msgid);
    ck_assert_int_eq(call->code, code);
    call_free(call);
}

#endif
