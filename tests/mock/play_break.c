/*
 * play_break.c - faults that break a body or a stream; see play.h.
 */
#include "base/mem.h"
#include "exchange.h"
#include "mock.h"
#include "mock_answer.h"
#include "play.h"

#include <string.h>

static bool
breaks_stream(enum fault_kind kind)
{
    return kind == FAULT_STALL || kind == FAULT_CUT || kind == FAULT_CUT_UTF8
           || kind == FAULT_CUT_JSON || kind == FAULT_CUT_LINE
           || kind == FAULT_RESET || kind == FAULT_END
           || kind == FAULT_ERROR_AFTER || kind == FAULT_MALFORMED;
}

bool
play_breaks_at_start(const struct exchange *x)
{
    return breaks_stream(exchange_action(x))
           && x->hits.action->place == FAULT_PLACE_START;
}

/* A place beyond the last token is before the finish_reason. */
bool
play_breaks_here(const struct exchange *x)
{
    const struct fault *f = x->hits.action;

    if (x->broken || !breaks_stream(exchange_action(x))) {
        return false;
    }
    if (f->place == FAULT_PLACE_FINISH) {
        return x->finished;
    }
    return f->place == FAULT_PLACE_START || x->next >= f->after
           || x->next == x->answer.n_pieces;
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

/* The first two bytes of a character that has three. */
static const char half_character[] = "\xe2\x82";

static void
render_next(struct exchange *x, struct bytes *out)
{
    if (play_breaks_at_start(x)) {
        render_opening(out, &x->stream, &x->answer, 0);
    } else if (x->next < x->answer.n_pieces) {
        render_piece(out, &x->stream, &x->answer, x->next, 0);
    } else if (!x->finished) {
        render_finish(out, &x->stream, x->answer.finish_reason, 0);
    } else {
        bytes_append_str(out, "data: [DONE]\n\n");
    }
}

/* The beginning of the next event. */
static void
append_cut_event(struct exchange *x, struct bytes *out, enum fault_kind kind)
{
    size_t mark = stream_chunk_begin(out);
    size_t size, wide;

    render_next(x, out);
    size = out->size - mark;
    wide = find_wide(out->data + mark, 0, size);
    if (kind == FAULT_CUT_LINE) {
        bytes_truncate(out, out->size - 1);
    } else if (kind == FAULT_CUT_UTF8 && wide < size) {
        bytes_truncate(out, mark + wide + 1);
    } else {
        bytes_truncate(out, out->size - size / 4);
        if (kind == FAULT_CUT_UTF8) {
            bytes_append_str(out, half_character);
        }
    }
    stream_chunk_end(out, mark);
}

static void
append_event(struct exchange *x, struct bytes *out, enum fault_kind kind)
{
    size_t mark;

    if (kind != FAULT_END) {
        mark = stream_chunk_begin(out);
        if (kind == FAULT_MALFORMED) {
            bytes_append_str(out, "data: {\"choices\":[{\"delta\":{]\n\n");
        } else {
            play_error(x, out);
        }
        stream_chunk_end(out, mark);
    }
    stream_last_chunk(out);
}

/* Ends like an answer that is whole. */
static bool
ends_well(enum fault_kind kind)
{
    return kind == FAULT_END || kind == FAULT_ERROR_AFTER
           || kind == FAULT_MALFORMED;
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
    if (ends_well(kind)) {
        append_event(x, out, kind);
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

/* Where the answer's text begins in the body; 0 if there is none. */
static size_t
find_text(const struct bytes *body)
{
    static const char mark[] = "\"content\":\"";
    const char *found = memmem(body->data, body->size, mark, strlen(mark));

    return found != NULL ? (size_t)(found - body->data) + strlen(mark) : 0;
}

/* The bytes that the first `n` tokens take in the body. */
static size_t
escaped_size(const struct answer *a, int64_t n)
{
    char escaped[6 * MOCK_TOKEN_MAX];
    size_t total = 0;

    for (unsigned i = a->n_reasoning; i < a->n_pieces && n-- > 0; i++) {
        size_t size;
        const char *piece = answer_piece(a, i, &size);

        total += render_escape(escaped, piece, size);
    }
    return total;
}

static size_t
find_finish(const struct bytes *body)
{
    static const char mark[] = "\"finish_reason\":";
    const char *found = memmem(body->data, body->size, mark, strlen(mark));
    const char *end = NULL;

    if (found != NULL) {
        end = memchr(found, '}', body->size - (size_t)(found - body->data));
    }
    return end != NULL ? (size_t)(end - body->data) : body->size / 2;
}

/* How much of a body is sent. */
static size_t
body_place(const struct exchange *x, const struct bytes *body)
{
    const struct fault *f = x->hits.action;
    size_t text = find_text(body);

    if (f->place == FAULT_PLACE_START) {
        return 0;
    }
    if (f->place == FAULT_PLACE_FINISH) {
        return find_finish(body);
    }
    if (f->after == FAULT_UNSET || text == 0) {
        return body->size / 2;
    }
    return text + escaped_size(&x->answer, f->after);
}

/* A body whose length is right and that is none. */
static void
send_wrong_body(struct exchange *x, const char *type, const struct bytes *body,
                size_t keep)
{
    enum fault_kind kind = exchange_action(x);
    struct bytes *out = &x->mock->out;
    struct bytes wrong;

    bytes_init(&wrong, body->size + 4096);
    bytes_append(&wrong, body->data, keep);
    if (kind == FAULT_MALFORMED) {
        bytes_append_str(&wrong, "{]");
    } else if (kind == FAULT_ERROR_AFTER) {
        play_error_object(x, &wrong);
    }
    exchange_head(x, out, 200, type, (int64_t)wrong.size);
    bytes_append(out, wrong.data, wrong.size);
    bytes_deinit(&wrong);
    exchange_write(x, out->data, out->size);
    exchange_finish(x);
}

static void
send_cut_body(struct exchange *x, const char *type, const struct bytes *body,
              size_t keep)
{
    struct bytes *out = &x->mock->out;
    size_t wide = find_wide(body->data, keep, body->size);

    exchange_head(x, out, 200, type, (int64_t)body->size);
    if (exchange_action(x) != FAULT_CUT_UTF8) {
        bytes_append(out, body->data, keep);
    } else if (wide < body->size) {
        bytes_append(out, body->data, wide + 1);
    } else {
        bytes_append(out, body->data, keep);
        bytes_append_str(out, half_character);
    }
    exchange_write(x, out->data, out->size);
    end_broken(x, body, keep);
}

bool
play_broken_body(struct exchange *x, const char *type, const struct bytes *body)
{
    enum fault_kind kind = exchange_action(x);
    size_t keep;

    if (!breaks_stream(kind)) {
        return false;
    }
    keep = body_place(x, body);
    bytes_clear(&x->mock->out);
    if (ends_well(kind)) {
        send_wrong_body(x, type, body, keep);
    } else {
        send_cut_body(x, type, body, keep);
    }
    return true;
}
