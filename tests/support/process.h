/*
 * process.h - a child process of a test, and patience.
 *
 * A child ends with the test that started it, however that ends.  All
 * functions fail the test when something is wrong.
 */
#ifndef AIGW_TESTS_PROCESS_H
#define AIGW_TESTS_PROCESS_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
    /* How long anything may take that should come at once: generous, because
     * tests also run under sanitizers on busy machines. */
    PATIENCE_MS = 20000,
    PROCESS_MAX_ARGS = 64,
};

struct process {
    pid_t pid;  /* 0: it has ended and was waited for. */
    int status; /* As waitpid() gave it. */
    int out;    /* The read end of its stdout, or -1. */
};

struct process_options {
    const char *const *argv; /* NULL-terminated; argv[0] is the path. */
    const char *stderr_path; /* Where stderr is appended; NULL: ours. */
    bool capture;            /* Its stdout is read through `out`. */
};

void process_start(struct process *p, const struct process_options *options);

/* Reads one line from its stdout, without the line feed. */
void process_read_line(struct process *p, char *line, size_t size);

void process_signal(const struct process *p, int signum);

/* False if it still runs. */
bool process_has_ended(struct process *p);

/* Waits for its end and returns the exit code, or minus the signal that ended
 * it.  A process that does not end in time is killed and fails the test. */
int process_wait(struct process *p, int64_t within_ms);

/* Ends it by force, if it runs. */
void process_kill(struct process *p);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t process_now_ms(void);

/* Looks at `condition` every few milliseconds until it holds; fails the test
 * when it does not within `within_ms`. */
#define eventually_within(condition, within_ms)                                \
    do {                                                                       \
        int64_t give_up_ms = process_now_ms() + (within_ms);                   \
                                                                               \
        while (!(condition)) {                                                 \
            ck_assert_msg(process_now_ms() < give_up_ms,                       \
                          "never came true: %s", #condition);                  \
            process_pause();                                                   \
        }                                                                      \
    } while (0)

#define eventually(condition) eventually_within(condition, PATIENCE_MS)

/* The pause between two looks. */
void process_pause(void);

#endif
