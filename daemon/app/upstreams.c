#include "app/upstreams.h"

#include "base/mem.h"
#include "proto/nearest.h"

#include <stdlib.h>
#include <string.h>

/* What a reload may carry over: the old providers by name. */
static struct provider *
find_provider(const struct upstreams *old, const char *name)
{
    for (size_t i = 0; old && i < old->n_targets; i++)
        if (strcmp(old->targets[i]->provider->name, name) == 0)
            return old->targets[i]->provider;
    return NULL;
}

static struct provider *
take_provider(const struct config_provider *c, const struct upstreams *old,
              const struct upstreams_options *options, struct aigw_err *err)
{
    struct provider *living = find_provider(old, c->name);

    if (living && provider_matches(living, c))
        return provider_ref(living);
    return provider_new(c, options->http, options->credentials, err);
}

static void
unref_providers(struct provider **providers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        provider_unref(providers[i]);
    free(providers);
}

static struct provider **
take_providers(const struct config *config, const struct upstreams *old,
               const struct upstreams_options *options, struct aigw_err *err)
{
    struct provider **providers =
        mem_new_array(config->n_providers, sizeof(struct provider *));

    for (size_t i = 0; i < config->n_providers; i++) {
        providers[i] = take_provider(&config->providers[i], old, options, err);
        if (!providers[i]) {
            unref_providers(providers, i);
            return NULL;
        }
    }
    return providers;
}

static struct target *
take_target(const struct config *config, const struct config_target *c,
            struct provider *provider, const struct upstreams *old,
            const struct upstreams_options *options)
{
    const struct config_region *region =
        &config->providers[c->provider].regions[c->region];
    struct target *living = old ? upstreams_find_target(old, c->name) : NULL;

    if (living && living->provider == provider
        && strcmp(living->base_url, region->base_url) == 0) {
        target_configure(living, c, options->now_ms);
        return target_ref(living);
    }
    return target_new(&(struct target_options){
        .config = c,
        .region = region,
        .provider = provider,
        .events = options->events,
        .rng = options->rng,
        .now_ms = options->now_ms,
    });
}

/* Models may override the time that their provider allows. */
static int64_t
longest_connect_ms(const struct config *config, size_t provider)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < config->n_targets; i++) {
        const struct config_target *c = &config->targets[i];
        int64_t connect_ms = c->timeouts.dns_ms + c->timeouts.connect_ms;

        if (c->provider == provider && connect_ms > longest_ms)
            longest_ms = connect_ms;
    }
    return longest_ms;
}

static enum route_strategy
strategy_of(enum config_strategy strategy)
{
    switch (strategy) {
    case CONFIG_PRIORITY:
        return ROUTE_BY_ORDER;
    case CONFIG_COMPLEXITY:
        return ROUTE_BY_TIER;
    case CONFIG_LATENCY:
        return ROUTE_BY_LATENCY;
    case CONFIG_COST:
        return ROUTE_BY_COST;
    case CONFIG_WEIGHTED:
        return ROUTE_BY_WEIGHT;
    }
    return ROUTE_BY_ORDER;
}

/* A route that keeps its name keeps its figures. */
static struct stats *
take_stats(const char *name, const struct upstreams *old, int64_t now_ms)
{
    const struct upstream_route *living =
        old ? upstreams_find_route(old, name) : NULL;

    return living ? stats_ref(living->stats) : stats_new(now_ms);
}

static struct target **
pick(struct target **targets, const size_t *numbers, size_t n)
{
    struct target **picked = mem_new_array(n, sizeof(struct target *));

    for (size_t i = 0; i < n; i++)
        picked[i] = targets[numbers[i]];
    return picked;
}

static void
take_route(struct upstream_route *route, const struct config_route *c,
           struct target **targets)
{
    route->name = mem_strdup(c->name);
    route->strategy = strategy_of(c->strategy);
    route->on_break = c->on_break;
    route->n_targets = c->n_targets;
    route->targets = pick(targets, c->targets, c->n_targets);
    memcpy(route->groups, c->groups, sizeof(route->groups));
    route->n_refuges = c->n_refusal_targets;
    route->refuges = pick(targets, c->refusal_targets, c->n_refusal_targets);
}

