/*
 * calls.h - many calls of one connection at a time.
 */
#ifndef AIGW_TESTS_CALLS_H
#define AIGW_TESTS_CALLS_H

#include "support/mocked_gateway.h"

/* Looks at the result of call number `i`. */
typedef void (*calls_look_fn)(const json_t *result, int i, void *ctx);

/* Calls `generate` `total` times with the prompts "PROMPT 0", "PROMPT 1" ...,
 * at most `at_once` of them running at any moment. */
struct calls_plan {
    int total;
    int at_once;
    const char *prompt;
    const char *more;   /* Further params, as for gateway_ask(); may be NULL. */
    calls_look_fn look; /* May be NULL. */
    void *ctx;
};

struct calls_count {
    int answered;
    int failed;
};

struct calls_count calls_run(struct gateway *g, const struct calls_plan *plan);

/* Runs one streamless call after the other and returns the 99th percentile of
 * what they took, as the caller saw it. */
double calls_p99_ms(struct peer *p, int total);

#endif
