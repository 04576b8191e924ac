#include "io/timer.h"

#include "io/loop_uv.h"

#include <stdlib.h>
#include <uv.h>

struct timer {
    uv_timer_t uv;
    struct loop *loop;
    timer_fn fn;
    void *ctx;
    int64_t deadline_ms;  /* What the owner asked for. */
    int64_t wakeup_ms;    /* What `uv` is set to, if not TIMER_NEVER. */
    struct loop_task due; /* Instead of `uv` when the deadline is past. */
};

static void set_wakeup(struct timer *t, int64_t now_ms);

static void
check_deadline(struct timer *t)
{
    int64_t now_ms = loop_now_ms(t->loop);

    if (t->deadline_ms == TIMER_NEVER)
        return;
    if (t->deadline_ms > now_ms) {
        set_wakeup(t, now_ms);
        return;
    }
    timer_disarm(t);
    t->fn(t->ctx); /* Last: may free the timer. */
}

static void
on_wakeup(uv_timer_t *handle)
{
    struct timer *t = handle->data;

    t->wakeup_ms = TIMER_NEVER;
    check_deadline(t);
}

static void
on_due(void *ctx)
{
    check_deadline(ctx);
}

/* A past deadline is deferred: libuv 1.44 runs a timer that is started with 0
 * from a timer callback within the same pass, and one that always does so
 * would stop the loop. */
static void
set_wakeup(struct timer *t, int64_t now_ms)
{
    if (t->deadline_ms <= now_ms) {
        loop_defer(t->loop, &t->due);
        return;
    }
    t->wakeup_ms = t->deadline_ms;
    (void)uv_timer_start(&t->uv, on_wakeup, (uint64_t)(t->deadline_ms - now_ms),
                         0);
}

struct timer *
timer_new(struct loop *loop, timer_fn fn, void *ctx)
{
    struct timer *t = malloc(sizeof(*t));

    if (!t)
        return NULL;
    *t = (struct timer){.loop = loop, .fn = fn, .ctx = ctx};
    t->deadline_ms = t->wakeup_ms = TIMER_NEVER;
    t->due = (struct loop_task){.fn = on_due, .ctx = t};
    (void)uv_timer_init(loop_uv(loop), &t->uv);
    t->uv.data = t;
    return t;
}

static void
on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void
timer_free(struct timer *timer)
{
    if (!timer)
        return;
    loop_undefer(timer->loop, &timer->due);
    uv_close((uv_handle_t *)&timer->uv, on_closed);
}

void
timer_arm_at(struct timer *timer, int64_t at_ms)
{
    if (at_ms == TIMER_NEVER) {
        timer_disarm(timer);
        return;
    }
    timer->deadline_ms = at_ms;
    if (timer->wakeup_ms > at_ms)
        set_wakeup(timer, loop_now_ms(timer->loop));
}

void
timer_disarm(struct timer *timer)
{
    timer->deadline_ms = TIMER_NEVER;
    timer->wakeup_ms = TIMER_NEVER;
    loop_undefer(timer->loop, &timer->due);
    (void)uv_timer_stop(&timer->uv);
}
