/*
 * proxy_plan.c - which targets a call may go to.
 */
#include "app/proxy_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* An answer's length where nobody named one. */
    USUAL_MAX_TOKENS = 4096,

    /* More than the words that ask for the rest of an answer. */
    RESUME_BYTES = 1024,

    /* More than what stands around a turn: roles and marks, eight tokens. */
    TURN_BYTES = 16,
};

static size_t
prompt_bytes(const struct call_params *p)
{
    return p->embed ? p->embed->prompt_bytes : p->chat->prompt_bytes;
}

static int64_t
answer_tokens(const struct call_params *p, const struct target *t)
{
    int64_t most = t->settings.max_tokens;
    int64_t wanted = USUAL_MAX_TOKENS;

    if (p->embed)
        return 0;
    if (p->chat->limit_key != CHAT_LIMIT_NONE)
        wanted = p->chat->max_tokens;
    return most > 0 && wanted > most ? most : wanted;
}

/* OpenAI counts the answer's limit against tokens per minute at once. */
static int64_t
gate_tokens(const struct call_params *p, const struct target *t)
{
    return price_estimate_tokens(prompt_bytes(p), t->bytes_per_token_milli)
           + answer_tokens(p, t);
}

int64_t
proxy_most_tokens(const struct call_params *p, const struct target *t)
{
    int64_t most = t->settings.max_tokens;

    if (!p->embed && p->chat->limit_key == CHAT_LIMIT_NONE && most > 0)
        return most;
    return answer_tokens(p, t);
}

/* Each of several answers may have that length.  `said` is of an answer that
 * is to be completed. */
static int64_t
reserve(const struct call_params *p, const struct target *t, size_t said)
{
    int64_t answers = !p->embed && p->chat->n > 1 ? p->chat->n : 1;
    size_t turns = p->embed ? 0 : p->chat->n_messages;

    return settle_reserve(t->settings.has_price ? &t->settings.price : NULL,
                          prompt_bytes(p) + turns * TURN_BYTES + said,
                          proxy_most_tokens(p, t) * answers);
}

static void
describe(const struct call_params *p, const struct target *t, int64_t now_ms,
         struct route_member *m)
{
    target_describe(t,
                    &(struct target_demand){
                        .est_tokens = gate_tokens(p, t),
                        .streamed = p->chat && p->chat->stream,
                    },
                    now_ms, m);
    m->est_cost_nanousd = reserve(p, t, 0);
}

/* "provider/model" where only its regions have names. */
static bool
find_regions(const struct upstreams *u, const char *name,
             struct proxy_explanation *ret)
{
    for (size_t i = 0; i < u->n_targets; i++) {
        struct target *t = u->targets[i];

        if (!target_is_at(t, name) || ret->n_targets == ROUTE_MAX_TARGETS)
            continue;
        ret->groups[ret->n_targets] = 1;
        ret->targets[ret->n_targets++] = t;
    }
    ret->route_name = name;
    return ret->n_targets > 0;
}

/* Nobody passes those who wait for a target; see proxy_look(). */
static void
yield_to_line(const struct target *t, uint64_t round, struct route_member *m)
{
    const struct target_line *line = &t->line;
    bool taken = round > 0 ? line->looked == round : line->waiting > 0;

    if (m->state != ROUTE_ELIGIBLE || !taken)
        return;
    m->state = ROUTE_AT_LIMIT;
    m->retry_at_ms = INT64_MAX;
}

static int
find_targets(const struct upstreams *u, const struct call_params *p,
             struct proxy_explanation *ret, struct aigw_err *err)
{
    const char *name = *p->route ? p->route : "default";
    const struct upstream_route *route = upstreams_find_route(u, name);
    struct target *pinned = route ? NULL : upstreams_find_target(u, name);
    const char *nearest;

    if (!route && !pinned && find_regions(u, name, ret))
        return 0;
    if (pinned) {
        ret->route_name = pinned->name;
        ret->targets[0] = pinned;
        ret->n_targets = 1;
        return 0;
    }
    if (!route) {
        nearest = upstreams_nearest_route(u, name);
        return aigw_err_set(err, AIGW_ENOTFOUND,
                            nearest ? "no route or target \"%.100s\". Did you "
                                      "mean \"%.100s\"?"
                                    : "no route or target \"%.100s\"",
                            name, nearest);
    }
    ret->route = route;
    ret->route_name = route->name;
    for (size_t i = 0; i < route->n_targets && i < ROUTE_MAX_TARGETS; i++)
        ret->targets[ret->n_targets++] = route->targets[i];
    memcpy(ret->groups, route->groups, sizeof(ret->groups));
    return 0;
}

/* What the call demands itself needs no score, and embeddings have none. */
static void
score(const struct upstreams *u, const struct call_params *p,
      struct proxy_explanation *e)
{
    e->is_scored = e->route && e->route->strategy == ROUTE_BY_TIER
                   && p->tier < 0 && p->chat;
    if (e->is_scored)
        complexity_score(u->lexicon, p->chat, &e->complexity);
}

