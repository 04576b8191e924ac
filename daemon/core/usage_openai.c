#include "core/usage.h"

#include <math.h>
#include <stddef.h>

bool
usage_read_count(const json_t *value, int64_t *ret_count)
{
    double real;

    if (json_is_integer(value)) {
        json_int_t n = json_integer_value(value);

        if (n < 0 || n > USAGE_MAX_TOKENS)
            return false;
        *ret_count = n;
        return true;
    }
    real = json_is_real(value) ? json_real_value(value) : -1;
    if (!(real >= 0 && real <= USAGE_MAX_TOKENS) || real != floor(real))
        return false;
    *ret_count = (int64_t)real;
    return true;
}

/* The first of these places that holds a count, else -1. */
static int64_t
read_detail(const json_t *usage, const char *group, const char *const *names)
{
    const json_t *details = json_object_get(usage, group);
    int64_t count;

    for (; *names; names++)
        if (usage_read_count(json_object_get(details, *names), &count)
            || usage_read_count(json_object_get(usage, *names), &count))
            return count;
    return -1;
}

/* Whether reasoning counts as completion shows in the total: xAI and Gemini
 * add it on top, and Gemini does not even name it. */
static void
place_reasoning(struct usage *u, int64_t total)
{
    int64_t sum = u->prompt + u->completion;

    if (total < sum)
        total = sum;
    if (u->reasoning == 0)
        u->reasoning = total - sum;
    if (u->reasoning > 0 && total >= sum + u->reasoning)
        u->shape.reasoning_beside = true;
    else if (u->reasoning > u->completion)
        u->reasoning = u->completion;
}

static int64_t
or_zero(int64_t count)
{
    return count < 0 ? 0 : count;
}

bool
usage_from_counts(const struct usage_counts *counts, struct usage *ret_usage)
{
    struct usage u = {
        .prompt = counts->prompt,
        .completion = or_zero(counts->completion),
        .cached = or_zero(counts->cached),
        .cache_write = or_zero(counts->cache_write),
        .reasoning = or_zero(counts->reasoning),
    };

    if (u.prompt < 0)
        return false;
    if (u.cached > u.prompt)
        u.cached = u.prompt;
    if (u.cache_write > u.prompt - u.cached)
        u.cache_write = u.prompt - u.cached;
    place_reasoning(&u, counts->total);
    *ret_usage = u;
    return true;
}

bool
usage_from_openai(const json_t *usage, struct usage *ret_usage)
{
    static const char *const cached[] = {
        "cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", NULL};
    static const char *const written[] = {"cache_write_tokens",
                                          "cache_creation_tokens", NULL};
    static const char *const reasoning[] = {"reasoning_tokens", NULL};
    const json_t *completion = json_object_get(usage, "completion_tokens");
    struct usage_counts counts = {-1, -1, -1, -1, -1, -1};

    (void)usage_read_count(json_object_get(usage, "prompt_tokens"),
                           &counts.prompt);
    if (completion && !json_is_null(completion)
        && !usage_read_count(completion, &counts.completion))
        return false;
    (void)usage_read_count(json_object_get(usage, "total_tokens"),
                           &counts.total);
    counts.cached = read_detail(usage, "prompt_tokens_details", cached);
    counts.cache_write = read_detail(usage, "prompt_tokens_details", written);
    counts.reasoning =
        read_detail(usage, "completion_tokens_details", reasoning);
    return usage_from_counts(&counts, ret_usage);
}
