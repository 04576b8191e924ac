/*
 * http_server.c - listens and accepts; see http_server.h.  What happens on a
 * connection is http_conn.c.
 */
#include "http_server.h"

#include "base/mem.h"
#include "http_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
http_server_init(struct http_server *s, uv_loop_t *loop, const char *listen)
{
    const char *colon = strrchr(listen, ':');
    char host[64];

    memset(s, 0, sizeof(*s));
    s->loop = loop;
    if (colon == NULL || (size_t)(colon - listen) >= sizeof(host)) {
        (void)fprintf(stderr, "not HOST:PORT: %s\n", listen);
        return -1;
    }
    memcpy(host, listen, (size_t)(colon - listen));
    host[colon - listen] = '\0';
    if (uv_ip4_addr(host, (int)strtol(colon + 1, NULL, 10), &s->address) != 0) {
        (void)fprintf(stderr, "not an IPv4 address: %s\n", host);
        return -1;
    }
    return 0;
}

static void
free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void
on_connection(uv_stream_t *listener, int status)
{
    struct http_server *s = listener->data;
    bool wanted = status == 0 && s->ops->accept(s->ctx);
    struct http_conn *c;

    if (status != 0) {
        return;
    }
    c = http_conn_accept(s, listener);
    if (c != NULL && !wanted) {
        http_conn_reset(c);
    }
}

static void
keep_port(struct http_server *s)
{
    struct sockaddr_in bound;
    int size = sizeof(bound);

    if (uv_tcp_getsockname(s->listener, (struct sockaddr *)&bound, &size)
        == 0) {
        s->address.sin_port = bound.sin_port;
    }
}

int
http_server_open(struct http_server *s)
{
    int status;

    if (s->listener != NULL) {
        return 0;
    }
    s->listener = mem_new(sizeof(*s->listener));
    uv_tcp_init(s->loop, s->listener);
    s->listener->data = s;
    status = uv_tcp_bind(s->listener, (const struct sockaddr *)&s->address, 0);
    if (status == 0) {
        status = uv_listen((uv_stream_t *)s->listener, 4096, on_connection);
    }
    if (status != 0) {
        uv_close((uv_handle_t *)s->listener, free_handle);
        s->listener = NULL;
        return status;
    }
    keep_port(s);
    return 0;
}

static void
close_listener(struct http_server *s)
{
    if (s->listener != NULL) {
        uv_close((uv_handle_t *)s->listener, free_handle);
        s->listener = NULL;
    }
}

void
http_server_pause(struct http_server *s)
{
    struct http_conn *next;

    close_listener(s);
    for (struct http_conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        if (!c->answering) {
            http_conn_close(c);
        }
    }
}

void
http_server_close(struct http_server *s)
{
    struct http_conn *next;

    close_listener(s);
    for (struct http_conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        http_conn_reset(c);
    }
}

int
http_server_port(const struct http_server *s)
{
    return ntohs(s->address.sin_port);
}
