#include "core/json.h"
#include "core/utf8.h"

#include <ctype.h>
#include <string.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd";

/* True if `at` begins `\uXXXX` with a unit from `low` to `high`. */
static bool
is_unit(const char *at, const char *end, unsigned low, unsigned high)
{
    unsigned unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return false;
    for (int i = 2; i < 6; i++) {
        unsigned char c = (unsigned char)at[i];

        if (!isxdigit(c))
            return false;
        unit = unit * 16
               + (unsigned)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit >= low && unit <= high;
}

/* Mends one escape. */
static int
mend_escape(const char **at, const char *end, struct bytes *b)
{
    size_t size = end - *at < 2 ? (size_t)(end - *at) : 2;
    const char *from = *at;

    if (is_unit(from, end, 0xd800, 0xdbff)
        && is_unit(from + 6, end, 0xdc00, 0xdfff))
        size = 12;
    else if (is_unit(from, end, 0xd800, 0xdfff)) {
        *at += 6;
        return bytes_append_str(b, REPLACEMENT);
    }
    *at += size;
    return bytes_append(b, from, size);
}

/* Mends one code point, or what stands in its place. */
static int
mend_code_point(const char **at, const char *end, bool in_string,
                struct bytes *b)
{
    const char *from = *at;
    size_t step = utf8_next(from, (size_t)(end - from));

    *at += step > 0 ? step : 1;
    if (step == 0)
        return bytes_append_str(b, REPLACEMENT);
    if (in_string && (unsigned char)*from < 0x20)
        return bytes_append(b, " ", 1);
    return bytes_append(b, from, step);
}

/* True for an integer that does not fit into 64 bits. */
static bool
is_too_large(const char *at, size_t size)
{
    static const char MOST[] = "9223372036854775807";
    size_t sign = *at == '-';
    size_t digits = size - sign;

    for (size_t i = sign; i < size; i++)
        if (!isdigit((unsigned char)at[i]))
            return false;
    if (digits != sizeof(MOST) - 1)
        return digits > sizeof(MOST) - 1;
    return memcmp(at + sign, MOST, digits) > 0;
}

/* Copies a number.  An integer that does not fit becomes a float: Together
 * sends seeds of 64 bits without a sign. */
static int
mend_number(const char **at, const char *end, struct bytes *b)
{
    const char *from = *at;
    size_t size = 1;
    int status;

    while (from + size < end
           && (isdigit((unsigned char)from[size])
               || (from[size] && strchr("+-.eE", from[size]))))
        size++;
    *at += size;
    status = bytes_append(b, from, size);
    if (status < 0 || !is_too_large(from, size))
        return status;
    return bytes_append_str(b, ".0");
}

int
json_mend(const char *text, size_t size, struct bytes *b)
{
    const char *end = text + size;
    size_t before = b->size;
    bool in_string = false;
    int status = 0;

    for (const char *at = text; at < end && status == 0;) {
        if (*at == '"')
            in_string = !in_string;
        if (in_string && *at == '\\')
            status = mend_escape(&at, end, b);
        else if (!in_string && (*at == '-' || isdigit((unsigned char)*at)))
            status = mend_number(&at, end, b);
        else
            status = mend_code_point(&at, end, in_string, b);
    }
    if (status < 0)
        bytes_truncate(b, before);
    return status;
}
