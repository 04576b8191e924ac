/*
 * play_break.c - faults that break a body or a stream; see play.h.
 */
#include "base/mem.h"
#include "exchange.h"
#include "mock.h"
#include "play.h"

#include <string.h>

static bool
breaks_stream(enum fault_kind kind)
{
    return kind == FAULT_STALL || kind == FAULT_CUT || kind == FAULT_CUT_UTF8
           || kind == FAULT_CUT_JSON || kind == FAULT_CUT_LINE
           || kind == FAULT_RESET || kind == FAULT_ERROR_AFTER
           || kind == FAULT_MALFORMED;
}

/* A place beyond the last token is before the finish_reason. */
bool
play_breaks_here(const struct exchange *x)
{
    int64_t after;

    if (x->broken || !breaks_stream(exchange_action(x))) {
        return false;
    }
    after = x->hits.action->after == FAULT_UNSET ? 0 : x->hits.action->after;
    return x->next >= after || x->next == x->answer.n_pieces;
}

/* The first byte at or after `from` that begins a character of several bytes;
 * `size` without one. */
static size_t
find_wide(const char *data, size_t from, size_t size)
{
    while (from < size && (unsigned char)data[from] < 0xc0) {
        from++;
    }
    return from;
}

/* The next event, of which `keep` tells how much is sent. */
static void
append_cut_event(struct exchange *x, struct bytes *out, enum fault_kind kind)
{
    size_t mark = stream_chunk_begin(out);
    size_t keep;

    if (x->next < x->answer.n_pieces) {
        render_piece(out, &x->stream, &x->answer, x->next, 0);
    } else {
        render_finish(out, &x->stream, x->answer.finish_reason, 0);
    }
    keep = out->size - mark;
    if (kind == FAULT_CUT_LINE) {
        keep -= 1;
    } else if (kind == FAULT_CUT_UTF8) {
        keep = find_wide(out->data + mark, 0, keep) + 1;
    } else {
        keep -= keep / 4;
    }
    if (mark + keep < out->size) {
        bytes_truncate(out, mark + keep);
    }
    stream_chunk_end(out, mark);
}

static void
append_event(struct exchange *x, struct bytes *out, bool malformed)
{
    size_t mark = stream_chunk_begin(out);

    if (malformed) {
        bytes_append_str(out, "data: {\"choices\":[{\"delta\":{]\n\n");
    } else {
        play_error(x, out);
    }
    stream_chunk_end(out, mark);
    stream_last_chunk(out);
}

enum stream_end
play_break(struct exchange *x, struct bytes *out)
{
    enum fault_kind kind = exchange_action(x);

    x->broken = true;
    if (kind == FAULT_STALL) {
        return x->hits.action->ms > 0 ? STREAM_WAIT : STREAM_SILENT;
    }
    if (kind == FAULT_RESET) {
        return STREAM_RST;
    }
    if (kind == FAULT_ERROR_AFTER || kind == FAULT_MALFORMED) {
        append_event(x, out, kind == FAULT_MALFORMED);
        return STREAM_FINISHED;
    }
    if (kind != FAULT_CUT) {
        append_cut_event(x, out, kind);
    }
    return STREAM_FIN;
}

static void
send_rest(struct exchange *x)
{
    exchange_write(x, x->held.data, x->held.size);
    exchange_finish(x);
}

static void
end_broken(struct exchange *x, const struct bytes *body, size_t keep)
{
    enum fault_kind kind = exchange_action(x);

    if (kind == FAULT_RESET) {
        exchange_reset(x);
    } else if (kind != FAULT_STALL) {
        exchange_close(x);
    } else if (x->hits.action->ms > 0) {
        bytes_append(&x->held, body->data + keep, body->size - keep);
        exchange_wait(x, x->hits.action->ms, send_rest);
    }
}

bool
play_broken_body(struct exchange *x, const char *type, const struct bytes *body)
{
    enum fault_kind kind = exchange_action(x);
    struct bytes *out = &x->mock->out;
    size_t keep = body->size / 2;

    if (!breaks_stream(kind) || kind == FAULT_ERROR_AFTER) {
        return false;
    }
    if (kind == FAULT_CUT_UTF8) {
        keep = find_wide(body->data, 0, body->size) + 1;
        keep = keep < body->size ? keep : body->size - 1;
    }
    bytes_clear(out);
    if (kind == FAULT_MALFORMED) {
        exchange_head(x, out, 200, type, (int64_t)keep);
        bytes_append(out, body->data, keep);
        exchange_write(x, out->data, out->size);
        exchange_finish(x);
        return true;
    }
    exchange_head(x, out, 200, type, (int64_t)body->size);
    bytes_append(out, body->data, keep);
    exchange_write(x, out->data, out->size);
    end_broken(x, body, keep);
    return true;
}
