#include "core/continuation.h"

#include "core/chat_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
continuation_mode_name(enum continuation_mode mode)
{
    switch (mode) {
    case CONTINUATION_PREFILL:
        return "prefill";
    case CONTINUATION_PREFIX:
        return "prefix";
    case CONTINUATION_USER_TURN:
        return "user_turn";
    case CONTINUATION_NONE:
        return "none";
    }
    return "?";
}

bool
continuation_is_prose(const struct chat_request *request)
{
    return request->n == 1 && !request->structured && !request->logprobs;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

size_t
continuation_unseen(enum continuation_mode mode, struct json_slice said)
{
    size_t n = 0;

    if (mode != CONTINUATION_PREFILL)
        return 0;
    while (n < said.size && is_blank(said.text[said.size - 1 - n]))
        n++;
    return n;
}

static void
put(struct chat_layout *l, const char *text)
{
    chat_put(l, text, strlen(text));
}

/* Of the answer so far, what the provider is shown. */
static struct json_slice
shown(const struct continuation *c)
{
    size_t unseen = continuation_unseen(c->mode, c->said);

    return (struct json_slice){c->said.text, c->said.size - unseen};
}

static void
end_answer(struct chat_layout *l, const struct continuation *c)
{
    put(l, c->mode == CONTINUATION_PREFIX ? ",\"prefix\":true}" : "}");
}

static void
put_answer(struct chat_layout *l, const struct continuation *c)
{
    struct json_slice answer = shown(c);

    put(l, ",{\"role\":\"assistant\",\"content\":");
    chat_put_string(l, answer.text, answer.size);
    end_answer(l, c);
}

/* `begun` is a JSON string. */
static void
put_joined_text(struct chat_layout *l, struct json_slice begun,
                struct json_slice answer)
{
    struct bytes text;

    bytes_init(&text, begun.size + answer.size);
    if (l->status == 0)
        l->status = json_unescape(json_inner(begun), &text);
    if (l->status == 0)
        l->status = bytes_append(&text, answer.text, answer.size);
    chat_put_string(l, text.data ? text.data : "", text.size);
    bytes_deinit(&text);
}

/* The caller's own message, with the answer behind its text. */
static void
put_joined(struct chat_layout *l, struct json_slice message,
           const struct continuation *c)
{
    struct json_walk walk;
    size_t from;

    put(l, "{");
    from = l->bytes.size;
    json_walk_init(&walk, message);
    while (json_walk_next(&walk))
        if (!json_key_is(walk.key, "content")
            && !json_key_is(walk.key, "prefix"))
            chat_put_member(l, from, &walk);
    put(l, ",\"content\":");
    put_joined_text(l, json_find(message, "content"), shown(c));
    end_answer(l, c);
}

static void
put_instruction(struct chat_layout *l, struct json_slice said)
{
    put(l, ",{\"role\":\"user\",\"content\":");
    chat_put_interruption(l, said,
                          "Continue from exactly where you left off. Do not"
                          " repeat anything.");
    put(l, "}");
}

/* The messages as given, without the bracket that closes them. */
static size_t
open_size(struct json_slice messages)
{
    size_t size = messages.size;

    while (size > 0 && messages.text[size - 1] != ']')
        size--;
    return size > 0 ? size - 1 : 0;
}

/* The last message if it is the beginning of an answer, in plain text; a NULL
 * slice otherwise.  Two answers in a row would be no conversation, and some
 * providers refuse them. */
static struct json_slice
begun_answer(struct json_slice messages)
{
    struct json_slice last = {NULL, 0};
    struct json_slice role;
    struct json_walk walk;

    json_walk_init(&walk, messages);
    while (json_walk_next(&walk))
        last = walk.value;
    role = json_find(last, "role");
    if (!json_slice_is_string(role)
        || !json_key_is(json_inner(role), "assistant")
        || !json_slice_is_string(json_find(last, "content")))
        return (struct json_slice){NULL, 0};
    return last;
}

static void
put_messages(struct chat_layout *l, const struct chat_request *original,
             const struct continuation *c)
{
    struct json_slice all = original->messages;
    struct json_slice begun = begun_answer(all);

    if (begun.text) {
        chat_put(l, all.text, (size_t)(begun.text - all.text));
        put_joined(l, begun, c);
    } else {
        chat_put(l, all.text, open_size(all));
        put_answer(l, c);
    }
    if (c->mode == CONTINUATION_USER_TURN)
        put_instruction(l, c->said);
    put(l, "]");
}

/* The texts of the new request, in the order of struct parts. */
struct parts {
    size_t messages, extra, stream_extra;
};

static char *
lay_out(const struct chat_request *original, const struct continuation *c,
        struct parts *ret_parts, int *ret_status)
{
    struct chat_layout l = {.status = 0};
    size_t size;
    char *block = NULL;

    bytes_init(&l.bytes, (size_t)CHAT_MAX_BYTES * 8);
    put_messages(&l, original, c);
    ret_parts->messages = l.bytes.size;
    chat_put(&l, original->extra.text, original->extra.size);
    ret_parts->extra = original->extra.size;
    chat_put(&l, original->stream_extra.text, original->stream_extra.size);
    ret_parts->stream_extra = original->stream_extra.size;
    chat_put(&l, original->model, strlen(original->model) + 1);
    if (l.status == 0)
        block = bytes_take(&l.bytes, &size);
    bytes_deinit(&l.bytes);
    *ret_status = l.status;
    if (l.status == 0 && !block)
        *ret_status = AIGW_ENOMEM;
    return block;
}

static struct json_slice
next_slice(const char **at, size_t size)
{
    struct json_slice slice = {*at, size};

    *at += size;
    return slice;
}

/* What is left of the answer's limit; 0 if there is none. */
static int64_t
tokens_left(const struct chat_request *original, const struct continuation *c)
{
    int64_t limit = original->max_tokens;

    if (original->limit_key == CHAT_LIMIT_NONE)
        return 0;
    if (c->max_tokens > 0 && limit > c->max_tokens)
        limit = c->max_tokens;
    return limit - c->said_tokens;
}

int
continuation_request(const struct chat_request *original,
                     const struct continuation *c,
                     struct chat_request **ret_request)
{
    int64_t left = tokens_left(original, c);
    bool limited = original->limit_key != CHAT_LIMIT_NONE;
    struct chat_request *request;
    struct parts parts;
    const char *at;
    int status;

    if (c->mode == CONTINUATION_NONE)
        return AIGW_ENOTSUP;
    if (limited && left < CONTINUATION_LEAST_TOKENS)
        return AIGW_EINVAL;
    request = malloc(sizeof(*request));
    if (!request)
        return AIGW_ENOMEM;
    *request = *original;
    request->block = lay_out(original, c, &parts, &status);
    if (!request->block) {
        free(request);
        return status;
    }
    at = request->block;
    request->messages = next_slice(&at, parts.messages);
    request->extra = next_slice(&at, parts.extra);
    request->stream_extra = next_slice(&at, parts.stream_extra);
    request->model = at;
    request->n_messages += !begun_answer(original->messages).text;
    request->n_messages += c->mode == CONTINUATION_USER_TURN;
    request->prompt_bytes += c->said.size;
    if (limited)
        request->max_tokens = left;
    *ret_request = request;
    return 0;
}
