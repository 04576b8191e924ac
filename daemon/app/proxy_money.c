/*
 * proxy_money.c - what a call's budgets allow, and what they hold of it.
 */
#include "app/proxy_internal.h"

#include "app/budgets.h"

static struct budgets_payer
payer_of(const struct call_params *p, const char *route_name)
{
    return (struct budgets_payer){
        .client = p->client->name,
        .uid = p->client->uid,
        .route = route_name,
        .tags = p->tags,
    };
}

struct budgets_room
proxy_room(struct app *app, const struct call_params *p, const char *route_name)
{
    struct budgets_payer payer = payer_of(p, route_name);

    return budgets_room(app->budgets, &payer);
}

int64_t
proxy_max_nanousd(const struct call_params *p, int64_t spent_nanousd,
                  const struct budgets_room *room)
{
    int64_t most = p->max_cost_nanousd;

    if (most >= 0)
        most = most > spent_nanousd ? most - spent_nanousd : 0;

    if (room->limited && (most < 0 || room->left_nanousd < most))
        return room->left_nanousd;
    return most;
}

bool
proxy_is_bounded(const struct call *c, const struct call_leg *leg)
{
    return c->params.max_cost_nanousd >= 0
           || (leg->money && budgets_hold_is_strict(leg->money));
}

void
proxy_guard(struct call *c)
{
    const struct call_leg *leg = &c->lead;

    if (leg->guard_nanousd == 0 || !leg->attempt
        || attempt_cost_nanousd(leg->attempt) <= leg->guard_nanousd)
        return;
    c->overspends = true;
    proxy_cancel(c, "the answer cost more than twice of what was set aside");
}

void
proxy_note_refusal(const struct call *c, int64_t needed_nanousd)
{
    struct budgets_payer payer = payer_of(&c->params, c->route_name);

    budgets_note_refusal(c->app->budgets, &payer, needed_nanousd);
}

void
proxy_settle(struct call *c, struct call_leg *leg, int64_t started_ms,
             int64_t cost_nanousd)
{
    budgets_catch_up(
        c->app->budgets, leg->money,
        &(struct budgets_correction){
            .payer = payer_of(&c->params, c->route_name),
            .started_ms = started_ms,
            .from_nanousd = leg->row > 0 ? budgets_hold_nanousd(leg->money) : 0,
            .to_nanousd = cost_nanousd,
        });
    budgets_settle(c->app->budgets, leg->money, cost_nanousd);
    leg->money = NULL;
}

bool
proxy_hold(struct call *c, const struct target *t, struct budgets_hold **ret)
{
    struct budgets_payer payer = payer_of(&c->params, c->route_name);

    return budgets_hold(c->app->budgets, &payer, proxy_reserve_nanousd(c, t),
                        ret);
}
