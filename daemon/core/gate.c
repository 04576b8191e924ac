#include "core/gate.h"

#include "core/backoff.h"

enum {
    BACKOFF_BASE_MS = 1000,
    BACKOFF_MAX_MS = 60 * 1000,
    QUOTA_FIRST_MS = 15 * 60 * 1000,
    QUOTA_MAX_MS = 6 * 3600 * 1000,
    MODEL_MS = 10 * 60 * 1000,
    SCARCE_PART = 20, /* A twentieth, 5 %. */
    TOO_MANY_REQUESTS = 429
};

static const struct gate_bucket UNKNOWN = {-1, -1, 0, 0};

void
gate_init(struct gate *g)
{
    *g = (struct gate){.requests = UNKNOWN, .tokens = UNKNOWN};
}

static bool
latch_is_on(const struct gate_latched *l, int64_t now_ms)
{
    return l->on && (l->wait_ms > 0 || now_ms < l->until_ms);
}

static bool
is_fresh(const struct gate_bucket *b, int64_t now_ms)
{
    return b->remaining >= 0 && now_ms < b->reset_ms;
}

static bool
is_scarce(const struct gate_bucket *b, int64_t now_ms)
{
    return is_fresh(b, now_ms) && b->limit > 0
           && b->remaining
                  < b->limit / SCARCE_PART + (b->limit % SCARCE_PART != 0);
}

static enum gate_reason
latch_reason(enum gate_latch which)
{
    switch (which) {
    case GATE_LATCH_AUTH:
        return GATE_AUTH;
    case GATE_LATCH_QUOTA:
        return GATE_QUOTA;
    case GATE_LATCH_MODEL:
    case GATE_LATCHES:
        break;
    }
    return GATE_MODEL;
}

static struct gate_verdict
blocked(enum gate_reason reason, int64_t until_ms)
{
    return (struct gate_verdict){.reason = reason, .until_ms = until_ms};
}

static struct gate_verdict
check_latches(const struct gate *g, int64_t now_ms)
{
    struct gate_verdict verdict = {.reason = GATE_PASS};

    for (unsigned i = 0; i < GATE_LATCHES; i++) {
        const struct gate_latched *l = &g->latches[i];

        if (!latch_is_on(l, now_ms))
            continue;
        if (now_ms < l->until_ms)
            return blocked(latch_reason((enum gate_latch)i), l->until_ms);
        verdict.trial = true;
    }
    return verdict;
}

struct gate_verdict
gate_check(const struct gate *g, int64_t est_tokens, int64_t now_ms)
{
    struct gate_verdict verdict = check_latches(g, now_ms);

    if (verdict.reason != GATE_PASS)
        return verdict;
    if (now_ms < g->not_before_ms)
        return blocked(GATE_WAIT, g->not_before_ms);
    if (is_fresh(&g->requests, now_ms) && g->requests.remaining == 0)
        return blocked(GATE_REQUESTS, g->requests.reset_ms);
    if (is_fresh(&g->tokens, now_ms) && g->tokens.remaining < est_tokens)
        return blocked(GATE_TOKENS, g->tokens.reset_ms);
    verdict.scarce =
        is_scarce(&g->requests, now_ms) || is_scarce(&g->tokens, now_ms);
    return verdict;
}

static void
take(struct gate_bucket *b, int64_t n)
{
    if (b->remaining >= 0 && n > 0)
        b->remaining = b->remaining > n ? b->remaining - n : 0;
}

uint64_t
gate_begin(struct gate *g, int64_t est_tokens, int64_t now_ms)
{
    g->ticket++;
    take(&g->requests, 1);
    take(&g->tokens, est_tokens);
    for (unsigned i = 0; i < GATE_LATCHES; i++) {
        struct gate_latched *l = &g->latches[i];

        if (!latch_is_on(l, now_ms) || now_ms < l->until_ms)
            continue;
        l->until_ms = now_ms + l->wait_ms;
    }
    return g->ticket;
}

/* Without a reset the numbers are stale at once: it is not known how long a
 * low one holds. */
static void
learn(struct gate_bucket *b, const struct ratelimit_bucket *told,
      uint64_t ticket, int64_t now_ms)
{
    if (told->remaining < 0 || ticket < b->ticket)
        return;
    *b = (struct gate_bucket){
        .limit = told->limit,
        .remaining = told->remaining,
        .reset_ms = now_ms + (told->reset_ms > 0 ? told->reset_ms : 0),
        .ticket = ticket,
    };
}

static void
wait_at_least(struct gate *g, int64_t until_ms)
{
    if (g->not_before_ms < until_ms)
        g->not_before_ms = until_ms;
}