static struct route_demand
demand_of(const struct upstreams *u, const struct call_params *p,
          const struct proxy_explanation *e)
{
    return (struct route_demand){
        .strategy = e->route ? e->route->strategy : ROUTE_BY_ORDER,
        .tier = p->tier,
        .wanted_tier =
            e->is_scored ? complexity_tier(&u->complexity, e->complexity.score)
                         : -1,
        .tokens =
            price_estimate_tokens(prompt_bytes(p), PRICE_BYTES_PER_TOKEN_MILLI),
        .max_nanousd = p->max_cost_nanousd,
    };
}

/* Money is scarce: cheaper tiers come first.  What the call demands stays, and
 * so does the best tier for the requests that were found to need it. */
static void
downgrade(const struct call_params *p, struct proxy_explanation *e)
{
    struct route_demand *d = &e->demand;

    if (p->tier >= 0
        || (e->is_scored && d->wanted_tier != CONFIG_TIER_STANDARD))
        return;
    d->strategy = ROUTE_BY_TIER;
    d->wanted_tier = CONFIG_TIER_ECONOMY;
    e->is_downgraded = true;
}

/* Budgets bound a call as its caller does. */
static void
limit_money(struct app *app, const struct call_params *p,
            struct proxy_explanation *e)
{
    e->room = proxy_room(app, p, e->route_name);
    e->demand.max_nanousd = proxy_max_nanousd(p, 0, &e->room);
    if (e->room.scarce)
        downgrade(p, e);
}

int
proxy_explain(struct app *app, const struct call_params *params,
              struct proxy_explanation *ret, struct aigw_err *err)
{
    int64_t now_ms = loop_now_ms(app->loop);
    int status;

    *ret = (struct proxy_explanation){0};
    status = find_targets(app->upstreams, params, ret, err);
    if (status)
        return status;
    for (size_t i = 0; i < ret->n_targets; i++) {
        describe(params, ret->targets[i], now_ms, &ret->members[i]);
        ret->members[i].group = ret->groups[i];
        yield_to_line(ret->targets[i], 0, &ret->members[i]);
    }
    score(app->upstreams, params, ret);
    ret->demand = demand_of(app->upstreams, params, ret);
    limit_money(app, params, ret);
    route_plan(&ret->demand, ret->members, ret->n_targets, &app->rng,
               &ret->plan);
    ret->retry_at_ms = route_retry_at(&ret->plan, ret->members, ret->n_targets);
    return 0;
}

int
proxy_explained_tier(const struct proxy_explanation *e)
{
    return e->demand.tier >= 0 ? e->demand.tier : e->demand.wanted_tier;
}

/* The call's own word, else its route's, else the server's. */
static enum call_on_break
break_of(const struct call *c, const struct upstream_route *route)
{
    enum config_on_break set =
        route ? route->on_break : c->app->config->stream.on_break;

    if (c->params.on_break != CALL_BREAK_DEFAULT)
        return c->params.on_break;
    switch (set) {
    case CONFIG_BREAK_CONTINUE:
        return CALL_BREAK_CONTINUE;
    case CONFIG_BREAK_RESTART:
        return CALL_BREAK_RESTART;
    case CONFIG_BREAK_ERROR:
        break;
    }
    return CALL_BREAK_ERROR;
}

int
proxy_plan(struct call *c, struct aigw_err *err)
{
    struct proxy_explanation e;
    int status = proxy_explain(c->app, &c->params, &e, err);

    if (status)
        return status;
    c->route_name = mem_strdup(e.route_name);
    c->n_targets = e.n_targets;
    for (size_t i = 0; i < e.n_targets; i++)
        c->targets[i] = target_ref(e.targets[i]);
    memcpy(c->groups, e.groups, sizeof(c->groups));
    c->plan = e.plan;
    memcpy(c->candidates, e.plan.order, sizeof(c->candidates));
    c->demand = e.demand;
    c->is_downgraded = e.is_downgraded;
    c->on_break = break_of(c, e.route);
    return 0;
}

int64_t
proxy_gate_tokens(const struct call *c, const struct target *t)
{
    return gate_tokens(&c->params, t);
}

int64_t
proxy_reserve_nanousd(const struct call *c, const struct target *t)
{
    size_t said = 0;

    if (request_is_resuming(&c->request))
        said = assemble_content(c->answer).size + RESUME_BYTES;
    return reserve(&c->params, t, said);
}

/* The members as of now.  What time has changed about them is settled first, so
 * that who is found free can be had: a gate that has opened, for one, makes the
 * target begin slowly. */
static void
read_members(struct call *c, struct route_member members[ROUTE_MAX_TARGETS])
{
    int64_t now_ms = call_now_ms(c);
    struct budgets_room room = proxy_room(c->app, &c->params, c->route_name);

    c->demand.max_nanousd =
        proxy_max_nanousd(&c->params, c->total_cost_nanousd, &room);
    for (size_t i = 0; i < c->n_targets; i++) {
        target_tick(c->targets[i], now_ms);
        describe(&c->params, c->targets[i], now_ms, &members[i]);
        members[i].group = c->groups[i];
    }
}

