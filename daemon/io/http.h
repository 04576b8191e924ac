/*
 * http.h - one HTTP transfer at a time to one provider, over pooled
 * connections; the only place, with curlmulti, that knows libcurl.
 *
 *     http_pool   connections to one provider under one credential
 *       '- http   one transfer: exactly one request on the wire, or none
 *
 * No policy lives here.  Nothing is retried, no redirect is followed, no
 * environment variable or .netrc is honoured, and libcurl's own re-sends on
 * dead connections are prevented once a byte of the request may have left.
 * Time-outs are the owner's: the transfer reports its milestones and is
 * cancelled from outside.
 *
 * Asynchronous contract: if http_start() fails, no callback comes.  Otherwise
 * exactly one `done`, never from inside http_start(), and none of any kind
 * after http_cancel().  A callback may cancel its own transfer.  After `done`
 * returns the transfer is gone.
 */
#ifndef AIGW_IO_HTTP_H
#define AIGW_IO_HTTP_H

#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client; /* Shared by all pools: the loop, TLS sessions, DNS. */
struct http_pool;
struct http;

struct http_client *http_client_new(struct loop *loop);

/* Every pool must have been freed.  Asynchronous parts end with the loop. */
void http_client_free(struct http_client *client);

/* Easy handles in existence, for `status`. */
int http_client_handles(const struct http_client *client);

/* Sockets to peers: those in use, and those kept for later. */
int http_client_connections(const struct http_client *client);

struct http_pool_options {
    const char *ca_file; /* NULL: the system's bundle. */
    bool http2;          /* Offer HTTP/2 by ALPN (never in clear text). */
    int64_t connect_ms;  /* As for http_pool_set_connect_ms(). */
    int max_connections; /* 0: no limit. */
};

/* Strings are copied.  NULL without memory or when `ca_file` is unreadable. */
struct http_pool *http_pool_new(struct http_client *client,
                                const struct http_pool_options *options);

/* How long the transfers that start from now on may take for name, TCP and TLS
 * together; 0: 300 s.  When a name has several addresses, libcurl gives each of
 * them a part of this. */
void http_pool_set_connect_ms(struct http_pool *pool, int64_t connect_ms);

/* Cancels what runs and closes the connections. */
void http_pool_free(struct http_pool *pool);

/* Each comes at most once and in this order; on a reused connection only the
 * second one does. */
enum http_milestone {
    HTTP_RESOLVED,  /* The name is resolved: connecting begins. */
    HTTP_CONNECTED, /* TCP and TLS are up: the request is about to be sent. */
};

enum http_flow {
    HTTP_MORE,
    HTTP_PAUSE, /* Everything was taken, but send no more: http_resume().
                 * `done` may still come if this was the end. */
};

/* How far the transfer got when it ended without a complete response. */
enum http_failure {
    HTTP_FAILURE_NONE,    /* A complete response was read. */
    HTTP_FAILURE_RESOLVE, /* No address. */
    HTTP_FAILURE_CONNECT, /* Refused, unreachable, time-out while connecting. */
    HTTP_FAILURE_TLS,     /* Handshake or certificate. */
    HTTP_FAILURE_SEND,    /* Broke while the request was going out. */
    HTTP_FAILURE_RECEIVE, /* Broke after the request was sent. */
    HTTP_FAILURE_LIMIT,   /* Head or body larger than allowed. */
    HTTP_FAILURE_PROTOCOL, /* Not HTTP. */
    HTTP_FAILURE_REFUSED,  /* HTTP/2: the peer says it did not process it.
                            * A stream refused on a reused connection is not
                            * told apart from HTTP_FAILURE_RECEIVE. */
    HTTP_FAILURE_LOCAL,    /* Ours: descriptors, memory, a bad URL. */
};

struct http_result {
    enum http_failure failure;
    int http_status;    /* 0: no head was read. */
    bool sent;          /* At least one byte of the request may have left, and
                      * the peer has not disowned it (REFUSED). */
    int sends;          /* Times that libcurl began to send it: 0 or 1. */
    bool reused;        /* On a connection that existed before. */
    int64_t connect_us; /* How long TCP took; -1: there was no new one. */
    char text[160];     /* What went wrong, for people; holds no secret. */
};

struct http_header {
    const char *name;
    const char *value;
};

/* The callbacks of a transfer.  Data is borrowed for the call. */
struct http_ops {
    /* May be NULL. */
    void (*milestone)(void *ctx, enum http_milestone milestone);

    /* The final head, once: `headers` in order of arrival, values unfolded.
     * Interim 1xx heads are not shown. */
    void (*head)(void *ctx, int http_status, const struct http_header *headers,
                 size_t n_headers);

    /* A piece of the body. */
    enum http_flow (*body)(void *ctx, const char *data, size_t size);

    void (*done)(void *ctx, const struct http_result *result);
};

struct http_request {
    const char *method; /* "GET" or "POST" */
    const char *url;
    const struct http_header *headers;
    size_t n_headers;
    const void *body; /* Copied.  NULL with GET. */
    size_t body_size;
    size_t max_head_bytes; /* All header lines together. */
    size_t max_body_bytes;
    bool connect_only; /* Only connect (TCP, TLS); then `done`.  libcurl
                        * closes the connection: to warm one up, GET. */
};

/* Starts a transfer.  On success `*ret_http` is valid until `done` returns or
 * http_cancel().  AIGW_ENOMEM, AIGW_EINVAL (URL, header with control bytes). */
int http_start(struct http_pool *pool, const struct http_request *request,
               const struct http_ops *ops, void *ctx, struct http **ret_http);

/* Drops the transfer; its connection is closed unless it was idle.  NULL and
 * repeated calls (while `*http` is valid) are harmless. */
void http_cancel(struct http *http);

/* Goes on after HTTP_PAUSE.  The callbacks come from the loop, not from
 * inside the call. */
void http_resume(struct http *http);

/* Bytes of the request body that have been handed to the kernel. */
size_t http_uploaded(const struct http *http);

/* True once any byte of the request may have left the process. */
bool http_sent(const struct http *http);

#endif
