/*
 * json_scan.h - the tokeniser under json.h.
 *
 * Each function expects one thing at `at`, moves behind it and returns true,
 * or returns false with `at` near the byte that does not fit.  Nothing is
 * allocated.  It accepts exactly what RFC 8259 allows and jansson accepts:
 * valid UTF-8, no raw control characters, no lone surrogates.
 */
#ifndef AIGW_CORE_JSON_SCAN_H
#define AIGW_CORE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct json_scan {
    const char *at;
    const char *end;

    /* Something was passed over that is valid here, but may be refused or
     * read in another way by a tree, or with more around it: a NUL, a number
     * that may not fit, deep nesting. */
    bool odd;
};

/* How many bytes at the front mean themselves inside of a string: no quote, no
 * backslash, no control character, nothing beyond ASCII. */
size_t json_plain_run(const char *text, size_t size);

/* Moves over blanks; there may be none. */
void json_scan_blanks(struct json_scan *s);

/* The byte `c`, after blanks. */
bool json_scan_char(struct json_scan *s, char c);

/* A string, from quote to quote. */
bool json_scan_string(struct json_scan *s);

/* A literal: true, false, null. */
bool json_scan_word(struct json_scan *s, const char *word);

/* Anything but an object or array. */
bool json_scan_scalar(struct json_scan *s);

/* Any value, after blanks, nested at most JSON_MAX_DEPTH deep. */
bool json_scan_value(struct json_scan *s);

#endif
