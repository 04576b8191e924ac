/*
 * status.h - the snapshot that `status` and `watch` send, and `metrics`.
 */
#ifndef AIGW_APP_STATUS_H
#define AIGW_APP_STATUS_H

#include "app/app.h"

/* "ready": at least one target is eligible and all are closed; "degraded":
 * ready, but some target is not closed; "draining"; "unavailable". */
const char *status_server_state(const struct app *app);

/* Packs the snapshot over the window.  With `only`, the targets are that one,
 * in full detail. */
void status_pack(struct pack *p, const struct app *app, enum span span,
                 const struct target *only);

/* All figures as Prometheus text (text format 0.0.4), appended to `out`. */
int status_metrics(const struct app *app, struct bytes *out);

#endif
