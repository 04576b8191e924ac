#include "app/config_scan.h"

#include <stdint.h>
#include <string.h>

static const char INCLUDE[] = "@include";

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

void
config_scan_start(struct config_scan *scan, const char *text, size_t size)
{
    *scan = (struct config_scan){
        .at = text, .end = text + size, .line = 1, .line_start = true};
}

/* The quoted text that begins at `at`; NULL if its end is missing. */
static const char *
after_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\' && at + 1 < end)
            at++;
    }
    return NULL;
}

static const char *
after_block_comment(const char *at, const char *end)
{
    for (at += 2; at + 1 < end; at++) {
        if (at[0] == '*' && at[1] == '/')
            return at + 2;
    }
    return NULL;
}

static const char *
after_line_comment(const char *at, const char *end)
{
    while (at < end && *at != '\n')
        at++;
    return at;
}

static const char *
after_name(const char *at, const char *end)
{
    while (at < end
           && (is_letter(*at) || is_digit(*at) || *at == '-' || *at == '_'
               || *at == '*'))
        at++;
    return at;
}

static const char *
after_number(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        bool exponent = at[-1] == 'e' || at[-1] == 'E';

        if (!is_digit(*at) && !is_letter(*at) && *at != '.'
            && !(exponent && (*at == '+' || *at == '-')))
            break;
    }
    return at;
}

/* The quote that opens the path of an @include line, or NULL. */
static const char *
include_quote(const char *at, const char *end)
{
    const char *word;

    while (at < end && is_blank(*at))
        at++;
    if ((size_t)(end - at) < sizeof(INCLUDE)
        || strncmp(at, INCLUDE, sizeof(INCLUDE) - 1) != 0)
        return NULL;
    word = at + sizeof(INCLUDE) - 1;
    at = word;
    while (at < end && is_blank(*at))
        at++;
    return at > word && at < end && *at == '"' ? at : NULL;
}

/* Sets the kind of the piece at `at` and returns where it ends, NULL if it
 * never does. */
static const char *
cut(const char *at, const char *end, enum config_piece_kind *ret_kind)
{
    bool pair = at + 1 < end;

    *ret_kind = CONFIG_PIECE_OTHER;
    if (*at == '"')
        return after_string(at, end);
    if (*at == '#' || (*at == '/' && pair && at[1] == '/'))
        return after_line_comment(at, end);
    if (*at == '/' && pair && at[1] == '*')
        return after_block_comment(at, end);
    if (is_letter(*at) || *at == '*')
        return after_name(at, end);
    if (is_digit(*at) || *at == '.' || *at == '-' || *at == '+') {
        *ret_kind = CONFIG_PIECE_NUMBER;
        return after_number(at, end);
    }
    return at + 1;
}

static void
advance(struct config_scan *scan, const struct config_piece *piece)
{
    for (size_t i = 0; i < piece->size; i++) {
        if (piece->text[i] == '\n')
            scan->line++;
    }
    /* What follows an included file is read as if on a line of its own. */
    scan->line_start = piece->kind == CONFIG_PIECE_INCLUDE
                       || (piece->kind == CONFIG_PIECE_OTHER
                           && piece->text[piece->size - 1] == '\n');
    scan->at = piece->text + piece->size;
}

struct config_piece
config_scan_next(struct config_scan *scan)
{
    struct config_piece piece = {.text = scan->at, .line = scan->line};
    const char *quote;
    const char *after;

    if (scan->at == scan->end) {
        piece.kind = CONFIG_PIECE_END;
        return piece;
    }
    quote = scan->line_start ? include_quote(scan->at, scan->end) : NULL;
    if (quote) {
        piece.kind = CONFIG_PIECE_INCLUDE;
        after = after_string(quote, scan->end);
    } else {
        after = cut(scan->at, scan->end, &piece.kind);
    }
    if (!after) {
        piece.kind = CONFIG_PIECE_OPEN;
        after = scan->end;
    }
    piece.size = (size_t)(after - scan->at);
    advance(scan, &piece);
    return piece;
}

/* The digit's value, or -1 where it is none in `base`. */
static int
digit_value(char c, int base)
{
    int value = -1;

    if (is_digit(c))
        value = c - '0';
    else if (c >= 'a' && c <= 'f')
        value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        value = c - 'A' + 10;
    return value < base ? value : -1;
}

bool
config_scan_wraps(const struct config_piece *number)
{
    const char *at = number->text;
    const char *end = at + number->size;
    bool negative = *at == '-';
    int base = 10;
    int64_t value = 0;

    if (*at == '-' || *at == '+')
        at++;
    if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
        base = 16;
        at += 2;
    }
    for (; at < end; at++) {
        int digit = digit_value(*at, base);

        if (digit < 0)
            return false; /* A fraction, an exponent or an L. */
        if (value <= INT32_MAX)
            value = value * base + digit;
    }
    return negative ? -value < INT32_MIN : value > INT32_MAX;
}
