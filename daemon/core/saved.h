/*
 * saved.h - what of a breaker and of a gate outlives the process, so that a
 * daemon which is restarted again and again does not hammer a provider that is
 * down, nor one that asked to be left alone.
 *
 * Kept are the stay in OPEN and how often it was doubled, the time to wait,
 * and the latches of quota and model.  Not kept are windows and counters,
 * buckets (the next response tells them), the auth latch (the key may be
 * another one by now), and what the operator ordered.
 *
 * Pure.  Times are those of the machine's clock; the owner translates them to
 * and from one that goes on between processes.  That clock may have been set
 * in between, so what is restored never lasts longer than it could have.
 */
#ifndef AIGW_CORE_SAVED_H
#define AIGW_CORE_SAVED_H

#include "core/breaker.h"
#include "core/gate.h"

struct saved_breaker {
    bool open;
    uint32_t n;
    uint32_t stay_n;
    int64_t since_ms; /* `open`: when that began. */
    int64_t until_ms; /* `open`: when the next trial may be. */
    enum breaker_reason reason;
    uint32_t reason_n;
    uint32_t reason_of;
};

struct saved_breaker saved_breaker(const struct breaker *b, int64_t now_ms);

/* Puts a breaker that was just made where the saved one was.  It then is
 * CLOSED, or OPEN for no longer than the longest stay. */
void saved_breaker_restore(struct breaker *b, const struct saved_breaker *saved,
                           int64_t now_ms);

struct saved_latch {
    bool on;
    int64_t since_ms;
    int64_t until_ms;
    int64_t wait_ms;
};

struct saved_gate {
    bool waits;
    int64_t not_before_ms; /* `waits`: until then. */
    uint32_t refused;      /* `waits`: rounds of 429. */
    struct saved_latch quota;
    struct saved_latch model;
};

struct saved_gate saved_gate(const struct gate *g, int64_t now_ms);

/* Whether there is nothing to keep. */
bool saved_gate_is_open(const struct saved_gate *saved);

/* The same for a gate that was just made. */
void saved_gate_restore(struct gate *g, const struct saved_gate *saved,
                        int64_t now_ms);

#endif
