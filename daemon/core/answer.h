/*
 * answer.h - the words in which a provider's answer is described.
 *
 * Dialects fill these values, core/outcome judges them, core/price charges
 * for them, core/assemble puts them back together.  Text that comes from a
 * provider is made harmless before it gets here: valid UTF-8, no control
 * bytes, bounded, and without the credential.
 */
#ifndef AIGW_CORE_ANSWER_H
#define AIGW_CORE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    API_ERROR_NAME_SIZE = 64,
    API_ERROR_TEXT_SIZE = 257, /* 256 bytes of text and the NUL. */

    /* A larger count of tokens is refused as nonsense: no model of today
     * holds a thousandth of it, and sums of several stay far from 2^63. */
    USAGE_MAX_TOKENS = 1000000000,
};

/* An error as the provider worded it. */
struct api_error {
    bool present;
    char code[API_ERROR_NAME_SIZE]; /* "" if absent; integers as digits. */
    char type[API_ERROR_NAME_SIZE]; /* "" if absent. */
    char text[API_ERROR_TEXT_SIZE]; /* "" if absent. */
    int http_status; /* One that the error itself names (100..599), or 0. */
};

/* How a provider counts; the dialect knows. */
struct usage_shape {
    bool cached_beside;    /* Cached tokens are not part of `prompt`. */
    bool reasoning_beside; /* Reasoning tokens are not part of `completion`. */
};

/* Tokens of one attempt; each count is 0..USAGE_MAX_TOKENS. */
struct usage {
    int64_t prompt;
    int64_t completion;
    int64_t cached;         /* Read from the provider's prompt cache. */
    int64_t cache_write;    /* Written to it; counted like `cached`. */
    int64_t cache_write_1h; /* Of these, to stay for an hour. */
    int64_t reasoning;
    struct usage_shape shape;
};

/* What the caller is told: everything that went in, everything that came
 * out, whichever way the provider counts. */
int64_t usage_prompt_total(const struct usage *u);
int64_t usage_completion_total(const struct usage *u);

/* Why something that arrived whole is not an answer. */
#define ANSWER_DEFECT_MAP(X)                                                   \
    X(NONE, "none")                                                            \
    X(EMPTY, "empty body")                                                     \
    X(HTML, "HTML instead of JSON")                                            \
    X(NOT_JSON, "not valid JSON")                                              \
    X(NO_CHOICES, "no choices in the answer")                                  \
    X(NO_CONTENT, "no content in the answer")                                  \
    X(TOO_BIG, "larger than allowed")

enum answer_defect {
#define X(name, text) ANSWER_DEFECT_##name,
    ANSWER_DEFECT_MAP(X)
#undef X
};

/* Text for people. */
const char *answer_defect_text(enum answer_defect defect);

#endif
