/*
 * methods_explain.c - explain: where a call would go now, and why.
 */
#include "app/call_read.h"
#include "app/methods.h"

#include <math.h>

static const double US_PER_MS = 1000;

/* The fields of `generate` have a prompt; everything else is a body. */
static bool
is_prompt(const msgpack_object *params)
{
    const msgpack_object *first = unpack_item(params, 0);

    return !first || first->type == MSGPACK_OBJECT_NIL
           || (first->type == MSGPACK_OBJECT_MAP
               && !unpack_find(first, "messages"));
}

static void
pack_p50(struct pack *p, const struct target *t, int64_t now_ms)
{
    struct hist ttft;

    hist_windows_read(&t->ttft, SPAN_5M, now_ms, &ttft);
    if (ttft.count == 0)
        pack_kv_nil(p, "p50_ttft_ms");
    else
        pack_kv_double(p, "p50_ttft_ms",
                       (double)hist_quantile_us(&ttft, 0.5) / US_PER_MS);
}

static void
pack_part(struct pack *p, const struct complexity *c,
          enum complexity_feature feature)
{
    pack_map_begin(p);
    pack_kv_str(p, "name", complexity_feature_name(feature));
    pack_kv_double(p, "count", c->parts[feature].count);
    pack_kv_double(p, "share", c->parts[feature].share);
    pack_kv_str(p, "reason", complexity_feature_reason(feature));
    pack_map_end(p);
}

/* Also where it chooses nothing, so that a route can be judged before it goes
 * by it. */
static void
pack_complexity(struct pack *p, const struct upstreams *u,
                const struct chat_request *request, bool chooses)
{
    struct complexity c;

    complexity_score(u->lexicon, request, &c);
    pack_key(p, "complexity");
    pack_map_begin(p);
    pack_kv_double(p, "score", c.score);
    pack_kv_str(p, "tier",
                config_tier_name((enum config_tier)complexity_tier(
                    &u->complexity, c.score)));
    pack_kv_bool(p, "chooses", chooses);
    pack_key(p, "features");
    pack_array_begin(p);
    for (int i = 0; i < COMPLEXITY_N_FEATURES; i++)
        if (c.parts[i].count > 0)
            pack_part(p, &c, (enum complexity_feature)i);
    pack_array_end(p);
    pack_map_end(p);
}

static void
pack_candidate(struct pack *p, const struct proxy_explanation *e, size_t member,
               int64_t now_ms)
{
    const struct target *t = e->targets[member];
    enum route_reason reason = e->plan.reasons[member];
    int64_t cost_nanousd = e->members[member].est_cost_nanousd;

    pack_map_begin(p);
    pack_kv_str(p, "target", t->name);
    pack_kv_str(p, "tier", config_tier_name(t->settings.tier));
    pack_kv_bool(p, "eligible", reason == ROUTE_ELIGIBLE);
    pack_kv_str(p, "reason", route_reason_text(reason));
    if (cost_nanousd < 0)
        pack_kv_nil(p, "est_cost_usd");
    else
        pack_kv_double(p, "est_cost_usd", price_to_usd(cost_nanousd));
    pack_p50(p, t, now_ms);
    pack_kv_str(p, "state", target_state_name(t, now_ms));
    pack_map_end(p);
}

/* What budgets have to say; nil where none does. */
static void
pack_budget(struct pack *p, const struct proxy_explanation *e)
{
    pack_key(p, "budget");
    if (!e->room.limited && !e->room.scarce) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    pack_kv_double(p, "remaining_usd",
                   e->room.limited ? price_to_usd(e->room.left_nanousd)
                                   : (double)NAN);
    if (e->room.resets_at_ms == INT64_MAX)
        pack_kv_nil(p, "resets_at_ms");
    else
        pack_kv_int(p, "resets_at_ms", e->room.resets_at_ms);
    pack_kv_bool(p, "scarce", e->room.scarce);
    pack_kv_bool(p, "downgraded", e->is_downgraded);
    pack_map_end(p);
}

