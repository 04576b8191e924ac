/*
 * ledger_internal.h - what the files of the ledger share:
 *
 *     ledger.c           the tables, what is entered and what is dropped
 *     ledger_gap.c       what it does not know
 *     ledger_note.c      what is about to be sent, in case of a kill
 *     ledger_report.c    the questions asked of it
 *     ledger_reserve.c   attempts that are entered before they are sent
 *     ledger_sums.c      what is kept where there is no file
 *     ledger_uncounted.c what no provider has counted, and the truth about it
 */
#ifndef AIGW_APP_LEDGER_INTERNAL_H
#define AIGW_APP_LEDGER_INTERNAL_H

#include "app/ledger.h"
#include "app/storage.h"

/* The columns that an attempt and a sum have in common. */
#define LEDGER_NAMES "target, uid, client, route, tags, kind"
#define LEDGER_TOKENS                                                          \
    "prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens,"     \
    " reasoning_tokens, cost_nanousd"

/* Of an attempt: somebody with the bill may still say what it has cost. */
#define LEDGER_UNCOUNTED "settled IN ('unknown', 'partial', 'estimated')"

/* Of an attempt: what no count or bill proves of its cost, and what nobody even
 * saw, since the daemon was killed. */
#define LEDGER_DOUBTS                                                          \
    " CASE WHEN settled IN ('exact', 'reconciled') THEN 0"                     \
    " ELSE cost_nanousd END AS estimated_nanousd,"                             \
    " CASE settled WHEN 'unknown' THEN cost_nanousd ELSE 0 END"                \
    " AS unverified_nanousd"

/* After an INSERT INTO sums. */
#define LEDGER_ADD_UP                                                          \
    " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,"      \
    " asks = asks + excluded.asks, attempts = attempts + excluded.attempts,"   \
    " prompt_tokens = prompt_tokens + excluded.prompt_tokens,"                 \
    " completion_tokens = completion_tokens + excluded.completion_tokens,"     \
    " cached_tokens = cached_tokens + excluded.cached_tokens,"                 \
    " cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,"  \
    " reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,"        \
    " cost_nanousd = cost_nanousd + excluded.cost_nanousd,"                    \
    " estimated_nanousd = estimated_nanousd + excluded.estimated_nanousd,"     \
    " unverified_nanousd = unverified_nanousd + excluded.unverified_nanousd"

struct ledger_sum;
struct slots;

/* A note whose row has been queued, as the write with that number. */
struct ledger_queued {
    int64_t number;
    int slot;
};

struct ledger {
    struct storage storage;
    struct ledger_sum *sums; /* By their key; not written yet. */
    int64_t last_row;
    int64_t last_start_ms;
    struct db_read starting;
    struct db_read starting_gap;
    bool started;
    int start_status;
    int64_t gap_ms;        /* 0: there is none. */
    int64_t n_moved_aside; /* Files, as far as budgets know, */
    int64_t n_noted;       /* and as far as the ledger does. */
    bool marked;           /* It is known that the file lacks something. */
    char **accepted;       /* Budgets, since the gap. */
    size_t n_accepted;
    struct slots *notes;          /* NULL: there is no place for them. */
    struct ledger_queued *queued; /* In order, from `first_queued` on. */
    size_t first_queued, n_queued, queued_capacity;
    int64_t n_lost;
    unsigned n_untidied; /* Rows entered since the oldest were looked at. */
};

/* The cost of an attempt, within reason. */
int64_t ledger_bounded(int64_t cost_nanousd);
int64_t ledger_cost(const struct settlement *s);

/* Leaves word for the file, which cannot be used, that it lacks what is about to
 * be sent; and takes it back when that has been noted. */
void ledger_gap_mark(struct ledger *l);
void ledger_gap_unmark(const struct ledger *l);

/* Notes what lies aside; takes the budgets that were accepted since. */
void ledger_gap_note(struct ledger *l);
void ledger_gap_read(struct ledger *l, const struct db_rows *rows);
void ledger_gap_free(struct ledger *l);

/* Opens the notes and enters what a daemon that was killed has left there. */
void ledger_notes_open(struct ledger *l);

/* The last write that was queued enters what was noted there. */
void ledger_notes_queued(struct ledger *l, const struct ledger_note *note);

/* `stored`: all that was queued is in the file. */
void ledger_notes_close(struct ledger *l, bool stored);

/* A write of a settled attempt was queued, with this status. */
void ledger_entered(struct ledger *l, int status);

/* Adds an attempt to the sums, and writes those. */
void ledger_sum_up(struct ledger *l, const struct ledger_attempt *a);
void ledger_flush_sums(struct ledger *l);

#endif
