#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>

#include "text/mem.h"
#include "text/sanitize.h"

void
table_init(struct table *t, const struct table_column *columns,
           size_t n_columns)
{
    *t = (struct table){.columns = columns, .n_columns = n_columns};
}

void
table_deinit(struct table *t)
{
    for (size_t i = 0; i < t->n_cells; i++)
        free(t->cells[i]);
    free(t->cells);
    *t = (struct table){0};
}

void
table_add(struct table *t, const char *text)
{
    struct mem_text filtered;

    if (t->n_cells == t->max_cells) {
        t->max_cells = t->max_cells * 2 + t->n_columns;
        t->cells = mem_resize(t->cells, t->max_cells, sizeof(*t->cells));
    }
    mem_text_begin(&filtered);
    sanitize_line(text ? text : "-", filtered.stream);
    t->cells[t->n_cells++] = mem_text_end(&filtered);
}

size_t
table_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static size_t
column_width(const struct table *t, size_t column)
{
    size_t widest = table_width(t->columns[column].title);

    for (size_t i = column; i < t->n_cells; i += t->n_columns) {
        size_t width = table_width(t->cells[i]);

        if (width > widest)
            widest = width;
    }
    return widest;
}

static void
print_cell(const struct table *t, size_t column, size_t width, const char *text,
           FILE *out)
{
    bool last = column + 1 == t->n_columns;
    int padding = (int)(width - table_width(text));

    /* No blanks at the end of a line. */
    if (column > 0 && !(last && text[0] == '\0'))
        (void)fputs("  ", out);
    if (t->columns[column].right)
        (void)fprintf(out, "%*s%s", padding, "", text);
    else
        (void)fprintf(out, "%s%*s", text, last ? 0 : padding, "");
    if (last)
        (void)fputc('\n', out);
}

/* Prints one row, whose cells are `cells[0]` and so on. */
static void
print_row(const struct table *t, const size_t *widths, char *const *cells,
          FILE *out)
{
    for (size_t i = 0; i < t->n_columns; i++)
        print_cell(t, i, widths[i], cells[i], out);
}

void
table_print(const struct table *t, FILE *out)
{
    size_t *widths = mem_alloc(t->n_columns, sizeof(*widths));

    for (size_t i = 0; i < t->n_columns; i++) {
        widths[i] = column_width(t, i);
        print_cell(t, i, widths[i], t->columns[i].title, out);
    }
    for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
        print_row(t, widths, t->cells + i, out);
    free(widths);
}
