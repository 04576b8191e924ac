/*
 * http_server.h - listens, reads HTTP/1.1 requests, writes bytes.
 *
 * It knows nothing of what is answered: the owner gets each request and
 * writes the response, well-formed or not, when it likes.  One request of a
 * connection is worked on at a time; pipelined ones wait in the buffer.
 */
#ifndef AIGW_TESTS_MOCK_HTTP_SERVER_H
#define AIGW_TESTS_MOCK_HTTP_SERVER_H

#include "http_request.h"
#include "proto/bytes.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct http_conn;
struct tls_context;
struct tls_session;

struct http_server_ops {
    /* Called before a connection counts; false has it reset at once. */
    bool (*accept)(void *ctx);

    /* A whole request came; `r` is valid until this returns.  The owner
     * answers with http_conn_write(), now or later, and ends with exactly one
     * of http_conn_finish(), _close() and _reset(). */
    void (*request)(void *ctx, struct http_conn *c,
                    const struct http_request *r);

    /* Everything written has been taken by the kernel. */
    void (*drained)(void *ctx, struct http_conn *c);

    /* The connection ends while a request is being answered, whoever ended
     * it; `c` must not be used any more. */
    void (*gone)(void *ctx, struct http_conn *c);
};

struct http_counters {
    int64_t connections_open;
    int64_t connections_total;
    int64_t tls_handshakes;
    int64_t tls_failures;
    int64_t bytes_received; /* After decryption. */
    int64_t bytes_sent;     /* Before encryption. */
    int64_t bytes_queued;   /* Not yet taken by the kernel. */
};

struct http_server {
    uv_loop_t *loop;
    const struct http_server_ops *ops;
    void *ctx;
    struct tls_context *tls; /* NULL: plain. */
    struct sockaddr_in address;
    uv_tcp_t *listener; /* NULL while connections are refused. */
    struct http_conn *conns;
    struct http_counters counters;
    char read_buffer[65536];
};

struct http_conn {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct http_server *server;
    struct http_conn *next;
    struct http_conn *prev;
    struct tls_session *tls; /* NULL: plain. */
    bool established;        /* The handshake was counted. */
    struct bytes in;
    bool answering;    /* The owner has a request. */
    bool parsing;      /* parse_requests() is on the stack. */
    bool ending;       /* Closes once everything is written. */
    bool shut;         /* The shutdown has been asked for. */
    bool continued;    /* "100 Continue" was sent for this request. */
    bool closing;      /* uv_close() was called. */
    unsigned requests; /* Requests handed to the owner so far. */
    size_t queued;     /* Bytes not yet taken by the kernel. */
    void *user;        /* The owner's; NULL at the start. */
};

/* Prepares `s` for `listen`, which is "HOST:PORT".  Negative, with the reason
 * on stderr, if that is no address. */
int http_server_init(struct http_server *s, uv_loop_t *loop,
                     const char *listen);

/* Starts to listen; with port 0 the port found then is kept.  Also ends a
 * pause.  Returns 0 or UV_E*. */
int http_server_open(struct http_server *s);

/* Refuses connections from now on and closes those that are idle. */
void http_server_pause(struct http_server *s);

/* Refuses connections and resets all there are. */
void http_server_close(struct http_server *s);

int http_server_port(const struct http_server *s);

/* Copies what the kernel does not take at once. */
void http_conn_write(struct http_conn *c, const void *data, size_t size);

/* The answer is complete: goes on with the next request, or closes. */
void http_conn_finish(struct http_conn *c, bool keep_alive);

/* Writes what is queued, then FIN. */
void http_conn_close(struct http_conn *c);

/* RST; what is queued is lost. */
void http_conn_reset(struct http_conn *c);

#endif
