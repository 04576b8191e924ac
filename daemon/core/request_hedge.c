/*
 * request_hedge.c - a second attempt, at another provider, while the first is
 * slow to begin.
 */
#include "core/request_internal.h"

static int
next_at_another_provider(const struct request *r)
{
    const uint8_t *provider = r->params.provider;

    if (!request_has_room(r))
        return -1;
    for (int i = 0; i < r->params.n_candidates; i++)
        if (r->candidates[i].tries == 0 && !r->candidates[i].refused
            && provider[i] != provider[r->candidate])
            return i;
    return -1;
}

unsigned
request_hedge(struct request *r)
{
    r->hedge_at_ms = INT64_MAX;
    r->hedge = next_at_another_provider(r);
    if (r->hedge < 0)
        return 0;
    r->hedged = true;
    r->candidates[r->hedge].tries++;
    r->n_targets++;
    return REQUEST_ORDER_HEDGE;
}

/* One of the two goes on alone. */
static void
go_on_with(struct request *r, bool hedge)
{
    if (hedge)
        r->candidate = (uint8_t)r->hedge;
    r->hedge = -1;
}

/* A hedge that was not started may still be as a failover.  The first attempt
 * is refused when it was to be made anew, with another key. */
static unsigned
on_refused(struct request *r, bool by_hedge)
{
    uint8_t candidate = by_hedge ? (uint8_t)r->hedge : r->candidate;

    if (--r->candidates[candidate].tries == 0)
        r->n_targets--;
    r->candidates[candidate].refused |= !by_hedge;
    go_on_with(r, !by_hedge);
    return 0;
}

/* gRPC A6 calls them fatal. */
static bool
would_meet_every_target(enum outcome outcome)
{
    return !outcome_row(outcome)->try_other && outcome != OUTCOME_LOCAL;
}

/* A failure that would meet every target ends the call; any other, our own to
 * make an attempt too, leaves it to the second one, whatever that is: others
 * are asked when it has failed, too. */
static unsigned
on_failed(struct request *r, const struct request_event *ev, int64_t now_ms,
          struct rng *rng)
{
    uint8_t first = r->candidate;
    uint8_t second = (uint8_t)r->hedge;

    if (would_meet_every_target(ev->outcome) && ev->others == 0
        && !r->diverted) {
        go_on_with(r, ev->by_hedge);
        return request_finish(r, REQUEST_REJECTED, REQUEST_ORDER_DROP);
    }
    r->candidate = ev->by_hedge ? second : first;
    request_plan_retry(r, ev, now_ms, rng);
    request_divert(r, ev);
    r->candidate = ev->by_hedge ? first : second;
    r->hedge = -1;
    return 0;
}

unsigned
request_hedge_step(struct request *r, const struct request_event *ev,
                   int64_t now_ms, struct rng *rng)
{
    switch (ev->kind) {
    case REQUEST_EV_CONTENT:
        go_on_with(r, ev->by_hedge);
        r->state = REQUEST_STREAM;
        return REQUEST_ORDER_DROP;
    case REQUEST_EV_SUCCEEDED:
        go_on_with(r, ev->by_hedge);
        return request_finish(r, REQUEST_OK, REQUEST_ORDER_DROP);
    case REQUEST_EV_FAILED:
        return on_failed(r, ev, now_ms, rng);
    case REQUEST_EV_REFUSED:
        return on_refused(r, ev->by_hedge);
    case REQUEST_EV_TIMER:
        if (now_ms >= r->params.deadline_ms)
            return request_finish(r, REQUEST_TIMED_OUT, REQUEST_ORDER_ABORT);
        return 0;
    case REQUEST_EV_CANCELLED:
        return request_finish(r, REQUEST_CANCELLED, REQUEST_ORDER_ABORT);
    case REQUEST_EV_START:
    case REQUEST_EV_LAST_RESORT:
    case REQUEST_EV_QUEUED:
    case REQUEST_EV_TURN:
    case REQUEST_EV_HOPELESS:
    case REQUEST_EV_SHED:
        return 0;
    }
    return 0;
}
