/*
 * wire.c - raw HTTP/1.1 for tests of the mock; see mock_process.h.
 */
#include "base/mem.h"
#include "mock_process.h"
#include "proto/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    WIRE_MAX = 1 << 26
};

int
wire_connect(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0
        && connect(fd, (const struct sockaddr *)&address, sizeof(address))
               != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Reads once; the end that this met, or -1 to go on. */
static int
read_some(int fd, struct bytes *in, const struct wire_limits *limits)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    size_t max = limits->max > 0 ? limits->max : WIRE_MAX;
    char buffer[65536];
    ssize_t n;

    if (poll(&poll_fd, 1, limits->timeout_ms) != 1) {
        return WIRE_TIMEOUT;
    }
    n = recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0) {
        return n == 0 ? WIRE_EOF : WIRE_RESET;
    }
    bytes_append(in, buffer, (size_t)n);
    return in->size >= max ? WIRE_FULL : -1;
}

struct wire
wire_talk(int fd, const char *data, size_t size,
          const struct wire_limits *limits)
{
    struct wire w = {0};
    struct bytes in;
    int end = -1;

    bytes_init(&in, (size_t)WIRE_MAX + 65536);
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

        if (n <= 0) {
            break;
        }
        data += n;
        size -= (size_t)n;
    }
    while (end < 0) {
        end = read_some(fd, &in, limits);
    }
    w.end = (enum wire_end)end;
    w.size = in.size;
    w.data = in.size > 0 ? bytes_take(&in, &w.size) : mem_strdup("");
    bytes_deinit(&in);
    return w;
}

struct wire
wire_request(int port, const char *method, const char *path,
             const char *headers, const char *body,
             const struct wire_limits *limits)
{
    int fd = wire_connect(port);
    struct wire w = {.end = WIRE_REFUSED};
    char *text;

    if (fd < 0) {
        w.data = mem_strdup("");
        return w;
    }
    text = mem_printf("%s %s HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n"
                      "Content-Length: %zu\r\n%s\r\n%s",
                      method, path, strlen(body), headers, body);
    w = wire_talk(fd, text, strlen(text), limits);
    free(text);
    close(fd);
    return w;
}

int
wire_status(const struct wire *w)
{
    return strncmp(w->data, "HTTP/1.1 ", 9) == 0
               ? (int)strtol(w->data + 9, NULL, 10)
               : -1;
}

/* Joins chunks; true if the last one was among them. */
static bool
join_chunks(const char *at, const char *end, struct bytes *out)
{
    while (at < end) {
        const char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
        size_t left;
        size_t size;

        if (eol == NULL) {
            return false;
        }
        size = strtoul(at, NULL, 16);
        at = eol + 2;
        if (size == 0) {
            return true;
        }
        left = (size_t)(end - at);
        bytes_append(out, at, size < left ? size : left);
        if (left < size + 2) {
            return false;
        }
        at += size + 2;
    }
    return false;
}

char *
wire_body(const struct wire *w, size_t *ret_size, bool *ret_whole)
{
    const char *head_end = memmem(w->data, w->size, "\r\n\r\n", 4);
    const char *end = w->data + w->size;
    const char *body = head_end != NULL ? head_end + 4 : end;
    const char *length = strstr(w->data, "\r\nContent-Length: ");
    struct bytes out;
    char *text;

    bytes_init(&out, WIRE_MAX);
    if (strstr(w->data, "\r\nTransfer-Encoding: chunked\r\n") != NULL) {
        *ret_whole = join_chunks(body, end, &out);
    } else {
        bytes_append(&out, body, (size_t)(end - body));
        *ret_whole = length != NULL ? out.size == strtoul(length + 18, NULL, 10)
                                    : w->end == WIRE_EOF;
    }
    *ret_size = out.size;
    text = out.size > 0 ? bytes_take(&out, ret_size) : mem_strdup("");
    bytes_deinit(&out);
    return text;
}
