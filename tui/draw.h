/*
 * draw.h - the whole screen, from what is known and what is looked at.
 *
 * The rows, from the top: identity, summary, alerts, tabs, the view, its
 * count, keys; a pane with details below the view or at its right.  Every
 * size has a layout (tui/layout.h); nothing is refused.  Pure.
 */
#ifndef AIGW_TUI_DRAW_H
#define AIGW_TUI_DRAW_H

#include "tui/canvas.h"
#include "tui/layout.h"
#include "tui/model.h"
#include "tui/ui.h"

/* Draws everything, over whatever was there.  `wall_ms` is the time that the
 * clock at the top right shows, but for a recording, which shows its own. */
void draw(struct canvas *c, const struct model *m, const struct ui *ui,
          double now_ms, double wall_ms);

/* Where everything is on a screen of `rows` x `cols` that draw() would draw
 * now: for paging, and for what a click is on. */
struct layout draw_layout(const struct model *m, const struct ui *ui, int rows,
                          int cols, double now_ms);

#endif
