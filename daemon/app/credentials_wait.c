/*
 * credentials_wait.c - those who wait for a key.
 */
#include "app/credentials_internal.h"

static void
unlink_waiter(struct credentials_waiter *w)
{
    w->prev->next = w->next;
    w->next->prev = w->prev;
    w->next = w->prev = NULL;
}

void
credentials_await(struct credentials *store, struct credentials_waiter *waiter)
{
    struct credentials_waiter *head = &store->waiters;

    waiter->prev = head->prev;
    waiter->next = head;
    head->prev->next = waiter;
    head->prev = waiter;
    credentials_run_due(store);
    credentials_wake(store);
}

void
credentials_unawait(struct credentials_waiter *waiter)
{
    if (waiter->next)
        unlink_waiter(waiter);
}

void
credentials_wake(struct credentials *store)
{
    if (store->loop && store->waiters.next != &store->waiters)
        loop_defer(store->loop, &store->wake);
}

static struct credentials_waiter *
next_to_tell(struct credentials *store)
{
    int64_t now_ms = credentials_now_ms(store);

    for (struct credentials_waiter *w = store->waiters.next;
         w != &store->waiters; w = w->next)
        if (w->until_ms <= now_ms
            || credentials_state(store, w->handle) != CREDENTIALS_AWAITED)
            return w;
    return NULL;
}

/* What is called may take others back, or wait anew. */
void
credentials_on_wake(void *ctx)
{
    struct credentials *store = ctx;
    struct credentials_waiter *w;

    while ((w = next_to_tell(store))) {
        unlink_waiter(w);
        w->fn(w->ctx);
    }
    credentials_run_due(store);
}

int64_t
credentials_patience(const struct credentials *store)
{
    int64_t least_ms = INT64_MAX;

    for (const struct credentials_waiter *w = store->waiters.next;
         w != &store->waiters; w = w->next)
        if (w->until_ms < least_ms)
            least_ms = w->until_ms;
    return least_ms;
}
