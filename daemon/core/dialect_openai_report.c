#include "core/dialect_openai_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
copy_string(const struct openai_parser *p, const json_t *value, char *ret_text,
            size_t capacity)
{
    if (json_is_string(value))
        openai_copy_text(p, json_string_value(value), json_string_length(value),
                         ret_text, capacity);
}

void
openai_note_names(struct openai_parser *p, const json_t *document)
{
    struct dialect_facts *facts = &p->base.facts;

    if (!*facts->id)
        copy_string(p, json_object_get(document, "id"), facts->id,
                    sizeof(facts->id));
    if (!*facts->model)
        copy_string(p, json_object_get(document, "model"), facts->model,
                    sizeof(facts->model));
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

/* The first of these places that holds a count, else 0. */
static int64_t
read_detail(const json_t *usage, const char *group, const char *const *names)
{
    const json_t *details = json_object_get(usage, group);
    int64_t count;

    for (; *names; names++)
        if (read_count(json_object_get(details, *names), &count)
            || read_count(json_object_get(usage, *names), &count))
            return count;
    return 0;
}

/* Whether reasoning counts as completion shows in the total: xAI and Gemini
 * add it on top, and Gemini does not even name it. */
static void
place_reasoning(struct usage *u, const json_t *total)
{
    int64_t sum = u->prompt + u->completion;
    int64_t all;

    if (!read_count(total, &all) || all <= sum)
        all = sum;
    if (u->reasoning == 0)
        u->reasoning = all - sum;
    if (u->reasoning > 0 && all >= sum + u->reasoning)
        u->shape.reasoning_beside = true;
    else if (u->reasoning > u->completion)
        u->reasoning = u->completion;
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
    struct usage u = {0};

    if (!read_count(json_object_get(usage, "prompt_tokens"), &u.prompt)
        || (completion && !json_is_null(completion)
            && !read_count(completion, &u.completion)))
        return 0;
    u.cached = read_detail(usage, "prompt_tokens_details", cached);
    u.cache_write = read_detail(usage, "prompt_tokens_details", written);
    u.reasoning = read_detail(usage, "completion_tokens_details", reasoning);
    if (u.cached > u.prompt)
        u.cached = u.prompt;
    if (u.cache_write > u.prompt - u.cached)
        u.cache_write = u.prompt - u.cached;
    place_reasoning(&u, json_object_get(usage, "total_tokens"));
    p->base.facts.usage = u;
    p->base.facts.has_usage = true;
    return openai_emit(p, &(struct dialect_event){
                              .kind = DIALECT_USAGE,
                              .usage = &p->base.facts.usage,
                          });
}
