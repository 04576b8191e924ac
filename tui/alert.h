/*
 * alert.h - what an operator has to know at once, in a row or two.
 *
 * The most urgent first: the lost connection; what was said to the operator;
 * a restart; targets that are out of order, those of the latest trouble
 * first; limits of spending; a daemon that is shutting down; drills.  Pure.
 */
#ifndef AIGW_TUI_ALERT_H
#define AIGW_TUI_ALERT_H

#include "tui/panel.h"

struct alert {
    char s[512];
    enum style style;
};

/* What there is to say within MODEL_MAX_ALERTS rows; the last one tells how
 * many more there are.  `wide` asks for the ones that can wait, too; less
 * than 80 `cols` for counts instead of reasons. */
struct alerts {
    struct alert rows[MODEL_MAX_ALERTS];
    int n_rows;
};

struct alerts alerts_collect(const struct scene *s, int cols, bool wide);

void alerts_draw(struct canvas *c, struct area area,
                 const struct alerts *alerts);

#endif
