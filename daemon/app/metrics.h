/*
 * metrics.h - the figures for Prometheus.
 *
 *     metrics.c           the server and its totals
 *     metrics_target.c    the targets
 *     metrics_text.c      the format
 */
#ifndef AIGW_APP_METRICS_H
#define AIGW_APP_METRICS_H

#include "app/app.h"
#include "app/metrics_text.h"

/* Appends all figures to `out`.  AIGW_ETOOBIG or AIGW_ENOMEM from there. */
int metrics_write(struct app *app, struct bytes *out);

/* Those of the targets. */
void metrics_write_targets(struct metrics_text *m, const struct upstreams *u,
                           int64_t now_ms);

#endif
