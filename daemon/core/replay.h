/*
 * replay.h - the deltas and events of one call, for those who come later.
 *
 * Entries are appended as the call goes on and read with cursors, any number
 * of them.  Deltas are numbered from 1 without gaps; an event carries the
 * number of the delta before it.  The newest entries are held, up to
 * `keep_bytes` of them (but always the last one); what the slowest reader has
 * not read yet may be spared.
 *
 * In memory and in storage an entry has the same form: its kind (one byte),
 * its size (four, the least significant first), its data.  So what is stored
 * is a range of what is held, and replay_load() takes it back.
 */
#ifndef AIGW_CORE_REPLAY_H
#define AIGW_CORE_REPLAY_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum replay_kind {
    REPLAY_TEXT,  /* A delta: plain text. */
    REPLAY_DELTA, /* A delta: an OpenAI delta object as JSON. */
    REPLAY_EVENT, /* A packed map. */
    REPLAY_RESET, /* As EVENT; what came before it does not count any more. */
    REPLAY_N_KINDS,
};

enum {
    REPLAY_HEADER = 5, /* Bytes of an entry beside its data. */
};

struct replay_entry {
    enum replay_kind kind;
    int64_t seq; /* Its own, or that of the delta before it. */
    const char *data;
    size_t size;
};

/* A place between two entries. */
struct replay_cursor {
    uint64_t at; /* Bytes before it since the beginning of the call. */
    int64_t seq; /* Of the delta before it. */
};

struct replay {
    struct bytes bytes;
    size_t keep_bytes;
    struct replay_cursor first; /* Before the first entry that is held. */
    struct replay_cursor end;   /* Behind the last one. */
};

/* Holds `keep_bytes`, and never more than `max_bytes`. */
void replay_init(struct replay *r, size_t keep_bytes, size_t max_bytes);
void replay_deinit(struct replay *r);

/* Appends an entry.  AIGW_ETOOBIG, AIGW_ENOMEM. */
int replay_append(struct replay *r, enum replay_kind kind, const void *data,
                  size_t size);

/* Appends entries in the stored form, of which the first delta is number
 * `first_seq`.  Where that leaves a gap, what was before it is dropped.
 * AIGW_EMALFORMED for anything that cannot have been stored, and then nothing
 * was appended. */
int replay_load(struct replay *r, int64_t first_seq, const char *data,
                size_t size);

/* Drops the oldest entries beyond keep_bytes, but none behind `until`. */
void replay_trim(struct replay *r, uint64_t until);

/* What was appended since `at`, in the stored form; an `at` before what is
 * held is moved to its beginning. */
void replay_since(const struct replay *r, uint64_t at, const char **ret_data,
                  size_t *ret_size);

/* The first delta that is held or, if there is none, that will come. */
int64_t replay_first_seq(const struct replay *r);

/* Sets a cursor before everything that follows delta `seq` - 1.  False if some
 * of that is no longer held.  A `seq` that has not come yet gives the end. */
bool replay_seek(const struct replay *r, int64_t seq,
                 struct replay_cursor *ret_cursor);

/* Reads the entry behind the cursor and moves over it; false at the end.  The
 * data are valid until the next change. */
bool replay_next(const struct replay *r, struct replay_cursor *cursor,
                 struct replay_entry *ret_entry);

bool replay_is_delta(enum replay_kind kind);

#endif
