/*
 * http_request.c - reads HTTP/1.1 requests; see http_request.h.
 */
#include "http_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
http_text_equals(struct http_text text, const char *want)
{
    return text.size == strlen(want) && memcmp(text.data, want, text.size) == 0;
}

bool
http_text_ends_with(struct http_text text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size
           && memcmp(text.data + text.size - size, end, size) == 0;
}

static bool
equals_nocase(struct http_text text, const char *want)
{
    return text.size == strlen(want)
           && strncasecmp(text.data, want, text.size) == 0;
}

const struct http_text *
http_request_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (equals_nocase(r->headers[i].name, name)) {
            return &r->headers[i].value;
        }
    }
    return NULL;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static char *
url_decode(const char *data, size_t size)
{
    char *text = malloc(size + 1);
    size_t n = 0;

    if (text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < size; i++) {
        int high = i + 2 < size ? hex_digit(data[i + 1]) : -1;
        int low = i + 2 < size ? hex_digit(data[i + 2]) : -1;

        if (data[i] == '%' && high >= 0 && low >= 0) {
            text[n++] = (char)(high * 16 + low);
            i += 2;
        } else if (data[i] == '+') {
            text[n++] = ' ';
        } else {
            text[n++] = data[i];
        }
    }
    text[n] = '\0';
    return text;
}

char *
http_request_query(const struct http_request *r, const char *name)
{
    const char *at = r->query.data;
    const char *end = at + r->query.size;
    size_t name_size = strlen(name);

    while (at < end) {
        const char *amp = memchr(at, '&', (size_t)(end - at));
        size_t size = (size_t)((amp ? amp : end) - at);

        if (size > name_size && memcmp(at, name, name_size) == 0
            && at[name_size] == '=') {
            return url_decode(at + name_size + 1, size - name_size - 1);
        }
        at += size + 1;
    }
    return NULL;
}

static struct http_text
trim(const char *data, const char *end)
{
    while (data < end && (*data == ' ' || *data == '\t')) {
        data++;
    }
    while (end > data && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return (struct http_text){data, (size_t)(end - data)};
}

static int
parse_request_line(const char *at, const char *end, struct http_request *r)
{
    const char *target = memchr(at, ' ', (size_t)(end - at));
    const char *version;
    const char *query;

    if (target == NULL) {
        return -1;
    }
    version = memchr(target + 1, ' ', (size_t)(end - target - 1));
    if (version == NULL || end - version != 9
        || memcmp(version, " HTTP/1.", 8) != 0) {
        return -1;
    }
    r->method = (struct http_text){at, (size_t)(target - at)};
    target++;
    query = memchr(target, '?', (size_t)(version - target));
    r->path = (struct http_text){target,
                                 (size_t)((query ? query : version) - target)};
    r->query = (struct http_text){"", 0};
    if (query != NULL) {
        r->query = (struct http_text){query + 1, (size_t)(version - query - 1)};
    }
    r->keep_alive = version[8] == '1';
    return 0;
}

/* `at` is the first header line, `end` past the CRLF of the last one. */
static int
parse_headers(const char *at, const char *end, struct http_request *r)
{
    r->n_headers = 0;
    while (at < end) {
        const char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
        const char *colon = memchr(at, ':', (size_t)(eol - at));
        struct http_header *h;

        if (colon == NULL || r->n_headers == HTTP_HEADERS_MAX) {
            return -1;
        }
        h = &r->headers[r->n_headers++];
        h->name = (struct http_text){at, (size_t)(colon - at)};
        h->value = trim(colon + 1, eol);
        at = eol + 2;
    }
    return 0;
}

static long
parse_size(const char *text, size_t size, unsigned base)
{
    long value = 0;

    if (size == 0) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        int digit = hex_digit(text[i]);

        if (digit < 0 || digit >= (int)base) {
            return -1;
        }
        value = value * (long)base + digit;
        if (value > HTTP_BODY_MAX) {
            return -1;
        }
    }
    return value;
}

/* Checks that all chunks have come, and with `join` moves their bytes
 * together; the buffer must stay as it is until they all have.  Result as for
 * http_request_parse(), counted from `at`. */
static long
walk_chunks(char *at, size_t size, bool join, size_t *ret_body_size)
{
    char *start = at;
    char *end = at + size;
    size_t body_size = 0;

    for (;;) {
        char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
        long chunk;

        if (eol == NULL) {
            return 0;
        }
        chunk = parse_size(at, strcspn(at, ";\r"), 16);
        if (chunk < 0) {
            return -1;
        }
        at = eol + 2;
        if (end - at < chunk + 2) {
            return 0;
        }
        if (chunk == 0) {
            *ret_body_size = body_size;
            return at + 2 - start;
        }
        if (join) {
            memmove(start + body_size, at, (size_t)chunk);
        }
        body_size += (size_t)chunk;
        at += chunk + 2;
    }
}

static long
parse_chunked(char *at, size_t size, struct http_request *r)
{
    size_t body_size = 0;
    long taken = walk_chunks(at, size, false, &body_size);

    if (taken > 0) {
        walk_chunks(at, size, true, &body_size);
        r->body = (struct http_text){at, body_size};
    }
    return taken;
}

static long
parse_body(char *at, size_t size, struct http_request *r)
{
    const struct http_text *coding =
        http_request_header(r, "transfer-encoding");
    const struct http_text *length = http_request_header(r, "content-length");
    long want = 0;

    if (coding != NULL) {
        return parse_chunked(at, size, r);
    }
    if (length != NULL) {
        want = parse_size(length->data, length->size, 10);
    }
    if (want < 0) {
        return -1;
    }
    r->body = (struct http_text){at, (size_t)want};
    return want;
}

static void
read_options(struct http_request *r)
{
    const struct http_text *connection = http_request_header(r, "connection");
    const struct http_text *expect = http_request_header(r, "expect");

    if (connection != NULL) {
        r->keep_alive = r->keep_alive && !equals_nocase(*connection, "close");
    }
    r->expects_continue = expect != NULL;
}

long
http_request_parse(char *data, size_t size, struct http_request *r)
{
    char *head_end = memmem(data, size, "\r\n\r\n", 4);
    char *line_end;
    size_t head_size;
    long taken;

    r->expects_continue = false;
    if (head_end == NULL) {
        return size > HTTP_HEAD_MAX ? -1 : 0;
    }
    head_size = (size_t)(head_end - data) + 4;
    line_end = memmem(data, size, "\r\n", 2);
    if (parse_request_line(data, line_end, r) != 0
        || parse_headers(line_end + 2, head_end + 2, r) != 0) {
        return -1;
    }
    read_options(r);
    taken = parse_body(data + head_size, size - head_size, r);
    if (taken < 0) {
        return -1;
    }
    if (http_request_header(r, "transfer-encoding") != NULL && taken == 0) {
        return 0;
    }
    if ((size_t)taken > size - head_size) {
        return 0;
    }
    return (long)head_size + taken;
}
