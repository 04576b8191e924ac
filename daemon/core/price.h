/*
 * price.h - what an attempt costs, in integers.
 *
 * Money is int64 nano-dollars (10^-9 USD); a price is nano-dollars per
 * *million* tokens, so 8 USD per million is 8,000,000,000 and 80 tokens of it
 * cost 640,000 nano-dollars.  The parts of a cost are added up in 128 bits,
 * divided once and rounded up once.
 */
#ifndef AIGW_CORE_PRICE_H
#define AIGW_CORE_PRICE_H

#include "core/answer.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PRICE_MAX_TIERS = 4,

    /* Bytes of text per token before anything was learned about a model, in
     * thousandths. */
    PRICE_BYTES_PER_TOKEN_MILLI = 4000,
};

/* Nano-dollars per million tokens. */
struct price_rates {
    int64_t input;
    int64_t output;
    int64_t cached_input;
    int64_t cache_write;
    int64_t cache_write_1h; /* To stay there for an hour. */
    int64_t reasoning;
};

/* Rates for prompts of more than `context` tokens. */
struct price_tier {
    int64_t context;
    struct price_rates rates;
};

struct price {
    struct price_rates rates;
    int64_t per_request_nanousd;
    struct price_tier over[PRICE_MAX_TIERS]; /* In any order. */
    size_t n_over;
};

/* Converts a configured price in USD per million tokens; the same conversion
 * serves for amounts in USD.  AIGW_EINVAL for NaN, negative values and more
 * than a million dollars. */
int price_from_usd(double usd, int64_t *ret_nanousd);

/* An amount in USD, for people. */
double price_to_usd(int64_t nanousd);

/* Sets `rates` from input and output, with the defaults of the others: cached
 * and written input cost as input, reasoning as output. */
void price_rates_init(struct price_rates *rates, int64_t input, int64_t output);

/* The cost of `usage`.  Of the tiers whose context the whole prompt exceeds,
 * the highest counts for all of it.  Parts of the usage that contradict each other are
 * read to the provider's advantage: more cached tokens than prompt are all
 * charged.  AIGW_ETOOBIG when the result does not fit. */
int price_cost(const struct price *price, const struct usage *usage,
               int64_t *ret_nanousd);

/* Tokens that `bytes` of text are likely to be, rounded up, given what was
 * learned about the model (PRICE_BYTES_PER_TOKEN_MILLI at first). */
int64_t price_estimate_tokens(size_t bytes, int64_t bytes_per_token_milli);

/* An upper bound for reservations: a token for every two bytes. */
int64_t price_reserve_tokens(size_t bytes);

#endif
