/*
 * figures.h - figures that are not in the snapshot as they are.  Pure.
 */
#ifndef AIGW_TUI_FIGURES_H
#define AIGW_TUI_FIGURES_H

#include "tui/model.h"

enum {
    FIGURES_MAX_TREND = 120
};

/* What is shown of a course of values, the oldest first. */
struct trend {
    double values[FIGURES_MAX_TREND];
    size_t n_values;
};

/* The array `list`, or its last values if there are more. */
struct trend figures_trend(const struct aigw_value *list);

/* Requests a second, and failed ones, of all targets together. */
struct trend figures_requests(const struct model *m);
struct trend figures_errors(const struct model *m);

/* What is spent in an hour; NAN if that is not known. */
double figures_cost_per_hour(const struct aigw_value *snapshot);

/* What may be spent today by all together; NAN if there is no limit. */
double figures_daily_limit(const struct aigw_value *snapshot);

#endif
