#include "core/plaintext.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const uint64_t ONES = 0x0101010101010101u;
static const uint64_t HIGHS = 0x8080808080808080u;

struct fold {
    const char *at;
    const char *end;
    char *to;
};

/* Eight letters at a time, up to the first byte beyond ASCII. */
static uint64_t
small_letters(uint64_t word)
{
    uint64_t from_a = word + ONES * (0x80 - 'A');
    uint64_t beyond_z = word + ONES * (0x80 - 'Z' - 1);

    return word | (((from_a & ~beyond_z) & HIGHS) >> 2);
}

/* How many of eight bytes stand before one that is beyond ASCII or a
 * backslash. */
static size_t
ordinary_bytes(uint64_t word)
{
    uint64_t slash = word ^ (ONES * '\\');
    uint64_t special = (word | ((slash - ONES) & ~slash)) & HIGHS;

    return special ? (size_t)__builtin_ctzll(special) / 8 : sizeof(word);
}

static uint64_t
little_endian(uint64_t word)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word)
                                                  : word;
}

/* All eight are written, and what was not ordinary is written over. */
static void
fold_ascii(struct fold *f)
{
    size_t n = sizeof(uint64_t);

    while (n == sizeof(uint64_t) && f->end - f->at >= (ptrdiff_t)n) {
        uint64_t word;

        memcpy(&word, f->at, sizeof(word));
        word = little_endian(word);
        n = ordinary_bytes(word);
        word = little_endian(small_letters(word));
        memcpy(f->to, &word, sizeof(word));
        f->at += n;
        f->to += n;
    }
}

static uint32_t
fold_latin(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 0x20;
    if (c < 0x80)
        return c;
    if (c == 0xb2 || c == 0xb3 || c == 0xb9) /* Superscript digits. */
        return '^';
    if (c == 0xd7 || c == 0xf7) /* Times, divided by. */
        return PLAINTEXT_SYMBOL;
    if (c < 0xc0)
        return ' ';
    return c <= 0xde ? c + 0x20 : c;
}

static uint32_t
fold_cyrillic_or_arabic(uint32_t c)
{
    if (c >= 0x400 && c <= 0x40f)
        return c + 0x50;
    if (c >= 0x410 && c <= 0x42f)
        return c + 0x20;
    if (c == 0x622 || c == 0x623 || c == 0x625)
        return 0x627;
    if (c == 0x61f)
        return '?';
    if (c == 0x60c || c == 0x61b)
        return ' ';
    return c;
}

static uint32_t
fold_symbol(uint32_t c)
{
    if (c == 0x2019)
        return '\'';
    if (c == 0x2022)
        return '*';
    if (c <= 0x206f)
        return ' ';
    if (c <= 0x209f) /* Superscripts and subscripts. */
        return '^';
    if ((c >= 0x2200 && c <= 0x22ff) || (c >= 0x2a00 && c <= 0x2aff))
        return PLAINTEXT_SYMBOL;
    return ' ';
}

static uint32_t
fold_char(uint32_t c)
{
    if (c < 0x100)
        return fold_latin(c);
    if (c < 0x2000)
        return fold_cyrillic_or_arabic(c);
    if (c < 0x2e80)
        return fold_symbol(c);
    if (c >= 0x3000 && c <= 0x303f && c != 0x3005)
        return ' ';
    if (c >= 0xff01 && c <= 0xff5e)
        return fold_latin(c - 0xfee0);
    return c;
}

static void
put_char(struct fold *f, uint32_t c)
{
    if (c < 0x80) {
        *f->to++ = (char)c;
    } else if (c < 0x800) {
        *f->to++ = (char)(0xc0 | c >> 6);
        *f->to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *f->to++ = (char)(0xe0 | c >> 12);
        *f->to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *f->to++ = (char)(0x80 | (c & 0x3f));
    }
}

