/*
 * read.h - numbers of the daemon that may be missing.  Pure.
 */
#ifndef AIGW_TEXT_READ_H
#define AIGW_TEXT_READ_H

#include <aigw/aigw.h>

/* The number at `path`; NAN, which stands for "no samples", if there is
 * none. */
double read_number(const struct aigw_value *value, const char *path);

#endif
