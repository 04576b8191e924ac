#include "tui/line.h"

#include <stdarg.h>
#include <stdio.h>

void
line_add(struct line *l, const char *format, ...)
{
    size_t room = sizeof(l->s) - l->used;
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(l->s + l->used, room, format, args);
    va_end(args);
    if (size > 0)
        l->used += (size_t)size < room ? (size_t)size : room - 1;
}
