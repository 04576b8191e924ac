#include "core/request_internal.h"

#include "core/backoff.h"

#include <assert.h>

enum {
    LEAST_BACKOFF_PART = 10 /* A tenth of `base_ms`. */
};

unsigned
request_finish(struct request *r, enum request_result result, unsigned orders)
{
    r->state = REQUEST_DONE;
    r->result = result;
    return orders | REQUEST_ORDER_FINISH;
}

static struct request_candidate *
current(struct request *r)
{
    return &r->candidates[r->candidate];
}

static unsigned
start(struct request *r, int candidate, int64_t now_ms)
{
    r->candidate = (uint8_t)candidate;
    r->state = REQUEST_ATTEMPT;
    r->by_turn = false;
    if (current(r)->tries == 0)
        r->n_targets++;
    current(r)->tries++;
    r->hedge_at_ms = r->params.hedge_ms > 0 && !r->hedged && !r->broken
                         ? now_ms + r->params.hedge_ms
                         : INT64_MAX;
    return REQUEST_ORDER_START;
}

unsigned
request_start_at(struct request *r, int candidate, int64_t at_ms,
                 int64_t now_ms)
{
    if (at_ms <= now_ms)
        return start(r, candidate, now_ms);
    r->candidate = (uint8_t)candidate;
    r->state = REQUEST_WAIT;
    r->resume_at_ms = at_ms;
    return 0;
}

bool
request_has_room(const struct request *r)
{
    return r->n_targets < REQUEST_MAX_TARGETS;
}

static int
next_untried(const struct request *r)
{
    if (!request_has_room(r))
        return -1;
    for (int i = 0; i < r->params.n_candidates; i++)
        if (r->candidates[i].tries == 0 && !r->candidates[i].refused
            && !r->candidates[i].busy)
            return i;
    return -1;
}

/* The target that may be asked again soonest; earlier candidates win ties. */
static int
next_retry(const struct request *r)
{
    int best = -1;

    for (int i = 0; i < r->params.n_candidates; i++) {
        const struct request_candidate *c = &r->candidates[i];

        if (!c->may_retry || c->refused || c->busy)
            continue;
        if (best < 0 || c->resume_at_ms < r->candidates[best].resume_at_ms)
            best = i;
    }
    return best;
}

void
request_divert(struct request *r, const struct request_event *ev)
{
    if (!ev->diverts || (ev->others == 0 && !r->diverted))
        return;
    if (!r->diverted) {
        r->diverted_from = r->candidate;
        r->kept = ev->kept;
    }
    r->diverted = true;
    r->exclusive = true;
    for (unsigned i = 0; i < r->params.n_candidates; i++)
        if (!(ev->others >> i & 1))
            r->candidates[i].refused = true;
}

/* What was left when the call was diverted counts. */
static unsigned
fall_back(struct request *r)
{
    r->candidate = r->diverted_from;
    r->fell_back = true;
    return request_finish(r, r->kept ? REQUEST_OK : REQUEST_REJECTED, 0);
}

/* Nobody is waited for. */
static unsigned
give_up(struct request *r)
{
    if (r->diverted)
        return fall_back(r);
    if (r->n_targets == 0 && !r->asked_last) {
        r->asked_last = true;
        r->state = REQUEST_NEW;
        return REQUEST_ORDER_LAST_RESORT;
    }
    if (r->refused_deadline)
        return request_finish(r, REQUEST_TIMED_OUT, 0);
    return request_finish(r, REQUEST_EXHAUSTED, 0);
}

static unsigned
line_up(struct request *r)
{
    if (!r->params.may_queue)
        return give_up(r);
    r->state = REQUEST_QUEUED;
    r->queue_until_ms = r->params.deadline_ms;
    return REQUEST_ORDER_QUEUE;
}

/* Moves on: to an untried target (after `delay_ms`), else to one that may be
 * asked again, else to the end. */
