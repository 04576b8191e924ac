/*
 * pipe_server.h - one listener in a folder of its own and its latest
 * connection: what the tests of io/pipe.h have in common.
 */
#ifndef AIGW_TESTS_PIPE_SERVER_H
#define AIGW_TESTS_PIPE_SERVER_H

#include "io/pipe.h"

#include <check.h>

enum {
    HIGH_WATER = 256 * 1024,
    LOW_WATER = 64 * 1024,
    MAX_UNSENT = 4 * 1024 * 1024,
    PATIENCE_MS = 20000,
};

/* What the listener and the connection have told, and how they answer. */
extern struct pipe_server {
    struct loop *loop;
    struct pipe_listener *listener;
    struct pipe_conn *conn; /* The latest one; NULL after `closed`. */
    struct pipe_peer peer;
    int n_accepted, n_over_limit, n_closed, n_drained;
    int closed_status;
    size_t received, largest_piece;
    bool echo, refuse, close_on_data;
} s;

extern char folder[64];
extern char path[96]; /* In `folder`. */

/* Adds a test case that has a loop and a folder, and ends with nothing left of
 * them. */
TCase *pipe_case(Suite *suite, const char *name);

struct pipe_listen_options default_options(void);
bool on_accepted(void *ctx, struct pipe_conn *conn,
                 const struct pipe_peer *peer, bool over_limit);
int try_listen(struct aigw_err *err);
void listen_or_fail(void);

/* A client: a blocking descriptor or -1; one that does not block; one that the
 * server has accepted. */
int try_dial(void);
int dial(void);
int dial_accepted(void);

bool conn_accepted(void);
bool conn_closed(void);

/* SIGKILL, and waits for the end. */
void kill_process(pid_t pid);

#endif
