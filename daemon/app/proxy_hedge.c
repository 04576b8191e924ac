/*
 * proxy_hedge.c - a second attempt beside one that is slow to begin.
 *
 * Until one of the two has content the hedge has callbacks of its own; once it
 * leads, they are those of any attempt.
 */
#include "app/proxy_internal.h"

int64_t
proxy_hedge_ms(const struct call *c, const struct target *first)
{
    const struct chat_request *chat = c->params.chat;

    if (!chat || chat->has_tools || chat->once)
        return 0;
    return target_hedge_ms(first, &c->app->config->hedge, call_streams(c),
                           call_now_ms(c));
}

/* It leads from now on, and what it said is the answer. */
static void
promote(struct call *c)
{
    assemble_free(c->answer);
    c->answer = c->hedge.answer;
    c->broken_answer = c->hedge.unkept;
    c->lead = c->hedge;
    c->lead.answer = NULL;
    c->hedge = (struct call_leg){0};
}

void
proxy_promote_hedge(struct call *c)
{
    if (!proxy_leg_is_busy(&c->lead) && proxy_leg_is_busy(&c->hedge))
        promote(c);
}

static bool
leads(const struct call *c)
{
    return !proxy_leg_is_busy(&c->hedge);
}

/* A stream is decided by its first content; of other answers, the first that
 * is whole is the caller's. */
static bool
on_delta(void *ctx, const struct dialect_event *ev, bool first)
{
    struct call *c = ctx;

    if (leads(c))
        return proxy_on_delta(c, ev, first);
    if (!call_streams(c)) {
        c->hedge.unkept |= !proxy_keep(c, c->hedge.answer, ev);
        return true;
    }
    c->state = CALL_STREAMING;
    c->app->totals.hedges_won++;
    proxy_feed(c, &(struct request_event){
                      .kind = REQUEST_EV_CONTENT,
                      .by_hedge = true,
                  });
    return proxy_hand_on(c, ev);
}

static void
on_finish_reason(void *ctx, const struct dialect_event *ev)
{
    struct call *c = ctx;

    if (leads(c))
        proxy_on_finish_reason(c, ev);
    else if (assemble_finish(c->hedge.answer, ev->choice, ev->finish))
        c->hedge.unkept = true;
}

static void
win(struct call *c, const struct attempt_result *r)
{
    proxy_leg_abort(c, &c->lead, "the other attempt was faster");
    proxy_leg_ended(c, &c->hedge, r);
    promote(c);
    c->app->totals.hedges_won++;
    proxy_succeed(c, r, true);
}

static void
on_done(void *ctx, const struct attempt_result *r)
{
    struct call *c = ctx;
    struct request_event ev;

    if (leads(c)) {
        proxy_on_done(c, r);
        return;
    }
    if (outcome_row(r->verdict.outcome)->vote == OUTCOME_VOTE_SUCCESS
        && !proxy_is_refused(c, &c->hedge, r)) {
        win(c, r);
        return;
    }
    proxy_leg_ended(c, &c->hedge, r);
    ev = proxy_failure(c, &c->hedge, r);
    ev.by_hedge = true;
    proxy_feed(c, &ev);
}

static const struct attempt_ops HEDGE_OPS = {
    .delta = on_delta,
    .finish = on_finish_reason,
    .done = on_done,
};

static void
tell_hedge(struct call *c)
{
    proxy_tell(c,
               &(struct call_event){
                   .kind = CALL_EVENT_ATTEMPT,
                   .to = c->hedge.asked->name,
                   .reason = "hedge",
               },
               c->hedge.asked);
}

/* A call has one hedge at most: what is not promoted goes with the call. */
bool
proxy_start_hedge(struct call *c)
{
    struct target *t = c->targets[c->candidates[c->request.hedge]];
    struct proxy_leave leave;

    c->hedge = (struct call_leg){
        .asked = t,
        .candidate = (uint8_t)c->request.hedge,
        .is_hedge = true,
        .cause = c->cause,
        .answer = assemble_new((size_t)c->app->config->limits.response_bytes),
    };
    if (!c->hedge.answer || c->lead.pledge
        || !proxy_get_leave_to_hedge(c, t, &leave)
        || proxy_leg_start(c, &c->hedge, &leave, NULL, &HEDGE_OPS))
        return false;
    c->app->totals.hedges++;
    tell_hedge(c);
    return true;
}
