/*
 * cut.h - text made to fit, so that what is left still tells what it was.
 */
#ifndef AIGW_TUI_CUT_H
#define AIGW_TUI_CUT_H

#include "tui/canvas.h"

enum {
    CUT_SIZE = 1024
};

struct cut {
    char s[CUT_SIZE];
};

/* `text` within `cols` columns of a canvas like `c`: its beginning, "..", and
 * its end, because the end of a path or of a model's name is what tells it
 * from its neighbours.  Where there is no room for that, the beginning. */
struct cut cut_middle(const struct canvas *c, const char *text, int cols);

#endif
