#include "integ/budgeted.h"

#include <signal.h>
#include <stdio.h>

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

void
budgeted_end(void)
{
    struct gateway *g = &budgeted_gateway;

    peer_close(g->peer);
    process_signal(&g->daemon.process, SIGTERM);
    ck_assert_int_eq(test_daemon_wait(&g->daemon), 0);
}

void
budgeted_begin(void)
{
    struct gateway *g = &budgeted_gateway;

    test_daemon_spawn(&g->daemon, NULL);
    test_daemon_await(&g->daemon);
    g->peer = peer_connect(g->daemon.socket);
}

void
budgeted_expect_event(const char *from, const char *to)
{
    char line[80];

    (void)snprintf(line, sizeof(line), "msg=\"budget\" from=%s to=%s", from,
                   to);
    ck_assert_msg(test_daemon_logged(&budgeted_gateway.daemon, line), "%s",
                  line);
}
