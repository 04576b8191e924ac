#include "ctl/sample.h"

#include <math.h>
#include <stdlib.h>

#include "text/mem.h"

enum {
    FIRST_ROOM = 256
};

void
sample_deinit(struct sample *s)
{
    free(s->values);
    *s = (struct sample){0};
}

void
sample_add(struct sample *s, double value)
{
    if (s->n_values == s->max_values) {
        s->max_values = s->max_values > 0 ? s->max_values * 2 : FIRST_ROOM;
        s->values = mem_resize(s->values, s->max_values, sizeof(*s->values));
    }
    s->values[s->n_values++] = value;
    s->sorted = false;
}

static int
compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

double
sample_percentile(struct sample *s, double percent)
{
    double rank = ceil(percent / 100 * (double)s->n_values);

    if (s->n_values == 0)
        return nan("");
    if (!s->sorted)
        qsort(s->values, s->n_values, sizeof(*s->values), compare);
    s->sorted = true;
    if (rank < 1)
        rank = 1;
    if (rank > (double)s->n_values)
        rank = (double)s->n_values;
    return s->values[(size_t)rank - 1];
}

double
sample_mean(const struct sample *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->n_values; i++)
        sum += s->values[i];
    return s->n_values > 0 ? sum / (double)s->n_values : nan("");
}
