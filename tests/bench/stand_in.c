/*
 * stand_in.c - a provider that a load generator plays itself; see stand_in.h.
 */
#include "stand_in.h"

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 65536,
    EVENT_BYTES = 1024
};

void
stand_in_init(struct stand_in *s)
{
    *s = (struct stand_in){.listener = -1, .fd = -1};
    bytes_init(&s->in, REQUEST_BYTES);
}

static void
close_socket(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void
stand_in_deinit(struct stand_in *s)
{
    close_socket(&s->listener);
    close_socket(&s->fd);
    bytes_deinit(&s->in);
}

void
stand_in_listen(struct stand_in *s)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = s->port,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(address);
    int on = 1;

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0
        || setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on))
        || bind(s->listener, (const struct sockaddr *)&address, size)
        || listen(s->listener, SOMAXCONN)
        || getsockname(s->listener, (struct sockaddr *)&address, &size))
        load_die("cannot listen: %s", strerror(errno));
    s->port = address.sin_port;
}

void
stand_in_die(struct stand_in *s)
{
    close_socket(&s->listener);
    close_socket(&s->fd);
    bytes_clear(&s->in);
}

void
stand_in_accept(struct stand_in *s)
{
    int on = 1;

    if (s->fd >= 0)
        load_die("a provider was asked on two connections");
    s->fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    if (s->fd < 0
        || setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        load_die("cannot accept: %s", strerror(errno));
    s->n_accepted++;
}

/* The request's body if it is complete. */
static const char *
find_body(const char *request)
{
    static const char FIELD[] = "\r\ncontent-length:";
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, FIELD);

    if (!end)
        return NULL;
    if (!length || length > end)
        load_die("a request without a length");
    end += strlen("\r\n\r\n");
    if (strlen(end) < strtoul(length + strlen(FIELD), NULL, 10))
        return NULL;
    return end;
}

const char *
stand_in_read(struct stand_in *s)
{
    char *room = bytes_reserve(&s->in, REQUEST_BYTES - s->in.size);
    ssize_t n = room ? recv(s->fd, room, REQUEST_BYTES - s->in.size, 0) : -1;
    const char *request;

    if (n <= 0)
        load_die("aigwd left a provider in the middle of a call");
    bytes_commit(&s->in, (size_t)n);
    request = bytes_cstr(&s->in);
    return request ? find_body(request) : NULL;
}

/* One chunk, and thus one packet, for each event. */
static void
send_event(struct stand_in *s, const char *delta, const char *finish)
{
    char event[EVENT_BYTES];
    char chunk[EVENT_BYTES + 16];
    int size = snprintf(event, sizeof(event),
                        "data: {\"id\":\"chatcmpl-1\","
                        "\"object\":\"chat.completion.chunk\","
                        "\"created\":1700000000,\"model\":\"bench\","
                        "\"choices\":[{\"index\":0,\"delta\":{%s},"
                        "\"finish_reason\":%s}]}\n\n",
                        delta, finish);

    if (size < 0 || (size_t)size >= sizeof(event))
        load_die("an event that is too long");
    size =
        snprintf(chunk, sizeof(chunk), "%x\r\n%s\r\n", (unsigned)size, event);
    load_send(s->fd, chunk, (size_t)size);
}

void
stand_in_begin(struct stand_in *s)
{
    static const char HEAD[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";

    bytes_clear(&s->in);
    load_send(s->fd, HEAD, strlen(HEAD));
    send_event(s, "\"role\":\"assistant\",\"content\":\"\"", "null");
}

void
stand_in_say(struct stand_in *s, const char *text)
{
    char delta[EVENT_BYTES];
    int size = snprintf(delta, sizeof(delta), "\"content\":\"%s\"", text);

    if (size < 0 || (size_t)size >= sizeof(delta))
        load_die("a text that is too long");
    send_event(s, delta, "null");
}

void
stand_in_end(struct stand_in *s)
{
    static const char LAST[] = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

    send_event(s, "", "\"stop\"");
    load_send(s->fd, LAST, strlen(LAST));
}
