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
#include "tui/model.h"
#include "tui/ui.h"

enum {
    TABLE_MAX_ROWS = 4096,
    TABLE_MAX_COLUMNS = 24
};

/* One cell, as it is to be shown. */
struct table_cell {
    char s[256];
    enum style style;
};

struct table_column {
    const char *title;
    int rank;       /* Dropped first when it is the highest: 0 stays always. */
    int cols;       /* Its width; 0 for the one that takes what is left. */
    bool right;     /* Numbers stand to the right. */
    bool ascending; /* The direction it is sorted in at first. */
    /* What stands in the cell; `m` and `ui` say how and when. */
    void (*show)(const struct model *m, const struct ui *ui,
                 const struct aigw_value *row, double now_ms, int cols,
                 struct table_cell *ret_cell);
    const char *path; /* What it sorts by: a number or a text of the row. */
    char key;         /* The letter that sorts by it at once; 0: none. */
};

struct table {
    const struct table_column *columns;
    size_t n_columns;
    /* The list of the model; it is borrowed until the next value comes. */
    const struct aigw_value *(*list)(const struct model *m,
                                     const struct ui *ui);
    const char *name_path; /* What a row is selected, searched, tied by. */
    bool (*is_idle)(const struct aigw_value *row); /* NULL: none is. */
    const char *empty; /* What to say when there are no rows. */
};

/* The table of a view; NULL if it has none (UI_DAEMON). */
const struct table *table_of(enum ui_view view);

/* The rows that pass the filter and are not hidden, sorted as the view asks;
 * ties by name, stable. */
struct table_rows {
    const struct aigw_value *rows[TABLE_MAX_ROWS];
    size_t n_rows;
    size_t n_hidden; /* By the filter or as idle. */
};

void table_collect(const struct table *t, const struct model *m,
                   const struct ui *ui, struct table_rows *ret_rows);

/* The name of a row; never NULL. */
const char *table_name(const struct table *t, const struct aigw_value *row);

/* The row of `rows` that is selected: the one called `selected`, else the one
 * that now stands where it was.  -1 without rows. */
int table_selected(const struct table *t, const struct table_rows *rows,
                   const struct ui_table *state);

/* The columns that fit into `cols`: the indices into t->columns, in order,
 * and their widths.  Returns how many. */
size_t table_fit(const struct table *t, int cols,
                 int ret_columns[TABLE_MAX_COLUMNS],
                 int ret_cols[TABLE_MAX_COLUMNS]);

/* Draws titles and rows into `area`; the selected row is in view. */
void table_draw(const struct table *t, const struct model *m,
                const struct ui *ui, const struct table_rows *rows,
                struct canvas *c, struct area area, double now_ms);

#endif
