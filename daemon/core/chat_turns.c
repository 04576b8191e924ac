#include "core/chat_turns.h"

#include "core/chat_layout.h"

#include <stdlib.h>
#include <string.h>

static bool
has_role(struct json_slice message, const char *role)
{
    struct json_slice value = json_find(message, "role");

    return json_slice_is_string(value) && json_key_is(json_inner(value), role);
}

/* What OpenAI calls `developer` is the system message of newer models. */
static bool
is_system(struct json_slice message)
{
    return has_role(message, "system") || has_role(message, "developer");
}

static int
append(struct bytes *b, size_t from, struct json_slice message)
{
    int status = b->size > from ? bytes_append(b, ",", 1) : 0;

    return status ? status : bytes_append(b, message.text, message.size);
}

int
chat_put_turn(const struct chat_request *request, struct bytes *b,
              size_t *ret_n_messages)
{
    size_t from = b->size;
    struct json_walk walk;
    int status = 0;

    *ret_n_messages = 0;
    json_walk_init(&walk, request->messages);
    while (status == 0 && json_walk_next(&walk))
        if (!is_system(walk.value)) {
            status = append(b, from, walk.value);
            ++*ret_n_messages;
        }
    return status;
}

static void
put(struct chat_layout *l, const char *text)
{
    chat_put(l, text, strlen(text));
}

static void
put_slice(struct chat_layout *l, struct json_slice slice)
{
    chat_put(l, slice.text, slice.size);
}

/* The request to complete `interrupted` as a JSON string without its closing
 * quote. */
static void
put_instruction(struct chat_layout *l, struct json_slice interrupted)
{
    chat_put_interruption(l, interrupted,
                          "Complete it first, continuing exactly where it"
                          " ended, then answer this:\n\n");
    if (l->status == 0)
        bytes_truncate(&l->bytes, l->bytes.size - 1);
}

/* In front of a text, or as a part of its own in front of others. */
static void
put_content(struct chat_layout *l, struct json_slice content,
            struct json_slice interrupted)
{
    struct json_walk parts;

    if (json_slice_is_string(content)) {
        put_instruction(l, interrupted);
        put_slice(l, (struct json_slice){content.text + 1, content.size - 1});
        return;
    }
    put(l, "[{\"type\":\"text\",\"text\":");
    put_instruction(l, interrupted);
    put(l, "\"}");
    json_walk_init(&parts, content);
    while (json_slice_is_array(content) && json_walk_next(&parts)) {
        put(l, ",");
        put_slice(l, parts.value);
    }
    put(l, "]");
}

static void
put_asking(struct chat_layout *l, struct json_slice message,
           struct json_slice interrupted)
{
    struct json_walk members;
    size_t from;

    put(l, "{");
    from = l->bytes.size;
    json_walk_init(&members, message);
    while (json_walk_next(&members)) {
        if (!json_key_is(members.key, "content")) {
            chat_put_member(l, from, &members);
            continue;
        }
        put(l, l->bytes.size > from ? ",\"content\":" : "\"content\":");
        put_content(l, members.value, interrupted);
    }
    put(l, "}");
}

/* The messages of the new request while they are written. */
struct writer {
    struct chat_layout l;
    const struct chat_turns *turns;
    bool turns_put;
    bool asked; /* To complete what was interrupted. */
    size_t n;
};

static void
put_comma(struct writer *w)
{
    if (w->n > 0)
        put(&w->l, ",");
}

static void
put_turns(struct writer *w)
{
    w->turns_put = true;
    if (w->turns->n_messages == 0)
        return;
    put_comma(w);
    put_slice(&w->l, w->turns->messages);
    w->n += w->turns->n_messages;
}

static void
put_message(struct writer *w, struct json_slice message)
{
    if (!w->turns_put && !is_system(message))
        put_turns(w);
    put_comma(w);
    w->n++;
    if (w->turns->interrupted.text && !w->asked && has_role(message, "user")) {
        w->asked = true;
        put_asking(&w->l, message, w->turns->interrupted);
    } else {
        put_slice(&w->l, message);
    }
}

