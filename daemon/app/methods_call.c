/*
 * methods_call.c - generate, chat, embed, cancel.
 */
#include "app/call_read.h"
#include "app/durable.h"
#include "app/front.h"
#include "app/methods.h"

static void
fail_params(struct rpc_call *call, int status, const struct aigw_err *err)
{
    rpc_call_fail(call, status == AIGW_ENOMEM ? AIGW_EOVERLOADED : AIGW_EPARAMS,
                  "%s", err->text);
}

void
methods_generate(struct app *app, struct rpc_call *call,
                 const msgpack_object *params)
{
    struct call_params p;
    struct aigw_err err = {0};
    int status = call_read_prompt(params, &p, &err);

    if (status)
        fail_params(call, status, &err);
    else
        front_start(app, call, &p, CALL_FORM_GENERATE);
}

static enum call_form
form_of(const msgpack_object *body)
{
    return body->type == MSGPACK_OBJECT_MAP ? CALL_FORM_RESPONSE_MAP
                                            : CALL_FORM_RESPONSE_TEXT;
}

void
methods_chat(struct app *app, struct rpc_call *call,
             const msgpack_object *params)
{
    struct call_params p;
    struct aigw_err err = {0};
    int status = call_read_chat(params, &p, &err);

    if (status)
        fail_params(call, status, &err);
    else
        front_start(app, call, &p, form_of(unpack_item(params, 0)));
}

void
methods_embed(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    struct call_params p;
    struct aigw_err err = {0};
    int status = call_read_embed(params, &p, &err);

    if (status)
        fail_params(call, status, &err);
    else
        front_start(app, call, &p, form_of(unpack_item(params, 0)));
}

/* Whether there is a call of this id, whoever's it is. */
static bool
knows(const struct app *app, const struct session_client *asker, const char *id)
{
    return durable_find(app, asker, id) || proxy_find(app, asker, id);
}

/* Whether another user has a call of this id.  That it is not one's own is no
 * secret: an id that is kept for oneself is not guessed. */
static bool
is_of_another(const struct app *app, const struct session_client *asker,
              const char *id)
{
    struct session_client anybody = *asker;

    anybody.admin = true;
    return *id && !knows(app, asker, id) && knows(app, &anybody, id);
}

/* Only one's own calls, unless one is an administrator. */
static bool
cancel(struct app *app, struct rpc_call *call, const char *id, int64_t msgid)
{
    static const char WHY[] = "cancelled by request";
    const struct session_client *asker = session_client(call->session);
    struct rpc_call *other;
    struct durable *d;
    struct call *c;

    if (!*id) {
        other = session_find_call(call->session, (uint32_t)msgid);
        return other && front_cancel(other, WHY);
    }
    d = durable_find(app, asker, id);
    if (d)
        return durable_cancel(d, WHY);
    c = proxy_find(app, asker, id);
    if (!c || c->request.state == REQUEST_DONE)
        return false;
    proxy_cancel(c, WHY);
    return true;
}

void
methods_cancel(struct app *app, struct rpc_call *call,
               const msgpack_object *params)
{
    char id[CALL_ID_SIZE] = "";
    struct aigw_err err = {0};
    int64_t msgid = -1;
    struct unpack u;
    struct pack *p;
    bool running;

    methods_unpack(&u, params, &err);
    (void)call_read_name(&u, "request_id", id, sizeof(id));
    if (unpack_int(&u, "msgid", &msgid) && (msgid < 0 || msgid > UINT32_MAX))
        unpack_refuse(&u, "msgid", "expected an unsigned 32-bit integer");
    if (!*id && msgid < 0)
        unpack_require(&u, "msgid");
    if (unpack_finish(&u)) {
        fail_params(call, AIGW_EPARAMS, &err);
        return;
    }
    if (is_of_another(app, session_client(call->session), id)) {
        rpc_call_fail(call, AIGW_ENOTFOUND, "no request \"%s\" of this user",
                      id);
        return;
    }
    running = cancel(app, call, id, msgid);
    p = rpc_call_begin(call);
    pack_map_begin(p);
    pack_kv_bool(p, "cancelled", running);
    pack_map_end(p);
    rpc_call_end(call);
}
