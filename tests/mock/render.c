/*
 * render.c - answers as OpenAI puts them on the wire; see render.h.
 */
#include "render.h"

#include "answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What stands around the text of a piece, by what the piece is. */
struct delta {
    const char *open;
    const char *close;
};

static const struct delta content_delta = {"\"content\":\"", "\""};
static const struct delta refusal_delta = {"\"refusal\":\"", "\""};
static const struct delta reasoning_delta = {"\"reasoning_content\":\"", "\""};
static const struct delta tool_delta = {
    "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"", "\"}}]"};

static void
append(struct bytes *b, const char *text)
{
    bytes_append(b, text, strlen(text));
}

size_t
render_escape(char *out, const char *data, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    static const char unicode[4] = {'\\', 'u', '0', '0'};
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];

        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c >= 0x20) {
            out[n++] = (char)c;
        } else if (c == '\n') {
            out[n++] = '\\';
            out[n++] = 'n';
        } else {
            memcpy(out + n, unicode, sizeof(unicode));
            out[n + 4] = hex[c >> 4];
            out[n + 5] = hex[c & 15];
            n += 6;
        }
    }
    return n;
}

void
render_text(struct bytes *b, const char *data, size_t size)
{
    char *out = bytes_reserve(b, 6 * size);

    if (out != NULL) {
        bytes_commit(b, render_escape(out, data, size));
    }
}

static void
render_numbers(struct bytes *b, const struct render_usage *u, int64_t factor)
{
    bytes_printf(b,
                 "{\"prompt_tokens\":%" PRId64 ",\"completion_tokens\":%" PRId64
                 ",\"total_tokens\":%" PRId64
                 ",\"prompt_tokens_details\":{\"cached_tokens\":0,"
                 "\"audio_tokens\":0},\"completion_tokens_details\":{"
                 "\"reasoning_tokens\":%" PRId64
                 ",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,"
                 "\"rejected_prediction_tokens\":0}}",
                 u->prompt * factor, u->completion * factor,
                 (u->prompt + u->completion) * factor, u->reasoning * factor);
}

static void
render_usage(struct bytes *b, const struct render_usage *u)
{
    switch (u->shape) {
    case USAGE_NORMAL:
        render_numbers(b, u, 1);
        break;
    case USAGE_NEGATIVE:
        render_numbers(b, u, -1);
        break;
    case USAGE_TENFOLD:
        render_numbers(b, u, 10);
        break;
    case USAGE_HUGE:
        append(b, "{\"prompt_tokens\":9223372036854775807,"
                  "\"completion_tokens\":9223372036854775807,"
                  "\"total_tokens\":1e300}");
        break;
    case USAGE_STRINGS:
        append(b, "{\"prompt_tokens\":\"many\",\"completion_tokens\":\"12\","
                  "\"total_tokens\":[1]}");
        break;
    case USAGE_NONE:
    case USAGE_NULL:
        append(b, "null");
        break;
    }
}

static void
render_tool_calls(struct bytes *b, const struct answer *a, uint64_t number)
{
    size_t size;
    const char *arguments = answer_content(a, &size);

    bytes_printf(b,
                 ",\"tool_calls\":[{\"id\":\"call_%" PRIu64
                 "\",\"type\":\"function\",\"function\":{\"name\":\"",
                 number);
    render_text(b, a->tool, strlen(a->tool));
    append(b, "\",\"arguments\":\"");
    render_text(b, arguments, size);
    append(b, "\"}}]");
}

static void
render_quoted(struct bytes *b, const char *text, size_t size)
{
    append(b, "\"");
    render_text(b, text, size);
    append(b, "\"");
}

static void
render_message(struct bytes *b, const struct render_completion *c,
               const struct answer *a)
{
    size_t size;
    size_t reasoning_size;
    const char *content = answer_content(a, &size);
    const char *reasoning = answer_reasoning(a, &reasoning_size);

    append(b, "{\"role\":\"assistant\",\"content\":");
    if (c->null_content || a->mode != ANSWER_TEXT) {
        append(b, "null");
    } else {
        render_quoted(b, content, size);
    }
    if (reasoning_size > 0) {
        append(b, ",\"reasoning_content\":");
        render_quoted(b, reasoning, reasoning_size);
    }
    if (a->mode == ANSWER_TOOL && !c->null_content) {
        render_tool_calls(b, a, c->number);
    }
    append(b, ",\"refusal\":");
    if (a->mode == ANSWER_REFUSAL) {
        render_quoted(b, content, size);
    } else {
        append(b, "null");
    }
    append(b, ",\"annotations\":[]}");
}

static void
render_reason(struct bytes *b, const char *reason)
{
    if (reason == NULL) {
        append(b, "null");
    } else {
        render_quoted(b, reason, strlen(reason));
    }
}

/* Everything of a response or an event up to its choices. */
static void
render_envelope(struct bytes *b, const char *object, uint64_t number,
                const char *model)
{
    bytes_printf(b,
                 "{\"id\":\"chatcmpl-%" PRIu64
                 "\",\"object\":\"%s\",\"created\":%" PRId64 ",\"model\":\"",
                 number, object, (int64_t)time(NULL));
    render_text(b, model, strlen(model));
    append(b, "\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_"
              "mock\",\"choices\":[");
}

