#include "core/weigh.h"

#include "core/json_skip.h"
#include "core/utf8.h"

#include <stdbool.h>
#include <string.h>

enum {
    LONGEST_RUN = 4,
    LETTER = 1,
    SYLLABLE = 2,
    PICTURE = 4,
};

/* E3 80 80 is U+3000, where Chinese, Japanese and Korean begin. */
static size_t
weigh_character(const char *text, size_t n)
{
    static const unsigned char LAST_OF_LETTERS = 0xe2;

    if (n == 4)
        return PICTURE;
    return n == 3 && (unsigned char)*text > LAST_OF_LETTERS ? SYLLABLE : LETTER;
}

static bool
is_again(const char *text, const char *before, size_t n)
{
    return before && memcmp(text, before, n) == 0;
}

size_t
weigh_text(const char *text, size_t size)
{
    const char *before = NULL;
    size_t quarters = 0;
    size_t run = 0;

    for (size_t i = 0, n; i < size; i += n) {
        n = utf8_next(text + i, size - i);
        n = n > 0 ? n : 1;
        run = is_again(text + i, before, n) ? run + 1 : 1;
        before = text + i;
        if (run <= LONGEST_RUN)
            quarters += weigh_character(before, n);
    }
    return quarters;
}

size_t
weigh_json(struct json_slice value)
{
    struct json_texts texts = json_texts_in(value);
    struct json_slice inner;
    size_t quarters = 0;

    while (json_texts_next(&texts, &inner))
        quarters += weigh_text(inner.text, inner.size);
    return quarters;
}
