#include "core/usage.h"

#include <stddef.h>

static int64_t
read_count(const json_t *object, const char *name)
{
    int64_t count = -1;

    (void)usage_read_count(json_object_get(object, name), &count);
    return count;
}

bool
usage_from_responses(const json_t *usage, struct usage *ret_usage)
{
    const json_t *input = json_object_get(usage, "input_tokens_details");
    const json_t *output = json_object_get(usage, "output_tokens_details");

    return usage_from_counts(
        &(struct usage_counts){
            .prompt = read_count(usage, "input_tokens"),
            .completion = read_count(usage, "output_tokens"),
            .total = read_count(usage, "total_tokens"),
            .cached = read_count(input, "cached_tokens"),
            .cache_write = read_count(input, "cache_write_tokens"),
            .reasoning = read_count(output, "reasoning_tokens"),
        },
        ret_usage);
}
