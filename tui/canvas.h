/*
 * canvas.h - a screen as a grid of cells, drawn into by every panel and shown
 * by whoever can: tui/term.c on a terminal, a test or `-b` as text.
 *
 * Text comes from anywhere and goes through canvas_put(), which is the one
 * place that makes it safe: control bytes, what is not UTF-8 and characters
 * that reorder or join others become `?`, tabs and ends of lines blanks.
 * Columns are counted by wcwidth(3), a wide character is never cut in half,
 * combining characters stay with their base.  Nothing is ever written outside
 * of the grid.  Pure, but for the locale that wcwidth(3) looks at.
 */
#ifndef AIGW_TUI_CANVAS_H
#define AIGW_TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

/* What a cell means; how that looks is for the terminal to decide, and no
 * style says anything that the words beside it do not say. */
enum style {
    STYLE_PLAIN,
    STYLE_DIM,      /* Old numbers, rules, labels. */
    STYLE_STRONG,   /* Titles, the active tab, the name of the program. */
    STYLE_HEAD,     /* The titles of columns. */
    STYLE_SELECTED, /* The selected row. */
    STYLE_GOOD,     /* LIVE. */
    STYLE_HALF,     /* Half open, stale, draining away. */
    STYLE_BAD,      /* Open, latched, down. */
    STYLE_ADMIN,    /* By hand: drained, disabled, forced. */
    STYLE_KEY       /* A key in the row of keys. */
};

enum {
    CANVAS_MAX_ROWS = 100,
    CANVAS_MAX_COLS = 300,
    CELL_MAX_CHARS = 3 /* A base and two combining characters. */
};

struct cell {
    wchar_t chars[CELL_MAX_CHARS]; /* 0: the right half of a wide one. */
    enum style style;
};

struct canvas {
    int rows;
    int cols;
    bool ascii; /* Write nothing beyond ASCII: `?` stands for it. */
    struct cell *cells;
};

/* Part of a canvas: `cols` x `rows` cells from (`row`, `col`). */
struct area {
    int row;
    int col;
    int rows;
    int cols;
};

/* An empty canvas without cells; canvas_resize() gives it some. */
void canvas_init(struct canvas *c, bool ascii);
void canvas_deinit(struct canvas *c);

/* Makes it `rows` x `cols` blanks.  Both are cut to 1..CANVAS_MAX_*. */
void canvas_resize(struct canvas *c, int rows, int cols);

/* Makes every cell a plain blank. */
void canvas_clear(struct canvas *c);

/* Writes `text` from (`row`, `col`) to the right, over at most `max_cols`
 * columns; what does not fit is dropped.  Returns the columns written. */
int canvas_put(struct canvas *c, int row, int col, int max_cols,
               enum style style, const char *text);

/* The same, `text` being a printf format; at most 1 KiB. */
int canvas_printf(struct canvas *c, int row, int col, int max_cols,
                  enum style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Writes `text` so that it ends at the right edge of `cols` columns from
 * `col`; what does not fit is cut at its end. */
int canvas_put_right(struct canvas *c, int row, int col, int cols,
                     enum style style, const char *text);

/* Makes the cells of `a` blanks in `style`. */
void canvas_fill(struct canvas *c, struct area a, enum style style);

/* Gives the cells of `a` another style and leaves what is in them. */
void canvas_restyle(struct canvas *c, struct area a, enum style style);

/* A cell; a blank outside of the grid. */
struct cell canvas_cell(const struct canvas *c, int row, int col);

/* Writes row `row` as UTF-8, without the blanks at its end and without a
 * newline. */
void canvas_write_row(const struct canvas *c, int row, FILE *out);

/* The columns that `text` takes, as canvas_put() would write it. */
int canvas_text_width(const struct canvas *c, const char *text);

#endif
