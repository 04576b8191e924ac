/*
 * line.h - a row of text that is put together of parts.
 */
#ifndef AIGW_TUI_LINE_H
#define AIGW_TUI_LINE_H

#include <stddef.h>

enum {
    LINE_SIZE = 512
};

/* Begin with a zeroed one.  What is beyond its size is dropped. */
struct line {
    char s[LINE_SIZE];
    size_t used;
};

void line_add(struct line *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