/* First those that would be asked, in order, then the others. */
static void
pack_candidates(struct pack *p, const struct proxy_explanation *e,
                int64_t now_ms)
{
    pack_key(p, "candidates");
    pack_array_begin(p);
    for (size_t i = 0; i < e->plan.n_order; i++)
        pack_candidate(p, e, e->plan.order[i], now_ms);
    for (size_t i = 0; i < e->n_targets; i++)
        if (e->plan.reasons[i] != ROUTE_ELIGIBLE)
            pack_candidate(p, e, i, now_ms);
    pack_array_end(p);
}

/* Those that would be asked if the prompt were too long for the chosen one. */
static void
pack_roomier(struct pack *p, const struct proxy_explanation *e)
{
    const struct route_plan *plan = &e->plan;

    pack_key(p, "context_length");
    pack_array_begin(p);
    for (size_t i = 1; i < plan->n_order; i++) {
        const struct target *t = e->targets[plan->order[i]];

        if (proxy_is_roomier(e->targets[plan->order[0]], t))
            pack_str(p, t->name);
    }
    pack_array_end(p);
}

static void
pack_refuges(struct pack *p, const struct proxy_explanation *e, struct app *app,
             const struct call_params *params)
{
    const struct target *chosen =
        e->plan.n_order > 0 ? e->targets[e->plan.order[0]] : NULL;
    size_t n = e->route ? e->route->n_refuges : 0;

    pack_key(p, "content_policy");
    pack_array_begin(p);
    for (size_t i = 0; i < n; i++) {
        const struct target *t = e->route->refuges[i];

        if (t != chosen && proxy_explains_refuge(app, params, e, t))
            pack_str(p, t->name);
    }
    pack_array_end(p);
}

static void
pack_fallbacks(struct pack *p, const struct proxy_explanation *e,
               struct app *app, const struct call_params *params)
{
    pack_key(p, "fallbacks");
    pack_map_begin(p);
    pack_roomier(p, e);
    pack_refuges(p, e, app, params);
    pack_map_end(p);
}

static void
answer(struct rpc_call *call, const struct proxy_explanation *e,
       struct app *app, const struct call_params *params)
{
    int64_t now_ms = loop_now_ms(app->loop);
    int tier = proxy_explained_tier(e);
    const char *chosen = NULL;
    struct pack *p = rpc_call_begin(call);

    if (e->plan.n_order > 0)
        chosen = e->targets[e->plan.order[0]]->name;
    pack_map_begin(p);
    pack_kv_str(p, "route", e->route_name);
    pack_kv_str(p, "tier",
                tier < 0 ? NULL : config_tier_name((enum config_tier)tier));
    pack_complexity(p, app->upstreams, params->chat, e->is_scored);
    pack_budget(p, e);
    pack_candidates(p, e, now_ms);
    pack_kv_str(p, "chosen", chosen);
    pack_fallbacks(p, e, app, params);
    pack_map_end(p);
    rpc_call_end(call);
}

void
methods_explain(struct app *app, struct rpc_call *call,
                const msgpack_object *params)
{
    struct proxy_explanation explanation;
    struct call_params p;
    struct aigw_err err = {0};
    int status = is_prompt(params) ? call_read_prompt(params, &p, &err)
                                   : call_read_chat(params, &p, &err);

    if (status) {
        rpc_call_fail(call,
                      status == AIGW_ENOMEM ? AIGW_EOVERLOADED : AIGW_EPARAMS,
                      "%s", err.text);
        return;
    }
    p.client = session_client(call->session);
    status = proxy_explain(app, &p, &explanation, &err);
    if (status)
        rpc_call_fail(call, status, "%s", err.text);
    else
        answer(call, &explanation, app, &p);
    chat_free(p.chat);
}
