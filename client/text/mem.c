#include "text/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *
require(void *block)
{
    if (!block) {
        (void)fprintf(stderr, "%s: out of memory\n",
                      program_invocation_short_name);
        exit(EXIT_FAILURE);
    }
    return block;
}

void *
mem_alloc(size_t count, size_t size)
{
    return require(calloc(count > 0 ? count : 1, size));
}

void *
mem_resize(void *block, size_t count, size_t size)
{
    return require(reallocarray(block, count, size));
}

char *
mem_copy(const char *text)
{
    return require(strdup(text));
}

void
mem_text_begin(struct mem_text *text)
{
    *text = (struct mem_text){0};
    text->stream = require(open_memstream(&text->data, &text->size));
}

char *
mem_text_end(struct mem_text *text)
{
    if (fclose(text->stream) != 0)
        require(NULL);
    text->stream = NULL;
    return text->data;
}
