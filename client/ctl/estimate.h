/*
 * estimate.h - what a volume of tokens would cost on each target.  Pure.
 */
#ifndef AIGW_CTL_ESTIMATE_H
#define AIGW_CTL_ESTIMATE_H

#include <aigw/aigw.h>
#include <stdint.h>

/* The price of `tokens` tokens, `input_share` of them input, at prices per
 * million; NAN if a price is. */
double estimate_cost(double input_usd, double output_usd, int64_t tokens,
                     double input_share);

/* Makes a document {schema, tokens, input_share, prices: [{name, tier,
 * input_usd, output_usd, cached_input_usd, cache_write_usd, reasoning_usd,
 * monthly_usd, daily_monthly_usd, eligible, cheapest}]} from the targets of a
 * status snapshot: cheapest first, unknown prices last.  `monthly_usd` is what
 * `tokens` a month cost, `daily_monthly_usd` what 30 days of as many a day do;
 * `cheapest` is, of the targets that can be used now, the cheapest. */
struct aigw_value *estimate_prices(const struct aigw_value *snapshot,
                                   int64_t tokens, double input_share);

#endif
