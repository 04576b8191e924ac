/*
 * proxy_cause.c - who may be asked when the request itself failed.
 *
 * Two failures of a request say little about other targets: that its prompt is
 * too long for the model, and that the provider's policy refuses its content.
 * For the first the members of the route that have more room are asked, for
 * the second its refuges (`refusal_targets`), before anything has been handed
 * on.  A refusal may come as an answer without text; that one is kept, and is
 * the caller's if nobody has another.
 */
#include "app/proxy_internal.h"

#include <stdio.h>
#include <stdlib.h>

struct kept_answer {
    struct assemble *answer;
    struct bytes response;
    struct settlement settlement;
    struct usage usage;
    bool has_usage;
    char finish_reason[32];
    char id[DIALECT_TEXT_SIZE];
    char model[DIALECT_TEXT_SIZE];
};

const char *
call_cause_name(enum call_cause cause)
{
    switch (cause) {
    case CALL_CAUSE_NONE:
        break;
    case CALL_CAUSE_CONTEXT:
        return "context_length";
    case CALL_CAUSE_POLICY:
        return "content_policy";
    }
    return NULL;
}

static enum call_cause
cause_of(const struct outcome_verdict *v)
{
    switch (v->reason) {
    case OUTCOME_REASON_CONTEXT_LENGTH:
        return CALL_CAUSE_CONTEXT;
    case OUTCOME_REASON_CONTENT_POLICY:
        return CALL_CAUSE_POLICY;
    case OUTCOME_REASON_OTHER:
    case OUTCOME_REASON_LENGTH:
        break;
    }
    return CALL_CAUSE_NONE;
}

bool
proxy_is_roomier(const struct target *failed, const struct target *other)
{
    return route_is_roomier(failed->settings.context, other->settings.context);
}

/* Not where a model has failed already that has as much room. */
static bool
has_room(const struct call *c, const struct target *t)
{
    return c->outgrown < 0
           || route_is_roomier(c->outgrown, t->settings.context);
}

static uint32_t
bit_of(size_t candidate)
{
    return (uint32_t)1 << candidate;
}

/* Whoever was asked before, or must not be, the request leaves out. */
static uint32_t
find_roomier(const struct call *c)
{
    uint32_t set = 0;

    for (size_t i = 0; i < c->request.params.n_candidates; i++)
        if (has_room(c, c->targets[c->candidates[i]]))
            set |= bit_of(i);
    return set;
}

static size_t
place_of(const struct call *c, const struct target *t)
{
    size_t i = 0;

    while (i < c->n_targets && c->targets[i] != t)
        i++;
    return i;
}

/* The candidate that is `t`, which becomes one if it may; -1: it may not. */
static int
admit(struct call *c, struct target *t)
{
    size_t member = place_of(c, t);
    size_t n = c->request.params.n_candidates;

    for (size_t i = 0; i < n; i++)
        if (c->candidates[i] == member)
            return (int)i;
    if (member == ROUTE_MAX_TARGETS || !proxy_would_take(c, t)
        || !request_add_candidate(&c->request))
        return -1;
    if (member == c->n_targets) {
        c->targets[c->n_targets++] = target_ref(t);
        c->plan.reasons[member] = ROUTE_ELIGIBLE;
    }
    c->candidates[n] = (uint8_t)member;
    return (int)n;
}

static uint32_t
find_refuges(struct call *c)
{
    const struct upstream_route *route =
        upstreams_find_route(c->app->upstreams, c->route_name);
    uint32_t set = 0;

    for (size_t i = 0; route && i < route->n_refuges; i++) {
        int candidate =
            has_room(c, route->refuges[i]) ? admit(c, route->refuges[i]) : -1;

        if (candidate >= 0)
            set |= bit_of((size_t)candidate);
    }
    return set;
}

