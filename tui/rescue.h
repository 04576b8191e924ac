/*
 * rescue.h - gives the terminal back when the program crashes, or ends where
 * nobody thought of it.
 *
 * A process has one terminal to give back, and a signal handler finds it only
 * in a variable of the program's: hence the one in rescue.c.
 */
#ifndef AIGW_TUI_RESCUE_H
#define AIGW_TUI_RESCUE_H

#include <stddef.h>
#include <termios.h>

enum {
    RESCUE_MAX_BYTES = 512
};

/* From now on a fatal signal, and exit(3), write `bytes` (at most
 * RESCUE_MAX_BYTES) to `fd` and set `modes` on stdin before they do what they
 * always do.  May be called again with others. */
void rescue_arm(int fd, const struct termios *modes, const char *bytes,
                size_t size);

/* The terminal has been given back otherwise. */
void rescue_disarm(void);

#endif
