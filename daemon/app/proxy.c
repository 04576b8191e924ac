#include "app/proxy.h"

#include "app/proxy_internal.h"
#include "app/queue.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/route.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STAMPEDE_WINDOW_MS = 100,
    STAMPEDE_SIZE = 8,
    STAMPEDE_SPREAD_MS = 50,
};

static struct target *
candidate_target(const struct call *c)
{
    return c->targets[c->candidates[c->request.candidate]];
}

/* Tells that an attempt has begun: a failover if another target failed before
 * it. */
static void
tell(struct call *c, const struct target *to)
{
    const struct call_attempt *last =
        c->n_log > 0 ? &c->log[c->n_log - 1] : NULL;
    bool failover = last && last->target != to;

    if (c->is_downgraded)
        proxy_tell(c,
                   &(struct call_event){
                       .kind = CALL_EVENT_DOWNGRADE,
                       .to = to->name,
                       .reason = "budget",
                   },
                   to);
    c->is_downgraded = false;
    proxy_tell(c,
               &(struct call_event){
                   .kind = failover ? CALL_EVENT_FAILOVER : CALL_EVENT_ATTEMPT,
                   .from = failover ? last->target->name : NULL,
                   .to = to->name,
                   .reason = last ? outcome_name(last->outcome) : NULL,
                   .cause = c->cause,
               },
               to);
}

static void
hold(struct call *c, size_t bytes)
{
    load_hold(&c->app->load, &c->held_bytes, bytes);
}

bool
proxy_keep(struct call *c, struct assemble *answer,
           const struct dialect_event *ev)
{
    int status = ev->plain
                     ? assemble_text(answer, ev->choice, ev->text, ev->size)
                     : assemble_delta(answer, ev->choice, ev->delta.text,
                                      ev->delta.size);

    hold(c, c->held_bytes + (ev->plain ? ev->size : ev->delta.size));
    return status == 0;
}

/* Only choice 0 is streamed: a delta has no place to say of which answer it
 * is part.  The response has them all. */
bool
proxy_hand_on(struct call *c, const struct dialect_event *ev)
{
    c->broken_answer |= !proxy_keep(c, c->answer, ev);
    c->mixed |= !ev->plain || ev->choice != 0;
    c->speaker = c->lead.asked;
    if (!call_streams(c) || !c->ops || !c->ops->delta || ev->choice != 0)
        return true;
    c->paused = !c->ops->delta(c->ctx, ++c->seq, ev);
    return !c->paused;
}

static bool
take_delta(struct call *c, const struct dialect_event *ev, bool first)
{
    if (request_is_resuming(&c->request))
        return proxy_resume_delta(c, ev);
    if (first && call_streams(c)) {
        c->state = CALL_STREAMING;
        proxy_feed(c, &(struct request_event){.kind = REQUEST_EV_CONTENT});
    }
    return proxy_hand_on(c, ev);
}

bool
proxy_on_delta(void *ctx, const struct dialect_event *ev, bool first)
{
    struct call *c = ctx;
    bool more = take_delta(c, ev, first);

    proxy_guard(c);
    return more;
}

void
proxy_on_finish_reason(void *ctx, const struct dialect_event *ev)
{
    struct call *c = ctx;

    if (assemble_finish(c->answer, ev->choice, ev->finish))
        c->broken_answer = true;
    if (request_is_resuming(&c->request))
        proxy_resume_finish(c);
}

static void
keep_usage(struct call *c, const struct dialect_facts *f)
{
    c->has_usage = f->has_usage || c->request.broken;
    c->usage = f->usage;
    if (c->request.broken)
        c->usage = (struct usage){
            .prompt = c->settlement.prompt_tokens,
            .completion = c->settlement.completion_tokens,
            .cached = c->settlement.cached_tokens,
        };
}

void
proxy_keep_answer(struct call *c, const struct attempt_result *r)
{
    const struct dialect_facts *f = r->facts;

    keep_usage(c, f);
    (void)snprintf(c->finish_reason, sizeof(c->finish_reason), "%s", f->finish);
    (void)snprintf(c->answer_id, sizeof(c->answer_id), "%s", f->id);
    (void)snprintf(c->answer_model, sizeof(c->answer_model), "%s", f->model);
    if (c->params.wants_response && r->response.text
        && bytes_append(&c->response, r->response.text, r->response.size))
        c->broken_answer = true;
    hold(c, c->held_bytes + c->response.capacity);
}

/* Many calls that leave a target at the same moment do not all arrive at the
 * next one in the same millisecond. */
static int64_t
failover_delay(struct call *c)
{
    struct app_stampede *s = &c->app->stampede;

    if (call_now_ms(c) - s->since_ms > STAMPEDE_WINDOW_MS) {
        s->since_ms = call_now_ms(c);
        s->n = 0;
    }
    if (++s->n <= STAMPEDE_SIZE)
        return 0;
    return rng_upto(&c->app->rng, STAMPEDE_SPREAD_MS);
}

