/*
 * json_write.c - values as JSON text.
 *
 * Written by hand because jansson can neither print a double with the fewest
 * digits (0.7 becomes 0.69999999999999996) nor take strings that are not
 * UTF-8.
 */
#include "client/value.h"

#include "proto/bytes.h"
#include "proto/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    INDENT = 2,
    NUMBER_MAX = 64,   /* More than the longest number takes. */
    DIGITS_SHORT = 15, /* Every double of so few digits is exact, and */
    DIGITS_MAX = 17    /* so many digits tell all doubles apart (IEEE 754). */
};

struct writer {
    struct bytes out;
    int status; /* The first failure; everything after it is ignored. */
    bool pretty;
    unsigned level;
};

static void write_value(struct writer *w, const struct aigw_value *value);

static void
put(struct writer *w, const char *data, size_t size)
{
    if (!w->status)
        w->status = bytes_append(&w->out, data, size);
}

static void
put_str(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void
put_newline(struct writer *w)
{
    if (!w->pretty)
        return;
    put_str(w, "\n");
    for (unsigned i = 0; i < w->level * INDENT; i++)
        put_str(w, " ");
}

static size_t
continuation_bytes(const unsigned char *s, size_t size)
{
    size_t n = 0;

    while (n < size && n < 3 && (s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* The length of the character at `s`, or 0 if that is not UTF-8: RFC 3629,
 * section 4, without overlong forms, surrogates and what is past U+10FFFF. */
static size_t
utf8_length(const unsigned char *s, size_t size)
{
    size_t more = continuation_bytes(s + 1, size - 1);

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return more >= 1 ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        bool overlong = s[0] == 0xe0 && more >= 1 && s[1] < 0xa0;
        bool surrogate = s[0] == 0xed && more >= 1 && s[1] > 0x9f;

        return more >= 2 && !overlong && !surrogate ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        bool overlong = s[0] == 0xf0 && more >= 1 && s[1] < 0x90;
        bool beyond = s[0] == 0xf4 && more >= 1 && s[1] > 0x8f;

        return more >= 3 && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

static void
put_escape(struct writer *w, unsigned char c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char text[8];

    for (size_t i = 0; i + 1 < sizeof(named); i += 2)
        if (c == (unsigned char)named[i]) {
            (void)snprintf(text, sizeof(text), "\\%c", named[i + 1]);
            put_str(w, text);
            return;
        }
    (void)snprintf(text, sizeof(text), "\\u%04x", (unsigned)c);
    put_str(w, text);
}

static bool
is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Writes the one character at `s` and returns how many bytes it took. */
static size_t
put_special(struct writer *w, const unsigned char *s, size_t size)
{
    size_t length = utf8_length(s, size);

    if (length > 1)
        put(w, (const char *)s, length);
    else if (length == 1)
        put_escape(w, s[0]);
    else
        put_str(w, "\xef\xbf\xbd");
    return length > 0 ? length : 1;
}

static void
write_str(struct writer *w, const struct value_str *str)
{
    const unsigned char *s = (const unsigned char *)str->data;
    size_t size = str->size;

    put_str(w, "\"");
    while (size > 0) {
        size_t n = 0;

        while (n < size && is_plain(s[n]))
            n++;
        put(w, (const char *)s, n);
        if (n < size)
            n += put_special(w, s + n, size - n);
        s += n;
        size -= n;
    }
    put_str(w, "\"");
}

/* Only subnormal numbers can do with fewer than DIGITS_SHORT digits
 * and yet be printed with more. */
static void
format_shortest(double number, char text[static NUMBER_MAX])
{
    int digits = fpclassify(number) == FP_SUBNORMAL ? 1 : DIGITS_SHORT;

    for (; digits <= DIGITS_MAX; digits++) {
        (void)snprintf(text, NUMBER_MAX, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

/* The locale decides what snprintf() puts for the decimal point, which may
 * take several bytes; whatever is neither digit, sign nor exponent is it. */
static void
write_double(struct writer *w, double number)
{
    char text[NUMBER_MAX];
    char json[NUMBER_MAX];
    size_t n = 0;

    if (!isfinite(number)) {
        put_str(w, "null");
        return;
    }
    format_shortest(number, text);
    for (const char *s = text; *s; s++) {
        if (strchr("0123456789+-e", *s))
            json[n++] = *s;
        else if (n > 0 && json[n - 1] != '.')
            json[n++] = '.';
    }
    put(w, json, n);
    if (!memchr(json, '.', n) && !memchr(json, 'e', n))
        put_str(w, ".0");
}

static void
write_int(struct writer *w, int64_t number)
{
    char text[NUMBER_MAX];

    (void)snprintf(text, sizeof(text), "%lld", (long long)number);
    put_str(w, text);
}

static void
write_list(struct writer *w, const struct aigw_value *value)
{
    const struct value_list *list = &value->as.list;
    bool is_map = value->type == AIGW_TYPE_MAP;
    size_t stride = is_map ? 2 : 1;

    put_str(w, is_map ? "{" : "[");
    w->level++;
    for (size_t i = 0; i < list->n && !w->status; i += stride) {
        put_str(w, i > 0 ? "," : "");
        put_newline(w);
        if (is_map) {
            write_str(w, &list->items[i].as.str);
            put_str(w, w->pretty ? ": " : ":");
        }
        write_value(w, &list->items[i + stride - 1]);
    }
    w->level--;
    if (list->n > 0)
        put_newline(w);
    put_str(w, is_map ? "}" : "]");
}

static void
write_value(struct writer *w, const struct aigw_value *value)
{
    switch (aigw_value_type(value)) {
    case AIGW_TYPE_NIL:
        put_str(w, "null");
        break;
    case AIGW_TYPE_BOOL:
        put_str(w, value->as.boolean ? "true" : "false");
        break;
    case AIGW_TYPE_INT:
        write_int(w, value->as.integer);
        break;
    case AIGW_TYPE_DOUBLE:
        write_double(w, value->as.number);
        break;
    case AIGW_TYPE_STRING:
        write_str(w, &value->as.str);
        break;
    case AIGW_TYPE_ARRAY:
    case AIGW_TYPE_MAP:
        write_list(w, value);
        break;
    }
}

char *
aigw_value_to_json(const struct aigw_value *value, enum aigw_json_style style)
{
    struct writer w = {.pretty = style == AIGW_JSON_PRETTY};
    char *text = NULL;
    size_t size;

    bytes_init(&w.out, SIZE_MAX / 8);
    write_value(&w, value);
    if (!w.status)
        text = bytes_take(&w.out, &size);
    bytes_deinit(&w.out);
    return text;
}
