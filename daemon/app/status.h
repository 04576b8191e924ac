/*
 * status.h - the snapshot that `status` and `watch` send.
 *
 *     status.c            the server, its totals, its routes
 *     status_target.c     one target
 *     status_drill.c      the drills
 */
#ifndef AIGW_APP_STATUS_H
#define AIGW_APP_STATUS_H

#include "app/app.h"

/* "ready": at least one target is eligible and all are closed; "degraded":
 * ready, but some target is not closed; "draining"; "unavailable". */
const char *status_server_state(const struct app *app);

/* Packs the snapshot over the window.  With `only`, the targets are that one,
 * in full detail. */
void status_pack(struct pack *p, struct app *app, enum span span,
                 const struct target *only);

/* The moment of a snapshot: times inside the daemon are monotonic, those of
 * the protocol are not. */
struct status_moment {
    int64_t now_ms;    /* Loop time. */
    int64_t offset_ms; /* What to add to it for the wall clock. */
    enum span span;
};

struct status_moment status_moment(const struct app *app, enum span span);

/* A time as epoch milliseconds; nil for INT64_MIN and INT64_MAX. */
void status_pack_time(struct pack *p, const char *key,
                      const struct status_moment *m, int64_t at_ms);

/* Fills `ret_sums` with those of the window.  Returns what they cover: at least
 * a second, or the first call would show as a thousand a second. */
int64_t status_read_tally(const struct status_moment *m,
                          const struct tally *tally,
                          struct tally_sums *ret_sums);

/* `part` of `whole`; without a whole NaN, which is packed as nil. */
double status_ratio(double part, int64_t whole);

/* An amount as USD. */
void status_pack_usd(struct pack *p, const char *key, int64_t nanousd);

/* Quantiles in milliseconds, or nil without samples. */
void status_pack_quantiles(struct pack *p, const char *key,
                           const struct hist *hist);

/* One target at which `n_drills` run; with `detail` in full. */
void status_pack_target(struct pack *p, const struct status_moment *m,
                        const struct target *t, int64_t n_drills, bool detail);

/* The key `drills` with the running ones. */
void status_pack_drills(struct pack *p, const struct app *app,
                        const struct status_moment *m);

/* What it has cost since midnight UTC. */
int64_t status_cost_today(const struct status_moment *m,
                          const struct target *t);

#endif
