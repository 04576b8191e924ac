#include "io/loop.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_uv.h"
#include "proto/status.h"

#include <signal.h>
#include <stdlib.h>
#include <uv.h>

enum {
    MAX_SIGNALS = 8,
    LAG_PERIOD_MS = 3000, /* loop_lag_us() covers one to two periods. */
    LAST_TURNS = 1000,    /* What is closing ends within a few. */
    NS_PER_MS = 1000000,
    NS_PER_US = 1000,
};

struct signal_watch {
    uv_signal_t uv;
    loop_signal_fn fn;
    void *ctx;
};

/* The longest turn of this period and of the one before. */
struct lag {
    int64_t turn_start_ns; /* 0 until a first turn has been seen. */
    int64_t period_start_ms;
    int64_t longest_ns;
    int64_t longest_before_ns;
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_idle_t awake; /* Runs while tasks wait, so that polling returns. */
    struct loop_task tasks; /* Head of a circular list. */
    struct lag lag;
    struct signal_watch signals[MAX_SIGNALS];
    int n_signals;
};

uv_loop_t *
loop_uv(struct loop *loop)
{
    return &loop->uv;
}

static void
list_init(struct loop_task *head)
{
    head->next = head->prev = head;
}

static bool
list_empty(const struct loop_task *head)
{
    return head->next == head;
}

static void
list_append(struct loop_task *head, struct loop_task *task)
{
    task->prev = head->prev;
    task->next = head;
    head->prev->next = task;
    head->prev = task;
}

static void
list_remove(struct loop_task *task)
{
    task->prev->next = task->next;
    task->next->prev = task->prev;
}

static void
on_awake(uv_idle_t *handle)
{
    (void)handle;
}

void
loop_defer(struct loop *loop, struct loop_task *task)
{
    if (task->queued)
        return;
    task->queued = true;
    list_append(&loop->tasks, task);
    (void)uv_idle_start(&loop->awake, on_awake);
}

void
loop_undefer(struct loop *loop, struct loop_task *task)
{
    if (!task->queued)
        return;
    task->queued = false;
    list_remove(task);
    if (list_empty(&loop->tasks))
        (void)uv_idle_stop(&loop->awake);
}

/* Runs what waits now; what these tasks defer has its turn after the next
 * poll, so that a task which defers itself cannot starve the sockets. */
static void
run_tasks(struct loop *loop)
{
    struct loop_task last = {.queued = true};

    if (list_empty(&loop->tasks))
        return;
    list_append(&loop->tasks, &last);
    while (loop->tasks.next != &last) {
        struct loop_task *task = loop->tasks.next;

        list_remove(task);
        task->queued = false;
        task->fn(task->ctx);
    }
    loop_undefer(loop, &last);
}

static void
lag_roll(struct lag *lag, int64_t now_ms)
{
    int64_t age_ms = now_ms - lag->period_start_ms;

    if (age_ms < LAG_PERIOD_MS)
        return;
    lag->longest_before_ns = age_ms / 2 < LAG_PERIOD_MS ? lag->longest_ns : 0;
    lag->longest_ns = 0;
    lag->period_start_ms = now_ms;
}

static void
lag_note(struct lag *lag, int64_t now_ns)
{
    int64_t turn_ns = now_ns - lag->turn_start_ns;

    if (lag->turn_start_ns == 0)
        return;
    lag_roll(lag, now_ns / NS_PER_MS);
    if (turn_ns > lag->longest_ns)
        lag->longest_ns = turn_ns;
}

static void
on_before_poll(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;

    run_tasks(loop);
    lag_note(&loop->lag, clock_mono_ns());
}

/* libuv has read the clock just after polling, before any socket was served:
 * that is when this turn began.  Turns are measured, rather than the lateness
 * of a timer, because that misses no stall and never wakes an idle daemon. */
static void
on_after_poll(uv_check_t *handle)
{
    struct loop *loop = handle->data;

    loop->lag.turn_start_ns = (int64_t)uv_now(&loop->uv) * NS_PER_MS;
    run_tasks(loop);
}

