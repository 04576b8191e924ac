#include "core/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Length that a lead byte announces, 0 if none may begin with it. */
static size_t
announced(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 4;
    return 0;
}

/* The second byte decides about overlong forms, surrogates and the end of
 * the code space (RFC 3629, section 4). */
static bool
second_allowed(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

/* Counts the bytes at the front that agree with one code point of `want`
 * bytes; stops at the first that does not. */
static size_t
agreeing(const unsigned char *s, size_t size, size_t want)
{
    size_t n = 1;

    if (size > 1 && want > 1 && second_allowed(s[0], s[1]))
        n = 2;
    while (n >= 2 && n < want && n < size && (s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

size_t
utf8_next(const char *text, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t want = size > 0 ? announced(s[0]) : 0;

    if (want <= 1)
        return want;
    return agreeing(s, size, want) == want ? want : 0;
}

/* Whole words without a high bit: nearly all of nearly every answer. */
static size_t
skip_ascii(const char *text, size_t size)
{
    const uint64_t high = 0x8080808080808080u;
    size_t n = 0;

    for (; size - n >= sizeof(uint64_t); n += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, text + n, sizeof(word));
        if (word & high)
            break;
    }
    while (n < size && (unsigned char)text[n] < 0x80)
        n++;
    return n;
}

bool
utf8_valid(const char *text, size_t size)
{
    size_t n = size > 0 ? skip_ascii(text, size) : 0;

    while (n < size) {
        size_t step = utf8_next(text + n, size - n);

        if (step == 0)
            return false;
        n += step;
        n += skip_ascii(text + n, size - n);
    }
    return true;
}

size_t
utf8_incomplete(const char *text, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;

    for (size_t back = 1; back <= 3 && back <= size; back++) {
        size_t want = announced(s[size - back]);

        if (want > back)
            return agreeing(s + size - back, back, want) == back ? back : 0;
        if (want > 0)
            return 0;
    }
    return 0;
}

/* C0, DEL and C1; a terminal may act on any of them. */
static bool
is_control(const unsigned char *s, size_t step)
{
    return s[0] < 0x20 || s[0] == 0x7f
           || (step == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

/* Printable ASCII: most of the text that is cleaned is nothing else. */
static size_t
printable_run(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text[n] >= ' ' && text[n] <= '~')
        n++;
    return n;
}

size_t
utf8_sanitise(const char *text, size_t size, char *ret_text, size_t capacity)
{
    size_t used = 0;

    assert(capacity > 0);
    for (size_t i = 0, step; i < size; i += step) {
        const char *piece = text + i;
        size_t room = capacity - 1 - used;
        size_t length = printable_run(piece, size - i < room ? size - i : room);

        if (length == 0)
            length = utf8_next(piece, size - i);
        step = length > 0 ? length : 1;
        if (length == 0) {
            piece = "?";
            length = 1;
        } else if (strchr("\n\r\t", *piece) && *piece) {
            piece = " ";
        } else if (is_control((const unsigned char *)piece, length)) {
            continue;
        }
        if (length > room)
            break;
        memcpy(ret_text + used, piece, length);
        used += length;
    }
    ret_text[used] = '\0';
    return used;
}
