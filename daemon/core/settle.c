#include "core/settle.h"

#include <assert.h>

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

/* No tokens are no count of an answer that has text. */
static bool
is_counted(const struct settle_facts *facts)
{
    return facts->usage
           && (facts->emitted_bytes == 0
               || usage_completion_total(facts->usage) > 0);
}

static enum settle_kind
kind_of(const struct settle_facts *facts)
{
    if (!facts->sent)
        return SETTLE_ZERO;
    switch (facts->outcome) {
    case OUTCOME_OK:
    case OUTCOME_OK_LIMITED:
        return is_counted(facts) ? SETTLE_EXACT : SETTLE_PARTIAL;
    case OUTCOME_AMBIGUOUS:
        return SETTLE_ESTIMATED;
    case OUTCOME_STREAM_BROKEN:
    case OUTCOME_CANCELLED:
    case OUTCOME_LOCAL:
        return SETTLE_PARTIAL;
    case OUTCOME_SERVER:
        /* A 200 that is no answer was still generated. */
        if (facts->http_status < 200 || facts->http_status > 299)
            return SETTLE_ZERO;
        return is_counted(facts) && facts->whole ? SETTLE_EXACT
                                                 : SETTLE_ESTIMATED;
    case OUTCOME_NOT_SENT:
    case OUTCOME_OVERLOAD:
    case OUTCOME_RATE:
    case OUTCOME_QUOTA_LOCK:
    case OUTCOME_AUTH_LOCK:
    case OUTCOME_MODEL_GONE:
    case OUTCOME_CLIENT:
    case OUTCOME_N:
        return SETTLE_ZERO;
    }
    return SETTLE_ZERO;
}

static bool
is_whole(enum outcome outcome)
{
    return outcome == OUTCOME_OK || outcome == OUTCOME_OK_LIMITED;
}

/* Tokens as estimated from the text alone.  What was broken off is counted a
 * tenth dearer: the provider was ahead of what arrived. */
static struct usage
estimate(const struct settle_facts *facts)
{
    int64_t out = price_estimate_tokens(facts->emitted_bytes,
                                        facts->bytes_per_token_milli);

    return (struct usage){
        .prompt = price_estimate_tokens(facts->prompt_bytes,
                                        facts->bytes_per_token_milli),
        .completion = is_whole(facts->outcome) ? out : out + (out + 9) / 10,
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

/* What was set aside and not seen is gone, but for the share that comes back. */
static int64_t
with_unseen(const struct settle_facts *facts, int64_t seen_nanousd)
{
    int64_t unseen = facts->reserved_nanousd - seen_nanousd;
    int64_t share = facts->partial_refund_milli;
    int64_t whole = SETTLE_REFUND_ALL;

    assert(share >= 0 && share <= whole);
    if (unseen <= 0)
        return seen_nanousd;
    return facts->reserved_nanousd - unseen / whole * share
           - unseen % whole * share / whole;
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
    guess = estimate(facts);
    s.prompt_tokens = larger(s.prompt_tokens, guess.prompt);
    s.completion_tokens = larger(s.completion_tokens, guess.completion);
    s.cost_nanousd = larger(s.cost_nanousd, cost_of(price, &guess));
    if (price)
        s.cost_nanousd = with_unseen(facts, s.cost_nanousd);
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
