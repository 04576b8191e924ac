#include "core/usage.h"

#include <stddef.h>

bool
usage_from_anthropic(const json_t *told, struct usage *usage)
{
    const json_t *details = json_object_get(told, "output_tokens_details");
    const json_t *writes = json_object_get(told, "cache_creation");
    bool input =
        usage_read_count(json_object_get(told, "input_tokens"), &usage->prompt);
    bool output = usage_read_count(json_object_get(told, "output_tokens"),
                                   &usage->completion);

    (void)usage_read_count(json_object_get(told, "cache_read_input_tokens"),
                           &usage->cached);
    (void)usage_read_count(json_object_get(told, "cache_creation_input_tokens"),
                           &usage->cache_write);
    (void)usage_read_count(json_object_get(writes, "ephemeral_1h_input_tokens"),
                           &usage->cache_write_1h);
    if (usage->cache_write_1h > usage->cache_write)
        usage->cache_write_1h = usage->cache_write;
    (void)usage_read_count(json_object_get(details, "thinking_tokens"),
                           &usage->reasoning);
    if (usage->reasoning > usage->completion)
        usage->reasoning = usage->completion;
    usage->shape = (struct usage_shape){.cached_beside = true};
    return input || output;
}
