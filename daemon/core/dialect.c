#include "core/dialect.h"

#include "base/mem.h"
#include "core/dialect_openai.h"

#include <stdlib.h>
#include <string.h>

static const struct dialect *const DIALECTS[] = {
    &dialect_openai,
    NULL,
};

const struct dialect *
dialect_find(const char *name)
{
    const struct dialect *const *dialect = DIALECTS;

    while (*dialect && strcmp((*dialect)->name, name) != 0)
        dialect++;
    return *dialect;
}

const char *const *
dialect_names(void)
{
    static const char *const names[] = {"openai", NULL};

    return names;
}

void
dialect_http_deinit(struct dialect_http *http)
{
    if (http->header_block)
        mem_wipe(http->header_block, http->header_block_size);
    free(http->header_block);
    free(http->url);
    free(http->body);
    *http = (struct dialect_http){0};
}
