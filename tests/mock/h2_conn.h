/*
 * h2_conn.h - the connections of aigw-mock-h2.
 */
#ifndef AIGW_TESTS_MOCK_H2_CONN_H
#define AIGW_TESTS_MOCK_H2_CONN_H

#include <uv.h>

struct h2_conn;
struct tls_context;

enum {
    H2_PLANNED_MAX = 1024
};

enum h2_plan {
    H2_PLAN_ANSWER,
    H2_PLAN_GOAWAY,     /* The request was never seen. */
    H2_PLAN_REFUSE,     /* RST_STREAM(REFUSED_STREAM). */
    H2_PLAN_RESET_AFTER /* A whole 429, then RST_STREAM(NO_ERROR). */
};

struct h2_server {
    struct tls_context *tls; /* Borrowed. */
    uv_tcp_t listener;
    uv_loop_t *loop; /* NULL until opened. */
    struct h2_conn *conns;
    enum h2_plan plans[H2_PLANNED_MAX]; /* By the number of the request. */
    unsigned requests;                  /* POSTs that came whole. */
    unsigned billed;                    /* Those answered with 200. */
    unsigned goaways;
    unsigned refused;
    unsigned connections;
};

/* Listens on "HOST:PORT"; negative, with the reason on stderr. */
int h2_server_open(struct h2_server *s, uv_loop_t *loop, const char *listen,
                   int *ret_port);

/* Closes the listener and all connections. */
void h2_server_close(struct h2_server *s);

#endif
