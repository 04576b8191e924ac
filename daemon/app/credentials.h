/*
 * credentials.h - the one place that holds provider keys.
 *
 * Everything else holds a handle and asks for the key when a request is built.
 * Keys come from the environment, from files and from systemd's credentials,
 * as the configuration names them.  A key that two providers name is one
 * entry with one handle.
 *
 * Each key lives in memory of its own that is locked (never swapped), left out
 * of core dumps, and wiped before it is given back.  No text that comes from
 * here contains a key.
 *
 * A variable is read once and then removed from the environment, its bytes in
 * /proc/PID/environ included.  Such keys are kept until the store is freed, so
 * that a reload finds them although the environment no longer has them.
 */
#ifndef AIGW_APP_CREDENTIALS_H
#define AIGW_APP_CREDENTIALS_H

#include "app/config.h"

enum {
    CREDENTIALS_MAX_BYTES = 16384, /* Of one key. */
    CREDENTIALS_NO_KEY = 0,        /* The handle of CONFIG_KEY_NONE. */
};

struct credentials;
struct credentials_batch;

struct credentials *credentials_new(void);

/* Wipes and frees everything.  NULL is fine. */
void credentials_free(struct credentials *store);

/* Reads every key that `config` names, at start and at each reload, and has a
 * handle for each: from now on credentials_find() knows it.  A handle stands
 * for the place a key comes from and never means another one.  What
 * credentials_get() gives stays the same until credentials_commit().
 *
 * Returns what is owed to one of the two functions below, which borrows from
 * `config`.  NULL if a key is missing or unfit: each is added to `report`, and
 * nothing has changed. */
struct credentials_batch *credentials_stage(struct credentials *store,
                                            const struct config *config,
                                            struct config_report *report);

/* Takes the keys in, which cannot fail.  There is no key any more behind a
 * handle that the configuration did not name. */
void credentials_commit(struct credentials *store,
                        struct credentials_batch *batch);

/* Wipes them: the old ones stay.  NULL is fine. */
void credentials_discard(struct credentials_batch *batch);

/* Would credentials_stage() succeed?  Changes nothing, the environment
 * included. */
int credentials_check(const struct credentials *store,
                      const struct config *config,
                      struct config_report *report);

/* The handle of a key; -1 if no configuration that was loaded names it. */
int credentials_find(const struct credentials *store,
                     const struct config_key *key);

/* The key, valid until the next commit; NULL for CREDENTIALS_NO_KEY and for a
 * key that the last configuration did not name. */
const char *credentials_get(const struct credentials *store, int handle);

/* Where the key comes from, for people: "env OPENAI_API_KEY".  Valid as
 * long as the store. */
const char *credentials_name(const struct credentials *store, int handle);

/* Keeps other processes and core dumps away from this one's memory: not
 * dumpable, no core file.  Called once at start; 0 or AIGW_EACCES. */
int credentials_harden(void);

#endif
