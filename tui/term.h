/*
 * term.h - the terminal: the only file that knows ncurses.
 *
 * ncurses writes into a file in memory, from which every frame goes on to
 * tui/tty.h: so it never waits for the terminal, and what it wrote is known
 * to the byte.  Whatever ends the program, the terminal is given back: on
 * return, and on a crash (tui/rescue.h); signals are the owner's.
 */
#ifndef AIGW_TUI_TERM_H
#define AIGW_TUI_TERM_H

#include <stdbool.h>

#include "tui/canvas.h"
#include "tui/input.h"

struct terminal; /* Not `term`, which is one of ncurses. */

struct term_options {
    bool mono; /* No colours even if there are some (-C, NO_COLOR). */
    bool mouse;
};

/* Takes the terminal of stdin and stdout over.  NULL if that is none, or of a
 * kind that cannot be driven; `ret_error` then says what and what to do. */
struct terminal *term_new(const struct term_options *options,
                          char ret_error[160]);

/* Gives it back as it was.  NULL is ignored. */
void term_free(struct terminal *t);

/* Its size, at most that of a canvas. */
void term_size(const struct terminal *t, int *ret_rows, int *ret_cols);

/* Looks whether it has another size now; true if so. */
bool term_resize(struct terminal *t);

/* Shows `c`; writes only what has changed since the last time.  With `all`
 * everything, as after another program wrote to the terminal.  Never waits:
 * while the terminal is behind nothing is shown, and false returned. */
bool term_show(struct terminal *t, const struct canvas *c, bool all);

/* Whether it has not taken all of the last frame yet.  If so, wait for POLLOUT
 * on term_fd() and call term_flush(). */
bool term_is_behind(const struct terminal *t);
int term_fd(const struct terminal *t);
void term_flush(struct terminal *t);

/* The next key that was pressed; INPUT_NONE when there is no more.  Ask for
 * all of them: some wait where poll(2) does not see them. */
struct input term_read(struct terminal *t);

void term_set_mouse(struct terminal *t, bool on);

/* Stops the program as ^Z does, and returns when it goes on. */
void term_suspend(struct terminal *t);

/* The program was stopped otherwise and has gone on: takes the terminal over
 * again. */
void term_resume(struct terminal *t);

/* Bytes written to the terminal so far. */
unsigned long long term_written(const struct terminal *t);

#endif
