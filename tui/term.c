#define NCURSES_WIDECHAR 1

#include "tui/term.h"

#include <errno.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

#include "text/mem.h"
#include "text/utf8.h"
#include "tui/signals.h"
#include "tui/tty.h"

enum {
    ESCAPE_MS = 25, /* An Esc alone is known as one after that. */
    UTF8_MAX = 4
};

struct terminal {
    struct tty tty;
    SCREEN *screen;
    FILE *sink;   /* What ncurses writes to. */
    WINDOW *keys; /* Never shown: reading from it refreshes nothing. */
    int rows;
    int cols;
    bool colours;
    bool mouse;
    bool changed;        /* Its size, or its mouse: begin anew. */
    bool shown;          /* There is a picture on it. */
    char utf8[UTF8_MAX]; /* The beginning of a character. */
    size_t n_utf8;
};

/* Colours, as pairs with the terminal's own background. */
enum {
    PAIR_NONE,
    PAIR_YELLOW,
    PAIR_RED,
    PAIR_CYAN
};

static const struct look {
    attr_t coloured;
    short pair;
    attr_t mono;
} looks[] = {
    [STYLE_PLAIN] = {A_NORMAL, PAIR_NONE, A_NORMAL},
    [STYLE_DIM] = {A_DIM, PAIR_NONE, A_DIM},
    [STYLE_STRONG] = {A_BOLD, PAIR_NONE, A_BOLD},
    [STYLE_HEAD] = {A_BOLD, PAIR_NONE, A_BOLD},
    [STYLE_SELECTED] = {A_BOLD, PAIR_NONE, A_REVERSE},
    [STYLE_GOOD] = {A_NORMAL, PAIR_NONE, A_NORMAL},
    [STYLE_HALF] = {A_NORMAL, PAIR_YELLOW, A_BOLD},
    [STYLE_BAD] = {A_BOLD, PAIR_RED, A_REVERSE},
    [STYLE_ADMIN] = {A_NORMAL, PAIR_CYAN, A_NORMAL},
    [STYLE_KEY] = {A_BOLD, PAIR_NONE, A_BOLD},
};

/* Takes what ncurses has written since the last time; to be freed. */
static char *
take_sink(struct terminal *t, size_t *ret_size)
{
    int fd = fileno(t->sink);
    off_t size = lseek(fd, 0, SEEK_CUR);
    char *bytes = mem_alloc((size_t)size + 1, 1);
    ssize_t n = pread(fd, bytes, (size_t)size, 0);

    *ret_size = n > 0 ? (size_t)n : 0;
    (void)lseek(fd, 0, SEEK_SET);
    return bytes;
}

static void
forward_sink(struct terminal *t)
{
    size_t size;
    char *bytes = take_sink(t, &size);

    tty_write(&t->tty, bytes, size);
    free(bytes);
}

/* ncurses begins anew, for another size or mouse: what it ends with then is
 * found out by ending once where nobody sees it.  The next frame begins with
 * what takes the terminal over. */
static void
begin_anew(struct terminal *t)
{
    size_t size;
    char *bytes;

    if (t->shown) {
        (void)endwin();
        forward_sink(t);
    }
    t->shown = false;
    t->changed = false;
    (void)resize_term(t->rows, t->cols);
    (void)mousemask(
        t->mouse ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0,
        NULL);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    free(take_sink(t, &size));
    (void)endwin();
    bytes = take_sink(t, &size);
    tty_set_farewell(&t->tty, bytes, size);
    free(bytes);
}

/* Whether a terminal of this kind can be driven. */
static int
check_kind(const char *kind, char ret_error[160])
{
    int found;
    bool known;

    if (!kind || !kind[0]) {
        (void)snprintf(ret_error, 160,
                       "TERM is not set; without it there is aigw-top --batch");
        return -1;
    }
    known = setupterm(kind, STDOUT_FILENO, &found) == OK;
    if (known && tigetstr("cup")) {
        (void)del_curterm(cur_term);
        return 0;
    }
    if (known)
        (void)del_curterm(cur_term);
    (void)snprintf(ret_error, 160,
                   known ? "a terminal of the kind \"%.40s\" cannot be written "
                           "to in any place; try aigw-top --batch"
                         : "no terminal of the kind \"%.40s\" is known here; "
                           "set TERM to one that is, such as xterm or vt100",
                   kind);
    return -1;
}

/* The size of what is not a terminal is a matter of the environment. */
static SCREEN *
open_screen(const struct terminal *t, const char *kind)
{
    char rows[16], cols[16];
    SCREEN *screen;

    (void)snprintf(rows, sizeof(rows), "%d", t->rows);
    (void)snprintf(cols, sizeof(cols), "%d", t->cols);
    (void)setenv("LINES", rows, 1);
    (void)setenv("COLUMNS", cols, 1);
    screen = newterm(kind, t->sink, stdin);
    (void)unsetenv("LINES");
    (void)unsetenv("COLUMNS");
    return screen;
}

