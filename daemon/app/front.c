#include "app/front.h"

#include "app/app.h"
#include "app/call_pack.h"
#include "app/durable.h"
#include "app/transcode.h"
#include "base/mem.h"

#include <stdlib.h>

struct front {
    struct rpc_call *rpc;
    struct call *call;         /* Of a plain call, */
    struct follower *follower; /* or of a durable one. */
    enum call_form form;
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

static void
on_event(void *ctx, int64_t seq, const struct call_event *ev)
{
    struct front *f = ctx;
    struct pack *p = notify(f, "call.event", seq);

    call_pack_event(p, ev);
    pack_array_end(p);
    session_notify_end(f->rpc->session);
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
    call_pack_result(p, c, r, f->form);
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

static void
pack_entry(struct pack *p, const struct replay_entry *e)
{
    switch (e->kind) {
    case REPLAY_TEXT:
        pack_map_begin(p);
        pack_kv_strn(p, "content", e->data, e->size);
        pack_map_end(p);
        return;
    case REPLAY_DELTA:
        transcode_pack(p, e->data, e->size);
        return;
    case REPLAY_EVENT:
    case REPLAY_RESET:
        pack_packed(p, e->data, e->size);
        return;
    case REPLAY_N_KINDS:
        return;
    }
}

static bool
on_entry(void *ctx, const struct replay_entry *e)
{
    struct front *f = ctx;
    bool delta = replay_is_delta(e->kind);
    struct pack *p = notify(f, delta ? "call.delta" : "call.event", e->seq);

    pack_entry(p, e);
    pack_array_end(p);
    session_notify_end(f->rpc->session);
    return !rpc_call_is_full(f->rpc);
}

static void
on_taken_over(void *ctx, int64_t seq)
{
    on_event(ctx, seq, &(struct call_event){.kind = CALL_EVENT_TAKEN_OVER});
}

static void
on_result(void *ctx, const char *data, size_t size)
{
    struct front *f = ctx;
    struct pack *p = rpc_call_begin(f->rpc);

    pack_packed(p, data, size);
    rpc_call_end(f->rpc);
    free(f);
}

static void
on_fail(void *ctx, int status, const char *text)
{
    struct front *f = ctx;

    rpc_call_fail(f->rpc, status, "%s", text);
    free(f);
}

static const struct follower_ops FOLLOWER_OPS = {
    .entry = on_entry,
    .taken_over = on_taken_over,
    .result = on_result,
    .fail = on_fail,
};

static void
on_follower_abandon(void *owner)
{
    struct front *f = owner;

    follower_leave(f->follower);
    free(f);
}

static void
on_follower_drained(void *owner)
{
    struct front *f = owner;

    follower_drained(f->follower);
}

static struct follower_options
follow(struct front *f, bool streams, int64_t from_seq)
{
    rpc_call_set_owner(f->rpc, on_follower_abandon, on_follower_drained, f);
    return (struct follower_options){
        .ops = &FOLLOWER_OPS,
        .ctx = f,
        .streams = streams,
        .from_seq = from_seq,
    };
}

static int
start_durable(struct app *app, struct front *f, struct call_params *params,
              struct aigw_err *err)
{
    bool stream = params->chat && params->chat->stream;
    struct follower_options options = follow(f, stream, 1);

    return durable_start(app, params, f->form, &options, &f->follower, err);
}

static int
start_plain(struct app *app, struct front *f, struct call_params *params,
            struct aigw_err *err)
{
    bool stream = params->chat && params->chat->stream;

    rpc_call_set_owner(f->rpc, on_abandon, on_drained, f);
    return proxy_start(app, params, stream ? &OPS : &QUIET_OPS, f, &f->call,
                       err);
}

/* What the caller left to the configuration, which may leave it to the kind
 * of call. */
static enum call_on_disconnect
configured_disconnect(const struct config *config)
{
    switch (config->stream.on_disconnect) {
    case CONFIG_DISCONNECT_AUTO:
        return CALL_AUTO;
    case CONFIG_DISCONNECT_CANCEL:
        return CALL_CANCEL;
    case CONFIG_DISCONNECT_DETACH:
        return CALL_DETACH;
    case CONFIG_DISCONNECT_FINISH:
        return CALL_FINISH;
    }
    return CALL_AUTO;
}

static struct front *
front_new(struct rpc_call *rpc, enum call_form form)
{
    struct front *f = mem_new(sizeof(*f));

    f->rpc = rpc;
    f->form = form;
    return f;
}

static void
give_up(struct front *f, int status, const struct aigw_err *err)
{
    rpc_call_fail(f->rpc, status, "%s", err->text);
    free(f);
}

void
front_start(struct app *app, struct rpc_call *rpc, struct call_params *params,
            enum call_form form)
{
    struct front *f = front_new(rpc, form);
    struct aigw_err err = {0};
    int status;

    params->client = session_client(rpc->session);
    params->wants_response = form != CALL_FORM_GENERATE;
    if (params->on_disconnect == CALL_AUTO)
        params->on_disconnect = configured_disconnect(app->config);
    status = *params->id || *params->session_id
                 ? start_durable(app, f, params, &err)
                 : start_plain(app, f, params, &err);
    if (status == 0)
        return;
    chat_free(params->chat);
    embed_free(params->embed);
    give_up(f, status, &err);
}

void
front_resume(struct app *app, struct rpc_call *rpc, const char *request_id,
             int64_t from_seq)
{
    struct front *f = front_new(rpc, CALL_FORM_GENERATE);
    struct follower_options options = follow(f, true, from_seq);
    struct aigw_err err = {0};
    int status = durable_resume(app, session_client(rpc->session), request_id,
                                &options, &f->follower, &err);

    if (status)
        give_up(f, status, &err);
}

bool
front_cancel(const struct rpc_call *rpc, const char *why)
{
    const struct front *f = rpc->owner;

    if (rpc->abandon == on_follower_abandon)
        return durable_cancel(follower_durable(f->follower), why);
    if (rpc->abandon != on_abandon || f->call->request.state == REQUEST_DONE)
        return false;
    proxy_cancel(f->call, why);
    return true;
}
