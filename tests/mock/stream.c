/*
 * stream.c - sends an answer as server-sent events; see stream.h.
 */
#include "stream.h"

#include "exchange.h"
#include "http_server.h"
#include "mock.h"
#include "play.h"

#include <string.h>

enum {
    BATCH_BYTES = 262144, /* Per write when there is no interval. */
    QUEUE_BYTES = 262144, /* A peer that lags more than this is awaited. */
    SIZE_DIGITS = 6,      /* Of a chunk, with leading zeros. */
    SIZE_LINE = SIZE_DIGITS + 2
};

void
stream_head(struct exchange *x, struct bytes *out)
{
    x->mock->stats.streams++;
    exchange_head(x, out, 200, "text/event-stream; charset=utf-8",
                  EXCHANGE_CHUNKED);
}

size_t
stream_chunk_begin(struct bytes *out)
{
    bytes_append(out, "000000\r\n", SIZE_LINE);
    return out->size;
}

void
stream_chunk_end(struct bytes *out, size_t mark)
{
    static const char hex[] = "0123456789abcdef";
    size_t size = out->size - mark;

    for (size_t i = 1; i <= SIZE_DIGITS; i++) {
        out->data[mark - SIZE_LINE + SIZE_DIGITS - i] = hex[size & 15];
        size >>= 4;
    }
    bytes_append(out, "\r\n", 2);
}

void
stream_last_chunk(struct bytes *out)
{
    bytes_append(out, "0\r\n\r\n", 5);
}

static void
append_opening(struct exchange *x, struct bytes *out)
{
    for (unsigned c = 0; c < x->request.n; c++) {
        size_t mark = stream_chunk_begin(out);

        render_opening(out, &x->stream, &x->answer, c);
        stream_chunk_end(out, mark);
    }
}

static void
append_piece(struct exchange *x, struct bytes *out)
{
    for (unsigned c = 0; c < x->request.n; c++) {
        size_t mark = stream_chunk_begin(out);

        render_piece(out, &x->stream, &x->answer, x->next, c);
        stream_chunk_end(out, mark);
        x->emitted++;
    }
    x->next++;
}

static void
append_usage(struct exchange *x, struct bytes *out)
{
    struct render_usage usage = exchange_usage(x);
    size_t mark;

    if (!x->request.include_usage || usage.shape == USAGE_NONE) {
        return;
    }
    mark = stream_chunk_begin(out);
    render_usage_event(out, &x->stream, &usage);
    stream_chunk_end(out, mark);
}

static void
append_finish(struct exchange *x, struct bytes *out)
{
    for (unsigned c = 0; c < x->request.n && !x->no_finish; c++) {
        size_t mark = stream_chunk_begin(out);

        render_finish(out, &x->stream, x->answer.finish_reason, c);
        stream_chunk_end(out, mark);
    }
    x->finished = true;
}

static void
append_ending(struct exchange *x, struct bytes *out)
{
    append_usage(x, out);
    if (!x->no_done) {
        size_t mark = stream_chunk_begin(out);

        bytes_append_str(out, "data: [DONE]\n\n");
        stream_chunk_end(out, mark);
    }
    stream_last_chunk(out);
}

static enum stream_end
append_next(struct exchange *x, struct bytes *out)
{
    if (play_breaks_here(x)) {
        return play_break(x, out);
    }
    if (x->next < x->answer.n_pieces) {
        append_piece(x, out);
        return STREAM_MORE;
    }
    if (!x->finished) {
        append_finish(x, out);
    }
    if (play_breaks_here(x)) {
        return play_break(x, out);
    }
    append_ending(x, out);
    return STREAM_FINISHED;
}

static void step(struct exchange *x);

/* Keeps to the timetable of the first piece, so that lateness does not add
 * up over a stream. */
static void
schedule(struct exchange *x)
{
    int64_t interval_ms = x->mock->options->token_interval_ms;

    if (interval_ms == 0 || x->conn->queued > QUEUE_BYTES) {
        exchange_wait_writable(x, step);
        return;
    }
    x->due_ms += interval_ms;
    exchange_wait(x, x->due_ms - (int64_t)uv_now(x->mock->loop), step);
}

static void
go_on(struct exchange *x, enum stream_end how)
{
    switch (how) {
    case STREAM_MORE:
        schedule(x);
        break;
    case STREAM_FINISHED:
        exchange_finish(x);
        break;
    case STREAM_FIN:
        exchange_close(x);
        break;
    case STREAM_RST:
        exchange_reset(x);
        break;
    case STREAM_SILENT:
        break;
    case STREAM_WAIT:
        exchange_wait(x, x->hits.action->ms, step);
        break;
    }
}

static void
step(struct exchange *x)
{
    struct bytes *out = &x->mock->out;
    bool paced = x->mock->options->token_interval_ms > 0;
    enum stream_end how;

    bytes_clear(out);
    do {
        how = append_next(x, out);
    } while (how == STREAM_MORE && !paced && out->size < BATCH_BYTES);
    exchange_write(x, out->data, out->size);
    go_on(x, how);
}

void
stream_start(struct exchange *x, bool with_head)
{
    struct bytes *out = &x->mock->out;
    bool drips = exchange_action(x) == FAULT_DRIP;

    render_stream_init(&x->stream, x->number, x->request.model);
    x->streaming = true;
    x->stream.usage_null =
        x->request.include_usage && x->usage_shape != USAGE_NONE;
    x->generating = true;
    bytes_clear(out);
    if (with_head) {
        stream_head(x, out);
    }
    if (drips && x->hits.action->in_headers <= 0) {
        exchange_write(x, out->data, out->size);
        bytes_clear(out);
    }
    x->dripping = drips;
    if (!play_breaks_at_start(x)) {
        append_opening(x, out);
    }
    x->due_ms = (int64_t)uv_now(x->mock->loop);
    if (x->mock->options->token_interval_ms > 0) {
        exchange_write(x, out->data, out->size);
        schedule(x);
        return;
    }
    exchange_write(x, out->data, out->size);
    step(x);
}
