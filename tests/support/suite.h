/*
 * suite.h - the main() of every test program.
 */
#ifndef AIGW_TESTS_SUITE_H
#define AIGW_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs `suite` as the environment says (CK_RUN_CASE, CK_FORK, CK_VERBOSITY)
 * and returns the exit code. */
static inline int
suite_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
