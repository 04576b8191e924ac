/*
 * proxy_leg.c - one attempt in the books of its call.
 */
#include "app/proxy_internal.h"

#include "app/ledger.h"
#include "base/clock.h"
#include "base/mem.h"

#include <assert.h>
#include <stdio.h>

enum {
    GUARD_FACTOR = 2 /* Estimates may be wrong, but not so much. */
};

static void
record(struct call *c, struct call_leg *leg, const struct attempt_result *r,
       int64_t started_ms)
{
    struct call_attempt *entry;

    assert(c->n_log < CALL_MAX_ATTEMPTS);
    if (c->n_log == c->log_capacity) {
        c->log_capacity = c->log_capacity * 2 + 1;
        c->log = mem_grow(c->log, c->log_capacity, sizeof(*c->log));
    }
    entry = &c->log[c->n_log++];
    *entry = (struct call_attempt){
        .target = target_ref(leg->asked),
        .outcome = r->verdict.outcome,
        .reason = r->verdict.reason,
        .http_status = r->http_status,
        .sent = r->sent,
        .is_hedge = leg->is_hedge,
        .cause = leg->cause,
        .has_ttft = r->has_ttft,
        .started_ms = started_ms,
        .latency_us = r->latency_us,
        .ttft_us = r->ttft_us,
        .cost_nanousd = r->settlement.cost_nanousd,
    };
    (void)snprintf(entry->error, sizeof(entry->error), "%s", r->error);
    (void)snprintf(entry->provider_request_id,
                   sizeof(entry->provider_request_id), "%s",
                   r->provider_request_id);
    if (leg->is_hedge)
        c->app->totals.hedge_cost_nanousd += r->settlement.cost_nanousd;
    c->total_cost_nanousd += r->settlement.cost_nanousd;
    c->total_prompt_tokens += r->settlement.prompt_tokens;
    c->total_completion_tokens += r->settlement.completion_tokens;
    proxy_enter(c, leg, &r->settlement);
}

/* What it cost, against what was held for it.  A failover that was free is no
 * retry and no first attempt. */
static void
end_spend(struct call *c, const struct call_leg *leg, int64_t cost_nanousd)
{
    struct spend *spend = &c->app->spend;

    if (leg->charged)
        spend_settle(spend, leg->is_hedge ? SPEND_HEDGE : SPEND_RETRY,
                     leg->held_nanousd, leg->held_ms, cost_nanousd);
    else if (leg->is_first)
        spend_first(spend, cost_nanousd, call_now_ms(c));
}

/* The budgets' part of an attempt's end. */
static void
end_budget(struct call *c, struct call_leg *leg, enum outcome outcome,
           int64_t cost_nanousd)
{
    struct budget *global = &c->app->upstreams->budget;
    struct budget *own = &leg->asked->budget;

    end_spend(c, leg, cost_nanousd);
    budget_attempt_end(global);
    if (leg->charged)
        budget_retry_end(own, global);
    leg->charged = false;
    if (leg->is_first && outcome_row(outcome)->deposits) {
        budget_deposit(own, call_now_ms(c));
        budget_deposit(global, call_now_ms(c));
    }
}

/* What the caller is told of tokens is the sum of all attempts that gave the
 * answer. */
static struct settlement
sum(const struct settlement *a, const struct settlement *b)
{
    struct settlement s = *b;

    s.prompt_tokens += a->prompt_tokens;
    s.completion_tokens += a->completion_tokens;
    s.cached_tokens += a->cached_tokens;
    return s;
}

static void
add_up(struct call *c, const struct call_leg *leg,
       const struct attempt_result *r)
{
    bool committed = c->request.broken || c->request.state == REQUEST_STREAM;

    c->settlement = sum(&c->earlier, &r->settlement);
    if (committed && leg->candidate == c->request.candidate)
        c->earlier = c->settlement;
}

/* Our own failure to start is an attempt that ended LOCAL. */
static void
start_failed(struct call *c, struct call_leg *leg, struct target_lease *lease,
             int status)
{
    struct outcome_verdict local = {.outcome = OUTCOME_LOCAL};

    target_settle(lease,
                  &(struct target_result){
                      .verdict = local,
                      .retry_after_ms = -1,
                      .cause = aigw_status_text(status),
                  },
                  call_now_ms(c));
    record(c, leg,
           &(struct attempt_result){
               .verdict = local,
               .error = aigw_status_text(status),
               .provider_request_id = "",
           },
           clock_wall_ms());
    end_budget(c, leg, OUTCOME_LOCAL, 0);
}

