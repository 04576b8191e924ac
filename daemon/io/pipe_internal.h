/*
 * pipe_internal.h - what the files of pipe.h share.
 *
 *     pipe_path.c    the socket file: lock, checks, bind, removal
 *     pipe_listen.c  accepting: limits, descriptors, who is calling
 *     pipe_conn.c    one connection: bytes in, bytes out
 */
#ifndef AIGW_IO_PIPE_INTERNAL_H
#define AIGW_IO_PIPE_INTERNAL_H

#include "io/pipe.h"
#include "io/timer.h"
#include "proto/bytes.h"

#include <sys/queue.h>
#include <uv.h>

enum {
    PIPE_READ_MAX = 65536, /* Bytes per connection and turn of the loop. */
};

/* A socket file that this process has bound, and its lock. */
struct pipe_path {
    char *path;  /* NULL: no file of ours. */
    int lock_fd; /* -1: none. */
    dev_t device;
    ino_t inode;
};

/* Takes the lock, removes a stale socket, binds and listens.  On success the
 * caller owns `*ret_fd` and ends `path` with pipe_path_release(). */
int pipe_path_bind(struct pipe_path *path,
                   const struct pipe_listen_options *options, int *ret_fd,
                   struct aigw_err *err);

/* Removes the file if it is still the one that was bound, then unlocks. */
void pipe_path_release(struct pipe_path *path);

/* Makes a connection of an accepted, non-blocking socket.  It belongs to
 * `listener` and owns `fd`.  NULL, with `fd` left open, without memory. */
struct pipe_conn *pipe_conn_new(struct pipe_listener *listener, int fd);

/* Drops a connection that its owner did not want; no callback comes. */
void pipe_conn_refuse(struct pipe_conn *conn);

TAILQ_HEAD(pipe_conn_list, pipe_conn);

struct pipe_listener {
    struct loop *loop;
    struct pipe_listen_options options; /* `path` is not kept. */
    pipe_accepted_fn accepted;
    void *ctx;
    struct pipe_path path;
    int fd;
    int fd_limit;        /* Accepted descriptors stay below this number. */
    int reserve_fd;      /* Given up for a moment when descriptors run out. */
    struct timer *retry; /* Accepts again after they ran out. */
    uv_poll_t poll;
    bool poll_closed;
    bool stopped;
    bool freeing;
    struct pipe_conn_list conns;
    int n_conns;
    int n_own;           /* Of these: both ends of those to oneself. */
    size_t unsent_bytes; /* Of all connections. */
    char *input; /* PIPE_READ_MAX bytes, lent to whichever conn reads. */
};

/* Frees the listener if it was asked to and nothing of it is left. */
void pipe_listener_settle(struct pipe_listener *listener);

struct pipe_conn {
    struct pipe_listener *listener;
    TAILQ_ENTRY(pipe_conn) link;
    const struct pipe_conn_ops *ops; /* NULL before pipe_conn_start(). */
    void *ctx;
    int fd;
    uv_poll_t poll;
    int events; /* What `poll` is armed for. */
    struct bytes out;
    int64_t progress_ms;    /* See pipe_stalled_since_ms(). */
    struct loop_task flush; /* Sends what one turn has queued. */
    struct timer *linger;   /* Closing: the end of patience. */
    bool blocked;           /* The kernel takes no more; wait for room. */
    bool above;             /* Over the high-water mark since `drained`. */
    bool paused;
    bool own;     /* One end of a connection to oneself. */
    bool closing; /* By the owner. */
    bool ended;   /* The handle closes; `closed` comes from its callback. */
    int status;
};

#endif
