/*
 * recall.h - what a stored call said, read back.
 *
 * Page by page, since it may be long, into a replay, a text or both.
 */
#ifndef AIGW_APP_RECALL_H
#define AIGW_APP_RECALL_H

#include "app/store.h"
#include "core/replay.h"

/* The caller's storage, which the caller sets the first five members of. */
struct recall {
    /* 0, or why no more could be read: what there was until then is there. */
    void (*done)(void *ctx, int status);
    void *ctx;
    struct store *store;
    struct replay *replay; /* May be NULL, like the next. */
    struct bytes *text;

    /* Private. */
    struct db_read read;
    int64_t id;
    int64_t after;
};

/* Reads what call `id` said.  If this fails, `done` does not come; otherwise
 * once, from the loop. */
int recall_start(struct recall *r, int64_t id);

/* `done` does not come any more.  Harmless when nothing is under way. */
void recall_cancel(struct recall *r);

#endif
