/*
 * table.h - tables: which rows of the daemon's lists, in which columns.
 *
 * A view describes its columns once; drawing, sorting, searching, the batch
 * output and the help read that description.  Pure.
 */
#ifndef AIGW_TUI_TABLE_H
#define AIGW_TUI_TABLE_H

#include <aigw/aigw.h>
#include <stdbool.h>
#include <stddef.h>

#include "tui/canvas.h"
#include "tui/glyph.h"
#include "tui/line.h"
#include "tui/scene.h"

enum {
    TABLE_MAX_ROWS = 4096,
    TABLE_MAX_COLUMNS = 24
};

/* One cell, as it is to be shown. */
struct table_cell {
    char s[LINE_SIZE];
    enum style style;
};

struct table_column;

/* What is to be shown in a cell. */
struct table_show {
    const struct scene *scene;
    const struct table_column *column;
    const struct aigw_value *row;
    int cols; /* The width of the cell. */
};

struct table_column {
    const char *title;
    void (*show)(const struct table_show *at, struct table_cell *ret_cell);
    const char *path; /* What it sorts by: a number or a text of the row. */
    /* What it sorts by instead, where that is not in the row itself. */
    double (*number)(const struct model *m, const struct ui *ui,
                     const struct aigw_value *row);
    /* What a row without that sorts as, if not after all others; NAN for
     * those.  NULL: all of them. */
    double (*missing)(const struct aigw_value *row);
    int rank;       /* Dropped first when it is the highest; up to 2: never. */
    int cols;       /* Its width; 0 for the one that takes what is left. */
    int indent;     /* Blanks before it, as part of its width. */
    int least;      /* What it may be cut to rather than dropped; 0: `cols`. */
    int loose;      /* Its width while others are dropped anyway; 0: `cols`. */
    int most;       /* Its width where there is room for all; 0: `cols`. */
    bool right;     /* Numbers stand to the right. */
    bool ascending; /* The direction it is sorted in at first. */
    char key;       /* The letter that sorts by it at once; 0: none. */
};

/* Cells of what is at the column's `path`. */
void table_show_text(const struct table_show *at, struct table_cell *ret_cell);

/* The same, cut in its middle where it does not fit, as names are. */
void table_show_name(const struct table_show *at, struct table_cell *ret_cell);

void table_show_count(const struct table_show *at, struct table_cell *ret_cell);
void table_show_rate(const struct table_show *at, struct table_cell *ret_cell);
void table_show_percent(const struct table_show *at,
                        struct table_cell *ret_cell);
void table_show_money(const struct table_show *at, struct table_cell *ret_cell);
void table_show_latency(const struct table_show *at,
                        struct table_cell *ret_cell);

/* The rows that pass the filter and are not hidden, sorted as the view asks;
 * ties by name, stable. */
struct table_rows {
    const struct aigw_value *rows[TABLE_MAX_ROWS];
    size_t n_rows;
    size_t n_hidden; /* By the filter or as idle. */
};

struct table {
    const struct table_column *columns;
    size_t n_columns;
    /* The list of the model; it is borrowed until the next value comes. */
    const struct aigw_value *(*list)(const struct model *m,
                                     const struct ui *ui);
    /* Instead of that: row `i`; NULL after the last. */
    const struct aigw_value *(*row)(const struct model *m, size_t i);
    const char *name_path;   /* What a row is selected, searched, tied by. */
    const char *found_by[4]; /* Further texts that are searched. */
    const char *thing;       /* What a row is: "target". */
    bool (*is_idle)(const struct aigw_value *row); /* NULL: none is. */
    /* Writes more about the rows for the row of counts; NULL: nothing. */
    void (*tell)(const struct table_rows *rows, struct line *out);
    const char *empty; /* What to say when there are no rows. */
};

/* The table of a view; NULL if it has none (UI_DAEMON). */
const struct table *table_of(enum ui_view view);

void table_collect(const struct table *t, const struct model *m,
                   const struct ui *ui, struct table_rows *ret_rows);

/* The name of a row; never NULL. */
const char *table_name(const struct table *t, const struct aigw_value *row);

/* What a row is selected by: its name, also if that is a number. */
void table_key(const struct table *t, const struct aigw_value *row,
               char ret_key[UI_MAX_NAME]);

/* Whether `pattern` is in the name of a row or in what else it is found by, in
 * capitals or not.  The empty one is in all. */
bool table_matches(const struct table *t, const struct aigw_value *row,
                   const char *pattern);

/* The row of `rows` that is selected: the one called `selected`, else the one
 * that now stands where it was.  -1 without rows. */
int table_selected(const struct table *t, const struct table_rows *rows,
                   const struct ui_table *state);

/* Which columns are shown, and how wide they are; a blank stands between
 * two. */
struct table_fit {
    int columns[TABLE_MAX_COLUMNS]; /* Indices into t->columns, in order. */
    int cols[TABLE_MAX_COLUMNS];
    size_t n_columns;
};

/* The columns that fit into `cols`, those of rank 2 and below in any case;
 * only those if it is `narrow`.  The first one, of the names, grows to
 * `name_cols` where there is room, and takes some from the others. */
void table_fit(const struct table *t, int cols, int name_cols, bool narrow,
               struct table_fit *ret_fit);

/* The same for `rows` as table_draw() shows them on `c`. */
void table_fit_rows(const struct table *t, const struct table_rows *rows,
                    const struct canvas *c, int cols, bool narrow,
                    struct table_fit *ret_fit);

/* The first row that is shown of `n_rows` where there is room for `shown`, so
 * that `selected` is in view. */
int table_top(const struct ui_table *state, int n_rows, int selected,
              int shown);

/* Draws titles and rows into `area`; the selected row is in view. */
void table_draw(const struct table *t, const struct scene *s,
                const struct table_rows *rows, struct canvas *c,
                struct area area);

#endif
