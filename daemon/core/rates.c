#include "core/rates.h"

#include <assert.h>

enum {
    MAX_DEBT = 10 /* Minutes. */
};

static int64_t
capacity(const struct rates_bucket *b)
{
    return b->per_minute * RATES_PARTS;
}

/* The level as of `now_ms`; no product can overflow. */
static int64_t
level_at(const struct rates_bucket *b, int64_t now_ms)
{
    int64_t passed_ms = now_ms - b->at_ms;
    int64_t most_ms = (MAX_DEBT + 1) * (int64_t)RATES_PARTS;
    int64_t level;

    if (passed_ms > most_ms)
        passed_ms = most_ms;
    level = b->level + b->per_minute * passed_ms;
    return level < capacity(b) ? level : capacity(b);
}

static void
init(struct rates_bucket *b, int64_t per_minute, int64_t now_ms)
{
    assert(per_minute >= 0 && per_minute <= RATES_MAX_PER_MINUTE);

    *b = (struct rates_bucket){.per_minute = per_minute, .at_ms = now_ms};
    b->level = capacity(b);
}

static void
configure(struct rates_bucket *b, int64_t per_minute, int64_t now_ms)
{
    int64_t taken = capacity(b) - level_at(b, now_ms);

    if (per_minute == b->per_minute)
        return;
    init(b, per_minute, now_ms);
    b->level -= taken < MAX_DEBT * capacity(b) ? taken : MAX_DEBT * capacity(b);
}

static int64_t
bounded(const struct rates_bucket *b, int64_t n)
{
    int64_t most = (MAX_DEBT + 1) * b->per_minute;

    if (n < 0)
        return 0;
    return n < most ? n : most;
}

/* Takes `n`, or gives back what is less than 0. */
static void
take(struct rates_bucket *b, int64_t n, int64_t now_ms)
{
    int64_t level = level_at(b, now_ms) - n * RATES_PARTS;
    int64_t least = -MAX_DEBT * capacity(b);

    b->level = level > least ? level : least;
    b->at_ms = now_ms;
}

/* How long until `n` are there, or all that fit. */
static int64_t
wait_ms(const struct rates_bucket *b, int64_t n, int64_t now_ms)
{
    int64_t needed = bounded(b, n) * RATES_PARTS;
    int64_t lacking;

    if (b->per_minute == 0)
        return 0;
    if (needed > capacity(b))
        needed = capacity(b);
    lacking = needed - level_at(b, now_ms);
    return lacking > 0 ? (lacking - 1) / b->per_minute + 1 : 0;
}

void
rates_init(struct rates *r, int64_t rpm, int64_t tpm, int64_t now_ms)
{
    init(&r->requests, rpm, now_ms);
    init(&r->tokens, tpm, now_ms);
}

void
rates_configure(struct rates *r, int64_t rpm, int64_t tpm, int64_t now_ms)
{
    configure(&r->requests, rpm, now_ms);
    configure(&r->tokens, tpm, now_ms);
}

enum rates_verdict
rates_check(const struct rates *r, int64_t tokens, int64_t now_ms,
            int64_t *ret_at_ms)
{
    int64_t for_request_ms = wait_ms(&r->requests, 1, now_ms);
    int64_t for_tokens_ms = wait_ms(&r->tokens, tokens, now_ms);

    if (for_request_ms == 0 && for_tokens_ms == 0)
        return RATES_PASS;
    if (for_request_ms >= for_tokens_ms) {
        *ret_at_ms = now_ms + for_request_ms;
        return RATES_REQUESTS;
    }
    *ret_at_ms = now_ms + for_tokens_ms;
    return RATES_TOKENS;
}

void
rates_take(struct rates *r, int64_t tokens, int64_t now_ms)
{
    take(&r->requests, bounded(&r->requests, 1), now_ms);
    take(&r->tokens, bounded(&r->tokens, tokens), now_ms);
}

void
rates_correct(struct rates *r, int64_t taken_tokens, int64_t used_tokens,
              int64_t now_ms)
{
    take(&r->tokens,
         bounded(&r->tokens, used_tokens) - bounded(&r->tokens, taken_tokens),
         now_ms);
}

void
rates_undo(struct rates *r, int64_t taken_tokens, int64_t now_ms)
{
    take(&r->requests, -bounded(&r->requests, 1), now_ms);
    rates_correct(r, taken_tokens, 0, now_ms);
}

/* Rounded towards what is not there. */
int64_t
rates_left(const struct rates_bucket *b, int64_t now_ms)
{
    int64_t level = level_at(b, now_ms);
    int64_t left = level / RATES_PARTS;

    return level < 0 && level % RATES_PARTS != 0 ? left - 1 : left;
}

bool
rates_are_full(const struct rates *r, int64_t now_ms)
{
    return level_at(&r->requests, now_ms) == capacity(&r->requests)
           && level_at(&r->tokens, now_ms) == capacity(&r->tokens);
}
