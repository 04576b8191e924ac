#include "integ/cutter.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 4096
};

struct cutter {
    struct sockaddr_un address;
    struct sockaddr_un target;
    uint64_t random;
    size_t min_bytes;
    size_t max_bytes;
    int listener;
    int stop_fd;
    int n_cuts;
    pthread_t thread;
};

static size_t
next_limit(struct cutter *c)
{
    c->random = c->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return c->min_bytes
           + (size_t)(c->random >> 33) % (c->max_bytes - c->min_bytes + 1);
}

/* Passes on at most `max` bytes; returns how many, 0 at the end. */
static size_t
pass_on(int from, int to, size_t max)
{
    char buffer[BUFFER_BYTES];
    ssize_t n = recv(from, buffer, max < BUFFER_BYTES ? max : BUFFER_BYTES, 0);

    if (n <= 0 || send(to, buffer, (size_t)n, MSG_NOSIGNAL) != n)
        return 0;
    return (size_t)n;
}

/* Waits for one of the two, or for the end: then false. */
static bool
wait_for(const struct cutter *c, struct pollfd p[3], int a, int b)
{
    p[0] = (struct pollfd){.fd = c->stop_fd, .events = POLLIN};
    p[1] = (struct pollfd){.fd = a, .events = POLLIN};
    p[2] = (struct pollfd){.fd = b, .events = POLLIN};
    (void)poll(p, 3, -1);
    return p[0].revents == 0;
}

static void
relay(struct cutter *c, int client, int daemon)
{
    size_t left = next_limit(c);
    struct pollfd p[3];

    while (left > 0 && wait_for(c, p, client, daemon)) {
        if (p[1].revents != 0 && pass_on(client, daemon, SIZE_MAX) == 0)
            return;
        if (p[2].revents != 0) {
            size_t n = pass_on(daemon, client, left);

            if (n == 0)
                return;
            left -= n;
        }
    }
    c->n_cuts += left == 0;
}

static void
serve(struct cutter *c, int client)
{
    int daemon = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(daemon, (const struct sockaddr *)&c->target, sizeof(c->target))
        == 0)
        relay(c, client, daemon);
    (void)close(daemon);
}

static void *
run(void *arg)
{
    struct cutter *c = arg;
    struct pollfd p[3];

    while (wait_for(c, p, c->listener, -1)) {
        int client = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);

        if (client < 0)
            continue;
        serve(c, client);
        (void)close(client);
    }
    return NULL;
}

struct cutter *
cutter_start(const char *path, const char *target, uint64_t seed,
             size_t min_bytes, size_t max_bytes)
{
    struct cutter *c = calloc(1, sizeof(*c));

    ck_assert_ptr_nonnull(c);
    c->random = seed;
    c->min_bytes = min_bytes;
    c->max_bytes = max_bytes;
    c->address.sun_family = AF_UNIX;
    c->target.sun_family = AF_UNIX;
    (void)snprintf(c->address.sun_path, sizeof(c->address.sun_path), "%s",
                   path);
    (void)snprintf(c->target.sun_path, sizeof(c->target.sun_path), "%s",
                   target);
    c->stop_fd = eventfd(0, EFD_CLOEXEC);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(c->listener, (const struct sockaddr *)&c->address,
                          sizeof(c->address)),
                     0);
    ck_assert_int_eq(listen(c->listener, 16), 0);
    ck_assert_int_eq(pthread_create(&c->thread, NULL, run, c), 0);
    return c;
}

int
cutter_stop(struct cutter *c)
{
    uint64_t one = 1;
    int n_cuts;

    ck_assert_int_eq(write(c->stop_fd, &one, sizeof(one)), sizeof(one));
    (void)pthread_join(c->thread, NULL);
    (void)close(c->listener);
    (void)close(c->stop_fd);
    (void)unlink(c->address.sun_path);
    n_cuts = c->n_cuts;
    free(c);
    return n_cuts;
}
