/*
 * probe.h - one health probe of one target: its request, its time limit, its
 * verdict.
 *
 *     probe.c         free ones: the models, or a mere connection
 *     probe_paid.c    the smallest possible call, as the breaker's trial
 *
 * The result goes to the target first, then to `ended`.  A free probe uses the
 * pool that calls use, so the connection that it leaves behind is theirs.
 *
 * Asynchronous contract: if probe_start() fails, no callback comes.  Otherwise
 * exactly one `ended`, never from inside probe_start(); none after
 * probe_cancel().
 */
#ifndef AIGW_APP_PROBE_H
#define AIGW_APP_PROBE_H

#include "app/attempt.h"
#include "app/ledger.h"
#include "app/prober.h"

struct probe;

typedef void (*probe_ended_fn)(struct probe *probe,
                               const struct probe_outcome *outcome);

struct probe {
    struct app *app;
    probe_ended_fn ended;
    void *ctx; /* The owner's. */

    struct target *target; /* Holds a reference; NULL: none is under way. */
    enum health_probe kind;
    int64_t started_ms;
    struct timer *timer;

    struct http *http; /* Free ones. */
    int http_status;
    bool connected;
    uint64_t key_version; /* Of the key that was sent. */

    struct attempt *attempt;    /* Paid ones, and what is kept for them: */
    struct budgets_hold *money; /* by budgets, */
    struct db_sync sync;        /* the ledger, which may have to be durable, */
    int64_t row;                /* as a row, */
    struct ledger_note note;    /* or else as a note. */
};

/* What core/health wants to know about the target. */
struct health_scene probe_scene(const struct target *t, int64_t now_ms);

/* Starts the probe that core/health names; `asked`: by an operator, or to keep
 * a connection warm.  AIGW_EBUSY if it names none, or there is no key; other failures have been
 * told to the target. */
int probe_start(struct probe *probe, struct target *t, bool asked);

/* Drops it, as if it had never been. */
void probe_cancel(struct probe *probe);

/* For the two files: a paid probe, which may not be there to cancel; and the
 * end of any. */
int probe_paid_start(struct probe *probe);
void probe_paid_cancel(struct probe *probe);
void probe_end(struct probe *probe, const struct probe_outcome *outcome);

#endif
