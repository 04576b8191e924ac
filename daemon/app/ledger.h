/*
 * ledger.h - what was spent, and on what: a row for each attempt that a
 * provider may bill.
 *
 * Calls, retries, continuations, hedges and paid probes are entered when they
 * have ended, behind the answer: nobody waits for it.  Rows are in the file
 * within GROUP_MS.  That they were sent is noted before, beside the file, where
 * it outlives the process but not the power.  Where a budget is at stake
 * (app/budgets) the row itself is there, and durable, before the attempt is
 * sent.  After 30 days, or when there are more than two million, the oldest
 * are added up per day and dropped.
 *
 * `ledger.db` in `state_dir` is an SQLite database which others may read while
 * the daemon runs: the tables `attempts` and `sums`, and the view `spent` of
 * both.  `ledger.open` beside it has the notes (io/slots).  Without a file there are sums alone, of ten minutes each, for 30 days.
 */
#ifndef AIGW_APP_LEDGER_H
#define AIGW_APP_LEDGER_H

#include "core/settle.h"
#include "io/db.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct app;
struct ledger;

/* Why an attempt was made. */
#define LEDGER_KIND_MAP(X)                                                     \
    X(CALL, "call")                 /* The first of its call. */               \
    X(RETRY, "retry")               /* Another one failed. */                  \
    X(CONTINUATION, "continuation") /* Of an answer that broke off. */         \
    X(HEDGE, "hedge")               /* Another one was slow. */                \
    X(PROBE, "probe")               /* For nobody's call. */

enum ledger_kind {
#define X(name, text) LEDGER_##name,
    LEDGER_KIND_MAP(X)
#undef X
    LEDGER_KIND_N
};

/* Lower-case name, as in the table. */
const char *ledger_kind_name(enum ledger_kind kind);

/* Texts are borrowed for the call. */
struct ledger_attempt {
    const char *request_id; /* "": of no call. */
    int number;             /* Of the call's attempts, from 1. */
    enum ledger_kind kind;
    bool opens; /* The first of its call that is entered, */
    bool asks;  /* and the first of it at this target. */
    const char *target;
    const char *client; /* "": it gave no name. */
    uid_t uid;
    const char *route;
    const char *tags; /* Joined by commas. */
    const struct settlement *settlement;
    int64_t started_ms; /* Wall clock. */
    int64_t ended_ms;
};

/* Opens the file in `state_dir`, or keeps all in memory.  Blocks.  NULL with
 * the reason logged. */
struct ledger *ledger_new(struct app *app);

/* Writes what is queued.  Blocks.  NULL is fine. */
void ledger_free(struct ledger *l);

/* An attempt that was noted.  All zero: it was not. */
struct ledger_note {
    int64_t row;
    int slot;
};

/* Notes an attempt that is about to be sent, at the most that it can cost: if
 * the process is killed, the next one finds it and enters it as `unknown`, at
 * this cost.  Nobody waits, and nothing is synchronised: the power must not
 * fail.  If `ret_note` is not zero, one of the next two is owed.  Does nothing
 * without a file. */
void ledger_note(struct ledger *l, const struct ledger_attempt *a,
                 int64_t nanousd, struct ledger_note *ret_note);

/* It was not sent.  Harmless for what was not noted. */
void ledger_unnote(struct ledger *l, const struct ledger_note *note);

/* Enters an attempt that has ended. */
void ledger_add(struct ledger *l, const struct ledger_note *note,
                const struct ledger_attempt *a);

/* Enters an attempt that is to be sent, at the most it can cost; what it has
 * no settlement for is left open.  `sync->done` comes when the row is durable,
 * or storage fails: then it may become so later, unless it is forgotten.  On
 * success `ret_row` names it: ledger_settle() or ledger_forget() is owed once.
 * A row that a dead daemon left open is settled as `unknown`, at this cost. */
int ledger_reserve(struct ledger *l, const struct ledger_attempt *a,
                   int64_t nanousd, struct db_sync *sync, int64_t *ret_row);

/* Whether there is a file for it; otherwise rows would be kept for nothing. */
bool ledger_is_durable(const struct ledger *l);