void
proxy_leg_undo(struct call *c, struct call_leg *leg)
{
    proxy_settle(c, leg, budgets_now_ms(c->app->budgets), 0);
    budget_attempt_end(&c->app->upstreams->budget);
    if (!leg->charged)
        return;
    budget_retry_end(&leg->asked->budget, &c->app->upstreams->budget);
    spend_settle(&c->app->spend, leg->is_hedge ? SPEND_HEDGE : SPEND_RETRY,
                 leg->held_nanousd, leg->held_ms, 0);
    leg->charged = false;
}

int
proxy_leg_begin(struct call *c, struct call_leg *leg,
                struct target_lease *lease, const struct chat_request *chat,
                const struct attempt_ops *ops)
{
    bool bounded = proxy_is_bounded(c, leg);
    int64_t most_nanousd = proxy_reserve_nanousd(c, leg->asked);
    int status;

    if (bounded && most_nanousd > 0 && call_streams(c))
        leg->guard_nanousd = most_nanousd > INT64_MAX / GUARD_FACTOR
                                 ? INT64_MAX
                                 : most_nanousd * GUARD_FACTOR;
    proxy_enter_note(c, leg);
    status = attempt_start(
        &(struct attempt_options){
            .loop = c->app->loop,
            .lease = lease,
            .chat = chat ? chat : c->params.chat,
            .embed = c->params.embed,
            .streamed = call_streams(c),
            .resumes = chat != NULL,
            .usual_max_tokens =
                bounded ? proxy_most_tokens(&c->params, leg->asked) : 0,
            .response_max_bytes = (size_t)c->app->config->limits.response_bytes,
            .reserved_nanousd = most_nanousd,
            .drills = c->app->drills,
            .no_drill = c->params.no_drill,
        },
        ops, c, &leg->attempt);
    if (status)
        proxy_drop_note(c, leg);
    return status;
}

int
proxy_leg_go(struct call *c, struct call_leg *leg, struct target_lease *lease,
             struct chat_request *chat, const struct attempt_ops *ops)
{
    int status;

    if (proxy_must_wait(lease)) {
        proxy_wait(c, leg, lease, chat, ops);
        return 0;
    }
    status = proxy_leg_begin(c, leg, lease, chat, ops);
    if (status)
        start_failed(c, leg, lease, status);
    chat_free(chat);
    return status;
}

int
proxy_leg_start(struct call *c, struct call_leg *leg, struct proxy_leave *leave,
                struct chat_request *chat, const struct attempt_ops *ops)
{
    int status;

    leg->charged = leave->charged;
    leg->held_nanousd = leave->held_nanousd;
    leg->held_ms = call_now_ms(c);
    leg->continues = chat != NULL;
    leg->money = leave->money;
    budget_attempt_begin(&c->app->upstreams->budget);
    if (!leg->money || !budgets_hold_is_strict(leg->money)
        || !ledger_is_durable(c->app->ledger))
        return proxy_leg_go(c, leg, &leave->lease, chat, ops);
    status = proxy_pledge(c, leg, &leave->lease, chat, ops);
    if (status) {
        start_failed(c, leg, &leave->lease, status);
        chat_free(chat);
    }
    return status;
}

bool
proxy_leg_is_busy(const struct call_leg *leg)
{
    return leg->attempt || leg->pledge || leg->wait;
}

static int64_t
started_ms(const struct call_leg *leg)
{
    return leg->attempt ? attempt_started_ms(leg->attempt)
                        : proxy_wait_started_ms(leg->wait);
}

void
proxy_leg_ended(struct call *c, struct call_leg *leg,
                const struct attempt_result *r)
{
    record(c, leg, r, started_ms(leg));
    end_budget(c, leg, r->verdict.outcome, r->settlement.cost_nanousd);
    proxy_wait_end(leg);
    leg->attempt = NULL;
    add_up(c, leg, r);
}

void
proxy_leg_abort(struct call *c, struct call_leg *leg, const char *why)
{
    struct attempt_result result;
    int64_t begun_ms;

    if (leg->pledge)
        proxy_pledge_abort(c, leg);
    if (!proxy_leg_is_busy(leg))
        return;
    begun_ms = started_ms(leg);
    if (leg->wait)
        proxy_wait_abort(leg, &result);
    else
        attempt_cancel(leg->attempt, &result);
    proxy_wait_end(leg);
    leg->attempt = NULL;
    result.error = why;
    record(c, leg, &result, begun_ms);
    end_budget(c, leg, result.verdict.outcome, result.settlement.cost_nanousd);
    add_up(c, leg, &result);
}
