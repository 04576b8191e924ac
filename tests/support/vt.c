#include "support/vt.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct vt_cell blank = {.ch = L' ', .colour = -1};

static struct vt_screen *
shown(struct vt *vt)
{
    return &vt->screens[vt->other];
}

static void
erase(struct vt *vt, int row, int from, int to)
{
    for (int col = from; col < to; col++)
        shown(vt)->cells[row][col] = blank;
}

static void
clear_screens(struct vt *vt)
{
    for (int i = 0; i < 2; i++) {
        for (int row = 0; row < VT_MAX_ROWS; row++) {
            for (int col = 0; col < VT_MAX_COLS; col++)
                vt->screens[i].cells[row][col] = blank;
        }
    }
}

void
vt_init(struct vt *vt, int rows, int cols)
{
    *vt =
        (struct vt){.rows = rows, .cols = cols, .bottom = rows, .look = blank};
    clear_screens(vt);
}

static int
clamp(int value, int most)
{
    if (value < 0)
        return 0;
    return value < most ? value : most - 1;
}

static void
place(struct vt *vt, int row, int col)
{
    shown(vt)->row = clamp(row, vt->rows);
    shown(vt)->col = clamp(col, vt->cols);
    vt->wraps = false;
}

void
vt_resize(struct vt *vt, int rows, int cols)
{
    ck_assert_int_le(rows, VT_MAX_ROWS);
    ck_assert_int_le(cols, VT_MAX_COLS);
    vt->rows = rows;
    vt->cols = cols;
    vt->top = 0;
    vt->bottom = rows;
    place(vt, shown(vt)->row, shown(vt)->col);
}

/* Moves the rows from `top` to before the end of what scrolls by `n` down, or
 * up. */
static void
scroll(struct vt *vt, int top, int n)
{
    struct vt_screen *s = shown(vt);
    struct vt_screen before = *s;

    for (int row = top; row < vt->bottom; row++) {
        int from = row - n;

        erase(vt, row, 0, VT_MAX_COLS);
        if (from >= top && from < vt->bottom)
            memcpy(s->cells[row], before.cells[from], sizeof(s->cells[row]));
    }
}

static void
line_feed(struct vt *vt)
{
    struct vt_screen *s = shown(vt);

    vt->wraps = false;
    if (s->row + 1 == vt->bottom)
        scroll(vt, vt->top, -1);
    else if (s->row + 1 < vt->rows)
        s->row++;
}

static void
reverse_line_feed(struct vt *vt)
{
    struct vt_screen *s = shown(vt);

    vt->wraps = false;
    if (s->row == vt->top)
        scroll(vt, vt->top, 1);
    else if (s->row > 0)
        s->row--;
}

static void
note_unknown(struct vt *vt)
{
    if (vt->unknown++ == 0)
        memcpy(vt->unknown_text, vt->sequence, sizeof(vt->sequence));
}

static void
put_char(struct vt *vt, wchar_t ch)
{
    struct vt_screen *s = shown(vt);
    int width = wcwidth(ch);

    ck_assert_msg(width >= 0, "U+%04X was written", (unsigned)ch);
    if (width == 0)
        return; /* Combines with what stands there. */
    if (vt->wraps || s->col + width > vt->cols) {
        s->col = 0;
        line_feed(vt);
    }
    s->cells[s->row][s->col] = vt->look;
    s->cells[s->row][s->col].ch = ch;
    if (width == 2) {
        s->cells[s->row][s->col + 1] = vt->look;
        s->cells[s->row][s->col + 1].ch = 0;
    }
    vt->wraps = s->col + width >= vt->cols;
    s->col = clamp(s->col + width, vt->cols);
}

static int
param(const struct vt *vt, int i, int usual)
{
    return i < vt->n_params && vt->params[i] > 0 ? vt->params[i] : usual;
}

static void
erase_display(struct vt *vt)
{
    struct vt_screen *s = shown(vt);
    int how = param(vt, 0, 0);

    if (how == 0)
        erase(vt, s->row, s->col, VT_MAX_COLS);
    if (how == 1)
        erase(vt, s->row, 0, s->col + 1);
    for (int row = 0; row < vt->rows; row++) {
        if (how == 2 || (how == 0 && row > s->row)
            || (how == 1 && row < s->row))
            erase(vt, row, 0, VT_MAX_COLS);
    }
}

static void
erase_line(struct vt *vt)
{
    struct vt_screen *s = shown(vt);
    int how = param(vt, 0, 0);

    erase(vt, s->row, how == 0 ? s->col : 0,
          how == 1 ? s->col + 1 : VT_MAX_COLS);
}

/* Moves the rest of the row by `n` columns to the right, or to the left. */
static void
shift_row(struct vt *vt, int n)
{
    struct vt_screen *s = shown(vt);
    struct vt_cell before[VT_MAX_COLS];

    memcpy(before, s->cells[s->row], sizeof(before));
    for (int col = s->col; col < vt->cols; col++) {
        int from = col - n;

        s->cells[s->row][col] =
            from >= s->col && from < vt->cols ? before[from] : blank;
    }
}

