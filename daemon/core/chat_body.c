#include "base/mem.h"
#include "core/chat.h"
#include "core/chat_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers in checked text are followed by a comma, bracket or blank, so the
 * C library stops at their end. */
static bool
read_int(struct json_slice value, int64_t *ret_value)
{
    char *end;
    long long parsed = strtoll(value.text, &end, 10);

    if (json_slice_is_string(value) || end != value.text + value.size
        || parsed == INT64_MIN || parsed == INT64_MAX)
        return false;
    *ret_value = parsed;
    return true;
}

static bool
is_bool(struct json_slice value, bool *ret_value)
{
    if (value.size == 0 || (*value.text != 't' && *value.text != 'f'))
        return false;
    *ret_value = *value.text == 't';
    return true;
}

/* A body while its members are read. */
struct reader {
    struct chat_request *request;
    struct json_slice model;
    struct json_slice messages;
    struct json_slice stream_options;
    struct aigw_err *err;
};

static int
read_model(struct reader *r, struct json_slice value)
{
    if (r->model.text)
        return chat_wrong(r->err, "body.model", "given twice");
    if (!json_slice_is_string(value))
        return chat_wrong(r->err, "body.model", "expected a string");
    r->model = value;
    return 0;
}

static int
read_messages(struct reader *r, struct json_slice value)
{
    if (r->messages.text)
        return chat_wrong(r->err, "body.messages", "given twice");
    if (!json_slice_is_array(value))
        return chat_wrong(r->err, "body.messages", "expected an array");
    r->messages = value;
    return 0;
}

static int
read_temperature(struct reader *r, struct json_slice value)
{
    double parsed;

    if (json_slice_is_null(value))
        return 0;
    if (!strchr("-0123456789", *value.text))
        return chat_wrong(r->err, "body.temperature", "expected a number");
    if (r->request->has_temperature)
        return chat_wrong(r->err, "body.temperature", "given twice");
    parsed = strtod(value.text, NULL);
    if (!isfinite(parsed) || parsed < 0)
        return chat_wrong(r->err, "body.temperature", "out of range");
    r->request->has_temperature = true;
    r->request->temperature = parsed;
    return 0;
}

static int
read_limit(struct reader *r, struct json_slice value, enum chat_limit_key key)
{
    const char *field = key == CHAT_LIMIT_MAX_TOKENS
                            ? "body.max_tokens"
                            : "body.max_completion_tokens";
    int64_t parsed;

    if (json_slice_is_null(value))
        return 0;
    if (r->request->limit_key != CHAT_LIMIT_NONE)
        return chat_wrong(r->err, field, "the answer has more than one limit");
    if (!read_int(value, &parsed) || parsed < 1 || parsed > CHAT_MAX_TOKENS)
        return chat_wrong(r->err, field,
                          "expected an integer from 1 to 1000000000");
    r->request->limit_key = key;
    r->request->max_tokens = parsed;
    return 0;
}

static int
read_max_tokens(struct reader *r, struct json_slice value)
{
    return read_limit(r, value, CHAT_LIMIT_MAX_TOKENS);
}

static int
read_max_completion_tokens(struct reader *r, struct json_slice value)
{
    return read_limit(r, value, CHAT_LIMIT_MAX_COMPLETION_TOKENS);
}

static int
read_stream(struct reader *r, struct json_slice value)
{
    if (json_slice_is_null(value) || is_bool(value, &r->request->stream))
        return 0;
    return chat_wrong(r->err, "body.stream", "expected true or false");
}

static int
read_stream_options(struct reader *r, struct json_slice value)
{
    if (json_slice_is_null(value))
        return 0;
    if (!json_slice_is_object(value))
        return chat_wrong(r->err, "body.stream_options", "expected an object");
    r->stream_options = value;
    return 0;
}

static int
note_n(struct reader *r, struct json_slice value)
{
    if (json_slice_is_null(value))
        return 0;
    if (!read_int(value, &r->request->n) || r->request->n < 1
        || r->request->n > CHAT_MAX_CHOICES)
        return chat_wrong(r->err, "body.n",
                          "expected an integer from 1 to 128");
    return 0;
}

/* Descriptions of tools and schemas are part of what the model reads. */
static int
note_tools(struct reader *r, struct json_slice value)
{
    struct json_walk walk;

    json_walk_init(&walk, value);
    if (json_slice_is_array(value) && json_walk_next(&walk)) {
        r->request->has_tools = true;
        r->request->prompt_bytes += value.size;
    }
    return 0;
}

static int
note_response_format(struct reader *r, struct json_slice value)
{
    struct json_slice type = json_find(value, "type");

    if (!json_slice_is_object(value)
        || (json_slice_is_string(type)
            && json_key_is(json_inner(type), "text")))
        return 0;
    r->request->structured = true;
    r->request->prompt_bytes += value.size;
    return 0;
}

static int
note_logprobs(struct reader *r, struct json_slice value)
{
    bool on = false;

    if (is_bool(value, &on) && on)
        r->request->logprobs = true;
    return 0;
}

static int
note_once(struct reader *r, struct json_slice value)
{
    bool on = false;

    if (is_bool(value, &on) && on)
        r->request->once = true;
    return 0;
}

/* The members that mean something here.  Those that are kept reach the
 * provider as they are; the others are written anew by the dialect. */
