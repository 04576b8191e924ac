/*
 * transport.h - the socket, and everything else that asks the system.
 *
 * One epoll descriptor stands for the whole: the socket, which comes and goes,
 * and an eventfd that other threads and signal handlers write to.  Whoever
 * waits on it needs not know of reconnections.  All descriptors close on exec,
 * and nothing here blocks but transport_wait().
 */
#ifndef AIGW_CLIENT_TRANSPORT_H
#define AIGW_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct aigw_err;

struct transport {
    int epoll_fd;
    int wake_fd;
    int socket;          /* -1 while there is no connection. */
    bool waits_to_write; /* The socket did not take everything. */
};

/* Acquires the descriptors that stay.  AIGW_EIO, with the reason in `err`; the
 * transport may be deinitialised all the same. */
int transport_init(struct transport *t, struct aigw_err *err);

void transport_deinit(struct transport *t);

/* Connects to the Unix socket at `path`; such connections are made at once or
 * not at all.  AIGW_ECONNECT (nobody listens), AIGW_EACCES, AIGW_EOVERLOADED
 * (too many are waiting to be accepted), AIGW_EINVAL (the path is too long),
 * AIGW_EIO; the reason is in `err`. */
int transport_open(struct transport *t, const char *path, struct aigw_err *err);

void transport_close(struct transport *t);

/* Reads what there is, at most `size` bytes.  AIGW_EAGAIN if there is nothing
 * yet, AIGW_ECLOSED at the end, AIGW_EIO. */
int transport_read(struct transport *t, char *data, size_t size,
                   size_t *ret_size);

/* Writes as much as the socket takes; AIGW_EAGAIN if that is nothing (then
 * the epoll descriptor tells when it can take more), AIGW_ECLOSED, AIGW_EIO.
 * Never raises SIGPIPE. */
int transport_write(struct transport *t, struct iovec *parts, size_t n_parts,
                    size_t *ret_size);

/* Ends the next or the running transport_wait().  `cancel` is told to whoever
 * calls transport_woken().  Safe in signal handlers and in any thread. */
void transport_wake(const struct transport *t, bool cancel);

/* Takes back all wake-ups; true if one of them was to cancel. */
bool transport_woken(const struct transport *t);

/* Waits until something happens, at most `timeout_ms` (negative: no limit).
 * Also returns when a signal comes. */
void transport_wait(const struct transport *t, int timeout_ms);

/* Milliseconds of a clock that never goes back. */
int64_t transport_now_ms(void);

uint64_t transport_random(void);

#endif