static void
take_budget(struct upstreams *u, const struct config_retry *c,
            const struct upstreams *old)
{
    struct budget_params params = {
        .ratio = c->budget_ratio,
        .reserve = (uint32_t)c->budget_min,
    };

    if (old) {
        u->budget = old->budget;
        budget_configure(&u->budget, &params);
    } else {
        budget_init(&u->budget, &params);
    }
}

static void
take_complexity(struct upstreams *u, const struct config_complexity *c)
{
    u->complexity = (struct complexity_limits){c->standard, c->premium};
    u->lexicon = mem_new(sizeof(*u->lexicon));
    lexicon_init(u->lexicon);
}

struct upstreams *
upstreams_new(const struct config *config, const struct upstreams *old,
              const struct upstreams_options *options, struct aigw_err *err)
{
    struct provider **providers = take_providers(config, old, options, err);
    struct upstreams *u;

    if (!providers)
        return NULL;
    for (size_t i = 0; i < config->n_providers; i++)
        provider_set_connect_ms(providers[i], longest_connect_ms(config, i));
    u = mem_new(sizeof(*u));
    u->n_targets = config->n_targets;
    u->targets = mem_new_array(config->n_targets, sizeof(struct target *));
    for (size_t i = 0; i < config->n_targets; i++) {
        const struct config_target *c = &config->targets[i];

        u->targets[i] =
            take_target(config, c, providers[c->provider], old, options);
    }
    u->n_routes = config->n_routes;
    u->routes = mem_new_array(config->n_routes, sizeof(*u->routes));
    for (size_t i = 0; i < config->n_routes; i++) {
        take_route(&u->routes[i], &config->routes[i], u->targets);
        u->routes[i].stats =
            take_stats(config->routes[i].name, old, options->now_ms);
    }
    take_budget(u, &config->retry, old);
    take_complexity(u, &config->complexity);
    unref_providers(providers, config->n_providers);
    return u;
}

void
upstreams_free(struct upstreams *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->n_routes; i++) {
        stats_unref(u->routes[i].stats);
        free(u->routes[i].refuges);
        free(u->routes[i].targets);
        free(u->routes[i].name);
    }
    for (size_t i = 0; i < u->n_targets; i++)
        target_unref(u->targets[i]);
    free(u->lexicon);
    free(u->routes);
    free(u->targets);
    free(u);
}

struct target *
upstreams_find_target(const struct upstreams *u, const char *name)
{
    for (size_t i = 0; i < u->n_targets; i++)
        if (strcmp(u->targets[i]->name, name) == 0)
            return u->targets[i];
    return NULL;
}

const struct upstream_route *
upstreams_find_route(const struct upstreams *u, const char *name)
{
    for (size_t i = 0; i < u->n_routes; i++)
        if (strcmp(u->routes[i].name, name) == 0)
            return &u->routes[i];
    return NULL;
}

const char *
upstreams_nearest_target(const struct upstreams *u, const char *name)
{
    const char *names[CONFIG_MAX_TARGETS];

    for (size_t i = 0; i < u->n_targets; i++)
        names[i] = u->targets[i]->name;
    return nearest_name(name, names, u->n_targets);
}

const char *
upstreams_nearest_route(const struct upstreams *u, const char *name)
{
    const char *names[CONFIG_MAX_ROUTES + CONFIG_MAX_TARGETS];
    size_t n = 0;

    for (size_t i = 0; i < u->n_routes; i++)
        names[n++] = u->routes[i].name;
    for (size_t i = 0; i < u->n_targets; i++)
        names[n++] = u->targets[i]->name;
    return nearest_name(name, names, n);
}

/* "https://host:port" of a URL. */
static size_t
origin_size(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

void
upstreams_unreachable(struct upstreams *u, const struct target *t,
                      int64_t now_ms)
{
    size_t size = origin_size(t->base_url);

    for (size_t i = 0; i < u->n_targets; i++) {
        struct target *other = u->targets[i];

        if (other != t && origin_size(other->base_url) == size
            && strncmp(other->base_url, t->base_url, size) == 0)
            target_unreachable_origin(other, now_ms);
    }
}
