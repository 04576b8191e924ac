/*
 * stub_server.h - a loopback HTTP server on a thread of its own, whose every
 * answer is a function of the test.
 */
#ifndef AIGW_TESTS_STUB_SERVER_H
#define AIGW_TESTS_STUB_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct stub_server;

/* Answers the request number `n` (from 1, over all connections) on `fd` by
 * blocking writes; false closes the connection.  Runs on the thread. */
typedef bool (*stub_answer_fn)(int fd, int n);

/* Listens on 127.0.0.1, or on ::1. */
struct stub_server *stub_server_new(stub_answer_fn answer, bool ipv6);
void stub_server_free(struct stub_server *server);

int stub_server_port(const struct stub_server *server);

/* Connections accepted and complete requests read so far. */
int stub_server_conns(struct stub_server *server);
int stub_server_requests(struct stub_server *server);

/* Closes every open connection; returns when that is done. */
void stub_server_close_all(struct stub_server *server);

/* Writes all of it; false when the peer is gone. */
bool stub_write(int fd, const void *data, size_t size);
bool stub_write_text(int fd, const char *text);

/* The answer of an ordinary day. */
bool stub_ok(int fd, int n);

#endif
