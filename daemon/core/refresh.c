#include "core/refresh.h"

#include <assert.h>

void
refresh_init(struct refresh *r, int64_t lifetime_ms)
{
    *r = (struct refresh){
        .lifetime_ms = lifetime_ms,
        .next_ms = INT64_MAX,
        .expires_ms = INT64_MAX,
    };
}

void
refresh_order(struct refresh *r, int64_t now_ms)
{
    if (r->state == REFRESH_RUNNING)
        return;
    r->state = REFRESH_DUE;
    r->next_ms = now_ms;
}

void
refresh_forget(struct refresh *r)
{
    uint64_t version = r->version;

    refresh_init(r, r->lifetime_ms);
    r->version = version;
    r->expires_ms = INT64_MIN;
}

bool
refresh_may_run(struct refresh *r, int64_t now_ms)
{
    if (refresh_wakeup(r) > now_ms)
        return false;
    r->state = REFRESH_RUNNING;
    r->next_ms = INT64_MAX;
    return true;
}

int64_t
refresh_wakeup(const struct refresh *r)
{
    switch (r->state) {
    case REFRESH_FRESH:
    case REFRESH_DUE:
    case REFRESH_FAILED:
        return r->next_ms;
    case REFRESH_NONE:
    case REFRESH_RUNNING:
        break;
    }
    return INT64_MAX;
}

void
refresh_succeeded(struct refresh *r, int64_t told_ms, int64_t now_ms)
{
    int64_t life_ms = told_ms > 0 ? told_ms : r->lifetime_ms;

    assert(r->state == REFRESH_RUNNING);
    r->state = REFRESH_FRESH;
    r->version++;
    r->on_trial = r->refused;
    r->refused = false;
    r->failures = 0;
    r->ended_ms = now_ms;
    r->next_ms = r->expires_ms = INT64_MAX;
    if (life_ms == 0)
        return;
    r->expires_ms = now_ms + life_ms;
    r->next_ms = now_ms + life_ms / 100 * REFRESH_AT_PERCENT;
    if (r->next_ms < now_ms + REFRESH_GAP_MS)
        r->next_ms = now_ms + REFRESH_GAP_MS;
}

void
refresh_failed(struct refresh *r, int64_t now_ms)
{
    int64_t wait_ms = REFRESH_BACKOFF_MS;

    assert(r->state == REFRESH_RUNNING);
    for (unsigned i = 0; i < r->failures && wait_ms < REFRESH_BACKOFF_MAX_MS;
         i++)
        wait_ms *= 2;
    if (wait_ms > REFRESH_BACKOFF_MAX_MS)
        wait_ms = REFRESH_BACKOFF_MAX_MS;
    r->state = REFRESH_FAILED;
    r->failures++;
    r->ended_ms = now_ms;
    r->next_ms = now_ms + wait_ms;
}

void
refresh_accepted(struct refresh *r, uint64_t version)
{
    if (version == r->version)
        r->on_trial = false;
}

/* The token in use is not to be used any more. */
static void
give_up_token(struct refresh *r, int64_t now_ms)
{
    int64_t soonest_ms = r->ended_ms + REFRESH_GAP_MS;

    r->refused = true;
    if (r->state != REFRESH_FRESH)
        return;
    r->state = REFRESH_DUE;
    r->next_ms = now_ms > soonest_ms ? now_ms : soonest_ms;
}

bool
refresh_refused(struct refresh *r, uint64_t version, int64_t now_ms)
{
    if (version == r->version && !r->refused && !r->on_trial)
        give_up_token(r, now_ms);
    if (version == r->version && r->on_trial)
        return false;
    return refresh_is_usable(r, now_ms) || refresh_is_awaited(r, now_ms);
}

bool
refresh_is_usable(const struct refresh *r, int64_t now_ms)
{
    return r->version > 0 && !r->refused && !refresh_is_expired(r, now_ms);
}

bool
refresh_is_awaited(const struct refresh *r, int64_t now_ms)
{
    if (refresh_is_usable(r, now_ms))
        return false;
    switch (r->state) {
    case REFRESH_DUE:
    case REFRESH_RUNNING:
        return true;
    case REFRESH_FRESH:
    case REFRESH_FAILED:
        return r->next_ms <= now_ms;
    case REFRESH_NONE:
        break;
    }
    return false;
}

bool
refresh_is_expired(const struct refresh *r, int64_t now_ms)
{
    return now_ms >= r->expires_ms;
}

const char *
refresh_state_name(enum refresh_state state)
{
    switch (state) {
    case REFRESH_NONE:
        return "none";
    case REFRESH_FRESH:
        return "fresh";
    case REFRESH_DUE:
        return "due";
    case REFRESH_RUNNING:
        return "running";
    case REFRESH_FAILED:
        return "failed";
    }
    return "?";
}
