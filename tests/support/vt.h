/*
 * vt.h - what a terminal shows after a program has written to it.
 *
 * Knows what the descriptions of xterm, linux and vt100 make ncurses write,
 * and counts everything else.  Fails the test when a program puts a character
 * where there is no place for it.
 */
#ifndef AIGW_TESTS_VT_H
#define AIGW_TESTS_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum {
    VT_MAX_ROWS = 120,
    VT_MAX_COLS = 320,
    VT_MAX_PARAMS = 16
};

/* One cell; 0: the right half of a wide character. */
struct vt_cell {
    wchar_t ch;
    bool bold, reverse, dim;
    int colour; /* Of the foreground; -1: the usual one. */
};

struct vt_screen {
    struct vt_cell cells[VT_MAX_ROWS][VT_MAX_COLS];
    int row, col;
};

struct vt {
    int rows, cols;
    struct vt_screen screens[2]; /* The usual and the other one. */
    bool other;                  /* The other one is shown. */
    bool cursor_hidden, mouse, keys_sent_as_applications;
    unsigned unknown; /* Sequences that are not known here. */
    char unknown_text[64];

    /* The way there. */
    struct vt_cell look; /* Of what is written next. */
    bool wraps;          /* The next character begins a new row. */
    int top, bottom;     /* The rows that scroll: to before `bottom`. */

    enum {
        VT_TEXT,
        VT_ESCAPE,
        VT_CSI,
        VT_OSC,
        VT_CHARSET
    } state;

    int params[VT_MAX_PARAMS];
    int n_params;
    char private; /* '?' or '>' or 0. */
    char utf8[4];
    size_t n_utf8;
    char sequence[64];
    size_t n_sequence;
};

void vt_init(struct vt *vt, int rows, int cols);

/* The terminal has another size; what does not fit is cut off. */
void vt_resize(struct vt *vt, int rows, int cols);

void vt_write(struct vt *vt, const char *bytes, size_t size);

/* Row `row` as UTF-8, without the blanks at its end. */
void vt_row(const struct vt *vt, int row, char *ret_text, size_t size);

/* Where `text` stands; false if it does not. */
bool vt_find(const struct vt *vt, const char *text, int *ret_row, int *ret_col);

bool vt_shows(const struct vt *vt, const char *text);

/* The cell at a place of the screen that is shown. */
const struct vt_cell *vt_cell(const struct vt *vt, int row, int col);

#endif
