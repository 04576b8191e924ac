/*
 * daemon.h - the real aigwd for one test, in a folder of its own.
 *
 *     struct test_daemon d;
 *
 *     test_daemon_start(&d, "providers = (...%d...);", port);
 *     p = peer_connect(d.socket);
 *     ...
 *     peer_close(p);
 *     test_daemon_stop(&d);
 *
 * The daemon ends with the test, however that ends.  Its folder holds the
 * configuration, the socket, its log, and its state where the configuration
 * does not say otherwise; it is removed by test_daemon_stop() and left for
 * people to look at when the test fails.
 */
#ifndef AIGW_TESTS_DAEMON_H
#define AIGW_TESTS_DAEMON_H

#include "support/peer.h"
#include "support/process.h"

struct test_daemon {
    struct process process;
    char folder[64];
    char config[96];
    char socket[96];
    char log[96]; /* Its stderr. */
};

/* Writes the configuration (a format), starts the daemon and waits until its
 * socket answers. */
void test_daemon_start(struct test_daemon *d, const char *config, ...)
    __attribute__((format(printf, 2, 3)));

/* The two halves of it, for those who want to add arguments (NULL-terminated,
 * may be NULL) or expect it to fail. */
void test_daemon_configure(struct test_daemon *d, const char *config, ...)
    __attribute__((format(printf, 2, 3)));
void test_daemon_spawn(struct test_daemon *d, const char *const *args);
void test_daemon_await(struct test_daemon *d);

/* Writes another configuration for a living one, which it does not notice by
 * itself. */
void test_daemon_reconfigure(struct test_daemon *d, const char *config, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends it with SIGTERM, asserts exit code 0 and that no sanitizer complained,
 * and removes the folder. */
void test_daemon_stop(struct test_daemon *d);

/* Waits for an end that was asked for otherwise; returns the exit code.  The
 * folder stays until test_daemon_clean(). */
int test_daemon_wait(struct test_daemon *d);
void test_daemon_clean(struct test_daemon *d);

/* Does its log contain the text? */
bool test_daemon_logged(const struct test_daemon *d, const char *text);

#endif
