#include "client/reconnect.h"

#include <stdbool.h>

enum {
    DOUBLINGS_MAX = 16 /* Keeps the shift small; `max_ms` rules long before. */
};

static void
enter(struct reconnect *r, enum reconnect_state state, int64_t now_ms,
      int64_t deadline_ms)
{
    r->state = state;
    r->since_ms = now_ms;
    r->deadline_ms = deadline_ms;
}

void
reconnect_init(struct reconnect *r, const struct reconnect_params *params)
{
    r->params = *params;
    r->failures = 0;
    enter(r, RECONNECT_IDLE, 0, INT64_MAX);
}

static enum reconnect_order
open_connection(struct reconnect *r, int64_t now_ms)
{
    enter(r, RECONNECT_CONNECTING, now_ms, now_ms + r->params.attempt_ms);
    return RECONNECT_OPEN;
}

static void
wait_and_retry(struct reconnect *r, int64_t now_ms, uint64_t random)
{
    unsigned doublings =
        r->failures < DOUBLINGS_MAX ? r->failures : DOUBLINGS_MAX;
    int64_t bound_ms = r->params.base_ms << doublings;
    int64_t delay_ms;

    if (bound_ms > r->params.max_ms)
        bound_ms = r->params.max_ms;
    delay_ms = (int64_t)(random % ((uint64_t)bound_ms + 1));
    if (r->failures < DOUBLINGS_MAX)
        r->failures++;
    enter(r, RECONNECT_WAITING, now_ms, now_ms + delay_ms);
}

static enum reconnect_order
step_connecting(struct reconnect *r, enum reconnect_event event, int64_t now_ms,
                uint64_t random)
{
    switch (event) {
    case RECONNECT_GREETED:
        enter(r, RECONNECT_UP, now_ms, INT64_MAX);
        break;
    case RECONNECT_LOST:
        wait_and_retry(r, now_ms, random);
        break;
    case RECONNECT_TICK:
        if (now_ms < r->deadline_ms)
            break;
        wait_and_retry(r, now_ms, random);
        return RECONNECT_ABORT;
    case RECONNECT_WANTED:
    case RECONNECT_NOW:
        break;
    }
    return RECONNECT_NOTHING;
}

static enum reconnect_order
step_up(struct reconnect *r, enum reconnect_event event, int64_t now_ms,
        uint64_t random)
{
    if (event != RECONNECT_LOST)
        return RECONNECT_NOTHING;
    if (now_ms - r->since_ms >= r->params.max_ms)
        r->failures = 0;
    wait_and_retry(r, now_ms, random);
    return RECONNECT_NOTHING;
}

static enum reconnect_order
step_waiting(struct reconnect *r, enum reconnect_event event, int64_t now_ms)
{
    bool due = event == RECONNECT_TICK && now_ms >= r->deadline_ms;

    if (due || event == RECONNECT_NOW)
        return open_connection(r, now_ms);
    return RECONNECT_NOTHING;
}

enum reconnect_order
reconnect_step(struct reconnect *r, enum reconnect_event event, int64_t now_ms,
               uint64_t random)
{
    switch (r->state) {
    case RECONNECT_IDLE:
        if (event == RECONNECT_WANTED || event == RECONNECT_NOW)
            return open_connection(r, now_ms);
        return RECONNECT_NOTHING;
    case RECONNECT_CONNECTING:
        return step_connecting(r, event, now_ms, random);
    case RECONNECT_UP:
        return step_up(r, event, now_ms, random);
    case RECONNECT_WAITING:
        return step_waiting(r, event, now_ms);
    }
    return RECONNECT_NOTHING;
}
