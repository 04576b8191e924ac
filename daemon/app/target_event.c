/*
 * target_event.c - the transitions of a target as events, each once and with
 * its cause, and the slow start that follows some of them.
 *
 * What was last told is kept beside each machine and compared with what the
 * machine says now, so that a transition is told of whoever brought it about.
 */
#include "app/target_internal.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

static const char WAITED[] = "the time to wait is over";

void
target_note(struct target *t, enum event_kind kind, const char *from,
            const char *to, const char *reason)
{
    events_add(
        t->events, kind,
        &(struct event_text){
            .target = t->name, .from = from, .to = to, .reason = reason});
}

static void
join(char *buf, size_t size, const char *what, const char *cause)
{
    if (cause && *cause)
        (void)snprintf(buf, size, "%s (%s)", what, cause);
    else
        (void)snprintf(buf, size, "%s", what);
}

static void
explain_breaker(const struct target *t, const char *cause, char *buf,
                size_t size)
{
    char why[80];

    switch (t->breaker.state) {
    case BREAKER_OPEN:
        (void)breaker_reason_text(&t->breaker, why, sizeof(why));
        join(buf, size, why, cause);
        return;
    case BREAKER_HALF_OPEN:
        (void)snprintf(buf, size, "%s",
                       t->breaker.early ? "tried early: nothing else is left"
                                        : WAITED);
        return;
    case BREAKER_CLOSED:
    case BREAKER_FORCED_OPEN:
    case BREAKER_OFF:
        (void)snprintf(buf, size, "%s", cause ? cause : "");
        return;
    }
}

static void
remember_move(struct target *t, enum breaker_state to, const char *reason)
{
    struct target_move *move = &t->moves[t->n_moves++ % TARGET_MOVES];

    move->at_ms = clock_wall_ms();
    move->from = t->shown;
    move->to = to;
    (void)snprintf(move->reason, sizeof(move->reason), "%s", reason);
}

void
target_note_breaker(struct target *t, const char *cause)
{
    enum breaker_state state = t->breaker.state;
    char reason[CAUSE_SIZE + 80];

    if (state == t->shown)
        return;
    explain_breaker(t, cause, reason, sizeof(reason));
    target_note(t, EVENT_BREAKER, breaker_state_name(t->shown),
                breaker_state_name(state), reason);
    remember_move(t, state, reason);
    if (t->shown == BREAKER_HALF_OPEN && state == BREAKER_CLOSED)
        concurrency_slow_start(&t->concurrency);
    t->shown = state;
}

void
target_vote(struct target *t, struct breaker_permit *permit,
            enum breaker_outcome outcome, const char *cause, int64_t now_ms)
{
    uint32_t ok, of;
    char trials[64];

    /* A trial that hung is a transition of its own. */
    breaker_tick(&t->breaker, now_ms);
    target_note_breaker(t, NULL);
    ok = t->breaker.ok + 1;
    of = ok + t->breaker.failed;
    breaker_report(&t->breaker, permit, outcome, now_ms, t->rng);
    (void)snprintf(trials, sizeof(trials),
                   "%" PRIu32 " of %" PRIu32 " trials succeeded", ok, of);
    target_note_breaker(t, t->breaker.state == BREAKER_CLOSED ? trials : cause);
}

/* Each may be NULL. */
struct gate_causes {
    const char *shut_by;
    const char *opened_by;
};

static enum target_gate
look_at_gate(const struct gate *g, int64_t now_ms)
{
    enum gate_latch which;

    if (gate_is_latched(g, now_ms, &which))
        return TARGET_GATE_LATCHED;
    return gate_check(g, 0, now_ms).reason == GATE_PASS ? TARGET_GATE_OPEN
                                                        : TARGET_GATE_LIMITED;
}

static const char *
gate_name(enum target_gate gate)
{
    switch (gate) {
    case TARGET_GATE_OPEN:
        return "open";
    case TARGET_GATE_LIMITED:
        return "limited";
    case TARGET_GATE_LATCHED:
        return "latched";
    }
    return "?";
}

static void
explain_limit(const struct gate *g, const char *cause, int64_t now_ms,
              char *buf, size_t size)
{
    struct gate_verdict verdict = gate_check(g, 0, now_ms);
    bool told = verdict.reason == GATE_WAIT && cause && *cause;

    (void)snprintf(buf, size, "%s, for %" PRId64 " ms",
                   told ? cause : gate_reason_name(verdict.reason),
                   verdict.until_ms - now_ms);
}

static void
explain_gate(const struct gate *g, const struct gate_causes *causes,
             int64_t now_ms, char *buf, size_t size)
{
    enum gate_latch which = GATE_LATCH_AUTH;

    switch (look_at_gate(g, now_ms)) {
    case TARGET_GATE_OPEN:
        (void)snprintf(buf, size, "%s",
                       causes->opened_by ? causes->opened_by : WAITED);
        return;
    case TARGET_GATE_LIMITED:
        explain_limit(g, causes->shut_by, now_ms, buf, size);
        return;
    case TARGET_GATE_LATCHED:
        (void)gate_is_latched(g, now_ms, &which);
        join(buf, size, target_latch_name(which), causes->shut_by);
        return;
    }
}

static void
note_gate(struct target *t, size_t key, const struct gate_causes *causes,
          int64_t now_ms)
{
    const struct provider *p = t->provider;
    enum target_gate is = look_at_gate(&t->gates[key], now_ms);
    enum target_gate was = t->gates_shown[key];
    char reason[CAUSE_SIZE + 80];
    char text[2 * sizeof(reason)];

    if (is == was)
        return;
    t->gates_shown[key] = is;
    explain_gate(&t->gates[key], causes, now_ms, reason, sizeof(reason));
    if (p->n_keys > 1)
        (void)snprintf(text, sizeof(text), "key %s: %s",
                       credentials_name(p->credentials, p->handles[key]),
                       reason);
    else
        (void)snprintf(text, sizeof(text), "%s", reason);
    target_note(t, EVENT_GATE, gate_name(was), gate_name(is), text);
    if (is == TARGET_GATE_LATCHED && t->gates[key].latches[GATE_LATCH_AUTH].on)
        target_note(t, EVENT_CREDENTIAL, NULL, "latched",
                    credentials_name(p->credentials, p->handles[key]));
}

/* As long as one key's gate is open, there is traffic; when the first one opens
 * again, it begins slowly. */
static void
follow_gates(struct target *t)
{
    bool was_shut = t->shut;

    t->shut = true;
    for (size_t i = 0; i < t->provider->n_keys; i++)
        t->shut &= t->gates_shown[i] != TARGET_GATE_OPEN;
    if (was_shut && !t->shut)
        concurrency_slow_start(&t->concurrency);
}

void
target_note_gates(struct target *t, const char *shut_by, const char *opened_by,
                  int64_t now_ms)
{
    const struct gate_causes causes = {shut_by, opened_by};

    for (size_t i = 0; i < t->provider->n_keys; i++)
        note_gate(t, i, &causes, now_ms);
    follow_gates(t);
}
