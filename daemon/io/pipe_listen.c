#include "base/mem.h"
#include "io/loop_uv.h"
#include "io/pipe_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64,
    FD_RESERVE = 16, /* Descriptors that callers may not use up. */
    OVER_LIMIT = 16, /* Callers that are told so; more are just closed. */
    RETRY_MS = 100,
    MAX_GROUPS = 65536, /* NGROUPS_MAX of Linux */
};

bool
pipe_peer_in_group(const struct pipe_peer *peer, gid_t gid)
{
    if (peer->gid == gid)
        return true;
    for (int i = 0; i < peer->n_groups; i++)
        if (peer->groups[i] == gid)
            return true;
    return false;
}

/* A user in more groups than `peer` holds counts as member of the first ones:
 * that can only refuse too much. */
static bool
read_many_groups(int fd, socklen_t size, struct pipe_peer *peer)
{
    gid_t *groups = NULL;
    bool ok = false;

    if (size <= MAX_GROUPS * sizeof(gid_t))
        groups = malloc(size);
    if (groups
        && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
        memcpy(peer->groups, groups, sizeof(peer->groups));
        peer->n_groups = array_count(peer->groups);
        ok = true;
    }
    free(groups);
    return ok;
}

static bool
read_groups(int fd, struct pipe_peer *peer)
{
    socklen_t size = sizeof(peer->groups);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) == 0) {
        peer->n_groups = (int)(size / sizeof(gid_t));
        return true;
    }
    return errno == ERANGE && read_many_groups(fd, size, peer);
}

static bool
read_peer(int fd, struct pipe_peer *peer)
{
    struct ucred cred;
    socklen_t size = sizeof(cred);

    *peer = (struct pipe_peer){0};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0)
        return false;
    peer->pid = cred.pid;
    peer->uid = cred.uid;
    peer->gid = cred.gid;
    return read_groups(fd, peer);
}

static void
offer(struct pipe_listener *l, struct pipe_conn *conn,
      const struct pipe_peer *peer)
{
    bool over_limit =
        !conn->own && pipe_listener_conns(l) > l->options.max_conns;

    if (!l->accepted(l->ctx, conn, peer, over_limit))
        pipe_conn_refuse(conn);
}

static void
receive_caller(struct pipe_listener *l, int fd)
{
    struct pipe_peer peer;
    struct pipe_conn *conn = NULL;

    if (fd < l->fd_limit
        && pipe_listener_conns(l) < l->options.max_conns + OVER_LIMIT
        && read_peer(fd, &peer))
        conn = pipe_conn_new(l, fd);
    if (conn)
        offer(l, conn, &peer);
    else
        (void)close(fd);
}

static int
accept_one(struct pipe_listener *l)
{
    return accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static int
open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_acceptable(uv_poll_t *handle, int status, int events);

static void
accept_again(void *ctx)
{
    struct pipe_listener *l = ctx;

    if (l->reserve_fd < 0)
        l->reserve_fd = open_reserve();
    (void)uv_poll_start(&l->poll, UV_READABLE, on_acceptable);
}

/* Without descriptors a waiting caller would wake the loop for ever.  The
 * reserve makes room to accept it and hang up; without the reserve, accepting
 * rests for a while and callers stay in the backlog. */
static bool
hang_up_on_one(struct pipe_listener *l)
{
    int fd;

    if (l->reserve_fd >= 0) {
        (void)close(l->reserve_fd);
        fd = accept_one(l);
        if (fd >= 0)
            (void)close(fd);
        l->reserve_fd = open_reserve();
    }
    if (l->reserve_fd >= 0)
        return true;
    (void)uv_poll_stop(&l->poll);
    timer_arm_at(l->retry, loop_now_ms(l->loop) + RETRY_MS);
    return false;
}

/* False: no more callers now. */
static bool
accept_next(struct pipe_listener *l)
{
    int fd = accept_one(l);

    if (fd >= 0) {
        receive_caller(l, fd);
        return true;
    }
    switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return hang_up_on_one(l);
    case EINTR:
    case ECONNABORTED:
        return true;
    default:
        return false;
    }
}

static void
on_acceptable(uv_poll_t *handle, int status, int events)
{
    struct pipe_listener *l = handle->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && !l->stopped; i++)
        if (!accept_next(l))
            return;
}

static bool
is_listening(int fd)
{
    int domain = 0, listening = 0;
    socklen_t size = sizeof(int);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
           && domain == AF_UNIX
           && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0
           && listening;
}