static void
put_messages(struct writer *w, const struct chat_request *original)
{
    struct json_walk walk;

    put(&w->l, "[");
    json_walk_init(&walk, original->messages);
    while (json_walk_next(&walk))
        put_message(w, walk.value);
    if (!w->turns_put)
        put_turns(w);
    put(&w->l, "]");
}

static struct json_slice
next_slice(const char **at, size_t size)
{
    struct json_slice slice = {*at, size};

    *at += size;
    return slice;
}

/* Takes the texts that were laid out behind each other into `request`. */
static int
take_texts(struct chat_request *request, struct chat_layout *l,
           size_t messages_size)
{
    const char *at;

    chat_put(l, request->extra.text, request->extra.size);
    chat_put(l, request->stream_extra.text, request->stream_extra.size);
    chat_put(l, request->model, strlen(request->model) + 1);
    if (l->status)
        return l->status;
    request->block = bytes_take(&l->bytes, NULL);
    if (!request->block)
        return AIGW_ENOMEM;
    at = request->block;
    request->messages = next_slice(&at, messages_size);
    request->extra = next_slice(&at, request->extra.size);
    request->stream_extra = next_slice(&at, request->stream_extra.size);
    request->model = at;
    return 0;
}

static void
count_turns(struct chat_request *request, struct json_slice messages)
{
    struct json_walk walk;

    request->prompt_bytes = 0;
    json_walk_init(&walk, messages);
    while (json_walk_next(&walk))
        chat_count_message(request, walk.value);
}

int
chat_with_turns(const struct chat_request *original,
                const struct chat_turns *turns,
                struct chat_request **ret_request)
{
    struct writer w = {.turns = turns};
    struct chat_request *request = malloc(sizeof(*request));
    struct chat_request was = {.n = 0};
    int status;

    if (!request)
        return AIGW_ENOMEM;
    *request = *original;
    bytes_init(&w.l.bytes, (size_t)CHAT_MAX_BYTES * 8);
    put_messages(&w, original);
    status = take_texts(request, &w.l, w.l.bytes.size);
    bytes_deinit(&w.l.bytes);
    if (status) {
        free(request);
        return status;
    }

    /* What tools and schemas bring stays counted. */
    count_turns(&was, original->messages);
    count_turns(request, request->messages);
    if (original->prompt_bytes > was.prompt_bytes)
        request->prompt_bytes += original->prompt_bytes - was.prompt_bytes;
    request->n_messages = w.n;
    *ret_request = request;
    return 0;
}

static int
finish_answer(struct chat_layout *l, struct bytes *b)
{
    int status = l->status;

    if (status == 0)
        status = bytes_append(b, l->bytes.data, l->bytes.size);
    bytes_deinit(&l->bytes);
    return status;
}

int
chat_put_answer(struct json_slice message, struct bytes *b)
{
    struct json_slice content = json_find(message, "content");
    struct json_slice calls = json_find(message, "tool_calls");
    struct chat_layout l = {.status = 0};

    bytes_init(&l.bytes, b->max);
    put(&l, "{\"role\":\"assistant\",\"content\":");
    put_slice(&l, content.text ? content : (struct json_slice){"null", 4});
    if (json_slice_is_array(calls)) {
        put(&l, ",\"tool_calls\":");
        put_slice(&l, calls);
    }
    put(&l, "}");
    return finish_answer(&l, b);
}

int
chat_put_answer_text(const char *text, size_t size, struct bytes *b)
{
    struct chat_layout l = {.status = 0};

    bytes_init(&l.bytes, b->max);
    put(&l, "{\"role\":\"assistant\",\"content\":");
    chat_put_string(&l, text, size);
    put(&l, "}");
    return finish_answer(&l, b);
}
