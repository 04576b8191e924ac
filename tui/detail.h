/*
 * detail.h - the pictures in the pane of a target.
 */
#ifndef AIGW_TUI_DETAIL_H
#define AIGW_TUI_DETAIL_H

#include "tui/pane.h"

#include <aigw/aigw.h>

/* How long the first content takes, as bars; as many as `area` has rows, the
 * last of which stands for all that took longer. */
void detail_distribution(struct canvas *c, struct area area,
                         const struct aigw_value *target);

/* The last moves of the breaker, at most `max_rows`, the latest first.
 * Returns the rows that it took. */
int detail_history(struct canvas *c, struct area area,
                   const struct aigw_value *target, int max_rows);

#endif
