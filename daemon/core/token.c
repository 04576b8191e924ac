#include "core/token.h"

#include "core/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    MS_PER_S = 1000,
    U_ESCAPE_SIZE = 6, /* Of \uXXXX. */
};

static int
refuse(struct aigw_err *err, const char *why)
{
    return aigw_err_set(err, AIGW_EINVAL, "%s", why);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct json_slice
trim(char *text, size_t size)
{
    while (size > 0 && is_blank(*text)) {
        text++;
        size--;
    }
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    return (struct json_slice){text, size};
}

static int
check(const struct token *t, struct aigw_err *err)
{
    if (t->size == 0)
        return refuse(err, "is empty");
    for (size_t i = 0; i < t->size; i++) {
        if (t->text[i] == '\n')
            return refuse(err, "has more than one line");
        if (t->text[i] < '!' || t->text[i] > '~')
            return refuse(err, "holds a space or an unprintable byte");
    }
    return 0;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) - 'a' + 10;
}

/* What the escape at `at`, a valid one, stands for; a blank, which is refused
 * later, for what no token holds. */
static char
resolve(const char *at, size_t *ret_size)
{
    int value = 0;

    *ret_size = at[1] == 'u' ? U_ESCAPE_SIZE : 2;
    if (at[1] == '/' || at[1] == '\\' || at[1] == '"')
        return at[1];
    for (size_t i = 2; i < *ret_size; i++)
        value = value * 16 + hex_digit(at[i]);
    if (value > ' ' && value <= '~')
        return (char)value;
    return ' ';
}

/* Resolves the escapes of a checked string in place. */
static size_t
unescape(char *text, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < size; n++) {
        size_t used = 1;

        text[n] = text[i];
        if (text[i] == '\\')
            text[n] = resolve(text + i, &used);
        i += used;
    }
    return n;
}

/* `number` is followed by more of the object, so that strtod() ends. */
static int
read_life(struct json_slice number, struct token *t, struct aigw_err *err)
{
    double seconds;

    if (!number.text || json_slice_is_null(number))
        return 0;
    seconds = strtod(number.text, NULL);
    if (!(seconds >= 1))
        return refuse(err, "has an expires_in below 1 second");
    if (seconds > TOKEN_MAX_LIFE_S)
        seconds = TOKEN_MAX_LIFE_S;
    t->life_ms = (int64_t)(seconds * MS_PER_S);
    return 0;
}

static int
read_object(char *base, struct json_slice object, struct token *t,
            struct aigw_err *err)
{
    struct json_slice value;

    if (json_check(object.text, object.size, NULL) < 0)
        return refuse(err, "is not valid JSON");
    value = json_find(object, "token");
    if (!value.text || !json_slice_is_string(value))
        return refuse(err, "is JSON without a token");
    if (read_life(json_find(object, "expires_in"), t, err) < 0)
        return AIGW_EINVAL;
    value = json_inner(value);
    t->text = base + (value.text - base);
    t->size = unescape(t->text, value.size);
    return 0;
}

int
token_read(char *text, size_t size, struct token *ret_token,
           struct aigw_err *err)
{
    struct json_slice whole = trim(text, size);
    struct token t = {
        .text = text + (whole.text - text),
        .size = whole.size,
    };

    if (whole.size > 0 && whole.text[0] == '{'
        && read_object(text, whole, &t, err) < 0)
        return AIGW_EINVAL;
    if (check(&t, err) < 0)
        return AIGW_EINVAL;
    t.text[t.size] = '\0';
    *ret_token = t;
    return 0;
}
