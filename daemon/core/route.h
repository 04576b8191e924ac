/*
 * route.h - which targets may answer a call, and in which order.
 *
 * The owner describes every member of the route as it stands at this moment;
 * route_plan() gives each of them either a place in the order or the reason
 * why it is skipped, and route_last_resort() names the one that may be tried
 * early when nothing is eligible.  Pure: state comes in, an order goes out.
 */
#ifndef AIGW_CORE_ROUTE_H
#define AIGW_CORE_ROUTE_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROUTE_MAX_TARGETS = 32,
    ROUTE_UNKNOWN = -1, /* A distance. */
};

/* Why a target is skipped, in the words of `explain`.  The first that applies
 * is given. */
#define ROUTE_REASON_MAP(X)                                                    \
    X(ELIGIBLE, "eligible")                                                    \
    X(TIER, "tier")                                                            \
    X(CONTEXT, "context")                                                      \
    X(COST, "max_cost")                                                        \
    X(DISABLED, "disabled")                                                    \
    X(DRAINING, "draining")                                                    \
    X(NO_KEY, "no_key")                                                        \
    X(FORCED_OPEN, "forced_open")                                              \
    X(AUTH, "auth")                                                            \
    X(QUOTA, "quota")                                                          \
    X(MODEL, "model")                                                          \
    X(GATED, "rate_limited")                                                   \
    X(OPEN, "open")                                                            \
    X(HALF_OPEN, "half_open_busy")                                             \
    X(AT_LIMIT, "at_limit")                                                    \
    X(RPM, "rpm")                                                              \
    X(TPM, "tpm")

enum route_reason {
#define X(name, text) ROUTE_##name,
    ROUTE_REASON_MAP(X)
#undef X
    ROUTE_N_REASONS
};

const char *route_reason_text(enum route_reason reason);

enum route_strategy {
    ROUTE_BY_ORDER,   /* As the route lists them. */
    ROUTE_BY_LATENCY, /* Within a priority: two at random, lighter first. */
    ROUTE_BY_COST,    /* Cheapest estimate first. */
    ROUTE_BY_WEIGHT,  /* At random by weight. */
    ROUTE_BY_TIER,    /* From the wanted tier up, then down. */
};

/* One member of the route, in the route's order. */
struct route_member {
    enum route_reason state; /* ELIGIBLE, or what stands against it. */
    int tier;                /* 0 economy, 1 standard, 2 premium */
    int64_t priority;        /* Smaller is better. */
    int64_t weight;
    int64_t context;          /* Tokens it can hold; 0: not known. */
    int64_t est_cost_nanousd; /* Of this call there; -1: no price. */
    double latency_cost;      /* Of core/ewma. */
    bool penalty;             /* Nearly out of its rate limit. */

    /* Regions of one provider that stand for each other have the same number
     * above 0: the nearest goes first.  ROUTE_UNKNOWN: not asked yet, which is
     * the time to find out. */
    uint8_t group;
    int64_t distance; /* INT64_MAX: it was asked, and is not known. */

    /* For the last resort; times in loop milliseconds. */
    int64_t retry_at_ms;   /* When it may be eligible again; INT64_MAX. */
    int64_t last_tried_ms; /* Latest of: opened, last attempt; INT64_MIN. */
};

/* What the call demands. */
struct route_demand {
    enum route_strategy strategy;
    int tier;            /* Strict; -1: any. */
    int wanted_tier;     /* BY_TIER: where to begin; -1: any. */
    int64_t tokens;      /* Of the prompt, estimated; 0: unknown. */
    int64_t max_nanousd; /* Dearest acceptable estimate; -1: any. */
};

struct route_plan {
    uint8_t order[ROUTE_MAX_TARGETS]; /* Indices of members, best first. */
    size_t n_order;
    enum route_reason reasons[ROUTE_MAX_TARGETS]; /* By member. */
};

/* Plans over `n` members (at most ROUTE_MAX_TARGETS). */
void route_plan(const struct route_demand *demand,
                const struct route_member *members, size_t n, struct rng *rng,
                struct route_plan *ret_plan);

/* Whether a prompt that was too long for the context `failed` may fit into
 * `other`; 0 stands for one that is not known. */
bool route_is_roomier(int64_t failed, int64_t other);

/* The member that most calls with this demand would be sent to, or -1: that of
 * route_plan(), but for what is left to chance. */
int route_likeliest(const struct route_demand *demand,
                    const struct route_member *members, size_t n);

/* With nothing eligible: the member whose breaker may be given its trial
 * early, or -1.  Only when breakers alone stand in the way of every member
 * that the demand allows, and the best of them was last tried at least a
 * second ago, so that an outage is neither hammered nor made longer than it
 * is (after Envoy's panic threshold). */
int route_last_resort(const struct route_plan *plan,
                      const struct route_member *members, size_t n,
                      int64_t now_ms);

/* True if what stands against the member passes by itself, and perhaps soon:
 * there is something to wait for. */
bool route_is_passing(enum route_reason reason);

/* When the first member may be eligible again, or INT64_MAX. */
int64_t route_retry_at(const struct route_plan *plan,
                       const struct route_member *members, size_t n);

#endif
