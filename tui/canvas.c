#include "tui/canvas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"
#include "text/utf8.h"

enum {
    UTF8_MAX = 4 /* Bytes of a sequence. */
};

/* A base with what combines with it, and its columns: 1 or 2. */
struct glyph {
    wchar_t chars[CELL_MAX_CHARS];
    int cols;
};

static const struct cell blank = {.chars = {L' '}, .style = STYLE_PLAIN};

/* Characters that are not seen but change how others are: they reverse the
 * direction of a line, or join what the grid keeps apart. */
static bool
is_unseen(unsigned long ch)
{
    static const struct {
        unsigned long first, last;
    } ranges[] = {
        {0xAD, 0xAD},     {0x061C, 0x061C}, {0x180B, 0x180F},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        if (ch >= ranges[i].first && ch <= ranges[i].last)
            return true;
    }
    return false;
}

/* Variation selectors: some terminals make the character before them wider
 * for them, and no two agree. */
static bool
is_selector(unsigned long ch)
{
    return ch >= 0xFE00 && ch <= 0xFE0F;
}

/* The code point of a valid sequence. */
static unsigned long
decode(const char *text, size_t size)
{
    static const unsigned char masks[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned long ch = (unsigned char)text[0] & masks[size];

    for (size_t i = 1; i < size; i++)
        ch = ch << 6 | ((unsigned char)text[i] & 0x3FU);
    return ch;
}

/* What stands for the character at `*text`, which is passed, and its columns:
 * 0 if it combines with the one before, and is then 0 to be left out. */
static wchar_t
next_char(const struct canvas *c, const char **text, int *ret_cols)
{
    size_t size = utf8_sequence(*text, strnlen(*text, UTF8_MAX));
    unsigned long ch = size > 0 ? decode(*text, size) : '?';
    int cols;

    *text += size > 0 ? size : 1;
    *ret_cols = 1;
    if (ch >= ' ' && ch < 0x7F)
        return (wchar_t)ch;
    if (ch == '\n' || ch == '\t' || ch == '\r')
        return L' ';
    if (c->ascii || ch < ' ' || is_unseen(ch))
        return L'?';
    cols = is_selector(ch) ? 0 : wcwidth((wchar_t)ch);
    if (cols < 0)
        return L'?';
    *ret_cols = cols;
    return is_selector(ch) ? L'\0' : (wchar_t)ch;
}

/* Takes what combines with `glyph` from `*text` on. */
static void
take_combining(const struct canvas *c, const char **text, struct glyph *glyph)
{
    size_t n = 1;

    while (**text) {
        const char *next = *text;
        int cols;
        wchar_t ch = next_char(c, &next, &cols);

        if (cols != 0)
            return;
        if (ch && n < CELL_MAX_CHARS)
            glyph->chars[n++] = ch;
        *text = next;
    }
}

/* False at the end of `*text`. */
static bool
next_glyph(const struct canvas *c, const char **text, struct glyph *ret_glyph)
{
    if (**text == '\0')
        return false;
    *ret_glyph = (struct glyph){{0}, 0};
    ret_glyph->chars[0] = next_char(c, text, &ret_glyph->cols);
    if (ret_glyph->cols == 0) {
        /* It has nothing to combine with. */
        ret_glyph->chars[0] = L'?';
        ret_glyph->cols = 1;
    }
    if (!c->ascii)
        take_combining(c, text, ret_glyph);
    return true;
}

static struct cell *
at(const struct canvas *c, int row, int col)
{
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

static bool
is_right_half(const struct canvas *c, int row, int col)
{
    return col < c->cols && at(c, row, col)->chars[0] == 0;
}

/* Leaves its style. */
static void
make_blank(struct cell *cell)
{
    memcpy(cell->chars, blank.chars, sizeof(cell->chars));
}

/* Blanks the halves of wide characters that stay behind when the cells from
 * `col` to before `end` are written over. */
static void
clear_halves(struct canvas *c, int row, int col, int end)
{
    if (is_right_half(c, row, col))
        make_blank(at(c, row, col - 1));
    if (is_right_half(c, row, end))
        make_blank(at(c, row, end));
}

static void
write_glyph(struct canvas *c, int row, int col, enum style style,
            const struct glyph *glyph)
{
    struct cell *cell = at(c, row, col);

    clear_halves(c, row, col, col + glyph->cols);
    memcpy(cell->chars, glyph->chars, sizeof(cell->chars));
    cell->style = style;
    if (glyph->cols == 2)
        cell[1] = (struct cell){.chars = {0}, .style = style};
}

static int
clamp(int value, int least, int most)
{
    if (value < least)
        return least;
    return value > most ? most : value;
}

/* The part of `a` that is on the canvas. */
static struct area
clip(const struct canvas *c, struct area a)
{
    struct area inside = {.row = clamp(a.row, 0, c->rows),
                          .col = clamp(a.col, 0, c->cols)};
    long end_row = (long)a.row + a.rows, end_col = (long)a.col + a.cols;

    inside.rows = (int)(end_row < c->rows ? end_row : c->rows) - inside.row;
    inside.cols = (int)(end_col < c->cols ? end_col : c->cols) - inside.col;
    return inside;
}

void
canvas_init(struct canvas *c, bool ascii)
{
    *c = (struct canvas){.ascii = ascii};
}

void
canvas_deinit(struct canvas *c)
{
    free(c->cells);
    *c = (struct canvas){.ascii = c->ascii};
}

void
canvas_resize(struct canvas *c, int rows, int cols)
{
    c->rows = clamp(rows, 1, CANVAS_MAX_ROWS);
    c->cols = clamp(cols, 1, CANVAS_MAX_COLS);
    c->cells = mem_resize(c->cells, (size_t)c->rows * (size_t)c->cols,
                          sizeof(*c->cells));
    canvas_clear(c);
}

void
canvas_clear(struct canvas *c)
{
    for (size_t i = 0; i < (size_t)c->rows * (size_t)c->cols; i++)
        c->cells[i] = blank;
}

int
canvas_put(struct canvas *c, int row, int col, int max_cols, enum style style,
           const char *text)
{
    struct glyph glyph;
    int written = 0;

    if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
        return 0;
    if (max_cols > c->cols - col)
        max_cols = c->cols - col;
    while (written < max_cols && next_glyph(c, &text, &glyph)
           && written + glyph.cols <= max_cols) {
        write_glyph(c, row, col + written, style, &glyph);
        written += glyph.cols;
    }
    return written;
}

int
canvas_printf(struct canvas *c, int row, int col, int max_cols,
              enum style style, const char *format, ...)
{
    char text[1024];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return canvas_put(c, row, col, max_cols, style, text);
}

int
canvas_put_right(struct canvas *c, int row, int col, int cols, enum style style,
                 const char *text)
{
    int width = canvas_text_width(c, text);

    if (width < cols) {
        col += cols - width;
        cols = width;
    }
    return canvas_put(c, row, col, cols, style, text);
}

void
canvas_fill(struct canvas *c, struct area a, enum style style)
{
    struct area inside = clip(c, a);
    int end = inside.col + inside.cols;

    if (inside.cols <= 0)
        return;
    for (int row = inside.row; row < inside.row + inside.rows; row++) {
        clear_halves(c, row, inside.col, end);
        for (int col = inside.col; col < end; col++)
            *at(c, row, col) = (struct cell){.chars = {L' '}, .style = style};
    }
}

void
canvas_restyle(struct canvas *c, struct area a, enum style style)
{
    struct area inside = clip(c, a);

    for (int row = inside.row; row < inside.row + inside.rows; row++) {
        for (int col = inside.col; col < inside.col + inside.cols; col++)
            at(c, row, col)->style = style;
    }
}

struct cell
canvas_cell(const struct canvas *c, int row, int col)
{
    if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
        return blank;
    return *at(c, row, col);
}

/* Not fputwc(3), which would ask the locale. */
static void
write_utf8(unsigned long ch, FILE *out)
{
    if (ch < 0x80) {
        (void)fputc((int)ch, out);
        return;
    }
    if (ch < 0x800) {
        (void)fputc((int)(0xC0 | ch >> 6), out);
    } else if (ch < 0x10000) {
        (void)fputc((int)(0xE0 | ch >> 12), out);
        (void)fputc((int)(0x80 | (ch >> 6 & 0x3F)), out);
    } else {
        (void)fputc((int)(0xF0 | ch >> 18), out);
        (void)fputc((int)(0x80 | (ch >> 12 & 0x3F)), out);
        (void)fputc((int)(0x80 | (ch >> 6 & 0x3F)), out);
    }
    (void)fputc((int)(0x80 | (ch & 0x3F)), out);
}

void
canvas_write_row(const struct canvas *c, int row, FILE *out)
{
    int end = row >= 0 && row < c->rows ? c->cols : 0;

    while (end > 0 && at(c, row, end - 1)->chars[0] == L' '
           && at(c, row, end - 1)->chars[1] == 0)
        end--;
    for (int col = 0; col < end; col++) {
        const wchar_t *chars = at(c, row, col)->chars;

        for (int i = 0; i < CELL_MAX_CHARS && chars[i]; i++)
            write_utf8((unsigned long)chars[i], out);
    }
}

int
canvas_text_width(const struct canvas *c, const char *text)
{
    struct glyph glyph;
    int width = 0;

    while (next_glyph(c, &text, &glyph))
        width += glyph.cols;
    return width;
}
