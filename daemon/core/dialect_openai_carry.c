#include "core/dialect_openai_carry.h"

#include "core/json_scan.h"
#include "core/utf8.h"

#include <string.h>

/* The text of the content string in a chunk that may not be valid JSON, or a
 * slice whose text is NULL. */
static struct json_slice
find_content(struct json_slice chunk)
{
    static const char key[] = "\"content\"";
    struct json_scan s = {.at = chunk.text, .end = chunk.text + chunk.size};
    const char *from;

    do {
        s.at = memmem(s.at, (size_t)(s.end - s.at), key, sizeof(key) - 1);
        if (!s.at)
            return (struct json_slice){NULL, 0};
        s.at += sizeof(key) - 1;
    } while (!json_scan_char(&s, ':') || !json_scan_char(&s, '"'));
    from = s.at;
    while (s.at < s.end && *s.at != '"')
        s.at += *s.at == '\\' && s.end - s.at > 1 ? 2 : 1;
    if (s.at == s.end)
        return (struct json_slice){NULL, 0};
    return (struct json_slice){from, (size_t)(s.at - from)};
}

/* True if the text ends in an escape for the first half of a pair.  An even
 * number of backslashes in front of it makes it plain text. */
static bool
ends_in_high_surrogate(struct json_slice text)
{
    size_t slashes = 0;
    const char *unit;

    if (text.size < 6)
        return false;
    unit = text.text + text.size - 6;
    if (unit[0] != '\\' || unit[1] != 'u' || (unit[2] | 0x20) != 'd' || !unit[3]
        || !strchr("89abAB", unit[3]))
        return false;
    while (slashes < text.size - 6 && unit[-1 - (ptrdiff_t)slashes] == '\\')
        slashes++;
    return slashes % 2 == 0;
}

static size_t
incomplete_tail(struct json_slice text)
{
    if (ends_in_high_surrogate(text))
        return 6;
    return utf8_incomplete(text.text, text.size);
}

int
openai_carry_over(struct openai_carry *c, struct json_slice *chunk)
{
    struct json_slice content = find_content(*chunk);
    size_t before;
    size_t tail;
    int status;

    if (!content.text)
        return 0;
    before = (size_t)(content.text - chunk->text);
    bytes_clear(&c->joined);
    status = bytes_append(&c->joined, chunk->text, before);
    if (status == 0)
        status = bytes_append(&c->joined, c->held, c->size);
    if (status == 0)
        status = bytes_append(&c->joined, content.text, content.size);
    if (status < 0)
        return status;
    tail = incomplete_tail(
        (struct json_slice){c->joined.data + before, c->size + content.size});
    c->size = tail;
    memcpy(c->held, c->joined.data + c->joined.size - tail, tail);
    bytes_truncate(&c->joined, c->joined.size - tail);
    status = bytes_append(&c->joined, content.text + content.size,
                          chunk->size - before - content.size);
    if (status == 0)
        *chunk = (struct json_slice){c->joined.data, c->joined.size};
    return status;
}
