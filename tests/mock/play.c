/*
 * play.c - faults that answer in the place of an endpoint; see play.h.
 */
#include "play.h"

#include "base/mem.h"
#include "canned_error.h"
#include "exchange.h"
#include "http_server.h"
#include "mock.h"

#include <stdlib.h>
#include <string.h>

static const char *const shapes[] = {
    [ERROR_OPENAI] = "openai",       [ERROR_GROQ] = "groq",
    [ERROR_ANTHROPIC] = "anthropic", [ERROR_OPENROUTER] = "openrouter",
    [ERROR_VLLM] = "vllm",           [ERROR_ARRAY] = "array",
};

static enum render_error_shape
error_shape(const struct fault *f)
{
    for (size_t i = 0; i < array_count(shapes) && f->shape != NULL; i++) {
        if (strcmp(shapes[i], f->shape) == 0) {
            return (enum render_error_shape)i;
        }
    }
    return ERROR_OPENAI;
}

/* The error that `f` names by its code, else by its status. */
static struct render_error
error_of(const struct fault *f, int status)
{
    const struct canned_error *canned = NULL;

    if (f->status != FAULT_UNSET) {
        status = (int)f->status;
    }
    if (f->code != NULL) {
        canned = canned_error_by_code(f->code);
    }
    if (canned != NULL && f->status == FAULT_UNSET) {
        status = canned->status;
    }
    if (canned == NULL) {
        canned = canned_error_by_status(status);
    }
    return (struct render_error){
        .shape = error_shape(f),
        .status = status,
        .type = canned->type,
        .code = f->code != NULL ? f->code : canned->code,
        .message = canned->message,
    };
}

void
play_error(struct exchange *x, struct bytes *out)
{
    struct render_error error = error_of(x->hits.action, 500);

    render_error_event(out, &error);
    if (error.shape == ERROR_OPENROUTER || error.shape == ERROR_VLLM) {
        bytes_append_str(out, "data: [DONE]\n\n");
    }
}

static void
reply_text(struct exchange *x, int status, const char *type, const char *text)
{
    struct bytes *body = &x->mock->body;

    bytes_clear(body);
    bytes_append_str(body, text);
    exchange_reply(x, status, type, body);
}

/* A whole event stream out of one event. */
static void
stream_text(struct exchange *x, const char *text)
{
    struct bytes *out = &x->mock->out;

    bytes_clear(out);
    stream_head(x, out);
    if (text[0] != '\0') {
        size_t mark = stream_chunk_begin(out);

        bytes_append_str(out, text);
        stream_chunk_end(out, mark);
    }
    stream_last_chunk(out);
    exchange_write(x, out->data, out->size);
    exchange_finish(x);
}

static void
play_status(struct exchange *x)
{
    const struct fault *f = x->hits.action;
    struct render_error error = error_of(f, 500);

    if (f->type != NULL) {
        x->content_type = f->type;
    }
    if (f->body != NULL) {
        reply_text(x, error.status, "application/json", f->body);
    } else {
        exchange_reply_error(x, &error);
    }
}

static void
play_silence(struct exchange *x)
{
    struct bytes *out = &x->mock->out;

    bytes_clear(out);
    if (x->request.stream) {
        stream_head(x, out);
    } else {
        exchange_head(x, out, 200, "application/json", 1000);
    }
    exchange_write(x, out->data, out->size);
}

static void
play_hang(struct exchange *x)
{
    (void)x;
}

/* The answer was made and then lost, so it is paid for. */
static void
charge_swallowed(struct exchange *x)
{
    if (x->path == FAULT_PATH_CHAT && x->hits.action->bill != 0) {
        exchange_generate_all(x);
    }
}

static void
play_drop(struct exchange *x)
{
    charge_swallowed(x);
    exchange_close(x);
}

static void
play_drop_reset(struct exchange *x)
{
    charge_swallowed(x);
    exchange_reset(x);
}

static void
play_empty(struct exchange *x)
{
    if (x->request.stream) {
        stream_text(x, "");
    } else {
        reply_text(x, 200, "application/json", "");
    }
}

