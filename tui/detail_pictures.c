/*
 * detail_pictures.c - the distribution of a target's latency, and what its
 * breaker did.
 */
#include "tui/detail.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/glyph.h"

enum {
    MAX_BARS = 32,
    BOUND_COLS = 8, /* "<100ms", "-1.6s". */
    BAR_COLS = 28,
    SHARE_COLS = 5, /* " 100%" */
    TIME_COLS = 10,
    MOVE_COLS = 21,
    NAME_SIZE = 24
};

struct bar {
    char sign;       /* Of the bound: '<' first, '>' last, '-' between. */
    double bound_ms; /* For the last one, that of the bar before. */
    double n;
};

struct bars {
    struct bar bars[MAX_BARS];
    int n_bars;
    double total;
    double greatest;
};

static void
add_bar(struct bars *b, int max, const struct aigw_value *value)
{
    double n = fmax(aigw_value_double(aigw_value_at(value, 1), 0), 0);
    bool merged = b->n_bars == max;
    struct bar *bar = &b->bars[merged ? max - 1 : b->n_bars++];

    if (!merged) {
        bar->bound_ms = aigw_value_double(aigw_value_at(value, 0), nan(""));
        bar->sign = b->n_bars == 1 ? '<' : '-';
        bar->n = 0;
    }
    bar->n += n;
    b->total += n;
    b->greatest = fmax(b->greatest, bar->n);
}

/* Reads up to `max` bars, the last of which takes in all further ones. */
static void
read_bars(const struct aigw_value *hist, int max, struct bars *ret_bars)
{
    *ret_bars = (struct bars){.n_bars = 0};
    for (size_t i = 0; i < aigw_value_size(hist); i++)
        add_bar(ret_bars, max, aigw_value_at(hist, i));
    if (ret_bars->n_bars > 1) {
        struct bar *last = &ret_bars->bars[ret_bars->n_bars - 1];

        last->sign = '>';
        last->bound_ms = (last - 1)->bound_ms;
    }
    /* Long tails of nothing say nothing. */
    while (ret_bars->n_bars > 0
           && !(ret_bars->bars[ret_bars->n_bars - 1].n > 0))
        ret_bars->n_bars--;
}

static void
draw_bar(struct canvas *c, struct area area, int row, const struct bar *bar,
         const struct bars *all)
{
    int cols = area.cols - PANE_LABEL_COLS - BOUND_COLS - SHARE_COLS;
    int col = area.col + PANE_LABEL_COLS;

    if (cols > BAR_COLS)
        cols = BAR_COLS;
    (void)canvas_printf(c, area.row + row, col, BOUND_COLS, STYLE_PLAIN, "%c%s",
                        bar->sign, format_latency_unit(bar->bound_ms).s);
    if (cols <= 0)
        return;
    (void)canvas_put(c, area.row + row, col + BOUND_COLS, cols, STYLE_PLAIN,
                     glyph_bar(bar->n / all->greatest, cols).s);
    (void)canvas_printf(c, area.row + row, col + BOUND_COLS + cols, SHARE_COLS,
                        STYLE_PLAIN, "%*.0f%%", SHARE_COLS - 1,
                        bar->n / all->total * 100);
}

void
detail_distribution(struct canvas *c, struct area area,
                    const struct aigw_value *target)
{
    struct flow f = pane_label(c, area, 0, "TTFT");
    struct bars bars;
    int max = area.rows;

    if (max > MAX_BARS)
        max = MAX_BARS;
    if (max <= 0 || area.cols <= PANE_LABEL_COLS + BOUND_COLS)
        return;
    read_bars(aigw_value_get(target, "ttft_hist"), max, &bars);
    if (bars.n_bars == 0)
        (void)flow_put(&f, STYLE_PLAIN, "-");
    for (int i = 0; i < bars.n_bars; i++)
        draw_bar(c, area, i, &bars.bars[i], &bars);
}

/* The name of a state, as the screen writes it: "half-open". */
static void
name_state(const struct aigw_value *move, const char *key,
           char ret_name[NAME_SIZE])
{
    (void)snprintf(ret_name, NAME_SIZE, "%s", aigw_get_str(move, key, "?"));
    for (char *p = strchr(ret_name, '_'); p; p = strchr(p, '_'))
        *p = '-';
}

static void
draw_move(struct canvas *c, struct area area, int row,
          const struct aigw_value *move)
{
    int col = area.col + PANE_LABEL_COLS;
    int left = area.cols - PANE_LABEL_COLS;
    char from[NAME_SIZE];
    char to[NAME_SIZE];

    name_state(move, "from", from);
    name_state(move, "to", to);
    (void)canvas_put(c, row, col, left, STYLE_PLAIN,
                     format_clock(read_number(move, "time_ms")).s);
    (void)canvas_printf(c, row, col + TIME_COLS, left - TIME_COLS, STYLE_PLAIN,
                        "%s -> %s", from, to);
    left -= TIME_COLS + MOVE_COLS;
    (void)canvas_put(c, row, col + TIME_COLS + MOVE_COLS, left, STYLE_PLAIN,
                     aigw_get_str(move, "reason", ""));
}

int
detail_history(struct canvas *c, struct area area,
               const struct aigw_value *target, int max_rows)
{
    const struct aigw_value *moves = aigw_value_get(target, "breaker_history");
    int n = (int)aigw_value_size(moves);
    struct flow f = pane_label(c, area, 0, "History");

    if (n > max_rows)
        n = max_rows;
    if (n > area.rows)
        n = area.rows;
    if (n <= 0) {
        (void)flow_put(&f, STYLE_PLAIN, "-");
        return 1;
    }
    for (int i = 0; i < n; i++)
        draw_move(c, area, area.row + i, aigw_value_at(moves, (size_t)i));
    return n;
}
