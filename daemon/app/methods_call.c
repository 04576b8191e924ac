/*
 * methods_call.c - generate, chat, embed: from params to a checked call; and
 * cancel.
 */
#include "app/front.h"
#include "app/methods.h"
#include "app/transcode.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_TAGS = 16
};

static const char DEFAULT_SYSTEM[] = "You are a helpful AI assistant.";

static const char *const TIERS[] = {"economy", "standard", "premium"};
static const char *const ON_BREAK[] = {"continue", "restart", "error"};
static const char *const ON_DISCONNECT[] = {"auto", "cancel", "detach",
                                            "finish"};

static void
read_tags(struct unpack *u, struct call_params *p)
{
    const msgpack_object *tags = NULL;
    size_t used = 0;

    if (!unpack_array(u, "tags", &tags))
        return;
    for (uint32_t i = 0; i < tags->via.array.size; i++) {
        const char *text;
        size_t size;
        bool fits;

        if (!unpack_text(&tags->via.array.ptr[i], &text, &size)) {
            unpack_refuse(u, "tags", "expected an array of strings");
            return;
        }
        fits = i < MAX_TAGS && used + size + 2 < sizeof(p->tags)
               && !memchr(text, '\0', size);
        if (!fits) {
            unpack_refuse(u, "tags", "at most %d tags of %zu bytes together",
                          MAX_TAGS, sizeof(p->tags) - 2);
            return;
        }
        used +=
            (size_t)snprintf(p->tags + used, sizeof(p->tags) - used, "%s%.*s",
                             used > 0 ? "," : "", (int)size, text);
    }
}

static void
read_tier(struct unpack *u, struct call_params *p)
{
    bool premium = false;
    size_t tier;

    p->tier = -1;
    if (unpack_choice(u, "tier", TIERS, 3, &tier))
        p->tier = (int)tier;
    if (!unpack_bool(u, "require_expensive_model", &premium) || !premium)
        return;
    if (p->tier >= 0 && p->tier != CONFIG_TIER_PREMIUM)
        unpack_refuse(u, "require_expensive_model", "contradicts `tier`");
    p->tier = CONFIG_TIER_PREMIUM;
}

static void
read_money(struct unpack *u, struct call_params *p)
{
    double usd;

    p->max_cost_nanousd = -1;
    if (!unpack_double(u, "max_cost_usd", &usd))
        return;
    if (price_from_usd(usd, &p->max_cost_nanousd))
        unpack_refuse(u, "max_cost_usd", "expected an amount in USD");
}

/* A call that can be named again may outlive its connection. */
static void
read_disconnect(struct unpack *u, struct call_params *p)
{
    static const enum call_on_disconnect CHOICES[] = {CALL_CANCEL, CALL_CANCEL,
                                                      CALL_DETACH, CALL_FINISH};

    size_t choice = 0;

    (void)unpack_choice(u, "on_disconnect", ON_DISCONNECT, 4, &choice);
    p->on_disconnect = CHOICES[choice];
    if (choice == 0 && *p->id)
        p->on_disconnect = CALL_DETACH;
}

/* The options that all calls share. */
static void
read_options(struct unpack *u, struct call_params *p)
{
    const char *text;
    size_t size;

    read_tier(u, p);
    read_money(u, p);
    read_tags(u, p);
    (void)unpack_cstr(u, "route", p->route, sizeof(p->route));
    (void)unpack_cstr(u, "request_id", p->id, sizeof(p->id));
    (void)unpack_choice(u, "on_break", ON_BREAK, 3, &size);
    read_disconnect(u, p);
    if (unpack_int(u, "deadline_ms", &p->deadline_ms) && p->deadline_ms < 1)
        unpack_refuse(u, "deadline_ms", "expected at least 1");
    if (unpack_str(u, "session_id", &text, &size))
        unpack_refuse(u, "session_id",
                      "this server does not keep conversations");
}

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
    struct chat_prompt prompt = {
        .system = DEFAULT_SYSTEM,
        .system_size = sizeof(DEFAULT_SYSTEM) - 1,
        .temperature = 0.7,
        .max_tokens = 4096,
    };
    struct call_params p = {0};
    struct aigw_err err = {0};
    bool stream = false;
    struct unpack u;
    int status;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "prompt");
    (void)unpack_str(&u, "prompt", &prompt.prompt, &prompt.prompt_size);
    (void)unpack_str(&u, "system_message", &prompt.system, &prompt.system_size);
    (void)unpack_double(&u, "temperature", &prompt.temperature);
    (void)unpack_int(&u, "max_tokens", &prompt.max_tokens);
    (void)unpack_bool(&u, "stream", &stream);
    read_options(&u, &p);
    status = unpack_finish(&u);
    if (status == 0)
        status = chat_from_prompt(&prompt, &p.chat, &err);
    if (status) {
        fail_params(call, status, &err);
        return;
    }
    p.chat->stream = stream;
    front_start(app, call, &p, FRONT_GENERATE);
}

