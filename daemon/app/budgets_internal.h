/*
 * budgets_internal.h - what the files of the budgets share:
 *
 *     budgets.c            the accounts, and what was spent before
 *     budgets_hold.c       what a call has left, and what is held of it
 *     budgets_reconcile.c  what an attempt has cost after all
 *     budgets_tell.c       how they are shown, and events
 */
#ifndef AIGW_APP_BUDGETS_INTERNAL_H
#define AIGW_APP_BUDGETS_INTERNAL_H

#include "app/app.h"
#include "app/budgets.h"
#include "app/ledger.h"

#include <sys/queue.h>
#include <uthash.h>

enum {
    BUDGETS_KEY_SIZE = 192,
    BUDGETS_MAX_KEYS = 1000, /* Of one budget. */
};

enum budget_state {
    BUDGET_OPEN,
    BUDGET_SOFT,
    BUDGET_EXCEEDED,
    BUDGET_UNVERIFIED, /* It refuses: what was spent before is not known. */
};

struct budget_account {
    struct account account;
    char key[BUDGETS_KEY_SIZE]; /* Of whom; "": of all. */
    unsigned n_holds;
    int64_t news_nanousd; /* What has changed since the ledger was asked. */
    int64_t unverified_nanousd; /* Of what was spent, in this period: */
    int64_t unverified_number;
    enum budget_state told; /* The state of the last event. */
    int64_t refused_ms;     /* When an event last told of a refusal. */
    UT_hash_handle hh;
};

/* One budget of the configuration. */
struct budget_line {
    struct budgets *owner;
    struct config_budget set; /* Its texts are the line's own. */
    struct budget_account *accounts;
    struct db_read read; /* Of what was spent before. */
    bool reading;
    bool is_late;   /* Calls may have been under way when it came. */
    bool known;     /* It is known, */
    int64_t gap_ms; /* from a ledger with this gap. */
    unsigned refs;  /* Holds, and the list while it is in it. */
};

struct budgets {
    struct app *app;
    struct budget_line **lines;
    size_t n_lines;
    int64_t clock_ms;
    bool starting; /* Nothing else runs on the loop yet. */
    LIST_HEAD(, budgets_reconciling) reconciling;
};

/* What an attempt of earlier has cost after all. */
void budgets_correct(struct budgets *b,
                     const struct budgets_correction *correction);

/* Those that the ledger has not told of yet. */
void budgets_reconcile_free(struct budgets *b);

/* Whether calls may be refused. */
bool budget_line_refuses(const struct budget_line *line);

/* Whether it refuses since the ledger may lack what was spent in the period:
 * until that ends, or an operator has accepted it. */
bool budget_line_is_unverified(const struct budget_line *line);

/* Whether the client, route or tag of that name is meant. */
bool budget_line_concerns(const struct budget_line *line, const char *key);

/* The account of that name, made if need be.  NULL: there are too many. */
struct budget_account *budget_line_account(struct budget_line *line,
                                           const char *key);

/* Frees the line with the last reference. */
void budget_line_unref(struct budget_line *line);

const char *budget_state_name(enum budget_state state);
enum budget_state budget_state_of(const struct budget_line *line,
                                  const struct budget_account *a);

/* Tells if the state is another one than the last time. */
void budget_tell(struct budget_line *line, struct budget_account *a);

/* Tells of a refusal, once a minute at most. */
void budget_tell_refusal(struct budget_line *line, struct budget_account *a,
                         int64_t needed_nanousd);

#endif
