/*
 * proxy_error.c - why a call failed: one public code, and words for people.
 */
#include "app/proxy_internal.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char NOBODY[] = "all_targets_unavailable";

/* The public code of what stands against a member that was never asked. */
static const char *
code_of_reason(enum route_reason reason)
{
    switch (reason) {
    case ROUTE_GATED:
    case ROUTE_RPM:
    case ROUTE_TPM:
        return "rate_limited";
    case ROUTE_AT_LIMIT:
        return "overloaded";
    case ROUTE_QUOTA:
        return "quota_exhausted";
    case ROUTE_AUTH:
        return "auth_failed";
    case ROUTE_CONTEXT:
        return "context_length_exceeded";
    case ROUTE_COST:
        return "budget_exceeded";
    case ROUTE_ELIGIBLE:
    case ROUTE_TIER:
    case ROUTE_DISABLED:
    case ROUTE_DRAINING:
    case ROUTE_NO_KEY:
    case ROUTE_FORCED_OPEN:
    case ROUTE_MODEL:
    case ROUTE_OPEN:
    case ROUTE_HALF_OPEN:
    case ROUTE_N_REASONS:
        return NOBODY;
    }
    return NOBODY;
}

static const char *
code_of_attempt(const struct call_attempt *a)
{
    const char *code = outcome_error_code(
        (struct outcome_verdict){.outcome = a->outcome, .reason = a->reason});

    return code ? code : NOBODY;
}

/* NULL stands for "nothing yet". */
static const char *
shared(const char *so_far, const char *code)
{
    return !so_far || strcmp(so_far, code) == 0 ? code : NOBODY;
}

/* Attempts share one of three codes, or the call has none of its own. */
static const char *
code_of_attempts(const struct call *c)
{
    static const char *const SHARED[] = {"rate_limited", "quota_exhausted",
                                         "auth_failed"};
    const char *code = code_of_attempt(&c->log[0]);

    for (size_t i = 1; i < c->n_log; i++)
        code = shared(code, code_of_attempt(&c->log[i]));
    for (size_t i = 0; i < 3; i++)
        if (strcmp(code, SHARED[i]) == 0)
            return code;
    return NOBODY;
}

/* Nobody was asked.  What the caller's tier left out explains nothing. */
static const char *
code_of_plan(const struct call *c)
{
    const char *code = NULL;

    for (size_t i = 0; i < c->n_targets; i++)
        if (c->plan.reasons[i] != ROUTE_TIER)
            code = shared(code, code_of_reason(c->plan.reasons[i]));
    return code ? code : NOBODY;
}

/* It was turned away, or has waited: for its client's limits, for those of the
 * targets, or for what stands in the way of all. */
static const char *
code_of_shed(const struct call *c)
{
    bool at_limit = c->shed_why != NULL;

    if (c->stay.waiting)
        return "rate_limited";
    for (size_t i = 0; i < c->n_targets; i++)
        at_limit |= c->plan.reasons[i] == ROUTE_AT_LIMIT
                    || c->plan.reasons[i] == ROUTE_RPM
                    || c->plan.reasons[i] == ROUTE_TPM;
    return at_limit ? "overloaded" : code_of_plan(c);
}

const char *
proxy_error_code(const struct call *c)
{
    const struct call_attempt *final = call_final_attempt(c);

    switch (c->request.result) {
    case REQUEST_OK:
        return c->broken_answer ? "stream_broken" : NULL;
    case REQUEST_EXHAUSTED:
        return c->n_log > 0 ? code_of_attempts(c) : code_of_plan(c);
    case REQUEST_REJECTED:
        return final ? code_of_attempt(final) : NOBODY;
    case REQUEST_SHED:
        return code_of_shed(c);
    case REQUEST_BROKEN:
        return "stream_broken";
    case REQUEST_TIMED_OUT:
        return "deadline_exceeded";
    case REQUEST_CANCELLED:
        return call_is_cancelled(c) ? "cancelled" : "budget_exceeded";
    case REQUEST_PENDING:
        break;
    }
    return NOBODY;
}

const char *
proxy_shed_reason(const struct call *c)
{
    if (c->stay.waiting)
        return "the client is over its limits";
    return c->shed_why ? c->shed_why : "no target was free in time";
}

/* Text that does not fit is cut between two characters. */
static void __attribute__((format(printf, 2, 3)))
add(char text[PROXY_ERROR_SIZE], const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text + used, PROXY_ERROR_SIZE - used, format, args);
    va_end(args);
    used = strlen(text);
    text[used - utf8_incomplete(text, used)] = '\0';
}

static void
add_attempt(char text[PROXY_ERROR_SIZE], const struct call_attempt *a,
            bool words)
{
    const char *said = words ? a->error : "";

    add(text, "%s%s: %s", *text ? "; " : "", a->target->name,
        outcome_name(a->outcome));
    if (a->http_status > 0)
        add(text, " (HTTP %d%s%s)", a->http_status, *said ? ": " : "", said);
    else if (*said)
        add(text, " (%s)", said);
}

/* A provider that does not take a request to go on says nothing about the
 * caller's own request. */
static bool
is_refused_completion(const struct call *c, size_t i)
{
    return c->request.broken && i > c->broke_at
           && c->log[i].outcome == OUTCOME_CLIENT;
}

/* Money that is there and may not be spent. */
static void
add_money(char text[PROXY_ERROR_SIZE], const struct call *c)
{
    struct budgets_room room;

    if (c->request.result != REQUEST_EXHAUSTED || c->n_log > 0)
        return;
    room = proxy_room(c->app, &c->params, c->route_name);
    if (room.unverified)
        add(text,
            "; the ledger was lost, so what was spent of the budget \"%s\" is"
            " not known: restore ledger.db and start again, or \"aigw-ctl"
            " budget accept %s\"",
            room.unverified, room.unverified);
}

void
proxy_explain_failure(const struct call *c, bool words,
                      char ret_text[PROXY_ERROR_SIZE])
{
    ret_text[0] = '\0';
    if (c->cancel_reason) {
        add(ret_text, "%s", c->cancel_reason);
        return;
    }
    if (c->broken_answer) {
        add(ret_text, "the answer is larger than limits.response_bytes");
        return;
    }
    if (c->request.result == REQUEST_SHED)
        add(ret_text, "%s", proxy_shed_reason(c));
    for (size_t i = 0; i < c->n_log; i++)
        if (is_refused_completion(c, i))
            add(ret_text, "; %s: could not be asked to go on",
                c->log[i].target->name);
        else
            add_attempt(ret_text, &c->log[i], words);
    for (size_t i = 0; i < c->n_targets; i++)
        if (!call_last_attempt(c, c->targets[i])
            && c->plan.reasons[i] != ROUTE_ELIGIBLE)
            add(ret_text, "%s%s: %s", *ret_text ? "; " : "",
                c->targets[i]->name, route_reason_text(c->plan.reasons[i]));
    if (!*ret_text)
        add(ret_text, "no target could be asked");
    add_money(ret_text, c);
}
