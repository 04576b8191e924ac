/*
 * gate.h - what keeps requests from a target although it works.
 *
 * One gate for each pair of key and target.  It knows until when the provider
 * wants to be left alone (429, or 5xx with retry-after), the buckets of
 * requests and tokens the provider last told, and three latches: no quota, key
 * refused, model gone.  The breaker, by contrast, knows whether it works.
 *
 * A pure machine; time and randomness are arguments.  The order in which
 * attempts begin decides which of two responses is the newer one:
 *
 *     verdict = gate_check(...)           may this target be used?
 *     ticket = gate_begin(...)            an attempt is sent
 *     gate_reply(..., ticket, ...)        its response head came
 *     gate_latch(..., ticket, ...)        it was refused for good
 */
#ifndef AIGW_CORE_GATE_H
#define AIGW_CORE_GATE_H

#include "base/rng.h"
#include "core/ratelimit.h"

#include <stdbool.h>
#include <stdint.h>

enum gate_latch {
    GATE_LATCH_AUTH,  /* Until cleared. */
    GATE_LATCH_QUOTA, /* Until the told reset; untold, a trial after 15 min,
                         then after twice as long each time, up to 6 h. */
    GATE_LATCH_MODEL, /* A trial every 10 min. */
    GATE_LATCHES
};

enum gate_reason {
    GATE_PASS,
    GATE_AUTH,     /* Latched. */
    GATE_QUOTA,    /* Latched. */
    GATE_MODEL,    /* Latched. */
    GATE_WAIT,     /* Told to wait, or backing off after a bare 429. */
    GATE_REQUESTS, /* The bucket of requests is empty. */
    GATE_TOKENS    /* The bucket of tokens holds less than the estimate. */
};

struct gate_verdict {
    enum gate_reason reason;
    int64_t until_ms; /* Not GATE_PASS: when to ask again, or INT64_MAX. */
    bool trial;       /* GATE_PASS: it would be the trial of a latch. */
    bool scarce;      /* Under 5 % of a bucket is left: prefer others. */
};

struct gate_bucket {
    int64_t limit;     /* -1: not known. */
    int64_t remaining; /* -1: not known. */
    int64_t reset_ms;  /* Monotonic; what is known is stale from here on. */
    uint64_t ticket;   /* Of the attempt whose response told this. */
};

struct gate_latched {
    bool on;
    int64_t since_ms; /* When it was set. */
    int64_t until_ms; /* When the next trial may begin, or INT64_MAX. */
    int64_t wait_ms;  /* Between trials; 0: it just ends at `until_ms`. */
    uint64_t ticket;  /* The newest attempt when it was set or ended; only
                         later ones, which are trials, say more. */
};

struct gate {
    uint64_t ticket;       /* Of the newest attempt; the first is 1. */
    int64_t not_before_ms; /* Monotonic. */
    uint32_t refused;      /* k: rounds of 429 since the last success. */
    uint64_t refused_at;   /* The newest attempt at the last such round. */
    struct gate_bucket requests;
    struct gate_bucket tokens;
    struct gate_latched latches[GATE_LATCHES];
};

/* Starts open. */
void gate_init(struct gate *g);

/* Whether an attempt that needs `est_tokens` may be sent now; changes nothing.
 * The latches are looked at first. */
struct gate_verdict gate_check(const struct gate *g, int64_t est_tokens,
                               int64_t now_ms);

/* An attempt begins (after a check that passed): takes it out of the buckets
 * and, if a latch was due for a trial, makes this the trial; the next one is
 * a full period later, however this one ends.  Returns its ticket. */
uint64_t gate_begin(struct gate *g, int64_t est_tokens, int64_t now_ms);

/* What came with a response head. */
struct gate_response {
    uint64_t ticket;
    int http_status;
    struct ratelimit told;
};

/* The response head of an attempt came.  Buckets take what was told unless a
 * newer attempt has told already.  429, and 5xx with retry-after, set the time
 * to wait; a 429 that tells none (or 0) backs off with full jitter, 1 s x 2^k
 * up to 60 s.  A 2xx resets k.  The 429s of attempts that were under way
 * together count as one. */
void gate_reply(struct gate *g, const struct gate_response *response,
                int64_t now_ms, struct rng *rng);

/* The attempt succeeded (whole, as classified, not by status alone): if it was
 * the trial of the quota or model latch, that latch ends. */
void gate_succeeded(struct gate *g, uint64_t ticket);

/* The attempt `ticket` was refused in a way that latches.  `told_ms` is the
 * wait the provider named, or -1; it matters for the quota alone.  Attempts
 * that began before the latch was last set or ended change nothing. */
void gate_latch(struct gate *g, enum gate_latch which, uint64_t ticket,
                int64_t told_ms, int64_t now_ms);

/* Sets the auth latch without an attempt: a health probe was refused. */
void gate_latch_auth(struct gate *g, int64_t now_ms);

/* Ends one latch: the key changed, or a probe with this key was accepted. */
void gate_unlatch(struct gate *g, enum gate_latch which);

/* Ends all latches and waiting: reload, or the operator's `breaker.set`. */
void gate_reset(struct gate *g);

/* Whether any latch is on at `now_ms`; `ret_which` is then the first in the
 * order of enum gate_latch. */
bool gate_is_latched(const struct gate *g, int64_t now_ms,
                     enum gate_latch *ret_which);

/* "auth", "quota", "model", "rate_limited", "requests", "tokens"; "pass". */
const char *gate_reason_name(enum gate_reason reason);

#endif
