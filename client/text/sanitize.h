/*
 * sanitize.h - text from elsewhere, made safe for a terminal.
 *
 * Model output, provider errors and names can carry escape sequences that
 * retitle, recolour or reprogram a terminal.  Every control character except
 * newline and tab, and every byte that is not UTF-8, becomes `?`; carriage
 * returns vanish.  The text may come in pieces, cut anywhere.  Pure.
 */
#ifndef AIGW_TEXT_SANITIZE_H
#define AIGW_TEXT_SANITIZE_H

#include <stddef.h>
#include <stdio.h>

struct sanitize {
    char pending[4];   /* The beginning of a UTF-8 sequence. */
    size_t n_pending;  /* How much of it is here. */
    size_t n_expected; /* How long that sequence is; 0 outside of one. */
};

void sanitize_init(struct sanitize *s);

/* Writes `size` bytes of `data` to `out`, filtered. */
void sanitize_write(struct sanitize *s, const char *data, size_t size,
                    FILE *out);

/* Writes what is left of a sequence that never ended. */
void sanitize_end(struct sanitize *s, FILE *out);

/* Filters a whole text onto one line: newlines and tabs become blanks. */
void sanitize_line(const char *text, FILE *out);

#endif
