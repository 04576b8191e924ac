/*
 * http_request.h - reads HTTP/1.1 requests out of a byte buffer.
 *
 * A parser for a test tool: it accepts what HTTP clients send (Content-Length
 * and chunked bodies) and points into the caller's buffer instead of copying.
 */
#ifndef AIGW_TESTS_MOCK_HTTP_REQUEST_H
#define AIGW_TESTS_MOCK_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HTTP_HEADERS_MAX = 64,
    HTTP_HEAD_MAX = 1 << 20, /* Bytes of request line and headers. */
    HTTP_BODY_MAX = 1 << 26
};

struct http_text {
    const char *data;
    size_t size;
};

struct http_header {
    struct http_text name;
    struct http_text value;
};

struct http_request {
    struct http_text method;
    struct http_text path;  /* Without the query. */
    struct http_text query; /* Without the question mark; may be empty. */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t n_headers;
    struct http_text body;
    bool keep_alive;
    bool expects_continue; /* Set as soon as the head is complete. */
};

/* Looks for one whole request at the start of `data`.  Returns the number of
 * bytes it takes, 0 if it is not complete yet, -1 if it cannot become one.
 * `r` points into `data`, where a chunked body is joined in place, and is
 * meaningful only if the result is positive (`expects_continue` also if 0). */
long http_request_parse(char *data, size_t size, struct http_request *r);

/* The value of the first header called `name` (any case), or NULL. */
const struct http_text *http_request_header(const struct http_request *r,
                                            const char *name);

bool http_text_equals(struct http_text text, const char *want);
bool http_text_ends_with(struct http_text text, const char *end);

/* The value of `name` in the query, URL-decoded, to be freed; or NULL. */
char *http_request_query(const struct http_request *r, const char *name);

#endif
