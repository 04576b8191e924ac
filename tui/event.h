/*
 * event.h - what is known of an event of the daemon's.  Pure.
 */
#ifndef AIGW_TUI_EVENT_H
#define AIGW_TUI_EVENT_H

#include <aigw/aigw.h>
#include <stdbool.h>
#include <stddef.h>

#include "tui/canvas.h"

/* "closed -> open", or "reloaded" where there was nothing before; within
 * `cols` columns, or else "open". */
void event_change(const struct aigw_value *event, bool ascii, int cols,
                  char *ret_text, size_t size);

/* How bad what has become of it is. */
enum style event_style(const struct aigw_value *event);

#endif
