/*
 * provider.h - an aigw-mock that plays a provider for one test.
 *
 * A thin layer over mock_process.h that fails the test when something is
 * wrong.  Faults and books are reached through the mock's admin listener,
 * which no fault applies to and no statistics count (tests/mock/README.md).
 */
#ifndef AIGW_TESTS_PROVIDER_H
#define AIGW_TESTS_PROVIDER_H

#include "mock_process.h"
#include "support/value.h"

#include <jansson.h>

struct test_provider {
    struct mock_process process;
    int port;
};

/* Starts one on a port of its own; further arguments as in its README, ended
 * by NULL. */
void test_provider_start(struct test_provider *m, ...)
    __attribute__((sentinel));

/* Ends it, and asserts that it was content. */
void test_provider_stop(struct test_provider *m);

/* Adds a fault, as "kind=status,status=503"; returns its id. */
int test_provider_fault(const struct test_provider *m, const char *spec);

/* Removes all faults. */
void test_provider_heal(const struct test_provider *m);

/* Its books: a new value, the caller's. */
json_t *test_provider_stats(const struct test_provider *m);

/* What it has billed for one prompt. */
int64_t test_provider_bill(const struct test_provider *m, const char *prompt);

/* One number of them, by path: "requests.models". */
int64_t test_provider_count(const struct test_provider *m, const char *path);

#endif
