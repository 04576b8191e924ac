#include "core/json_scan.h"

#include "core/json.h"
#include "core/utf8.h"

#include <stdint.h>
#include <string.h>

enum {
    SAFE_DIGITS = 18, /* So many always fit into 64 bits. */
    SAFE_DEPTH = JSON_MAX_DEPTH / 2,
};

void
json_scan_blanks(struct json_scan *s)
{
    while (s->at < s->end
           && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r'
               || *s->at == '\t'))
        s->at++;
}

bool
json_scan_char(struct json_scan *s, char c)
{
    json_scan_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* True if some byte of `word` is zero (Hacker's Delight, 6-1). */
static uint64_t
has_zero(uint64_t word)
{
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

/* The highest bit of each byte of `word` that does not mean itself.  A byte
 * may borrow from the one above it: the lowest bit is right, and whether there
 * is one. */
static uint64_t
special_bytes(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;

    return (word | (word - ones * 0x20) | has_zero(word ^ (ones * '"'))
            | has_zero(word ^ (ones * '\\')))
           & (ones * 0x80);
}

size_t
json_plain_run(const char *text, size_t size)
{
    size_t n = 0;

    for (; size - n >= sizeof(uint64_t); n += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, text + n, sizeof(word));
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            word = __builtin_bswap64(word);
        word = special_bytes(word);
        if (word)
            return n + (size_t)__builtin_ctzll(word) / 8;
    }
    while (n < size && (unsigned char)text[n] >= 0x20
           && (unsigned char)text[n] < 0x80 && text[n] != '"'
           && text[n] != '\\')
        n++;
    return n;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits after `\u`, or -1. */
static int
scan_unit(struct json_scan *s)
{
    int unit = 0;

    if (s->end - s->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(s->at[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    s->at += 4;
    return unit;
}

static bool
scan_unicode(struct json_scan *s)
{
    int unit = scan_unit(s);

    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return false;
    s->odd |= unit == 0;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
        return false;
    s->at += 2;
    unit = scan_unit(s);
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool
scan_escape(struct json_scan *s)
{
    if (s->end - s->at < 2)
        return false;
    s->at += 2;
    switch (s->at[-1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    case 'u':
        return scan_unicode(s);
    default:
        return false;
    }
}

/* Code points beyond ASCII, as many as there are. */
static bool
scan_beyond_ascii(struct json_scan *s)
{
    while (s->at < s->end && (unsigned char)*s->at >= 0x80) {
        size_t step = utf8_next(s->at, (size_t)(s->end - s->at));

        if (step == 0)
            return false;
        s->at += step;
    }
    return true;
}

bool
json_scan_string(struct json_scan *s)
{
    bool valid = json_scan_char(s, '"');

    while (valid) {
        s->at += json_plain_run(s->at, (size_t)(s->end - s->at));
        if (s->at == s->end)
            return false;
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\')
            valid = scan_escape(s);
        else
            valid = (unsigned char)*s->at >= 0x20 && scan_beyond_ascii(s);
    }
    return false;
}

bool
json_scan_word(struct json_scan *s, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
        return false;
    s->at += size;
    return true;
}

static bool
scan_digits(struct json_scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from;
}

static bool
scan_number(struct json_scan *s)
{
    const char *from;

    if (s->at < s->end && *s->at == '-')
        s->at++;
    from = s->at;
    if (s->at < s->end && *s->at == '0')
        s->at++;
    else if (!scan_digits(s))
        return false;
    s->odd |= s->at - from > SAFE_DIGITS;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!scan_digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->odd = true;
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        return scan_digits(s);
    }
    return true;
}

bool
json_scan_scalar(struct json_scan *s)
{
    json_scan_blanks(s);
    if (s->at == s->end)
        return false;
    switch (*s->at) {
    case '"':
        return json_scan_string(s);
    case 't':
        return json_scan_word(s, "true");
    case 'f':
        return json_scan_word(s, "false");
    case 'n':
        return json_scan_word(s, "null");
    default:
        return scan_number(s);
    }
}

/* The brackets that are open: one bit each, set for an object. */
struct nest {
    uint64_t bits[JSON_MAX_DEPTH / 64];
    unsigned depth;
};

static bool
push(struct nest *nest, bool object, struct json_scan *s)
{
    uint64_t bit = (uint64_t)1 << (nest->depth % 64);

    if (nest->depth == JSON_MAX_DEPTH)
        return false;
    s->odd |= nest->depth == SAFE_DEPTH;
    if (object)
        nest->bits[nest->depth / 64] |= bit;
    else
        nest->bits[nest->depth / 64] &= ~bit;
    nest->depth++;
    return true;
}

static bool
in_object(const struct nest *nest)
{
    unsigned top = nest->depth - 1;

    return nest->bits[top / 64] >> (top % 64) & 1;
}

static bool
scan_key(struct json_scan *s)
{
    return json_scan_string(s) && json_scan_char(s, ':');
}

/* From the start of a value to the end of the first thing in it that is
 * whole: a scalar or an empty bracket pair. */
static bool
scan_down(struct json_scan *s, struct nest *nest)
{
    for (;;) {
        bool object;

        json_scan_blanks(s);
        if (s->at == s->end || (*s->at != '{' && *s->at != '['))
            return json_scan_scalar(s);
        object = *s->at++ == '{';
        if (json_scan_char(s, object ? '}' : ']'))
            return true;
        if (!push(nest, object, s) || (object && !scan_key(s)))
            return false;
    }
}

/* From behind a whole value to where the next one begins, or to the end of
 * the outermost. */
static bool
scan_up(struct json_scan *s, struct nest *nest)
{
    while (nest->depth > 0) {
        bool object = in_object(nest);

        if (json_scan_char(s, ','))
            return !object || scan_key(s);
        if (!json_scan_char(s, object ? '}' : ']'))
            return false;
        nest->depth--;
    }
    return true;
}

bool
json_scan_value(struct json_scan *s)
{
    struct nest nest;

    nest.depth = 0;
    memset(nest.bits, 0, sizeof(nest.bits));
    do {
        if (!scan_down(s, &nest) || !scan_up(s, &nest))
            return false;
    } while (nest.depth > 0);
    return true;
}
