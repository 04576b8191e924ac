#include "core/saved.h"

enum {
    N_MAX = 30,      /* More doublings than any longest stay has. */
    REFUSED_MAX = 30 /* Rounds of 429, likewise. */
};

/* As ratelimit.h clamps what a provider says. */
static const int64_t LONGEST_MS = INT64_C(24) * 3600 * 1000;

static int64_t
clamp(int64_t value, int64_t least, int64_t most)
{
    if (value < least)
        return least;
    return value > most ? most : value;
}

static uint32_t
at_most(uint32_t value, uint32_t most)
{
    return value > most ? most : value;
}

struct saved_breaker
saved_breaker(const struct breaker *b, int64_t now_ms)
{
    bool open = b->state == BREAKER_OPEN || b->state == BREAKER_HALF_OPEN;

    return (struct saved_breaker){
        .open = open,
        .n = b->n,
        .stay_n = b->stay_n,
        .since_ms = b->since_ms,
        .until_ms = b->state == BREAKER_OPEN ? b->until_ms : now_ms,
        .reason = b->reason,
        .reason_n = b->reason_n,
        .reason_of = b->reason_of,
    };
}

void
saved_breaker_restore(struct breaker *b, const struct saved_breaker *saved,
                      int64_t now_ms)
{
    b->n = at_most(saved->n, N_MAX);
    if (!saved->open)
        return;
    b->state = BREAKER_OPEN;
    b->epoch++;
    b->stay_n = at_most(saved->stay_n, N_MAX);
    b->since_ms = clamp(saved->since_ms, INT64_MIN, now_ms);
    b->until_ms = clamp(saved->until_ms, now_ms,
                        now_ms + b->params.recovery_timeout_max_ms);
    b->tried_ms = now_ms;
    b->reason = saved->reason;
    b->reason_n = saved->reason_n;
    b->reason_of = saved->reason_of;
}

static struct saved_latch
save_latch(const struct gate *g, enum gate_latch which, int64_t now_ms)
{
    const struct gate_latched *l = &g->latches[which];
    bool on = l->on && (l->wait_ms > 0 || now_ms < l->until_ms);

    if (!on)
        return (struct saved_latch){0};
    return (struct saved_latch){
        .on = true,
        .since_ms = l->since_ms,
        .until_ms = l->until_ms,
        .wait_ms = l->wait_ms,
    };
}

struct saved_gate
saved_gate(const struct gate *g, int64_t now_ms)
{
    bool waits = g->not_before_ms > now_ms;

    return (struct saved_gate){
        .waits = waits,
        .not_before_ms = waits ? g->not_before_ms : 0,
        .refused = waits ? g->refused : 0,
        .quota = save_latch(g, GATE_LATCH_QUOTA, now_ms),
        .model = save_latch(g, GATE_LATCH_MODEL, now_ms),
    };
}

bool
saved_gate_is_open(const struct saved_gate *saved)
{
    return !saved->waits && !saved->quota.on && !saved->model.on;
}

static void
restore_latch(struct gate *g, enum gate_latch which,
              const struct saved_latch *saved, int64_t now_ms)
{
    if (!saved->on)
        return;
    g->latches[which] = (struct gate_latched){
        .on = true,
        .since_ms = clamp(saved->since_ms, INT64_MIN, now_ms),
        .until_ms = clamp(saved->until_ms, now_ms, now_ms + LONGEST_MS),
        .wait_ms = clamp(saved->wait_ms, 0, LONGEST_MS),
    };
}

void
saved_gate_restore(struct gate *g, const struct saved_gate *saved,
                   int64_t now_ms)
{
    if (saved->waits) {
        g->not_before_ms =
            clamp(saved->not_before_ms, now_ms, now_ms + LONGEST_MS);
        g->refused = at_most(saved->refused, REFUSED_MAX);
    }
    restore_latch(g, GATE_LATCH_QUOTA, &saved->quota, now_ms);
    restore_latch(g, GATE_LATCH_MODEL, &saved->model, now_ms);
}
