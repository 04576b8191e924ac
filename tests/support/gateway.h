/*
 * gateway.h - the usual scene of a test: two providers, a daemon in front of
 * them, and one caller.
 *
 * The targets are "one/m" (premium, 2 and 8 USD per million tokens) and
 * "two/m" (economy, 1 and 2); the route "default" has them in this order.
 * Health probes are off unless the further settings say otherwise.
 */
#ifndef AIGW_TESTS_GATEWAY_H
#define AIGW_TESTS_GATEWAY_H

#include "support/daemon.h"
#include "support/provider.h"

struct test_gateway {
    struct test_provider one, two;
    struct test_daemon daemon;
    struct peer *peer;
};

/* `settings` is libconfig text that is added to the configuration. */
void test_gateway_start(struct test_gateway *g, const char *settings);

/* The configuration, for those who want to write another one. */
void test_gateway_reconfigure(struct test_gateway *g, const char *settings);

/* Ends everything, and asserts that everybody was content. */
void test_gateway_stop(struct test_gateway *g);

/* One target of a fresh snapshot, in detail. */
const json_t *test_gateway_target(struct test_gateway *g, const char *name);

/* Asserts that exactly one event told of this transition, and that its reason
 * begins with `reason`. */
void test_gateway_reason(struct test_gateway *g, const char *kind,
                         const char *from, const char *to, const char *reason);

/* Its `state`. */
const char *test_gateway_state(struct test_gateway *g, const char *name);

#endif
