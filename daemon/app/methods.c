#include "app/methods.h"

#include "app/call_read.h"

typedef void (*method_fn)(struct app *app, struct rpc_call *call,
                          const msgpack_object *params);

static const method_fn HANDLERS[] = {
#define AIGW_METHOD(ident, name, admin, streaming, help) methods_##ident,
#include "proto/methods.def"
#undef AIGW_METHOD
};

void
methods_dispatch(struct app *app, struct rpc_call *call,
                 const msgpack_object *params)
{
    HANDLERS[call->method](app, call, params);
}

void
methods_unpack(struct unpack *u, const msgpack_object *params,
               struct aigw_err *err)
{
    unpack_init(u, unpack_item(params, 0), err);
}

struct target *
methods_target(struct app *app, struct rpc_call *call, struct unpack *u,
               const char *key)
{
    const char *nearest;
    struct target *t;
    char name[256];

    unpack_require(u, key);
    (void)call_read_name(u, key, name, sizeof(name));
    if (unpack_finish(u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", u->err->text);
        return NULL;
    }
    t = upstreams_find_target(app->upstreams, name);
    if (t)
        return t;
    nearest = upstreams_nearest_target(app->upstreams, name);
    if (nearest)
        rpc_call_fail(call, AIGW_ENOTFOUND,
                      "no target \"%s\". Did you mean \"%s\"?", name, nearest);
    else
        rpc_call_fail(call, AIGW_ENOTFOUND, "no target \"%s\"", name);
    return NULL;
}

void
methods_hello(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    struct session_client *client = session_client(call->session);
    struct aigw_err err = {0};
    struct unpack u;
    struct pack *p;

    methods_unpack(&u, params, &err);
    (void)call_read_name(&u, "client", client->name, sizeof(client->name));
    (void)call_read_name(&u, "version", client->version,
                         sizeof(client->version));
    (void)unpack_bool(&u, "text_errors", &client->text_errors);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    (void)clients_hear(app->clients, client, loop_now_ms(app->loop));
    p = rpc_call_begin(call);
    pack_map_begin(p);
    pack_kv_str(p, "server", "aigwd");
    pack_kv_str(p, "version", AIGW_VERSION);
    pack_kv_int(p, "protocol", 1);
    pack_kv_str(p, "instance_id", app->instance_id);
    pack_kv_int(p, "pid", app->pid);
    pack_key(p, "methods");
    pack_array_begin(p);
    for (size_t i = 0; i < METHODS_COUNT; i++)
        pack_str(p, methods_get(i)->name);
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(call);
}
