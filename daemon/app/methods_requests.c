/*
 * methods_requests.c - requests: the calls that run and those that have ended,
 * each with what happened to it.
 */
#include "app/methods.h"
#include "app/proxy_internal.h"

#include <stdio.h>

/* The target that is asked, or was asked last. */
static const char *
target_of(const struct call *c)
{
    if (c->lead.asked)
        return c->lead.asked->name;
    return c->n_log > 0 ? c->log[c->n_log - 1].target->name : NULL;
}

/* `running`: it has not ended, and nothing is known of how it will. */
static void
pack_attempt(struct pack *p, const struct call_record_attempt *a, bool running)
{
    pack_map_begin(p);
    pack_kv_str(p, "target", a->target);
    pack_kv_str(p, "outcome", running ? NULL : outcome_name(a->outcome));
    if (a->http_status > 0)
        pack_kv_int(p, "http_status", a->http_status);
    else
        pack_kv_nil(p, "http_status");
    pack_kv_bool(p, "sent", running || a->sent);
    pack_kv_bool(p, "hedge", a->is_hedge);
    pack_kv_int(p, "started_ms", a->started_ms);
    if (a->ttft_us < 0)
        pack_kv_nil(p, "first_content_ms");
    else
        pack_kv_int(p, "first_content_ms", a->started_ms + a->ttft_us / 1000);
    if (running)
        pack_kv_nil(p, "ended_ms");
    else
        pack_kv_int(p, "ended_ms", a->started_ms + a->latency_us / 1000);
    pack_kv_int(p, "cost_nanousd", a->cost_nanousd);
    pack_map_end(p);
}

static void
pack_note(struct pack *p, const struct call_record_note *n)
{
    pack_map_begin(p);
    pack_kv_int(p, "time_ms", n->at_ms);
    pack_kv_str(p, "type", n->what);
    pack_kv_text(p, "target", n->target);
    pack_kv_str(p, "reason", n->reason);
    pack_map_end(p);
}

/* What has begun and not ended. */
static void
pack_leg(struct pack *p, const struct call_leg *leg)
{
    struct call_record_attempt a = {.ttft_us = -1, .is_hedge = leg->is_hedge};

    if (!leg->attempt)
        return;
    a.started_ms = attempt_started_ms(leg->attempt);
    a.ttft_us = attempt_ttft_us(leg->attempt);
    (void)snprintf(a.target, sizeof(a.target), "%s", leg->asked->name);
    pack_attempt(p, &a, true);
}

static void
pack_timeline_so_far(struct pack *p, const struct call *c)
{
    struct call_record_attempt attempt;
    struct call_record_note note;

    pack_key(p, "attempt_log");
    pack_array_begin(p);
    for (size_t i = 0; i < c->n_log; i++) {
        call_record_attempt(&c->log[i], &attempt);
        pack_attempt(p, &attempt, false);
    }
    pack_leg(p, &c->lead);
    pack_leg(p, &c->hedge);
    pack_array_end(p);
    pack_key(p, "events");
    pack_array_begin(p);
    for (size_t i = 0; i < c->n_notes; i++) {
        call_record_note(&c->notes[i], &note);
        pack_note(p, &note);
    }
    pack_array_end(p);
}

static void
pack_timeline(struct pack *p, const struct call_record *r)
{
    pack_key(p, "attempt_log");
    pack_array_begin(p);
    for (size_t i = 0; i < r->n_attempts; i++)
        pack_attempt(p, &r->attempts[i], false);
    pack_array_end(p);
    pack_key(p, "events");
    pack_array_begin(p);
    for (size_t i = 0; i < r->n_notes; i++)
        pack_note(p, &r->notes[i]);
    pack_array_end(p);
}

static void
pack_running(struct pack *p, const struct call *c, int64_t now_ms)
{
    size_t attempts = c->n_log + (c->lead.attempt ? 1 : 0);

    pack_map_begin(p);
    pack_kv_str(p, "request_id", c->params.id);
    pack_kv_text(p, "client", c->client.name);
    pack_kv_int(p, "uid", c->client.uid);
    pack_kv_str(p, "route", c->route_name);
    pack_kv_str(p, "target", target_of(c));
    pack_kv_str(p, "state", call_state_name(c->state));
    pack_kv_int(p, "started_ms", c->started_wall_ms);
    pack_kv_int(p, "age_ms", now_ms - c->started_ms);
    pack_kv_int(p, "tokens",
                c->lead.attempt ? attempt_tokens(c->lead.attempt) : 0);
    pack_kv_double(p, "cost_usd", price_to_usd(c->total_cost_nanousd));
    pack_kv_nil(p, "error_code");
    pack_kv_int(p, "attempts", (int64_t)attempts);
    pack_kv_text(p, "tags", c->params.tags);
    pack_timeline_so_far(p, c);
    pack_map_end(p);
}

static void
pack_finished(struct pack *p, const struct call_record *r)
{
    pack_map_begin(p);
    pack_kv_str(p, "request_id", r->id);
    pack_kv_text(p, "client", r->client);
    pack_kv_int(p, "uid", r->uid);
    pack_kv_str(p, "route", r->route);
    pack_kv_text(p, "target", r->target);
    pack_kv_str(p, "state", call_state_name(CALL_DONE));
    pack_kv_int(p, "started_ms", r->started_ms);
    pack_kv_int(p, "age_ms", r->duration_ms);
    pack_kv_int(p, "tokens", r->tokens);
    pack_kv_double(p, "cost_usd", price_to_usd(r->cost_nanousd));
    pack_kv_text(p, "error_code", r->error_code);
    pack_kv_int(p, "attempts", (int64_t)r->n_attempts);
    pack_kv_text(p, "tags", r->tags);
    pack_timeline(p, r);
    pack_map_end(p);
}

static bool
may_see(const struct session_client *client, uid_t owner)
{
    return client->admin || client->uid == owner;
}

/* The table of calls keeps the order in which they came. */
static void
pack_all_running(struct pack *p, const struct app *app,
                 const struct session_client *client)
{
    int64_t now_ms = loop_now_ms(app->loop);

    for (const struct call *c = app->calls; c; c = c->hh.next)
        if (c->state != CALL_DONE && may_see(client, c->client.uid))
            pack_running(p, c, now_ms);
}

static void
pack_all_finished(struct pack *p, const struct app *app,
                  const struct session_client *client)
{
    uint64_t n =
        app->n_recent < APP_RECENT_CALLS ? app->n_recent : APP_RECENT_CALLS;

    for (uint64_t i = 1; i <= n; i++) {
        const struct call_record *r =
            &app->recent[(app->n_recent - i) % APP_RECENT_CALLS];

        if (may_see(client, r->uid))
            pack_finished(p, r);
    }
}

void
methods_requests(struct app *app, struct rpc_call *call,
                 const msgpack_object *params)
{
    const struct session_client *client = session_client(call->session);
    struct pack *p = rpc_call_begin(call);

    (void)params;
    pack_map_begin(p);
    pack_key(p, "requests");
    pack_array_begin(p);
    pack_all_running(p, app, client);
    pack_all_finished(p, app, client);
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(call);
}
