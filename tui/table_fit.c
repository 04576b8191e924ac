/*
 * table_fit.c - which columns of a table fit into a width, and how.
 */
#include "tui/table.h"

#include <string.h>

enum {
    RANK_KEPT = 2, /* The name, the state and one figure stay. */
    NAME_SHARE = 3 /* Names displace others up to this part of the width. */
};

struct fitting {
    const struct table *t;
    int order[TABLE_MAX_COLUMNS]; /* By rank. */
    size_t n_shown;               /* Of `order`. */
    int cols[TABLE_MAX_COLUMNS];  /* By index of the column. */
    int left;                     /* Columns that nobody has yet. */
};

static int
least_of(const struct table_column *column)
{
    return column->least > 0 ? column->least : column->cols;
}

static void
order_by_rank(struct fitting *f)
{
    for (size_t i = 0; i < f->t->n_columns; i++) {
        size_t at = i;

        while (at > 0
               && f->t->columns[f->order[at - 1]].rank > f->t->columns[i].rank)
            at--;
        memmove(&f->order[at + 1], &f->order[at],
                (i - at) * sizeof(f->order[0]));
        f->order[at] = (int)i;
    }
}

static int
start_cols(const struct table *t, int i, int cols, int name_cols)
{
    const struct table_column *column = &t->columns[i];
    int wanted = column->cols > 0 ? column->cols : least_of(column);

    if (i > 0 || column->cols == 0 || name_cols <= wanted)
        return wanted;
    if (name_cols > cols / NAME_SHARE)
        name_cols = cols / NAME_SHARE;
    return name_cols > wanted ? name_cols : wanted;
}

/* Takes columns by rank as long as they fit. */
static void
choose(struct fitting *f, int cols, int name_cols, bool narrow)
{
    f->left = cols + 1; /* No blank follows the last one. */
    for (f->n_shown = 0; f->n_shown < f->t->n_columns; f->n_shown++) {
        int i = f->order[f->n_shown];
        int wanted = start_cols(f->t, i, cols, name_cols);
        bool fits = !narrow && wanted + 1 <= f->left;

        if (!fits && f->t->columns[i].rank > RANK_KEPT)
            return;
        f->cols[i] = wanted;
        f->left -= wanted + 1;
    }
}

/* Makes columns smaller, and drops them when that is not enough. */
static void
squeeze(struct fitting *f)
{
    for (size_t k = f->n_shown; k > 0 && f->left < 0; k--) {
        int *cols = &f->cols[f->order[k - 1]];
        int spare = *cols - least_of(&f->t->columns[f->order[k - 1]]);

        if (spare > -f->left)
            spare = -f->left;
        *cols -= spare;
        f->left += spare;
    }
    while (f->n_shown > 1 && f->left < 0) {
        int *cols = &f->cols[f->order[--f->n_shown]];

        f->left += *cols + 1;
        *cols = 0;
    }
    if (f->left < 0)
        f->cols[f->order[0]] += f->left;
}

/* Gives a column up to `wanted` in all; everything or, unless `whole`, what
 * there is. */
static void
widen(struct fitting *f, int i, int wanted, bool whole)
{
    int more = wanted - f->cols[i];

    if (more > f->left)
        more = whole ? 0 : f->left;
    if (more <= 0)
        return;
    f->cols[i] += more;
    f->left -= more;
}

static void
spread(struct fitting *f, int name_cols)
{
    bool all = f->n_shown == f->t->n_columns;

    for (size_t k = 0; k < f->n_shown; k++) {
        const struct table_column *column = &f->t->columns[f->order[k]];

        widen(f, f->order[k], all ? column->most : column->loose, true);
    }
    for (size_t k = 0; k < f->n_shown; k++) {
        if (f->t->columns[f->order[k]].cols == 0)
            widen(f, f->order[k], f->cols[f->order[k]] + f->left, false);
    }
    widen(f, 0, name_cols, false);
}

void
table_fit(const struct table *t, int cols, int name_cols, bool narrow,
          struct table_fit *ret_fit)
{
    struct fitting f = {.t = t};

    order_by_rank(&f);
    choose(&f, cols, name_cols, narrow);
    squeeze(&f);
    spread(&f, name_cols);
    ret_fit->n_columns = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (f.cols[i] <= 0)
            continue;
        ret_fit->columns[ret_fit->n_columns] = (int)i;
        ret_fit->cols[ret_fit->n_columns++] = f.cols[i];
    }
}
