/*
 * metrics_text.h - writes the text format of Prometheus, version 0.0.4.
 *
 * A writer with a sticky status: calls follow each other without checks, and
 * `status` says once whether all of it was written.
 */
#ifndef AIGW_APP_METRICS_TEXT_H
#define AIGW_APP_METRICS_TEXT_H

#include "core/hist.h"
#include "proto/bytes.h"

#include <stdint.h>

struct metrics_text {
    struct bytes *out;
    int status; /* The first failure; everything after it is ignored. */
};

/* Samples of one name and meaning. */
struct metrics_family {
    const char *name;
    const char *type; /* "counter", "gauge", "summary" */
    const char *help; /* One line without backslashes. */
};

struct metrics_label {
    const char *name; /* NULL ends the labels. */
    const char *value;
};

/* Labels as an argument, each as {name, value}. */
#define METRICS_LABELS(...)                                                    \
    ((const struct metrics_label[]){__VA_ARGS__, {NULL, NULL}})

/* The lines that come before the samples of a family. */
void metrics_text_begin(struct metrics_text *m, const struct metrics_family *f);

/* One sample of the family `name`; NULL as `labels`: none.  Values of labels
 * are escaped.  NaN stands for what is not known. */
void metrics_text_put(struct metrics_text *m, const char *name,
                      const struct metrics_label *labels, double value);

/* The samples of a summary in seconds: quantiles of what is recent, sum and
 * number of everything.  unused `labels` are zero. */
struct metrics_summary {
    const char *name;
    struct metrics_label labels[2];
    const struct hist *recent;
    int64_t sum_us;
    int64_t count;
};

void metrics_text_put_summary(struct metrics_text *m,
                              const struct metrics_summary *s);

#endif
