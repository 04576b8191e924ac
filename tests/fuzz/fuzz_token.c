/*
 * fuzz_token.c - what a program might print instead of a token.
 *
 * Whatever is accepted is printable, lies inside of what was printed and has a
 * life within bounds.
 */
#include "core/token.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
check(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct aigw_err err = {0};
    struct token t;

    check(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (token_read(text, size, &t, &err) == 0) {
        check(t.text >= text && t.text + t.size <= text + size);
        check(t.size > 0 && strlen(t.text) == t.size);
        check(t.life_ms == 0 || t.life_ms >= 1000);
        check(t.life_ms <= INT64_C(1000) * TOKEN_MAX_LIFE_S);
        for (size_t i = 0; i < t.size; i++)
            check(t.text[i] > ' ' && t.text[i] < 0x7f);
    } else {
        check(err.text[0] != '\0');
    }
    free(text);
    return 0;
}
