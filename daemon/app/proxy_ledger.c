/*
 * proxy_ledger.c - the attempts of a call as the ledger has them.
 */
#include "app/proxy_internal.h"

#include "app/budgets.h"
#include "app/ledger.h"
#include "base/clock.h"

/* What a provider may bill. */
static bool
is_entered(const struct call_attempt *a)
{
    return a->sent || a->cost_nanousd > 0;
}

/* What the entries before the last one of the log say of it. */
struct history {
    bool began;   /* The call has an entry, */
    bool asked;   /* one of the same target, */
    bool primary; /* one that was no hedge. */
};

static struct history
look_back(const struct call *c)
{
    const struct call_attempt *last = &c->log[c->n_log - 1];
    struct history h = {0};

    for (const struct call_attempt *a = c->log; a < last; a++) {
        if (!is_entered(a))
            continue;
        h.began = true;
        h.asked |= a->target == last->target;
        h.primary |= !a->is_hedge;
    }
    return h;
}

static enum ledger_kind
kind_of(const struct call_leg *leg, const struct history *h)
{
    if (leg->is_hedge)
        return LEDGER_HEDGE;
    if (leg->continues)
        return LEDGER_CONTINUATION;
    return h->primary ? LEDGER_RETRY : LEDGER_CALL;
}

static void
enter(struct call *c, struct call_leg *leg, const struct ledger_attempt *a)
{
    if (leg->row > 0)
        ledger_settle(c->app->ledger, leg->row, a);
    else
        ledger_add(c->app->ledger, &leg->note, a);
}

/* What is known of an attempt before it is sent.  A hedge is never the first. */
static struct ledger_attempt
beginning_of(const struct call *c, const struct call_leg *leg)
{
    struct history h = {
        .began = c->n_log > 0 || leg->is_hedge,
        .primary = c->n_log > 0,
    };

    return (struct ledger_attempt){
        .request_id = c->params.id,
        .kind = kind_of(leg, &h),
        .opens = !h.began,
        .target = leg->asked->name,
        .client = c->client.name,
        .uid = c->client.uid,
        .route = c->route_name,
        .tags = c->params.tags,
        .started_ms = budgets_now_ms(c->app->budgets),
    };
}

int
proxy_enter_early(struct call *c, struct call_leg *leg, struct db_sync *sync)
{
    struct ledger_attempt a = beginning_of(c, leg);

    return ledger_reserve(c->app->ledger, &a, budgets_hold_nanousd(leg->money),
                          sync, &leg->row);
}

void
proxy_enter_note(struct call *c, struct call_leg *leg)
{
    struct ledger_attempt a = beginning_of(c, leg);

    if (leg->row == 0)
        ledger_note(c->app->ledger, &a, proxy_reserve_nanousd(c, leg->asked),
                    &leg->note);
}

void
proxy_drop_note(struct call *c, struct call_leg *leg)
{
    ledger_unnote(c->app->ledger, &leg->note);
    leg->note = (struct ledger_note){0};
}

void
proxy_enter(struct call *c, struct call_leg *leg,
            const struct settlement *settlement)
{
    const struct call_attempt *last = &c->log[c->n_log - 1];
    struct history h = look_back(c);

    proxy_settle(c, leg, last->started_ms, settlement->cost_nanousd);
    if (!is_entered(last)) {
        if (leg->row > 0)
            ledger_forget(c->app->ledger, leg->row);
        leg->row = 0;
        proxy_drop_note(c, leg);
        return;
    }
    enter(c, leg,
          &(struct ledger_attempt){
              .request_id = c->params.id,
              .number = (int)c->n_log,
              .kind = kind_of(leg, &h),
              .opens = !h.began,
              .asks = !h.asked,
              .target = last->target->name,
              .client = c->client.name,
              .uid = c->client.uid,
              .route = c->route_name,
              .tags = c->params.tags,
              .settlement = settlement,
              .started_ms = last->started_ms,
              .ended_ms = clock_wall_ms(),
          });
    leg->row = 0;
    leg->note = (struct ledger_note){0};
}
