/*
 * table.h - columns of text, aligned.
 *
 * Collects rows, then prints them with every column as wide as its widest
 * cell, two blanks between columns and none behind the last.  Pure.
 */
#ifndef AIGW_CTL_TABLE_H
#define AIGW_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
    const char *title;
    bool right; /* Numbers stand to the right. */
};

/* A table being filled.  `columns` is borrowed. */
struct table {
    const struct table_column *columns;
    size_t n_columns;
    char **cells; /* Row by row. */
    size_t n_cells;
    size_t max_cells;
};

void table_init(struct table *t, const struct table_column *columns,
                size_t n_columns);
void table_deinit(struct table *t);

/* Puts `text` into the next cell, row by row from the left; control bytes
 * become `?` and NULL "-". */
void table_add(struct table *t, const char *text);

/* Prints titles and rows to `out`. */
void table_print(const struct table *t, FILE *out);

/* The columns that `text` takes on a terminal, one for each code point. */
size_t table_width(const char *text);

#endif
