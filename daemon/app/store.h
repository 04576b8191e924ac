/*
 * store.h - what is kept of durable calls: the tables over io/db.
 *
 *     calls   one row a call: whose it is, what was asked, how it ended
 *     deltas  what a call said, in the order in which it said it, as
 *             core/replay stores it
 *
 * A conversation is nothing but the calls that have the same user and
 * session_id, in the order of their numbers.
 *
 * Nobody waits for the disk here.  When storage fails it is said as an event,
 * and calls go on without it: what could not be written is tried again by
 * io/db, and lost only if the daemon ends before.
 */
#ifndef AIGW_APP_STORE_H
#define AIGW_APP_STORE_H

#include "app/call_pack.h"
#include "core/digest.h"
#include "io/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct app;
struct store;

enum {
    /* What goes along of a conversation, and what is kept of one turn. */
    STORE_TURN_BYTES = 256 * 1024,
    STORE_TURN_MESSAGES = 64,
};

enum store_state {
    STORE_RUNNING,     /* Some daemon began it. */
    STORE_ENDED,       /* It has a result. */
    STORE_INTERRUPTED, /* Its daemon died before it had one. */
};

/* One call.  In a row that was read, texts are valid as long as the rows. */
struct store_call {
    int64_t id;
    uid_t uid;
    const char *client;
    const char *request_id;
    unsigned char digest[DIGEST_SIZE];
    const char *session_id; /* NULL: of no conversation. */
    enum store_state state;
    enum call_form form;
    const char *route;
    struct json_slice turn;   /* Messages; NULL: not kept. */
    struct json_slice answer; /* The assistant's message; NULL: none. */
    bool complete;            /* Of the answer. */
    struct json_slice result; /* Packed; NULL: none. */
};

/* Opens the file in state_dir, or keeps all in memory (also when the file
 * cannot be used, which is said), and turns the calls that a daemon left
 * running into interrupted ones.  Blocks. */
struct store *store_new(struct app *app);

/* Writes what is queued.  Blocks.  NULL is fine. */
void store_free(struct store *s);

/* The number of the next call. */
int64_t store_next_id(struct store *s);

/* Each queues writes; false if they could not be queued, so that the call is
 * not kept from now on. */
bool store_create(struct store *s, const struct store_call *call);
bool store_say(struct store *s, int64_t id, int64_t first_seq, const char *data,
               size_t size);

/* How it ended: `answer`, `complete` and `result`.  Deltas before
 * `first_seq` are dropped: the result has their text. */
bool store_end(struct store *s, const struct store_call *call,
               int64_t first_seq);
bool store_forget(struct store *s, int64_t id);

/* See db_sync(). */
void store_sync(struct store *s, struct db_sync *sync);
void store_sync_cancel(struct store *s, struct db_sync *sync);

/* Whose things are looked for. */
struct store_asker {
    uid_t uid;
    const char *client;
    bool admin; /* Sees everybody's, after its own. */
};

/* Deletes the conversation that the asker means, unless a call of it runs;
 * `sync` learns how many calls and deltas that were. */
int store_delete_session(struct store *s, const struct store_asker *asker,
                         const char *session_id, struct db_sync *sync);

/* Each queues a query; `read->done` gets the rows. */

/* The call with this key, exactly. */
int store_find(struct store *s, struct db_read *read,
               const struct store_asker *asker, const char *request_id);

/* The call of this name that the asker means: its own client's first. */
int store_find_any(struct store *s, struct db_read *read,
                   const struct store_asker *asker, const char *request_id);

/* The last calls of a conversation that said anything, newest first, without
 * their results. */
int store_find_turns(struct store *s, struct db_read *read,
                     const struct store_asker *asker, const char *session_id);

/* The same, running ones too, as the asker means it. */
int store_find_session(struct store *s, struct db_read *read,
                       const struct store_asker *asker, const char *session_id);

/* (first_seq, entries) of what call `id` said, behind the row `after`, which
 * is column 2; 0 at first. */
int store_find_said(struct store *s, struct db_read *read, int64_t id,
                    int64_t after);

/* (session_id, uid, turns, bytes, updated_ms, state, complete) of each. */
int store_find_sessions(struct store *s, struct db_read *read,
                        const struct store_asker *asker);

/* Row `i` of the queries for calls. */
void store_row(const struct db_rows *rows, int i, struct store_call *ret_call);

/* Drops what is too old or too much; once a minute. */
void store_tidy(struct store *s);

/* See storage_state(). */
const char *store_state(const struct store *s);

#endif
