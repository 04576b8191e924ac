/*
 * sse.h - splits a byte stream into server-sent events.
 *
 * Follows the WHATWG parsing rules: lines end in LF, CRLF or CR, a leading
 * byte order mark is dropped, several `data` lines are joined by LF, lines
 * that begin with a colon are comments, `id` and `retry` are ignored, and an
 * event that no blank line follows is discarded.  An event with a name but
 * without data is reported too, as the SDKs of providers do.  Where one chunk
 * ends and the next begins makes no difference to the events.
 *
 * Bytes are not interpreted further: NUL and invalid UTF-8 pass through to
 * whoever reads the data.
 */
#ifndef AIGW_CORE_SSE_H
#define AIGW_CORE_SSE_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SSE_LINE_MAX_BYTES = 1048576,
    SSE_EVENT_MAX_BYTES = 4194304,
    SSE_NAME_SIZE = 64,
};

struct sse_event {
    const char *name; /* The `event` field, at most SSE_NAME_SIZE - 1 bytes of
                         it; "" when there was none. */
    const char *data; /* The `data` lines, joined.  Not terminated. */
    size_t size;
};

/* Both return 0 to go on, or a negative status that ends the stream and that
 * sse_feed() returns.  What they are given is valid for the call; it points
 * into the fed bytes where a one-line event lies whole in them. */
struct sse_ops {
    int (*event)(void *ctx, const struct sse_event *event);
    int (*comment)(void *ctx); /* May be NULL. */
};

struct sse {
    struct bytes line; /* A line whose end has not come yet. */
    struct bytes data; /* The data of the event so far, unless `loan`. */
    size_t event_max;
    const char *loan; /* Within one feed: a first data line, not copied. */
    size_t loan_size;
    char name[SSE_NAME_SIZE];
    bool has_data; /* Some `data` line came. */
    bool begun;    /* The first line is behind us. */
    bool after_cr; /* A LF at the front belongs to the line before. */
    int status;    /* First failure; the stream is dead from there on. */
};

/* A line may have `line_max` bytes without its end, the data of an event
 * `event_max`.  Allocates nothing. */
void sse_init(struct sse *s, size_t line_max, size_t event_max);

/* Releases the memory.  What was incomplete is discarded. */
void sse_deinit(struct sse *s);

/* Takes the next bytes and reports what they complete, in order.  0, or the
 * status that ended the stream, then and at every later call: AIGW_ETOOBIG
 * past a limit, AIGW_ENOMEM, or what a callback returned. */
int sse_feed(struct sse *s, const char *data, size_t size,
             const struct sse_ops *ops, void *ctx);

#endif
