/*
 * settle.h - what an attempt is charged with when it has ended.
 *
 * A provider that was asked bills for it, whether or not the answer arrived.
 * Where it counted a whole answer, that counts.  Where it did not, the tokens
 * are estimated from the bytes that went in and came out, and the result says
 * so; but it may have thought and written more than anybody saw, so what was set
 * aside stays spent, up to a share that the operator lets go
 * (TensorZero's rate limits do the same with usage that is an underestimate).
 */
#ifndef AIGW_CORE_SETTLE_H
#define AIGW_CORE_SETTLE_H

#include "core/outcome.h"
#include "core/price.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum settle_kind {
    SETTLE_ZERO,      /* Nothing was carried out. */
    SETTLE_EXACT,     /* By the provider's own count. */
    SETTLE_ESTIMATED, /* No answer, though there may have been one. */
    SETTLE_PARTIAL,   /* Broken off or not counted: what was seen, or more. */
};

/* Lower-case name: "zero", "exact", "estimated", "partial". */
const char *settle_kind_name(enum settle_kind kind);

enum {
    SETTLE_REFUND_ALL = 1000
};

struct settle_facts {
    enum outcome outcome;
    bool sent;                 /* Some of the request has left. */
    bool whole;                /* There is proof of the answer's end. */
    int http_status;           /* 0: no head was read. */
    const struct usage *usage; /* NULL: none was told. */
    size_t prompt_bytes;
    size_t emitted_bytes;          /* Of content received. */
    int64_t bytes_per_token_milli; /* Learned for the model. */
    int64_t reserved_nanousd;      /* What was set aside; 0: nothing. */

    /* Of what was set aside and not seen in the answer, what comes back; in
     * thousandths, SETTLE_REFUND_ALL at most. */
    int64_t partial_refund_milli;
};

struct settlement {
    enum settle_kind kind;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cached_tokens;
    int64_t cache_write_tokens;
    int64_t reasoning_tokens;
    int64_t cost_nanousd; /* 0 without a price. */
};

/* `price` may be NULL.  A cost beyond int64 is INT64_MAX. */
struct settlement settle(const struct settle_facts *facts,
                         const struct price *price);

/* The most that a call of `prompt_bytes` with answers of up to `max_tokens`
 * can cost, whatever goes into caches and whatever is reasoning; -1 without a
 * price. */
int64_t settle_reserve(const struct price *price, size_t prompt_bytes,
                       int64_t max_tokens);

#endif
