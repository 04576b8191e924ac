/*
 * outcome.h - how an attempt ended, in one closed vocabulary.
 *
 * The proxy collects what it knows in struct outcome_facts; one function
 * turns that into a class, and one table says what each class means to the
 * breaker, to the order of further attempts and to the retry budget.  What
 * the answer says counts before its HTTP status.
 */
#ifndef AIGW_CORE_OUTCOME_H
#define AIGW_CORE_OUTCOME_H

#include "core/answer.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTCOME_MAP(X)                                                         \
    X(OK, "ok")                       /* A whole answer. */                    \
    X(OK_LIMITED, "ok_limited")       /* Whole, but cut short by a rule. */    \
    X(NOT_SENT, "not_sent")           /* The provider never saw it. */         \
    X(AMBIGUOUS, "ambiguous")         /* It may have been carried out. */      \
    X(OVERLOAD, "overload")           /* The provider has too much to do. */   \
    X(SERVER, "server")               /* The provider failed. */               \
    X(RATE, "rate")                   /* Too many requests; passes soon. */    \
    X(QUOTA_LOCK, "quota_lock")       /* Out of money or quota. */             \
    X(AUTH_LOCK, "auth_lock")         /* The credential is refused. */         \
    X(MODEL_GONE, "model_gone")       /* The model is not there. */            \
    X(CLIENT, "client")               /* The request itself is at fault. */    \
    X(STREAM_BROKEN, "stream_broken") /* Failed after the commit point. */     \
    X(CANCELLED, "cancelled")         /* We ended it. */                       \
    X(LOCAL, "local")                 /* This machine failed. */

enum outcome {
#define X(name, text) OUTCOME_##name,
    OUTCOME_MAP(X)
#undef X
    OUTCOME_N
};

/* Lower-case name for the wire, logs and statistics. */
const char *outcome_name(enum outcome outcome);

/* What the breaker makes of it. */
enum outcome_vote {
    OUTCOME_VOTE_SUCCESS,
    OUTCOME_VOTE_FAIL,
    OUTCOME_VOTE_LOCAL_FAIL, /* A failure to reach it at all. */
    OUTCOME_VOTE_NEUTRAL,    /* Alive, but no verdict: gates and latches. */
    OUTCOME_VOTE_IGNORE,     /* Not about the provider: permit returned. */
};

/* Whether the same target may be asked again. */
enum outcome_retry {
    OUTCOME_RETRY_NEVER,
    OUTCOME_RETRY_ONCE_FREE,
    OUTCOME_RETRY_BACKOFF,
    OUTCOME_RETRY_IF_WAIT_FITS, /* When the wait it told fits the deadline. */
};

struct outcome_row {
    enum outcome_vote vote;
    enum outcome_retry retry_same;
    int32_t budget_cost_milli; /* Of the retry that follows, in milli-tokens. */
    bool try_other;            /* Another target may succeed. */
    bool deposits;             /* Pays into the retry budget. */
};

/* The row of a class; never NULL. */
const struct outcome_row *outcome_row(enum outcome outcome);

/* Why a request was at fault (CLIENT) or its answer limited (OK_LIMITED). */
enum outcome_reason {
    OUTCOME_REASON_OTHER,
    OUTCOME_REASON_CONTEXT_LENGTH, /* CLIENT: the prompt is too long. */
    OUTCOME_REASON_CONTENT_POLICY, /* Either: the content is refused. */
    OUTCOME_REASON_LENGTH,         /* OK_LIMITED: the token limit. */
};

/* How far the transport got, and what ended it. */
enum outcome_transport {
    OUTCOME_TRANSPORT_COMPLETE, /* A whole HTTP response, or clean EOF. */
    OUTCOME_TRANSPORT_RESOLVE,
    OUTCOME_TRANSPORT_CONNECT, /* Refused, unreachable, connect time-out. */
    OUTCOME_TRANSPORT_TLS,
    OUTCOME_TRANSPORT_REFUSED,   /* HTTP/2 says that it was not processed. */
    OUTCOME_TRANSPORT_BROKEN,    /* Reset, early EOF, failed write. */
    OUTCOME_TRANSPORT_TIMEOUT,   /* One of our timers, after connecting. */
    OUTCOME_TRANSPORT_PROTOCOL,  /* What came is not HTTP. */
    OUTCOME_TRANSPORT_TOO_BIG,   /* Head or body beyond our limits. */
    OUTCOME_TRANSPORT_CANCELLED, /* By the caller, a drain, a lost hedge. */
    OUTCOME_TRANSPORT_LOCAL,     /* Memory, descriptors, configuration. */
};

struct outcome_facts {
    enum outcome_transport transport;
    bool sent;       /* A byte of the request may have left. */
    int http_status; /* 0: no response head was read. */
    enum answer_defect defect;
    const struct api_error *error; /* NULL or not `present`: none. */
    bool committed;                /* Content was handed to the caller. */
    bool terminal;                 /* Proof that the answer is whole. */
    bool malformed;                /* Part of a stream was lost: not JSON. */
    const char *finish;            /* The finish reason, or NULL. */
};

struct outcome_verdict {
    enum outcome outcome;
    enum outcome_reason reason;
};

/* Judges a finished attempt. */
struct outcome_verdict outcome_classify(const struct outcome_facts *facts);

/* The public `error_code` (protocol, "generate") of a call that ended with
 * this verdict as its last word, or NULL where there is none: for OK and
 * OK_LIMITED, and for LOCAL, which is answered as AIGW_EINTERNAL because our
 * own failure must not look like the provider's. */
const char *outcome_error_code(struct outcome_verdict verdict);

#endif
