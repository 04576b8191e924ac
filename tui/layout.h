/*
 * layout.h - where everything is on a screen of a given size.  Pure.
 */
#ifndef AIGW_TUI_LAYOUT_H
#define AIGW_TUI_LAYOUT_H

#include "tui/canvas.h"

/* How much there is to show. */
struct layout_needs {
    int alerts;  /* 0 to 2. */
    bool detail; /* The pane is open. */
    bool tabs;   /* The names of the views are worth a row. */
};

/* An area without rows is not shown. */
struct layout {
    struct area identity;
    struct area summary; /* 1 row at 50 columns, 2 at 80, 4 at 120 x 30. */
    struct area alerts;
    struct area tabs;
    struct area view; /* The titles of the columns and the rows. */
    struct area count;
    struct area detail; /* Below; at the right from 200 x 50 on. */
    struct area events; /* A strip of 6 rows from 200 x 50 on. */
    struct area keys;
    bool narrow; /* Under 50 columns or 8 rows. */
};

/* The areas lie side by side and never beyond the screen. */
struct layout layout_make(int rows, int cols, const struct layout_needs *needs);

/* Whether there is room to say more than the most important. */
bool layout_is_wide(int rows, int cols);

#endif
