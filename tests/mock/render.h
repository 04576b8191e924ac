/*
 * render.h - answers and errors as OpenAI puts them on the wire.
 *
 * Text is appended by hand: a benchmark's upstream must cost little.  The
 * bytes of a stream that are equal in all of its events are rendered once, in
 * render_stream_init().
 */
#ifndef AIGW_TESTS_MOCK_RENDER_H
#define AIGW_TESTS_MOCK_RENDER_H

#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;

enum render_usage_shape {
    USAGE_NORMAL,
    USAGE_NONE,
    USAGE_NEGATIVE,
    USAGE_HUGE,
    USAGE_STRINGS,
    USAGE_TENFOLD,
    USAGE_NULL
};

struct render_usage {
    enum render_usage_shape shape;
    int64_t prompt;
    int64_t completion; /* Reasoning included. */
    int64_t reasoning;
};

struct render_completion {
    uint64_t number; /* Of the answer; gives the ids. */
    const char *model;
    unsigned n; /* Choices. */
    struct render_usage usage;
    bool no_finish; /* finish_reason is null. */
    bool no_choices;
    bool null_content;
};

struct render_stream {
    struct bytes prefix; /* Every event up to its choices. */
    uint64_t number;
    bool usage_null; /* Every event carries "usage":null. */
};

enum render_error_shape {
    ERROR_OPENAI,
    ERROR_GROQ,       /* In a stream: with "event: error". */
    ERROR_ANTHROPIC,  /* overloaded_error, with "event: error". */
    ERROR_OPENROUTER, /* Beside choices with finish_reason "error". */
    ERROR_VLLM,       /* {"object":"error", ...} */
    ERROR_ARRAY       /* Wrapped in a JSON array. */
};

struct render_error {
    enum render_error_shape shape;
    int status;
    const char *type;
    const char *code; /* NULL: null. */
    const char *message;
};

/* Escapes for a JSON string into `out`, which has room for 6 * `size`. */
size_t render_escape(char *out, const char *data, size_t size);

/* Appends `data` escaped. */
void render_text(struct bytes *b, const char *data, size_t size);

void render_completion(struct bytes *b, const struct render_completion *c,
                       const struct answer *a);

void render_stream_init(struct render_stream *s, uint64_t number,
                        const char *model);
void render_stream_deinit(struct render_stream *s);

/* The first event of choice `choice`. */
void render_opening(struct bytes *b, const struct render_stream *s,
                    const struct answer *a, unsigned choice);

/* Piece `index` of the answer as an event of choice `choice`. */
void render_piece(struct bytes *b, const struct render_stream *s,
                  const struct answer *a, unsigned index, unsigned choice);

/* The event with the finish_reason. */
void render_finish(struct bytes *b, const struct render_stream *s,
                   const char *reason, unsigned choice);

/* The event with empty choices and the usage. */
void render_usage_event(struct bytes *b, const struct render_stream *s,
                        const struct render_usage *usage);

/* An error as a response body. */
void render_error(struct bytes *b, const struct render_error *error);

/* An error as an event of a stream. */
void render_error_event(struct bytes *b, const struct render_error *error);

#endif