static bool
read_hex(const char *text, uint32_t *ret_value)
{
    *ret_value = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t c = (unsigned char)text[i];
        uint32_t letter = (c | 0x20) - 'a';

        if (c - '0' < 10)
            *ret_value = *ret_value << 4 | (c - '0');
        else if (letter < 6)
            *ret_value = *ret_value << 4 | (letter + 10);
        else
            return false;
    }
    return true;
}

/* The halves of a pair are not joined: nothing that is looked for lies beyond
 * the first plane. */
static void
fold_escape(struct fold *f)
{
    uint32_t c;

    if (f->end - f->at < 2) {
        f->at = f->end;
        return;
    }
    f->at += 2;
    switch (f->at[-1]) {
    case 'n':
    case 'r':
        *f->to++ = '\n';
        return;
    case 'b':
    case 'f':
    case 't':
        *f->to++ = ' ';
        return;
    case 'u':
        if (f->end - f->at < 4 || !read_hex(f->at, &c))
            return;
        f->at += 4;
        put_char(f, c >= 0xd800 && c <= 0xdfff ? ' ' : fold_char(c));
        return;
    default:
        *f->to++ = f->at[-1];
        return;
    }
}

/* Kana, ideographs and Hangul stay as they are. */
static bool
fold_dense(struct fold *f)
{
    unsigned char lead = (unsigned char)f->at[0];

    if (lead < 0xe3 || lead > 0xed || f->end - f->at < 3
        || (lead == 0xe3 && (unsigned char)f->at[1] == 0x80))
        return false;
    memcpy(f->to, f->at, 3);
    f->at += 3;
    f->to += 3;
    return true;
}

/* So do small letters of two bytes: most of Cyrillic, Arabic and Latin-1. */
static bool
fold_small_pair(struct fold *f)
{
    unsigned char lead = (unsigned char)f->at[0];
    unsigned char least;

    if (f->end - f->at < 2)
        return false;
    switch (lead) {
    case 0xc3:
        least = 0xb8;
        break;
    case 0xd0:
        least = 0xb0;
        break;
    case 0xd8:
        least = 0xa6;
        break;
    case 0xd1:
    case 0xd9:
        least = 0x80;
        break;
    default:
        return false;
    }
    if ((unsigned char)f->at[1] < least || (unsigned char)f->at[1] > 0xbf)
        return false;
    memcpy(f->to, f->at, 2);
    f->at += 2;
    f->to += 2;
    return true;
}

/* Two or three bytes that are a character; 0 for anything else. */
static size_t
read_char(const struct fold *f, uint32_t *ret_char)
{
    size_t left = (size_t)(f->end - f->at);
    uint32_t lead = (unsigned char)f->at[0];
    uint32_t second = left > 1 ? (unsigned char)f->at[1] : 0;
    uint32_t third = left > 2 ? (unsigned char)f->at[2] : 0;

    if (lead >= 0xc2 && lead <= 0xdf && (second & 0xc0) == 0x80) {
        *ret_char = (lead & 0x1f) << 6 | (second & 0x3f);
        return 2;
    }
    if (lead >= 0xe1 && lead <= 0xef && (second & 0xc0) == 0x80
        && (third & 0xc0) == 0x80) {
        *ret_char = (lead & 0xf) << 12 | (second & 0x3f) << 6 | (third & 0x3f);
        return 3;
    }
    return 0;
}

static void
fold_beyond_ascii(struct fold *f)
{
    uint32_t c;
    size_t size;

    if (fold_dense(f) || fold_small_pair(f))
        return;
    size = read_char(f, &c);
    if (size == 0) {
        *f->to++ = *f->at++;
        return;
    }
    f->at += size;
    put_char(f, fold_char(c));
}

size_t
plaintext_fold(const char *inner, size_t size, char *ret_text)
{
    struct fold f = {inner, inner + size, ret_text};

    while (f.at < f.end) {
        if ((unsigned char)*f.at >= 0x80) {
            fold_beyond_ascii(&f);
        } else if (*f.at == '\\') {
            fold_escape(&f);
        } else {
            *f.to++ = (char)fold_latin((unsigned char)*f.at++);
            fold_ascii(&f);
        }
    }
    return (size_t)(f.to - ret_text);
}
