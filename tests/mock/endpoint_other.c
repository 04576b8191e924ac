/*
 * endpoint_other.c - answers models and embeddings; see endpoints.h.
 */
#include "base/mem.h"
#include "endpoints.h"
#include "exchange.h"
#include "mock.h"
#include "mock_answer.h"
#include "play.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIMENSIONS_MAX = 4096
};

void
endpoint_models(struct exchange *x)
{
    const struct options *o = x->mock->options;
    struct bytes *body = &x->mock->body;

    if (play_start(x)) {
        return;
    }
    bytes_clear(body);
    bytes_append_str(body, "{\"object\":\"list\",\"data\":[");
    for (unsigned i = 0; i < o->n_models; i++) {
        bytes_printf(body, "%s{\"id\":\"", i > 0 ? "," : "");
        render_text(body, o->models[i], strlen(o->models[i]));
        bytes_append_str(body, "\",\"object\":\"model\",\"created\":1700000000,"
                               "\"owned_by\":\"aigw-mock\"}");
    }
    bytes_append_str(body, "]}");
    exchange_reply(x, 200, "application/json", body);
}

static void
append_base64(struct bytes *b, const unsigned char *data, size_t size)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned word = (unsigned)data[i] << 16;
        char out[4];

        word |= left > 1 ? (unsigned)data[i + 1] << 8 : 0;
        word |= left > 2 ? (unsigned)data[i + 2] : 0;
        out[0] = digits[word >> 18];
        out[1] = digits[word >> 12 & 63];
        out[2] = digits[word >> 6 & 63];
        out[3] = digits[word & 63];
        if (left < 3) {
            memset(out + 1 + left, '=', 3 - left);
        }
        bytes_append(b, out, sizeof(out));
    }
}

/* Little-endian floats, as the API sends them, and as this host has them. */
static void
append_packed(struct bytes *b, const char *text, unsigned dimensions)
{
    float *vector = mem_new_array(dimensions, sizeof(*vector));

    for (unsigned i = 0; i < dimensions; i++) {
        vector[i] = mock_embedding(text, i);
    }
    bytes_append_str(b, "\"");
    append_base64(b, (const unsigned char *)vector,
                  dimensions * sizeof(*vector));
    bytes_append_str(b, "\"");
    free(vector);
}

static void
append_numbers(struct bytes *b, const char *text, unsigned dimensions)
{
    for (unsigned i = 0; i < dimensions; i++) {
        bytes_printf(b, "%s%.7g", i > 0 ? "," : "[",
                     (double)mock_embedding(text, i));
    }
    bytes_append_str(b, "]");
}

struct embedding_request {
    json_t *root;
    const json_t *input;
    const char *model;
    unsigned dimensions;
    bool packed;
};

static int
parse_embeddings(const struct exchange *x, struct embedding_request *r)
{
    json_int_t dimensions;
    const char *format;

    r->root = json_loadb(x->input, x->input_size, 0, NULL);
    r->input = json_object_get(r->root, "input");
    r->model = json_string_value(json_object_get(r->root, "model"));
    dimensions = json_integer_value(json_object_get(r->root, "dimensions"));
    format = json_string_value(json_object_get(r->root, "encoding_format"));
    r->packed = format != NULL && strcmp(format, "base64") == 0;
    r->dimensions = dimensions >= 1 && dimensions <= DIMENSIONS_MAX
                        ? (unsigned)dimensions
                        : MOCK_EMBEDDING_DIMENSIONS;
    return r->model != NULL
                   && (json_is_string(r->input) || json_is_array(r->input))
               ? 0
               : -1;
}

static const char *
input_text(const struct embedding_request *r, size_t index)
{
    const json_t *item =
        json_is_array(r->input) ? json_array_get(r->input, index) : r->input;

    return json_is_string(item) ? json_string_value(item) : "";
}

static void
append_embedding(struct bytes *b, const struct embedding_request *r,
                 size_t index)
{
    bytes_printf(b, "%s{\"object\":\"embedding\",\"index\":%zu,\"embedding\":",
                 index > 0 ? "," : "", index);
    if (r->packed) {
        append_packed(b, input_text(r, index), r->dimensions);
    } else {
        append_numbers(b, input_text(r, index), r->dimensions);
    }
    bytes_append_str(b, "}");
}

static void
append_embeddings(struct exchange *x, struct bytes *b,
                  const struct embedding_request *r)
{
    size_t n = json_is_array(r->input) ? json_array_size(r->input) : 1;

    bytes_append_str(b, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < n; i++) {
        x->request.text_bytes += strlen(input_text(r, i));
        append_embedding(b, r, i);
    }
    bytes_append_str(b, "],\"model\":\"");
    render_text(b, r->model, strlen(r->model));
    bytes_printf(b,
                 "\",\"usage\":{\"prompt_tokens\":%" PRId64
                 ",\"total_tokens\":%" PRId64 "}}",
                 mock_prompt_tokens(x->request.text_bytes),
                 mock_prompt_tokens(x->request.text_bytes));
}

void
endpoint_embeddings(struct exchange *x)
{
    static const struct render_error malformed = {
        .shape = ERROR_OPENAI,
        .status = 400,
        .type = "invalid_request_error",
        .code = NULL,
        .message = "We could not parse the JSON body of your request.",
    };
    struct bytes *body = &x->mock->body;
    struct embedding_request r;

    if (play_start(x)) {
        return;
    }
    if (parse_embeddings(x, &r) != 0) {
        json_decref(r.root);
        exchange_reply_error(x, &malformed);
        return;
    }
    bytes_clear(body);
    append_embeddings(x, body, &r);
    x->request.prompt = mem_strdup(input_text(&r, 0));
    x->generating = true;
    json_decref(r.root);
    exchange_reply(x, 200, "application/json", body);
}
