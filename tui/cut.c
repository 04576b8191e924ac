#include "tui/cut.h"

#include <string.h>

#include "text/utf8.h"

enum {
    MARK_COLS = 2,
    LEAST_COLS = 8 /* In less there is nothing to see of both ends. */
};

/* The columns of the character of `size` bytes at `text`. */
static int
cols_of(const struct canvas *c, const char *text, size_t size)
{
    char one[8] = "";

    memcpy(one, text, size);
    return canvas_text_width(c, one);
}

/* The bytes of the character at `text`; a byte that begins none is one. */
static size_t
size_at(const char *text)
{
    size_t size = utf8_sequence(text, strlen(text));

    return size > 0 ? size : 1;
}

/* The bytes of the beginning of `text` that takes at most `cols`. */
static size_t
head_size(const struct canvas *c, const char *text, int cols, size_t max)
{
    size_t size = 0;

    while (text[size]) {
        size_t next = size_at(text + size);

        cols -= cols_of(c, text + size, next);
        if (cols < 0 || size + next > max)
            break;
        size += next;
    }
    return size;
}

/* Where the end of `text` begins that takes at most `cols`. */
static const char *
tail_at(const struct canvas *c, const char *text, int cols, size_t max)
{
    const char *end = text + strlen(text);
    const char *tail = end;

    while (tail > text) {
        const char *at = tail - 1;

        while (at > text && tail - at < 4
               && ((unsigned char)*at & 0xC0) == 0x80)
            at--;
        cols -= cols_of(c, at, (size_t)(tail - at));
        if (cols < 0 || (size_t)(end - at) > max)
            break;
        tail = at;
    }
    return tail;
}

struct cut
cut_middle(const struct canvas *c, const char *text, int cols)
{
    struct cut cut = {""};
    size_t max = sizeof(cut.s) / 2 - MARK_COLS;
    int shown = cols - MARK_COLS;
    size_t head;

    if (cols < LEAST_COLS || canvas_text_width(c, text) <= cols) {
        head = head_size(c, text, cols, sizeof(cut.s) - 1);
        memcpy(cut.s, text, head);
        return cut;
    }
    head = head_size(c, text, shown - shown / 2, max);
    memcpy(cut.s, text, head);
    (void)stpcpy(stpcpy(cut.s + head, ".."), tail_at(c, text, shown / 2, max));
    return cut;
}
