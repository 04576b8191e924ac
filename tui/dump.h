/*
 * dump.h - what the screen shows, and what it is made from, as a JSON file
 * to hand on to somebody.
 */
#ifndef AIGW_TUI_DUMP_H
#define AIGW_TUI_DUMP_H

#include "tui/canvas.h"
#include "tui/model.h"

/* All that is known of the daemon, and the rows of `c` as text.  To be freed
 * with aigw_value_free(). */
struct aigw_value *dump_make(const struct model *m, const struct canvas *c,
                             double now_ms, double wall_ms);

/* Writes that to ./aigw-top-TIME.json, which must not exist yet, for its
 * owner alone.  0 or a negative errno; `ret_name` is the file's name. */
int dump_save(const struct model *m, const struct canvas *c, double now_ms,
              double wall_ms, char ret_name[64]);

#endif
