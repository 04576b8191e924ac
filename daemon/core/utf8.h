/*
 * utf8.h - checking, cutting and cleaning UTF-8.
 *
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#ifndef AIGW_CORE_UTF8_H
#define AIGW_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True if all `size` bytes are whole, valid code points. */
bool utf8_valid(const char *text, size_t size);

/* Bytes of the code point at the front of `text`, 1 to 4, or 0 if it is
 * invalid or incomplete. */
size_t utf8_next(const char *text, size_t size);

/* How many bytes at the end of `text` (0 to 3) begin a code point that may
 * yet be completed; the rest may be handed on. */
size_t utf8_incomplete(const char *text, size_t size);

/* Copies text of unknown origin into `ret_text`, made fit for a log line or a
 * terminal: invalid bytes become '?', control characters (C0, DEL, C1) are
 * dropped, line ends and tabs become spaces, and the copy ends at the last
 * whole code point that fits into `capacity` - 1 bytes.  Always terminated;
 * returns its length. */
size_t utf8_sanitise(const char *text, size_t size, char *ret_text,
                     size_t capacity);

#endif
