/*
 * submit.c - taking in calls, and the parameters of those with a name of their
 * own.
 */
#include "client/client.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    DEADLINE_GRACE_MS = 5000 /* For the daemon to report that it passed. */
};

static const uint64_t last_part_max = UINT64_C(0xffffffffffff); /* Of a UUID. */

struct core_request
client_request(const struct aigw *c, const char *method,
               const struct aigw_value *params, int64_t deadline_ms)
{
    int64_t now_ms = transport_now_ms();
    int64_t limit_ms = c->call_timeout_ms;
    struct core_request request = {
        .method = method,
        .params = params,
        .patience_ms = now_ms + c->connect_timeout_ms,
        .deadline_ms = INT64_MAX,
    };

    if (limit_ms < 0)
        return request;
    if (deadline_ms > INT64_MAX - now_ms - DEADLINE_GRACE_MS)
        return request;
    if (deadline_ms > 0 && deadline_ms + DEADLINE_GRACE_MS > limit_ms)
        limit_ms = deadline_ms + DEADLINE_GRACE_MS;
    request.deadline_ms = now_ms + limit_ms;
    return request;
}

static const char *
text_of_refusal(int status)
{
    switch (status) {
    case AIGW_EINVAL:
        return "a call needs a method's name of 1 to 100 bytes and, as "
               "parameters, a map or an array without mistakes";
    case AIGW_ETOOBIG:
        return "the parameters are nested too deeply, or too much waits to be "
               "written";
    default:
        return aigw_status_text(status);
    }
}

int
client_submit(struct aigw *c, const struct core_request *request,
              uint64_t *ret_id)
{
    int status;

    if (c->freeing)
        return client_fail(c, AIGW_ECLOSED, "the client is being freed");
    if (c->setup.status != 0)
        return client_fail_with(c, &c->setup);
    status = core_submit(&c->core, request, ret_id);
    if (status != 0)
        return client_fail(c, status, text_of_refusal(status));
    aigw_start(c);
    return client_ok(c);
}

/* A submitted call without handlers is none of the library's own. */
static int
submit(struct aigw *client, const char *method, const struct aigw_value *params,
       int64_t deadline_ms, const struct aigw_handlers *handlers,
       uint64_t *ret_call)
{
    struct core_request request;
    uint64_t id = 0;
    int status;

    if (!client)
        return AIGW_ERR_NOMEM;
    request = client_request(client, method, params, deadline_ms);
    request.handlers = handlers;
    status = client_submit(client, &request, &id);
    if (status == 0 && ret_call)
        *ret_call = id;
    return status;
}

int
aigw_submit(struct aigw *client, const char *method,
            const struct aigw_value *params,
            const struct aigw_handlers *handlers, uint64_t *ret_call)
{
    return submit(client, method, params, 0, handlers, ret_call);
}

int
aigw_submit_generate(struct aigw *client,
                     const struct aigw_generate_params *params,
                     const struct aigw_handlers *handlers, uint64_t *ret_call)
{
    struct aigw_value *p = client_generate_params(client, params, handlers);
    int status = submit(client, "generate", p,
                        aigw_get_int(p, "deadline_ms", 0), handlers, ret_call);

    aigw_value_free(p);
    return status;
}

int
aigw_submit_chat(struct aigw *client, const char *body_json,
                 const struct aigw_value *options,
                 const struct aigw_handlers *handlers, uint64_t *ret_call)
{
    struct aigw_value *p =
        client_chat_params(client, body_json, options, handlers);
    int status =
        submit(client, "chat", p, aigw_get_int(options, "deadline_ms", 0),
               handlers, ret_call);

    aigw_value_free(p);
    return status;
}

void
aigw_call_cancel(struct aigw *client, uint64_t call)
{
    struct call *found;

    if (!client || client->freeing)
        return;
    found = calls_find(&client->core.calls, call);
    if (!found || found->internal || found->waiter)
        return;
    core_cancel(&client->core, found);
    transport_wake(&client->transport, false);
}

/* Version 4 of RFC 9562, which leaves six bits fixed. */
void
aigw_new_id(char ret_id[AIGW_ID_SIZE])
{
    uint64_t a = (transport_random() & ~UINT64_C(0xf000)) | 0x4000;
    uint64_t b = (transport_random() & (UINT64_MAX >> 2)) | (UINT64_C(2) << 62);

    (void)snprintf(
        ret_id, AIGW_ID_SIZE,
        "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
        a >> 32, a >> 16 & 0xffff, a & 0xffff, b >> 48, b & last_part_max);
}

