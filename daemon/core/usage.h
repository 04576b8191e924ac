/*
 * usage.h - what providers say they counted, one reader for each form.
 *
 *     usage_openai.c       chat completions, and all who speak like it: OpenAI,
 *                          xAI, DeepSeek, Groq, Mistral, Gemini's own imitation
 *     usage_responses.c    OpenAI's responses
 *     usage_anthropic.c    messages
 *     usage_gemini.c       generateContent
 *
 * All of them give the same value, `struct usage`, whose shape says what counts
 * as part of what.  Peers wrote what is read here: counts that are negative,
 * fractions, text or larger than USAGE_MAX_TOKENS count as not given, and parts
 * are cut to what they are a part of.  Without a count of the prompt there is
 * no usage.
 */
#ifndef AIGW_CORE_USAGE_H
#define AIGW_CORE_USAGE_H

#include "core/answer.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The counts of a usage in OpenAI's form; -1 where there was none. */
struct usage_counts {
    int64_t prompt;
    int64_t completion;
    int64_t total;
    int64_t cached;
    int64_t cache_write;
    int64_t reasoning;
};

/* Reasoning is a part of the completion, unless the total says that it stands
 * beside it, as at xAI and in Gemini's imitation.  False, here and below:
 * there is no usage, and `ret_usage` is as it was. */
bool usage_from_counts(const struct usage_counts *counts,
                       struct usage *ret_usage);

/* {prompt_tokens, completion_tokens, ...}.  What the cache held is found where
 * OpenAI has it, and where DeepSeek and others do. */
bool usage_from_openai(const json_t *usage, struct usage *ret_usage);

/* {input_tokens, output_tokens, input_tokens_details, ...}: reasoning is a part
 * of the output, unless the total says otherwise. */
bool usage_from_responses(const json_t *usage, struct usage *ret_usage);

/* {input_tokens, cache_read_input_tokens, cache_creation_input_tokens,
 * cache_creation: {ephemeral_1h_input_tokens}, output_tokens}: the cache stands
 * beside the input.  Streams tell it twice, at
 * their start and, as sums, at their end: `usage` holds what was told before,
 * or zeros, and counts that are told again replace it. */
bool usage_from_anthropic(const json_t *told, struct usage *usage);

/* {promptTokenCount, candidatesTokenCount, thoughtsTokenCount, ...}: the cache
 * is a part of the prompt, thoughts stand beside the candidates, and prompts of
 * tools beside the prompt. */
bool usage_from_gemini(const json_t *usage, struct usage *ret_usage);

/* A count of tokens; false for what cannot be one. */
bool usage_read_count(const json_t *value, int64_t *ret_count);

#endif
