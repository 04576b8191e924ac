/*
 * play_bulk.c - faults that send much, or for long; see play.h.
 *
 * Each sends a block, waits until the kernel has taken it, and sends the
 * next, so that the mock itself stays small.
 */
#include "exchange.h"
#include "mock.h"
#include "play.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 262144,
    EVENTS_PER_BLOCK = 4000,
    BOMB_UNIT_ZEROS = 8 * 258
};

static void
write_out(struct exchange *x)
{
    exchange_write(x, x->mock->out.data, x->mock->out.size);
}

static void
start_answer(struct exchange *x)
{
    if (x->request.stream) {
        stream_start(x, false);
        return;
    }
    exchange_generate_all(x);
    write_out(x);
    exchange_finish(x);
}

/* Without streaming the answer follows the blank lines in the same chunked
 * body. */
static void
append_plain_answer(struct exchange *x)
{
    struct render_completion c = {
        .number = x->number,
        .model = x->request.model,
        .n = x->request.n,
        .usage = exchange_usage(x),
    };
    size_t mark = stream_chunk_begin(&x->mock->out);

    render_completion(&x->mock->out, &c, &x->answer);
    stream_chunk_end(&x->mock->out, mark);
    stream_last_chunk(&x->mock->out);
}

static void
send_ping(struct exchange *x)
{
    const struct fault *f = x->hits.action;
    struct bytes *out = &x->mock->out;
    size_t mark;

    bytes_clear(out);
    if (x->left == 0) {
        if (!x->request.stream) {
            append_plain_answer(x);
        }
        start_answer(x);
        return;
    }
    x->left--;
    mark = stream_chunk_begin(out);
    if (x->request.stream) {
        bytes_printf(out, ": %s\n\n",
                     f->text != NULL ? f->text : "OPENROUTER PROCESSING");
    } else {
        bytes_append_str(out, "\n");
    }
    stream_chunk_end(out, mark);
    write_out(x);
    exchange_wait(x, f->ms == FAULT_UNSET ? 100 : f->ms, send_ping);
}

void
play_pings(struct exchange *x)
{
    const struct fault *f = x->hits.action;
    struct bytes *out = &x->mock->out;

    x->left = f->pings == FAULT_UNSET ? INT64_MAX : f->pings;
    bytes_clear(out);
    if (x->request.stream) {
        stream_head(x, out);
    } else {
        exchange_head(x, out, 200, "application/json", EXCHANGE_CHUNKED);
    }
    write_out(x);
    send_ping(x);
}

/* Sends up to a block of `x->left` bytes; true when none is left. */
static bool
send_filler(struct exchange *x)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl";
    size_t size = x->left < BLOCK_BYTES ? (size_t)x->left : BLOCK_BYTES;

    bytes_clear(&x->mock->out);
    while (x->mock->out.size < size) {
        bytes_append(&x->mock->out, letters, sizeof(letters) - 1);
    }
    bytes_truncate(&x->mock->out, size);
    write_out(x);
    x->left -= (int64_t)size;
    return x->left == 0;
}

static void
go_on_header(struct exchange *x)
{
    static const char end[] = "\r\nContent-Length: 0\r\n\r\n";

    if (!send_filler(x)) {
        exchange_wait_writable(x, go_on_header);
        return;
    }
    exchange_write(x, end, sizeof(end) - 1);
    exchange_finish(x);
}

void
play_big_header(struct exchange *x)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nX-Big: ";
    int64_t bytes = x->hits.action->bytes;

    stats_response(&x->mock->stats, 200);
    x->left = bytes == FAULT_UNSET ? 104857600 : bytes;
    exchange_write(x, start, sizeof(start) - 1);
    go_on_header(x);
}

static void
go_on_body(struct exchange *x)
{
    x->left = BLOCK_BYTES;
    send_filler(x);
    exchange_wait_writable(x, go_on_body);
}

