#include "base/mem.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
or_abort(void *p)
{
    if (!p) {
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return p;
}

void *
mem_new(size_t size)
{
    return or_abort(calloc(1, size > 0 ? size : 1));
}

void *
mem_new_array(size_t n, size_t size)
{
    return or_abort(calloc(n > 0 ? n : 1, size));
}

void *
mem_grow(void *array, size_t n, size_t size)
{
    return or_abort(reallocarray(array, n, size));
}

char *
mem_strdup(const char *text)
{
    return or_abort(strdup(text));
}

char *
mem_printf(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    return or_abort(length < 0 ? NULL : text);
}

bool
mem_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

void
mem_wipe(void *data, size_t size)
{
    if (data)
        explicit_bzero(data, size);
}

void
mem_trim(void)
{
    (void)malloc_trim(0);
}
