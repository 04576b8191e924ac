#include "support/source_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_BYTES = 1 << 20
};

char *
source_file_read(const char *path)
{
    char full[4096], *text = calloc(MAX_BYTES, 1);
    size_t size;
    FILE *in;

    (void)snprintf(full, sizeof(full), "%s/%s", AIGW_SOURCE_DIR, path);
    in = fopen(full, "r");
    ck_assert_msg(in != NULL, "%s", full);
    ck_assert_ptr_nonnull(text);
    size = fread(text, 1, MAX_BYTES - 1, in);
    ck_assert_uint_gt(size, 0);
    (void)fclose(in);
    return text;
}
