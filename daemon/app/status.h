/*
 * status.h - the snapshot that `status` and `watch` send.
 *
 *     status.c            the server, its totals, the whole
 *     status_target.c     one target
 *     status_detail.c     one target, in full
 *     status_route.c      routes and clients
 *     status_drill.c      the drills
 *     status_figures.c    what all of them have in common
 */
#ifndef AIGW_APP_STATUS_H
#define AIGW_APP_STATUS_H

#include "app/app.h"

/* "ready": at least one target is eligible and all are closed; "degraded":
 * ready, but some target is not closed; "draining"; "unavailable". */
const char *status_server_state(const struct app *app);

/* What a snapshot is to show, and to whom. */
struct status_scope {
    enum span span;
    const struct target *only;   /* Of targets this one, in full; NULL: all. */
    const struct target *detail; /* This one in full beside all; or NULL. */
    const struct session_client *asker;
};

void status_pack(struct pack *p, struct app *app,
                 const struct status_scope *scope);

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

/* Thirty rates, one for every two seconds. */
void status_pack_trend(struct pack *p, const char *key,
                       const struct trend *trend, int64_t now_ms);

/* What was ever counted: requests, successes, error_count, tokens, costs. */
void status_pack_sums(struct pack *p, const struct status_moment *m,
                      const struct figures *f);

/* What the window says: rps, error_rate, cost_per_hour_usd.  Returns as
 * status_read_tally(). */
int64_t status_pack_rates(struct pack *p, const struct status_moment *m,
                          const struct figures *f, struct tally_sums *ret_sums);

/* What a map has of a target at which `n_drills` run, and what more it has of
 * one in full. */
void status_pack_target(struct pack *p, const struct status_moment *m,
                        const struct target *t, int64_t n_drills);
void status_pack_detail(struct pack *p, const struct status_moment *m,
                        const struct upstreams *u, const struct target *t);

/* The key `routes`, and the key `clients` as far as the asker may know them. */
void status_pack_routes(struct pack *p, const struct app *app,
                        const struct status_moment *m);
void status_pack_clients(struct pack *p, const struct app *app,
                         const struct status_moment *m,
                         const struct session_client *asker);

/* Clients with a connection or a call. */
int64_t status_count_clients(const struct app *app);

/* The key `drills` with the running ones. */
void status_pack_drills(struct pack *p, const struct app *app,
                        const struct status_moment *m);

#endif
