/*
 * fit.h - lines that are no wider than the terminal.
 */
#ifndef AIGW_CTL_FIT_H
#define AIGW_CTL_FIT_H

#include <stddef.h>
#include <stdio.h>

/* The columns of the terminal behind `out`; 0 if it is none or does not
 * know. */
size_t fit_columns(FILE *out);

/* Writes lines of text, in which what goes beyond `columns` is replaced by a
 * ">" in the last of them; as they are if that is 0. */
void fit_write(const char *text, size_t columns, FILE *out);

#endif
