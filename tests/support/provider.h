/*
 * provider.h - an aigw-mock that plays a provider for one test.
 *
 * Faults and books are reached through its admin listener, which no fault
 * applies to and no statistics count (tests/mock/README.md).
 */
#ifndef AIGW_TESTS_PROVIDER_H
#define AIGW_TESTS_PROVIDER_H

#include "support/process.h"
#include "support/value.h"

#include <jansson.h>

struct test_provider {
    struct process process;
    int port;
    int admin_port;
};

/* Starts one on a port of its own; further arguments as in its README, ended
 * by NULL. */
void test_provider_start(struct test_provider *m, ...)
    __attribute__((sentinel));

/* Ends it with SIGTERM and asserts that it was content. */
void test_provider_stop(struct test_provider *m);

/* Adds a fault, as "kind=status,status=503"; returns its id. */
int test_provider_fault(struct test_provider *m, const char *spec);

/* Removes all faults. */
void test_provider_heal(struct test_provider *m);

/* Its books: a new value, the caller's. */
json_t *test_provider_stats(const struct test_provider *m);

/* One number of them. */
int64_t test_provider_count(const struct test_provider *m, const char *path);

/* A request to its admin listener; the body of the answer, the caller's. */
char *test_provider_admin(const struct test_provider *m, const char *method,
                          const char *path, const char *body);

#endif
