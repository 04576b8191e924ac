/*
 * failover.h - one failure of the first provider that the caller must not
 * notice: a row of a table, and the check of everything that can be seen of
 * it from outside.
 */
#ifndef AIGW_TESTS_FAILOVER_H
#define AIGW_TESTS_FAILOVER_H

#include "support/mocked_gateway.h"

/* What the failed attempt is taken to have cost. */
enum failover_cost {
    COST_NOTHING,
    COST_ESTIMATED, /* The provider may bill it. */
};

struct failover {
    const char *fault; /* For provider a; several are parted by "\n". */
    bool stream;       /* How it is asked. */
    const char *outcome;
    int http_status; /* 0: none came. */
    bool not_sent;
    enum failover_cost cost;
    const char *error; /* Part of the text; NULL: any. */
};

/* Injects the failure into a gateway that has had no call, asks once, and
 * asserts that provider b gave the answer, that each provider was asked as
 * often as it should, and that result and status tell what happened.  Returns
 * the result, of which the first attempt is the failed one. */
const json_t *failover_run(struct gateway *g, const struct failover *row);

/* The same with a gateway of its own. */
void failover_check(const struct failover *row);

#endif
