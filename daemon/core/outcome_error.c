#include "core/outcome_error.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

struct rule {
    const char *text;
    enum outcome outcome;
    enum outcome_reason reason;
};

#define OTHER   OUTCOME_REASON_OTHER
#define CONTEXT OUTCOME_REASON_CONTEXT_LENGTH
#define POLICY  OUTCOME_REASON_CONTENT_POLICY

/* Whole codes or types, any case.  They decide whatever the status. */
static const struct rule NAMES[] = {
    {"insufficient_quota", OUTCOME_QUOTA_LOCK, OTHER},
    {"credit_balance_exhausted", OUTCOME_QUOTA_LOCK, OTHER},
    {"billing_hard_limit_reached", OUTCOME_QUOTA_LOCK, OTHER},
    {"billing_not_active", OUTCOME_QUOTA_LOCK, OTHER},
    {"billing_error", OUTCOME_QUOTA_LOCK, OTHER},
    {"spend_limit_reached", OUTCOME_QUOTA_LOCK, OTHER},
    {"spend_limit_exceeded", OUTCOME_QUOTA_LOCK, OTHER},
    {"enforced_spend_limit_reached", OUTCOME_QUOTA_LOCK, OTHER},
    {"usage_limit_reached", OUTCOME_QUOTA_LOCK, OTHER},
    {"insufficient_balance", OUTCOME_QUOTA_LOCK, OTHER},
    {"rate_limit_exceeded", OUTCOME_RATE, OTHER},
    {"rate_limit_error", OUTCOME_RATE, OTHER},
    {"rate_limited", OUTCOME_RATE, OTHER},
    {"slow_down", OUTCOME_RATE, OTHER},
    {"too_many_requests", OUTCOME_RATE, OTHER},
    {"resource_exhausted", OUTCOME_RATE, OTHER},
    {"overloaded_error", OUTCOME_OVERLOAD, OTHER},
    {"overloaded", OUTCOME_OVERLOAD, OTHER},
    {"engine_overloaded", OUTCOME_OVERLOAD, OTHER},
    {"engine_overloaded_error", OUTCOME_OVERLOAD, OTHER},
    {"server_is_overloaded", OUTCOME_OVERLOAD, OTHER},
    {"service_unavailable_error", OUTCOME_OVERLOAD, OTHER},
    {"service_unavailable", OUTCOME_OVERLOAD, OTHER},
    {"unavailable_error", OUTCOME_OVERLOAD, OTHER},
    {"unavailable", OUTCOME_OVERLOAD, OTHER},
    {"insufficient_system_resource", OUTCOME_OVERLOAD, OTHER},
    {"invalid_api_key", OUTCOME_AUTH_LOCK, OTHER},
    {"authentication_error", OUTCOME_AUTH_LOCK, OTHER},
    {"permission_error", OUTCOME_AUTH_LOCK, OTHER},
    {"permission_denied", OUTCOME_AUTH_LOCK, OTHER},
    {"unauthenticated", OUTCOME_AUTH_LOCK, OTHER},
    {"account_deactivated", OUTCOME_AUTH_LOCK, OTHER},
    {"unsupported_country_region_territory", OUTCOME_AUTH_LOCK, OTHER},
    {"model_not_found", OUTCOME_MODEL_GONE, OTHER},
    {"model_not_available", OUTCOME_MODEL_GONE, OTHER},
    {"model_decommissioned", OUTCOME_MODEL_GONE, OTHER},
    {"deploymentnotfound", OUTCOME_MODEL_GONE, OTHER},
    {"invalid_model", OUTCOME_MODEL_GONE, OTHER},
    {"context_length_exceeded", OUTCOME_CLIENT, CONTEXT},
    {"context_window_exceeded", OUTCOME_CLIENT, CONTEXT},
    {"exceed_context_size_error", OUTCOME_CLIENT, CONTEXT},
    {"content_filter", OUTCOME_CLIENT, POLICY},
    {"content_policy_violation", OUTCOME_CLIENT, POLICY},
    {"responsibleaipolicyviolation", OUTCOME_CLIENT, POLICY},
    {"moderation_blocked", OUTCOME_CLIENT, POLICY},
    {"unsupported_parameter", OUTCOME_CLIENT, OTHER},
    {"unsupported_value", OUTCOME_CLIENT, OTHER},
    {"unknown_parameter", OUTCOME_CLIENT, OTHER},
    {"request_too_large", OUTCOME_CLIENT, OTHER},
    {"tool_use_failed", OUTCOME_CLIENT, OTHER},
};

/* Phrases of the message, lower case, where no name decided.  Gathered from
 * what providers and their compatible servers send without a usable code. */
