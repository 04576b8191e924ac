#include "heard.h"

#include <stdlib.h>
#include <string.h>

void
hearing_init(struct hearing *h, struct peer *p)
{
    *h = (struct hearing){.peer = p};
}

void
hearing_deinit(struct hearing *h)
{
    for (size_t i = 0; i < h->n; i++) {
        free(h->calls[i].text);
        json_decref(h->calls[i].events);
    }
    free(h->calls);
    *h = (struct hearing){0};
}

static size_t
begin(struct hearing *h, uint32_t msgid)
{
    if (h->n == h->capacity) {
        h->capacity = h->capacity * 2 + 16;
        h->calls = realloc(h->calls, h->capacity * sizeof(*h->calls));
        ck_assert_ptr_nonnull(h->calls);
    }
    h->calls[h->n] = (struct heard){
        .msgid = msgid,
        .text = calloc(1, 1),
        .events = json_array(),
    };
    h->n_running++;
    return h->n++;
}

size_t
hearing_ask(struct hearing *h, const char *prompt, const char *more)
{
    return begin(h, peer_send(h->peer, "generate", "[{'prompt': '%s'%s}]",
                              prompt, more));
}

size_t
hearing_send(struct hearing *h, const char *method, json_t *params)
{
    return begin(h, peer_send_json(h->peer, method, params));
}

static struct heard *
find(struct hearing *h, const json_t *msgid)
{
    for (size_t i = h->n; i-- > 0;)
        if (h->calls[i].msgid == json_integer_value(msgid))
            return &h->calls[i];
    ck_abort_msg("a message to a call that nobody made");
}

/* Appends the delta's text. */
static void
take_delta(struct heard *call, const json_t *params)
{
    const json_t *delta = json_array_get(params, 2);
    const json_t *content = json_object_get(delta, "content");
    size_t size = json_string_length(content);

    ck_assert_ptr_null(call->result);
    ck_assert_int_eq(json_integer_value(json_array_get(params, 1)),
                     ++call->n_deltas);
    if (!json_is_string(content))
        return;
    call->text = realloc(call->text, call->size + size + 1);
    ck_assert_ptr_nonnull(call->text);
    memcpy(call->text + call->size, json_string_value(content), size + 1);
    call->size += size;
}

static bool
is_of_type(const json_t *event, const char *type)
{
    return strcmp(value_str(event, "type"), type) == 0;
}

static void
take_event(struct heard *call, const json_t *params)
{
    json_t *event = json_array_get(params, 2);

    ck_assert_ptr_null(call->result);
    ck_assert_int_eq(json_integer_value(json_array_get(params, 1)),
                     call->n_deltas);
    (void)json_array_append(call->events, event);
    if (is_of_type(event, "seam")) {
        ck_assert_int_eq(value_int(event, "at_seq"), call->n_deltas);
        ck_assert_int_eq(value_int(event, "at_byte"), (int64_t)call->size);
        value_has_shape(event, "",
                        "type:s from:s to:s mode:s reason?:s at_seq:i"
                        " at_byte:i");
    } else if (is_of_type(event, "reset")) {
        call->text[0] = '\0';
        call->size = 0;
    }
}

static void
take_notification(struct hearing *h, const json_t *message)
{
    const char *method = json_string_value(json_array_get(message, 1));
    const json_t *params = json_array_get(message, 2);

    if (strcmp(method, "call.delta") == 0)
        take_delta(find(h, json_array_get(params, 0)), params);
    else if (strcmp(method, "call.event") == 0)
        take_event(find(h, json_array_get(params, 0)), params);
}

static void
take_response(struct hearing *h, const json_t *message)
{
    struct heard *call = find(h, json_array_get(message, 1));

    if (!json_is_null(json_array_get(message, 2)))
        ck_abort_msg("error: %s", value_str(message, "2.1"));
    ck_assert_ptr_null(call->result);
    call->result = json_array_get(message, 3);
    call->done_ms = process_now_ms();
    h->n_running--;
}

bool
hearing_step(struct hearing *h, int64_t within_ms)
{
    const json_t *message = peer_message(h->peer, within_ms);

    if (!message)
        return false;
    if (json_integer_value(json_array_get(message, 0)) == 1)
        take_response(h, message);
    else
        take_notification(h, message);
    return true;
}

const struct heard *
hearing_await(struct hearing *h, size_t i)
{
    while (!h->calls[i].result)
        ck_assert_msg(hearing_step(h, PATIENCE_MS), "no response to call %zu",
                      i);
    return &h->calls[i];
}

void
hearing_await_all_but(struct hearing *h, size_t n)
{
    while (h->n_running > n)
        ck_assert_msg(hearing_step(h, PATIENCE_MS), "%zu calls never end",
                      h->n_running);
}

const json_t *
heard_event(const struct heard *call, const char *type, size_t i)
{
    size_t k;
    const json_t *event;

    json_array_foreach (call->events, k, event)
        if (is_of_type(event, type) && i-- == 0)
            return event;
    return NULL;
}

size_t
heard_count(const struct heard *call, const char *type)
{
    size_t n = 0;

    while (heard_event(call, type, n))
        n++;
    return n;
}
