/*
 * glyph.h - sparklines, bars and marks, in block glyphs or in ASCII.
 *
 * Pure.  Text is returned by value; `ascii` asks for a form that every
 * terminal and locale can show.
 */
#ifndef AIGW_TUI_GLYPH_H
#define AIGW_TUI_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GLYPH_MAX_CELLS = 60
};

/* Up to GLYPH_MAX_CELLS glyphs of up to 3 bytes. */
struct glyphs {
    char s[GLYPH_MAX_CELLS * 3 + 1];
};

/* `cells` glyphs for the last values of `values`, the greatest of which is the
 * tallest, and 0 the lowest; a value that is not finite and a place without value
 * are blanks, which stand at the left.  When there are more values than
 * cells, each cell shows the greatest of its share of them. */
struct glyphs glyph_spark(const double *values, size_t n_values, int cells,
                          bool ascii);

/* "[||||||     ]": `share` of 1 as a bar within brackets that is `cells` wide
 * in all, with `label` (NULL: none) at its right end, inside. */
struct glyphs glyph_meter(double share, int cells, const char *label);

/* "||||": `share` of 1 of at most `cells`. */
struct glyphs glyph_bar(double share, int cells);

/* The mark of the column that is sorted by: "▼" or "▲", "v" or "^". */
const char *glyph_sort(bool descending, bool ascii);

/* "->" or an arrow. */
const char *glyph_arrow(bool ascii);

#endif
