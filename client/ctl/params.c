#include "ctl/params.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

enum {
    GRACE_MS = 2000 /* For the daemon to say that the time is over. */
};

/* The values of every --tag; NULL without one. */
static const char **
collect_tags(const struct args *args)
{
    const char **tags = NULL;
    size_t n = 0;

    for (size_t i = 0; i < args->n_options; i++) {
        if (strcmp(args->options[i].spec->name, "tag") != 0)
            continue;
        if (!tags)
            tags = mem_alloc(args->n_options + 1, sizeof(*tags));
        tags[n++] = args->options[i].value;
    }
    return tags;
}

void
params_set_timeout(const struct params *params, struct aigw *client)
{
    int deadline_ms = (int)params->generate.deadline_ms;

    aigw_set_call_timeout(client, deadline_ms > 0 ? deadline_ms + GRACE_MS
                                                  : CTL_ANSWER_TIMEOUT_MS);
}

int
params_init(struct params *params, struct ctl *ctl, struct args *args)
{
    struct aigw_generate_params *generate = &params->generate;
    int64_t max_tokens = 0;

    aigw_generate_params_init(generate);
    params->tags = collect_tags(args);
    if (args_int(args, "max-tokens", 1, INT_MAX, &max_tokens) != 0
        || args_number(args, "temperature", 0, 2, &generate->temperature) != 0)
        return ctl_usage(ctl, "%s", args->error);
    generate->max_tokens = (int)max_tokens;
    generate->system_message = args_value(args, "system");
    generate->route = args_value(args, "route");
    generate->tier = args_value(args, "tier");
    generate->require_expensive_model = args_has(args, "premium");
    generate->session_id = args_value(args, "session");
    generate->request_id = args_value(args, "request-id");
    generate->on_break = args_value(args, "on-break");
    generate->tags = params->tags;
    generate->deadline_ms = ctl->timeout_ms;
    params_set_timeout(params, ctl->client);
    return EXIT_OK;
}

void
params_deinit(struct params *params)
{
    free(params->tags);
    params->tags = NULL;
}

static void
set_str(struct aigw_value *map, const char *key, const char *text)
{
    if (text)
        aigw_value_set_str(map, key, text);
}

static void
set_tags(struct aigw_value *map, const char *const *tags)
{
    struct aigw_value *array;

    if (!tags)
        return;
    array = aigw_value_array();
    for (; *tags; tags++)
        aigw_value_append_str(array, *tags);
    aigw_value_set(map, "tags", array);
}

/* What a chat body says in its own fields. */
static void
set_prompt(struct aigw_value *map, const struct aigw_generate_params *generate)
{
    set_str(map, "prompt", generate->prompt);
    set_str(map, "system_message", generate->system_message);
    set_str(map, "route", generate->route);
    if (generate->temperature >= 0)
        aigw_value_set_double(map, "temperature", generate->temperature);
    if (generate->max_tokens > 0)
        aigw_value_set_int(map, "max_tokens", generate->max_tokens);
}

struct aigw_value *
params_to_value(const struct params *params, bool for_chat)
{
    const struct aigw_generate_params *generate = &params->generate;
    struct aigw_value *map = aigw_value_map();

    if (!for_chat)
        set_prompt(map, generate);
    if (for_chat)
        set_str(map, "route", generate->route);
    if (generate->require_expensive_model)
        aigw_value_set_bool(map, "require_expensive_model", true);
    if (generate->deadline_ms > 0)
        aigw_value_set_int(map, "deadline_ms", generate->deadline_ms);
    set_str(map, "tier", generate->tier);
    set_tags(map, generate->tags);
    return map;
}
