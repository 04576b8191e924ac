#include "core/concurrency.h"

#include <assert.h>

enum {
    RAMP_PART = 8
};

static const double CUT = 0.75;

static int64_t
at_least_one(int64_t n)
{
    return n > 1 ? n : 1;
}

static void
enter(struct concurrency *c, enum concurrency_state state)
{
    c->state = state;
    c->round_ok = 0;
    c->fresh = 0;
    c->entered = c->begun;
}

/* After a ramp, or without one. */
static void
settle(struct concurrency *c)
{
    enter(c, c->known ? CONCURRENCY_STEADY : CONCURRENCY_FREE);
}

void
concurrency_init(struct concurrency *c, int64_t configured)
{
    assert(configured >= 0);

    *c = (struct concurrency){
        .max = configured > 0 ? configured : CONCURRENCY_MAX,
        .known = configured > 0,
        .cut_ms = INT64_MIN,
    };
    c->limit = configured > 0 ? (double)configured : CONCURRENCY_FIRST;
    settle(c);
}

/* What was never refused gives way to what the operator knows. */
void
concurrency_configure(struct concurrency *c, int64_t configured)
{
    bool untold = c->cut_ms == INT64_MIN;

    c->max = configured > 0 ? configured : CONCURRENCY_MAX;
    c->known = !untold || configured > 0;
    if ((untold && configured > 0) || c->limit > (double)c->max)
        c->limit = (double)c->max;
    if (c->state != CONCURRENCY_RAMPING || (double)c->ramp >= c->limit)
        settle(c);
}

static bool
has_room(const struct concurrency *c, int64_t beyond)
{
    switch (c->state) {
    case CONCURRENCY_FREE:
        return c->in_flight < c->max + beyond;
    case CONCURRENCY_STEADY:
        return c->in_flight < (int64_t)c->limit + beyond;
    case CONCURRENCY_RAMPING:
        return c->in_flight < (int64_t)c->limit + beyond
               && c->fresh < c->ramp + beyond;
    }
    return false;
}

bool
concurrency_has_room(const struct concurrency *c)
{
    return has_room(c, 0);
}

bool
concurrency_has_room_for_rest(const struct concurrency *c)
{
    return has_room(c, 1);
}

struct concurrency_permit
concurrency_begin(struct concurrency *c)
{
    assert(concurrency_has_room_for_rest(c));

    c->in_flight++;
    c->fresh++;
    return (struct concurrency_permit){.number = ++c->begun};
}

static void
count_in_round(struct concurrency *c, const struct concurrency_permit *p)
{
    int64_t most = (int64_t)c->limit;

    if (p->number <= c->entered || ++c->round_ok < c->ramp)
        return;
    c->round_ok = 0;
    c->ramp = c->ramp < most / 2 ? 2 * c->ramp : most;
    if (c->ramp == most)
        settle(c);
}

/* Half of the limit must be in use for a success to prove anything about it
 * (Gradient2's guard); and what was sent under an earlier limit says nothing
 * of the one that is in force. */
static void
grow(struct concurrency *c, const struct concurrency_permit *p)
{
    if (2 * c->in_flight < (int64_t)c->limit || p->number <= c->cut)
        return;
    c->limit += 1 / c->limit;
    if (c->limit > (double)c->max)
        c->limit = (double)c->max;
}

void
concurrency_succeeded(struct concurrency *c, struct concurrency_permit *p)
{
    if (p->number == 0 || p->voted)
        return;
    p->voted = true;
    switch (c->state) {
    case CONCURRENCY_FREE:
        if (c->limit < (double)c->in_flight)
            c->limit = (double)c->in_flight;
        return;
    case CONCURRENCY_STEADY:
        grow(c, p);
        return;
    case CONCURRENCY_RAMPING:
        count_in_round(c, p);
        return;
    }
}

/* A ramp goes on below the new limit. */
static void
cut(struct concurrency *c)
{
    c->limit = (double)at_least_one((int64_t)(c->limit * CUT));
    c->known = true;
    c->round_ok = 0;
    if (c->state == CONCURRENCY_FREE
        || (c->state == CONCURRENCY_RAMPING && (double)c->ramp >= c->limit))
        settle(c);
}

void
concurrency_overloaded(struct concurrency *c, struct concurrency_permit *p,
                       int64_t round_ms, int64_t now_ms)
{
    if (p->number == 0 || p->voted)
        return;
    p->voted = true;
    if (p->number <= c->cut
        || (c->cut_ms != INT64_MIN && now_ms - c->cut_ms < round_ms))
        return;
    c->cut = c->begun;
    c->cut_ms = now_ms;
    cut(c);
}

void
concurrency_end(struct concurrency *c, struct concurrency_permit *p)
{
    if (p->number == 0)
        return;
    c->in_flight--;
    c->fresh -= p->number > c->entered;
    p->number = 0;
}

void
concurrency_slow_start(struct concurrency *c)
{
    enter(c, CONCURRENCY_RAMPING);
    c->ramp = at_least_one((int64_t)c->limit / RAMP_PART);
    if (c->ramp == (int64_t)c->limit)
        settle(c);
}

int64_t
concurrency_limit(const struct concurrency *c)
{
    switch (c->state) {
    case CONCURRENCY_FREE:
        return c->max;
    case CONCURRENCY_STEADY:
        return (int64_t)c->limit;
    case CONCURRENCY_RAMPING:
        return c->ramp;
    }
    return c->max;
}

double
concurrency_share(const struct concurrency *c)
{
    return c->state == CONCURRENCY_RAMPING ? (double)c->ramp / c->limit : 1.0;
}
