/*
 * http_conn.h - how the server makes a connection; the rest of a connection's
 * interface is in http_server.h.
 */
#ifndef AIGW_TESTS_MOCK_HTTP_CONN_H
#define AIGW_TESTS_MOCK_HTTP_CONN_H

#include <uv.h>

struct http_conn;
struct http_server;

/* Accepts from `listener` and starts to read; NULL if that failed. */
struct http_conn *http_conn_accept(struct http_server *s,
                                   uv_stream_t *listener);

#endif
