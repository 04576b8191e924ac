#include "app/front.h"

#include "app/app.h"
#include "app/transcode.h"
#include "base/mem.h"

#include <stdlib.h>

struct front {
    struct rpc_call *rpc;
    struct call *call;
    enum front_form form;
};

static struct pack *
notify(struct front *f, const char *method, int64_t seq)
{
    struct pack *p = session_notify_begin(f->rpc->session, method);

    pack_array_begin(p);
    pack_int(p, f->rpc->msgid);
    pack_int(p, seq);
    return p;
}

static bool
on_delta(void *ctx, int64_t seq, const struct dialect_event *ev)
{
    struct front *f = ctx;
    struct pack *p = notify(f, "call.delta", seq);

    if (ev->plain) {
        pack_map_begin(p);
        pack_kv_strn(p, "content", ev->text, ev->size);
        pack_map_end(p);
    } else {
        transcode_pack(p, ev->delta.text, ev->delta.size);
    }
    pack_array_end(p);
    session_notify_end(f->rpc->session);
    return !rpc_call_is_full(f->rpc);
}

static const char *
event_name(enum call_event_kind kind)
{
    switch (kind) {
    case CALL_EVENT_ATTEMPT:
        return "attempt";
    case CALL_EVENT_FAILOVER:
        return "failover";
    case CALL_EVENT_SEAM:
        return "seam";
    case CALL_EVENT_RESET:
        return "reset";
    case CALL_EVENT_TAKEN_OVER:
        return "taken_over";
    }
    return "?";
}

static void
on_event(void *ctx, int64_t seq, const struct call_event *ev)
{
    struct front *f = ctx;
    struct pack *p = notify(f, "call.event", seq);

    pack_map_begin(p);
    pack_kv_str(p, "type", event_name(ev->kind));
    if (ev->from)
        pack_kv_str(p, "from", ev->from);
    if (ev->to)
        pack_kv_str(p, "to", ev->to);
    if (ev->reason)
        pack_kv_str(p, "reason", ev->reason);
    if (ev->mode)
        pack_kv_str(p, "mode", ev->mode);
    if (ev->kind == CALL_EVENT_SEAM) {
        pack_kv_int(p, "at_seq", ev->at_seq);
        pack_kv_int(p, "at_byte", ev->at_byte);
    }
    pack_map_end(p);
    pack_array_end(p);
    session_notify_end(f->rpc->session);
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
pack_response(struct pack *p, const struct front *f,
              const struct call_result *r)
{
    if (f->form == FRONT_GENERATE)
        return;
    pack_key(p, "response");
    if (f->form == FRONT_RESPONSE_TEXT)
        pack_strn(p, r->response.text, r->response.size);
    else
        transcode_pack(p, r->response.text, r->response.size);
}

static void
pack_success(struct pack *p, const struct front *f, const struct call *c,
             const struct call_result *r)
{
    const struct call_attempt *last = &c->log[c->n_log - 1];
    const struct target *t = last->target;

    if (c->params.chat)
        pack_kv_strn(p, "content", r->content.text ? r->content.text : "",
                     r->content.size);
    pack_response(p, f, r);
    pack_kv_str(p, "provider", t->provider->name);
    pack_kv_str(p, "model", t->model);
    pack_kv_int(p, "latency_ms", (loop_now_ms(c->app->loop) - c->started_ms));
    if (last->has_ttft)
        pack_kv_int(p, "ttft_ms", last->ttft_us / 1000);
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
        pack_kv_double(p, "remaining_usd",
                       price_to_usd(c->params.max_cost_nanousd));
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

static void
on_done(void *ctx, const struct call *c, const struct call_result *r)
{
    struct front *f = ctx;
    struct rpc_call *rpc = f->rpc;
    struct pack *p;

    if (r->status) {
        rpc_call_fail(rpc, r->status, "%s", aigw_status_text(r->status));
        free(f);
        return;
    }
    p = rpc_call_begin(rpc);
    pack_map_begin(p);
    pack_kv_bool(p, "success", r->success);
    if (r->success)
        pack_success(p, f, c, r);
    else
        pack_failure(p, c, r);
    pack_kv_str(p, "route", c->route_name);
    pack_kv_str(p, "request_id", c->params.id);
    pack_attempts(p, c);
    pack_map_end(p);
    rpc_call_end(rpc);
    free(f);
}

static const struct caller_ops OPS = {
    .delta = on_delta,
    .event = on_event,
    .done = on_done,
};

static const struct caller_ops QUIET_OPS = {
    .done = on_done,
};

static void
on_abandon(void *owner)
{
    struct front *f = owner;

    proxy_abandon(f->call);
    free(f);
}

static void
on_drained(void *owner)
{
    struct front *f = owner;

    proxy_resume(f->call);
}

void
front_start(struct app *app, struct rpc_call *rpc, struct call_params *params,
            enum front_form form)
{
    bool stream = params->chat && params->chat->stream;
    struct front *f = mem_new(sizeof(*f));
    struct aigw_err err = {0};
    int status;

    f->rpc = rpc;
    f->form = form;
    params->client = session_client(rpc->session);
    params->wants_response = form != FRONT_GENERATE;
    rpc_call_set_owner(rpc, on_abandon, on_drained, f);
    status =
        proxy_start(app, params, stream ? &OPS : &QUIET_OPS, f, &f->call, &err);
    if (status == 0)
        return;
    chat_free(params->chat);
    embed_free(params->embed);
    free(f);
    rpc_call_fail(rpc, status, "%s", err.text);
}

struct call *
front_call(const struct rpc_call *rpc)
{
    const struct front *f = rpc->owner;

    return rpc->abandon == on_abandon ? f->call : NULL;
}
