#include "stub_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_CONNS = 2048,
    MAX_HEAD = 8192,
    LOOK_MS = 2,
};

struct stub_conn {
    char head[MAX_HEAD];
    size_t size;    /* Of the head so far. */
    size_t to_skip; /* Of the body; the request is complete at 0. */
    bool in_body;
};

struct stub_server {
    stub_answer_fn answer;
    pthread_t thread;
    int port;
    struct pollfd fds[MAX_CONNS + 1]; /* The listening socket is the first. */
    struct stub_conn *conns[MAX_CONNS + 1];
    nfds_t n;
    atomic_int n_conns, n_requests;
    atomic_bool stop, close_all;
};

bool
stub_write(int fd, const void *data, size_t size)
{
    const char *p = data;

    while (size > 0) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

bool
stub_write_text(int fd, const char *text)
{
    return stub_write(fd, text, strlen(text));
}

bool
stub_ok(int fd, int n)
{
    (void)n;
    return stub_write_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                               "X-Kind: ordinary\r\n\r\nok");
}

static void
drop(struct stub_server *s, nfds_t i)
{
    (void)close(s->fds[i].fd);
    free(s->conns[i]);
    s->n--;
    s->fds[i] = s->fds[s->n];
    s->conns[i] = s->conns[s->n];
}

static void
accept_one(struct stub_server *s)
{
    int fd = accept(s->fds[0].fd, NULL, NULL);

    if (fd < 0)
        return;
    ck_assert_uint_le(s->n, MAX_CONNS);
    s->fds[s->n] = (struct pollfd){.fd = fd, .events = POLLIN};
    s->conns[s->n] = calloc(1, sizeof(struct stub_conn));
    s->n++;
    s->n_conns++;
}

static size_t
content_length(const char *head)
{
    const char *p = strcasestr(head, "\r\ncontent-length:");

    return p ? (size_t)strtoul(p + 17, NULL, 10) : 0;
}

/* Reads on; true when a request has become complete. */
static bool
read_head(struct stub_conn *c, const char *data, size_t size)
{
    char *end;
    size_t body;

    ck_assert_uint_lt(c->size + size, MAX_HEAD);
    memcpy(c->head + c->size, data, size);
    c->size += size;
    end = memmem(c->head, c->size, "\r\n\r\n", 4);
    if (!end)
        return false;
    body = c->size - (size_t)(end + 4 - c->head);
    *end = '\0';
    c->to_skip = content_length(c->head) - body;
    c->in_body = true;
    return c->to_skip == 0;
}

static bool
read_request(struct stub_conn *c, const char *data, size_t size)
{
    if (!c->in_body)
        return read_head(c, data, size);
    c->to_skip -= size;
    return c->to_skip == 0;
}

static bool
serve(struct stub_server *s, nfds_t i)
{
    static _Thread_local char data[4096];
    struct stub_conn *c = s->conns[i];
    ssize_t n = recv(s->fds[i].fd, data, sizeof(data), 0);

    if (n <= 0)
        return false;
    if (!read_request(c, data, (size_t)n))
        return true;
    *c = (struct stub_conn){0};
    s->n_requests++;
    return s->answer(s->fds[i].fd, s->n_requests);
}

static void
close_all(struct stub_server *s)
{
    while (s->n > 1)
        drop(s, s->n - 1);
    s->close_all = false;
}

static void *
run(void *arg)
{
    struct stub_server *s = arg;

    while (!s->stop) {
        (void)poll(s->fds, s->n, LOOK_MS);
        for (nfds_t i = s->n; i-- > 1;)
            if (s->fds[i].revents && !serve(s, i))
                drop(s, i);
        if (s->fds[0].revents)
            accept_one(s);
        if (s->close_all)
            close_all(s);
    }
    close_all(s);
    return NULL;
}

static int
listen_on(bool ipv6, int *ret_port)
{
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6,
        .sin6_addr = IN6ADDR_LOOPBACK_INIT,
    };
    struct sockaddr_in v4 = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct sockaddr *addr =
        ipv6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t size = ipv6 ? sizeof(v6) : sizeof(v4);
    int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, addr, size), 0);
    ck_assert_int_eq(listen(fd, 4096), 0);
    ck_assert_int_eq(getsockname(fd, addr, &size), 0);
    *ret_port = ntohs(ipv6 ? v6.sin6_port : v4.sin_port);
    return fd;
}

struct stub_server *
stub_server_new(stub_answer_fn answer, bool ipv6)
{
    struct stub_server *s = calloc(1, sizeof(*s));

    s->answer = answer;
    s->fds[0].fd = listen_on(ipv6, &s->port);
    s->fds[0].events = POLLIN;
    s->n = 1;
    ck_assert_int_eq(pthread_create(&s->thread, NULL, run, s), 0);
    return s;
}

void
stub_server_free(struct stub_server *server)
{
    if (!server)
        return;
    server->stop = true;
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fds[0].fd);
    free(server);
}

int
stub_server_port(const struct stub_server *server)
{
    return server->port;
}

int
stub_server_conns(struct stub_server *server)
{
    return server->n_conns;
}

int
stub_server_requests(struct stub_server *server)
{
    return server->n_requests;
}

void
stub_server_close_all(struct stub_server *server)
{
    server->close_all = true;
    while (server->close_all)
        (void)usleep(1000);
}
