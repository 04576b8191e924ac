#include "io/curlmulti.h"

#include "base/mem.h"
#include "io/timer.h"
#include "proto/status.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* Idle connections kept; libcurl's default of four per running transfer
     * would close the pool whenever traffic pauses. */
    MAX_KEPT_CONNECTIONS = 1024,
};

TAILQ_HEAD(transfer_list, curlmulti_transfer);

struct curlmulti {
    struct loop *loop;
    struct poller_table *pollers;
    CURLM *handle;
    struct timer *timer;
    int depth; /* Calls of libcurl on the stack that may call back. */
    struct transfer_list starting;
    struct transfer_list dropping;
    struct transfer_list ready;
};

static void
take_out(struct curlmulti *m, struct curlmulti_transfer *t)
{
    (void)curl_multi_remove_handle(m->handle, t->easy);
}

static int
put_in(struct curlmulti *m, struct curlmulti_transfer *t)
{
    if (curl_multi_add_handle(m->handle, t->easy) != CURLM_OK)
        return AIGW_ENOMEM;
    t->state = CURLMULTI_RUNNING;
    return 0;
}

static void
make_ready(struct curlmulti *m, struct curlmulti_transfer *t, CURLcode code)
{
    t->code = code;
    t->state = CURLMULTI_READY;
    TAILQ_INSERT_TAIL(&m->ready, t, link);
}

static void
make_starts(struct curlmulti *m)
{
    struct curlmulti_transfer *t;

    while ((t = TAILQ_FIRST(&m->starting))) {
        TAILQ_REMOVE(&m->starting, t, link);
        if (put_in(m, t))
            make_ready(m, t, CURLE_OUT_OF_MEMORY);
    }
}

static void
finish_drops(struct curlmulti *m)
{
    struct curlmulti_transfer *t;

    while ((t = TAILQ_FIRST(&m->dropping))) {
        TAILQ_REMOVE(&m->dropping, t, link);
        take_out(m, t);
        t->state = CURLMULTI_OUT;
        t->dropped(t);
    }
}

/* The message dies with the handle's removal, so it is copied first. */
static void
collect_results(struct curlmulti *m)
{
    CURLMsg *message;
    int n_left;

    while ((message = curl_multi_info_read(m->handle, &n_left))) {
        struct curlmulti_transfer *t = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        take_out(m, t);
        make_ready(m, t, code);
    }
}

static void
deliver_results(struct curlmulti *m)
{
    struct curlmulti_transfer *t;

    while ((t = TAILQ_FIRST(&m->ready))) {
        TAILQ_REMOVE(&m->ready, t, link);
        t->state = CURLMULTI_OUT;
        t->done(t, t->code);
    }
}

/* After every call that may have moved transfers, the timer's included:
 * libcurl's own example drains only while handles run, and loses the last. */
static void
settle(struct curlmulti *m)
{
    finish_drops(m);
    make_starts(m);
    collect_results(m);
    deliver_results(m);
}

static void
act(struct curlmulti *m, curl_socket_t fd, int events)
{
    int n_running;

    m->depth++;
    (void)curl_multi_socket_action(m->handle, fd, events, &n_running);
    m->depth--;
    settle(m);
}

static void
on_timer(void *ctx)
{
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_set_timer(CURLM *handle, long timeout_ms, void *ctx)
{
    struct curlmulti *m = ctx;

    (void)handle;
    if (timeout_ms < 0)
        timer_disarm(m->timer);
    else
        timer_arm_at(m->timer, loop_now_ms(m->loop) + timeout_ms);
    return 0;
}

static void
on_event(void *ctx, int fd, unsigned events)
{
    int flags = 0;

    if (events & POLLER_IN)
        flags |= CURL_CSELECT_IN;
    if (events & POLLER_OUT)
        flags |= CURL_CSELECT_OUT;
    if (events & POLLER_ERROR)
        flags |= CURL_CSELECT_ERR;
    act(ctx, fd, flags);
}

static int
on_set_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
              void *socket_ctx)
{
    struct curlmulti *m = ctx;
    unsigned events = 0;

    (void)easy;
    (void)socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        poller_release(m->pollers, fd);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= POLLER_IN;
    if (what & CURL_POLL_OUT)
        events |= POLLER_OUT;
    return poller_watch(m->pollers, fd, events, on_event, m) == 0 ? 0 : -1;
}

