/*
 * token.h - what a program printed that was asked for a token.
 *
 * Either the token alone, one line with blanks around it allowed, or a JSON
 * object with `token` and perhaps `expires_in` (seconds).  Nothing is copied
 * and no error quotes anything: the text is a secret.
 */
#ifndef AIGW_CORE_TOKEN_H
#define AIGW_CORE_TOKEN_H

#include "proto/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_MAX_LIFE_S = 31536000, /* A year; what is told beyond is cut. */
};

struct token {
    char *text; /* Inside of the text that was read, NUL-terminated. */
    size_t size;
    int64_t life_ms; /* 0: not told. */
};

/* Reads `size` bytes at `text`, behind which there is room for a NUL; they are
 * changed.  AIGW_EINVAL with the reason in `err`, as in "its output ...". */
int token_read(char *text, size_t size, struct token *ret_token,
               struct aigw_err *err);

#endif
