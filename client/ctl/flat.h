/*
 * flat.h - values of the daemon as programs like to read them.
 *
 * JSON as one document, one flat object a line, or lines of key and value.
 * What is nested moves up under a joined name, with the unit kept at its end:
 * "ttft_ms" and "p99" make "ttft_p99_ms".  Pure.
 */
#ifndef AIGW_CTL_FLAT_H
#define AIGW_CTL_FLAT_H

#include <aigw/aigw.h>
#include <stdio.h>

/* A copy of the map `row` with one level.  Arrays of strings become one
 * string with commas between, empty ones nil; other arrays are left out. */
struct aigw_value *flat_make(const struct aigw_value *row);

/* Prints `value` as it is, as JSON on one line. */
void flat_print_document(const struct aigw_value *value, FILE *out);

/* Prints `row` made flat as JSON on one line. */
void flat_print_json(const struct aigw_value *row, FILE *out);

/* Prints `row` made flat as lines of key, tab, value. */
void flat_print_fields(const struct aigw_value *row, FILE *out);

/* Prints one value: strings as they are, nil and empty arrays as "-", the
 * rest as JSON. */
void flat_print_value(const struct aigw_value *value, FILE *out);

/* The strings of `array` with commas between, to be freed; NULL if it holds
 * anything else. */
char *flat_join(const struct aigw_value *array);

#endif
