#include "core/price.h"

#include "proto/status.h"

#include <assert.h>
#include <math.h>

__extension__ typedef unsigned __int128 wide;

static const double MAX_USD = 1e6;
static const double NANO_PER_USD = 1e9;
static const uint32_t MILLION = 1000000;

int
price_from_usd(double usd, int64_t *ret_nanousd)
{
    /* False for NaN too. */
    if (!(usd >= 0 && usd <= MAX_USD))
        return AIGW_EINVAL;
    *ret_nanousd = llround(usd * NANO_PER_USD);
    return 0;
}

double
price_to_usd(int64_t nanousd)
{
    return (double)nanousd / NANO_PER_USD;
}

void
price_rates_init(struct price_rates *rates, int64_t input, int64_t output)
{
    *rates = (struct price_rates){
        .input = input,
        .output = output,
        .cached_input = input,
        .cache_write = input,
        .cache_write_1h = input,
        .reasoning = output,
    };
}

static const struct price_rates *
rates_for(const struct price *price, int64_t prompt_tokens)
{
    const struct price_tier *best = NULL;

    for (size_t i = 0; i < price->n_over; i++) {
        const struct price_tier *tier = &price->over[i];

        if (prompt_tokens > tier->context
            && (!best || tier->context > best->context))
            best = tier;
    }
    return best ? &best->rates : &price->rates;
}

static wide
part(int64_t tokens, int64_t rate)
{
    assert(rate >= 0);
    return tokens > 0 ? (wide)tokens * (wide)rate : 0;
}

int
price_cost(const struct price *price, const struct usage *usage,
           int64_t *ret_nanousd)
{
    const struct price_rates *rates =
        rates_for(price, usage_prompt_total(usage));
    int64_t fresh = usage->prompt;
    int64_t plain = usage->completion;
    wide sum;

    if (!usage->shape.cached_beside)
        fresh -= usage->cached + usage->cache_write;
    if (!usage->shape.reasoning_beside)
        plain -= usage->reasoning;
    sum = part(fresh, rates->input) + part(plain, rates->output)
          + part(usage->cached, rates->cached_input)
          + part(usage->cache_write - usage->cache_write_1h, rates->cache_write)
          + part(usage->cache_write_1h, rates->cache_write_1h)
          + part(usage->reasoning, rates->reasoning);
    sum += MILLION - 1;
    sum /= MILLION;
    assert(price->per_request_nanousd >= 0);
    sum += (uint64_t)price->per_request_nanousd;
    if (sum > INT64_MAX)
        return AIGW_ETOOBIG;
    *ret_nanousd = (int64_t)sum;
    return 0;
}

int64_t
price_estimate_tokens(size_t bytes, int64_t bytes_per_token_milli)
{
    wide milli = (wide)bytes * 1000;
    wide per = (wide)(bytes_per_token_milli > 0 ? bytes_per_token_milli
                                                : PRICE_BYTES_PER_TOKEN_MILLI);
    wide tokens = (milli + per - 1) / per;

    return tokens > INT64_MAX ? INT64_MAX : (int64_t)tokens;
}

int64_t
price_reserve_tokens(size_t bytes)
{
    return (int64_t)(bytes / 2 + bytes % 2);
}
