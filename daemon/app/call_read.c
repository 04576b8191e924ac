/*
 * call_read.c - from params to a checked call.
 */
#include "app/call_read.h"

#include "app/transcode.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_TAGS = 16
};

static const char DEFAULT_SYSTEM[] = "You are a helpful AI assistant.";

static const char *const TIERS[] = {"economy", "standard", "premium"};
static const char *const PRIORITIES[] = {"interactive", "background", "probe"};
static const char *const ON_BREAK[] = {"continue", "restart", "error"};
static const char *const ON_DISCONNECT[] = {"auto", "cancel", "detach",
                                            "finish"};

bool
call_read_name(struct unpack *u, const char *key, char *ret_text,
               size_t capacity)
{
    if (!unpack_cstr(u, key, ret_text, capacity))
        return false;
    if (utf8_valid(ret_text, strlen(ret_text)))
        return true;
    ret_text[0] = '\0';
    unpack_refuse(u, key, "not valid UTF-8");
    return false;
}

static bool
is_text(const char *text, size_t size, const char *expected)
{
    return size == strlen(expected) && memcmp(text, expected, size) == 0;
}

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

        if (!unpack_text(&tags->via.array.ptr[i], &text, &size)
            || !utf8_valid(text, size)) {
            unpack_refuse(u, "tags", "expected an array of strings in UTF-8");
            return;
        }
        fits = i < MAX_TAGS && used + size + 2 < sizeof(p->tags)
               && !memchr(text, '\0', size);
        if (!fits) {
            unpack_refuse(u, "tags", "at most %d tags of %zu bytes together",
                          MAX_TAGS, sizeof(p->tags) - 2);
            return;
        }
        p->no_drill |= is_text(text, size, "no_drill");
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

static void
read_disconnect(struct unpack *u, struct call_params *p)
{
    static const enum call_on_disconnect CHOICES[] = {CALL_AUTO, CALL_CANCEL,
                                                      CALL_DETACH, CALL_FINISH};

    size_t choice = 0;

    (void)unpack_choice(u, "on_disconnect", ON_DISCONNECT, 4, &choice);
    p->on_disconnect = CHOICES[choice];
}

static void
read_break(struct unpack *u, struct call_params *p)
{
    static const enum call_on_break CHOICES[] = {
        CALL_BREAK_CONTINUE, CALL_BREAK_RESTART, CALL_BREAK_ERROR};

    size_t choice;

    if (unpack_choice(u, "on_break", ON_BREAK, 3, &choice))
        p->on_break = CHOICES[choice];
}

static void
read_priority(struct unpack *u, struct call_params *p)
{
    static const enum fair_priority CHOICES[] = {FAIR_INTERACTIVE,
                                                 FAIR_BACKGROUND, FAIR_PROBE};

    size_t choice = 0;

    (void)unpack_choice(u, "priority", PRIORITIES, 3, &choice);
    p->priority = CHOICES[choice];
}

/* The options that all calls share. */
static void
read_options(struct unpack *u, struct call_params *p)
{
    read_tier(u, p);
    read_money(u, p);
    read_tags(u, p);
    (void)call_read_name(u, "route", p->route, sizeof(p->route));
    (void)call_read_name(u, "request_id", p->id, sizeof(p->id));
    (void)call_read_name(u, "session_id", p->session_id, sizeof(p->session_id));
    read_priority(u, p);
    read_break(u, p);
    read_disconnect(u, p);
    if (unpack_int(u, "deadline_ms", &p->deadline_ms) && p->deadline_ms < 1)
        unpack_refuse(u, "deadline_ms", "expected at least 1");
}

int
call_read_prompt(const msgpack_object *params, struct call_params *ret,
                 struct aigw_err *err)
{
    struct chat_prompt prompt = {
        .system = DEFAULT_SYSTEM,
        .system_size = sizeof(DEFAULT_SYSTEM) - 1,
        .temperature = 0.7,
        .max_tokens = 4096,
    };
    bool stream = false;
    struct unpack u;
    int status;

    *ret = (struct call_params){0};
    unpack_init(&u, unpack_item(params, 0), err);
    unpack_require(&u, "prompt");
    (void)unpack_str(&u, "prompt", &prompt.prompt, &prompt.prompt_size);
    (void)unpack_str(&u, "system_message", &prompt.system, &prompt.system_size);
    (void)unpack_double(&u, "temperature", &prompt.temperature);
    (void)unpack_int(&u, "max_tokens", &prompt.max_tokens);
    (void)unpack_bool(&u, "stream", &stream);
    read_options(&u, ret);
    status = unpack_finish(&u);
    if (status == 0)
        status = chat_from_prompt(&prompt, &ret->chat, err);
    if (status == 0)
        ret->chat->stream = stream;
    return status;
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

/* What is made of the text of a body. */
typedef int (*body_fn)(const char *text, size_t size, struct call_params *ret,
                       struct aigw_err *err);

static int
read_body(const msgpack_object *params, body_fn fn, struct call_params *ret,
          struct aigw_err *err)
{
    struct bytes scratch;
    const char *text = NULL;
    size_t size = 0;
    int status;

    *ret = (struct call_params){0};
    bytes_init(&scratch, CHAT_MAX_BYTES);
    status = read_call_options(params, ret, err);
    if (status == 0)
        status = body_text(unpack_item(params, 0), &scratch, &text, &size, err);
    if (status == 0)
        status = fn(text, size, ret, err);
    bytes_deinit(&scratch);
    return status;
}

static int
read_chat(const char *text, size_t size, struct call_params *ret,
          struct aigw_err *err)
{
    int status = chat_from_body(text, size, &ret->chat, err);

    if (status == 0)
        route_by_model(ret, ret->chat->model);
    return status;
}

int
call_read_chat(const msgpack_object *params, struct call_params *ret,
               struct aigw_err *err)
{
    return read_body(params, read_chat, ret, err);
}

static int
read_embed(const char *text, size_t size, struct call_params *ret,
           struct aigw_err *err)
{
    int status = embed_from_body(text, size, &ret->embed, err);

    if (status == 0)
        route_by_model(ret, ret->embed->model);
    return status;
}

int
call_read_embed(const msgpack_object *params, struct call_params *ret,
                struct aigw_err *err)
{
    return read_body(params, read_embed, ret, err);
}
