/*
 * sample.h - a set of measurements and its percentiles.
 *
 * Keeps every value: `load` makes at most some millions of calls, and exact
 * percentiles are worth 8 bytes each.  Pure.
 */
#ifndef AIGW_CTL_SAMPLE_H
#define AIGW_CTL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

/* An all-zero struct is an empty set. */
struct sample {
    double *values;
    size_t n_values;
    size_t max_values;
    bool sorted;
};

void sample_deinit(struct sample *s);

void sample_add(struct sample *s, double value);

/* The smallest value that at least `percent` of the values do not exceed
 * (nearest rank); NAN when the set is empty.  100 gives the greatest. */
double sample_percentile(struct sample *s, double percent);

/* The arithmetic mean; NAN when the set is empty. */
double sample_mean(const struct sample *s);

#endif
