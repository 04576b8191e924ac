/*
 * h2_frame.h - the few HTTP/2 frames that aigw-mock-h2 needs (RFC 9113).
 *
 * Response headers are written without a compression library: indexed and
 * literal fields of HPACK's static table (RFC 7541, appendix A).  Of request
 * headers only the method is looked at, which every encoder sends first and
 * indexed.
 */
#ifndef AIGW_TESTS_MOCK_H2_FRAME_H
#define AIGW_TESTS_MOCK_H2_FRAME_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    H2_DATA = 0,
    H2_HEADERS = 1,
    H2_RST_STREAM = 3,
    H2_SETTINGS = 4,
    H2_PING = 6,
    H2_GOAWAY = 7,
    H2_WINDOW_UPDATE = 8,

    H2_END_STREAM = 1,
    H2_ACK = 1,
    H2_END_HEADERS = 4,
    H2_PADDED = 8,
    H2_HAS_PRIORITY = 32,

    H2_NO_ERROR = 0,
    H2_REFUSED_STREAM = 7,

    H2_HEAD_BYTES = 9,
    H2_PREFACE_BYTES = 24,
    H2_FRAME_MAX = 16384
};

struct h2_frame {
    int type;
    int flags;
    uint32_t stream;
    const unsigned char *payload;
    size_t size;
};

/* Looks for one whole frame.  Returns the bytes it takes, 0 if it is not
 * complete, -1 if it is too big.  Points into `data`; padding and priority of
 * HEADERS and DATA are left out of the payload. */
long h2_frame_parse(const char *data, size_t size, struct h2_frame *ret_frame);

/* Whether a HEADERS frame asks with GET. */
bool h2_frame_is_get(const struct h2_frame *headers);

void h2_settings(struct bytes *out, int flags);
void h2_ping_ack(struct bytes *out, const struct h2_frame *ping);
void h2_window_update(struct bytes *out, uint32_t stream, uint32_t size);
void h2_rst_stream(struct bytes *out, uint32_t stream, uint32_t error);
void h2_goaway(struct bytes *out, uint32_t last_stream);

/* A response head: `status` is 200 or 429. */
void h2_response(struct bytes *out, uint32_t stream, int status,
                 const char *content_type);

/* A whole response body, in as many frames as it takes. */
void h2_body(struct bytes *out, uint32_t stream, const char *data, size_t size);

#endif
