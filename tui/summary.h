/*
 * summary.h - how the gateway as a whole is told of, in one row, two or four.
 */
#ifndef AIGW_TUI_SUMMARY_H
#define AIGW_TUI_SUMMARY_H

#include "tui/panel.h"

void summary_draw_row(struct canvas *c, struct area area,
                      const struct scene *s);

/* From 80 columns on. */
void summary_draw_two(struct canvas *c, struct area area,
                      const struct scene *s);

/* From 120 columns on. */
void summary_draw_four(struct canvas *c, struct area area,
                       const struct scene *s);

#endif