void
render_completion(struct bytes *b, const struct render_completion *c,
                  const struct answer *a)
{
    render_envelope(b, "chat.completion", c->number, c->model);
    for (unsigned i = 0; i < c->n && !c->no_choices; i++) {
        bytes_printf(b, "%s{\"index\":%u,\"message\":", i > 0 ? "," : "", i);
        render_message(b, c, a);
        append(b, ",\"logprobs\":null,\"finish_reason\":");
        render_reason(b, c->no_finish ? NULL : a->finish_reason);
        append(b, "}");
    }
    append(b, "]");
    if (c->usage.shape != USAGE_NONE) {
        append(b, ",\"usage\":");
        render_usage(b, &c->usage);
    }
    append(b, "}");
}

void
render_stream_init(struct render_stream *s, uint64_t number, const char *model)
{
    bytes_init(&s->prefix, 1 << 20);
    s->number = number;
    append(&s->prefix, "data: ");
    render_envelope(&s->prefix, "chat.completion.chunk", number, model);
}

void
render_stream_deinit(struct render_stream *s)
{
    bytes_deinit(&s->prefix);
}

static void
begin_choice(struct bytes *b, const struct render_stream *s, unsigned choice)
{
    char index[32];
    int n = snprintf(index, sizeof(index), "{\"index\":%u,\"delta\":{", choice);

    bytes_append(b, s->prefix.data, s->prefix.size);
    bytes_append(b, index, (size_t)n);
}

static void
end_choice(struct bytes *b, const struct render_stream *s, const char *reason)
{
    append(b, "},\"logprobs\":null,\"finish_reason\":");
    render_reason(b, reason);
    append(b, s->usage_null ? "}],\"usage\":null}\n\n" : "}]}\n\n");
}

void
render_opening(struct bytes *b, const struct render_stream *s,
               const struct answer *a, unsigned choice)
{
    begin_choice(b, s, choice);
    append(b, "\"role\":\"assistant\",\"content\":");
    if (a->mode == ANSWER_TOOL) {
        bytes_printf(b,
                     "null,\"tool_calls\":[{\"index\":0,\"id\":\"call_%" PRIu64
                     "\",\"type\":\"function\",\"function\":{\"name\":\"",
                     s->number);
        render_text(b, a->tool, strlen(a->tool));
        append(b, "\",\"arguments\":\"\"}}]");
    } else {
        append(b, "\"\"");
    }
    append(b, ",\"refusal\":null");
    end_choice(b, s, NULL);
}

static const struct delta *
delta_of(const struct answer *a, unsigned index)
{
    if (index < a->n_reasoning) {
        return &reasoning_delta;
    }
    switch (a->mode) {
    case ANSWER_TOOL:
        return &tool_delta;
    case ANSWER_REFUSAL:
        return &refusal_delta;
    case ANSWER_TEXT:
        break;
    }
    return &content_delta;
}

void
render_piece(struct bytes *b, const struct render_stream *s,
             const struct answer *a, unsigned index, unsigned choice)
{
    const struct delta *delta = delta_of(a, index);
    size_t size;
    const char *piece = answer_piece(a, index, &size);

    begin_choice(b, s, choice);
    append(b, delta->open);
    render_text(b, piece, size);
    append(b, delta->close);
    end_choice(b, s, NULL);
}

void
render_finish(struct bytes *b, const struct render_stream *s,
              const char *reason, unsigned choice)
{
    begin_choice(b, s, choice);
    end_choice(b, s, reason);
}

void
render_usage_event(struct bytes *b, const struct render_stream *s,
                   const struct render_usage *usage)
{
    bytes_append(b, s->prefix.data, s->prefix.size);
    append(b, "],\"usage\":");
    render_usage(b, usage);
    append(b, "}\n\n");
}

static void
render_fields(struct bytes *b, const struct render_error *error)
{
    append(b, "\"message\":");
    render_quoted(b, error->message, strlen(error->message));
    bytes_printf(b, ",\"type\":\"%s\",\"param\":null,\"code\":", error->type);
    render_reason(b, error->code);
}

void
render_error(struct bytes *b, const struct render_error *error)
{
    switch (error->shape) {
    case ERROR_VLLM:
        append(b, "{\"object\":\"error\",\"message\":");
        render_quoted(b, error->message, strlen(error->message));
        bytes_printf(b, ",\"type\":\"%s\",\"param\":null,\"code\":%d}",
                     error->type, error->status);
        break;
    case ERROR_ANTHROPIC:
        append(b, "{\"type\":\"error\",\"error\":{\"details\":null,\"type\":"
                  "\"overloaded_error\",\"message\":\"Overloaded\"}}");
        break;
    case ERROR_OPENROUTER:
        bytes_printf(b, "{\"error\":{\"code\":%d,\"message\":", error->status);
        render_quoted(b, error->message, strlen(error->message));
        append(b, "},\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant"
                  "\",\"content\":\"\"},\"finish_reason\":\"error\"}]}");
        break;
    case ERROR_ARRAY:
        append(b, "[{\"error\":{");
        render_fields(b, error);
        append(b, "}}]");
        break;
    case ERROR_OPENAI:
    case ERROR_GROQ:
        append(b, "{\"error\":{");
        render_fields(b, error);
        append(b, "}}");
        break;
    }
}

void
render_error_event(struct bytes *b, const struct render_error *error)
{
    if (error->shape == ERROR_GROQ || error->shape == ERROR_ANTHROPIC) {
        append(b, "event: error\n");
    }
    append(b, "data: ");
    render_error(b, error);
    append(b, "\n\n");
}
