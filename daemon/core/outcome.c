#include "core/outcome.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const NAMES[OUTCOME_N] = {
#define X(name, text) [OUTCOME_##name] = (text),
    OUTCOME_MAP(X)
#undef X
};

#define SUCCESS    OUTCOME_VOTE_SUCCESS
#define FAIL       OUTCOME_VOTE_FAIL
#define LOCAL_FAIL OUTCOME_VOTE_LOCAL_FAIL
#define NEUTRAL    OUTCOME_VOTE_NEUTRAL
#define IGNORE     OUTCOME_VOTE_IGNORE

#define NEVER        OUTCOME_RETRY_NEVER
#define ONCE_FREE    OUTCOME_RETRY_ONCE_FREE
#define BACKOFF      OUTCOME_RETRY_BACKOFF
#define IF_WAIT_FITS OUTCOME_RETRY_IF_WAIT_FITS

/* clang-format off */
static const struct outcome_row ROWS[OUTCOME_N] = {
    /*                        vote        same target again  cost  other  deposits */
    [OUTCOME_OK]            = {SUCCESS,    NEVER,                0, false, true},
    [OUTCOME_OK_LIMITED]    = {SUCCESS,    NEVER,                0, false, true},
    [OUTCOME_NOT_SENT]      = {LOCAL_FAIL, ONCE_FREE,            0, true,  false},
    [OUTCOME_AMBIGUOUS]     = {FAIL,       NEVER,             2000, true,  false},
    [OUTCOME_OVERLOAD]      = {FAIL,       BACKOFF,           1000, true,  false},
    [OUTCOME_SERVER]        = {FAIL,       NEVER,             1000, true,  false},
    [OUTCOME_RATE]          = {NEUTRAL,    IF_WAIT_FITS,      1000, true,  false},
    [OUTCOME_QUOTA_LOCK]    = {NEUTRAL,    NEVER,                0, true,  false},
    [OUTCOME_AUTH_LOCK]     = {NEUTRAL,    NEVER,                0, true,  false},
    [OUTCOME_MODEL_GONE]    = {NEUTRAL,    NEVER,                0, true,  false},
    [OUTCOME_CLIENT]        = {NEUTRAL,    NEVER,                0, false, false},
    [OUTCOME_STREAM_BROKEN] = {FAIL,       NEVER,             2000, false, false},
    [OUTCOME_CANCELLED]     = {IGNORE,     NEVER,                0, false, false},
    [OUTCOME_LOCAL]         = {IGNORE,     NEVER,                0, false, false},
};

/* clang-format on */

const char *
outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_N ? NAMES[outcome] : "?";
}

const struct outcome_row *
outcome_row(enum outcome outcome)
{
    return &ROWS[(unsigned)outcome < OUTCOME_N ? outcome : OUTCOME_LOCAL];
}

static const char *
client_error_code(enum outcome_reason reason)
{
    switch (reason) {
    case OUTCOME_REASON_CONTEXT_LENGTH:
        return "context_length_exceeded";
    case OUTCOME_REASON_CONTENT_POLICY:
        return "content_filtered";
    case OUTCOME_REASON_OTHER:
    case OUTCOME_REASON_LENGTH:
        break;
    }
    return "invalid_request";
}

const char *
outcome_error_code(struct outcome_verdict verdict)
{
    switch (verdict.outcome) {
    case OUTCOME_NOT_SENT:
    case OUTCOME_AMBIGUOUS:
    case OUTCOME_OVERLOAD:
    case OUTCOME_SERVER:
    case OUTCOME_MODEL_GONE:
        return "all_targets_unavailable";
    case OUTCOME_RATE:
        return "rate_limited";
    case OUTCOME_QUOTA_LOCK:
        return "quota_exhausted";
    case OUTCOME_AUTH_LOCK:
        return "auth_failed";
    case OUTCOME_CLIENT:
        return client_error_code(verdict.reason);
    case OUTCOME_STREAM_BROKEN:
        return "stream_broken";
    case OUTCOME_CANCELLED:
        return "cancelled";
    case OUTCOME_OK:
    case OUTCOME_OK_LIMITED:
    case OUTCOME_LOCAL:
    case OUTCOME_N:
        break;
    }
    return NULL;
}
