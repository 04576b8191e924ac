/*
 * peer.h - a blocking MessagePack-RPC client for tests.
 *
 * Written against msgpack-c alone, so that it shares no mistake with the
 * daemon or the client library.  Params are given as JSON text in which
 * single quotes stand for double ones; what comes back is JSON, too.  A bin,
 * which JSON does not have, becomes {"$bin": text}.
 *
 * Every wait has a deadline and fails the test when it passes.  Values that
 * are returned belong to the peer and live until peer_close().
 */
#ifndef AIGW_TESTS_PEER_H
#define AIGW_TESTS_PEER_H

#include "support/process.h"
#include "support/value.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;

struct peer_reply {
    int code;             /* Of the error; 0: there is a result. */
    const char *text;     /* Of the error. */
    const json_t *result; /* NULL with an error. */
};

struct peer *peer_connect(const char *socket_path);

/* NULL is fine. */
void peer_close(struct peer *p);
int peer_fd(const struct peer *p);

/* Sends a request and returns its msgid.  `params` is a format. */
uint32_t peer_send(struct peer *p, const char *method, const char *params, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for params that are at hand; takes over the reference. */
uint32_t peer_send_json(struct peer *p, const char *method, json_t *params);

/* Sends these bytes as they are. */
void peer_send_raw(struct peer *p, const void *data, size_t size);

/* Waits for the response to a request; other messages are kept. */
struct peer_reply peer_wait(struct peer *p, uint32_t msgid);

/* Sends a request and waits for its response. */
struct peer_reply peer_call(struct peer *p, const char *method,
                            const char *params, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and asserts that there is no error. */
const json_t *peer_result(struct peer *p, const char *method,
                          const char *params, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, and asserts that there is the error `code`; returns its text. */
const char *peer_error(struct peer *p, int code, const char *method,
                       const char *params, ...)
    __attribute__((format(printf, 4, 5)));

/* The params of the oldest notification of that method that was not taken
 * yet; waits up to `within_ms` and then returns NULL. */
const json_t *peer_notification(struct peer *p, const char *method,
                                int64_t within_ms);

/* The oldest message of any kind that was not taken yet, as it came; waits up
 * to `within_ms` and then returns NULL. */
const json_t *peer_message(struct peer *p, int64_t within_ms);

/* Waits until the daemon has closed the connection. */
void peer_wait_closed(struct peer *p);

#endif
