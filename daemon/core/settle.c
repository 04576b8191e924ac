#include "core/settle.h"

const char *
settle_kind_name(enum settle_kind kind)
{
    switch (kind) {
    case SETTLE_ZERO:
        return "zero";
    case SETTLE_EXACT:
        return "exact";
    case SETTLE_ESTIMATED:
        return "estimated";
    case SETTLE_PARTIAL:
        return "partial";
    }
    return "?";
}

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static enum settle_kind
kind_of(const struct settle_facts *facts)
{
    switch (facts->outcome) {
    case OUTCOME_OK:
    case OUTCOME_OK_LIMITED:
        return facts->usage ? SETTLE_EXACT : SETTLE_ESTIMATED;
    case OUTCOME_AMBIGUOUS:
        return SETTLE_ESTIMATED;
    case OUTCOME_STREAM_BROKEN:
    case OUTCOME_CANCELLED:
        return facts->emitted_bytes > 0 || facts->usage ? SETTLE_PARTIAL
                                                        : SETTLE_ESTIMATED;
    case OUTCOME_SERVER:
        /* A 200 that is no answer was still generated. */
        return facts->http_status >= 200 && facts->http_status < 300
                   ? SETTLE_ESTIMATED
                   : SETTLE_ZERO;
    case OUTCOME_NOT_SENT:
    case OUTCOME_OVERLOAD:
    case OUTCOME_RATE:
    case OUTCOME_QUOTA_LOCK:
    case OUTCOME_AUTH_LOCK:
    case OUTCOME_MODEL_GONE:
    case OUTCOME_CLIENT:
    case OUTCOME_LOCAL:
    case OUTCOME_N:
        return SETTLE_ZERO;
    }
    return SETTLE_ZERO;
}

/* Tokens as estimated from the text alone.  What was broken off is counted a
 * tenth dearer: the provider was ahead of what arrived. */
static struct usage
estimate(const struct settle_facts *facts, bool partial)
{
    int64_t out = price_estimate_tokens(facts->emitted_bytes,
                                        facts->bytes_per_token_milli);

    return (struct usage){
        .prompt = price_estimate_tokens(facts->prompt_bytes,
                                        facts->bytes_per_token_milli),
        .completion = partial ? out + (out + 9) / 10 : out,
    };
}

static int64_t
cost_of(const struct price *price, const struct usage *usage)
{
    int64_t cost;

    if (!price)
        return 0;
    return price_cost(price, usage, &cost) == 0 ? cost : INT64_MAX;
}

struct settlement
settle(const struct settle_facts *facts, const struct price *price)
{
    struct settlement s = {.kind = kind_of(facts)};
    struct usage guess;

    if (s.kind == SETTLE_ZERO)
        return s;
    if (facts->usage) {
        s.prompt_tokens = usage_prompt_total(facts->usage);
        s.completion_tokens = usage_completion_total(facts->usage);
        s.cached_tokens = facts->usage->cached;
        s.cache_write_tokens = facts->usage->cache_write;
        s.reasoning_tokens = facts->usage->reasoning;
        s.cost_nanousd = cost_of(price, facts->usage);
    }
    if (s.kind == SETTLE_EXACT)
        return s;
    guess = estimate(facts, s.kind == SETTLE_PARTIAL);
    s.prompt_tokens = larger(s.prompt_tokens, guess.prompt);
    s.completion_tokens = larger(s.completion_tokens, guess.completion);
    s.cost_nanousd = larger(s.cost_nanousd, cost_of(price, &guess));
    return s;
}

/* The dearest that a prompt and an answer of this size can turn out to be. */
int64_t
settle_reserve(const struct price *price, size_t prompt_bytes,
               int64_t max_tokens)
{
    int64_t prompt = price_reserve_tokens(prompt_bytes);
    int64_t most = -1;

    for (int i = 0; price && i < 6; i++) {
        struct usage usage = {
            .prompt = prompt,
            .completion = max_tokens,
            .cache_write = i % 3 > 0 ? prompt : 0,
            .cache_write_1h = i % 3 > 1 ? prompt : 0,
            .reasoning = i > 2 ? max_tokens : 0,
        };

        most = larger(most, cost_of(price, &usage));
    }
    return most;
}
