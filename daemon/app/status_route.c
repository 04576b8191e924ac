/*
 * status_route.c - the routes and the clients of the snapshot.
 */
#include "app/status.h"

#include "app/session.h"
#include "core/settle.h"

enum {
    /* An ordinary call, for what a price makes of it. */
    ORDINARY_PROMPT_BYTES = 2048,
    ORDINARY_ANSWER_TOKENS = 512,
};

/* What each kind of traffic has: the sums, the rates, the distributions. */
static void
pack_stats(struct pack *p, const struct status_moment *m, const struct stats *s)
{
    struct tally_sums sums;
    struct hist hist;

    pack_kv_int(p, "in_flight", s->in_flight);
    status_pack_sums(p, m, &s->figures);
    (void)status_pack_rates(p, m, &s->figures, &sums);
    brief_read(&s->ttft, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "ttft_ms", &hist);
    brief_read(&s->latency, m->span, m->now_ms, &hist);
    status_pack_quantiles(p, "latency_ms", &hist);
}

static const char *
strategy_name(enum route_strategy strategy)
{
    switch (strategy) {
    case ROUTE_BY_ORDER:
        return "priority";
    case ROUTE_BY_LATENCY:
        return "latency";
    case ROUTE_BY_COST:
        return "cost";
    case ROUTE_BY_WEIGHT:
        return "weighted";
    case ROUTE_BY_TIER:
        return "complexity";
    }
    return "?";
}

/* The target that most ordinary calls would be sent to now; NULL: none.  What
 * tells one call from another, such as its prompt or its budget, is left
 * out. */
static const struct target *
likeliest(const struct upstream_route *route, int64_t now_ms)
{
    static const struct target_demand ORDINARY = {
        .est_tokens = ORDINARY_ANSWER_TOKENS,
        .streamed = true,
    };
    const struct route_demand demand = {
        .strategy = route->strategy,
        .tier = -1,
        .wanted_tier = -1,
        .max_nanousd = -1,
    };
    struct route_member members[ROUTE_MAX_TARGETS];
    size_t n = route->n_targets;
    int best;

    if (n > ROUTE_MAX_TARGETS)
        n = ROUTE_MAX_TARGETS;
    for (size_t i = 0; i < n; i++) {
        const struct target *t = route->targets[i];

        target_describe(t, &ORDINARY, now_ms, &members[i]);
        members[i].group = route->groups[i];
        members[i].est_cost_nanousd =
            settle_reserve(t->settings.has_price ? &t->settings.price : NULL,
                           ORDINARY_PROMPT_BYTES, ORDINARY_ANSWER_TOKENS);
    }
    best = route_likeliest(&demand, members, n);
    return best < 0 ? NULL : route->targets[best];
}

/* Of a streamed call to the target that most are sent to. */
static void
pack_hedge_delay(struct pack *p, const struct app *app,
                 const struct target *chosen, int64_t now_ms)
{
    int64_t delay_ms =
        chosen ? target_hedge_ms(chosen, &app->config->hedge, true, now_ms) : 0;

    if (delay_ms > 0)
        pack_kv_int(p, "hedge_delay_ms", delay_ms);
    else
        pack_kv_nil(p, "hedge_delay_ms");
}

static void
pack_route(struct pack *p, const struct app *app,
           const struct upstream_route *route, const struct status_moment *m)
{
    const struct target *chosen = likeliest(route, m->now_ms);

    pack_map_begin(p);
    pack_kv_str(p, "name", route->name);
    pack_key(p, "targets");
    pack_array_begin(p);
    for (size_t i = 0; i < route->n_targets; i++)
        pack_str(p, route->targets[i]->name);
    pack_array_end(p);
    pack_kv_str(p, "strategy", strategy_name(route->strategy));
    pack_kv_str(p, "chosen", chosen ? chosen->name : NULL);
    pack_hedge_delay(p, app, chosen, m->now_ms);
    pack_stats(p, m, route->stats);
    pack_map_end(p);
}

void
status_pack_routes(struct pack *p, const struct app *app,
                   const struct status_moment *m)
{
    const struct upstreams *u = app->upstreams;

    pack_key(p, "routes");
    pack_array_begin(p);
    for (size_t i = 0; i < u->n_routes; i++)
        pack_route(p, app, &u->routes[i], m);
    pack_array_end(p);
}

/* For each of the known clients, by its place. */
static void
count_connections(const struct app *app, int64_t ret_counts[CLIENTS_MAX])
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        ret_counts[i] = 0;
    for (size_t i = 0; i < app->n_sessions; i++) {
        const struct client *c =
            clients_find(app->clients, session_client(app->sessions[i]));

        if (c)
            ret_counts[c - app->clients->known]++;
    }
}

int64_t
status_count_clients(const struct app *app)
{
    int64_t counts[CLIENTS_MAX];
    int64_t n = 0;

    count_connections(app, counts);
    for (size_t i = 0; i < app->clients->n_known; i++)
        n += counts[i] > 0 || app->clients->known[i].stats->in_flight > 0;
    return n;
}

static void
pack_client(struct pack *p, const struct client *c, int64_t connections,
            const struct status_moment *m)
{
    pack_map_begin(p);
    pack_kv_text(p, "name", c->name);
    pack_kv_int(p, "uid", c->uid);
    pack_kv_int(p, "connections", connections);
    pack_stats(p, m, c->stats);
    pack_map_end(p);
}

static void
pack_others(struct pack *p, const struct stats *s,
            const struct status_moment *m)
{
    pack_map_begin(p);
    pack_kv_str(p, "name", "others");
    pack_kv_nil(p, "uid");
    pack_kv_nil(p, "connections");
    pack_stats(p, m, s);
    pack_map_end(p);
}

void
status_pack_clients(struct pack *p, const struct app *app,
                    const struct status_moment *m,
                    const struct session_client *asker)
{
    const struct clients *clients = app->clients;
    int64_t counts[CLIENTS_MAX];

    count_connections(app, counts);
    pack_key(p, "clients");
    pack_array_begin(p);
    for (size_t i = 0; i < clients->n_known; i++)
        if (asker->admin || asker->uid == clients->known[i].uid)
            pack_client(p, &clients->known[i], counts[i], m);
    if (clients->others && asker->admin)
        pack_others(p, clients->others, m);
    pack_array_end(p);
}