static void
set_colours(struct terminal *t, const struct term_options *options)
{
    t->colours = !options->mono && has_colors() && start_color() == OK
                 && use_default_colors() == OK;
    if (!t->colours)
        return;
    (void)init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
    (void)init_pair(PAIR_RED, COLOR_RED, -1);
    (void)init_pair(PAIR_CYAN, COLOR_CYAN, -1);
}

/* What cannot be done by terminals of this kind they do without. */
static int
set_up(struct terminal *t, const struct term_options *options)
{
    int sink = memfd_create("aigw-top", MFD_CLOEXEC);

    t->sink = sink >= 0 ? fdopen(sink, "w") : NULL;
    if (!t->sink)
        return -1;
    t->screen = open_screen(t, getenv("TERM"));
    t->keys = t->screen ? newpad(1, 1) : NULL;
    if (!t->keys)
        return -1;
    set_colours(t, options);
    (void)set_escdelay(ESCAPE_MS);
    (void)typeahead(-1);
    (void)nonl();
    (void)curs_set(0);
    (void)keypad(t->keys, TRUE);
    (void)nodelay(t->keys, TRUE);
    /* Bytes have eight bits.  What this writes, if anything, is dropped with
     * all that was written so far: begin_anew(). */
    (void)meta(t->keys, TRUE);
    (void)mouseinterval(0);
    return 0;
}

struct terminal *
term_new(const struct term_options *options, char ret_error[160])
{
    struct terminal *t = mem_alloc(1, sizeof(*t));

    t->mouse = options->mouse;
    if (tty_open(&t->tty, ret_error) != 0
        || check_kind(getenv("TERM"), ret_error) != 0) {
        tty_close(&t->tty);
        free(t);
        return NULL;
    }
    (void)term_resize(t);
    if (set_up(t, options) != 0) {
        (void)snprintf(ret_error, 160, "cannot use the terminal: %s",
                       strerror(errno));
        term_free(t);
        return NULL;
    }
    begin_anew(t);
    tty_begin(&t->tty);
    return t;
}

void
term_free(struct terminal *t)
{
    if (!t)
        return;
    tty_close(&t->tty);
    if (t->keys)
        (void)delwin(t->keys);
    if (t->screen)
        delscreen(t->screen);
    if (t->sink)
        (void)fclose(t->sink);
    free(t);
}

void
term_size(const struct terminal *t, int *ret_rows, int *ret_cols)
{
    *ret_rows = t->rows;
    *ret_cols = t->cols;
}

bool
term_resize(struct terminal *t)
{
    int rows, cols;

    tty_size(&t->tty, &rows, &cols);
    if (rows > CANVAS_MAX_ROWS)
        rows = CANVAS_MAX_ROWS;
    if (cols > CANVAS_MAX_COLS)
        cols = CANVAS_MAX_COLS;
    if (rows == t->rows && cols == t->cols)
        return false;
    t->rows = rows;
    t->cols = cols;
    t->changed = true;
    return true;
}

static void
put_row(const struct terminal *t, const struct canvas *c, int row)
{
    cchar_t chars[CANVAS_MAX_COLS];
    int n = 0;

    for (int col = 0; col < t->cols; col++) {
        struct cell cell = canvas_cell(c, row, col);
        const struct look *look = &looks[cell.style];
        wchar_t text[CELL_MAX_CHARS + 1] = {0};
        short pair = PAIR_NONE;

        if (cell.chars[0] == 0)
            continue; /* ncurses makes the right half itself. */
        if (t->colours)
            pair = look->pair;
        memcpy(text, cell.chars, sizeof(cell.chars));
        (void)setcchar(&chars[n++], text,
                       t->colours ? look->coloured : look->mono, pair, NULL);
    }
    (void)mvwadd_wchnstr(stdscr, row, 0, chars, n);
}

bool
term_show(struct terminal *t, const struct canvas *c, bool all)
{
    if (!tty_flush(&t->tty))
        return false;
    if (t->changed)
        begin_anew(t);
    if (all)
        (void)clearok(curscr, TRUE);
    for (int row = 0; row < t->rows; row++)
        put_row(t, c, row);
    (void)wmove(stdscr, t->rows - 1, t->cols - 1);
    (void)wnoutrefresh(stdscr);
    (void)doupdate();
    forward_sink(t);
    t->shown = true;
    return true;
}

bool
term_is_behind(const struct terminal *t)
{
    return tty_is_behind(&t->tty);
}

int
term_fd(const struct terminal *t)
{
    return t->tty.out;
}

void
term_flush(struct terminal *t)
{
    (void)tty_flush(&t->tty);
}

