/*
 * credentials.h - the one place that holds provider keys.
 *
 * Everything else holds a handle and asks for the key when a request is built.
 * Keys come from the environment, from files, from systemd's credentials and
 * from programs that print them, as the configuration names them.  A key that
 * two providers name is one entry with one handle.
 *
 * Each key lives in memory of its own that is locked (never swapped), left out
 * of core dumps, and wiped before it is given back.  No text that comes from
 * here contains a key.
 *
 * The last two kinds change while the daemon runs: files are read again when
 * they change, programs are run again before what they printed expires.  Keys
 * are numbered, so that a request which was refused can tell whether there is
 * another one by now.
 *
 * A variable is read once and then removed from the environment, its bytes in
 * /proc/PID/environ included.  Such keys are kept until the store is freed, so
 * that a reload finds them although the environment no longer has them.
 */
#ifndef AIGW_APP_CREDENTIALS_H
#define AIGW_APP_CREDENTIALS_H

#include "app/config.h"
#include "io/loop.h"

enum {
    CREDENTIALS_MAX_BYTES = 16384, /* Of one key. */
    CREDENTIALS_NO_KEY = 0,        /* The handle of CONFIG_KEY_NONE. */
};

enum credentials_state {
    CREDENTIALS_READY,
    CREDENTIALS_AWAITED, /* It is not there, or no good, but on its way. */
    CREDENTIALS_MISSING,
};

struct events;
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

/* The key, valid until the loop goes on; NULL for CREDENTIALS_NO_KEY and where
 * there is none (yet). */
const char *credentials_get(const struct credentials *store, int handle);

/* Where the key comes from, for people: "env OPENAI_API_KEY".  Valid as
 * long as the store. */
const char *credentials_name(const struct credentials *store, int handle);

/* Whether the key may be used; CREDENTIALS_NO_KEY always may. */
enum credentials_state credentials_state(const struct credentials *store,
                                         int handle);

/* The number of the key: another one has a greater number. */
uint64_t credentials_version(const struct credentials *store, int handle);

struct credentials_options {
    struct loop *loop;                      /* All three are borrowed until */
    struct events *events;                  /* credentials_stop(). */
    void (*changed)(void *ctx, int handle); /* There is another key. */
    void *ctx;
};

/* From now on keys are renewed.  0 or AIGW_ENOMEM. */
int credentials_start(struct credentials *store,
                      const struct credentials_options *options);
void credentials_stop(struct credentials *store);

/* Looks at the files, and at what time alone changes.  About once a second. */
void credentials_tick(struct credentials *store);

/* Fetches the key anew, where that is possible, whatever was planned. */
void credentials_refresh(struct credentials *store, int handle);

/* The provider accepted, or refused, the key `version`.  The second returns
 * true if another one is there already or on its way: it is worth asking
 * again. */
void credentials_accepted(struct credentials *store, int handle,
                          uint64_t version);
bool credentials_refused(struct credentials *store, int handle,
                         uint64_t version);

/* Waits for a key that is AWAITED: calls fn(ctx) once from the loop, never
 * from inside credentials_await(), when it is not any more, or at `until_ms`
 * (loop time).  The waiter is the caller's storage. */
struct credentials_waiter {
    void (*fn)(void *ctx);
    void *ctx;
    int handle;
    int64_t until_ms;
    struct credentials_waiter *next, *prev;
};

void credentials_await(struct credentials *store,
                       struct credentials_waiter *waiter);

/* Takes it back; harmless when it does not wait. */
void credentials_unawait(struct credentials_waiter *waiter);

/* Keeps other processes and core dumps away from this one's memory: not
 * dumpable, no core file.  Called once at start; 0 or AIGW_EACCES. */
int credentials_harden(void);

#endif