static int
adopt_fd(int fd, struct aigw_err *err)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || !is_listening(fd))
        return aigw_err_set(err, AIGW_EINVAL,
                            "descriptor %d is not a listening Unix socket", fd);
    (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

static int
fd_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT32_MAX)
        return INT32_MAX;
    return (int)limit.rlim_cur - FD_RESERVE;
}

static struct pipe_listener *
new_listener(struct loop *loop, const struct pipe_listen_options *options)
{
    struct pipe_listener *l = mem_new(sizeof(*l));

    l->loop = loop;
    l->options = *options;
    l->options.path = NULL;
    l->path.lock_fd = -1;
    l->fd = options->fd;
    l->fd_limit = fd_limit();
    TAILQ_INIT(&l->conns);
    l->input = mem_new(PIPE_READ_MAX);
    return l;
}

int
pipe_listen(struct loop *loop, const struct pipe_listen_options *options,
            pipe_accepted_fn accepted, void *ctx,
            struct pipe_listener **ret_listener, struct aigw_err *err)
{
    struct pipe_listener *l = new_listener(loop, options);
    int status;

    status = options->fd >= 0 ? adopt_fd(options->fd, err)
                              : pipe_path_bind(&l->path, options, &l->fd, err);
    if (status)
        goto fail;
    l->accepted = accepted;
    l->ctx = ctx;
    l->retry = timer_new(loop, accept_again, l);
    if (!l->retry || uv_poll_init(loop_uv(loop), &l->poll, l->fd) != 0) {
        status = aigw_err_set(err, AIGW_EIO, "cannot watch the socket");
        goto fail;
    }
    l->poll.data = l;
    l->reserve_fd = open_reserve();
    (void)uv_poll_start(&l->poll, UV_READABLE, on_acceptable);
    *ret_listener = l;
    return 0;

fail:
    timer_free(l->retry);
    pipe_path_release(&l->path);
    if (l->fd >= 0 && l->fd != options->fd)
        (void)close(l->fd);
    free(l->input);
    free(l);
    return status;
}

void
pipe_listener_settle(struct pipe_listener *listener)
{
    if (!listener->freeing || !listener->poll_closed || listener->n_conns > 0)
        return;
    free(listener->input);
    free(listener);
}

static void
on_listener_closed(uv_handle_t *handle)
{
    struct pipe_listener *l = handle->data;

    l->poll_closed = true;
    pipe_listener_settle(l);
}

void
pipe_listener_stop(struct pipe_listener *listener)
{
    if (!listener || listener->stopped)
        return;
    listener->stopped = true;
    timer_free(listener->retry);
    uv_close((uv_handle_t *)&listener->poll, on_listener_closed);
    (void)close(listener->fd);
    if (listener->reserve_fd >= 0)
        (void)close(listener->reserve_fd);
    pipe_path_release(&listener->path);
}

void
pipe_listener_free(struct pipe_listener *listener)
{
    struct pipe_conn *conn;

    if (!listener)
        return;
    pipe_listener_stop(listener);
    listener->freeing = true;
    TAILQ_FOREACH (conn, &listener->conns, link)
        pipe_close(conn, false, 0);
    pipe_listener_settle(listener);
}

int
pipe_listener_conns(const struct pipe_listener *listener)
{
    return listener->n_conns - listener->n_own;
}

size_t
pipe_listener_unsent(const struct pipe_listener *listener)
{
    return listener ? listener->unsent_bytes : 0;
}

static struct pipe_conn *
new_own(struct pipe_listener *l, int fd)
{
    struct pipe_conn *conn = pipe_conn_new(l, fd);

    if (conn) {
        conn->own = true;
        l->n_own++;
    }
    return conn;
}

int
pipe_dial_self(struct pipe_listener *listener, struct pipe_conn **ret_conn)
{
    struct pipe_conn *near, *far;
    struct pipe_peer peer;
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds)
        != 0)
        return AIGW_EIO;
    far = read_peer(fds[1], &peer) ? new_own(listener, fds[1]) : NULL;
    near = far ? new_own(listener, fds[0]) : NULL;
    if (near) {
        offer(listener, far, &peer);
        *ret_conn = near;
        return 0;
    }
    if (far)
        pipe_conn_refuse(far);
    else
        (void)close(fds[1]);
    (void)close(fds[0]);
    return AIGW_ENOMEM;
}
