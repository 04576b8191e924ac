/*
 * storage.h - a database of the daemon's: a file in `state_dir`, or memory.
 *
 * Wraps io/db for those who keep something (app/store, app/ledger): finds the
 * place, goes on in memory when the file cannot be used, and tells by event
 * and log when storage fails, works again, or was found damaged.
 */
#ifndef AIGW_APP_STORAGE_H
#define AIGW_APP_STORAGE_H

#include "io/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;

/* Texts must stay. */
struct storage_options {
    const char *name; /* Of the file, without ".db"; also for events. */
    const char *what; /* What is kept, in the plural. */
    bool in_memory;   /* Even where there is a `state_dir`. */
    const char *const *migrations;
    int n_migrations;
    int64_t group_ms; /* See struct db_options; 0: the default. */
    size_t group_bytes;
    size_t queue_bytes;
};

struct storage {
    struct app *app;
    const char *name;
    const char *what;
    struct db *db;
    char *path;            /* NULL: in memory. */
    int64_t n_moved_aside; /* As far as it was told. */
    bool degraded;
};

/* Opens the file, or keeps all in memory (also when the file cannot be used,
 * which is said).  `s` must stay where it is.  Blocks.  AIGW_EIO when not even
 * that works, with the reason logged. */
int storage_open(struct storage *s, struct app *app,
                 const struct storage_options *options);

/* Gives up an open file that turned out to be of no use, which is said, and
 * keeps all in memory from now on.  As storage_open(). */
int storage_fall_back(struct storage *s, const struct storage_options *options,
                      const char *why);

/* "ok"; "degraded": storage fails, and writes wait in memory for it;
 * "memory": there is no file. */
const char *storage_state(const struct storage *s);

/* Writes what is queued.  Blocks.  A failure, which is logged: not all of it.
 * Harmless when `s` is zeroed. */
int storage_close(struct storage *s);

#endif
