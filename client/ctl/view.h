/*
 * view.h - lists of the daemon, in every output format.
 *
 * A command describes its list once, as columns that name a path in a row;
 * tables and plain lines print those columns, ndjson prints the whole row
 * made flat, json the document it came in.  So people and programs read the
 * same values.
 */
#ifndef AIGW_CTL_VIEW_H
#define AIGW_CTL_VIEW_H

#include <aigw/aigw.h>
#include <stdio.h>

#include "ctl/ctl.h"
#include "text/format.h"

/* Says how one cell looks; `document` is what the row stands in. */
typedef struct text (*view_cell_fn)(const struct aigw_value *row,
                                    const struct aigw_value *document);

/* One column.  On a terminal `short_cell` says what stands there, if it is
 * set.  With `cell`, a table asks it; otherwise with `number`, the
 * number at `path` goes through it; otherwise the text at `path` stands as it
 * is.  Plain output always shows what is at `path`, and leaves out a column
 * without one. */
struct view_column {
    const char *title;
    const char *path;
    struct text (*number)(double value);
    view_cell_fn cell;
    view_cell_fn short_cell;
};

/* A list: `path` leads from the document to the array of rows. */
struct view {
    const struct view_column *columns;
    size_t n_columns;
    const char *path;
    const char *empty; /* What to say when there are no rows. */
};

/* Prints the rows of `document` to `out` as `ctl->format` asks. */
void view_print(const struct ctl *ctl, const struct view *view,
                const struct aigw_value *document, FILE *out);

#endif
