/*
 * store_internal.h - what the files of the store share.
 */
#ifndef AIGW_APP_STORE_INTERNAL_H
#define AIGW_APP_STORE_INTERNAL_H

#include "app/storage.h"
#include "app/store.h"

/* The user whose conversation ?1 is meant by user ?2, who sees all if ?3. */
#define STORE_OWNER                                                            \
    "(SELECT uid FROM calls WHERE session_id = ?1 AND (uid = ?2 OR ?3)"        \
    " ORDER BY uid = ?2 DESC, id DESC LIMIT 1)"

struct store {
    struct app *app;
    struct storage storage;
    struct db *db; /* Of the storage. */
    int64_t last_id;
    struct db_read starting;
    int starting_status;
    bool started;
    size_t written_bytes;   /* Since store_tidy() was last at work, */
    unsigned written_calls; /* like this. */
};

#endif
