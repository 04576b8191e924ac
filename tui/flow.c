#include "tui/flow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PART_SIZE = 1024
};

struct flow
flow_at(struct canvas *c, struct area area, int row, int col)
{
    return (struct flow){.c = c,
                         .area = area,
                         .row = area.row + row,
                         .col = area.col + col,
                         .indent = -1,
                         .gap = 2};
}

static int
room(const struct flow *f)
{
    if (f->row >= f->area.row + f->area.rows)
        return 0;
    return f->area.col + f->area.cols - f->col - (f->begun ? f->gap : 0);
}

void
flow_break(struct flow *f, int col)
{
    f->row++;
    f->col = f->area.col + col;
    f->begun = false;
}

void
flow_words(struct flow *f, enum style style, const char *text)
{
    f->gap = 1;
    while (*text) {
        int size = (int)strcspn(text, " ");

        if (size > 0)
            (void)flow_put(f, style, "%.*s", size, text);
        text += size;
        text += strspn(text, " ");
    }
}

bool
flow_put(struct flow *f, enum style style, const char *format, ...)
{
    char part[PART_SIZE];
    va_list args;
    int cols;

    va_start(args, format);
    (void)vsnprintf(part, sizeof(part), format, args);
    va_end(args);
    cols = canvas_text_width(f->c, part);
    if (f->begun && cols > room(f) && f->indent >= 0)
        flow_break(f, f->indent);
    if (room(f) <= 0 || (f->begun && cols > room(f)))
        return false;
    cols = room(f);
    f->col += f->begun ? f->gap : 0;
    f->col += canvas_put(f->c, f->row, f->col, cols, style, part);
    f->begun = true;
    return true;
}
