#include "core/dialect_openai_parts.h"

#include "core/utf8.h"

#include <string.h>

enum {
    /* So many bytes in a row of the credential are no coincidence. */
    ECHO_BYTES = 8,

    /* Shorter ones are placeholders, as local servers want them; a word that
     * holds a longer one has room for four stars. */
    SECRET_BYTES = 4,

    /* Of a message, before it is cut: what lies beyond is not looked at. */
    TEXT_SCAN_BYTES = 4096,
};

/* True if the next `size` bytes of `text` are part of the key. */
static bool
is_echo(const char *key, const char *text, size_t size)
{
    for (const char *k = strchr(key, *text); k; k = strchr(k + 1, *text))
        if (strncmp(k, text, size) == 0)
            return true;
    return false;
}

/* Overwrites every word that repeats part of the key.  Providers echo keys
 * whole, or masked in the middle with both ends readable. */
static void
redact(const char *key, char *text)
{
    static const char mark[] = "[redacted]";
    size_t least = strlen(key) < ECHO_BYTES ? strlen(key) : ECHO_BYTES;
    char *out = text;

    for (const char *word = text; *word;) {
        size_t size = strcspn(word, " ");
        bool echo = false;

        for (size_t i = 0; i + least <= size && !echo; i++)
            echo = is_echo(key, word + i, least);
        if (echo) {
            /* The text never grows. */
            const char *sign = size < sizeof(mark) - 1 ? "****" : mark;

            memcpy(out, sign, strlen(sign));
            out += strlen(sign);
        } else {
            memmove(out, word, size);
            out += size;
        }
        word += size;
        while (*word == ' ')
            *out++ = *word++;
    }
    *out = '\0';
}

/* The value of a configured header is no credential by its form, so that only
 * the whole of it is an echo. */
static void
blank(const char *value, char *text)
{
    size_t size = strlen(value);

    if (size < ECHO_BYTES)
        return;
    for (char *at = strstr(text, value); at; at = strstr(at + size, value))
        memset(at, '*', size);
}

void
openai_copy_text(const struct openai_parser *p, const char *text, size_t size,
                 char *ret_text, size_t capacity)
{
    char clean[TEXT_SCAN_BYTES];
    size_t used;

    /* Cleaned first, because what is dropped may part a key in two, and cut
     * last, because a key that is cut is not recognised. */
    used = utf8_sanitise(text, size, clean, sizeof(clean));
    for (size_t i = 0; i < p->params.n_headers; i++)
        blank(p->params.headers[i].value, clean);
    if (p->key && strlen(p->key) >= SECRET_BYTES) {
        redact(p->key, clean);
        used = strlen(clean);
    }
    (void)utf8_sanitise(clean, used, ret_text, capacity);
}
