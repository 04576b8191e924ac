/*
 * target.h - one target as it lives: a model at one region of a provider, with
 * everything that is known about it.
 *
 * The pure machines of core/ decide; this file owns one of each per target,
 * asks them for leave before an attempt, tells them all how it ended, and
 * turns their transitions into events.  A target outlives the configuration
 * that named it as long as somebody holds a reference.
 */
#ifndef AIGW_APP_TARGET_H
#define AIGW_APP_TARGET_H

#include "app/config.h"
#include "app/provider.h"
#include "core/breaker.h"
#include "core/budget.h"
#include "core/cause.h"
#include "core/concurrency.h"
#include "core/distance.h"
#include "core/ewma.h"
#include "core/figures.h"
#include "core/gate.h"
#include "core/health.h"
#include "core/hist.h"
#include "core/phase.h"
#include "core/rates.h"
#include "core/route.h"
#include "core/saved.h"
#include "core/settle.h"

struct events;

enum target_admin {
    TARGET_ENABLED,
    TARGET_DISABLED,
    TARGET_DRAINING,
};

/* What an event says of the gate of a key. */
enum target_gate {
    TARGET_GATE_OPEN,
    TARGET_GATE_LIMITED, /* The provider wants to be left alone for a while. */
    TARGET_GATE_LATCHED,
};

/* Beside its figures. */
struct target_totals {
    int64_t sends;            /* Requests that left the process. */
    int64_t unknown_finishes; /* Answers that did not say why they ended. */
    int64_t by_outcome[OUTCOME_N];
};

/* A transition of the breaker. */
struct target_move {
    int64_t at_ms; /* Wall clock. */
    enum breaker_state from;
    enum breaker_state to;
    char reason[CAUSE_SIZE + 80];
};

enum {
    TARGET_MOVES = 16,   /* The last ones, which are kept. */
    TARGET_ID_SIZE = 96, /* Of a request, by the provider. */
};

struct target_last_probe {
    bool known;
    bool ok;
    int64_t latency_ms;
    int64_t at_ms; /* Wall clock. */
    char error[120];
};

/* What the configuration says; by value, so that the configuration itself
 * need not be kept. */
struct target_settings {
    enum config_tier tier;
    int64_t priority;
    int64_t weight;
    int64_t max_tokens;
    int64_t context;
    bool has_price;
    struct price price;
    int64_t partial_refund_milli; /* See core/settle.h. */
    bool finish_reason_optional;
    enum config_continuation continuation;
    int64_t slow_call_ms;
    struct config_retry retry;
    struct phase_limits limits;
    int64_t total_ms;
    int64_t concurrency; /* As configured; 0: not. */
};

/* Calls in the queue that wait for the target, and the last look for them. */
struct target_line {
    int64_t waiting;
    uint64_t looked; /* The round of looking in which it was not free. */
};

struct target {
    char *name;
    char *model;
    char *base_url;
    struct provider *provider; /* Holds a reference. */
    struct events *events;
    struct rng *rng;
    int refs;

    struct target_settings settings;
    enum target_admin admin;
    int64_t admin_since_ms; /* When `admin` was last set. */
    struct breaker breaker;
    enum breaker_state shown;      /* The state that the last event told of. */
    struct gate *gates;            /* One for each key of the provider. */
    enum target_gate *gates_shown; /* As `shown`, for each of them. */
    struct health health;
    struct budget budget;
    struct ewma first_content; /* How soon it comes in a stream, */
    struct ewma whole_answer;  /* and the answer otherwise. */
    struct distance distance;

    struct concurrency concurrency; /* How many attempts may run, */
    struct rates rates;             /* and be sent in a minute. */
    bool shut;                      /* No key's gate was open lately. */
    struct target_line line;
    int64_t tried_ms; /* When the last attempt began; INT64_MIN: never. */
    int64_t bytes_per_token_milli;

    struct hist_windows ttft;
    struct hist_windows latency;
    struct figures figures; /* Of attempts. */
    struct target_totals totals;
    struct target_move moves[TARGET_MOVES];
    uint64_t n_moves;                   /* Ever made. */
    char last_error[CAUSE_SIZE];        /* The last failure of its own. */
    int64_t last_error_ms;              /* Wall clock. */
    char last_error_id[TARGET_ID_SIZE]; /* Or "". */
    struct target_last_probe last_probe;
};

struct target_options {
    const struct config_target *config;
    const struct config_region *region;
    struct provider *provider; /* A reference is taken. */
    struct events *events;     /* Borrowed, like `rng`. */
    struct rng *rng;
    int64_t now_ms;
};

/* Starts with one reference. */
struct target *target_new(const struct target_options *options);
struct target *target_ref(struct target *t);
void target_unref(struct target *t);

/* Takes over new settings; what is known about the target stays. */
void target_configure(struct target *t, const struct config_target *config,
                      int64_t now_ms);

/* What an attempt wants of its target. */
struct target_demand {
    int64_t est_tokens;
    bool streamed;
};

/* What stands against an attempt, or ROUTE_ELIGIBLE; fills the state-dependent
 * part of `ret_member`. */
