#include "client/transport.h"

#include "proto/status.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* An eventfd adds up what is written to it until it is read: the lower half
 * counts wake-ups, the upper half cancellations. */
static const uint64_t WAKE = 1;
static const uint64_t CANCEL = UINT64_C(1) << 32;

static int
system_error(struct aigw_err *err, int status, const char *what)
{
    return aigw_err_set(err, status, "%s: %s", what, strerror(errno));
}

static int
watch(const struct transport *t, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(t->epoll_fd, operation, fd, &event);
}

int
transport_init(struct transport *t, struct aigw_err *err)
{
    t->socket = -1;
    t->waits_to_write = false;
    t->wake_fd = -1;
    t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (t->epoll_fd < 0)
        return system_error(err, AIGW_EIO, "cannot make an epoll descriptor");
    t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->wake_fd < 0 || watch(t, EPOLL_CTL_ADD, t->wake_fd, EPOLLIN) != 0) {
        (void)system_error(err, AIGW_EIO, "cannot make an event descriptor");
        transport_deinit(t);
        return AIGW_EIO;
    }
    return 0;
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void
transport_deinit(struct transport *t)
{
    close_fd(&t->socket);
    close_fd(&t->wake_fd);
    close_fd(&t->epoll_fd);
}

static int
status_of_connect(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return AIGW_ECONNECT;
    case EACCES:
    case EPERM:
        return AIGW_EACCES;
    case EAGAIN:
        return AIGW_EOVERLOADED;
    default:
        return AIGW_EIO;
    }
}

static int
connect_failed(struct transport *t, const char *path, struct aigw_err *err)
{
    int error = errno;
    int status = status_of_connect(error);

    close_fd(&t->socket);
    return aigw_err_set(err, status, "cannot connect to %s: %s", path,
                        error == EAGAIN ? "Too many connections are waiting"
                                        : strerror(error));
}

int
transport_open(struct transport *t, const char *path, struct aigw_err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof(address.sun_path))
        return aigw_err_set(err, AIGW_EINVAL,
                            "the path of the socket must have 1 to %zu bytes: "
                            "%.60s",
                            sizeof(address.sun_path) - 1, path);
    memcpy(address.sun_path, path, size);
    t->waits_to_write = false;
    t->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (t->socket < 0
        || connect(t->socket, (const struct sockaddr *)&address,
                   sizeof(address))
               != 0
        || watch(t, EPOLL_CTL_ADD, t->socket, EPOLLIN) != 0)
        return connect_failed(t, path, err);
    return 0;
}

void
transport_close(struct transport *t)
{
    close_fd(&t->socket);
    t->waits_to_write = false;
}

static int
status_of_transfer(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR)
        return AIGW_EAGAIN;
    return error == EPIPE || error == ECONNRESET ? AIGW_ECLOSED : AIGW_EIO;
}

int
transport_read(struct transport *t, char *data, size_t size, size_t *ret_size)
{
    ssize_t n = recv(t->socket, data, size, 0);

    if (n < 0)
        return status_of_transfer(errno);
    if (n == 0)
        return AIGW_ECLOSED;
    *ret_size = (size_t)n;
    return 0;
}

static int
want_write(struct transport *t, bool wanted)
{
    uint32_t events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;

    if (wanted == t->waits_to_write)
        return 0;
    if (watch(t, EPOLL_CTL_MOD, t->socket, events) != 0)
        return AIGW_EIO;
    t->waits_to_write = wanted;
    return 0;
}

static size_t
total_size(const struct iovec *parts, size_t n_parts)
{
    size_t size = 0;

    for (size_t i = 0; i < n_parts; i++)
        size += parts[i].iov_len;
    return size;
}

int
transport_write(struct transport *t, struct iovec *parts, size_t n_parts,
                size_t *ret_size)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = n_parts};
    ssize_t n = sendmsg(t->socket, &message, MSG_NOSIGNAL);
    int status = n < 0 ? status_of_transfer(errno) : 0;

    if (status != 0 && status != AIGW_EAGAIN)
        return status;
    if (n < 0)
        n = 0;
    if (want_write(t, (size_t)n < total_size(parts, n_parts)) != 0)
        return AIGW_EIO;
    *ret_size = (size_t)n;
    return status;
}

void
transport_wake(const struct transport *t, bool cancel)
{
    uint64_t count = cancel ? CANCEL : WAKE;
    int saved_errno = errno;
    ssize_t n = write(t->wake_fd, &count, sizeof(count));

    /* It can fail only if the sum is full, and then it tells enough. */
    (void)n;
    errno = saved_errno;
}

bool
transport_woken(const struct transport *t)
{
    uint64_t count = 0;
    ssize_t n = read(t->wake_fd, &count, sizeof(count));

    return n == (ssize_t)sizeof(count) && count >= CANCEL;
}

void
transport_wait(const struct transport *t, int timeout_ms)
{
    struct pollfd p = {.fd = t->epoll_fd, .events = POLLIN};

    (void)poll(&p, 1, timeout_ms);
}

int64_t
transport_now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t
transport_random(void)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        random = (uint64_t)transport_now_ms() * UINT64_C(0x9e3779b97f4a7c15);
    return random;
}
