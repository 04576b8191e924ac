/*
 * endpoint_chat.c - answers chat completions; see endpoints.h.
 */
#include "base/mem.h"
#include "canned_error.h"
#include "endpoints.h"
#include "exchange.h"
#include "mock.h"
#include "play.h"
#include "stream.h"

#include <string.h>

static bool
serves(const struct options *o, const char *model)
{
    for (unsigned i = 0; i < o->n_models; i++) {
        if (strcmp(o->models[i], model) == 0) {
            return true;
        }
    }
    return !o->strict_model;
}

static void
refuse_model(struct exchange *x)
{
    const struct canned_error *canned = canned_error_by_code("model_not_found");
    struct render_error error = {
        .shape = ERROR_OPENAI,
        .status = canned->status,
        .type = canned->type,
        .code = canned->code,
        .message = canned->message,
    };

    exchange_reply_error(x, &error);
}

static void
reply_whole(struct exchange *x)
{
    struct render_completion c = {
        .number = x->number,
        .model = x->request.model,
        .n = x->request.n,
        .usage = exchange_usage(x),
        .no_finish = x->no_finish,
        .no_choices = exchange_action(x) == FAULT_NO_CHOICES,
        .null_content = exchange_action(x) == FAULT_NULL_CONTENT,
    };
    struct bytes *body = &x->mock->body;

    exchange_generate_all(x);
    bytes_clear(body);
    render_completion(body, &c, &x->answer);
    exchange_reply(x, 200, "application/json", body);
}

static void
stream_answer(struct exchange *x)
{
    enum fault_kind kind = exchange_action(x);

    if (kind == FAULT_NO_CHOICES || kind == FAULT_NULL_CONTENT) {
        x->answer.n_pieces = 0;
        x->answer.n_reasoning = 0;
    }
    if (kind == FAULT_NO_CHOICES) {
        x->request.n = 0;
    }
    stream_start(x, true);
}

void
endpoint_chat(struct exchange *x)
{
    struct answer_options options = {
        .tokens = x->mock->options->tokens,
        .shape = x->answer_shape,
        .repeat_bytes = x->repeat_bytes,
    };

    if (!serves(x->mock->options, x->request.model)) {
        refuse_model(x);
        return;
    }
    answer_init(&x->answer, &x->request, &options);
    if (x->filter != NULL) {
        answer_filter(&x->answer, x->filter);
    }
    if (play_start(x)) {
        return;
    }
    if (x->request.stream) {
        stream_answer(x);
    } else {
        reply_whole(x);
    }
}