/* The last character once more. */
static void
repeat(struct vt *vt)
{
    struct vt_screen *s = shown(vt);
    wchar_t ch = s->cells[s->row][s->col > 0 ? s->col - 1 : 0].ch;

    for (int n = param(vt, 0, 1); n > 0; n--)
        put_char(vt, ch);
}

static void
set_look(struct vt *vt)
{
    for (int i = 0; i < (vt->n_params > 0 ? vt->n_params : 1); i++) {
        int code = i < vt->n_params ? vt->params[i] : 0;

        if (code == 0)
            vt->look = blank;
        else if (code == 1)
            vt->look.bold = true;
        else if (code == 2)
            vt->look.dim = true;
        else if (code == 7)
            vt->look.reverse = true;
        else if (code == 27)
            vt->look.reverse = false;
        else if (code == 22)
            vt->look.bold = vt->look.dim = false;
        else if (code >= 30 && code <= 37)
            vt->look.colour = code - 30;
        else if (code == 39)
            vt->look.colour = -1;
        else if (code != 49 && code != 10)
            note_unknown(vt);
    }
}

static void
show_other(struct vt *vt, bool other)
{
    vt->other = other;
    vt->wraps = false;
    if (!other)
        return;
    for (int row = 0; row < VT_MAX_ROWS; row++)
        erase(vt, row, 0, VT_MAX_COLS);
}

static void
set_mode(struct vt *vt, bool on)
{
    for (int i = 0; i < vt->n_params; i++) {
        switch (vt->private == '?' ? vt->params[i] : -vt->params[i]) {
        case 1:
            vt->keys_sent_as_applications = on;
            break;
        case 25:
            vt->cursor_hidden = !on;
            break;
        case 1000:
            vt->mouse = on;
            break;
        case 1049:
            show_other(vt, on);
            break;
        case 7:    /* Wrapping, which is always on. */
        case 12:   /* A blinking cursor. */
        case 1006: /* How the mouse is told of. */
        case -4:   /* Characters are inserted. */
            break;
        default:
            note_unknown(vt);
        }
    }
}

/* Moves the cursor, or what is behind it. */
static bool
move(struct vt *vt, char final)
{
    struct vt_screen *s = shown(vt);
    int n = param(vt, 0, 1);

    switch (final) {
    case 'A':
        place(vt, s->row - n, s->col);
        return true;
    case 'B':
        place(vt, s->row + n, s->col);
        return true;
    case 'C':
        place(vt, s->row, s->col + n);
        return true;
    case 'D':
        place(vt, s->row, s->col - n);
        return true;
    case 'G':
        place(vt, s->row, n - 1);
        return true;
    case 'd':
        place(vt, n - 1, s->col);
        return true;
    case 'H':
        place(vt, n - 1, param(vt, 1, 1) - 1);
        return true;
    case '@':
        shift_row(vt, n);
        return true;
    case 'P':
        shift_row(vt, -n);
        return true;
    case 'L':
    case 'M':
        scroll(vt, s->row, final == 'L' ? n : -n);
        s->col = 0;
        return true;
    case 'S':
    case 'T':
        scroll(vt, vt->top, final == 'T' ? n : -n);
        return true;
    default:
        return false;
    }
}

static void
end_csi(struct vt *vt, char final)
{
    struct vt_screen *s = shown(vt);

    if (!vt->private && move(vt, final))
        return;
    switch (final) {
    case 'J':
        erase_display(vt);
        break;
    case 'K':
        erase_line(vt);
        break;
    case 'X':
        erase(vt, s->row, s->col, clamp(s->col + param(vt, 0, 1), VT_MAX_COLS));
        break;
    case 'b':
        repeat(vt);
        break;
    case 'm':
        set_look(vt);
        break;
    case 'h':
    case 'l':
        set_mode(vt, final == 'h');
        break;
    case 'r':
        vt->top = param(vt, 0, 1) - 1;
        vt->bottom = param(vt, 1, vt->rows);
        ck_assert_int_lt(vt->top, vt->bottom);
        ck_assert_int_le(vt->bottom, VT_MAX_ROWS);
        place(vt, 0, 0);
        break;
    case 't': /* The title of the window. */
    case 'c': /* The shape of the cursor. */
        break;
    default:
        note_unknown(vt);
    }
}

static void
take_csi(struct vt *vt, char byte)
{
    if (byte == '?' || byte == '>' || byte == '!') {
        vt->private = byte;
        return;
    }
    if (byte >= '0' && byte <= '9') {
        if (vt->n_params == 0)
            vt->n_params = 1;
        vt->params[vt->n_params - 1] =
            vt->params[vt->n_params - 1] * 10 + (byte - '0');
        ck_assert_int_lt(vt->params[vt->n_params - 1], 100000);
        return;
    }
    if (byte == ';') {
        vt->n_params += vt->n_params == 0 ? 2 : 1;
        ck_assert_int_le(vt->n_params, VT_MAX_PARAMS);
        return;
    }
    vt->state = VT_TEXT;
    end_csi(vt, byte);
}