static enum request_hint
hint_of(enum ratelimit_advice advice)
{
    switch (advice) {
    case RATELIMIT_UNSAID:
        return REQUEST_HINT_NONE;
    case RATELIMIT_DO_RETRY:
        return REQUEST_HINT_RETRY;
    case RATELIMIT_DO_NOT_RETRY:
        return REQUEST_HINT_NO_RETRY;
    }
    return REQUEST_HINT_NONE;
}

static bool
is_about_key(enum outcome outcome)
{
    return outcome == OUTCOME_AUTH_LOCK || outcome == OUTCOME_QUOTA_LOCK
           || outcome == OUTCOME_RATE;
}

struct request_event
proxy_failure(struct call *c, const struct call_leg *leg,
              const struct attempt_result *r)
{
    struct target *t = leg->asked;
    enum outcome outcome = r->verdict.outcome;
    struct request_event ev = {
        .kind = REQUEST_EV_FAILED,
        .outcome = outcome,
        .hint = hint_of(r->advice),
        .not_before_ms =
            target_not_before(t, proxy_gate_tokens(c, t), call_now_ms(c)),
    };

    if (outcome == OUTCOME_NOT_SENT)
        upstreams_unreachable(c->app->upstreams, t, call_now_ms(c));
    ev.other_key = is_about_key(outcome) && r->http_status != 0 && r->key_shut
                   && ev.not_before_ms == 0;
    c->log[c->n_log - 1].other_key = ev.other_key;
    if (outcome_row(outcome)->try_other)
        ev.failover_delay_ms = failover_delay(c);
    proxy_divert(c, leg, r, &ev);
    return ev;
}

void
proxy_succeed(struct call *c, const struct attempt_result *r, bool by_hedge)
{
    proxy_keep_answer(c, r);
    proxy_feed(c, &(struct request_event){
                      .kind = REQUEST_EV_SUCCEEDED,
                      .by_hedge = by_hedge,
                  });
}

static void
fail(struct call *c, const struct attempt_result *r)
{
    struct request_event ev = proxy_failure(c, &c->lead, r);

    ev.resume = proxy_may_resume(c, r);
    if (c->request.state == REQUEST_STREAM && !c->request.broken)
        proxy_broke(c);
    proxy_feed(c, &ev);
}

static const struct attempt_ops ATTEMPT_OPS = {
    .delta = proxy_on_delta,
    .finish = proxy_on_finish_reason,
    .done = proxy_on_done,
};

static bool
refused(enum request_refusal refusal, struct request_event *ret_ev)
{
    *ret_ev = (struct request_event){
        .kind = REQUEST_EV_REFUSED,
        .refusal = refusal,
    };
    return true;
}

/* An answer that is completed is kept; any other begins anew. */
static void
begin_answer(struct call *c)
{
    size_t said = assemble_content(c->answer).size;

    /* It is in the request to go on, as that is made and as it is sent. */
    if (request_is_resuming(&c->request)) {
        hold(c, c->held_bytes + 2 * said);
        return;
    }
    assemble_reset(c->answer);
    c->broken_answer = false;
    c->mixed = false;
    hold(c, proxy_request_bytes(&c->params));
}

/* Starts the attempt that was ordered.  True: it could not, and `ret_ev` says
 * so to the request. */
static bool
start_attempt(struct call *c, struct request_event *ret_ev)
{
    struct target *t = candidate_target(c);
    struct chat_request *chat = NULL;
    enum request_refusal refusal;
    struct proxy_leave leave;
    int status;

    if (request_is_resuming(&c->request) && !proxy_resume_request(c, t, &chat))
        return refused(REQUEST_REFUSED_INELIGIBLE, ret_ev);
    if (!proxy_get_leave(c, t, &leave, &refusal)) {
        chat_free(chat);
        return refused(refusal, ret_ev);
    }
    if (c->request.n_charged == 0)
        request_charge(&c->request);
    begin_answer(c);
    c->lead = (struct call_leg){
        .asked = t,
        .candidate = c->request.candidate,
        .is_first = c->n_log == 0,
        .cause = c->cause,
    };
    status = proxy_leg_start(c, &c->lead, &leave, chat, &ATTEMPT_OPS);
    if (status == 0) {
        tell(c, t);
        return false;
    }
    *ret_ev = (struct request_event){
        .kind = REQUEST_EV_FAILED,
        .outcome = OUTCOME_LOCAL,
    };
    return true;
}

/* The same target, with the key that replaces the one it refused; once.  To
 * the request it is the same attempt. */
static bool
ask_again(struct call *c)
{
    struct request_event ev;

    if (c->lead.renewed)
        return false;
    if (!start_attempt(c, &ev)) {
        c->lead.renewed = true;
        proxy_arm(c);
        return true;
    }
    if (ev.kind == REQUEST_EV_REFUSED)
        return false;
    proxy_feed(c, &ev);
    return true;
}

void
proxy_on_done(void *ctx, const struct attempt_result *r)
{
    struct call *c = ctx;
    bool success = outcome_row(r->verdict.outcome)->vote == OUTCOME_VOTE_SUCCESS
                   && !proxy_is_refused(c, &c->lead, r);

    if (success)
        proxy_leg_abort(c, &c->hedge, "the other attempt was faster");
    proxy_leg_ended(c, &c->lead, r);
    success &= proxy_resume_end(c, success);
    c->paused = false;
    if (success)
        proxy_succeed(c, r, false);
    else if (!r->key_renewed || !ask_again(c))
        fail(c, r);
}

