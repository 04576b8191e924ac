/*
 * usage.h - the parts of --help that are made from tables of options.
 */
#ifndef AIGW_TEXT_USAGE_H
#define AIGW_TEXT_USAGE_H

#include <stdio.h>

#include "text/args.h"

/* Writes "Examples:" and the lines of `examples`. */
void usage_write_examples(const char *examples, FILE *out);

/* Writes `title` and all options of `table`, which may be NULL: nothing. */
void usage_write_options(const char *title, const struct option_spec *table,
                         FILE *out);

/* Writes "  -s, --socket PATH" into `size` bytes of `ret_text`. */
void usage_option_text(const struct option_spec *option, char *ret_text,
                       size_t size);

#endif
