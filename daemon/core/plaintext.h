/*
 * plaintext.h - JSON text made plain for looking at its words.
 *
 * Escapes are resolved, letters are small (ASCII, Latin-1, Cyrillic), Arabic
 * alefs are alike, punctuation of every script is that of ASCII or a space,
 * and each mathematical symbol is PLAINTEXT_SYMBOL.  Works on bytes, without a
 * locale; what is not UTF-8 passes through.
 */
#ifndef AIGW_CORE_PLAINTEXT_H
#define AIGW_CORE_PLAINTEXT_H

#include <stddef.h>

/* Stands for U+2200 to U+22FF and their like. */
#define PLAINTEXT_SYMBOL '\x01'

/* Writes what the inside of a JSON string means into `ret_text`, which has
 * room for `size` bytes, and may use all of it: the result is never longer.
 * Returns its size. */
size_t plaintext_fold(const char *inner, size_t size, char *ret_text);

#endif
