#include "tui/layout.h"

enum {
    NARROW_COLS = 50, /* Fewer columns, or fewer rows, are narrow. */
    NARROW_ROWS = 8,
    TABS_COLS = 66, /* What all tabs take. */
    TWO_COLS = 80,  /* From here on the summary has two rows. */
    TWO_ROWS = 12,
    WIDE_COLS = 120, /* And from here on four. */
    WIDE_ROWS = 30,
    SIDE_COLS = 200, /* From here on the details stand at the right. */
    SIDE_ROWS = 50,
    SIDE_PANE_COLS = 60,
    EVENTS_ROWS = 6,
    VIEW_ROWS = 3,       /* What the view keeps in any case. */
    DETAIL_MIN_ROWS = 6, /* Details in fewer rows tell nothing. */
    DETAIL_ROWS = 12,    /* In the full width. */
    DETAIL_NARROW_ROWS = 14
};

/* Takes `wanted` rows from `*left` unless the view would have too few. */
static int
take(int *left, int wanted)
{
    if (wanted > *left - VIEW_ROWS)
        wanted = *left - VIEW_ROWS;
    if (wanted < 0)
        wanted = 0;
    *left -= wanted;
    return wanted;
}

static int
summary_rows(int rows, int cols)
{
    if (cols >= WIDE_COLS && rows >= WIDE_ROWS)
        return 4;
    return cols >= TWO_COLS && rows >= TWO_ROWS ? 2 : 1;
}

/* The lower half of the screen, or less if that is enough; where it is too
 * little, the details take the place of the view. */
static int
detail_rows(int rows, int cols, int left)
{
    int wanted = cols >= WIDE_COLS ? DETAIL_ROWS : DETAIL_NARROW_ROWS;
    int half = rows / 2 - 1;

    if (wanted > half)
        wanted = half;
    if (wanted < DETAIL_MIN_ROWS || left - wanted < VIEW_ROWS)
        return left;
    return wanted;
}

/* How many rows everything has, the most important first. */
static void
share_rows(struct layout *l, int rows, int cols,
           const struct layout_needs *needs)
{
    bool roomy = cols >= TABS_COLS && rows >= TWO_ROWS;
    bool beside = cols >= SIDE_COLS && rows >= SIDE_ROWS;
    int left = rows;

    l->identity.rows = take(&left, 1);
    l->alerts.rows = take(&left, needs->alerts > 0);
    l->summary.rows = take(&left, 1);
    l->keys.rows = take(&left, 1);
    l->tabs.rows = take(&left, roomy && needs->tabs);
    l->count.rows = take(&left, roomy);
    l->alerts.rows += take(&left, needs->alerts > 1);
    l->summary.rows += take(&left, summary_rows(rows, cols) - l->summary.rows);
    l->events.rows = take(&left, beside ? EVENTS_ROWS : 0);
    if (needs->detail && beside)
        l->detail.rows = left + l->count.rows;
    else if (needs->detail)
        l->detail.rows = detail_rows(rows, cols, left);
    l->view.rows = beside ? left : left - l->detail.rows;
}

static void
place(struct area *a, int *row, int cols)
{
    a->row = *row;
    a->col = 0;
    a->cols = cols;
    *row += a->rows;
}

static void
place_beside(struct layout *l, int cols)
{
    l->detail.row = l->view.row;
    l->detail.col = cols - SIDE_PANE_COLS;
    l->detail.cols = SIDE_PANE_COLS;
    l->view.cols = l->detail.col;
    l->count.cols = l->detail.col;
}

struct layout
layout_make(int rows, int cols, const struct layout_needs *needs)
{
    struct layout l = {.narrow = cols < NARROW_COLS || rows < NARROW_ROWS};
    int row = 0;

    share_rows(&l, rows, cols, needs);
    place(&l.identity, &row, cols);
    place(&l.summary, &row, cols);
    place(&l.alerts, &row, cols);
    place(&l.tabs, &row, cols);
    place(&l.view, &row, cols);
    place(&l.count, &row, cols);
    if (needs->detail && cols >= SIDE_COLS && rows >= SIDE_ROWS)
        place_beside(&l, cols);
    else
        place(&l.detail, &row, cols);
    place(&l.events, &row, cols);
    place(&l.keys, &row, cols);
    return l;
}

bool
layout_is_wide(int rows, int cols)
{
    return cols >= WIDE_COLS && rows >= WIDE_ROWS;
}
