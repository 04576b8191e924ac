/*
 * methods_uncounted.c - cost.unverified, cost.reconcile.
 */
#include "app/budgets.h"
#include "app/call_read.h"
#include "app/ledger.h"
#include "app/methods.h"
#include "app/status.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What is asked or told, and who waits for the answer. */
struct cost_inquiry {
    struct app *app;
    struct rpc_call *rpc;
    struct db_read read;
    struct budgets_reconciling *reconciling;
    bool one;       /* One is told of, else all are asked for: */
    bool estimated; /* also those of which only the count is missing. */
    char request_id[CALL_ID_SIZE];
    int64_t row; /* 0: the only one of the request. */
    int64_t cost_nanousd;
};

static void
inquiry_free(struct cost_inquiry *q)
{
    db_read_cancel(&q->read);
    budgets_reconcile_unheard(q->reconciling);
    free(q);
}

static void
on_abandon(void *owner)
{
    inquiry_free(owner);
}

static void
fail(struct cost_inquiry *q, int code, const char *text)
{
    rpc_call_fail(q->rpc, code, "%s", text);
    inquiry_free(q);
}

static void
pack_row(struct pack *p, const struct ledger_uncounted *row)
{
    pack_map_begin(p);
    pack_kv_str(p, "request_id", row->request_id);
    pack_kv_int(p, "row", row->row);
    pack_kv_str(p, "target", row->target);
    pack_kv_text(p, "client", row->client);
    pack_kv_int(p, "uid", row->uid);
    pack_kv_text(p, "route", row->route);
    pack_kv_text(p, "tags", row->tags);
    pack_kv_str(p, "settled", row->settled);
    status_pack_usd(p, "cost_usd", row->cost_nanousd);
    pack_kv_int(p, "cost_nanousd", row->cost_nanousd);
    pack_kv_int(p, "started_ms", row->started_ms);
    pack_map_end(p);
}

static void
on_rows(void *ctx, int status, const struct db_rows *rows)
{
    struct cost_inquiry *q = ctx;
    struct ledger_uncounted row;
    struct pack *p;

    if (status) {
        fail(q, AIGW_EINTERNAL, "the ledger cannot be read");
        return;
    }
    p = rpc_call_begin(q->rpc);
    pack_map_begin(p);
    pack_key(p, "rows");
    pack_array_begin(p);
    for (int i = 0; i < db_rows_count(rows); i++) {
        ledger_uncounted_row(rows, i, &row);
        pack_row(p, &row);
    }
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(q->rpc);
    inquiry_free(q);
}

/* Asks the ledger, with `done` for the answer. */
static void
ask(struct cost_inquiry *q,
    void (*done)(void *ctx, int status, const struct db_rows *rows))
{
    const struct session_client *client = session_client(q->rpc->session);

    q->read = (struct db_read){.done = done, .ctx = q};
    if (ledger_uncounted_find(q->app->ledger, &q->read,
                              &(struct ledger_uncounted_query){
                                  .estimated = q->one || q->estimated,
                                  .everybody = client->admin,
                                  .uid = client->uid,
                                  .request_id = q->one ? q->request_id : NULL,
                                  .row = q->row,
                              }))
        fail(q, AIGW_EOVERLOADED, "too much waits to be stored");
    else
        rpc_call_set_owner(q->rpc, on_abandon, NULL, q);
}

static struct cost_inquiry *
inquiry_new(struct app *app, struct rpc_call *call)
{
    struct cost_inquiry *q = mem_new(sizeof(*q));

    q->app = app;
    q->rpc = call;
    return q;
}

void
methods_cost_unverified(struct app *app, struct rpc_call *call,
                        const msgpack_object *params)
{
    struct cost_inquiry *q = inquiry_new(app, call);
    struct aigw_err err = {0};
    struct unpack u;

    methods_unpack(&u, params, &err);
    (void)unpack_bool(&u, "estimated", &q->estimated);
    if (unpack_finish(&u)) {
        fail(q, AIGW_EPARAMS, err.text);
        return;
    }
    ask(q, on_rows);
}

static void
on_reconciled(void *ctx, int status)
{
    struct cost_inquiry *q = ctx;

    q->reconciling = NULL;
    if (status == AIGW_ENOTFOUND) {
        fail(q, AIGW_ENOTFOUND, "it has been reconciled meanwhile");
        return;
    }
    if (status) {
        fail(q, AIGW_EINTERNAL, "the ledger cannot be written");
        return;
    }
    rpc_call_ok(q->rpc);
    inquiry_free(q);
}

/* A probe is nobody's call: it has no request. */
static int
reconcile(struct cost_inquiry *q, const struct ledger_uncounted *row)
{
    const struct budgets_correction correction = {
        .payer =
            {
                .client = row->client,
                .uid = row->uid,
                .route = row->route,
                .tags = row->tags,
                .nobody = !*row->request_id,
            },
        .started_ms = row->started_ms,
        .from_nanousd = row->cost_nanousd,
        .to_nanousd = q->cost_nanousd,
        .verifies = strcmp(row->settled, "unknown") == 0,
    };

    log_line(LOG_INFO, "a cost is reconciled", LOG_INT("row", row->row),
             LOG_INT("cost_nanousd", q->cost_nanousd));
    return budgets_reconcile(q->app->budgets, row->row, &correction,
                             on_reconciled, q, &q->reconciling);
}

static void
on_found(void *ctx, int status, const struct db_rows *rows)
{
    struct cost_inquiry *q = ctx;
    int n = status ? 0 : db_rows_count(rows);
    struct ledger_uncounted row;

    if (status) {
        fail(q, AIGW_EINTERNAL, "the ledger cannot be read");
    } else if (n == 0) {
        fail(q, AIGW_ENOTFOUND, "no such attempt, or its cost is known");
    } else if (n > 1) {
        fail(q, AIGW_EPARAMS, "row: the request has several");
    } else {
        ledger_uncounted_row(rows, 0, &row);
        if (reconcile(q, &row))
            fail(q, AIGW_EOVERLOADED, "too much waits to be stored");
    }
}

static int
read_reconciliation(struct rpc_call *call, const msgpack_object *params,
                    struct cost_inquiry *q)
{
    struct aigw_err err = {0};
    struct unpack u;
    double usd = -1;

    q->one = true;
    methods_unpack(&u, params, &err);
    unpack_require(&u, "request_id");
    unpack_require(&u, "cost_usd");
    (void)call_read_name(&u, "request_id", q->request_id,
                         sizeof(q->request_id));
    if (unpack_int(&u, "row", &q->row) && q->row < 1)
        unpack_refuse(&u, "row", "expected a number from 1 on");
    if (unpack_double(&u, "cost_usd", &usd)
        && price_from_usd(usd, &q->cost_nanousd))
        unpack_refuse(&u, "cost_usd", "expected an amount in USD");
    if (unpack_finish(&u) == 0)
        return 0;
    rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
    return AIGW_EPARAMS;
}

void
methods_cost_reconcile(struct app *app, struct rpc_call *call,
                       const msgpack_object *params)
{
    struct cost_inquiry *q = inquiry_new(app, call);

    if (read_reconciliation(call, params, q))
        inquiry_free(q);
    else
        ask(q, on_found);
}