void
play_infinite_body(struct exchange *x)
{
    struct bytes *out = &x->mock->out;

    bytes_clear(out);
    x->keep_alive = false;
    exchange_head(x, out, 200,
                  x->request.stream ? "text/event-stream" : "application/json",
                  EXCHANGE_NO_LENGTH);
    bytes_append_str(out,
                     x->request.stream ? "data: {\"id\":\"" : "{\"id\":\"");
    write_out(x);
    go_on_body(x);
}

/* DEFLATE with fixed codes (RFC 1951, 3.2.6): "258 times the byte before" is
 * the 8-bit code of 285 and the 5-bit distance code 0.  Eight of these pairs
 * make 13 bytes, which may follow one another for ever. */
static void
make_bomb(unsigned char ret_block[13])
{
    static const char pair[] = "1100010100000";

    memset(ret_block, 0, 13);
    for (unsigned bit = 0; bit < 104; bit++) {
        if (pair[bit % 13] == '1') {
            ret_block[bit / 8] |= (unsigned char)(1u << (bit % 8));
        }
    }
}

static void
go_on_bomb(struct exchange *x)
{
    unsigned char unit[13];
    struct bytes *out = &x->mock->out;

    make_bomb(unit);
    bytes_clear(out);
    while (x->left > 0 && out->size < BLOCK_BYTES) {
        bytes_append(out, unit, sizeof(unit));
        x->left -= BOMB_UNIT_ZEROS;
    }
    write_out(x);
    if (x->left > 0) {
        exchange_wait_writable(x, go_on_bomb);
    } else {
        exchange_close(x);
    }
}

/* The gzip header, and the start of the block: 3 bits of block header, three
 * literal zeros (8 bits each) and one pair (13 bits), together 5 whole bytes,
 * so that the repeated unit begins at a byte. */
static void
append_bomb_start(struct bytes *out)
{
    static const unsigned char gzip[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    static const char bits[] = "110"
                               "00110000"
                               "00110000"
                               "00110000"
                               "1100010100000";
    unsigned char start[5] = {0};

    for (unsigned bit = 0; bit < 40; bit++) {
        if (bits[bit] == '1') {
            start[bit / 8] |= (unsigned char)(1u << (bit % 8));
        }
    }
    bytes_append(out, gzip, sizeof(gzip));
    bytes_append(out, start, sizeof(start));
}

void
play_gzip_bomb(struct exchange *x)
{
    struct bytes *out = &x->mock->out;
    int64_t bytes = x->hits.action->bytes;

    x->left = bytes == FAULT_UNSET ? 1073741824 : bytes;
    x->keep_alive = false;
    bytes_clear(out);
    bytes_append_str(&x->headers, "Content-Encoding: gzip\r\n");
    exchange_head(x, out, 200,
                  x->request.stream ? "text/event-stream" : "application/json",
                  EXCHANGE_NO_LENGTH);
    append_bomb_start(out);
    write_out(x);
    go_on_bomb(x);
}

static const char *
tiny_event(const struct exchange *x)
{
    const char *shape = x->hits.action->shape;

    if (shape != NULL && strcmp(shape, "comment") == 0) {
        return ":\n\n";
    }
    if (shape != NULL && strcmp(shape, "empty") == 0) {
        return "data: {}\n\n";
    }
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}"
           "\n\n";
}

static void
go_on_events(struct exchange *x)
{
    struct bytes *out = &x->mock->out;
    const char *event = tiny_event(x);
    size_t mark;

    bytes_clear(out);
    mark = stream_chunk_begin(out);
    for (int i = 0; i < EVENTS_PER_BLOCK && x->left > 0; i++, x->left--) {
        bytes_append_str(out, event);
    }
    stream_chunk_end(out, mark);
    if (x->left > 0) {
        write_out(x);
        exchange_wait_writable(x, go_on_events);
        return;
    }
    stream_last_chunk(out);
    write_out(x);
    exchange_finish(x);
}

void
play_tiny_events(struct exchange *x)
{
    int64_t events = x->hits.action->events;

    x->left = events == FAULT_UNSET ? 1000000 : events;
    bytes_clear(&x->mock->out);
    stream_head(x, &x->mock->out);
    write_out(x);
    go_on_events(x);
}
