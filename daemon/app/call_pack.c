#include "app/call_pack.h"

#include "app/app.h"
#include "app/transcode.h"

const char *
call_event_name(enum call_event_kind kind)
{
    switch (kind) {
    case CALL_EVENT_ATTEMPT:
        return "attempt";
    case CALL_EVENT_FAILOVER:
        return "failover";
    case CALL_EVENT_DOWNGRADE:
        return "downgrade";
    case CALL_EVENT_SEAM:
        return "seam";
    case CALL_EVENT_RESET:
        return "reset";
    case CALL_EVENT_TAKEN_OVER:
        return "taken_over";
    }
    return "?";
}

void
call_pack_event(struct pack *p, const struct call_event *ev)
{
    pack_map_begin(p);
    pack_kv_str(p, "type", call_event_name(ev->kind));
    if (ev->from)
        pack_kv_str(p, "from", ev->from);
    if (ev->to)
        pack_kv_str(p, "to", ev->to);
    if (ev->reason)
        pack_kv_str(p, "reason", ev->reason);
    if (call_cause_name(ev->cause))
        pack_kv_str(p, "fallback_reason", call_cause_name(ev->cause));
    if (ev->mode)
        pack_kv_str(p, "mode", ev->mode);
    if (ev->kind == CALL_EVENT_SEAM) {
        pack_kv_int(p, "at_seq", ev->at_seq);
        pack_kv_int(p, "at_byte", ev->at_byte);
    }
    pack_map_end(p);
}

static void
pack_attempt(struct pack *p, const struct call_attempt *a)
{
    pack_map_begin(p);
    pack_kv_str(p, "target", a->target->name);
    pack_kv_str(p, "outcome", outcome_name(a->outcome));
    if (a->http_status > 0)
        pack_kv_int(p, "http_status", a->http_status);
    pack_kv_bool(p, "sent", a->sent);
    if (a->is_hedge)
        pack_kv_bool(p, "hedge", true);
    if (call_cause_name(a->cause))
        pack_kv_str(p, "fallback_reason", call_cause_name(a->cause));
    pack_kv_int(p, "started_ms", a->started_ms);
    pack_kv_int(p, "latency_ms", a->latency_us / 1000);
    if (a->has_ttft)
        pack_kv_int(p, "ttft_ms", a->ttft_us / 1000);
    pack_kv_int(p, "cost_nanousd", a->cost_nanousd);
    if (*a->error)
        pack_kv_str(p, "error", a->error);
    if (*a->provider_request_id)
        pack_kv_str(p, "provider_request_id", a->provider_request_id);
    pack_map_end(p);
}

static void
pack_attempts(struct pack *p, const struct call *c)
{
    pack_key(p, "attempts");
    pack_array_begin(p);
    for (size_t i = 0; i < c->n_log; i++)
        pack_attempt(p, &c->log[i]);
    pack_array_end(p);
}

static void
pack_tokens(struct pack *p, const struct call *c, const struct settlement *s)
{
    pack_kv_int(p, "tokens_used", s->prompt_tokens + s->completion_tokens);
    pack_kv_int(p, "prompt_tokens", s->prompt_tokens);
    pack_kv_int(p, "completion_tokens", s->completion_tokens);
    pack_kv_int(p, "cached_tokens", s->cached_tokens);
    pack_kv_double(p, "cost_usd", price_to_usd(c->total_cost_nanousd));
    pack_kv_int(p, "cost_nanousd", c->total_cost_nanousd);
}

static void
pack_response(struct pack *p, const struct call_result *r, enum call_form form)
{
    if (form == CALL_FORM_GENERATE)
        return;
    pack_key(p, "response");
    if (form == CALL_FORM_RESPONSE_TEXT)
        pack_strn(p, r->response.text, r->response.size);
    else
        transcode_pack(p, r->response.text, r->response.size);
}

static void
pack_success(struct pack *p, const struct call *c, const struct call_result *r,
             enum call_form form)
{
    const struct call_attempt *heard = call_first_heard(c);
    const struct target *t = call_final_attempt(c)->target;

    if (c->params.chat)
        pack_kv_strn(p, "content", r->content.text ? r->content.text : "",
                     r->content.size);
    pack_response(p, r, form);
    pack_kv_str(p, "provider", t->provider->name);
    pack_kv_str(p, "model", t->model);
    pack_kv_int(p, "latency_ms", (call_now_ms(c) - c->started_ms));
    if (heard)
        pack_kv_int(p, "ttft_ms", heard->ttft_us / 1000);
    else
        pack_kv_nil(p, "ttft_ms");
    pack_tokens(p, c, r->settlement);
    if (c->params.chat)
        pack_kv_str(p, "finish_reason", r->finish_reason);
    pack_kv_str(p, "tier", config_tier_name(t->settings.tier));
    pack_kv_bool(p, "fallback", call_is_fallback(c));
    pack_kv_int(p, "billed_attempts", call_billed_attempts(c));
}

static int
count_providers(const struct call *c)
{
    int n = 0;

    for (size_t i = 0; i < c->n_log; i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++)
            seen = c->log[k].target->provider == c->log[i].target->provider;
        n += !seen;
    }
    return n;
}

static void
pack_failure(struct pack *p, const struct call *c, const struct call_result *r)
{
    pack_kv_str(p, "error", r->error);
    pack_kv_str(p, "error_code", r->error_code);
    if (r->retry_after_ms >= 0)
        pack_kv_int(p, "retry_after_ms", r->retry_after_ms);
    if (r->needed_nanousd >= 0) {
        pack_kv_double(p, "needed_usd", price_to_usd(r->needed_nanousd));
        pack_kv_double(p, "remaining_usd", price_to_usd(r->remaining_nanousd));
        if (r->resets_at_ms == INT64_MAX)
            pack_kv_nil(p, "resets_at_ms");
        else
            pack_kv_int(p, "resets_at_ms", r->resets_at_ms);
    }
    pack_kv_int(p, "fallback_count", call_fallback_count(c));
    pack_kv_int(p, "providers_tried", count_providers(c));
    if (r->partial)
        pack_kv_strn(p, "partial", r->content.text ? r->content.text : "",
                     r->content.size);
    if (r->retry_budget_exhausted)
        pack_kv_bool(p, "retry_budget_exhausted", true);
    pack_kv_double(p, "cost_usd", price_to_usd(c->total_cost_nanousd));
    pack_kv_int(p, "cost_nanousd", c->total_cost_nanousd);
}

void
call_pack_result(struct pack *p, const struct call *c,
                 const struct call_result *r, enum call_form form)
{
    pack_map_begin(p);
    pack_kv_bool(p, "success", r->success);
    if (r->success)
        pack_success(p, c, r, form);
    else
        pack_failure(p, c, r);
    pack_kv_str(p, "route", c->route_name);
    pack_kv_str(p, "request_id", c->params.id);
    pack_attempts(p, c);
    pack_map_end(p);
}

void
call_pack_remains(struct pack *p, const struct call_remains *remains)
{
    pack_map_begin(p);
    pack_kv_bool(p, "success", false);
    pack_kv_str(p, "error", remains->error);
    pack_kv_str(p, "error_code", remains->error_code);
    pack_kv_int(p, "fallback_count", 0);
    pack_kv_int(p, "providers_tried", 0);
    if (remains->partial.text)
        pack_kv_strn(p, "partial", remains->partial.text,
                     remains->partial.size);
    pack_kv_str(p, "route", remains->route);
    pack_kv_str(p, "request_id", remains->request_id);
    pack_key(p, "attempts");
    pack_array_begin(p);
    pack_array_end(p);
    pack_map_end(p);
}
