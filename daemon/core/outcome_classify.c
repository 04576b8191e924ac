#include "core/outcome.h"
#include "core/outcome_error.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

/* Finish reasons of every dialect that mean less than a whole answer. */
static const struct {
    const char *finish;
    enum outcome_reason reason;
} LIMITS[] = {
    {"length", OUTCOME_REASON_LENGTH},
    {"max_tokens", OUTCOME_REASON_LENGTH},
    {"model_length", OUTCOME_REASON_LENGTH},
    {"content_filter", OUTCOME_REASON_CONTENT_POLICY},
    {"refusal", OUTCOME_REASON_CONTENT_POLICY},
    {"safety", OUTCOME_REASON_CONTENT_POLICY},
};

static struct outcome_verdict
plain(enum outcome outcome)
{
    return (struct outcome_verdict){outcome, OUTCOME_REASON_OTHER};
}

static struct outcome_verdict
judge_answer(const char *finish)
{
    for (size_t i = 0; finish && i < array_count(LIMITS); i++)
        if (strcmp(finish, LIMITS[i].finish) == 0)
            return (struct outcome_verdict){OUTCOME_OK_LIMITED,
                                            LIMITS[i].reason};
    return plain(OUTCOME_OK);
}

/* A refusal in HTML comes from something between us and the provider: it
 * says nothing about our request or credential. */
static struct outcome_verdict
judge_status(const struct outcome_facts *facts)
{
    enum outcome outcome = outcome_from_status(facts->http_status);
    bool html = facts->defect == ANSWER_DEFECT_HTML;

    if (html
        && (outcome == OUTCOME_AUTH_LOCK || outcome == OUTCOME_QUOTA_LOCK
            || outcome == OUTCOME_CLIENT))
        outcome = OUTCOME_SERVER;
    return plain(outcome);
}

/* Nothing usable came, and the transport says why. */
static struct outcome_verdict
judge_transport(const struct outcome_facts *facts)
{
    switch (facts->transport) {
    case OUTCOME_TRANSPORT_REFUSED:
        return plain(OUTCOME_NOT_SENT);
    case OUTCOME_TRANSPORT_RESOLVE:
    case OUTCOME_TRANSPORT_CONNECT:
    case OUTCOME_TRANSPORT_TLS:
    case OUTCOME_TRANSPORT_BROKEN:
    case OUTCOME_TRANSPORT_TIMEOUT:
        return plain(facts->sent ? OUTCOME_AMBIGUOUS : OUTCOME_NOT_SENT);
    case OUTCOME_TRANSPORT_COMPLETE:
    case OUTCOME_TRANSPORT_PROTOCOL:
    case OUTCOME_TRANSPORT_TOO_BIG:
        return plain(OUTCOME_SERVER);
    case OUTCOME_TRANSPORT_CANCELLED:
        return plain(OUTCOME_CANCELLED);
    case OUTCOME_TRANSPORT_LOCAL:
        break;
    }
    return plain(OUTCOME_LOCAL);
}

struct outcome_verdict
outcome_classify(const struct outcome_facts *facts)
{
    bool error = facts->error && facts->error->present;
    bool whole = facts->terminal && !facts->malformed;

    if (facts->transport == OUTCOME_TRANSPORT_LOCAL)
        return plain(OUTCOME_LOCAL);
    if (whole && !error && facts->defect == ANSWER_DEFECT_NONE)
        return judge_answer(facts->finish);
    if (facts->transport == OUTCOME_TRANSPORT_CANCELLED)
        return plain(OUTCOME_CANCELLED);
    if (facts->committed)
        return plain(OUTCOME_STREAM_BROKEN);
    if (error)
        return outcome_from_error(facts->error, facts->http_status);
    if (facts->http_status != 0
        && (facts->http_status < 200 || facts->http_status > 299))
        return judge_status(facts);
    return judge_transport(facts);
}
