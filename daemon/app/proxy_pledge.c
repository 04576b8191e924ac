/*
 * proxy_pledge.c - attempts whose budgets must not be overspent even if the
 * power fails: they wait until what they may cost is durable in the ledger.
 *
 * To the request such an attempt is under way.  It may be aborted like any
 * other; if the ledger cannot be written, the request hears of a refusal.
 */
#include "app/proxy_internal.h"

#include "app/ledger.h"
#include "base/mem.h"

#include <stdlib.h>

struct leg_pledge {
    struct call *call;
    struct target_lease lease;
    struct chat_request *chat; /* Owned; NULL: the caller's. */
    const struct attempt_ops *ops;
    struct db_sync sync;
};

/* The hedge may have become the lead since. */
static struct call_leg *
leg_of(const struct leg_pledge *w)
{
    return w->call->lead.pledge == w ? &w->call->lead : &w->call->hedge;
}

/* The attempt was never made: everybody gets back what they gave. */
static void
undo(struct call *c, struct call_leg *leg)
{
    struct leg_pledge *w = leg->pledge;

    leg->pledge = NULL;
    target_release(&w->lease, call_now_ms(c));
    proxy_leg_undo(c, leg);
    ledger_forget(c->app->ledger, leg->row);
    leg->row = 0;
    chat_free(w->chat);
    free(w);
}

static void
go(struct leg_pledge *w)
{
    struct call *c = w->call;
    struct call_leg *leg = leg_of(w);
    bool by_hedge = leg == &c->hedge;
    int status;

    leg->pledge = NULL;
    status = proxy_leg_go(c, leg, &w->lease, w->chat, w->ops);
    free(w);
    if (status)
        proxy_feed(c, &(struct request_event){
                          .kind = REQUEST_EV_FAILED,
                          .outcome = OUTCOME_LOCAL,
                          .by_hedge = by_hedge,
                      });
}

static void
on_durable(void *ctx, int status)
{
    struct leg_pledge *w = ctx;
    struct call *c = w->call;
    struct call_leg *leg = leg_of(w);

    if (status == 0) {
        go(w);
        return;
    }
    undo(c, leg);
    proxy_feed(c, &(struct request_event){
                      .kind = REQUEST_EV_REFUSED,
                      .refusal = REQUEST_REFUSED_INELIGIBLE,
                      .by_hedge = leg == &c->hedge,
                  });
}

int
proxy_pledge(struct call *c, struct call_leg *leg,
             const struct target_lease *lease, struct chat_request *chat,
             const struct attempt_ops *ops)
{
    struct leg_pledge *w = mem_new(sizeof(*w));
    int status;

    *w = (struct leg_pledge){
        .call = c,
        .lease = *lease,
        .chat = chat,
        .ops = ops,
        .sync = {.done = on_durable, .ctx = w},
    };
    status = proxy_enter_early(c, leg, &w->sync);
    if (status) {
        free(w);
        return status;
    }
    leg->pledge = w;
    return 0;
}

void
proxy_pledge_abort(struct call *c, struct call_leg *leg)
{
    ledger_sync_cancel(c->app->ledger, &leg->pledge->sync);
    undo(c, leg);
}
