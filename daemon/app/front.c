#include "app/front.h"

#include "app/app.h"
#include "app/call_pack.h"
#include "app/transcode.h"
#include "base/mem.h"

#include <stdlib.h>

struct front {
    struct rpc_call *rpc;
    struct call *call;
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

void
front_start(struct app *app, struct rpc_call *rpc, struct call_params *params,
            enum call_form form)
{
    bool stream = params->chat && params->chat->stream;
    struct front *f = mem_new(sizeof(*f));
    struct aigw_err err = {0};
    int status;

    f->rpc = rpc;
    f->form = form;
    params->client = session_client(rpc->session);
    params->wants_response = form != CALL_FORM_GENERATE;
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