void
proxy_abort_attempts(struct call *c, const char *why)
{
    proxy_forget_seam(c);
    proxy_leg_abort(c, &c->hedge, why);
    proxy_leg_abort(c, &c->lead, why);
}

/* One of two attempts was faster, or met what the other would meet too. */
static void
drop_loser(struct call *c)
{
    const char *why = c->request.result == REQUEST_REJECTED
                          ? "the other attempt was refused for good"
                          : "the other attempt was faster";

    if (proxy_leg_is_busy(&c->hedge)
        && c->hedge.candidate != c->request.candidate)
        proxy_leg_abort(c, &c->hedge, why);
    if (proxy_leg_is_busy(&c->lead)
        && c->lead.candidate != c->request.candidate)
        proxy_leg_abort(c, &c->lead, why);
}

void
proxy_arm(struct call *c)
{
    int64_t at_ms = request_wakeup(&c->request);

    if (c->detach_at_ms < at_ms)
        at_ms = c->detach_at_ms;
    if (proxy_resume_wakeup(c) < at_ms)
        at_ms = proxy_resume_wakeup(c);
    timer_arm_at(c->timer, at_ms);
}

static bool
start_hedge(struct call *c, struct request_event *ret_ev)
{
    if (proxy_start_hedge(c))
        return false;
    *ret_ev = (struct request_event){
        .kind = REQUEST_EV_REFUSED,
        .refusal = REQUEST_REFUSED_BUDGET,
        .by_hedge = true,
    };
    return true;
}

/* Carries out orders.  True: the request must hear of `ret_ev` next. */
static bool
carry_out(struct call *c, unsigned orders, struct request_event *ret_ev)
{
    if (orders & REQUEST_ORDER_ABORT)
        proxy_abort_attempts(c, "cancelled");
    if (orders & REQUEST_ORDER_DROP)
        drop_loser(c);
    proxy_promote_hedge(c);
    if (orders & REQUEST_ORDER_HEDGE)
        return start_hedge(c, ret_ev);
    if (orders & REQUEST_ORDER_START)
        return start_attempt(c, ret_ev);
    if (orders & REQUEST_ORDER_LAST_RESORT) {
        *ret_ev = (struct request_event){
            .kind = REQUEST_EV_LAST_RESORT,
            .candidate = proxy_last_resort(c),
        };
        return true;
    }
    if (orders & REQUEST_ORDER_QUEUE) {
        queue_join(c->app->queue, c, ret_ev);
        return true;
    }
    if (orders & REQUEST_ORDER_FINISH) {
        timer_disarm(c->timer);
        loop_defer(c->app->loop, &c->finish_task);
    }
    return false;
}

void
proxy_feed(struct call *c, const struct request_event *ev)
{
    struct request_event next = *ev;
    bool more = true;

    while (more) {
        unsigned orders =
            request_step(&c->request, &next, call_now_ms(c), &c->app->rng);

        if (c->request.state != REQUEST_QUEUED)
            queue_leave(c->app->queue, c);
        more = carry_out(c, orders, &next);
    }
    if (c->request.state != REQUEST_DONE)
        proxy_arm(c);
    queue_kick(c->app->queue);
}

void
proxy_on_timer(void *ctx)
{
    struct call *c = ctx;

    if (call_now_ms(c) >= c->detach_at_ms) {
        proxy_cancel(c, "the caller did not come back");
        return;
    }
    if (call_now_ms(c) >= proxy_resume_wakeup(c))
        proxy_resume_timer(c);
    proxy_feed(c, &(struct request_event){.kind = REQUEST_EV_TIMER});
}

void
proxy_on_finish(void *ctx)
{
    struct call *c = ctx;

    c->state = CALL_DONE;
    if (c->request.fell_back && c->kept)
        proxy_fall_back(c);
    proxy_answer(c);
    proxy_free(c);
}

void
proxy_cancel(struct call *call, const char *why)
{
    if (call->request.state == REQUEST_DONE)
        return;
    call->cancel_reason = why;
    proxy_feed(call, &(struct request_event){.kind = REQUEST_EV_CANCELLED});
}

void
proxy_abandon(struct call *call)
{
    call->ops = NULL;
    call->ctx = NULL;
    switch (call->params.on_disconnect) {
    case CALL_AUTO:
    case CALL_CANCEL:
        proxy_cancel(call, "the caller went away");
        return;
    case CALL_DETACH:
        call->detach_at_ms =
            call_now_ms(call) + call->app->config->stream.detach_ms;
        break;
    case CALL_FINISH:
        break;
    }
    proxy_resume(call);
    if (call->request.state != REQUEST_DONE)
        proxy_arm(call);
}

void
proxy_resume(struct call *call)
{
    if (!call->paused || !call->lead.attempt)
        return;
    call->paused = false;
    attempt_resume(call->lead.attempt);
}
