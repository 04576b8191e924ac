/*
 * term.h - the terminal: the only file that knows ncurses.
 *
 * Whatever ends the program, the terminal is given back: on return, on
 * SIGINT, SIGTERM, SIGHUP and on a crash; and around SIGTSTP and SIGCONT.
 */
#ifndef AIGW_TUI_TERM_H
#define AIGW_TUI_TERM_H

#include <stdbool.h>

#include "tui/canvas.h"
#include "tui/input.h"

struct term;

struct term_options {
    bool mono; /* No colours even if there are some (-C, NO_COLOR). */
    bool mouse;
};

/* Takes the terminal of stdin and stdout over.  NULL if that is none, or of a
 * kind that cannot be driven; `ret_error` then says what and what to do. */
struct term *term_new(const struct term_options *options, char ret_error[160]);

/* Gives it back as it was. */
void term_free(struct term *t);

/* Its size now. */
void term_size(const struct term *t, int *ret_rows, int *ret_cols);

/* Shows `c`; writes only what has changed since the last time.  With `all`
 * everything, as after another program wrote to the terminal.  Never waits:
 * what a slow terminal does not take is made up for by the next one. */
void term_show(struct term *t, const struct canvas *c, bool all);

/* The next key that was pressed; INPUT_NONE if there is none. */
struct input term_read(struct term *t);

/* Whether keys are waiting that poll(2) does not tell of. */
bool term_has_input(const struct term *t);

void term_set_mouse(struct term *t, bool on);

/* Stops the program as ^Z does, and returns when it goes on. */
void term_suspend(struct term *t);

/* Bytes written to the terminal so far. */
unsigned long long term_written(const struct term *t);

#endif
