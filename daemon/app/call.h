/*
 * call.h - what proxy.c knows of one call; read by its answers and by
 * `requests`.
 */
#ifndef AIGW_APP_CALL_H
#define AIGW_APP_CALL_H

#include "app/client_limits.h"
#include "app/ledger.h"
#include "app/proxy.h"
#include "app/stats.h"
#include "core/continuation.h"
#include "core/fair_queue.h"
#include "core/request.h"
#include "core/seam.h"
#include "io/timer.h"

#include <uthash.h>

enum {
    CALL_KEY_SIZE = CALL_ID_SIZE + SESSION_CLIENT_MAX + 16
};

enum call_state {
    CALL_WAITING,   /* Between attempts, or none has begun to answer. */
    CALL_QUEUED,    /* Until some target may be asked. */
    CALL_STREAMING, /* Content flows. */
    CALL_DONE,
};

struct budgets_hold;
struct kept_answer;
struct leg_pledge;

/* Something that happened to the call, for `requests`; texts stay. */
struct call_note {
    int64_t at_ms; /* Wall clock. */
    const char *what;
    const char *reason;          /* Or NULL. */
    const struct target *target; /* Of the call; or NULL. */
};

enum {
    CALL_MAX_NOTES = 16 /* What comes later is not noted. */
};

/* An attempt that runs.  Usually there is one of a call; a hedge is a second
 * beside it until one of them has content. */
struct call_leg {
    struct attempt *attempt;   /* NULL: none. */
    struct leg_pledge *pledge; /* NULL: it does not wait for the ledger, */
    struct proxy_wait *wait;   /* NULL: nor for its key. */
    struct target *asked;      /* Of it, or of the one before; borrowed. */
    int64_t held_nanousd;      /* By app->spend, if the retry budgets paid, */
    int64_t held_ms;           /* since then. */
    uint8_t candidate;         /* Of the request. */
    bool charged;              /* The retry budgets paid for it. */
    bool is_first;             /* Of the call; the budgets grow by it. */
    bool is_hedge;
    enum call_cause cause;   /* Why it is asked. */
    bool continues;          /* It completes an answer that broke off. */
    bool unkept;             /* Something did not fit into `answer`. */
    struct assemble *answer; /* Of a hedge: until it leads. */
    bool renewed; /* Its key is there because the one before was refused. */
    struct budgets_hold *money; /* What its budgets hold; NULL: nothing. */
    int64_t guard_nanousd;      /* The answer is cut off there; 0: nowhere. */
    int64_t row;                /* In the ledger; 0: not yet. */
    struct ledger_note note;    /* Instead of a row. */
};

struct call {
    struct app *app;
    struct call_params params;
    struct session_client client;
    const struct caller_ops *ops; /* NULL once the caller is gone. */
    void *ctx;

    char *route_name;
    struct target *targets[ROUTE_MAX_TARGETS]; /* A reference each. */
    uint8_t groups[ROUTE_MAX_TARGETS];         /* Of regions. */
    size_t n_targets;
    struct route_plan plan;
    uint8_t candidates[ROUTE_MAX_TARGETS]; /* Index of target, in order. */
    struct request request;
    struct route_demand demand;

    /* The queue. */
    struct fair_entry place;
    struct client_stay stay;
    const char *shed_why; /* NULL: it was not. */
    uint64_t looked;      /* The last sweep in which it was looked at. */
    uint32_t waits_for;   /* Members, as a set. */

    bool is_downgraded; /* Its caller is to be told that money is scarce. */
    bool overspends;    /* It was cut off for what it would have cost. */

    struct timer *timer;
    struct loop_task finish_task;
    int64_t detach_at_ms; /* The caller is gone and may not come back. */

    /* What it counts in beside the totals; NULL: it has not begun, or is of no
     * route.  References. */
    struct stats *of_route;
    struct stats *of_client;

    struct call_leg lead;
    struct call_leg hedge;
    bool paused;
    bool broken_answer; /* It did not fit: memory or limits. */
    bool mixed;         /* It is more than plain text. */
    bool has_usage;
    enum call_cause cause;    /* Why others are asked than the route has. */
    struct call_attempt *log; /* Grows: most calls have one attempt. */
    size_t n_log, log_capacity;

    struct call_note notes[CALL_MAX_NOTES];
    size_t n_notes;

    /* Who else is asked when the request itself failed. */
    int64_t outgrown;         /* CONTEXT: by the prompt; -1: none was. */
    struct kept_answer *kept; /* What is the answer if nobody has another. */

    /* An answer that broke off, and its completion. */
    enum call_on_break on_break; /* Never CALL_BREAK_DEFAULT. */
    enum continuation_mode mode; /* Of the continuation that runs. */
    size_t broke_at;             /* In the log: the attempt that broke. */
    struct target *speaker;      /* Whose content was handed on; borrowed. */
    struct seam *seam; /* Of the continuation that runs, until it has passed. */
    struct settlement earlier; /* Of the attempts before, summed. */

    size_t held_bytes; /* Counted in app->load. */
    struct assemble *answer;
    int64_t seq;                  /* Of the last delta. */
    struct settlement settlement; /* Of the attempts that gave the answer. */
    int64_t total_cost_nanousd;   /* Of all attempts, like the next two. */
    int64_t total_prompt_tokens;
    int64_t total_completion_tokens;
    char finish_reason[32];
    char answer_id[DIALECT_TEXT_SIZE];
    char answer_model[DIALECT_TEXT_SIZE];
    struct usage usage;
    struct bytes response; /* chat, embed: JSON. */
    const char *cancel_reason;

    int64_t started_ms; /* Loop time. */
    int64_t started_ns;
    int64_t started_wall_ms;
    enum call_state state;
    const char *error_code; /* DONE: NULL on success. */

    char key[CALL_KEY_SIZE]; /* Owner and id. */
    UT_hash_handle hh;       /* By key, in app->calls. */
};

/* The last finished attempt of the call at `t`; NULL if there was none. */
const struct call_attempt *call_last_attempt(const struct call *c,
                                             const struct target *t);

/* The last attempt; of a call that was refused, or has an answer that was kept,
 * the one that met the refusal or brought the answer, which others may outlast.
 * NULL if there was none. */
const struct call_attempt *call_final_attempt(const struct call *c);

/* The attempt whose first content was the caller's; NULL if none was timed. */
const struct call_attempt *call_first_heard(const struct call *c);

/* Distinct targets tried beyond the first. */
int call_fallback_count(const struct call *c);

/* True if somebody gave it up, rather than its budget. */
bool call_is_cancelled(const struct call *c);

/* True if another target than the route's first answered. */
bool call_is_fallback(const struct call *c);

/* Attempts that the provider bills. */
int call_billed_attempts(const struct call *c);

/* Loop time. */
int64_t call_now_ms(const struct call *c);

/* True if the caller wants the answer as it comes. */
bool call_streams(const struct call *c);

const char *call_state_name(enum call_state state);

#endif