static void
set_text(struct aigw_value *map, const char *key, const char *text)
{
    if (text)
        (void)aigw_value_set_str(map, key, text);
}

static void
set_tags(struct aigw_value *map, const char *const *tags)
{
    struct aigw_value *array;

    if (!tags)
        return;
    array = aigw_value_array();
    for (; *tags; tags++)
        (void)aigw_value_append_str(array, *tags);
    (void)aigw_value_set(map, "tags", array);
}

static void
set_extra(struct aigw_value *map, const struct aigw_value *extra)
{
    for (size_t i = 0; i < aigw_value_size(extra); i++)
        (void)aigw_value_set(map, aigw_value_key(extra, i),
                             aigw_value_copy(aigw_value_at(extra, i)));
}

static struct aigw_value *
spell_out(const struct aigw_generate_params *p)
{
    struct aigw_value *map = aigw_value_map();

    (void)aigw_value_set_str(map, "prompt", p->prompt);
    set_text(map, "system_message", p->system_message);
    if (p->temperature >= 0)
        (void)aigw_value_set_double(map, "temperature", p->temperature);
    if (p->max_tokens != 0)
        (void)aigw_value_set_int(map, "max_tokens", p->max_tokens);
    if (p->require_expensive_model)
        (void)aigw_value_set_bool(map, "require_expensive_model", true);
    set_text(map, "route", p->route);
    set_text(map, "session_id", p->session_id);
    set_text(map, "request_id", p->request_id);
    if (p->deadline_ms != 0)
        (void)aigw_value_set_int(map, "deadline_ms", p->deadline_ms);
    if (p->stream)
        (void)aigw_value_set_bool(map, "stream", true);
    set_text(map, "on_break", p->on_break);
    set_text(map, "on_disconnect", p->on_disconnect);
    set_text(map, "tier", p->tier);
    if (p->max_cost_usd != 0)
        (void)aigw_value_set_double(map, "max_cost_usd", p->max_cost_usd);
    set_tags(map, p->tags);
    set_extra(map, p->extra);
    return map;
}

/* Names a call to which its client may come back, unless told not to.  Nobody
 * else knows the name. */
static void
name_call(struct aigw *c, struct aigw_value *options, bool streamed)
{
    const char *on_disconnect = aigw_get_str(options, "on_disconnect", "");
    char id[AIGW_ID_SIZE];

    if (!c || (c->flags & AIGW_FLAG_NO_RESEND) != 0
        || aigw_value_get(options, "request_id")
        || strcmp(on_disconnect, "cancel") == 0)
        return;
    if (!streamed && !aigw_value_get(options, "session_id"))
        return;
    (void)snprintf(id, sizeof(id), "%.*s%012" PRIx64, NAME_STEM_SIZE,
                   c->name_stem, ++c->n_names & last_part_max);
    (void)aigw_value_set_str(options, "request_id", id);
}

struct aigw_value *
client_generate_params(struct aigw *c,
                       const struct aigw_generate_params *params,
                       const struct aigw_handlers *handlers)
{
    struct aigw_generate_params p;
    struct aigw_value *map;

    aigw_generate_params_init(&p);
    if (params && params->struct_size < sizeof(p))
        memcpy(&p, params, params->struct_size);
    else if (params)
        p = *params;
    if (handlers && handlers->delta)
        p.stream = true;
    map = spell_out(&p);
    name_call(c, map, p.stream);
    return map;
}

/* The body is not read here: it is enough that it mentions streams, because a
 * call that is named in vain only costs the daemon a little more. */
struct aigw_value *
client_chat_params(struct aigw *c, const char *body_json,
                   const struct aigw_value *options,
                   const struct aigw_handlers *handlers)
{
    bool streamed = handlers && handlers->delta && body_json
                    && strstr(body_json, "\"stream\"");
    struct aigw_value *array = aigw_value_array();
    struct aigw_value *last =
        options ? aigw_value_copy(options) : aigw_value_map();

    if (aigw_value_type(last) == AIGW_TYPE_MAP)
        name_call(c, last, streamed);
    (void)aigw_value_append_str(array, body_json);
    if (options || aigw_value_size(last) > 0)
        (void)aigw_value_append(array, last);
    else
        aigw_value_free(last);
    return array;
}
