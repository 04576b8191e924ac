/*
 * upstreams.h - all targets and routes of the configuration in force.
 *
 * A reload makes a new set out of the new configuration and the living
 * targets: a target that is still named, at the same address, keeps its
 * breaker, its limits and its figures.
 */
#ifndef AIGW_APP_UPSTREAMS_H
#define AIGW_APP_UPSTREAMS_H

#include "app/stats.h"
#include "app/target.h"
#include "core/complexity.h"

#include <stddef.h>

/* A route as it lives: the same as in the configuration, by pointer. */
struct upstream_route {
    char *name;
    struct target **targets; /* Borrowed from the set. */
    size_t n_targets;
    uint8_t groups[ROUTE_MAX_TARGETS]; /* As in the configuration. */
    struct target **refuges; /* Asked if a content policy refuses; borrowed. */
    size_t n_refuges;
    enum route_strategy strategy;
    enum config_on_break on_break;
    struct stats *stats; /* Of its calls; a reference. */
};

struct upstreams {
    struct target **targets; /* One reference each; by configuration order. */
    size_t n_targets;
    struct upstream_route *routes;
    size_t n_routes;
    struct budget budget; /* The global retry budget. */
    struct complexity_limits complexity;
    struct lexicon *lexicon; /* What complexity is scored by. */
};

struct upstreams_options {
    struct http_client *http;
    struct credentials *credentials;
    struct events *events;
    struct rng *rng;
    int64_t now_ms;
};

/* Builds the set for `config`, taking what lives over from `old` (which may
 * be NULL and stays as it is: the caller frees it).  NULL with the reason in
 * `err`. */
struct upstreams *upstreams_new(const struct config *config,
                                const struct upstreams *old,
                                const struct upstreams_options *options,
                                struct aigw_err *err);
void upstreams_free(struct upstreams *u);

/* NULL if there is none. */
struct target *upstreams_find_target(const struct upstreams *u,
                                     const char *name);
const struct upstream_route *upstreams_find_route(const struct upstreams *u,
                                                  const char *name);

/* The name of a target or route that was probably meant, or NULL. */
const char *upstreams_nearest_target(const struct upstreams *u,
                                     const char *name);
const char *upstreams_nearest_route(const struct upstreams *u,
                                    const char *name);

/* A target could not be reached: its siblings at the same scheme, host and
 * port learn of it, too. */
void upstreams_unreachable(struct upstreams *u, const struct target *t,
                           int64_t now_ms);

#endif
