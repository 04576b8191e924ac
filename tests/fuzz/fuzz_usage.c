/*
 * fuzz_usage.c - a usage as a provider might tell it.
 *
 * The input is JSON, which each reader of usage.h takes for its own form.  What
 * comes out must be within its bounds, its parts no larger than what they are
 * a part of, and have a cost that does not wrap.
 */
#include "core/price.h"
#include "core/usage.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static void
check_count(int64_t count)
{
    check(count >= 0 && count <= USAGE_MAX_TOKENS);
}

static void
check_usage(const struct usage *u)
{
    struct price price = {.per_request_nanousd = 1};
    int64_t cost;

    check_count(u->prompt);
    check_count(u->completion);
    check_count(u->cached);
    check_count(u->cache_write);
    check_count(u->cache_write_1h);
    check_count(u->reasoning);
    check(u->cache_write_1h <= u->cache_write);
    check(u->shape.cached_beside || u->cached + u->cache_write <= u->prompt);
    check(u->shape.reasoning_beside || u->reasoning <= u->completion);
    price_rates_init(&price.rates, 1000000000, 1000000000);
    check(price_cost(&price, u, &cost) == 0 && cost > 0);
    check(cost - 1
          == (usage_prompt_total(u) + usage_completion_total(u)) * 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *told = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct usage usage = {0};

    if (usage_from_openai(told, &usage))
        check_usage(&usage);
    if (usage_from_responses(told, &usage))
        check_usage(&usage);
    if (usage_from_gemini(told, &usage))
        check_usage(&usage);
    usage = (struct usage){0};
    if (usage_from_anthropic(told, &usage))
        check_usage(&usage);
    json_decref(told);
    return 0;
}
