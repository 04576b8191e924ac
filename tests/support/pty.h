/*
 * pty.h - a program on a terminal of a test: its keys, its signals, and what
 * stands on the screen (support/vt.h).
 *
 * The program ends with the test that started it.  All functions fail the
 * test when something is wrong.
 */
#ifndef AIGW_TESTS_PTY_H
#define AIGW_TESTS_PTY_H

#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "support/process.h"
#include "support/vt.h"

struct pty {
    pid_t pid; /* 0: it has ended and was waited for. */
    int status;
    int master;
    int slave; /* Kept, so that the terminal outlives the program. */
    struct termios before;
    uint64_t n_bytes; /* Read so far. */
    struct vt vt;
};

/* Starts the program `argv` (NULL-terminated) in `folder` on a terminal of
 * that size. */
void pty_start(struct pty *p, const char *const *argv, const char *folder,
               int rows, int cols);

/* Takes in what comes within `ms`. */
void pty_pump(struct pty *p, int ms);

/* Takes in what comes until `text` is shown. */
void pty_await(struct pty *p, const char *text);

/* Until it is shown no more. */
void pty_await_gone(struct pty *p, const char *text);

/* Presses keys. */
void pty_type(struct pty *p, const char *keys);
void pty_type_bytes(struct pty *p, const char *bytes, size_t size);

void pty_resize(struct pty *p, int rows, int cols);

/* Sends a signal to the program. */
void pty_signal(struct pty *p, int signum);

/* Takes in what comes until the program has ended; returns its exit code, or
 * minus the signal that ended it. */
int pty_wait(struct pty *p);

/* Waits for its end without reading anything. */
int pty_wait_unread(struct pty *p);

/* Asserts that the terminal is as it was found: its modes, the usual screen,
 * a cursor, no mouse. */
void pty_expect_restored(struct pty *p);

/* Whether the modes are those it had. */
bool pty_is_cooked(const struct pty *p);

void pty_stop(struct pty *p);

#endif
