/*
 * chat_request.c - reads a chat body; see chat_request.h.
 */
#include "chat_request.h"

#include "base/mem.h"
#include "proto/bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHOICES_MAX = 16
};

static const char interrupted[] = "previous response was interrupted";

/* The text of a message: a string, or the text parts of an array. */
static char *
message_text(const json_t *message)
{
    const json_t *content = json_object_get(message, "content");
    struct bytes text;
    size_t i;
    json_t *part;
    char *result;

    if (json_is_string(content)) {
        return mem_strdup(json_string_value(content));
    }
    bytes_init(&text, HTTP_BODY_MAX);
    json_array_foreach (content, i, part) {
        const char *piece = json_string_value(json_object_get(part, "text"));

        bytes_append_str(&text, piece != NULL ? piece : "");
    }
    result = mem_strdup(text.size > 0 ? bytes_cstr(&text) : "");
    bytes_deinit(&text);
    return result;
}

static bool
has_role(const json_t *message, const char *role)
{
    const char *value = json_string_value(json_object_get(message, "role"));

    return value != NULL && strcmp(value, role) == 0;
}

/* The last message of `role` among the first `n`; its index, or -1. */
static long
last_of(const json_t *messages, const char *role, long n)
{
    while (--n >= 0) {
        if (has_role(json_array_get(messages, (size_t)n), role)) {
            return n;
        }
    }
    return -1;
}

static char *
text_at(const json_t *messages, long index)
{
    return index < 0 ? mem_strdup("")
                     : message_text(json_array_get(messages, (size_t)index));
}

/* A continuation by user turn: the question is the user message before it,
 * and what stands between the two from the assistant was said already. */
static void
read_interruption(const json_t *messages, long turn, struct chat_request *r)
{
    long asked = last_of(messages, "user", turn);
    long said = last_of(messages, "assistant", turn);

    r->instruction = r->prompt;
    r->prompt = text_at(messages, asked);
    if (said > asked) {
        r->said = text_at(messages, said);
    }
}

static void
read_messages(const json_t *messages, struct chat_request *r)
{
    long n = (long)json_array_size(messages);
    long user = last_of(messages, "user", n);

    for (long i = 0; i < n; i++) {
        char *text = text_at(messages, i);

        r->text_bytes += strlen(text);
        free(text);
    }
    r->prompt = text_at(messages, user);
    r->prefilled =
        n > 0 && has_role(json_array_get(messages, (size_t)n - 1), "assistant");
    if (r->prefilled) {
        r->said = text_at(messages, n - 1);
    } else if (strstr(r->prompt, interrupted) != NULL) {
        read_interruption(messages, user, r);
    }
}

static int64_t
read_limit(const json_t *root)
{
    const json_t *limit = json_object_get(root, "max_completion_tokens");

    if (limit == NULL) {
        limit = json_object_get(root, "max_tokens");
    }
    return json_is_integer(limit) ? json_integer_value(limit) : -1;
}

static char *
read_tool(const json_t *root)
{
    const json_t *tool = json_array_get(json_object_get(root, "tools"), 0);
    const json_t *function = json_object_get(tool, "function");
    const char *name = json_string_value(json_object_get(function, "name"));

    return name != NULL ? mem_strdup(name) : NULL;
}

static unsigned
read_choices(const json_t *root)
{
    json_int_t n = json_integer_value(json_object_get(root, "n"));

    return n < 1 ? 1 : n > CHOICES_MAX ? CHOICES_MAX : (unsigned)n;
}

int
chat_request_parse(struct http_text body, struct chat_request *ret_request)
{
    json_t *root = json_loadb(body.data, body.size, 0, NULL);
    const json_t *messages = json_object_get(root, "messages");
    const char *model = json_string_value(json_object_get(root, "model"));
    const json_t *options = json_object_get(root, "stream_options");

    if (!json_is_array(messages) || model == NULL) {
        json_decref(root);
        return -1;
    }
    memset(ret_request, 0, sizeof(*ret_request));
    ret_request->model = mem_strdup(model);
    ret_request->stream = json_is_true(json_object_get(root, "stream"));
    ret_request->include_usage =
        json_is_true(json_object_get(options, "include_usage"));
    ret_request->n = read_choices(root);
    ret_request->max_tokens = read_limit(root);
    ret_request->tool = read_tool(root);
    read_messages(messages, ret_request);
    json_decref(root);
    return 0;
}

void
chat_request_deinit(struct chat_request *request)
{
    free(request->model);
    free(request->prompt);
    free(request->said);
    free(request->instruction);
    free(request->tool);
    memset(request, 0, sizeof(*request));
}

bool
chat_request_continues(const struct chat_request *request)
{
    return request->said != NULL || request->instruction != NULL;
}