void target_describe(const struct target *t, const struct target_demand *demand,
                     int64_t now_ms, struct route_member *ret_member);

/* Leave for one attempt; settled exactly once, by target_settle(). */
struct target_lease {
    struct target *target; /* Holds a reference. */
    size_t key;            /* Index into the provider's keys. */
    struct breaker_permit permit;
    struct concurrency_permit place;
    int64_t est_tokens; /* Taken out of `rates`. */
    uint64_t ticket;
    int64_t begun_ms;
    uint64_t key_version; /* Of the key that was sent. */
    bool renewed;         /* Settled: that was refused, and there is another one
                           * by now, or soon. */
    bool shut;            /* Settled: the key may not be used for now. */
};

/* What an attempt is, to be let in. */
enum target_claim {
    TARGET_CLAIM_NONE,
    TARGET_CLAIM_EARLY, /* The last resort: the breaker's trial at once. */
    TARGET_CLAIM_REST,  /* It completes a broken answer. */
};

/* Whether target_admit() would grant leave.  Changes nothing. */
bool target_is_open_to(const struct target *t, enum target_claim claim,
                       int64_t est_tokens, int64_t now_ms);

/* Asks for leave.  False: refused by whatever target_describe() would name;
 * nothing is owed. */
bool target_admit(struct target *t, enum target_claim claim, int64_t est_tokens,
                  int64_t now_ms, struct target_lease *ret_lease);

/* The key `handle` of the credentials is another one than before. */
void target_key_changed(struct target *t, int handle, int64_t now_ms);

/* A response head came: rate limits. */
void target_head(const struct target_lease *lease, int http_status,
                 const struct ratelimit *told, int64_t now_ms);

/* The first content came after `ttft_us`: the trial has its verdict. */
void target_content(struct target_lease *lease, int64_t ttft_us,
                    int64_t now_ms);

struct target_result {
    struct outcome_verdict verdict;
    int http_status;
    bool sent;
    bool timed_out;
    bool streamed;
    bool has_ttft; /* ttft_us is valid (streamed attempts). */
    int64_t ttft_us;
    int64_t latency_us;
    int64_t retry_after_ms; /* As told; -1: not. */
    size_t content_bytes;   /* Of content received. */
    bool unknown_finish;    /* An answer, but without a finish reason. */
    struct settlement settlement;
    const char *cause; /* Of a failure (core/cause.h); NULL on success. */
    const char *provider_request_id; /* NULL or "": it gave none. */
};

/* A connection to it took so long; 0 or less: there was no new one. */
void target_connected(struct target *t, int64_t connect_us);

/* The attempt has ended: tells breaker, gate, health, budget and statistics,
 * and gives up the lease. */
void target_settle(struct target_lease *lease, const struct target_result *r,
                   int64_t now_ms);

/* Counts a failure to connect that another target of the same origin met. */
void target_unreachable_origin(struct target *t, int64_t now_ms);

/* Gives the lease back unused: nothing was sent. */
void target_release(struct target_lease *lease, int64_t now_ms);

/* When the gate of some key lets an attempt of `est_tokens` pass: 0 for now,
 * INT64_MAX if no time is known. */
int64_t target_not_before(const struct target *t, int64_t est_tokens,
                          int64_t now_ms);

/* Applies what time alone changes.  About once a second. */
void target_tick(struct target *t, int64_t now_ms);

/* Takes up the health that it had before a restart; a target that was just
 * made. */
void target_restore_breaker(struct target *t, const struct saved_breaker *saved,
                            int64_t now_ms);
void target_restore_gate(struct target *t, size_t key,
                         const struct saved_gate *saved, int64_t now_ms);

/* The operator's orders. */
void target_set_admin(struct target *t, enum target_admin admin,
                      int64_t now_ms);
void target_set_breaker(struct target *t, enum breaker_mode mode,
                        int64_t now_ms);

/* A health probe with key 0 ended: carries out the orders of core/health. */
void target_probe_done(struct target *t, enum health_result result,
                       const char *error, int64_t now_ms);

/* The state word of `status`: "disabled", "draining", "forced_open",
 * "latched", "open", "half_open", "closed". */
const char *target_state_name(const struct target *t, int64_t now_ms);

/* Why the state is not "closed", or ""; into `buf`. */
const char *target_reason(const struct target *t, int64_t now_ms, char *buf,
                          size_t size);

/* True if traffic is welcome: closed or half open, and no gate or latch. */
bool target_is_healthy(const struct target *t, int64_t now_ms);

/* True if "provider/model" means it, wherever its region is. */
bool target_is_at(const struct target *t, const char *name);

/* What answers took in the last five minutes, to their first content or, not
 * streamed, in all: this quantile of them; 0 if there was none. */
int64_t target_usual_ms(const struct target *t, bool streamed, double quantile,
                        int64_t now_ms);

/* How long a call waits for this target before a second one is asked beside
 * it; 0: for ever. */
int64_t target_hedge_ms(const struct target *t, const struct config_hedge *set,
                        bool streamed, int64_t now_ms);

bool target_in_good_health(const struct target *t, int64_t now_ms);

const char *target_admin_name(enum target_admin admin);

#endif
