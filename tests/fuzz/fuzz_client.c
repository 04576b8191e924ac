/*
 * fuzz_client.c - a daemon that sends anything.
 *
 * Exercises the receiving half of the client: framing, envelopes, errors,
 * deltas, events and notifications of calls that are in flight, the values made
 * of them, and their JSON; and coming back to a call when what was sent breaks
 * the connection.  The first byte says how the rest is divided.
 */
#include "client/core.h"

#include "proto/status.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
submit_calls(struct core *core)
{
    static const char *const methods[] = {"generate", "status", "watch"};
    static const struct aigw_handlers nothing = {
        .struct_size = sizeof(struct aigw_handlers)};
    struct aigw_value *named = aigw_value_map();

    (void)aigw_value_set_str(named, "request_id", "r");
    for (size_t i = 0; i < 3; i++) {
        struct core_request request = {
            .method = methods[i],
            .params = i == 0 ? named : NULL,
            .handlers = &nothing,
        };
        uint64_t id;

        if (core_submit(core, &request, &id) != 0)
            abort();
    }
    aigw_value_free(named);
}

static void
write_calls(struct core *core)
{
    struct iovec parts[8];
    size_t n = core_gather(core, parts, 8);

    for (size_t i = 0; i < n; i++)
        core_written(core, parts[i].iov_len);
}

/* False when the connection would be closed. */
static bool
take_events(struct core *core)
{
    struct core_event event;
    int status;

    while ((status = core_next(core, &event)) == 0) {
        free(aigw_value_to_json(&event.value, AIGW_JSON_COMPACT));
        core_event_free(&event);
    }
    return status == AIGW_EAGAIN;
}

static void
reconnect(struct core *core)
{
    struct call *call;

    core_disconnected(core, AIGW_EMALFORMED, 0);
    while ((call = core_take_ended(core)))
        call_free(call);
    write_calls(core);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct core core;
    size_t step = size > 0 ? (size_t)data[0] + 1 : 1;

    core_init(&core, 1 << 16, 1 << 12);
    core.keeps_calls = true;
    submit_calls(&core);
    write_calls(&core);
    for (size_t i = 1; i < size; i += step) {
        size_t n = size - i < step ? size - i : step;
        char *space = core_space(&core);

        if (!space)
            abort();
        memcpy(space, data + i, n);
        core_received(&core, n);
        if (!take_events(&core))
            reconnect(&core);
    }
    core_deinit(&core);
    return 0;
}
