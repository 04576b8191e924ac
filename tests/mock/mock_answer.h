/*
 * mock_answer.h - what the mock provider says, as a function of the prompt.
 *
 * Pure and without state, so that a test which links it can tell a right
 * answer from a wrong one without asking the mock.  Texts come in several
 * scripts, chosen by a hash of the prompt; no two tokens of a text are equal,
 * so an overlap found in it is a real one.  Some tokens need escaping in JSON.
 */
#ifndef AIGW_TESTS_MOCK_ANSWER_H
#define AIGW_TESTS_MOCK_ANSWER_H

#include <stddef.h>
#include <stdint.h>

enum {
    MOCK_TOKEN_MAX = 64, /* Bytes of the longest token. */
    MOCK_EMBEDDING_DIMENSIONS = 8
};

/* FNV-1a of `size` bytes, finished so that near inputs differ everywhere. */
uint64_t mock_hash(const char *text, size_t size);

/* Writes token `index` of the answer to the prompt whose hash is `hash`, and
 * returns its length: 1 to MOCK_TOKEN_MAX, whole UTF-8 characters. */
size_t mock_answer_token(uint64_t hash, unsigned index,
                         char ret_token[MOCK_TOKEN_MAX]);

/* The first `n_tokens` tokens of the answer to `prompt`, NUL-terminated; the
 * caller frees it.  NULL without memory. */
char *mock_answer_text(const char *prompt, unsigned n_tokens);

/* Component `index` of the embedding of `text`: in [-1, 1), exact in float. */
float mock_embedding(const char *text, unsigned index);

/* What the mock charges for a prompt of `bytes` bytes of text. */
int64_t mock_prompt_tokens(size_t bytes);

#endif
