#include "text/sanitize.h"

#include <stdbool.h>

#include "text/utf8.h"

void
sanitize_init(struct sanitize *s)
{
    *s = (struct sanitize){0};
}

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

static void
finish_sequence(struct sanitize *s, FILE *out)
{
    bool valid = utf8_sequence(s->pending, s->n_expected) > 0;
    /* U+0080 to U+009F: a second set of control characters. */
    bool control = (unsigned char)s->pending[0] == 0xC2
                   && (unsigned char)s->pending[1] < 0xA0;

    if (valid && !control)
        (void)fwrite(s->pending, 1, s->n_expected, out);
    else
        (void)fputc('?', out);
    s->n_pending = 0;
    s->n_expected = 0;
}

void
sanitize_end(struct sanitize *s, FILE *out)
{
    if (s->n_expected > 0)
        (void)fputc('?', out);
    s->n_pending = 0;
    s->n_expected = 0;
}

static void
begin(struct sanitize *s, unsigned char byte, FILE *out)
{
    bool printable =
        byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7F);

    if (byte < 0x80) {
        /* A carriage return is half of a line end, or would overwrite. */
        if (byte != '\r')
            (void)fputc(printable ? byte : '?', out);
        return;
    }
    s->n_expected = utf8_expected(byte);
    if (s->n_expected == 0) {
        (void)fputc('?', out);
        return;
    }
    s->pending[0] = (char)byte;
    s->n_pending = 1;
}

static void
step(struct sanitize *s, unsigned char byte, FILE *out)
{
    if (s->n_expected > 0 && is_continuation(byte)) {
        s->pending[s->n_pending++] = (char)byte;
        if (s->n_pending == s->n_expected)
            finish_sequence(s, out);
        return;
    }
    sanitize_end(s, out);
    begin(s, byte, out);
}

void
sanitize_write(struct sanitize *s, const char *data, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        step(s, (unsigned char)data[i], out);
}

void
sanitize_line(const char *text, FILE *out)
{
    struct sanitize s;

    sanitize_init(&s);
    for (; *text; text++) {
        bool blank = *text == '\n' || *text == '\t';

        step(&s, (unsigned char)(blank ? ' ' : *text), out);
    }
    sanitize_end(&s, out);
}
