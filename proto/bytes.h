/*
 * bytes.h - a growable byte buffer with a hard maximum.
 *
 * The maximum is given once, at init, so that whatever a peer can fill has a
 * limit.  Appending past it fails and changes nothing.  Bytes are consumed
 * from the front without moving the rest until that pays.
 */
#ifndef AIGW_PROTO_BYTES_H
#define AIGW_PROTO_BYTES_H

#include <stddef.h>

struct bytes {
    char *data;      /* First unconsumed byte; NULL while nothing is held. */
    size_t size;     /* Unconsumed bytes at `data`. */
    size_t max;      /* `size` never exceeds this. */
    char *block;     /* The allocation that `data` points into. */
    size_t capacity; /* Size of `block`. */
};

/* Starts empty; allocates nothing. */
void bytes_init(struct bytes *b, size_t max);

/* Releases the memory and leaves `b` empty, with its maximum. */
void bytes_deinit(struct bytes *b);

/* Appends.  AIGW_ETOOBIG past the maximum, AIGW_ENOMEM without memory. */
int bytes_append(struct bytes *b, const void *data, size_t size);
int bytes_append_str(struct bytes *b, const char *text);
int bytes_printf(struct bytes *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for `extra` more bytes and returns where they go, or NULL (past
 * the maximum or without memory).  bytes_commit() then counts what was put
 * there. */
char *bytes_reserve(struct bytes *b, size_t extra);
void bytes_commit(struct bytes *b, size_t size);

/* Drops `size` bytes (at most b->size) from the front. */
void bytes_consume(struct bytes *b, size_t size);

/* Drops the bytes from `size` on. */
void bytes_truncate(struct bytes *b, size_t size);

/* Empties without releasing the memory. */
void bytes_clear(struct bytes *b);

/* Releases the memory if nothing is held and the block is larger than `keep`:
 * for buffers that live long and are large for a moment. */
void bytes_trim(struct bytes *b, size_t keep);

/* Hands the content to the caller, who frees the result with free(); `b` is
 * empty afterwards.  The content is followed by a NUL that `size` does not
 * count.  NULL without memory. */
char *bytes_take(struct bytes *b, size_t *ret_size);

/* The content as a C string (NUL appended, not counted); NULL without
 * memory.  Valid until the next change. */
const char *bytes_cstr(struct bytes *b);

#endif