/* A click, or a turn of the wheel. */
static struct input
read_mouse(void)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return (struct input){.key = INPUT_NONE};
    if (event.bstate & BUTTON4_PRESSED)
        return (struct input){.key = INPUT_WHEEL_UP};
    if (event.bstate & BUTTON5_PRESSED)
        return (struct input){.key = INPUT_WHEEL_DOWN};
    if (event.bstate & BUTTON1_PRESSED)
        return (struct input){
            .key = INPUT_MOUSE, .row = event.y, .col = event.x};
    return (struct input){.key = INPUT_NONE};
}

/* What ncurses calls a key; INPUT_NONE for those that mean nothing here. */
static int
named_key(int code)
{
    static const struct {
        int code;
        int key;
    } keys[] = {
        {KEY_UP, INPUT_UP},         {KEY_DOWN, INPUT_DOWN},
        {KEY_LEFT, INPUT_LEFT},     {KEY_RIGHT, INPUT_RIGHT},
        {KEY_PPAGE, INPUT_PAGE_UP}, {KEY_NPAGE, INPUT_PAGE_DOWN},
        {KEY_HOME, INPUT_HOME},     {KEY_END, INPUT_END},
        {KEY_A1, INPUT_HOME},       {KEY_C1, INPUT_END},
        {KEY_A3, INPUT_PAGE_UP},    {KEY_C3, INPUT_PAGE_DOWN},
        {KEY_BTAB, INPUT_BACKTAB},  {KEY_BACKSPACE, INPUT_BACKSPACE},
        {KEY_DC, INPUT_BACKSPACE},  {KEY_ENTER, INPUT_ENTER},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (keys[i].code == code)
            return keys[i].key;
    }
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return INPUT_F1 + (code - KEY_F(1));
    return INPUT_NONE;
}

static int
decode(const char *utf8, size_t size)
{
    static const unsigned char masks[] = {0x7F, 0x7F, 0x1F, 0x0F, 0x07};
    int code = (unsigned char)utf8[0] & masks[size];

    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)utf8[i] & 0x3F);
    return code;
}

/* One more byte of a character; the character if that was the last one. */
static int
take_byte(struct terminal *t, char byte)
{
    size_t expected;
    int code;

    if (t->n_utf8 > 0 && ((unsigned char)byte & 0xC0) != 0x80)
        t->n_utf8 = 0; /* The one before was never finished. */
    t->utf8[t->n_utf8++] = byte;
    expected = utf8_expected((unsigned char)t->utf8[0]);
    if (t->n_utf8 < expected)
        return INPUT_NONE;
    code = utf8_sequence(t->utf8, t->n_utf8) > 0 ? decode(t->utf8, t->n_utf8)
                                                 : INPUT_NONE;
    t->n_utf8 = 0;
    return code;
}

/* What follows an Esc that ncurses made no key of.  A sequence that is not
 * known is passed over as a whole, so that its letters are not taken for
 * keys. */
static int
read_after_escape(struct terminal *t)
{
    int byte = wgetch(t->keys);

    if (byte != '[' && byte != 'O') {
        if (byte != ERR)
            (void)ungetch(byte);
        return INPUT_ESC;
    }
    do
        byte = wgetch(t->keys);
    while (byte >= ' ' && byte < '@');
    return INPUT_NONE;
}

static struct input
translate(struct terminal *t, int code)
{
    int key;

    if (code == KEY_MOUSE)
        return read_mouse();
    if (code > 0xFF)
        key = named_key(code);
    else if (code == INPUT_ESC)
        key = read_after_escape(t);
    else if (code == 0x7F || code == '\b')
        key = INPUT_BACKSPACE;
    else if (code == '\n')
        key = INPUT_ENTER;
    else
        key = take_byte(t, (char)code);
    return (struct input){.key = key};
}

struct input
term_read(struct terminal *t)
{
    struct input input = {.key = INPUT_NONE};
    int code = 0;

    while (input.key == INPUT_NONE && code != ERR) {
        code = wgetch(t->keys);
        if (code != ERR)
            input = translate(t, code);
    }
    return input;
}

void
term_set_mouse(struct terminal *t, bool on)
{
    t->changed |= t->mouse != on;
    t->mouse = on;
}

/* Somebody else may have written to the terminal, in any size. */
static void
begin_again(struct terminal *t)
{
    (void)term_resize(t);
    t->changed = true;
    tty_begin(&t->tty);
}

void
term_suspend(struct terminal *t)
{
    tty_end(&t->tty);
    t->shown = false;
    signals_stop();
    begin_again(t);
}

void
term_resume(struct terminal *t)
{
    begin_again(t);
}

unsigned long long
term_written(const struct terminal *t)
{
    return t->tty.written;
}