/* The body of chat or embed as JSON text: as it came, or written out from a
 * map into `scratch`. */
static int
body_text(const msgpack_object *body, struct bytes *scratch,
          const char **ret_text, size_t *ret_size, struct aigw_err *err)
{
    int status;

    if (!body || body->type == MSGPACK_OBJECT_NIL)
        return aigw_err_set(err, AIGW_EPARAMS, "body: required");
    if (unpack_text(body, ret_text, ret_size))
        return 0;
    if (body->type != MSGPACK_OBJECT_MAP)
        return aigw_err_set(err, AIGW_EPARAMS,
                            "body: expected a map or its JSON text");
    status = transcode_to_json(body, scratch);
    if (status)
        return aigw_err_set(err, status, "body: %s", aigw_status_text(status));
    *ret_text = scratch->data;
    *ret_size = scratch->size;
    return 0;
}

static enum front_form
form_of(const msgpack_object *body)
{
    return body->type == MSGPACK_OBJECT_MAP ? FRONT_RESPONSE_MAP
                                            : FRONT_RESPONSE_TEXT;
}

/* `model` names the route unless the options do. */
static void
route_by_model(struct call_params *p, const char *model)
{
    if (!*p->route)
        (void)snprintf(p->route, sizeof(p->route), "%s", model);
}

static int
read_call_options(const msgpack_object *params, struct call_params *p,
                  struct aigw_err *err)
{
    struct unpack u;

    unpack_init(&u, unpack_item(params, 1), err);
    read_options(&u, p);
    return unpack_finish(&u);
}

void
methods_chat(struct app *app, struct rpc_call *call,
             const msgpack_object *params)
{
    const msgpack_object *body = unpack_item(params, 0);
    struct call_params p = {0};
    struct aigw_err err = {0};
    struct bytes scratch;
    const char *text;
    size_t size;
    int status;

    bytes_init(&scratch, CHAT_MAX_BYTES);
    status = read_call_options(params, &p, &err);
    if (status == 0)
        status = body_text(body, &scratch, &text, &size, &err);
    if (status == 0)
        status = chat_from_body(text, size, &p.chat, &err);
    bytes_deinit(&scratch);
    if (status) {
        fail_params(call, status, &err);
        return;
    }
    route_by_model(&p, p.chat->model);
    front_start(app, call, &p, form_of(body));
}

void
methods_embed(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    const msgpack_object *body = unpack_item(params, 0);
    struct call_params p = {0};
    struct aigw_err err = {0};
    struct bytes scratch;
    const char *text;
    size_t size;
    int status;

    bytes_init(&scratch, CHAT_MAX_BYTES);
    status = read_call_options(params, &p, &err);
    if (status == 0)
        status = body_text(body, &scratch, &text, &size, &err);
    if (status == 0)
        status = embed_from_body(text, size, &p.embed, &err);
    bytes_deinit(&scratch);
    if (status) {
        fail_params(call, status, &err);
        return;
    }
    route_by_model(&p, p.embed->model);
    front_start(app, call, &p, form_of(body));
}

/* Only one's own calls, unless one is an administrator. */
static struct call *
find_call(struct app *app, struct rpc_call *call, const char *id, int64_t msgid)
{
    const struct session_client *client = session_client(call->session);
    struct rpc_call *other;
    struct call *c = NULL;

    if (*id) {
        HASH_FIND_STR(app->calls, id, c);
        if (c && !client->admin && c->client.uid != client->uid)
            return NULL;
        return c;
    }
    other = session_find_call(call->session, (uint32_t)msgid);
    return other ? front_call(other) : NULL;
}

void
methods_cancel(struct app *app, struct rpc_call *call,
               const msgpack_object *params)
{
    char id[CALL_ID_SIZE] = "";
    struct aigw_err err = {0};
    int64_t msgid = -1;
    struct unpack u;
    struct call *c;
    struct pack *p;
    bool running;

    methods_unpack(&u, params, &err);
    (void)unpack_cstr(&u, "request_id", id, sizeof(id));
    if (unpack_int(&u, "msgid", &msgid) && (msgid < 0 || msgid > UINT32_MAX))
        unpack_refuse(&u, "msgid", "expected an unsigned 32-bit integer");
    if (!*id && msgid < 0)
        unpack_require(&u, "msgid");
    if (unpack_finish(&u)) {
        fail_params(call, AIGW_EPARAMS, &err);
        return;
    }
    c = find_call(app, call, id, msgid);
    running = c && c->request.state != REQUEST_DONE;
    if (running)
        proxy_cancel(c, "cancelled by request");
    p = rpc_call_begin(call);
    pack_map_begin(p);
    pack_kv_bool(p, "cancelled", running);
    pack_map_end(p);
    rpc_call_end(call);
}
