/*
 * request_resume.c - who completes an answer that broke off.
 */
#include "core/request_internal.h"

#include <assert.h>

/* The next in order that had no turn yet: among those the call has not asked
 * at all, then among the others. */
static int
next_other(const struct request *r, bool untried)
{
    if (untried && !request_has_room(r))
        return -1;
    for (int i = 0; i < r->params.n_candidates; i++) {
        const struct request_candidate *c = &r->candidates[i];

        if (!c->resumed && (c->tries == 0) == untried)
            return i;
    }
    return -1;
}

static unsigned
resume(struct request *r, int candidate, int64_t at_ms, int64_t now_ms)
{
    r->candidates[candidate].resumed = true;
    r->n_resumes++;
    r->early = false;
    return request_start_at(r, candidate, at_ms, now_ms);
}

static unsigned
ask_same(struct request *r, int64_t now_ms)
{
    int64_t at_ms = now_ms + (int64_t)r->n_resumes * REQUEST_RESUME_DELAY_MS;

    return resume(r, r->first_broken, at_ms, now_ms);
}

static unsigned
ask_next(struct request *r, int64_t delay_ms, int64_t now_ms)
{
    int next;

    if (r->n_resumes >= r->params.max_resumes)
        return request_finish(r, REQUEST_BROKEN, 0);
    next = next_other(r, true);
    if (next < 0)
        next = next_other(r, false);
    if (next >= 0)
        return resume(r, next, now_ms + delay_ms, now_ms);
    if (!r->ask_same_last)
        return request_finish(r, REQUEST_BROKEN, 0);
    r->ask_same_last = false;
    return ask_same(r, now_ms);
}

unsigned
request_broke(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    bool first = !r->broken;

    r->broken = true;
    if (ev->resume == REQUEST_RESUME_NEVER)
        return request_finish(r, REQUEST_BROKEN, 0);
    r->candidates[r->candidate].resumed = true;
    if (!first)
        return ask_next(r, ev->failover_delay_ms, now_ms);
    r->first_broken = r->candidate;
    r->ask_same_last = ev->resume == REQUEST_RESUME_SAME_LAST;
    if (ev->resume == REQUEST_RESUME_SAME_FIRST && r->params.max_resumes > 0)
        return ask_same(r, now_ms);
    return ask_next(r, ev->failover_delay_ms, now_ms);
}

unsigned
request_resume_failed(struct request *r, const struct request_event *ev,
                      int64_t now_ms)
{
    assert(r->broken && r->n_resumes > 0);
    if (ev->resume == REQUEST_RESUME_NEVER)
        return request_finish(r, REQUEST_BROKEN, 0);
    if (ev->outcome == OUTCOME_NOT_SENT)
        r->n_resumes--;
    return ask_next(r, ev->failover_delay_ms, now_ms);
}

unsigned
request_resume_refused(struct request *r, int64_t now_ms)
{
    assert(r->broken && r->n_resumes > 0);
    r->n_resumes--;
    return ask_next(r, 0, now_ms);
}