/* The same, with the reasons in c->plan. */
static void
describe_again(struct call *c, struct route_member members[ROUTE_MAX_TARGETS])
{
    read_members(c, members);
    route_plan(&c->demand, members, c->n_targets, &c->app->rng, &c->plan);
}

int64_t
proxy_needed_nanousd(const struct call *c)
{
    int64_t least = -1;

    for (size_t i = 0; i < c->n_targets; i++) {
        struct route_member m;

        if (c->plan.reasons[i] != ROUTE_COST)
            continue;
        describe(&c->params, c->targets[i], c->started_ms, &m);
        if (m.est_cost_nanousd >= 0
            && (least < 0 || m.est_cost_nanousd < least))
            least = m.est_cost_nanousd;
    }
    return least;
}

int64_t
proxy_retry_at(struct call *c)
{
    struct route_member members[ROUTE_MAX_TARGETS];

    describe_again(c, members);
    return route_retry_at(&c->plan, members, c->n_targets);
}

static bool
would_take(struct app *app, const struct call_params *p,
           const struct route_demand *demand, const struct target *t)
{
    struct route_member member;

    describe(p, t, loop_now_ms(app->loop), &member);
    return route_likeliest(demand, &member, 1) == 0;
}

bool
proxy_would_take(const struct call *c, const struct target *t)
{
    return would_take(c->app, &c->params, &c->demand, t);
}

bool
proxy_explains_refuge(struct app *app, const struct call_params *params,
                      const struct proxy_explanation *e, const struct target *t)
{
    return would_take(app, params, &e->demand, t);
}

/* The member as a candidate of the request, or -1. */
static int
candidate_of(const struct call *c, size_t member)
{
    const uint8_t *found =
        memchr(c->candidates, (int)member, c->request.params.n_candidates);

    return found ? (int)(found - c->candidates) : -1;
}

static bool
add_candidate(struct call *c, size_t member)
{
    if (!request_add_candidate(&c->request))
        return false;
    c->candidates[c->request.params.n_candidates - 1] = (uint8_t)member;
    return true;
}

/* The first in the order that the call may ask; -1: there is none. */
static int
first_free(struct call *c)
{
    for (size_t i = 0; i < c->plan.n_order; i++) {
        uint8_t member = c->plan.order[i];

        if (!request_may_ask(&c->request, candidate_of(c, member)))
            continue;
        if (candidate_of(c, member) >= 0 || add_candidate(c, member))
            return candidate_of(c, member);
    }
    return -1;
}

/* When the member may be free.  Attempts and trials end at any time. */
static int64_t
hope_of(enum route_reason reason, const struct route_member *m, int64_t now_ms)
{
    return reason == ROUTE_AT_LIMIT || reason == ROUTE_HALF_OPEN
               ? now_ms
               : m->retry_at_ms;
}

static int64_t
sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

void
proxy_look(struct call *c, uint64_t round, int64_t until_ms,
           struct proxy_prospect *ret_prospect)
{
    struct route_member members[ROUTE_MAX_TARGETS];
    int64_t now_ms = call_now_ms(c);
    struct proxy_prospect p = {.look_ms = INT64_MAX};

    read_members(c, members);
    for (size_t i = 0; i < c->n_targets; i++)
        yield_to_line(c->targets[i], round, &members[i]);
    route_plan(&c->demand, members, c->n_targets, &c->app->rng, &c->plan);
    p.candidate = first_free(c);
    for (size_t i = 0; i < c->n_targets && p.candidate < 0; i++) {
        enum route_reason reason = c->plan.reasons[i];

        if (!route_is_passing(reason)
            || hope_of(reason, &members[i], now_ms) > until_ms
            || !request_may_ask(&c->request, candidate_of(c, i)))
            continue;
        p.waits_for |= UINT32_C(1) << i;
        p.look_ms = sooner(p.look_ms, members[i].retry_at_ms);
        if (round > 0)
            c->targets[i]->line.looked = round;
    }
    *ret_prospect = p;
}

void
proxy_add_candidates(struct call *c)
{
    struct route_member members[ROUTE_MAX_TARGETS];

    describe_again(c, members);
    for (size_t i = 0; i < c->plan.n_order; i++)
        if (candidate_of(c, c->plan.order[i]) < 0)
            (void)add_candidate(c, c->plan.order[i]);
    for (size_t i = 0; i < c->n_targets; i++)
        if (c->plan.reasons[i] == ROUTE_AT_LIMIT && candidate_of(c, i) < 0)
            (void)add_candidate(c, i);
}

int
proxy_last_resort(struct call *c)
{
    struct route_member members[ROUTE_MAX_TARGETS];
    int member;

    describe_again(c, members);
    member = route_last_resort(&c->plan, members, c->n_targets, call_now_ms(c));
    if (member < 0)
        return -1;
    /* The request knows candidates only: this one becomes the first. */
    if (c->request.params.n_candidates == 0)
        c->request.params.n_candidates = 1;
    c->candidates[0] = (uint8_t)member;
    return 0;
}
