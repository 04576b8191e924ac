/*
 * proxy.h - one call from its request to its one answer.
 *
 * Carries out the orders of core/request: asks core/route for candidates,
 * targets for leave, starts attempts, hands content on, and answers.  It knows
 * its caller only as `struct caller_ops`, so that the RPC session is one front
 * and another can be another file.
 *
 * Asynchronous contract: if proxy_start() fails, no callback comes.  Otherwise
 * exactly one `done`, never from inside proxy_start(); the call is gone when
 * it returns.
 */
#ifndef AIGW_APP_PROXY_H
#define AIGW_APP_PROXY_H

#include "app/attempt.h"
#include "app/budgets.h"
#include "app/session.h"
#include "core/assemble.h"
#include "core/complexity.h"
#include "core/fair_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct call;

enum {
    CALL_ID_SIZE = 65,
    CALL_SESSION_SIZE = 65,
    CALL_ROUTE_SIZE = 160,
    CALL_TAGS_SIZE = 160,
    CALL_MAX_ATTEMPTS = 24, /* Of one call, whatever the configuration. */
};

enum call_on_disconnect {
    CALL_AUTO, /* As configured; nobody comes back for a plain call. */
    CALL_CANCEL,
    CALL_DETACH, /* Goes on for a grace period. */
    CALL_FINISH, /* Goes on to its end. */
};

/* What becomes of an answer that breaks off after the commit point. */
enum call_on_break {
    CALL_BREAK_DEFAULT, /* As the route says. */
    CALL_BREAK_CONTINUE,
    CALL_BREAK_RESTART,
    CALL_BREAK_ERROR,
};

/* Everything a caller may say about a call. */
struct call_params {
    struct chat_request *chat;   /* One of the two; the call takes over on */
    struct embed_request *embed; /* success. */
    bool wants_response;         /* The provider's object, not just text. */
    char id[CALL_ID_SIZE];       /* "": the daemon makes one. */
    char session_id[CALL_SESSION_SIZE]; /* "": of no conversation. */
    char route[CALL_ROUTE_SIZE];        /* A route's or target's name. */
    int tier;                           /* -1: any. */
    int64_t max_cost_nanousd;           /* -1: any. */
    int64_t deadline_ms;                /* Span; 0: the configured one. */
    enum call_on_disconnect on_disconnect;
    enum call_on_break on_break;
    enum fair_priority priority; /* In the queue. */
    char tags[CALL_TAGS_SIZE];   /* Joined by commas, for people. */
    bool no_drill;               /* One of them says so. */
    const struct session_client *client;
};

enum call_event_kind {
    CALL_EVENT_ATTEMPT,
    CALL_EVENT_FAILOVER,
    CALL_EVENT_DOWNGRADE,  /* Cheaper targets come first: money is scarce. */
    CALL_EVENT_SEAM,       /* What follows comes from another attempt. */
    CALL_EVENT_RESET,      /* Forget what came before. */
    CALL_EVENT_TAKEN_OVER, /* Another connection follows the call now. */
};

/* Why another target is asked although the request itself failed. */
enum call_cause {
    CALL_CAUSE_NONE,
    CALL_CAUSE_CONTEXT, /* The prompt is too long for the one before. */
    CALL_CAUSE_POLICY,  /* Its provider refuses the content. */
};

/* NULL for NONE. */
const char *call_cause_name(enum call_cause cause);

/* Texts are NULL where they do not apply. */
struct call_event {
    enum call_event_kind kind;
    enum call_cause cause; /* ATTEMPT, FAILOVER */
    const char *from;
    const char *to;
    const char *reason;
    const char *mode; /* SEAM: how the other attempt was asked to go on. */
    int64_t at_seq;   /* SEAM: the last delta before it. */
    int64_t at_byte;  /* SEAM: bytes of text before it. */
};

