/*
 * chunked.h - takes HTTP/1.1 responses in the chunked coding apart.
 *
 * Just what sse_load needs of a server that is known: a status line, header
 * fields that are passed over, and a chunked body.  Responses follow each
 * other on a connection.
 */
#ifndef AIGW_TESTS_BENCH_CHUNKED_H
#define AIGW_TESTS_BENCH_CHUNKED_H

#include <stddef.h>

enum chunked_state {
    CHUNKED_HEAD,
    CHUNKED_SIZE,
    CHUNKED_DATA,
    CHUNKED_DATA_END,
    CHUNKED_LAST_END
};

struct chunked {
    enum chunked_state state;
    size_t left;    /* DATA: bytes of the chunk that have not come. */
    char line[256]; /* Elsewhere: what came of a line. */
    size_t line_size;
    int status; /* Of the response. */
};

struct chunked_ops {
    void (*body)(void *ctx, const char *data, size_t size);
    void (*end)(void *ctx, int status);
};

/* Before the first response. */
void chunked_init(struct chunked *c);

/* Takes the next bytes; 0, or -1 if they are nothing of the kind. */
int chunked_feed(struct chunked *c, const char *data, size_t size,
                 const struct chunked_ops *ops, void *ctx);

#endif
