/*
 * chat.h - what a caller asks for, checked and free of any provider.
 *
 * A request is made from the few fields of `generate` or from the body of
 * `chat`; dialects turn it into what their provider wants.  The parts that
 * the daemon does not interpret stay the caller's own bytes of JSON.
 */
#ifndef AIGW_CORE_CHAT_H
#define AIGW_CORE_CHAT_H

#include "core/json.h"
#include "proto/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Under which name the caller limited the answer.  Models that reason accept
 * the second only, older servers the first only. */
enum chat_limit_key {
    CHAT_LIMIT_NONE,
    CHAT_LIMIT_MAX_TOKENS,
    CHAT_LIMIT_MAX_COMPLETION_TOKENS,
};

/* Everything is owned by the request and read-only, but for `stream` and
 * `include_usage`, which the owner may set. */
struct chat_request {
    const char *model; /* As the caller named it, "" if it did not. */

    /* A JSON array, as given. */
    struct json_slice messages;
    size_t n_messages;

    /* The members that are not interpreted, as given, joined by commas and
     * without braces: `"seed":7,"tools":[...]`.  Empty when there are none. */
    struct json_slice extra;

    /* The members of the caller's `stream_options` beside include_usage, in
     * the same form. */
    struct json_slice stream_extra;

    bool has_temperature;
    double temperature;
    enum chat_limit_key limit_key;
    int64_t max_tokens; /* When there is a `limit_key`. */
    int64_t n;          /* Choices wanted, 1 if not said. */

    bool stream;        /* The caller wants deltas. */
    bool include_usage; /* The caller wants the usage chunk in its stream. */

    /* These rule out a continuation in prose. */
    bool has_tools;
    bool structured; /* A response_format other than text. */
    bool logprobs;

    /* It leaves something behind at the provider (`store`, `background`), so
     * that it must not be carried out twice. */
    bool once;

    bool has_images;     /* Some message carries more than text. */
    size_t prompt_bytes; /* Text that goes in, for estimates. */

    char *block; /* The memory of all texts. */
};

/* The fields of `generate`.  Texts need not be terminated. */
struct chat_prompt {
    const char *prompt;
    size_t prompt_size;
    const char *system; /* NULL: no system message. */
    size_t system_size;
    double temperature;
    int64_t max_tokens;
};

/* Both constructors return 0, AIGW_EPARAMS with the field named in `err`,
 * AIGW_ETOOBIG or AIGW_ENOMEM; on success the caller owns `*ret_request`.
 * Texts and bodies may have CHAT_MAX_BYTES. */
enum {
    CHAT_MAX_BYTES = 64 * 1024 * 1024,
    CHAT_MAX_CHOICES = 128,
    CHAT_MAX_TOKENS = 1000 * 1000 * 1000, /* That an answer may have. */

    /* What an image, recording or file in a message counts as text: about a
     * thousand tokens, whatever the length of its encoding. */
    CHAT_PART_BYTES = 4096,

    /* The end of an interrupted answer that is quoted to a model, at most. */
    CHAT_TAIL_BYTES = 200,
};

int chat_from_prompt(const struct chat_prompt *prompt,
                     struct chat_request **ret_request, struct aigw_err *err);

/* From an OpenAI chat-completions body, `size` bytes of JSON text. */
int chat_from_body(const char *body, size_t size,
                   struct chat_request **ret_request, struct aigw_err *err);

/* NULL is harmless. */
void chat_free(struct chat_request *request);

/* A request for embeddings. */
struct embed_request {
    const char *model;       /* As the caller named it. */
    struct json_slice input; /* A JSON string or array of strings, as given. */
    size_t n_inputs;
    struct json_slice extra; /* As above; `dimensions` is among them. */
    size_t prompt_bytes;
    char *block; /* The memory of all texts. */
};

/* From the JSON text of an embeddings body, as above. */
int embed_from_body(const char *body, size_t size,
                    struct embed_request **ret_request, struct aigw_err *err);

/* NULL is harmless. */
void embed_free(struct embed_request *request);

#endif
