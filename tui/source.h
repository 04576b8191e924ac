/*
 * source.h - where the figures come from that the command line asks for: the
 * daemon or a recording, into a model, and into a file if they are to be kept.
 */
#ifndef AIGW_TUI_SOURCE_H
#define AIGW_TUI_SOURCE_H

#include "tui/feed.h"
#include "tui/model.h"
#include "tui/options.h"

struct source {
    struct model model;
    struct feed *feed;     /* NULL: it could not be had. */
    struct record *record; /* NULL: nothing is kept. */
};

/* Opens what `options` name; a snapshot is wanted every `period_ms`.  0, or
 * -1 after a message on stderr.  Release with source_close() in both cases.
 * `s` is not to be moved. */
int source_open(struct source *s, const struct options *options,
                double period_ms, double now_ms);
void source_close(struct source *s);

#endif
