/*
 * fuzz_client.c - a daemon that sends anything.
 *
 * Exercises the receiving half of the client: framing, envelopes, errors,
 * deltas, events and notifications of calls that are in flight, the values made
 * of them, and their JSON.  The first byte says how the rest is divided.
 */
#include "client/core.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
submit_calls(struct core *core)
{
    static const char *const methods[] = {"generate", "status", "watch"};
    static const struct aigw_handlers nothing = {
        .struct_size = sizeof(struct aigw_handlers)};
    struct iovec parts[8];
    size_t n;

    for (size_t i = 0; i < 3; i++) {
        struct core_request request = {.method = methods[i],
                                       .handlers = &nothing};
        uint64_t id;

        if (core_submit(core, &request, &id) != 0)
            abort();
    }
    n = core_gather(core, parts, 8);
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
    return status == -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct core core;
    size_t step = size > 0 ? (size_t)data[0] + 1 : 1;
    bool open = true;

    core_init(&core, 1 << 16, 1 << 12);
    submit_calls(&core);
    for (size_t i = 1; i < size && open; i += step) {
        size_t n = size - i < step ? size - i : step;
        char *space = core_space(&core);

        if (!space)
            abort();
        memcpy(space, data + i, n);
        core_received(&core, n);
        open = take_events(&core);
    }
    core_deinit(&core);
    return 0;
}
