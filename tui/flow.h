/*
 * flow.h - parts of text side by side, as long as there is room.
 */
#ifndef AIGW_TUI_FLOW_H
#define AIGW_TUI_FLOW_H

#include <stdbool.h>

#include "tui/canvas.h"

/* Where the next part goes. */
struct flow {
    struct canvas *c;
    struct area area;
    int row;    /* Of the canvas. */
    int col;    /* Of the canvas. */
    int indent; /* The column of the area where further rows begin; -1: there
                 * is one row only, and what does not fit is left out. */
    int gap;    /* Blanks between two parts. */
    bool begun; /* There is a part in this row. */
};

/* Begins at column `col` of row `row` of `area`. */
struct flow flow_at(struct canvas *c, struct area area, int row, int col);

/* Writes one part, of at most 1 KiB, whole or not at all; where nothing else
 * is in the row, as much as fits.  Returns whether it was written. */
bool flow_put(struct flow *f, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes `text` word by word; it needs an indent. */
void flow_words(struct flow *f, enum style style, const char *text);

/* Goes on at column `col` of the area in the next row. */
void flow_break(struct flow *f, int col);

#endif
