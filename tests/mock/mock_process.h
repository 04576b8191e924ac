/*
 * mock_process.h - starts an aigw-mock for a test and talks to it.
 *
 * Everything here blocks, and aborts the test by its result only: functions
 * tell by their value what happened.  A test links `mock_process`; the program
 * is the one that was built beside it.
 */
#ifndef AIGW_TESTS_MOCK_MOCK_PROCESS_H
#define AIGW_TESTS_MOCK_MOCK_PROCESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mock_process {
    pid_t pid;
    int out; /* Its stdout. */
    int port;
    int admin_port;
};

enum wire_end {
    WIRE_REFUSED,
    WIRE_EOF,
    WIRE_RESET,
    WIRE_TIMEOUT,
    WIRE_FULL /* More came than was wanted. */
};

/* What came back on a raw connection, as it was on the wire. */
struct wire {
    char *data; /* NUL-terminated; to be freed. */
    size_t size;
    enum wire_end end;
};

struct wire_limits {
    int timeout_ms; /* Of silence. */
    size_t max;     /* Stop after that many bytes; 0: 64 MiB. */
};

/* Starts aigw-mock with `args` (NULL-terminated, without the program), and
 * --listen and --admin of its own.  0, or -1 if it does not come up. */
int mock_process_start(struct mock_process *p, const char *const *args);

/* The same for aigw-mock-h2, of which only mock_process_stats(), _stat(),
 * _await() and _stop() make sense. */
int mock_process_start_h2(struct mock_process *p, const char *const *args);

/* SIGTERM; returns the exit code, or -1 if it did not exit by itself. */
int mock_process_stop(struct mock_process *p);

/* Adds a fault; its id, or -1. */
int mock_process_fault(const struct mock_process *p, const char *spec);

/* Forgets all faults and statistics. */
int mock_process_reset(const struct mock_process *p);

/* Removes all faults, keeps the statistics. */
int mock_process_heal(const struct mock_process *p);

/* GET /__mock/stats; the caller drops the reference.  NULL on failure. */
json_t *mock_process_stats(const struct mock_process *p);

/* The same of one prompt, of letters, digits and blanks, up to 64. */
json_t *mock_process_stats_of(const struct mock_process *p, const char *prompt);

/* One integer out of the statistics; -1 without it. */
int64_t mock_process_stat(const struct mock_process *p, const char *field);

/* Waits until that integer is at least `want`; false after `timeout_ms`. */
bool mock_process_await(const struct mock_process *p, const char *field,
                        int64_t want, int timeout_ms);

/* A socket connected to 127.0.0.1:`port`, or -1. */
int wire_connect(int port);

/* Sends all of `data` and reads until the other side ends, is silent for too
 * long, or says too much.  Does not close. */
struct wire wire_talk(int fd, const char *data, size_t size,
                      const struct wire_limits *limits);

/* One request on a connection of its own ("Connection: close"). */
struct wire wire_request(int port, const char *method, const char *path,
                         const char *headers, const char *body,
                         const struct wire_limits *limits);

/* The status of a response, or -1. */
int wire_status(const struct wire *w);

/* The body, with chunks joined, to be freed; `ret_whole` tells whether it
 * came to its end. */
char *wire_body(const struct wire *w, size_t *ret_size, bool *ret_whole);

#endif
