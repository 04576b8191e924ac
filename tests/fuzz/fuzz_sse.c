/*
 * fuzz_sse.c - the event stream splitter: any bytes, in one chunk and in
 * chunks whose sizes the input chooses, must give the same events.
 */
#include "core/sse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_MAX_BYTES = 256,
    EVENT_MAX_BYTES = 512,
};

/* A running digest of everything reported. */
struct digest {
    uint64_t value;
};

static void
add(struct digest *d, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        d->value = (d->value ^ (unsigned char)text[i]) * 1099511628211u;
    d->value = (d->value ^ 256) * 1099511628211u;
}

static int
on_event(void *ctx, const struct sse_event *event)
{
    add(ctx, event->name, strlen(event->name));
    add(ctx, event->data, event->size);
    return 0;
}

static int
on_comment(void *ctx)
{
    add(ctx, ":", 1);
    return 0;
}

static uint64_t
run(const char *data, size_t size, unsigned step)
{
    static const struct sse_ops ops = {on_event, on_comment};
    struct digest digest = {.value = 1};
    struct sse s;

    sse_init(&s, LINE_MAX_BYTES, EVENT_MAX_BYTES);
    for (size_t i = 0; i < size;) {
        size_t n = step == 0 ? size : 1 + (i * step) % 7;

        n = n < size - i ? n : size - i;
        (void)sse_feed(&s, data + i, n, &ops, &digest);
        i += n;
    }
    digest.value ^= (uint64_t)s.status;
    sse_deinit(&s);
    return digest.value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    uint64_t whole = run(text, size, 0);

    for (unsigned step = 1; step <= 3; step++)
        if (run(text, size, step) != whole)
            abort();
    return 0;
}
