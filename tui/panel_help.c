/*
 * panel_help.c - the help: the table of keys in sections, and what the words
 * of the screen mean.
 *
 * The sections stand side by side where there are 80 columns, and below each
 * other where there are fewer.  What does not fit is scrolled to.
 */
#include <stdio.h>
#include <string.h>

#include "tui/panel.h"
#include "tui/ui_keys.h"

enum {
    FULL_COLS = 80, /* From here on sections stand side by side. */
    GAP = 2         /* Blanks between the keys and what they do. */
};

/* Where a section stands: sections of one band begin in the same line. */
struct place {
    const char *title; /* NULL: none. */
    int band;
    int col;
    int text_col; /* Of what the keys do, where they leave room. */
    int skip;     /* Lines of the band above it. */
};

static const struct place places[UI_SECTIONS] = {
    [UI_SECTION_MOVE] = {"MOVE", 0, 1, 19, 0},
    [UI_SECTION_SHOW] = {"SHOW", 0, 37, 56, 0},
    [UI_SECTION_SORT] = {"SORT", 1, 1, 19, 0},
    [UI_SECTION_REFRESH] = {"REFRESH", 1, 37, 56, 0},
    [UI_SECTION_ACT] = {"ACT (asks y/N first; hidden with --readonly)", 2, 1, 5,
                        0},
    [UI_SECTION_ACT_MORE] = {NULL, 2, 37, 41, 1},
    [UI_SECTION_OTHER] = {"OTHER", 3, 1, 5, 0},
    [UI_SECTION_OTHER_MORE] = {NULL, 3, 18, 22, 1},
    [UI_SECTION_REPLAY] = {NULL, 3, 46, 59, 2}};

static const char *const legend[] = {
    " STATE   CLOSED in use    HALF probing    OPEN failing, skipped    DRAIN"
    " by hand",
    " STATUS  LIVE  PAUSED  STALE 12s (numbers are that old)  DOWN (retrying)",
    " Colour only repeats words: NO_COLOR=1, -C, TERM=vt100 lose nothing."
    " -U: ASCII.",
    " Settings ~/.config/aigw/top.conf (written only by S)      More: man"
    " aigw-top"};

enum {
    LEGEND_LINES = sizeof(legend) / sizeof(*legend)
};

/* The lines of the help as they are written; without a canvas they are only
 * counted. */
struct page {
    struct canvas *c;
    struct area area;
    const struct ui *ui;
    int top; /* The line in the first row of the area. */
};

static bool
is_stacked(int cols)
{
    return cols < FULL_COLS;
}

static void
put(const struct page *p, int line, int col, enum style style, const char *text)
{
    int row = line - p->top;

    if (!p->c || row < 0 || row >= p->area.rows)
        return;
    (void)canvas_put(p->c, p->area.row + row, p->area.col + col,
                     p->area.cols - col, style, text);
}

static void
put_entry(const struct page *p, int line, const struct place *place, int col,
          const struct ui_keys *keys)
{
    int text_col = col + place->text_col - place->col;
    int behind = col + 1 + (int)strlen(keys->label) + GAP;

    put(p, line, col + 1, STYLE_KEY, keys->label);
    put(p, line, behind > text_col ? behind : text_col, STYLE_PLAIN,
        keys->text);
}

/* Writes a section from `line` on; returns the line after it. */
static int
write_section(const struct page *p, enum ui_section section, int line, int col)
{
    const struct place *place = &places[section];
    size_t n;
    const struct ui_keys *all = ui_keys_all(&n);
    bool titled = place->title != NULL;

    for (size_t i = 0; i < n; i++) {
        if (all[i].section != section || !ui_keys_offered(&all[i], p->ui))
            continue;
        if (titled)
            put(p, line++, col, STYLE_HEAD, place->title);
        titled = false;
        put_entry(p, line++, place, col, &all[i]);
    }
    return line;
}

static int
write_side_by_side(const struct page *p)
{
    int line = 0, start = 0;

    for (int i = 0; i < UI_SECTIONS; i++) {
        enum ui_section section = (enum ui_section)i;
        int end;

        if (i > 0 && places[i].band != places[i - 1].band)
            start = line;
        end = write_section(p, section, start + places[i].skip, places[i].col);
        if (end > line)
            line = end;
    }
    return line;
}

static int
write_stacked(const struct page *p)
{
    int line = 0;

    for (int i = 0; i < UI_SECTIONS; i++)
        line = write_section(p, (enum ui_section)i, line, 1);
    return line;
}

static int
write_page(const struct page *p, int cols)
{
    int line = is_stacked(cols) ? write_stacked(p) : write_side_by_side(p);

    for (int i = 0; i < LEGEND_LINES; i++)
        put(p, line++, 0, STYLE_PLAIN, legend[i]);
    return line;
}

int
panel_help_limit(const struct ui *ui, int top, int rows, int cols)
{
    int last = write_page(&(struct page){.ui = ui}, cols) - (rows - 1);

    if (top > last)
        top = last;
    return top < 0 ? 0 : top;
}

static void
draw_title(struct canvas *c, struct area area, bool more)
{
    char title[64];
    const char *keys = more ? "j k scroll, Esc closes" : "Esc, q or ? closes";

    (void)snprintf(title, sizeof(title), " aigw-top %s help", aigw_version());
    if (is_stacked(area.cols))
        (void)canvas_put(c, area.row, area.col, area.cols, STYLE_STRONG,
                         " Help");
    else
        (void)canvas_put(c, area.row, area.col, area.cols, STYLE_STRONG, title);
    (void)canvas_put_right(c, area.row, area.col, area.cols - 1, STYLE_DIM,
                           area.cols < 30 ? "Esc closes" : keys);
}

void
panel_help(struct canvas *c, struct area area, const struct scene *s)
{
    struct page page = {.c = c, .area = area, .ui = s->ui};
    int lines = write_page(&(struct page){.ui = s->ui}, area.cols);

    canvas_fill(c, area, STYLE_PLAIN);
    draw_title(c, area, lines > area.rows - 1);
    page.area.row++;
    page.area.rows--;
    page.top = panel_help_limit(s->ui, s->ui->help_top, area.rows, area.cols);
    (void)write_page(&page, area.cols);
}
