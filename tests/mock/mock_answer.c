/*
 * mock_answer.c - what the mock provider says; see mock_answer.h.
 */
#include "mock_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRIPTS = 6,
    WORDS = 8
};

/* The last script mixes, and holds what JSON must escape. */
static const char *const words[SCRIPTS][WORDS] = {
    {"river", "an", "lantern", "of", "extraordinarily", "stone", "if",
     "harbour"},
    {"é", "naïve", "ß", "Łódź", "smørrebrød", "où", "çà", "Übermut"},
    {"河", "灯火", "石头记", "港口", "雨", "图书馆", "春天", "网关"},
    {"👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🧑‍🚀",
     "🇪🇺", "✨", "❤️‍🔥", "🙂"},
    {"נהר", "سلام", "אבן", "مرفأ", "של", "فانوس", "ספר", "مطر"},
    {"\"quoted\"", "back\\slash", "line\n", "tab\t", "नमस्ते", "русский",
     "e\xcc\x81", "𝔘𝔫𝔦"},
};

static uint64_t
mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t
mock_hash(const char *text, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    }
    return mix(hash);
}

/* Appends `value` in decimal; printf would be most of the cost of a token. */
static size_t
put_number(char *out, unsigned value)
{
    char digits[12];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < n; i++) {
        out[i] = digits[n - 1 - i];
    }
    return n;
}

size_t
mock_answer_token(uint64_t hash, unsigned index, char ret_token[MOCK_TOKEN_MAX])
{
    const char *word;
    size_t size = 0;
    size_t word_size;

    if (index == 0) {
        return (size_t)snprintf(ret_token, MOCK_TOKEN_MAX, "[%08x]",
                                (unsigned)(hash >> 32));
    }
    word = words[hash % SCRIPTS][mix(hash + index) % WORDS];
    word_size = strlen(word);
    ret_token[size++] = ' ';
    memcpy(ret_token + size, word, word_size);
    size += word_size;
    return size + put_number(ret_token + size, index);
}

char *
mock_answer_text(const char *prompt, unsigned n_tokens)
{
    uint64_t hash = mock_hash(prompt, strlen(prompt));
    char *text = malloc((size_t)n_tokens * MOCK_TOKEN_MAX + 1);
    size_t size = 0;

    if (text == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < n_tokens; i++) {
        size += mock_answer_token(hash, i, text + size);
    }
    text[size] = '\0';
    return text;
}

float
mock_embedding(const char *text, unsigned index)
{
    uint64_t hash = mix(mock_hash(text, strlen(text)) + index);

    return (float)((int)(hash >> 56) - 128) / 128.0f;
}

int64_t
mock_prompt_tokens(size_t bytes)
{
    return (int64_t)(bytes / 4) + 1;
}
