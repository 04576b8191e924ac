/*
 * methods_credential.c - credential.refresh.
 */
#include "app/methods.h"

#include "app/call_read.h"
#include "base/mem.h"
#include "proto/nearest.h"

#include <string.h>

enum {
    NAME_SIZE = 256,
};

/* True for the first target of each provider. */
static bool
is_first(const struct upstreams *u, size_t target)
{
    for (size_t i = 0; i < target; i++)
        if (u->targets[i]->provider == u->targets[target]->provider)
            return false;
    return true;
}

static void
refresh(struct app *app, const struct provider *p)
{
    for (size_t i = 0; i < p->n_keys; i++)
        credentials_refresh(app->credentials, p->handles[i]);
}

/* Of the provider `name`, or of all; false: there is none of that name. */
static bool
refresh_named(struct app *app, const char *name)
{
    const struct upstreams *u = app->upstreams;
    bool found = !name;

    for (size_t i = 0; i < u->n_targets; i++) {
        const struct provider *p = u->targets[i]->provider;

        if (!is_first(u, i) || (name && strcmp(p->name, name) != 0))
            continue;
        refresh(app, p);
        found = true;
    }
    return found;
}

static void
refuse(struct app *app, struct rpc_call *call, const char *name)
{
    const struct upstreams *u = app->upstreams;
    const char *names[CONFIG_MAX_TARGETS];
    const char *nearest;
    size_t n = 0;

    for (size_t i = 0; i < u->n_targets; i++)
        if (is_first(u, i))
            names[n++] = u->targets[i]->provider->name;
    nearest = nearest_name(name, names, n);
    if (nearest)
        rpc_call_fail(call, AIGW_ENOTFOUND,
                      "no provider \"%s\". Did you mean \"%s\"?", name,
                      nearest);
    else
        rpc_call_fail(call, AIGW_ENOTFOUND, "no provider \"%s\"", name);
}

void
methods_credential_refresh(struct app *app, struct rpc_call *call,
                           const msgpack_object *params)
{
    struct aigw_err err = {0};
    struct unpack u;
    char name[NAME_SIZE];
    bool named;

    methods_unpack(&u, params, &err);
    named = call_read_name(&u, "provider", name, sizeof(name));
    if (unpack_finish(&u))
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
    else if (refresh_named(app, named ? name : NULL))
        rpc_call_ok(call);
    else
        refuse(app, call, name);
}
