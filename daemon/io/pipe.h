/*
 * pipe.h - the Unix-domain stream socket: listening, who is calling, bytes in,
 * bytes out within limits.
 *
 * Asynchronous contract: callbacks come from the loop, never from inside a
 * function of this file; a callback may close its own connection.  After
 * pipe_close() nothing but `closed` comes, once; the connection is gone when
 * that returns.
 */
#ifndef AIGW_IO_PIPE_H
#define AIGW_IO_PIPE_H

#include "io/loop.h"
#include "proto/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pipe_listener;
struct pipe_conn;

struct pipe_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
    gid_t groups[64]; /* Supplementary, from SO_PEERGROUPS. */
    int n_groups;
};

/* True if the peer has `gid`, as its own or a supplementary group. */
bool pipe_peer_in_group(const struct pipe_peer *peer, gid_t gid);

struct pipe_conn_ops {
    /* `size` bytes arrived; the owner keeps what it cannot use yet.  At most
     * 64 KiB per turn of the loop, so that one caller cannot starve another. */
    void (*data)(void *ctx, const char *data, size_t size);

    /* Unsent bytes fell to or below the low-water mark after having been above
     * the high-water mark.  May be NULL. */
    void (*drained)(void *ctx);

    /* The connection ended: AIGW_ECLOSED by the peer, AIGW_EIO, AIGW_ETOOBIG
     * (more unsent bytes than the maximum), or 0 after pipe_close(). */
    void (*closed)(void *ctx, int status);
};

struct pipe_listen_options {
    const char *path;
    mode_t mode;
    gid_t gid;     /* (gid_t)-1: leave the group as it is. */
    int fd;        /* A listening socket passed in by systemd, or -1. */
    int max_conns; /* Above it, `accepted` is told `over_limit`. */
    size_t high_water, low_water, max_unsent; /* Per connection, in bytes. */
};

/* A new connection.  Returns false to close it at once; otherwise the owner
 * must have called pipe_conn_start() before returning. */
typedef bool (*pipe_accepted_fn)(void *ctx, struct pipe_conn *conn,
                                 const struct pipe_peer *peer, bool over_limit);

/* Binds and listens.  With a path: takes the lock `<path>.lock`, refuses
 * (AIGW_EBUSY, naming the pid) when another daemon holds it, replaces a stale
 * socket, refuses a symbolic link, a foreign owner, or a folder that others
 * may write to without the sticky bit (AIGW_EACCES).  With `fd`: serves that
 * socket and never unlinks it.  `err` gets the reason. */
int pipe_listen(struct loop *loop, const struct pipe_listen_options *options,
                pipe_accepted_fn accepted, void *ctx,
                struct pipe_listener **ret_listener, struct aigw_err *err);

/* Stops accepting; connections live on.  Removes our own socket file. */
void pipe_listener_stop(struct pipe_listener *listener);

/* Stops if needed, closes the connections that are left (their `closed`
 * comes) and frees the listener as the loop turns. */
void pipe_listener_free(struct pipe_listener *listener);

/* Connections, without those to oneself. */
int pipe_listener_conns(const struct pipe_listener *listener);

/* Bytes of all connections that the kernel has not taken.  NULL has none. */
size_t pipe_listener_unsent(const struct pipe_listener *listener);

/* Connects the process to its own listener: `accepted` is called as for anybody
 * else, and the caller gets the other end and owes it pipe_conn_start() before
 * the loop turns.  No limit counts these.  AIGW_EIO, AIGW_ENOMEM. */
int pipe_dial_self(struct pipe_listener *listener, struct pipe_conn **ret_conn);

/* Gives the connection its owner and begins to read. */
void pipe_conn_start(struct pipe_conn *conn, const struct pipe_conn_ops *ops,
                     void *ctx);

/* Stops and starts reading, for fairness and back-pressure. */
void pipe_pause(struct pipe_conn *conn);
void pipe_resume(struct pipe_conn *conn);

/* Queues `size` bytes (copied).  Writes made within one turn of the loop go
 * out together.  AIGW_ETOOBIG when more than `max_unsent` would wait, and
 * then the connection is closed; AIGW_ECLOSED when it is closing. */
int pipe_write(struct pipe_conn *conn, const void *data, size_t size);

/* Bytes queued and not yet taken by the kernel. */
size_t pipe_unsent(const struct pipe_conn *conn);

/* When the kernel last took a byte (loop time), or the time of the first
 * unsent byte if that is later: the start of a write stall. */
int64_t pipe_stalled_since_ms(const struct pipe_conn *conn);

/* Closes: with `flush` after what is queued has been sent (bounded by
 * `linger_ms`), otherwise at once. */
void pipe_close(struct pipe_conn *conn, bool flush, int linger_ms);

#endif
