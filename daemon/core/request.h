/*
 * request.h - the life of one call, as a pure state machine.
 *
 * A call walks its candidate targets in order.  It may fail over freely until
 * the first content has been handed to the caller; from then on it is
 * committed.  An answer that breaks off after that point may be completed by
 * further attempts; when none of them can, it ends with what was received.
 *
 *                .--- the answer broke off ---.
 *                v                            |
 *     NEW --> ATTEMPT ------------------> STREAM --> DONE
 *      |       ^   |                                  ^
 *      |       |   v                                  |
 *      |       WAIT, QUEUED --------------------------'
 *      '---------------^  (out of candidates, out of time, gone)
 *
 * In WAIT one target is waited for, until a time that is known; QUEUED is to be
 * in line with other calls for whichever target is free first.
 *
 * The machine performs nothing.  request_step() consumes one event and says
 * what the owner must now do; the owner does it and reports back with further
 * events, never from inside the step.
 *
 * Which failures may go where is the table of core/outcome; the rules of the
 * walk are those of semantics "Retry policy": other targets first, the same
 * one last, never the same twice while another is untried, server-directed
 * waits are honoured or the retry is given up.  Who completes a broken answer
 * is ruled by semantics 1.10, "Order": the target that broke once more, if the
 * owner allows it, then every other one in order, each of them once.
 *
 * Hedging (semantics 1.9) is a second attempt at another provider while the
 * first is slow to begin.  Whichever brings content first goes on alone; when
 * one fails, the other does.
 *
 * A failure that lies in the request is final, but for two causes: a prompt
 * that is too long for one model may fit into another, and what the policy of
 * one provider refuses, another may answer.  The owner then names the
 * candidates that may (`others`): from there on they alone are asked, and if
 * none of them answers the call ends as that first failure would have ended
 * it.
 */
#ifndef AIGW_CORE_REQUEST_H
#define AIGW_CORE_REQUEST_H

#include "base/rng.h"
#include "core/outcome.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REQUEST_MAX_CANDIDATES = 32,
    REQUEST_MAX_TARGETS = 8, /* Distinct targets that one call may try. */

    /* The target that broke off is left alone for as long, times the number
     * of continuations so far. */
    REQUEST_RESUME_DELAY_MS = 500,
};

enum request_state {
    REQUEST_NEW,
    REQUEST_ATTEMPT, /* An attempt is in flight; nothing handed on yet. */
    REQUEST_WAIT,    /* Until a target may be asked again. */
    REQUEST_QUEUED,  /* In line, or about to be told that this is no use. */
    REQUEST_STREAM,  /* Committed: the caller has seen content. */
    REQUEST_DONE,
};

enum request_event_kind {
    REQUEST_EV_START,
    REQUEST_EV_REFUSED,     /* The START was not carried out: `refusal`. */
    REQUEST_EV_CONTENT,     /* Content is handed on: the commit point, and the
                             * point from which a continuation counts. */
    REQUEST_EV_SUCCEEDED,   /* The attempt ended with a whole answer. */
    REQUEST_EV_FAILED,      /* The attempt ended otherwise. */
    REQUEST_EV_LAST_RESORT, /* Answers that order; `candidate` or -1. */
    REQUEST_EV_QUEUED,      /* Answers the order to queue: it is in line. */
    REQUEST_EV_TURN,     /* Answers it, then or later: `candidate` is free. */
    REQUEST_EV_HOPELESS, /* The same: nothing will be free in time. */
    REQUEST_EV_SHED,     /* The same: others go first. */
    REQUEST_EV_TIMER,
    REQUEST_EV_CANCELLED, /* The caller went away or asked to stop. */
};

enum request_refusal {
    REQUEST_REFUSED_BUSY,       /* Breaker, gate, latch, limits: for now. */
    REQUEST_REFUSED_INELIGIBLE, /* For this call, for good. */
    REQUEST_REFUSED_BUDGET,     /* The retry budget or attempt limit. */
    REQUEST_REFUSED_DEADLINE,   /* Too little time is left for it. */
};

enum request_hint {
    REQUEST_HINT_NONE,
    REQUEST_HINT_RETRY,    /* x-should-retry: true */
    REQUEST_HINT_NO_RETRY, /* x-should-retry: false */
};

/* Whether a broken answer may be completed, and by whom. */
enum request_resume {
    REQUEST_RESUME_NEVER,
    REQUEST_RESUME_OTHERS,     /* The one that broke is not asked again. */
    REQUEST_RESUME_SAME_FIRST, /* It has the prompt in its cache. */
    REQUEST_RESUME_SAME_LAST,
};

struct request_event {
    enum request_event_kind kind;
    bool by_hedge; /* REFUSED, CONTENT, SUCCEEDED, FAILED: of the hedge. */
    enum request_refusal refusal; /* REFUSED */
    int candidate;                /* LAST_RESORT, TURN */
    bool queue;                   /* START: the call has to queue first. */
    int64_t until_ms;             /* QUEUED: how long it may stay in line. */
    enum outcome outcome;         /* FAILED */
    enum request_hint hint;       /* FAILED */
    enum request_resume resume;   /* FAILED after the commit point */
    bool other_key; /* FAILED: the target may be asked with another key. */
    int64_t not_before_ms; /* FAILED: the target's gate; 0 when it has none. */
    int64_t failover_delay_ms; /* FAILED: spreads a stampede; usually 0. */

