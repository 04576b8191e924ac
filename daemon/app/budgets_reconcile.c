/*
 * budgets_reconcile.c - what an attempt has cost after all: first for the
 * ledger, which changes each row once, then for the budgets.
 *
 * Whoever said so may be gone by then; the budgets must follow all the same.
 */
#include "app/budgets_internal.h"

#include "base/mem.h"

#include <stdlib.h>

struct budgets_reconciling {
    struct budgets *owner;
    struct db_sync sync;
    struct budgets_correction correction;
    char *client, *route, *tags; /* Those of its payer. */
    void (*told)(void *ctx, int status);
    void *ctx;
    LIST_ENTRY(budgets_reconciling) link;
};

static void
free_one(struct budgets_reconciling *r)
{
    LIST_REMOVE(r, link);
    ledger_sync_cancel(r->owner->app->ledger, &r->sync);
    free(r->client);
    free(r->route);
    free(r->tags);
    free(r);
}

static void
on_durable(void *ctx, int status)
{
    struct budgets_reconciling *r = ctx;
    void (*told)(void *ctx, int status) = r->told;
    void *told_ctx = r->ctx;

    if (status == 0 && r->sync.n_changes == 0)
        status = AIGW_ENOTFOUND;
    if (status == 0)
        budgets_correct(r->owner, &r->correction);
    free_one(r);
    if (told)
        told(told_ctx, status);
}

static struct budgets_reconciling *
add_one(struct budgets *b, const struct budgets_correction *correction)
{
    struct budgets_reconciling *r = mem_new(sizeof(*r));

    r->owner = b;
    r->sync = (struct db_sync){.done = on_durable, .ctx = r};
    r->client = mem_strdup(correction->payer.client);
    r->route = mem_strdup(correction->payer.route);
    r->tags = mem_strdup(correction->payer.tags);
    r->correction = *correction;
    r->correction.payer.client = r->client;
    r->correction.payer.route = r->route;
    r->correction.payer.tags = r->tags;
    LIST_INSERT_HEAD(&b->reconciling, r, link);
    return r;
}

int
budgets_reconcile(struct budgets *b, int64_t row,
                  const struct budgets_correction *correction,
                  void (*told)(void *ctx, int status), void *ctx,
                  struct budgets_reconciling **ret)
{
    struct budgets_reconciling *r = add_one(b, correction);
    int status =
        ledger_reconcile(b->app->ledger, &r->sync, row, correction->to_nanousd);

    if (status) {
        free_one(r);
        return status;
    }
    r->told = told;
    r->ctx = ctx;
    *ret = r;
    return 0;
}

void
budgets_reconcile_unheard(struct budgets_reconciling *r)
{
    if (r)
        r->told = NULL;
}

void
budgets_reconcile_free(struct budgets *b)
{
    struct budgets_reconciling *next;

    for (struct budgets_reconciling *r = LIST_FIRST(&b->reconciling); r;
         r = next) {
        next = LIST_NEXT(r, link);
        free_one(r);
    }
}
