/*
 * health.h - when to probe a target, and what a probe's result may change.
 *
 * A pure machine; the owner (the prober) sends the probes, bounds how many are
 * under way, and carries out the orders.  Evidence from traffic always wins:
 * a live result newer than the interval makes a probe unnecessary, a success
 * newer than a probe's start overrules its failure, and a successful probe
 * only lets traffic try sooner (breaker_hint()).  A key that calls succeed
 * with may still be forbidden to list models: then it is only connected.
 *
 * Troubled targets (breaker not closed, auth latch, last probe failed) are
 * probed every `interval_ms`, idle ones every ten times that, with 20 % of
 * jitter either way; the first probe comes at a random moment of the first
 * interval.
 *
 *     health_due() passed -> health_start() -> probe -> health_done() -> orders
 */
#ifndef AIGW_CORE_HEALTH_H
#define AIGW_CORE_HEALTH_H

#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

/* What the configuration asks for. */
enum health_kind {
    HEALTH_MODELS, /* GET /models with the key: free. */
    HEALTH_TCP,    /* Connect and TLS handshake. */
    HEALTH_CHAT,   /* As MODELS, and a paid trial when nobody calls. */
    HEALTH_OFF
};

struct health_params {
    enum health_kind kind;
    int64_t interval_ms;        /* 30 s. */
    int64_t timeout_ms;         /* Of one probe: 5 s; for the owner. */
    int64_t paid_daily_nanousd; /* What paid probes may cost a day: 0. */
};

extern const struct health_params health_defaults;

/* Which probe to send. */
enum health_probe {
    HEALTH_PROBE_NONE,
    HEALTH_PROBE_MODELS,
    HEALTH_PROBE_TCP,
    HEALTH_PROBE_CHAT /* With a breaker permit, and a ledger row `probe`. */
};

/* How a free probe ended. */
enum health_result {
    HEALTH_OK,          /* TCP: connected.  MODELS: 2xx. */
    HEALTH_UNREACHABLE, /* DNS, connect, TLS or their timeouts. */
    HEALTH_REFUSED,     /* 401. */
    HEALTH_FORBIDDEN,   /* 403: the key, or it may not list models. */
    HEALTH_UNSUPPORTED, /* 404, 405, 501. */
    HEALTH_UNCLEAR      /* Everything else, cancelled included. */
};

/* What the owner shall do; a set. */
enum health_order {
    HEALTH_ORDER_HINT = 1,       /* breaker_hint() */
    HEALTH_ORDER_OPEN = 2,       /* breaker_unreachable() */
    HEALTH_ORDER_LATCH_AUTH = 4, /* gate_latch_auth() */
    HEALTH_ORDER_CLEAR_AUTH = 8  /* gate_unlatch(GATE_LATCH_AUTH) */
};

enum {
    HEALTH_UNREACHABLE_LIMIT = 3,    /* Failed connects that open. */
    HEALTH_QUIET_MS = 10 * 60 * 1000 /* No traffic: a paid trial may run. */
};

struct health {
    struct health_params params;
    double jitter;             /* 0.8 to 1.2, drawn anew for each probe. */
    int64_t first_due_ms;      /* Until anything else is known. */
    int64_t probed_ms;         /* When the last probe ended; -1: none. */
    int64_t live_ms;           /* When the last live result came; -1. */
    int64_t live_ok_ms;        /* When the last live success came; -1. */
    int64_t quiet_ms;          /* No live result since then. */
    bool accepted;             /* Calls succeeded with the keys in force. */
    enum health_probe probing; /* The probe under way. */
    int64_t started_ms;        /* When it began. */
    bool latched;              /* The auth latch was on then. */
    enum health_result last;   /* What the last free probe came to. */
    int64_t last_latency_ms;   /* How long that took. */
    uint32_t unreachable;      /* Probes in a row that could not connect. */
    bool models_unsupported;   /* Probe by TCP from now on. */
    int64_t paid_day;          /* The UTC day that `paid_nanousd` is of. */
    int64_t paid_nanousd;      /* Spent on paid probes that day. */
};

void health_init(struct health *h, const struct health_params *params,
                 int64_t now_ms, struct rng *rng);

/* What the owner knows about the target when it thinks of probing. */
struct health_scene {
    bool open;                 /* The breaker reads OPEN or HALF_OPEN. */
    bool trial;                /* It is HALF_OPEN and permits a trial. */
    bool latched;              /* The auth latch is on. */
    int64_t wall_ms;           /* For the daily budget. */
    int64_t paid_cost_nanousd; /* What one paid probe would cost at most. */
};

/* When the next probe is due (monotonic ms): INT64_MAX if never, or while one
 * is under way. */
int64_t health_due(const struct health *h, const struct health_scene *scene);

/* Begins a probe and says which; the caller owes health_done() or
 * health_paid_done().  HEALTH_PROBE_NONE if one is under way or probing is off
 * and it was not `asked` for by an operator.  What is asked for is free. */
enum health_probe health_start(struct health *h,
                               const struct health_scene *scene, bool asked,
                               int64_t now_ms);

/* The free probe ended; returns the orders. */
unsigned health_done(struct health *h, enum health_result result,
                     int64_t now_ms, struct rng *rng);

/* The paid probe ended at this cost.  Its outcome goes to the breaker, with
 * its permit, and to nobody else. */
void health_paid_done(struct health *h, int64_t cost_nanousd,
                      const struct health_scene *scene, int64_t now_ms,
                      struct rng *rng);

/* A live attempt ended with evidence about the target (not cancelled, not a
 * failure of our own). */
void health_live(struct health *h, bool success, int64_t now_ms);

/* The keys may be others now: what was learnt with the old ones is void. */
void health_new_keys(struct health *h);

/* The result of a free probe that got an HTTP answer of this status. */
enum health_result health_classify(int http_status);

#endif
