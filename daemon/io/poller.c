#include "io/poller.h"

#include "base/mem.h"
#include "io/loop_uv.h"
#include "proto/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct poller {
    uv_poll_t uv;
    int fd;
    int armed; /* UV_READABLE and UV_WRITABLE, or 0 while stopped. */
    bool own;
    bool established;
    bool idle; /* Between two transfers. */
    poller_fn fn;
    void *ctx;
};

struct poller_table {
    struct loop *loop;
    struct poller **pollers; /* By descriptor; NULL where there is none. */
    int n_pollers;
    int n_own;
};

struct poller_table *
poller_table_new(struct loop *loop)
{
    struct poller_table *table = mem_new(sizeof(*table));

    table->loop = loop;
    return table;
}

void
poller_table_free(struct poller_table *table)
{
    if (!table)
        return;
    for (int fd = 0; fd < table->n_pollers; fd++)
        poller_forget(table, fd);
    free(table->pollers);
    free(table);
}

static struct poller *
find(const struct poller_table *table, int fd)
{
    return fd < table->n_pollers ? table->pollers[fd] : NULL;
}

static int
make_room(struct poller_table *table, int fd)
{
    int n = table->n_pollers > 0 ? table->n_pollers : 64;
    struct poller **pollers;

    if (fd < table->n_pollers)
        return 0;
    while (n <= fd)
        n *= 2;
    pollers = reallocarray(table->pollers, (size_t)n, sizeof(struct poller *));
    if (!pollers)
        return AIGW_ENOMEM;
    for (int i = table->n_pollers; i < n; i++)
        pollers[i] = NULL;
    table->pollers = pollers;
    table->n_pollers = n;
    return 0;
}

static void
on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
poller_forget(struct poller_table *table, int fd)
{
    struct poller *p = find(table, fd);

    if (!p)
        return;
    table->pollers[fd] = NULL;
    table->n_own -= p->own;
    uv_close((uv_handle_t *)&p->uv, on_closed);
}

void
poller_forget_all(struct poller_table *table, const void *ctx)
{
    for (int fd = 0; fd < table->n_pollers; fd++)
        if (table->pollers[fd] && table->pollers[fd]->ctx == ctx)
            poller_forget(table, fd);
}

static int
add(struct poller_table *table, int fd, bool own)
{
    struct poller *p;

    if (make_room(table, fd))
        return AIGW_ENOMEM;
    p = calloc(1, sizeof(*p));
    if (!p)
        return AIGW_ENOMEM;
    if (uv_poll_init(loop_uv(table->loop), &p->uv, fd) != 0) {
        free(p);
        return AIGW_EIO;
    }
    p->uv.data = p;
    p->fd = fd;
    p->own = own;
    table->pollers[fd] = p;
    table->n_own += own;
    return 0;
}

int
poller_count_own(const struct poller_table *table)
{
    return table->n_own;
}

int
poller_adopt(struct poller_table *table, int fd)
{
    poller_forget(table, fd);
    return add(table, fd, true);
}

static void
stop(struct poller *p)
{
    p->armed = 0;
    (void)uv_poll_stop(&p->uv);
}

static void on_poll(uv_poll_t *handle, int status, int uv_events);

static int
arm(struct poller *p, int wanted)
{
    p->armed = wanted;
    return uv_poll_start(&p->uv, wanted, on_poll) == 0 ? 0 : AIGW_EIO;
}

/* An idle connection that becomes readable has mostly been closed, but TLS
 * and HTTP/2 also speak when idle: libcurl looks when it wants to use it.
 *
 * Of an error libuv tells nothing else, yet what came before it waits to be
 * read, perhaps a whole response before a reset.  So whoever reads goes on to
 * read, until reading itself meets the error. */
static void
on_poll(uv_poll_t *handle, int status, int uv_events)
{
    struct poller *p = handle->data;
    int wanted = p->armed;
    unsigned events = 0;

    if (p->idle || status < 0)
        stop(p);
    if (p->idle)
        return;
    if (status < 0)
        events |= POLLER_ERROR;
    if (status < 0 && wanted & UV_READABLE) {
        (void)arm(p, wanted);
        events |= POLLER_IN;
    }
    if (uv_events & UV_READABLE)
        events |= POLLER_IN;
    if (uv_events & UV_WRITABLE)
        events |= POLLER_OUT;
    p->fn(p->ctx, p->fd, events);
}

/* An idle poller does not keep the loop running. */
static void
set_idle(struct poller *p, bool idle)
{
    p->idle = idle;
    if (idle)
        uv_unref((uv_handle_t *)&p->uv);
    else
        uv_ref((uv_handle_t *)&p->uv);
}

int
poller_watch(struct poller_table *table, int fd, unsigned events, poller_fn fn,
             void *ctx)
{
    struct poller *p = find(table, fd);
    int wanted = 0;
    int status;

    if (!p) {
        status = add(table, fd, false);
        if (status)
            return status;
        p = find(table, fd);
    }
    if (events & POLLER_IN)
        wanted |= UV_READABLE;
    if (events & POLLER_OUT)
        wanted |= UV_WRITABLE;
    p->fn = fn;
    p->ctx = ctx;
    p->established = p->established || (events & POLLER_IN);
    set_idle(p, false);
    if (wanted == p->armed)
        return 0;
    return arm(p, wanted);
}

/* Reading stays armed; a wish to write, which an idle socket would grant at
 * once and for ever, does not. */
void
poller_release(struct poller_table *table, int fd)
{
    struct poller *p = find(table, fd);

    if (!p)
        return;
    if (!p->own || !p->established) {
        poller_forget(table, fd);
        return;
    }
    set_idle(p, true);
    if (p->armed & UV_WRITABLE)
        stop(p);
}
