/*
 * methods_budget.c - budget.list, budget.set.
 */
#include "app/budgets.h"
#include "app/call_read.h"
#include "app/config_schema.h"
#include "app/methods.h"

#include <limits.h>

enum {
    NAME_SIZE = 80,
    N_EXCEEDED = 3,
};

void
methods_budget_list(struct app *app, struct rpc_call *call,
                    const msgpack_object *params)
{
    struct pack *p = rpc_call_begin(call);

    (void)params;
    pack_map_begin(p);
    pack_key(p, "budgets");
    budgets_pack(p, app->budgets, INT_MAX);
    pack_map_end(p);
    rpc_call_end(call);
}

static void
read_limit(struct unpack *u, struct budgets_change *change)
{
    double usd;

    if (!unpack_double(u, "limit_usd", &usd))
        return;
    change->sets_limit = true;
    if (price_from_usd(usd, &change->limit_nanousd))
        unpack_refuse(u, "limit_usd", "expected an amount in USD");
}

void
methods_budget_set(struct app *app, struct rpc_call *call,
                   const msgpack_object *params)
{
    struct budgets_change change = {0};
    struct aigw_err err = {0};
    char name[NAME_SIZE] = "";
    size_t exceeded = 0;
    struct unpack u;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "name");
    (void)call_read_name(&u, "name", name, sizeof(name));
    read_limit(&u, &change);
    change.sets_exceeded = unpack_choice(
        &u, "on_exceeded", config_schema_exceeded, N_EXCEEDED, &exceeded);
    change.on_exceeded = (enum config_exceeded)exceeded;
    if (unpack_bool(&u, "accept_reset", &change.accepts_reset)
        && !change.accepts_reset)
        unpack_refuse(&u, "accept_reset", "expected true");
    if (unpack_finish(&u) == 0 && !change.sets_limit && !change.sets_exceeded
        && !change.accepts_reset)
        unpack_require(&u, "limit_usd");
    if (unpack_finish(&u))
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
    else if (budgets_set(app->budgets, name, &change))
        rpc_call_fail(call, AIGW_ENOTFOUND, "no budget \"%s\"", name);
    else
        rpc_call_ok(call);
}
