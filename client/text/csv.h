/*
 * csv.h - rows for a spreadsheet (RFC 4180).  Pure.
 */
#ifndef AIGW_TEXT_CSV_H
#define AIGW_TEXT_CSV_H

#include <aigw/aigw.h>
#include <stddef.h>
#include <stdio.h>

/* Prints `first` and `paths` as the titles of the columns. */
void csv_print_titles(const char *first, const char *const *paths,
                      size_t n_paths, FILE *out);

/* Prints what `row` has at `first` and at `paths`: text in quotes, numbers as
 * they are, and nothing for what it does not have.  Text which a spreadsheet
 * would take for a formula begins with an apostrophe. */
void csv_print_row(const struct aigw_value *row, const char *first,
                   const char *const *paths, size_t n_paths, FILE *out);

#endif
