#include "tui/pane.h"

#include <string.h>

#include "tui/cut.h"

enum {
    TITLE_COLS = 12, /* The title needs more room than how to close it. */
    NARROW_COLS = 36 /* In less, labels are part of the text. */
};

static const char CLOSE[] = " Esc close ";

static void
draw_edge(struct canvas *c, struct area area, int row)
{
    for (int i = 0; i < area.cols; i++) {
        bool corner = i == 0 || i == area.cols - 1;

        (void)canvas_put(c, row, area.col + i, 1, STYLE_DIM,
                         corner ? "+" : "-");
    }
}

struct area
pane_frame(struct canvas *c, struct area area, const char *title)
{
    int last = area.row + area.rows - 1;
    int close = area.cols - (int)strlen(CLOSE) - 2;
    int room = close - 4;

    draw_edge(c, area, area.row);
    if (area.rows > 1)
        draw_edge(c, area, last);
    for (int row = area.row + 1; row < last; row++) {
        (void)canvas_put(c, row, area.col, 1, STYLE_DIM, "|");
        (void)canvas_put(c, row, area.col + area.cols - 1, 1, STYLE_DIM, "|");
    }
    if (room >= TITLE_COLS)
        (void)canvas_put(c, area.row, area.col + close, (int)strlen(CLOSE),
                         STYLE_DIM, CLOSE);
    else
        room = area.cols - 4;
    if (room > 2) {
        (void)canvas_printf(c, area.row, area.col + 2, room, STYLE_STRONG,
                            " %s ", cut_middle(c, title, room - 2).s);
    }
    return (struct area){area.row + 1, area.col + 2, area.rows - 2,
                         area.cols - 4};
}

struct area
pane_below(struct area area, int row)
{
    if (row > area.rows)
        row = area.rows;
    area.row += row;
    area.rows -= row;
    return area;
}

struct flow
pane_label(struct canvas *c, struct area inside, int row, const char *label)
{
    bool narrow = inside.cols < NARROW_COLS;
    int indent = narrow ? (int)strlen(label) + 1 : PANE_LABEL_COLS;
    struct flow f = flow_at(c, inside, row, indent);

    f.indent = narrow ? 1 : PANE_LABEL_COLS;
    f.gap = 3;
    if (row < inside.rows)
        (void)canvas_put(c, inside.row + row, inside.col, inside.cols,
                         STYLE_HEAD, label);
    return f;
}

int
pane_next_row(const struct flow *f)
{
    return f->row - f->area.row + (f->begun ? 1 : 0);
}