static void
refuse(struct gate *g, const struct gate_response *response, int64_t wait_ms,
       int64_t now_ms, struct rng *rng)
{
    bool new_round = response->ticket > g->refused_at || g->refused == 0;

    if (new_round) {
        g->refused++;
        g->refused_at = g->ticket;
    }
    if (wait_ms > 0)
        wait_at_least(g, now_ms + wait_ms);
    else if (new_round)
        wait_at_least(g, now_ms
                             + backoff_full(BACKOFF_BASE_MS, BACKOFF_MAX_MS,
                                            g->refused - 1, rng));
}

void
gate_reply(struct gate *g, const struct gate_response *response, int64_t now_ms,
           struct rng *rng)
{
    int status = response->http_status;
    int64_t wait_ms = ratelimit_wait_ms(&response->told, status);

    learn(&g->requests, &response->told.requests, response->ticket, now_ms);
    learn(&g->tokens, &response->told.tokens, response->ticket, now_ms);
    if (status == TOO_MANY_REQUESTS)
        refuse(g, response, wait_ms, now_ms, rng);
    else if (wait_ms > 0)
        wait_at_least(g, now_ms + wait_ms);
    else if (status >= 200 && status <= 299 && response->ticket > g->refused_at)
        g->refused = 0;
}

void
gate_succeeded(struct gate *g, uint64_t ticket)
{
    if (ticket > g->latches[GATE_LATCH_QUOTA].ticket)
        gate_unlatch(g, GATE_LATCH_QUOTA);
    if (ticket > g->latches[GATE_LATCH_MODEL].ticket)
        gate_unlatch(g, GATE_LATCH_MODEL);
}

static int64_t
next_quota_wait_ms(const struct gate_latched *l, int64_t now_ms)
{
    if (!latch_is_on(l, now_ms))
        return QUOTA_FIRST_MS;
    return l->wait_ms < QUOTA_MAX_MS / 2 ? l->wait_ms * 2 : QUOTA_MAX_MS;
}

static void
set_latch(struct gate_latched *l, int64_t until_ms, int64_t wait_ms,
          int64_t now_ms)
{
    if (!latch_is_on(l, now_ms))
        l->since_ms = now_ms;
    l->on = true;
    l->until_ms = until_ms;
    l->wait_ms = wait_ms;
}

static void
latch_quota(struct gate_latched *l, int64_t told_ms, int64_t now_ms)
{
    if (told_ms > 0) {
        set_latch(l, now_ms + told_ms, 0, now_ms);
    } else {
        int64_t wait_ms = next_quota_wait_ms(l, now_ms);

        set_latch(l, now_ms + wait_ms, wait_ms, now_ms);
    }
}

void
gate_latch(struct gate *g, enum gate_latch which, uint64_t ticket,
           int64_t told_ms, int64_t now_ms)
{
    struct gate_latched *l = &g->latches[which];

    if (ticket <= l->ticket)
        return;
    switch (which) {
    case GATE_LATCH_AUTH:
        gate_latch_auth(g, now_ms);
        break;
    case GATE_LATCH_QUOTA:
        latch_quota(l, told_ms, now_ms);
        break;
    case GATE_LATCH_MODEL:
        set_latch(l, now_ms + MODEL_MS, MODEL_MS, now_ms);
        break;
    case GATE_LATCHES:
        return;
    }
    l->ticket = g->ticket;
}

void
gate_latch_auth(struct gate *g, int64_t now_ms)
{
    struct gate_latched *l = &g->latches[GATE_LATCH_AUTH];

    set_latch(l, INT64_MAX, 0, now_ms);
    l->ticket = g->ticket;
}

void
gate_unlatch(struct gate *g, enum gate_latch which)
{
    if (!g->latches[which].on)
        return;
    g->latches[which].on = false;
    g->latches[which].ticket = g->ticket;
}

void
gate_reset(struct gate *g)
{
    uint64_t ticket = g->ticket;

    gate_init(g);
    g->ticket = ticket;
    g->refused_at = ticket;
    g->requests.ticket = g->tokens.ticket = ticket;
    for (unsigned i = 0; i < GATE_LATCHES; i++)
        g->latches[i].ticket = ticket;
}

bool
gate_is_latched(const struct gate *g, int64_t now_ms,
                enum gate_latch *ret_which)
{
    for (unsigned i = 0; i < GATE_LATCHES; i++) {
        if (latch_is_on(&g->latches[i], now_ms)) {
            *ret_which = (enum gate_latch)i;
            return true;
        }
    }
    return false;
}

const char *
gate_reason_name(enum gate_reason reason)
{
    switch (reason) {
    case GATE_PASS:
        return "pass";
    case GATE_AUTH:
        return "auth";
    case GATE_QUOTA:
        return "quota";
    case GATE_MODEL:
        return "model";
    case GATE_WAIT:
        return "rate_limited";
    case GATE_REQUESTS:
        return "requests";
    case GATE_TOKENS:
        return "tokens";
    }
    return "?";
}