static unsigned
move_on(struct request *r, int64_t delay_ms, int64_t now_ms)
{
    int next = next_untried(r);
    int64_t at_ms;

    if (next >= 0)
        return request_start_at(r, next, now_ms + delay_ms, now_ms);
    next = next_retry(r);
    if (next < 0)
        return line_up(r);
    at_ms = r->candidates[next].resume_at_ms;
    if (at_ms >= r->params.deadline_ms) {
        r->refused_deadline = true;
        r->candidates[next].refused = true;
        return move_on(r, delay_ms, now_ms);
    }
    return request_start_at(r, next, at_ms, now_ms);
}

/* The target told when it may be asked again: not earlier, and not at all if
 * that is longer than anybody should sit out. */
static void
heed_server(struct request *r, int64_t not_before_ms, int64_t now_ms,
            struct rng *rng)
{
    struct request_candidate *c = current(r);
    int64_t wait_ms = backoff_server(not_before_ms - now_ms,
                                     r->params.deadline_ms - now_ms, rng);

    if (wait_ms == BACKOFF_REFUSED)
        c->may_retry = false;
    else if (c->resume_at_ms < now_ms + wait_ms)
        c->resume_at_ms = now_ms + wait_ms;
}

/* Not at once, however the draw falls: of many calls that meet the same outage
 * together, none may be back before the breaker has heard of the others. */
static int64_t
retry_delay(struct request *r, struct rng *rng)
{
    int64_t least_ms = r->params.base_ms / LEAST_BACKOFF_PART;
    int64_t delay_ms = backoff_full(r->params.base_ms, r->params.max_ms,
                                    (unsigned)(current(r)->tries - 1), rng);

    return delay_ms > least_ms ? delay_ms : least_ms;
}

void
request_plan_retry(struct request *r, const struct request_event *ev,
                   int64_t now_ms, struct rng *rng)
{
    struct request_candidate *c = current(r);
    enum outcome_retry rule = outcome_row(ev->outcome)->retry_same;
    int64_t at_ms = now_ms;

    if (ev->other_key)
        rule = OUTCOME_RETRY_IF_WAIT_FITS;
    else if (ev->hint == REQUEST_HINT_NO_RETRY)
        rule = OUTCOME_RETRY_NEVER;
    else if (ev->hint == REQUEST_HINT_RETRY && rule == OUTCOME_RETRY_NEVER)
        rule = OUTCOME_RETRY_BACKOFF;

    switch (rule) {
    case OUTCOME_RETRY_NEVER:
        c->may_retry = false;
        return;
    case OUTCOME_RETRY_ONCE_FREE:
        c->may_retry = !c->redialled;
        c->redialled = true;
        break;
    case OUTCOME_RETRY_BACKOFF:
        c->may_retry = true;
        at_ms += retry_delay(r, rng);
        break;
    case OUTCOME_RETRY_IF_WAIT_FITS:
        c->may_retry = true;
        break;
    }
    c->resume_at_ms = at_ms;
    if (ev->not_before_ms > now_ms)
        heed_server(r, ev->not_before_ms, now_ms, rng);
}

static unsigned
on_failed(struct request *r, const struct request_event *ev, int64_t now_ms,
          struct rng *rng)
{
    if (r->broken)
        return request_resume_failed(r, ev, now_ms);
    request_plan_retry(r, ev, now_ms, rng);
    request_divert(r, ev);
    if (outcome_row(ev->outcome)->try_other || r->diverted)
        return move_on(r, ev->failover_delay_ms, now_ms);
    if (!current(r)->may_retry)
        return request_finish(r, REQUEST_REJECTED, 0);

    /* Only this target may answer: nobody else is asked from now on. */
    r->exclusive = true;
    for (int i = 0; i < r->params.n_candidates; i++)
        if (i != r->candidate)
            r->candidates[i].refused = true;
    return move_on(r, 0, now_ms);
}

static unsigned
on_refused(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    struct request_candidate *c = current(r);

    c->tries--;
    if (c->tries == 0)
        r->n_targets--;
    if (ev->refusal == REQUEST_REFUSED_BUSY && !r->by_turn)
        c->busy = true;
    else
        c->refused = true;
    r->refused_budget |= ev->refusal == REQUEST_REFUSED_BUDGET;
    if (r->broken)
        return request_resume_refused(r, now_ms);
    r->refused_deadline |= ev->refusal == REQUEST_REFUSED_DEADLINE;
    return move_on(r, 0, now_ms);
}

