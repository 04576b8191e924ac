/*
 * rates.h - so many requests and tokens a minute.
 *
 * Two buckets, kept as providers keep theirs: each holds what a minute allows,
 * and is refilled continuously.  What a request will take is known only when
 * it has been answered:
 *
 *     rates_check()    may a request that probably takes so many pass?
 *     rates_take()     it is sent: the estimate is taken
 *     rates_correct()  it has taken so many instead
 *     rates_undo()     or it was not sent after all
 *
 * A request that takes more than a minute allows passes when the bucket is
 * full, and leaves a debt that the following ones wait for.  Pure; times never
 * go back.
 */
#ifndef AIGW_CORE_RATES_H
#define AIGW_CORE_RATES_H

#include <stdbool.h>
#include <stdint.h>

#define RATES_MAX_PER_MINUTE INT64_C(1000000000000)

struct rates_bucket {
    int64_t per_minute; /* 0: no limit. */
    int64_t level;      /* In parts of RATES_PARTS; negative: a debt. */
    int64_t at_ms;      /* What `level` is of. */
};

enum {
    RATES_PARTS = 60000 /* Of one request or token: what a ms brings. */
};

struct rates {
    struct rates_bucket requests;
    struct rates_bucket tokens;
};

enum rates_verdict {
    RATES_PASS,
    RATES_REQUESTS,
    RATES_TOKENS,
};

/* Both buckets are full.  0 is no limit. */
void rates_init(struct rates *r, int64_t rpm, int64_t tpm, int64_t now_ms);

/* Other limits: what has been taken stays taken. */
void rates_configure(struct rates *r, int64_t rpm, int64_t tpm, int64_t now_ms);

/* Whether a request may pass; if not, `ret_at_ms` is when it may if nobody
 * else does. */
enum rates_verdict rates_check(const struct rates *r, int64_t tokens,
                               int64_t now_ms, int64_t *ret_at_ms);

void rates_take(struct rates *r, int64_t tokens, int64_t now_ms);

void rates_correct(struct rates *r, int64_t taken_tokens, int64_t used_tokens,
                   int64_t now_ms);

void rates_undo(struct rates *r, int64_t taken_tokens, int64_t now_ms);

/* What a bucket holds, rounded down; negative: a debt. */
int64_t rates_left(const struct rates_bucket *b, int64_t now_ms);

/* True if neither bucket has anything to remember. */
bool rates_are_full(const struct rates *r, int64_t now_ms);

#endif