static uint32_t
find_others(struct call *c, enum call_cause cause, const struct target *failed)
{
    switch (cause) {
    case CALL_CAUSE_CONTEXT:
        if (failed->settings.context > c->outgrown)
            c->outgrown = failed->settings.context;
        return find_roomier(c);
    case CALL_CAUSE_POLICY:
        return find_refuges(c);
    case CALL_CAUSE_NONE:
        break;
    }
    return 0;
}

/* Those that the request will in fact ask. */
static bool
is_anybody_left(const struct call *c, uint32_t others, size_t failed)
{
    for (size_t i = 0; i < c->request.params.n_candidates; i++)
        if ((others & bit_of(i)) && i != failed
            && c->request.candidates[i].tries == 0
            && !c->request.candidates[i].refused)
            return true;
    return false;
}

static bool
is_committed(const struct call *c)
{
    return c->request.broken || c->request.state == REQUEST_STREAM;
}

bool
proxy_is_refused(struct call *c, const struct call_leg *leg,
                 const struct attempt_result *r)
{
    return r->verdict.outcome == OUTCOME_OK_LIMITED
           && cause_of(&r->verdict) == CALL_CAUSE_POLICY
           && r->content_bytes == 0 && !is_committed(c)
           && (c->cause == CALL_CAUSE_POLICY
               || is_anybody_left(c, find_refuges(c), leg->candidate));
}

/* Moves the answer that came out of the way of the next one. */
static bool
keep(struct call *c, const struct call_leg *leg, const struct attempt_result *r)
{
    size_t max_bytes = (size_t)c->app->config->limits.response_bytes;
    struct assemble **made = leg->answer ? &c->hedge.answer : &c->answer;
    struct assemble *fresh = assemble_new(max_bytes);
    struct kept_answer *k = calloc(1, sizeof(*k));

    if (!fresh || !k) {
        assemble_free(fresh);
        free(k);
        return false;
    }
    proxy_keep_answer(c, r);
    *k = (struct kept_answer){
        .answer = *made,
        .response = c->response,
        .settlement = c->settlement,
        .usage = c->usage,
        .has_usage = c->has_usage,
    };
    (void)snprintf(k->finish_reason, sizeof(k->finish_reason), "%s",
                   c->finish_reason);
    (void)snprintf(k->id, sizeof(k->id), "%s", c->answer_id);
    (void)snprintf(k->model, sizeof(k->model), "%s", c->answer_model);
    *made = fresh;
    bytes_init(&c->response, max_bytes);
    c->kept = k;
    return true;
}

void
proxy_divert(struct call *c, const struct call_leg *leg,
             const struct attempt_result *r, struct request_event *ev)
{
    enum call_cause cause = cause_of(&r->verdict);

    if (cause == CALL_CAUSE_NONE || is_committed(c))
        return;
    ev->diverts = true;
    ev->others = find_others(c, cause, leg->asked);
    if (!is_anybody_left(c, ev->others, leg->candidate))
        ev->others = 0;
    else
        c->cause = cause;
    if (r->verdict.outcome == OUTCOME_OK_LIMITED && !c->request.diverted)
        ev->kept = keep(c, leg, r);
}

void
proxy_forget_kept(struct call *c)
{
    if (!c->kept)
        return;
    assemble_free(c->kept->answer);
    bytes_deinit(&c->kept->response);
    free(c->kept);
    c->kept = NULL;
}

void
proxy_fall_back(struct call *c)
{
    struct kept_answer *k = c->kept;
    struct assemble *answer = c->answer;
    struct bytes response = c->response;

    c->answer = k->answer;
    c->response = k->response;
    c->settlement = k->settlement;
    c->usage = k->usage;
    c->has_usage = k->has_usage;
    (void)snprintf(c->finish_reason, sizeof(c->finish_reason), "%s",
                   k->finish_reason);
    (void)snprintf(c->answer_id, sizeof(c->answer_id), "%s", k->id);
    (void)snprintf(c->answer_model, sizeof(c->answer_model), "%s", k->model);
    k->answer = answer;
    k->response = response;
    proxy_forget_kept(c);
}
