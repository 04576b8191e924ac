/*
 * config_scan.h - cuts a libconfig text into pieces, as far as that is needed
 * to know what libconfig does not tell.
 *
 * libconfig takes 5000000000 for 705032704, reads a comment without an end to
 * the end of the file, and opens included files itself, by a path that cannot
 * be absolute.  So the text is cut here first, into strings, comments, names,
 * numbers, @include lines and the rest.  The pieces follow each other without
 * a gap: put together again they are the text.
 */
#ifndef AIGW_APP_CONFIG_SCAN_H
#define AIGW_APP_CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum config_piece_kind {
    CONFIG_PIECE_END,
    CONFIG_PIECE_OTHER,   /* Strings, comments, names, punctuation, space. */
    CONFIG_PIECE_NUMBER,  /* Whatever begins like one. */
    CONFIG_PIECE_INCLUDE, /* From the start of its line to the second quote. */
    CONFIG_PIECE_OPEN,    /* A string or comment that has no end. */
};

struct config_piece {
    enum config_piece_kind kind;
    const char *text; /* Points into the scanned text. */
    size_t size;
    int line; /* Where it begins; the first is 1. */
};

struct config_scan {
    const char *at;
    const char *end;
    int line;
    bool line_start; /* Only space came before on this line. */
};

/* Borrows `text` for as long as the scan lasts. */
void config_scan_start(struct config_scan *scan, const char *text, size_t size);

/* Returns the next piece; CONFIG_PIECE_END for ever after the last. */
struct config_piece config_scan_next(struct config_scan *scan);

/* Does this number lose bits in libconfig?  True for whole numbers that do
 * not fit in 32 bits and have no L. */
bool config_scan_wraps(const struct config_piece *number);

#endif
