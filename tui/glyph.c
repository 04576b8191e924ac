#include "tui/glyph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    BLOCKS = 8,
    ASCII_BLOCKS = 5
};

static const char *const blocks[BLOCKS] = {"▁", "▂", "▃", "▄",
                                           "▅", "▆", "▇", "█"};
static const char *const ascii_blocks[ASCII_BLOCKS] = {"_", ".", "-", "=", "#"};

static int
limit_cells(int cells)
{
    if (cells < 0)
        return 0;
    return cells > GLYPH_MAX_CELLS ? GLYPH_MAX_CELLS : cells;
}

/* The greatest of the values that cell `i` of `cells` stands for; NAN if none
 * is known. */
static double
cell_value(const double *values, size_t n_values, size_t i, size_t cells)
{
    size_t from = i * n_values / cells;
    size_t to = (i + 1) * n_values / cells;
    double greatest = nan("");

    for (size_t k = from; k < to; k++) {
        if (isfinite(values[k]))
            greatest = fmax(greatest, values[k]);
    }
    return greatest;
}

static double
greatest_of(const double *values, size_t n_values)
{
    double greatest = 0;

    for (size_t i = 0; i < n_values; i++) {
        if (isfinite(values[i]))
            greatest = fmax(greatest, values[i]);
    }
    return greatest;
}

static const char *
block_for(double value, double greatest, bool ascii)
{
    int n = ascii ? ASCII_BLOCKS : BLOCKS;
    int level = 0;

    if (isnan(value))
        return " ";
    if (greatest > 0 && value > 0)
        level = (int)ceil(value / greatest * (n - 1));
    return ascii ? ascii_blocks[level] : blocks[level];
}

struct glyphs
glyph_spark(const double *values, size_t n_values, int cells, bool ascii)
{
    struct glyphs g = {""};
    size_t width = (size_t)limit_cells(cells);
    size_t used = n_values < width ? n_values : width;
    double greatest = greatest_of(values, n_values);
    char *end = g.s;

    memset(g.s, ' ', width - used);
    end += width - used;
    for (size_t i = 0; i < used; i++) {
        const char *block =
            block_for(cell_value(values, n_values, i, used), greatest, ascii);

        end = stpcpy(end, block);
    }
    *end = '\0';
    return g;
}

/* The cells of `cells` that `share` fills: whole only when it is whole, and
 * one as soon as there is anything. */
static int
filled(double share, int cells)
{
    if (isnan(share) || share <= 0)
        return 0;
    if (share >= 1)
        return cells;
    return (int)ceil(share * (cells - 1));
}

struct glyphs
glyph_bar(double share, int cells)
{
    struct glyphs g = {""};

    memset(g.s, '|', (size_t)filled(share, limit_cells(cells)));
    return g;
}

struct glyphs
glyph_meter(double share, int cells, const char *label)
{
    struct glyphs g = {""};
    int inside = limit_cells(cells) - 2;
    size_t n_label = label ? strlen(label) : 0;
    size_t room = inside > 0 ? (size_t)inside : 0;

    if (inside < 0)
        return g;
    if (n_label > room)
        n_label = room;
    g.s[0] = '[';
    memset(g.s + 1, ' ', room);
    memset(g.s + 1, '|', (size_t)filled(share, inside));
    if (n_label > 0)
        memcpy(g.s + 1 + room - n_label, label, n_label);
    g.s[1 + room] = ']';
    return g;
}

const char *
glyph_sort(bool descending, bool ascii)
{
    if (ascii)
        return descending ? "v" : "^";
    return descending ? "▼" : "▲";
}

const char *
glyph_arrow(bool ascii)
{
    return ascii ? "->" : "→";
}
