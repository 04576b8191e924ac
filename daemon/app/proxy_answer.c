/*
 * proxy_answer.c - the one answer of a call, its line in the log and its place
 * in the figures.
 */
#include "app/proxy_internal.h"

#include "app/queue.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

const struct call_attempt *
call_last_attempt(const struct call *c, const struct target *t)
{
    for (size_t i = c->n_log; i > 0; i--)
        if (c->log[i - 1].target == t)
            return &c->log[i - 1];
    return NULL;
}

const struct call_attempt *
call_final_attempt(const struct call *c)
{
    uint8_t member = c->candidates[c->request.candidate];

    if (c->request.result == REQUEST_REJECTED || c->request.fell_back)
        return call_last_attempt(c, c->targets[member]);
    return c->n_log > 0 ? &c->log[c->n_log - 1] : NULL;
}

const struct call_attempt *
call_first_heard(const struct call *c)
{
    for (size_t i = 0; i < c->n_log; i++)
        if (c->log[i].has_ttft)
            return &c->log[i];
    return NULL;
}

int
call_fallback_count(const struct call *c)
{
    int n = 0;

    for (size_t i = 1; i < c->n_log; i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++)
            seen = c->log[k].target == c->log[i].target;
        n += !seen;
    }
    return n;
}

/* A region that was nearer than the first one stands for it. */
static bool
stands_for_first(const struct call *c, const struct target *t)
{
    size_t i = 0;

    if (c->n_log > 1 || c->groups[0] == 0)
        return false;
    while (i < c->n_targets && c->targets[i] != t)
        i++;
    return i < c->n_targets && c->groups[i] == c->groups[0];
}

bool
call_is_cancelled(const struct call *c)
{
    return c->request.result == REQUEST_CANCELLED && !c->overspends;
}

bool
call_is_fallback(const struct call *c)
{
    const struct call_attempt *final = call_final_attempt(c);

    return final && final->target != c->targets[0]
           && !stands_for_first(c, final->target);
}

int
call_billed_attempts(const struct call *c)
{
    int n = 0;

    for (size_t i = 0; i < c->n_log; i++) {
        enum outcome o = c->log[i].outcome;

        n += o == OUTCOME_OK || o == OUTCOME_OK_LIMITED
             || o == OUTCOME_AMBIGUOUS || o == OUTCOME_STREAM_BROKEN
             || (o == OUTCOME_CANCELLED && c->log[i].sent)
             || c->log[i].cost_nanousd > 0;
    }
    return n;
}

int64_t
call_now_ms(const struct call *c)
{
    return loop_now_ms(c->app->loop);
}

bool
call_streams(const struct call *c)
{
    return c->params.chat && c->params.chat->stream;
}

const char *
call_state_name(enum call_state state)
{
    switch (state) {
    case CALL_QUEUED:
        return "queued";
    case CALL_WAITING:
        return "waiting";
    case CALL_STREAMING:
        return "streaming";
    case CALL_DONE:
        return "done";
    }
    return "?";
}

/* Our own failure is an internal error, not an answer about providers. */
static bool
is_local_failure(const struct call *c)
{
    const struct call_attempt *final = call_final_attempt(c);

    return c->request.result == REQUEST_REJECTED
           && (!final || final->outcome == OUTCOME_LOCAL);
}

static void
build_response(struct call *c)
{
    if (!c->params.wants_response || !c->params.chat || c->response.size > 0)
        return;
    if (assemble_build(c->answer,
                       &(struct assemble_head){
                           .id = c->answer_id,
                           .model = c->answer_model,
                           .created_s = c->started_wall_ms / 1000,
                           .usage = c->has_usage ? &c->usage : NULL,
                       },
                       &c->response))
        c->broken_answer = true;
}

/* Calls end at any time: the caller may ask again when those in line have
 * gone. */
static int64_t
turn_at(const struct call *c)
{
    enum {
        USUAL_MS = 1000
    };

    int64_t wait_ms = queue_wait_ms(c->app->queue, c);

    return call_now_ms(c) + (wait_ms > USUAL_MS ? wait_ms : USUAL_MS);
}

static int64_t
retry_at(struct call *c)
{
    int64_t at_ms = INT64_MAX;

    if (c->request.result != REQUEST_SHED)
        at_ms = proxy_retry_at(c);
    else if (c->stay.waiting)
        at_ms = client_limits_retry_at(
            &c->stay, proxy_gate_tokens(c, c->targets[0]), call_now_ms(c));
    if (at_ms == INT64_MAX
        && (c->request.result == REQUEST_SHED
            || strcmp(c->error_code, "overloaded") == 0))
        return turn_at(c);
    return at_ms;
}