/* It has ended. */
void ledger_settle(struct ledger *l, int64_t row,
                   const struct ledger_attempt *a);

/* It was not sent after all. */
void ledger_forget(struct ledger *l, int64_t row);

/* `sync->done` does not come any more.  Harmless when it is not waiting. */
void ledger_sync_cancel(struct ledger *l, struct db_sync *sync);

/* The latest start of an attempt that the ledger had when it was opened. */
int64_t ledger_last_start_ms(const struct ledger *l);

/* About once a second: that a file has been moved aside since then is noted in
 * the one that took its place. */
void ledger_gap_watch(struct ledger *l);

/* Until when the ledger may lack what was spent, since its file was damaged or
 * cannot be used; 0: it lacks nothing. */
int64_t ledger_gap_ms(struct ledger *l);

/* An operator lets a budget go on as if nothing had been spent until then,
 * which holds until there is another gap; and whether one has. */
void ledger_gap_accept(struct ledger *l, const char *budget);
bool ledger_gap_is_accepted(const struct ledger *l, const char *budget);

/* "ok"; "degraded": storage fails, and rows wait in memory for it; "memory":
 * there is no file. */
const char *ledger_state(const struct ledger *l);

/* How its database is written. */
const struct db_state *ledger_db_state(const struct ledger *l);

/* Rows that could not even wait: the queue was full. */
int64_t ledger_lost(const struct ledger *l);

enum ledger_by {
    LEDGER_BY_TARGET,
    LEDGER_BY_ROUTE,
    LEDGER_BY_CLIENT,
    LEDGER_BY_DAY,
    LEDGER_BY_TAG, /* An attempt with two tags counts for both. */
};

struct ledger_query {
    enum ledger_by by;
    int64_t since_ms; /* Attempts that started then or later, */
    int64_t until_ms; /* and before that. */
    bool everybody;   /* Else the attempts of `uid` alone. */
    uid_t uid;
};

/* Queues the query; `read->done` gets the whole first, then at most
 * 1,000 rows, one for each key: the dearest first, or the oldest day. */
int ledger_report(struct ledger *l, struct db_read *read,
                  const struct ledger_query *query);

struct ledger_sums {
    const char *key;  /* NULL: of the whole, or of what has no such name. */
    int64_t requests; /* Calls; by target, those that were sent there. */
    int64_t first_ms; /* When the first attempt started; 0: there is none. */
    int64_t attempts;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cached_tokens;
    int64_t cache_write_tokens;
    int64_t reasoning_tokens;
    int64_t cost_nanousd;
    int64_t estimated_nanousd;  /* Of this, what no provider's count proves; */
    int64_t unverified_nanousd; /* of that, what a kill left unknown. */

    struct ledger_part {
        int64_t attempts;
        int64_t cost_nanousd;
    } parts[LEDGER_KIND_N];
};

/* Row `i` of a report. */
void ledger_row(const struct db_rows *rows, int i, struct ledger_sums *ret);

/* Attempts whose cost nobody knows: those that are `unknown`, */
struct ledger_uncounted_query {
    bool estimated; /* and those that are `partial` or `estimated`. */
    bool everybody; /* Else those of `uid` alone. */
    uid_t uid;
    const char *request_id; /* "": of none; NULL: of any. */
    int64_t row;            /* 0: any. */
};

struct ledger_uncounted {
    int64_t row;
    const char *request_id;
    const char *target;
    const char *client;
    uid_t uid;
    const char *route;
    const char *tags;
    const char *settled;
    int64_t cost_nanousd;
    int64_t started_ms;
};

/* Queues the query; `read->done` gets the latest 1,000 of them. */
int ledger_uncounted_find(struct ledger *l, struct db_read *read,
                          const struct ledger_uncounted_query *query);

/* Row `i` of those; its texts are the rows'. */
void ledger_uncounted_row(const struct db_rows *rows, int i,
                          struct ledger_uncounted *ret);

/* It has cost so much: `sync` tells when that is durable, and if it changes no
 * row, its cost was known already. */
int ledger_reconcile(struct ledger *l, struct db_sync *sync, int64_t row,
                     int64_t cost_nanousd);

#endif
