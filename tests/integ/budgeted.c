#include "integ/budgeted.h"

struct gateway budgeted_gateway;

void
budgeted_start(const char *budgets)
{
    budgeted_gateway =
        (struct gateway){.n_mocks = 1, .keeps_state = true, .more = budgets};
    gateway_start(&budgeted_gateway);
}

const json_t *
budgeted_find(const char *name)
{
    return value_where(peer_result(budgeted_gateway.peer, "budget.list", "[]"),
                       "budgets", "name", name);
}