static int64_t
retry_after(struct call *c)
{
    int64_t at_ms = retry_at(c);
    int64_t now_ms = call_now_ms(c);

    if (at_ms == INT64_MAX)
        return -1;
    return at_ms > now_ms ? at_ms - now_ms : 0;
}

/* Without the providers' own words, which may quote the prompt. */
static void
log_call(const struct call *c, int64_t duration_ms)
{
    const struct call_attempt *final = call_final_attempt(c);
    char error[PROXY_ERROR_SIZE];

    if (c->error_code)
        proxy_explain_failure(c, false, error);

    log_line(c->error_code ? LOG_WARN : LOG_INFO, "call",
             LOG_STR("request_id", c->params.id),
             LOG_STR("client", *c->client.name ? c->client.name : NULL),
             LOG_INT("uid", c->client.uid), LOG_STR("route", c->route_name),
             LOG_STR("target", final ? final->target->name : NULL),
             LOG_STR("result", c->error_code ? c->error_code : "ok"),
             LOG_INT("attempts", c->n_log), LOG_INT("ms", duration_ms),
             LOG_INT("prompt_tokens", c->settlement.prompt_tokens),
             LOG_INT("completion_tokens", c->settlement.completion_tokens),
             LOG_INT("cost_nanousd", c->total_cost_nanousd),
             LOG_STR("tags", *c->params.tags ? c->params.tags : NULL),
             LOG_STR("error", c->error_code ? error : NULL));
    if (c->error_code && !call_is_cancelled(c))
        events_add(c->app->events, EVENT_REQUEST,
                   &(struct event_text){
                       .target = final ? final->target->name : NULL,
                       .to = c->error_code,
                       .reason = error,
                       .request_id = c->params.id,
                       .uid = c->client.uid,
                   });
}

/* Its caller's own limit does not change with time. */
static void
describe_money(const struct call *c, struct call_result *r)
{
    struct budgets_room room = proxy_room(c->app, &c->params, c->route_name);

    r->needed_nanousd = proxy_needed_nanousd(c);
    r->remaining_nanousd =
        proxy_max_nanousd(&c->params, c->total_cost_nanousd, &room);
    r->resets_at_ms = room.limited && r->remaining_nanousd == room.left_nanousd
                          ? room.resets_at_ms
                          : INT64_MAX;
    if (r->needed_nanousd >= 0)
        proxy_note_refusal(c, r->needed_nanousd);
}

static void
describe_failure(struct call *c, char error[PROXY_ERROR_SIZE],
                 struct call_result *r)
{
    bool exhausted = c->request.result == REQUEST_EXHAUSTED;

    proxy_explain_failure(c, true, error);
    r->error = error;
    r->error_code = c->error_code;
    if (exhausted)
        describe_money(c, r);
    r->retry_after_ms =
        exhausted || c->request.result == REQUEST_SHED ? retry_after(c) : -1;
    r->retry_budget_exhausted =
        (exhausted || c->request.result == REQUEST_BROKEN)
        && c->request.refused_budget;
    r->partial = c->seq > 0;
}

void
proxy_answer(struct call *c)
{
    int64_t latency_us = (clock_mono_ns() - c->started_ns) / 1000;
    char error[PROXY_ERROR_SIZE] = "";
    struct call_result r = {.retry_after_ms = -1, .needed_nanousd = -1};

    if (c->request.result == REQUEST_OK)
        build_response(c);
    c->error_code = proxy_error_code(c);
    if (is_local_failure(c)) {
        r.status = AIGW_EINTERNAL;
        c->error_code = "internal";
    }
    r.success = !c->error_code;
    r.content = assemble_content(c->answer);
    if (c->error_code)
        describe_failure(c, error, &r);
    r.finish_reason = c->finish_reason;
    r.settlement = &c->settlement;
    r.response = (struct json_slice){c->response.data, c->response.size};
    log_call(c, latency_us / 1000);
    call_record_take(&c->app->recent[c->app->n_recent++ % APP_RECENT_CALLS], c,
                     latency_us / 1000);
    proxy_count_end(c, latency_us);
    if (c->ops)
        c->ops->done(c->ctx, c, &r);
}