/* libuv counts in milliseconds, so a reading below one means nothing. */
int64_t
loop_lag_us(const struct loop *loop)
{
    struct lag lag = loop->lag;
    int64_t longest_ns;

    lag_roll(&lag, clock_mono_ms());
    longest_ns = lag.longest_ns > lag.longest_before_ns ? lag.longest_ns
                                                        : lag.longest_before_ns;
    return longest_ns > NS_PER_MS ? longest_ns / NS_PER_US : 0;
}

/* These cannot fail on an initialised loop.  They are not referenced: alone
 * they do not keep the loop running. */
static void
start_hooks(struct loop *loop)
{
    (void)uv_prepare_init(&loop->uv, &loop->before_poll);
    loop->before_poll.data = loop;
    (void)uv_prepare_start(&loop->before_poll, on_before_poll);
    uv_unref((uv_handle_t *)&loop->before_poll);
    (void)uv_check_init(&loop->uv, &loop->after_poll);
    loop->after_poll.data = loop;
    (void)uv_check_start(&loop->after_poll, on_after_poll);
    uv_unref((uv_handle_t *)&loop->after_poll);
    (void)uv_idle_init(&loop->uv, &loop->awake);
}

struct loop *
loop_new(void)
{
    struct loop *loop = mem_new(sizeof(*loop));

    if (uv_loop_init(&loop->uv) != 0) {
        free(loop);
        return NULL;
    }
    list_init(&loop->tasks);
    loop->lag.period_start_ms = clock_mono_ms();
    start_hooks(loop);
    (void)signal(SIGPIPE, SIG_IGN);
    return loop;
}

static void
note_closing(uv_handle_t *handle, void *arg)
{
    if (uv_is_closing(handle))
        *(bool *)arg = true;
}

static bool
is_ending(struct loop *loop)
{
    bool closing = !list_empty(&loop->tasks);

    uv_walk(&loop->uv, note_closing, &closing);
    return closing;
}

static void
close_leftover(uv_handle_t *handle, void *arg)
{
    if (uv_is_closing(handle))
        return;
    (*(int *)arg)++;
    uv_close(handle, NULL);
}

int
loop_free(struct loop *loop)
{
    int n_left = 0;

    if (!loop)
        return 0;
    for (int i = 0; i < LAST_TURNS && is_ending(loop); i++)
        (void)uv_run(&loop->uv, UV_RUN_NOWAIT);
    uv_close((uv_handle_t *)&loop->before_poll, NULL);
    uv_close((uv_handle_t *)&loop->after_poll, NULL);
    uv_close((uv_handle_t *)&loop->awake, NULL);
    for (int i = 0; i < loop->n_signals; i++)
        uv_close((uv_handle_t *)&loop->signals[i].uv, NULL);
    uv_walk(&loop->uv, close_leftover, &n_left);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop->uv);
    free(loop);
    return n_left;
}

void
loop_run(struct loop *loop)
{
    loop->lag.turn_start_ns = 0;
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

int64_t
loop_now_ms(const struct loop *loop)
{
    return (int64_t)uv_now(&loop->uv);
}

void
loop_update(struct loop *loop)
{
    lag_note(&loop->lag, clock_mono_ns());
    uv_update_time(&loop->uv);
}

static void
on_signal(uv_signal_t *handle, int signum)
{
    struct signal_watch *watch = handle->data;

    watch->fn(watch->ctx, signum);
}

int
loop_on_signal(struct loop *loop, int signum, loop_signal_fn fn, void *ctx)
{
    struct signal_watch *watch = &loop->signals[loop->n_signals];

    if (loop->n_signals == MAX_SIGNALS)
        return AIGW_ETOOBIG;
    if (uv_signal_init(&loop->uv, &watch->uv) != 0)
        return AIGW_EIO;
    watch->uv.data = watch;
    watch->fn = fn;
    watch->ctx = ctx;
    loop->n_signals++;
    if (uv_signal_start(&watch->uv, on_signal, signum) != 0)
        return AIGW_EINVAL;
    uv_unref((uv_handle_t *)&watch->uv);
    return 0;
}