int
curlmulti_open_socket(struct curlmulti *multi,
                      const struct curl_sockaddr *address)
{
    int fd = socket(address->family,
                    address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);

    if (fd < 0)
        return -1;
    if (poller_adopt(multi->pollers, fd)) {
        (void)close(fd);
        errno = ENOMEM;
        return -1;
    }
    return fd;
}

/* Called long after the handle that opened the socket is gone; the multi is
 * still there, for its connections end with it. */
static int
on_close_socket(void *ctx, curl_socket_t fd)
{
    struct curlmulti *m = ctx;

    poller_forget(m->pollers, fd);
    return close(fd);
}

void
curlmulti_prepare(struct curlmulti *multi, CURL *easy)
{
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, multi);
}

static long
kept_connections(int max_connections)
{
    return max_connections > MAX_KEPT_CONNECTIONS ? max_connections
                                                  : MAX_KEPT_CONNECTIONS;
}

struct curlmulti *
curlmulti_new(struct loop *loop, struct poller_table *pollers,
              int max_connections, bool multiplex)
{
    struct curlmulti *m = mem_new(sizeof(*m));

    m->loop = loop;
    m->pollers = pollers;
    m->handle = curl_multi_init();
    /* libcurl 7.88 makes its wake-up sockets inheritable. */
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    m->timer = timer_new(loop, on_timer, m);
    if (!m->handle || !m->timer) {
        timer_free(m->timer);
        (void)curl_multi_cleanup(m->handle);
        free(m);
        return NULL;
    }
    TAILQ_INIT(&m->starting);
    TAILQ_INIT(&m->dropping);
    TAILQ_INIT(&m->ready);
    (void)curl_multi_setopt(m->handle, CURLMOPT_SOCKETFUNCTION, on_set_socket);
    (void)curl_multi_setopt(m->handle, CURLMOPT_SOCKETDATA, m);
    (void)curl_multi_setopt(m->handle, CURLMOPT_TIMERFUNCTION, on_set_timer);
    (void)curl_multi_setopt(m->handle, CURLMOPT_TIMERDATA, m);
    (void)curl_multi_setopt(m->handle, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                            (long)max_connections);
    (void)curl_multi_setopt(m->handle, CURLMOPT_MAXCONNECTS,
                            kept_connections(max_connections));
    (void)curl_multi_setopt(m->handle, CURLMOPT_PIPELINING,
                            multiplex ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
    return m;
}

/* Closing the connections calls back for their sockets. */
void
curlmulti_free(struct curlmulti *multi)
{
    if (!multi)
        return;
    assert(multi->depth == 0);
    (void)curl_multi_cleanup(multi->handle);
    poller_forget_all(multi->pollers, multi);
    timer_free(multi->timer);
    free(multi);
}

int
curlmulti_start(struct curlmulti *multi, struct curlmulti_transfer *transfer)
{
    (void)curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    if (multi->depth == 0)
        return put_in(multi, transfer);
    transfer->state = CURLMULTI_STARTING;
    TAILQ_INSERT_TAIL(&multi->starting, transfer, link);
    return 0;
}

static void
drop_listed(struct transfer_list *list, struct curlmulti_transfer *t)
{
    TAILQ_REMOVE(list, t, link);
    t->state = CURLMULTI_OUT;
    t->dropped(t);
}

static void
drop_running(struct curlmulti *m, struct curlmulti_transfer *t)
{
    if (m->depth > 0) {
        t->state = CURLMULTI_DROPPING;
        TAILQ_INSERT_TAIL(&m->dropping, t, link);
        return;
    }
    take_out(m, t);
    t->state = CURLMULTI_OUT;
    t->dropped(t);
}

void
curlmulti_drop(struct curlmulti *multi, struct curlmulti_transfer *transfer)
{
    switch (transfer->state) {
    case CURLMULTI_RUNNING:
        drop_running(multi, transfer);
        return;
    case CURLMULTI_STARTING:
        drop_listed(&multi->starting, transfer);
        return;
    case CURLMULTI_READY:
        drop_listed(&multi->ready, transfer);
        return;
    case CURLMULTI_OUT:
    case CURLMULTI_DROPPING:
        return;
    }
}

void
curlmulti_unpause(struct curlmulti *multi, struct curlmulti_transfer *transfer)
{
    CURLcode code;

    multi->depth++;
    code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    multi->depth--;

    /* What had been held back was refused by the body callback: libcurl says
     * so here, and otherwise only when a timer happens to fire. */
    if (code != CURLE_OK && transfer->state == CURLMULTI_RUNNING) {
        take_out(multi, transfer);
        make_ready(multi, transfer, code);
    }
    settle(multi);
}
