/*
 * metrics.h - the figures for Prometheus.
 *
 *     metrics.c           the server and its totals
 *     metrics_target.c    the targets
 *     metrics_stats.c     the routes and the clients
 *     metrics_text.c      the format
 */
#ifndef AIGW_APP_METRICS_H
#define AIGW_APP_METRICS_H

#include "app/app.h"
#include "app/metrics_text.h"

/* Appends all figures to `out`, those of clients as far as the asker may know
 * of them.  AIGW_ETOOBIG or AIGW_ENOMEM from there. */
int metrics_write(struct app *app, const struct session_client *asker,
                  struct bytes *out);

/* Those of the routes, and of the clients. */
void metrics_write_routes(struct metrics_text *m, const struct upstreams *u,
                          int64_t now_ms);
void metrics_write_clients(struct metrics_text *m, const struct clients *c,
                           const struct session_client *asker, int64_t now_ms);

/* Those of the targets. */
void metrics_write_targets(struct metrics_text *m, const struct upstreams *u,
                           int64_t now_ms);

#endif
