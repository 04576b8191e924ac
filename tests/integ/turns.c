#include "turns.h"

#include "base/clock.h"
#include "io/timer.h"

#include <check.h>

enum {
    PATIENCE_MS = 20000
};

struct turns {
    struct loop *loop;
    bool (*condition)(void);
    struct timer *tick;
    int64_t end_ms;
    bool fails_at_end;
};

static void
on_tick(void *ctx)
{
    struct turns *t = ctx;
    bool over = loop_now_ms(t->loop) >= t->end_ms;

    ck_assert_msg(!over || !t->fails_at_end, "nothing happened for %d ms",
                  PATIENCE_MS);
    if (over || (t->condition && t->condition()))
        loop_stop(t->loop);
    else
        timer_arm_at(t->tick, loop_now_ms(t->loop) + 1);
}

static void
run(struct turns *t, int64_t limit_ms)
{
    loop_update(t->loop);
    t->end_ms = loop_now_ms(t->loop) + limit_ms;
    t->tick = timer_new(t->loop, on_tick, t);
    ck_assert_ptr_nonnull(t->tick);
    timer_arm_at(t->tick, 0);
    loop_run(t->loop);
    timer_free(t->tick);
}

void
turns_until(struct loop *loop, bool (*condition)(void))
{
    struct turns t = {
        .loop = loop,
        .condition = condition,
        .fails_at_end = true,
    };

    run(&t, PATIENCE_MS);
}

void
turns_for_ms(struct loop *loop, int64_t ms)
{
    struct turns t = {.loop = loop};

    run(&t, ms);
}
