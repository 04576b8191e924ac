/*
 * stream.h - sends an answer as server-sent events, at its pace.
 */
#ifndef AIGW_TESTS_MOCK_STREAM_H
#define AIGW_TESTS_MOCK_STREAM_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct exchange;

/* How a batch of events ends. */
enum stream_end {
    STREAM_MORE,     /* Not yet. */
    STREAM_FINISHED, /* Whole. */
    STREAM_FIN,      /* The connection closes in the middle. */
    STREAM_RST,      /* The connection is reset in the middle. */
    STREAM_SILENT,   /* Nothing more ever comes. */
    STREAM_WAIT      /* The stream goes on after the fault's time. */
};

/* Appends the head of a streamed response. */
void stream_head(struct exchange *x, struct bytes *out);

/* Everything appended between the two becomes one HTTP chunk. */
size_t stream_chunk_begin(struct bytes *out);
void stream_chunk_end(struct bytes *out, size_t mark);

/* Appends the end of the chunked body. */
void stream_last_chunk(struct bytes *out);

/* Streams `x->answer`; with `with_head` the response head too. */
void stream_start(struct exchange *x, bool with_head);

#endif
