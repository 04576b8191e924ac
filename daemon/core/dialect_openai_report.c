#include "core/dialect_openai_parts.h"

#include <math.h>

struct json_slice
openai_text_of(const json_t *value)
{
    if (!json_is_string(value))
        return (struct json_slice){NULL, 0};
    return (struct json_slice){json_string_value(value),
                               json_string_length(value)};
}

static void
note_name(const struct openai_parser *p, struct json_slice name, char *ret_name)
{
    if (!*ret_name && name.size > 0)
        openai_copy_text(p, name.text, name.size, ret_name, DIALECT_TEXT_SIZE);
}

void
openai_note_names(struct openai_parser *p, struct json_slice id,
                  struct json_slice model)
{
    note_name(p, id, p->base.facts.id);
    note_name(p, model, p->base.facts.model);
}

/* A count of tokens; false for what cannot be one. */
static bool
read_count(const json_t *value, int64_t *ret_count)
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
        if (read_count(json_object_get(details, *names), &count)
            || read_count(json_object_get(usage, *names), &count))
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

int
openai_report_counts(struct openai_parser *p,
                     const struct openai_counts *counts)
{
    struct usage u = {
        .prompt = counts->prompt,
        .completion = or_zero(counts->completion),
        .cached = or_zero(counts->cached),
        .cache_write = or_zero(counts->cache_write),
        .reasoning = or_zero(counts->reasoning),
    };

    if (u.prompt < 0)
        return 0;
    if (u.cached > u.prompt)
        u.cached = u.prompt;
    if (u.cache_write > u.prompt - u.cached)
        u.cache_write = u.prompt - u.cached;
    place_reasoning(&u, counts->total);
    p->base.facts.usage = u;
    p->base.facts.has_usage = true;
    return openai_emit(p, &(struct dialect_event){
                              .kind = DIALECT_USAGE,
                              .usage = &p->base.facts.usage,
                          });
}

int
openai_report_usage(struct openai_parser *p, const json_t *usage)
{
    static const char *const cached[] = {
        "cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", NULL};
    static const char *const written[] = {"cache_write_tokens",
                                          "cache_creation_tokens", NULL};
    static const char *const reasoning[] = {"reasoning_tokens", NULL};
    const json_t *completion = json_object_get(usage, "completion_tokens");
    struct openai_counts counts = {-1, -1, -1, -1, -1, -1};

    (void)read_count(json_object_get(usage, "prompt_tokens"), &counts.prompt);
    if (completion && !json_is_null(completion)
        && !read_count(completion, &counts.completion))
        return 0;
    (void)read_count(json_object_get(usage, "total_tokens"), &counts.total);
    counts.cached = read_detail(usage, "prompt_tokens_details", cached);
    counts.cache_write = read_detail(usage, "prompt_tokens_details", written);
    counts.reasoning =
        read_detail(usage, "completion_tokens_details", reasoning);
    return openai_report_counts(p, &counts);
}
