/*
 * settle.h - what an attempt is charged with when it has ended.
 *
 * A provider that was asked bills for it, whether or not the answer arrived.
 * Where it told its usage, that counts; where it did not, the tokens are
 * estimated from the bytes that went in and came out, and the result says so.
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
    SETTLE_ESTIMATED, /* The provider told no count. */
    SETTLE_PARTIAL,   /* Broken off: at least what was seen of it. */
};

/* Lower-case name: "zero", "exact", "estimated", "partial". */
const char *settle_kind_name(enum settle_kind kind);

struct settle_facts {
    enum outcome outcome;
    int http_status;           /* 0: no head was read. */
    const struct usage *usage; /* NULL: none was told. */
    size_t prompt_bytes;
    size_t emitted_bytes;          /* Of content received. */
    int64_t bytes_per_token_milli; /* Learned for the model. */
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