static unsigned
step_new(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    switch (ev->kind) {
    case REQUEST_EV_START:
        if (ev->queue && !r->params.may_queue)
            return request_finish(r, REQUEST_SHED, 0);
        return ev->queue ? line_up(r) : move_on(r, 0, now_ms);
    case REQUEST_EV_LAST_RESORT:
        if (!r->asked_last)
            return 0;
        if (ev->candidate < 0 || ev->candidate >= r->params.n_candidates)
            return give_up(r);
        r->early = true;
        return start(r, ev->candidate, now_ms);
    case REQUEST_EV_CANCELLED:
        return request_finish(r, REQUEST_CANCELLED, 0);
    case REQUEST_EV_TIMER:
        if (now_ms >= r->params.deadline_ms)
            return request_finish(r, REQUEST_TIMED_OUT, 0);
        return 0;
    case REQUEST_EV_REFUSED:
    case REQUEST_EV_CONTENT:
    case REQUEST_EV_SUCCEEDED:
    case REQUEST_EV_FAILED:
    case REQUEST_EV_QUEUED:
    case REQUEST_EV_TURN:
    case REQUEST_EV_HOPELESS:
    case REQUEST_EV_SHED:
        return 0;
    }
    return 0;
}

static unsigned
step_attempt(struct request *r, const struct request_event *ev, int64_t now_ms,
             struct rng *rng)
{
    if (r->hedge >= 0)
        return request_hedge_step(r, ev, now_ms, rng);
    switch (ev->kind) {
    case REQUEST_EV_CONTENT:
        r->state = REQUEST_STREAM;
        return 0;
    case REQUEST_EV_SUCCEEDED:
        return request_finish(r, REQUEST_OK, 0);
    case REQUEST_EV_FAILED:
        return on_failed(r, ev, now_ms, rng);
    case REQUEST_EV_REFUSED:
        return on_refused(r, ev, now_ms);
    case REQUEST_EV_TIMER:
        if (now_ms >= r->params.deadline_ms)
            return request_finish(r, REQUEST_TIMED_OUT, REQUEST_ORDER_ABORT);
        return now_ms >= r->hedge_at_ms ? request_hedge(r) : 0;
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

static unsigned
step_wait(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    if (ev->kind == REQUEST_EV_CANCELLED)
        return request_finish(r, REQUEST_CANCELLED, 0);
    if (ev->kind != REQUEST_EV_TIMER)
        return 0;
    if (now_ms >= r->params.deadline_ms)
        return request_finish(r, REQUEST_TIMED_OUT, 0);
    return now_ms >= r->resume_at_ms ? start(r, r->candidate, now_ms) : 0;
}

/* It was in line for nothing.  What came of those that were asked before says
 * more than that. */
static unsigned
leave_line(struct request *r)
{
    if (r->diverted)
        return fall_back(r);
    return request_finish(
        r, r->n_targets > 0 ? REQUEST_EXHAUSTED : REQUEST_SHED, 0);
}

static unsigned
take_turn(struct request *r, int candidate, int64_t now_ms)
{
    unsigned orders;

    assert(request_may_ask(r, candidate));
    r->candidates[candidate].busy = false;
    r->early = false;
    orders = start(r, candidate, now_ms);
    r->by_turn = true;
    return orders;
}

static unsigned
step_queued(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    switch (ev->kind) {
    case REQUEST_EV_QUEUED:
        r->queue_until_ms = ev->until_ms;
        return 0;
    case REQUEST_EV_TURN:
        return take_turn(r, ev->candidate, now_ms);
    case REQUEST_EV_HOPELESS:
        return give_up(r);
    case REQUEST_EV_SHED:
        return leave_line(r);
    case REQUEST_EV_TIMER:
        if (now_ms >= r->params.deadline_ms)
            return request_finish(r, REQUEST_TIMED_OUT, 0);
        return now_ms >= r->queue_until_ms ? leave_line(r) : 0;
    case REQUEST_EV_CANCELLED:
        return request_finish(r, REQUEST_CANCELLED, 0);
    case REQUEST_EV_START:
    case REQUEST_EV_REFUSED:
    case REQUEST_EV_CONTENT:
    case REQUEST_EV_SUCCEEDED:
    case REQUEST_EV_FAILED:
    case REQUEST_EV_LAST_RESORT:
        return 0;
    }
    return 0;
}

static unsigned
step_stream(struct request *r, const struct request_event *ev, int64_t now_ms)
{
    switch (ev->kind) {
    case REQUEST_EV_SUCCEEDED:
        return request_finish(r, REQUEST_OK, 0);
    case REQUEST_EV_FAILED:
        return request_broke(r, ev, now_ms);
    case REQUEST_EV_TIMER:
        if (now_ms >= r->params.deadline_ms)
            return request_finish(r, REQUEST_TIMED_OUT, REQUEST_ORDER_ABORT);
        return 0;
    case REQUEST_EV_CANCELLED:
        return request_finish(r, REQUEST_CANCELLED, REQUEST_ORDER_ABORT);
    case REQUEST_EV_START:
    case REQUEST_EV_REFUSED:
    case REQUEST_EV_CONTENT:
    case REQUEST_EV_LAST_RESORT:
    case REQUEST_EV_QUEUED:
    case REQUEST_EV_TURN:
    case REQUEST_EV_HOPELESS:
    case REQUEST_EV_SHED:
        return 0;
    }
    return 0;
}

void
request_init(struct request *r, const struct request_params *params)
{
    assert(params->n_candidates <= REQUEST_MAX_CANDIDATES);
    assert(params->max_attempts > 0);

    *r = (struct request){
        .params = *params,
        .state = REQUEST_NEW,
        .hedge = -1,
        .hedge_at_ms = INT64_MAX,
    };
}

unsigned
request_step(struct request *r, const struct request_event *ev, int64_t now_ms,
             struct rng *rng)
{
    switch (r->state) {
    case REQUEST_NEW:
        return step_new(r, ev, now_ms);
    case REQUEST_ATTEMPT:
        return step_attempt(r, ev, now_ms, rng);
    case REQUEST_WAIT:
        return step_wait(r, ev, now_ms);
    case REQUEST_QUEUED:
        return step_queued(r, ev, now_ms);
    case REQUEST_STREAM:
        return step_stream(r, ev, now_ms);
    case REQUEST_DONE:
        return 0;
    }
    return 0;
}

bool
request_is_resuming(const struct request *r)
{
    return r->broken && r->state != REQUEST_STREAM;
}

bool
request_may_ask(const struct request *r, int candidate)
{
    const struct request_candidate *c;

    if (candidate < 0)
        return !r->exclusive && request_has_room(r)
               && r->params.n_candidates < REQUEST_MAX_CANDIDATES;
    c = &r->candidates[candidate];
    if (c->refused)
        return false;
    return c->tries == 0 ? request_has_room(r) : c->may_retry;
}

bool
request_add_candidate(struct request *r)
{
    if (r->params.n_candidates >= REQUEST_MAX_CANDIDATES)
        return false;
    r->candidates[r->params.n_candidates++] = (struct request_candidate){0};
    return true;
}

bool
request_may_charge(const struct request *r)
{
    return r->n_charged < r->params.max_attempts;
}

void
request_charge(struct request *r)
{
    assert(request_may_charge(r));
    r->n_charged++;
}

static int64_t
sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

int64_t
request_wakeup(const struct request *r)
{
    switch (r->state) {
    case REQUEST_DONE:
        return INT64_MAX;
    case REQUEST_WAIT:
        return sooner(r->resume_at_ms, r->params.deadline_ms);
    case REQUEST_QUEUED:
        return sooner(r->queue_until_ms, r->params.deadline_ms);
    case REQUEST_ATTEMPT:
        return sooner(r->hedge_at_ms, r->params.deadline_ms);
    case REQUEST_NEW:
    case REQUEST_STREAM:
        return r->params.deadline_ms;
    }
    return INT64_MAX;
}
