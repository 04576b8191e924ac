/*
 * tty.h - the terminal as a device: its modes, output that never waits, and
 * the way back.
 *
 * What the terminal does not take at once stays in a queue, and whoever draws
 * draws nothing more while there is one: so the queue is never longer than a
 * frame, and a terminal that stands still costs nothing but its picture.
 */
#ifndef AIGW_TUI_TTY_H
#define AIGW_TUI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "tui/rescue.h"

struct tty {
    int out;               /* Never blocks; -1: closed. */
    bool begun;            /* Taken over. */
    struct termios cooked; /* As it was found. */
    char farewell[RESCUE_MAX_BYTES];
    size_t n_farewell;
    char *queue;
    size_t n_queue;
    size_t n_sent; /* Of the queue. */
    unsigned long long written;
};

/* Finds the terminal of stdin and stdout, and changes nothing yet.  -1 with a
 * sentence in `ret_error` if there is none. */
int tty_open(struct tty *t, char ret_error[160]);

/* Gives it back if it is taken over, and forgets it. */
void tty_close(struct tty *t);

/* Takes it over, also anew after somebody else had it: keys come one by one
 * and without echo, signals by key as usual. */
void tty_begin(struct tty *t);

/* Gives it back: writes what was set by tty_set_farewell() and restores its
 * modes.  Waits for a moment for a terminal that takes nothing. */
void tty_end(struct tty *t);

/* What is written last, whatever ends the program; at most
 * RESCUE_MAX_BYTES. */
void tty_set_farewell(struct tty *t, const char *bytes, size_t size);

/* Queues `size` bytes and writes what is taken. */
void tty_write(struct tty *t, const char *bytes, size_t size);

/* Writes on.  True if nothing is left. */
bool tty_flush(struct tty *t);

/* Whether something is left. */
bool tty_is_behind(const struct tty *t);

/* Its size now, or the usual one if it does not know. */
void tty_size(const struct tty *t, int *ret_rows, int *ret_cols);

#endif
