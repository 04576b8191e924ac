#include "core/json.h"

#include "core/json_scan.h"
#include "core/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes at the front that may stand in a JSON string as they are. */
static size_t
whole_run(const char *text, size_t size)
{
    size_t n = json_plain_run(text, size);

    while (n < size && (unsigned char)text[n] >= 0x80) {
        size_t step = utf8_next(text + n, size - n);

        if (step == 0)
            break;
        n += step;
        n += json_plain_run(text + n, size - n);
    }
    return n;
}

/* Writes one byte that may not stand as it is. */
static int
append_escaped(struct bytes *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    const char *found = c ? strchr(names, c) : NULL;
    char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (c >= 0x80)
        return bytes_append_str(b, "\xef\xbf\xbd");
    if (!found)
        return bytes_append(b, text, sizeof(text));
    text[1] = letters[found - names];
    return bytes_append(b, text, 2);
}

int
json_append_string(struct bytes *b, const char *text, size_t size)
{
    size_t before = b->size;
    int status = bytes_append(b, "\"", 1);

    for (size_t i = 0; i < size && status == 0;) {
        size_t run = whole_run(text + i, size - i);

        status = bytes_append(b, text + i, run);
        i += run;
        if (i < size && status == 0)
            status = append_escaped(b, (unsigned char)text[i++]);
    }
    if (status == 0)
        status = bytes_append(b, "\"", 1);
    if (status < 0)
        bytes_truncate(b, before);
    return status;
}

int
json_append_cstr(struct bytes *b, const char *text)
{
    return json_append_string(b, text, strlen(text));
}

/* Digits by hand: printf takes 64 ns for what is done here in 8. */
int
json_append_int(struct bytes *b, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char text[20]; /* As many as -9223372036854775808 has. */
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    return bytes_append(b, text + at, sizeof(text) - at);
}

/* The usual settings, such as 0.7 and 1: less than ten, with at most four
 * decimals, in 12 ns instead of 96.  Returns the length, or 0 for another number.  The quotient of two
 * integers is the double nearest to that decimal, so that one which equals
 * `value` reads back as it. */
static size_t
write_decimal(double value, char ret_text[6])
{
    unsigned scaled;
    size_t size = 6;

    if (signbit(value) || value >= 10)
        return 0;
    scaled = (unsigned)lround(value * 10000);
    if (scaled / 10000.0 != value)
        return 0;
    for (size_t i = 5; i > 1; i--) {
        ret_text[i] = (char)('0' + scaled % 10);
        scaled /= 10;
    }
    ret_text[1] = '.';
    ret_text[0] = (char)('0' + scaled);
    while (ret_text[size - 1] == '0' && size > 2)
        size--;
    return size == 2 ? 1 : size;
}

int
json_append_double(struct bytes *b, double value)
{
    char text[40];
    size_t size;

    if (!isfinite(value))
        return AIGW_EINVAL;
    size = write_decimal(value, text);
    if (size > 0)
        return bytes_append(b, text, size);
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return bytes_append_str(b, text);
}

static int
append_dumped(const char *text, size_t size, void *ctx)
{
    return bytes_append(ctx, text, size) == 0 ? 0 : -1;
}

int
json_append_value(struct bytes *b, const json_t *value)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t before = b->size;
    bool room;

    if (json_dump_callback(value, append_dumped, b, flags) == 0)
        return 0;
    /* jansson does not pass the callback's reason on. */
    room = b->max - b->size >= 64;
    bytes_truncate(b, before);
    return room ? AIGW_ENOMEM : AIGW_ETOOBIG;
}

static unsigned
read_unit(const char *digits)
{
    char text[5] = {digits[0], digits[1], digits[2], digits[3], '\0'};

    return (unsigned)strtoul(text, NULL, 16);
}

static int
append_code_point(struct bytes *b, unsigned c)
{
    unsigned char u[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--) {
        u[i] = (unsigned char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    u[0] = (unsigned char)(leads[n] | c);
    return bytes_append(b, u, n);
}

/* Writes what the escape at `at` (behind its backslash) means and moves
 * behind it. */
static int
unescape_one(struct bytes *b, const char **at, const char *end)
{
    static const char letters[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    char c = *(*at)++;
    const char *found = strchr(letters, c);
    unsigned unit;

    if (c != 'u')
        return bytes_append(b, found && c ? &meant[found - letters] : &c, 1);
    if (end - *at < 4)
        return AIGW_EMALFORMED;
    unit = read_unit(*at);
    *at += 4;
    if (unit >= 0xd800 && unit <= 0xdbff && end - *at >= 6) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (read_unit(*at + 2) & 0x3ff);
        *at += 6;
    }
    return append_code_point(b, unit);
}

int
json_unescape(struct json_slice inner, struct bytes *b)
{
    const char *at = inner.text;
    const char *end = at + inner.size;
    size_t before = b->size;
    int status = 0;

    while (at < end && status == 0) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t run = (size_t)((slash ? slash : end) - at);

        status = bytes_append(b, at, run);
        at += run;
        if (status < 0 || at == end)
            break;
        at++;
        status = at < end ? unescape_one(b, &at, end) : AIGW_EMALFORMED;
    }
    if (status < 0)
        bytes_truncate(b, before);
    return status;
}