static const struct member {
    const char *name;
    bool keep;
    int (*read)(struct reader *r, struct json_slice value);
} MEMBERS[] = {
    {"model", false, read_model},
    {"messages", false, read_messages},
    {"temperature", false, read_temperature},
    {"max_tokens", false, read_max_tokens},
    {"max_completion_tokens", false, read_max_completion_tokens},
    {"stream", false, read_stream},
    {"stream_options", false, read_stream_options},
    {"n", true, note_n},
    {"tools", true, note_tools},
    {"functions", true, note_tools},
    {"response_format", true, note_response_format},
    {"logprobs", true, note_logprobs},
    {"store", true, note_once},
    {"background", true, note_once},
};

static const struct member *
member_named(struct json_slice key)
{
    for (size_t i = 0; i < array_count(MEMBERS); i++)
        if (json_key_is(key, MEMBERS[i].name))
            return &MEMBERS[i];
    return NULL;
}

static int
read_members(struct reader *r, struct json_slice body, struct chat_layout *l)
{
    struct json_walk walk;

    json_walk_init(&walk, body);
    while (json_walk_next(&walk)) {
        const struct member *member = member_named(walk.key);
        int status = member ? member->read(r, walk.value) : 0;

        if (status < 0)
            return status;
        if (!member || member->keep)
            chat_put_member(l, 0, &walk);
    }
    return l->status;
}

/* Counts what one part of a message's content brings. */
static void
count_part(struct chat_request *request, struct json_slice part)
{
    struct json_slice text = json_find(part, "text");

    if (json_slice_is_string(text)) {
        request->prompt_bytes += text.size - 2;
        return;
    }
    request->has_images = true;
    request->prompt_bytes += CHAT_PART_BYTES;
}

void
chat_count_message(struct chat_request *request, struct json_slice message)
{
    struct json_slice content = json_find(message, "content");
    struct json_slice calls = json_find(message, "tool_calls");
    struct json_walk parts;

    if (json_slice_is_string(content))
        request->prompt_bytes += content.size - 2;
    if (json_slice_is_array(calls))
        request->prompt_bytes += calls.size;
    json_walk_init(&parts, content);
    while (json_slice_is_array(content) && json_walk_next(&parts))
        count_part(request, parts.value);
}

static int
count_messages(struct reader *r)
{
    struct json_walk walk;

    if (!r->messages.text)
        return chat_wrong(r->err, "body.messages", "required");
    json_walk_init(&walk, r->messages);
    while (json_walk_next(&walk)) {
        if (!json_slice_is_object(walk.value))
            return aigw_err_set(r->err, AIGW_EPARAMS,
                                "body.messages[%zu]: expected an object",
                                r->request->n_messages);
        chat_count_message(r->request, walk.value);
        r->request->n_messages++;
    }
    if (r->request->n_messages == 0)
        return chat_wrong(r->err, "body.messages", "empty");
    return 0;
}

static int
read_include_usage(struct reader *r, struct chat_layout *l)
{
    size_t from = l->bytes.size;
    struct json_walk walk;

    json_walk_init(&walk, r->stream_options);
    while (json_walk_next(&walk)) {
        if (!json_key_is(walk.key, "include_usage"))
            chat_put_member(l, from, &walk);
        else if (!json_slice_is_null(walk.value)
                 && !is_bool(walk.value, &r->request->include_usage))
            return chat_wrong(r->err, "body.stream_options.include_usage",
                              "expected true or false");
    }
    return l->status;
}

/* The texts lie in the order extra, stream_extra, messages, model. */
static int
lay_out(struct reader *r, struct json_slice body, struct chat_layout *l)
{
    struct chat_request *request = r->request;
    size_t ends[3];
    int status = read_members(r, body, l);

    if (status == 0)
        status = count_messages(r);
    ends[0] = l->bytes.size;
    if (status == 0)
        status = read_include_usage(r, l);
    if (status < 0)
        return status;
    ends[1] = l->bytes.size;
    chat_put(l, r->messages.text, r->messages.size);
    ends[2] = l->bytes.size;
    chat_put_name(l, r->model);
    if (l->status < 0)
        return l->status;

    request->block = bytes_take(&l->bytes, NULL);
    if (!request->block)
        return AIGW_ENOMEM;
    request->extra = (struct json_slice){request->block, ends[0]};
    request->stream_extra =
        (struct json_slice){request->block + ends[0], ends[1] - ends[0]};
    request->messages =
        (struct json_slice){request->block + ends[1], ends[2] - ends[1]};
    request->model = request->block + ends[2];
    return 0;
}

int
chat_from_body(const char *body, size_t size, struct chat_request **ret_request,
               struct aigw_err *err)
{
    struct chat_layout l = {.status = 0};
    struct reader r = {.err = err};
    int status = chat_check_body(body, size, err);

    if (status < 0)
        return status;
    r.request = calloc(1, sizeof(*r.request));
    if (!r.request)
        return chat_out_of_memory(err);
    r.request->n = 1;
    bytes_init(&l.bytes, size + 64);
    status = lay_out(&r, (struct json_slice){body, size}, &l);
    bytes_deinit(&l.bytes);
    if (status < 0) {
        chat_free(r.request);
        return status == AIGW_EPARAMS ? status : chat_out_of_memory(err);
    }
    *ret_request = r.request;
    return 0;
}