static void
take_escape(struct vt *vt, char byte)
{
    vt->state = VT_TEXT;
    switch (byte) {
    case '[':
        vt->state = VT_CSI;
        vt->n_params = 0;
        vt->private = 0;
        memset(vt->params, 0, sizeof(vt->params));
        break;
    case ']':
        vt->state = VT_OSC;
        break;
    case '(':
    case ')':
        vt->state = VT_CHARSET;
        break;
    case 'M':
        reverse_line_feed(vt);
        break;
    case '=': /* How the keypad is told of. */
    case '>':
    case '\\':
        break;
    default:
        note_unknown(vt);
    }
}

static void
take_control(struct vt *vt, char byte)
{
    struct vt_screen *s = shown(vt);

    switch (byte) {
    case '\x1B':
        vt->state = VT_ESCAPE;
        vt->n_sequence = 0;
        memset(vt->sequence, 0, sizeof(vt->sequence));
        break;
    case '\r':
        place(vt, s->row, 0);
        break;
    case '\n':
        line_feed(vt);
        break;
    case '\b':
        place(vt, s->row, s->col - 1);
        break;
    case '\t':
        place(vt, s->row, (s->col / 8 + 1) * 8);
        break;
    case '\x0E': /* Another set of characters, and back. */
    case '\x0F':
    case '\x18':
    case '\a':
        break;
    default:
        ck_abort_msg("the control character %d was written", byte);
    }
}

static void
take_text(struct vt *vt, char byte)
{
    wchar_t ch;
    mbstate_t state = {0};
    size_t n;

    if ((unsigned char)byte < ' ' || byte == 0x7F) {
        ck_assert_uint_eq(vt->n_utf8, 0);
        take_control(vt, byte);
        return;
    }
    ck_assert_uint_lt(vt->n_utf8, sizeof(vt->utf8));
    vt->utf8[vt->n_utf8++] = byte;
    n = mbrtowc(&ch, vt->utf8, vt->n_utf8, &state);
    if (n == (size_t)-2)
        return;
    ck_assert_msg(n != (size_t)-1, "what is not UTF-8 was written: %02X",
                  (unsigned char)byte);
    vt->n_utf8 = 0;
    put_char(vt, ch);
}

static void
take(struct vt *vt, char byte)
{
    if (byte == '\x18') {
        vt->state = VT_TEXT;
        vt->n_utf8 = 0;
    }
    if (vt->state != VT_TEXT && vt->n_sequence + 1 < sizeof(vt->sequence))
        vt->sequence[vt->n_sequence++] = byte;
    switch (vt->state) {
    case VT_TEXT:
        take_text(vt, byte);
        break;
    case VT_ESCAPE:
        take_escape(vt, byte);
        break;
    case VT_CSI:
        take_csi(vt, byte);
        break;
    case VT_OSC:
        /* Ends with a bell, or with the backslash of "Esc \"; that of the
         * colours of linux has no end but its letter. */
        if (byte == '\a' || byte == '\\' || byte == 'R')
            vt->state = VT_TEXT;
        break;
    case VT_CHARSET:
        vt->state = VT_TEXT;
        break;
    }
}

void
vt_write(struct vt *vt, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        take(vt, bytes[i]);
}

void
vt_row(const struct vt *vt, int row, char *ret_text, size_t size)
{
    size_t used = 0, end = 0;

    for (int col = 0; col < vt->cols; col++) {
        wchar_t ch = vt_cell(vt, row, col)->ch;
        char text[MB_LEN_MAX];
        mbstate_t state = {0};
        size_t n = ch ? wcrtomb(text, ch, &state) : 0;

        ck_assert_uint_lt(used + n, size);
        memcpy(ret_text + used, text, n);
        used += n;
        if (ch != L' ')
            end = used;
    }
    ret_text[end] = '\0';
}

bool
vt_find(const struct vt *vt, const char *text, int *ret_row, int *ret_col)
{
    for (int row = 0; row < vt->rows; row++) {
        char line[VT_MAX_COLS * 4];
        const char *at;

        vt_row(vt, row, line, sizeof(line));
        at = strstr(line, text);
        if (!at)
            continue;
        *ret_row = row;
        *ret_col = 0;
        for (const char *p = line; p < at; p++)
            *ret_col += ((unsigned char)*p & 0xC0) != 0x80;
        return true;
    }
    return false;
}

bool
vt_shows(const struct vt *vt, const char *text)
{
    int row, col;

    return vt_find(vt, text, &row, &col);
}

const struct vt_cell *
vt_cell(const struct vt *vt, int row, int col)
{
    return &vt->screens[vt->other].cells[row][col];
}
