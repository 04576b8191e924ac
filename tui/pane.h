/*
 * pane.h - a framed pane with details: labels at the left, what they are
 * about beside them.
 */
#ifndef AIGW_TUI_PANE_H
#define AIGW_TUI_PANE_H

#include "tui/canvas.h"
#include "tui/flow.h"

enum {
    PANE_LABEL_COLS = 10
};

/* Draws a frame around `area` with `title` in its upper edge.  Returns what
 * is inside. */
struct area pane_frame(struct canvas *c, struct area area, const char *title);

/* The part of `area` from row `row` on. */
struct area pane_below(struct area area, int row);

/* Begins with `label` in row `row` of `inside`; what is put into the result
 * stands beside it, and goes on in the next rows. */
struct flow pane_label(struct canvas *c, struct area inside, int row,
                       const char *label);

/* The first row of `inside` below what was put. */
int pane_next_row(const struct flow *f);

#endif
