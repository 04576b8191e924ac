#include "proto/nearest.h"

#include <stdbool.h>
#include <string.h>

enum {
    NAME_MAX_LENGTH = 64
};

struct row {
    unsigned cells[NAME_MAX_LENGTH + 1];
};

/* The last three rows of the table that compares each beginning of one name
 * with each beginning of the other. */
struct table {
    struct row *now;
    struct row *last;
    struct row *before;
};

/* Without the locale, which must not decide what a name means. */
static int
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool
same(char a, char b)
{
    return fold(a) == fold(b);
}

static unsigned
min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The cell for the first `i` characters of `a` and the first `j` of `b`. */
static unsigned
compare(const struct table *t, const char *a, size_t i, const char *b, size_t j)
{
    unsigned cost = same(a[i - 1], b[j - 1]) ? 0 : 1;
    unsigned best = t->last->cells[j - 1] + cost;

    best = min(best, min(t->last->cells[j], t->now->cells[j - 1]) + 1);
    if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        best = min(best, t->before->cells[j - 2] + 1);
    return best;
}

static void
next_row(struct table *t)
{
    struct row *recycled = t->before;

    t->before = t->last;
    t->last = t->now;
    t->now = recycled;
}

/* Counts insertions, deletions, substitutions and exchanges of neighbours
 * (the optimal string alignment variant of Damerau and Levenshtein's). */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    struct row rows[3];
    struct table t = {&rows[0], &rows[1], &rows[2]};

    for (size_t j = 0; j <= b_len; j++)
        t.now->cells[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        next_row(&t);
        t.now->cells[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++)
            t.now->cells[j] = compare(&t, a, i, b, j);
    }
    return t.now->cells[b_len];
}

const char *
nearest_name(const char *name, const char *const *names, size_t n_names)
{
    size_t len = strlen(name);
    unsigned best = 2 + (unsigned)(len / 4);
    const char *found = NULL;

    if (len > NAME_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < n_names; i++) {
        size_t other_len = strlen(names[i]);
        unsigned d;

        if (other_len > NAME_MAX_LENGTH)
            continue;
        d = distance(name, len, names[i], other_len);
        /* A name of which nothing is left is not a mistyped one. */
        if (d < best && d < len && d < other_len) {
            best = d;
            found = names[i];
        }
    }
    return found;
}
