#include "core/usage.h"

#include <stddef.h>

static int64_t
read_or_zero(const json_t *usage, const char *name)
{
    int64_t count = 0;

    (void)usage_read_count(json_object_get(usage, name), &count);
    return count;
}

/* Vertex leaves counts out; the total is then all that tells of them. */
static int64_t
unnamed_output(const json_t *usage, const struct usage *u)
{
    int64_t rest = read_or_zero(usage, "totalTokenCount") - u->prompt
                   - u->completion - u->reasoning;

    return rest > 0 ? rest : 0;
}

bool
usage_from_gemini(const json_t *usage, struct usage *ret_usage)
{
    struct usage u = {.shape.reasoning_beside = true};

    if (!usage_read_count(json_object_get(usage, "promptTokenCount"),
                          &u.prompt))
        return false;
    u.prompt += read_or_zero(usage, "toolUsePromptTokenCount");
    u.completion = read_or_zero(usage, "candidatesTokenCount");
    u.cached = read_or_zero(usage, "cachedContentTokenCount");
    u.reasoning = read_or_zero(usage, "thoughtsTokenCount");
    if (u.prompt > USAGE_MAX_TOKENS)
        u.prompt = USAGE_MAX_TOKENS;
    if (u.cached > u.prompt)
        u.cached = u.prompt;
    u.completion += unnamed_output(usage, &u);
    *ret_usage = u;
    return true;
}
