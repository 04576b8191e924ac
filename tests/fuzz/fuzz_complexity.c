/*
 * fuzz_complexity.c - scoring: a request that passes the check of core/chat
 * has a score from 0 to 1, and a block of code behind a prompt that is looked
 * at as a whole never lowers it; bytes that were never checked are harmless.
 */
#include "core/complexity.h"

#include <stdlib.h>
#include <string.h>

static const char BLOCK[] = "\n```c\nx = f(y);\n```\n";

static double
score(const char *text, size_t size, const char *more)
{
    static struct lexicon lexicon;
    size_t more_size = strlen(more);
    char *prompt = malloc(size + more_size + 1);
    struct chat_prompt asked = {.prompt = prompt,
                                .prompt_size = size + more_size,
                                .temperature = 1,
                                .max_tokens = 1};
    struct chat_request raw = {.messages = {text, size}};
    struct chat_request *request;
    struct complexity c;

    if (lexicon.n_words == 0)
        lexicon_init(&lexicon);
    complexity_score(&lexicon, &raw, &c);
    if (!prompt || !(c.score >= 0 && c.score <= 1))
        abort();
    memcpy(prompt, text, size);
    memcpy(prompt + size, more, more_size);
    if (chat_from_prompt(&asked, &request, NULL) == 0) {
        complexity_score(&lexicon, request, &c);
        chat_free(request);
    }
    free(prompt);
    if (!(c.score >= 0 && c.score <= 1))
        abort();
    return c.score;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    double before = score(text, size, "");

    /* Escapes may take six bytes for one. */
    if (score(text, size, BLOCK) < before - 1e-9
        && size * 6 + sizeof(BLOCK) < COMPLEXITY_TEXT_BYTES)
        abort();
    return 0;
}