static void
play_html(struct exchange *x)
{
    const char *text = x->hits.action->body;

    if (text == NULL) {
        text = "<!DOCTYPE html><html><head><title>Just a moment...</title>"
               "</head><body><h1>Checking your browser</h1></body></html>\n";
    }
    reply_text(x, 200, "text/html; charset=utf-8", text);
}

static void
play_bad_json(struct exchange *x)
{
    if (x->request.stream) {
        stream_text(x, "data: {\"id\":\"chatcmpl-1\",\"choices\":[{]\n\n");
    } else {
        reply_text(x, 200, "application/json",
                   "{\"id\":\"chatcmpl-1\",\"choices\":[{]");
    }
}

void
play_error_object(struct exchange *x, struct bytes *out)
{
    struct render_error error = error_of(x->hits.action, 500);

    render_error(out, &error);
}

static void
play_error_200(struct exchange *x)
{
    struct bytes *body = &x->mock->body;

    bytes_clear(body);
    play_error_object(x, body);
    exchange_reply(x, 200, "application/json", body);
}

static void
play_error_first(struct exchange *x)
{
    struct bytes *body = &x->mock->body;

    if (!x->request.stream) {
        play_error_200(x);
        return;
    }
    bytes_clear(body);
    play_error(x, body);
    stream_text(x, bytes_cstr(body));
}

static void
play_echo_key(struct exchange *x)
{
    struct render_error error = error_of(x->hits.action, 401);
    char *message =
        mem_printf("Incorrect API key provided: %s. You can find your API key "
                   "at https://platform.openai.com/account/api-keys.",
                   x->authorization);

    error.message = message;
    exchange_reply_error(x, &error);
    free(message);
}

static void
play_redirect(struct exchange *x)
{
    const struct fault *f = x->hits.action;

    bytes_printf(&x->headers, "Location: %s\r\n",
                 f->location != NULL ? f->location : "http://127.0.0.2/v1");
    reply_text(x, f->status != FAULT_UNSET ? (int)f->status : 302, "text/plain",
               "moved\n");
}

static void
play_reject_prefill(struct exchange *x)
{
    struct render_error error = {
        .shape = ERROR_OPENAI,
        .status = 400,
        .type = "invalid_request_error",
        .code = NULL,
        .message = "This model does not support assistant message prefill. "
                   "The conversation must end with a user message.",
    };

    exchange_reply_error(x, &error);
}

static void
play_stream_only(struct exchange *x)
{
    if (x->request.stream) {
        play_tiny_events(x);
    } else {
        play_infinite_body(x);
    }
}

/* NULL: the endpoint answers, and the fault acts later or not at all. */
static void (*const players[FAULT_KIND_COUNT])(struct exchange *x) = {
    [FAULT_STATUS] = play_status,
    [FAULT_HANG] = play_hang,
    [FAULT_DROP] = play_drop,
    [FAULT_DROP_RESET] = play_drop_reset,
    [FAULT_SILENCE] = play_silence,
    [FAULT_EMPTY] = play_empty,
    [FAULT_HTML] = play_html,
    [FAULT_BAD_JSON] = play_bad_json,
    [FAULT_ERROR_200] = play_error_200,
    [FAULT_ERROR_FIRST] = play_error_first,
    [FAULT_PINGS] = play_pings,
    [FAULT_REJECT_PREFILL] = play_reject_prefill,
    [FAULT_ECHO_KEY] = play_echo_key,
    [FAULT_REDIRECT] = play_redirect,
    [FAULT_BIG_HEADER] = play_big_header,
    [FAULT_INFINITE_BODY] = play_infinite_body,
    [FAULT_GZIP_BOMB] = play_gzip_bomb,
    [FAULT_TINY_EVENTS] = play_stream_only,
};

bool
play_start(struct exchange *x)
{
    enum fault_kind kind = exchange_action(x);

    if (kind == FAULT_KIND_COUNT || players[kind] == NULL) {
        return false;
    }
    players[kind](x);
    return true;
}