static const struct rule PHRASES[] = {
    {"maximum context length", OUTCOME_CLIENT, CONTEXT},
    {"prompt is too long", OUTCOME_CLIENT, CONTEXT},
    {"input is too long", OUTCOME_CLIENT, CONTEXT},
    {"context window", OUTCOME_CLIENT, CONTEXT},
    {"context length", OUTCOME_CLIENT, CONTEXT},
    {"exceeds the maximum number of tokens", OUTCOME_CLIENT, CONTEXT},
    {"exceeds the available context size", OUTCOME_CLIENT, CONTEXT},
    {"usage limit", OUTCOME_QUOTA_LOCK, OTHER},
    {"spend limit", OUTCOME_QUOTA_LOCK, OTHER},
    {"spending limit", OUTCOME_QUOTA_LOCK, OTHER},
    {"credit balance is too low", OUTCOME_QUOTA_LOCK, OTHER},
    {"insufficient balance", OUTCOME_QUOTA_LOCK, OTHER},
    {"insufficient credits", OUTCOME_QUOTA_LOCK, OTHER},
    {"exceeded your current quota", OUTCOME_QUOTA_LOCK, OTHER},
    {"rate limit", OUTCOME_RATE, OTHER},
    {"overloaded", OUTCOME_OVERLOAD, OTHER},
    {"over capacity", OUTCOME_OVERLOAD, OTHER},
    {"incorrect api key", OUTCOME_AUTH_LOCK, OTHER},
    {"invalid api key", OUTCOME_AUTH_LOCK, OTHER},
    {"content management policy", OUTCOME_CLIENT, POLICY},
    {"content policy", OUTCOME_CLIENT, POLICY},
    {"safety system", OUTCOME_CLIENT, POLICY},
    {"was flagged", OUTCOME_CLIENT, POLICY},
    {"requires moderation", OUTCOME_CLIENT, POLICY},
};

/* A limit that a wait of seconds does not lift. */
static const char *const LONG_LIMITS[] = {
    "per day",     "perday",         "daily",       "per month",
    "usage limit", "spending limit", "spend limit",
};

/* Types that say too little to overrule a status. */
static const struct rule WEAK_TYPES[] = {
    {"invalid_request_error", OUTCOME_CLIENT, OTHER},
    {"badrequesterror", OUTCOME_CLIENT, OTHER},
    {"invalid_argument", OUTCOME_CLIENT, OTHER},
    {"not_found_error", OUTCOME_CLIENT, OTHER},
};

static const struct rule *
rule_for_name(const struct rule *rules, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(rules[i].text, name) == 0)
            return &rules[i];
    return NULL;
}

/* "The model `x` does not exist", "model: x", "model 'x' not found". */
static bool
says_model_gone(const char *text)
{
    if (!strcasestr(text, "model") && !strcasestr(text, "deployment"))
        return false;
    return strcasestr(text, "does not exist") || strcasestr(text, "not found")
           || strcasestr(text, "decommissioned")
           || strcasestr(text, "not available in your region")
           || strncasecmp(text, "model: ", 7) == 0;
}

static const struct rule *
rule_for_phrase(const char *text)
{
    static const struct rule gone = {"", OUTCOME_MODEL_GONE, OTHER};

    for (size_t i = 0; i < array_count(PHRASES); i++)
        if (strcasestr(text, PHRASES[i].text))
            return &PHRASES[i];
    return says_model_gone(text) ? &gone : NULL;
}

enum outcome
outcome_from_status(int http_status)
{
    switch (http_status) {
    case 401:
    case 403:
        return OUTCOME_AUTH_LOCK;
    case 402:
        return OUTCOME_QUOTA_LOCK;
    case 408:
    case 499:
    case 524:
        return OUTCOME_AMBIGUOUS;
    case 429:
        return OUTCOME_RATE;
    case 503:
    case 529:
        return OUTCOME_OVERLOAD;
    default:
        return http_status >= 400 && http_status < 500 ? OUTCOME_CLIENT
                                                       : OUTCOME_SERVER;
    }
}

static struct outcome_verdict
verdict_by_words(const struct api_error *error, int status)
{
    struct outcome_verdict v = {OUTCOME_SERVER, OTHER};
    const struct rule *rule =
        rule_for_name(NAMES, array_count(NAMES), error->code);

    if (!rule)
        rule = rule_for_name(NAMES, array_count(NAMES), error->type);
    /* The words of a 429 are about tokens too, per minute and not in all. */
    if (!rule && status != 429)
        rule = rule_for_phrase(error->text);
    if (!rule && status == 0)
        rule = rule_for_name(WEAK_TYPES, array_count(WEAK_TYPES), error->type);
    if (rule)
        v = (struct outcome_verdict){rule->outcome, rule->reason};
    else if (status != 0)
        v.outcome = outcome_from_status(status);
    return v;
}

struct outcome_verdict
outcome_from_error(const struct api_error *error, int http_status)
{
    int status = http_status >= 300 ? http_status : 0;
    struct outcome_verdict v;

    if (error->http_status >= 300)
        status = error->http_status;
    v = verdict_by_words(error, status);
    for (size_t i = 0;
         v.outcome == OUTCOME_RATE && i < array_count(LONG_LIMITS); i++)
        if (strcasestr(error->text, LONG_LIMITS[i]))
            v.outcome = OUTCOME_QUOTA_LOCK;
    return v;
}
