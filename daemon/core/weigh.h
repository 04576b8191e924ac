/*
 * weigh.h - how many tokens a piece of an answer has, by a guess on the low
 * side.
 *
 * For the limit that no honest answer may run into: what came is compared with
 * what was set aside for the provider's tokens, whatever the language.  Bytes
 * are no measure for that: of OpenAI's o200k_base, 4 bytes of code are a token,
 * but 8 of Russian, 9 of Thai and 11 of Hindi.  So characters are weighed, in
 * quarters of tokens: one in every script but those of Chinese, Japanese and
 * Korean, two in these, four for emoji; of a run of one character the first
 * four, as whole lines of blanks or dashes are one token.  Of ordinary text of 16
 * kinds this is 0.5 to 1.6 times what o200k_base counts.
 */
#ifndef AIGW_CORE_WEIGH_H
#define AIGW_CORE_WEIGH_H

#include "core/json.h"

#include <stddef.h>
#include <stdint.h>

enum {
    WEIGH_MILLI_PER_TOKEN = 4000 /* Four quarters. */
};

/* Of text that came in one piece: whole code points, or it is weighed as
 * bytes.  In quarters of tokens. */
size_t weigh_text(const char *text, size_t size);

/* Of all texts in a checked JSON value, with their escapes, without names. */
size_t weigh_json(struct json_slice value);

#endif
