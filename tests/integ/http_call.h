/*
 * http_call.h - a client, a pool, a stub server and one recorded transfer: what
 * the tests of io/http.h have in common.
 */
#ifndef AIGW_TESTS_HTTP_CALL_H
#define AIGW_TESTS_HTTP_CALL_H

#include "io/http.h"
#include "stub_server.h"

#include <check.h>

enum {
    MAX_HEAD_BYTES = 16 * 1024,
    MAX_BODY_BYTES = 32 << 20,
    BIG_BODY = 10 << 20,
};

/* What one transfer has told, and what to do in its callbacks. */
struct call {
    struct http *http;
    int n_done, n_heads, n_resolved, n_connected;
    int http_status;
    size_t n_headers;
    char first_value[128];
    char body[64];
    size_t received;
    struct http_result result;

    enum {
        NO_CANCEL,
        CANCEL_AT_RESOLVED,
        CANCEL_AT_CONNECTED,
        CANCEL_IN_HEAD,
        CANCEL_IN_BODY,
        CANCEL_IN_DONE,
        RESTART_IN_HEAD, /* Cancel, and start another on the same pool. */
        FREE_POOL_IN_BODY,
        FREE_POOL_IN_DONE,
    } at;

    bool pause; /* After every piece. */
    int n_pauses;
};

/* Record into a struct call and do what it says. */
extern const struct http_ops CALL_OPS;

extern struct loop *loop;
extern struct http_client *client;
extern struct http_pool *pool;
extern struct stub_server *server;
extern struct call call, second;
extern char url[128];

/* Adds a test case that has a loop, a client and a pool, and ends with nothing
 * left of them. */
TCase *http_case(Suite *suite, const char *name);

/* Replaces the pool; `ca_file` may be NULL. */
void use_pool(const char *ca_file, bool http2);

/* Starts the stub server and points `url` to it. */
void serve(stub_answer_fn answer);

/* A POST of 7 bytes to `url` with a key. */
struct http_request post_request(void);
struct http_request get_request(void);

void start_request(struct call *c, const struct http_request *request);
void start(struct call *c);

bool call_done(void);
bool second_done(void);

/* One more `call` from the beginning to the end. */
void run_request(const struct http_request *request);
void run_call(void);

/* BIG_BODY bytes; the flag tells that all were written. */
bool big_answer(int fd, int n);
bool big_answer_written(void);

#endif