/* One finished attempt, kept for the answer. */
struct call_attempt {
    struct target *target; /* Holds a reference. */
    enum outcome outcome;
    enum outcome_reason reason;
    int http_status;
    bool sent;
    bool is_hedge;
    bool other_key; /* It failed for its key, and there is another. */
    bool has_ttft;
    enum call_cause cause; /* Why it was asked. */
    int64_t started_ms;    /* Wall clock. */
    int64_t latency_us;
    int64_t ttft_us;
    int64_t cost_nanousd;
    char error[320];
    char provider_request_id[96];
};

/* The answer; valid for the duration of `done`. */
struct call_result {
    int status; /* Not 0: our own failure, an RPC error; the rest is unset. */
    bool success;
    const char *error_code; /* Failures. */
    const char *error;
    int64_t retry_after_ms;    /* -1: not known. */
    int64_t needed_nanousd;    /* Refused for want of money; -1: was not. */
    int64_t remaining_nanousd; /* If so: what there is, */
    int64_t resets_at_ms;      /* and when there is more; INT64_MAX: never. */
    bool retry_budget_exhausted;
    struct json_slice content; /* The text; on failure what came of it. */
    bool partial;              /* Failed after content had been handed on. */
    const char *finish_reason;
    const struct settlement *settlement; /* Of the answering attempt. */
    struct json_slice response; /* chat, embed: the object as JSON text. */
};

struct caller_ops {
    /* Content.  `seq` counts from 1.  Returns false to be left alone until
     * proxy_resume().  NULL where the caller wants no deltas. */
    bool (*delta)(void *ctx, int64_t seq, const struct dialect_event *event);
    void (*event)(void *ctx, int64_t seq, const struct call_event *event);
    void (*done)(void *ctx, const struct call *call,
                 const struct call_result *result);
};

/* Starts a call.  On failure `err` says why (AIGW_ENOTFOUND: no such route or
 * target, AIGW_ECONFLICT: the id is in use, AIGW_EOVERLOADED, AIGW_EDRAINING)
 * and the caller keeps what `params` owns. */
int proxy_start(struct app *app, const struct call_params *params,
                const struct caller_ops *ops, void *ctx, struct call **ret_call,
                struct aigw_err *err);

/* The running call with this id among those that `asker` may know of: its own
 * user's, or everybody's for an administrator.  NULL if there is none. */
struct call *proxy_find(const struct app *app,
                        const struct session_client *asker, const char *id);

/* The caller wants no more: it still gets its `done`. */
void proxy_cancel(struct call *call, const char *why);

/* The caller is gone: no callback comes.  What becomes of the call is its
 * `on_disconnect`. */
void proxy_abandon(struct call *call);

/* The caller takes deltas again. */
void proxy_resume(struct call *call);

/* What `explain` shows: where such a call would go now. */
struct proxy_explanation {
    struct upstream_route const *route;
    const char *route_name;
    struct target *targets[ROUTE_MAX_TARGETS];
    uint8_t
        groups[ROUTE_MAX_TARGETS]; /* Of regions; see struct route_member. */
    struct route_member members[ROUTE_MAX_TARGETS];
    size_t n_targets;
    struct route_demand demand;
    struct budgets_room room;
    bool is_downgraded; /* Cheaper targets come first, since money is scarce. */
    struct route_plan plan;
    int64_t retry_at_ms; /* Loop time; INT64_MAX: not known. */

    /* What the request is, where that chose a tier. */
    bool is_scored;
    struct complexity complexity;
};

/* The tier that the call demands or that was chosen for it; -1: none. */
int proxy_explained_tier(const struct proxy_explanation *e);

/* Whether `t` would be asked if the policy of another provider refused. */
bool proxy_explains_refuge(struct app *app, const struct call_params *params,
                           const struct proxy_explanation *e,
                           const struct target *t);

/* Whether `other` may be asked when the prompt is too long for `failed`. */
bool proxy_is_roomier(const struct target *failed, const struct target *other);

int proxy_explain(struct app *app, const struct call_params *params,
                  struct proxy_explanation *ret, struct aigw_err *err);

#endif
