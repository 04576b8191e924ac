/*
 * proxy_leave.c - may this call make an attempt at that target, now?
 */
#include "app/proxy_internal.h"

enum {
    LEAST_REMAINING_MS = 500, /* Less time is not worth another attempt. */
};

int64_t
proxy_usual_ms(const struct call *c, const struct target *t, double quantile)
{
    return target_usual_ms(t, call_streams(c), quantile, call_now_ms(c));
}

static bool
has_time(const struct call *c, const struct target *t)
{
    int64_t need_ms = proxy_usual_ms(c, t, 0.5);

    if (need_ms < LEAST_REMAINING_MS)
        need_ms = LEAST_REMAINING_MS;
    return c->request.params.deadline_ms - call_now_ms(c) >= need_ms;
}

/* What a retry at `t` costs the budgets, in thousandths; 0: it is free.
 * Charged is what could feed an outage: the same target again, unless it never
 * saw the request or is asked with another key, and another target in poor
 * health after a failure that cost the provider something. */
static int
retry_cost(const struct call *c, const struct target *t)
{
    const struct call_attempt *last = call_last_attempt(c, t);
    int cost;

    if (!last) {
        last = &c->log[c->n_log - 1];
        return target_in_good_health(t, call_now_ms(c))
                   ? 0
                   : outcome_row(last->outcome)->budget_cost_milli;
    }
    if (last->outcome == OUTCOME_NOT_SENT || last->outcome == OUTCOME_AUTH_LOCK
        || last->outcome == OUTCOME_QUOTA_LOCK || last->other_key)
        return 0;
    cost = outcome_row(last->outcome)->budget_cost_milli;
    return cost > BUDGET_COST_RETRY ? cost : BUDGET_COST_RETRY;
}

/* The retry budgets of attempts and of money: both pay, or neither. */
static bool
withdraw(struct call *c, struct target *t, enum budget_cost cost,
         enum spend_kind kind, struct proxy_leave *ret_leave)
{
    int64_t nanousd = proxy_reserve_nanousd(c, t);

    if (nanousd < 0)
        nanousd = 0;
    if (!spend_allows(&c->app->spend, kind, nanousd, call_now_ms(c))
        || !budget_withdraw(&t->budget, &c->app->upstreams->budget, cost,
                            call_now_ms(c)))
        return false;
    (void)spend_reserve(&c->app->spend, kind, nanousd, call_now_ms(c));
    ret_leave->charged = true;
    ret_leave->held_nanousd = nanousd;
    return true;
}

/* The attempt was not made after all. */
static void
give_back(struct call *c, struct target *t, enum spend_kind kind,
          const struct proxy_leave *leave)
{
    budgets_settle(c->app->budgets, leave->money, 0);
    if (!leave->charged)
        return;
    budget_retry_end(&t->budget, &c->app->upstreams->budget);
    spend_settle(&c->app->spend, kind, leave->held_nanousd, call_now_ms(c), 0);
}

/* Continuations have a limit of their own, and are no charged attempts. */
static bool
pay_for_retry(struct call *c, struct target *t, struct proxy_leave *ret_leave)
{
    bool resuming = request_is_resuming(&c->request);
    int cost = retry_cost(c, t);

    if (cost == 0)
        return true;
    if (!resuming && !request_may_charge(&c->request))
        return false;
    if (!withdraw(c, t, (enum budget_cost)cost, SPEND_RETRY, ret_leave))
        return false;
    if (!resuming)
        request_charge(&c->request);
    return true;
}

/* The caller's own limit holds for all attempts of the call. */
static bool
is_affordable(const struct call *c, const struct target *t)
{
    int64_t most = c->params.max_cost_nanousd;
    int64_t cost = proxy_reserve_nanousd(c, t);

    return most < 0 || (cost >= 0 && cost <= most - c->total_cost_nanousd);
}

/* The same for two at once, of which both may be billed. */
static bool
is_affordable_beside(const struct call *c, const struct target *lead,
                     const struct target *t)
{
    int64_t most = c->params.max_cost_nanousd;
    int64_t first = proxy_reserve_nanousd(c, lead);
    int64_t second = proxy_reserve_nanousd(c, t);

    return most < 0
           || (first >= 0 && second >= 0
               && second <= most - c->total_cost_nanousd - first);
}

static bool
refuse(enum request_refusal *ret_refusal, enum request_refusal refusal)
{
    *ret_refusal = refusal;
    return false;
}

static enum target_claim
claim_of(const struct call *c)
{
    if (c->request.early)
        return TARGET_CLAIM_EARLY;
    return request_is_resuming(&c->request) ? TARGET_CLAIM_REST
                                            : TARGET_CLAIM_NONE;
}

/* What can be undone comes first. */
bool
proxy_get_leave(struct call *c, struct target *t, struct proxy_leave *ret_leave,
                enum request_refusal *ret_refusal)
{
    enum target_claim claim = claim_of(c);
    int64_t tokens = proxy_gate_tokens(c, t);

    *ret_leave = (struct proxy_leave){0};
    if (c->n_log >= CALL_MAX_ATTEMPTS)
        return refuse(ret_refusal, REQUEST_REFUSED_BUDGET);
    if (c->n_log > 0 && !has_time(c, t))
        return refuse(ret_refusal, REQUEST_REFUSED_DEADLINE);
    if (!target_is_open_to(t, claim, tokens, call_now_ms(c)))
        return refuse(ret_refusal, REQUEST_REFUSED_BUSY);
    if (!is_affordable(c, t))
        return refuse(ret_refusal, REQUEST_REFUSED_INELIGIBLE);
    if (!proxy_hold(c, t, &ret_leave->money))
        return refuse(ret_refusal, REQUEST_REFUSED_INELIGIBLE);
    if (c->n_log > 0 && !pay_for_retry(c, t, ret_leave)) {
        budgets_settle(c->app->budgets, ret_leave->money, 0);
        return refuse(ret_refusal, REQUEST_REFUSED_BUDGET);
    }
    if (target_admit(t, claim, tokens, call_now_ms(c), &ret_leave->lease))
        return true;
    give_back(c, t, SPEND_RETRY, ret_leave);
    return refuse(ret_refusal, REQUEST_REFUSED_BUSY);
}

/* Half of what the reserve allows (gRPC A6: more than half of the tokens). */
static bool
is_rich(const struct budget *b, int64_t now)
{
    return budget_balance_milli(b, now) > b->reserve_milli / 2;
}

bool
proxy_get_leave_to_hedge(struct call *c, struct target *t,
                         struct proxy_leave *ret_leave)
{
    int64_t tokens = proxy_gate_tokens(c, t);

    *ret_leave = (struct proxy_leave){0};
    if (c->n_log + 1 >= CALL_MAX_ATTEMPTS || !has_time(c, t)
        || !target_in_good_health(t, call_now_ms(c))
        || !target_is_open_to(t, TARGET_CLAIM_NONE, tokens, call_now_ms(c))
        || !is_rich(&t->budget, call_now_ms(c))
        || !is_rich(&c->app->upstreams->budget, call_now_ms(c))
        || !is_affordable_beside(c, c->lead.asked, t)
        || !proxy_hold(c, t, &ret_leave->money))
        return false;
    if (!withdraw(c, t, BUDGET_COST_RETRY, SPEND_HEDGE, ret_leave)) {
        budgets_settle(c->app->budgets, ret_leave->money, 0);
        return false;
    }
    if (target_admit(t, TARGET_CLAIM_NONE, tokens, call_now_ms(c),
                     &ret_leave->lease))
        return true;
    give_back(c, t, SPEND_HEDGE, ret_leave);
    return false;
}