    /* FAILED before the commit point, for a cause that may not hold elsewhere:
     * who may be asked instead, as a set of candidates. */
    bool diverts;
    uint32_t others;
    bool kept; /* diverts: what came is an answer if nobody has another. */
};

enum request_result {
    REQUEST_PENDING,
    REQUEST_OK,
    REQUEST_EXHAUSTED, /* Every candidate failed or was refused. */
    REQUEST_REJECTED,  /* Failed in a way that no other target can mend. */
    REQUEST_SHED,   /* Nobody was asked: it was not, or no longer, in line. */
    REQUEST_BROKEN, /* Failed after the commit point, for good. */
    REQUEST_TIMED_OUT,
    REQUEST_CANCELLED,
};

/* Orders to the owner, as a set.  Carry them out in the order listed. */
enum request_order {
    REQUEST_ORDER_ABORT = 1u << 0, /* Drop what is in flight. */
    REQUEST_ORDER_DROP = 1u << 1,  /* Drop what is not of `candidate`. */
    REQUEST_ORDER_START = 1u << 2, /* Start an attempt on `candidate`. */
    REQUEST_ORDER_HEDGE = 1u << 3, /* Start a second one, on `hedge`. */
    /* Nothing was eligible: name a target that may be tried early, if any. */
    REQUEST_ORDER_LAST_RESORT = 1u << 4,
    /* Nobody is free: stand in line, if that helps. */
    REQUEST_ORDER_QUEUE = 1u << 5,
    REQUEST_ORDER_FINISH = 1u << 6, /* Answer the caller with `result`. */
};

struct request_params {
    uint8_t n_candidates;
    uint8_t max_attempts; /* Charged attempts, the first included. */
    uint8_t max_resumes;  /* Attempts to complete a broken answer. */
    bool may_queue;       /* There is a queue. */
    int64_t deadline_ms;  /* The whole call must end by then. */
    int64_t hedge_ms; /* An attempt without content is hedged then; 0: never */
    uint8_t provider[REQUEST_MAX_CANDIDATES]; /* Equal numbers: the same one. */
    int64_t base_ms; /* Back-off before the same target again. */
    int64_t max_ms;
};

struct request_candidate {
    uint8_t tries;
    bool refused;         /* Not to be asked (again) by this call. */
    bool busy;            /* Not unless it is its turn. */
    bool may_retry;       /* It failed in a way that allows asking again. */
    bool redialled;       /* The one free retry of NOT_SENT is used. */
    bool resumed;         /* Had its turn at completing the answer. */
    int64_t resume_at_ms; /* Not before this. */
};

struct request {
    struct request_params params;
    struct request_candidate candidates[REQUEST_MAX_CANDIDATES];
    enum request_state state;
    enum request_result result;
    uint8_t candidate;      /* The one in flight, waited for, or last tried. */
    uint8_t n_targets;      /* Distinct targets tried. */
    uint8_t n_charged;      /* Charged attempts so far. */
    uint8_t n_resumes;      /* Attempts at completing the answer so far. */
    bool broken;            /* The answer broke off: attempts complete it. */
    bool ask_same_last;     /* Of `first_broken`, after all others. */
    uint8_t first_broken;   /* Candidate. */
    bool diverted;          /* Only the others of a failure are asked. */
    bool kept;              /* diverted: there is an answer of old, */
    uint8_t diverted_from;  /* diverted: by this candidate. */
    bool fell_back;         /* DONE: nobody else answered: it is the answer. */
    bool early;             /* `candidate` was granted as the last resort. */
    bool asked_last;        /* The last resort was asked for already. */
    bool by_turn;           /* `candidate` was named by TURN. */
    bool exclusive;         /* Nobody but the candidates left may answer. */
    bool refused_budget;    /* Some retry was refused by a budget. */
    bool refused_deadline;  /* Some retry was refused for lack of time. */
    int hedge;              /* The candidate of the hedge in flight, or -1. */
    bool hedged;            /* There was one: there is no other. */
    int64_t hedge_at_ms;    /* ATTEMPT: when there is to be one. */
    int64_t resume_at_ms;   /* WAIT: when to start the next attempt. */
    int64_t queue_until_ms; /* QUEUED: when to give up. */
};

void request_init(struct request *r, const struct request_params *params);

/* Feeds `ev` at `now_ms` and returns a set of enum request_order.  `rng` is
 * used for back-off only.  Events that make no sense in the current state (a
 * late result of an aborted attempt, any event after DONE) are ignored. */
unsigned request_step(struct request *r, const struct request_event *ev,
                      int64_t now_ms, struct rng *rng);

/* True if the attempt that runs, or is to start, completes a broken answer. */
bool request_is_resuming(const struct request *r);

/* QUEUED: whether it may be the turn of this candidate; of one that has yet to
 * be added if it is -1. */
bool request_may_ask(const struct request *r, int candidate);

/* Room for one more candidate, behind the others. */
bool request_add_candidate(struct request *r);

/* Whether `max_attempts` leave room for one more charged attempt, and the
 * counting of it. */
bool request_may_charge(const struct request *r);
void request_charge(struct request *r);

/* When the owner must feed REQUEST_EV_TIMER, or INT64_MAX. */
int64_t request_wakeup(const struct request *r);

#endif
