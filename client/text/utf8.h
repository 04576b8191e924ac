/*
 * utf8.h - where UTF-8 sequences begin and end.  Pure.
 */
#ifndef AIGW_TEXT_UTF8_H
#define AIGW_TEXT_UTF8_H

#include <stddef.h>

/* The bytes of the sequence that a byte `lead` begins: 1 to 4; 0 if none
 * begins with it. */
size_t utf8_expected(unsigned char lead);

/* The size of the valid sequence at the start of `data`; 0 if there is none
 * within `size` bytes (at least 1). */
size_t utf8_sequence(const char *data, size_t size);

#endif
