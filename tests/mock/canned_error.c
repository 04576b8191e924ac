/*
 * canned_error.c - the errors of OpenAI's API; see canned_error.h.
 */
#include "canned_error.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

/* The first entry of a status is the usual one. */
static const struct canned_error errors[] = {
    {400, "invalid_value", "invalid_request_error", "Invalid request."},
    {400, "context_length_exceeded", "invalid_request_error",
     "This model's maximum context length is 8192 tokens. However, your "
     "messages resulted in 9000 tokens. Please reduce the length of the "
     "messages."},
    {400, "content_policy_violation", "invalid_request_error",
     "Your request was rejected as a result of our safety system."},
    {400, "content_filter", "invalid_request_error",
     "The response was filtered due to the prompt triggering the content "
     "management policy."},
    {400, "unsupported_parameter", "invalid_request_error",
     "Unsupported parameter: 'max_tokens' is not supported with this model. "
     "Use 'max_completion_tokens' instead."},
    {401, "invalid_api_key", "invalid_request_error",
     "Incorrect API key provided."},
    {402, "credit_balance_exhausted", "insufficient_quota",
     "Your credit balance is too low."},
    {403, "unsupported_country", "request_forbidden",
     "Country, region, or territory not supported."},
    {404, "model_not_found", "invalid_request_error",
     "The model does not exist or you do not have access to it."},
    {408, NULL, "timeout", "Request timed out."},
    {413, "request_too_large", "invalid_request_error", "Request too large."},
    {429, "rate_limit_exceeded", "requests",
     "Rate limit reached for requests. Please try again later."},
    {429, "insufficient_quota", "insufficient_quota",
     "You exceeded your current quota, please check your plan and billing "
     "details."},
    {429, "billing_hard_limit_reached", "insufficient_quota",
     "Billing hard limit has been reached."},
    {429, "slow_down", "rate_limit_error",
     "Your request rate is too high. Please slow down."},
    {500, NULL, "server_error",
     "The server had an error while processing your request."},
    {502, NULL, "server_error", "Bad gateway."},
    {503, "server_is_overloaded", "service_unavailable_error",
     "The server is currently overloaded."},
    {529, "overloaded", "overloaded_error", "Overloaded."},
};

static const struct canned_error other = {0, NULL, "server_error",
                                          "Something went wrong."};

const struct canned_error *
canned_error_by_code(const char *code)
{
    for (size_t i = 0; i < array_count(errors); i++) {
        if (errors[i].code != NULL && strcmp(errors[i].code, code) == 0) {
            return &errors[i];
        }
    }
    return NULL;
}

const struct canned_error *
canned_error_by_status(int status)
{
    for (size_t i = 0; i < array_count(errors); i++) {
        if (errors[i].status == status) {
            return &errors[i];
        }
    }
    return &other;
}
