/*
 * batch.h - aigw-top without a terminal: tables, JSON, CSV or sentences on
 * stdout, flushed after each look.
 *
 * A look is a snapshot or, once there was one, a period in which none came:
 * so that `-n 10 -d 5` ends whatever becomes of the daemon.
 */
#ifndef AIGW_TUI_BATCH_H
#define AIGW_TUI_BATCH_H

#include <stdio.h>

#include "tui/feed.h"
#include "tui/options.h"

enum {
    BATCH_EXIT_INTERRUPTED = 130, /* SIGINT. */
    BATCH_PERIOD_MS = 1000,       /* Without --delay. */
    BATCH_PATIENCE_MS = 5000      /* For the first snapshot. */
};

/* Opens what the options name, and follows it.  Returns an exit code, after a
 * message on stderr unless it is 0 or 130. */
int batch_run(const struct options *options);

/* Looks at what `feed` puts into `model` as often as the options say, and
 * writes it to `out`, until a signal, the end of a recording or the reader of
 * `out` ends it.  Returns an exit code: OPTIONS_EXIT_CONNECT if there is no
 * daemon at first, or the last look did not find it. */
int batch_follow(const struct options *options, struct feed *feed,
                 struct model *model, FILE *out, FILE *err);

#endif
