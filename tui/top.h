/*
 * top.h - aigw-top on a terminal: waits for keys, signals and the feed, and
 * draws.
 */
#ifndef AIGW_TUI_TOP_H
#define AIGW_TUI_TOP_H

#include "tui/options.h"

/* Runs until the operator ends it, a signal does, or the terminal is gone.
 * Returns an exit code, after a message on stderr unless it is 0. */
int top_run(const struct options *options);

#endif
