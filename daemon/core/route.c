#include "core/route.h"

#include <assert.h>

enum {
    LAST_RESORT_PAUSE_MS = 1000,
    N_TIERS = 3
};

const char *
route_reason_text(enum route_reason reason)
{
    static const char *const TEXTS[] = {
#define X(name, text) text,
        ROUTE_REASON_MAP(X)
#undef X
    };

    assert(reason < ROUTE_N_REASONS);
    return TEXTS[reason];
}

static enum route_reason
judge(const struct route_demand *demand, const struct route_member *m)
{
    if (demand->tier >= 0 && m->tier != demand->tier)
        return ROUTE_TIER;
    if (m->context > 0 && demand->tokens > m->context)
        return ROUTE_CONTEXT;
    if (demand->max_nanousd >= 0
        && (m->est_cost_nanousd < 0
            || m->est_cost_nanousd > demand->max_nanousd))
        return ROUTE_COST;
    return m->state;
}

/* A target close to its rate limit counts as twice as dear and as slow. */
static double
price_of(const struct route_member *m)
{
    double cost = m->est_cost_nanousd < 0 ? 1e300 : (double)m->est_cost_nanousd;

    return m->penalty ? 2.0 * cost : cost;
}

static double
delay_of(const struct route_member *m)
{
    return m->penalty ? 2.0 * m->latency_cost : m->latency_cost;
}

/* The wanted tier first; what it lacks, a dearer one has rather than a cheaper
 * one. */
static double
steps_from(int wanted, int tier)
{
    if (wanted < 0 || tier == wanted)
        return 0.0;
    return tier > wanted ? tier - wanted : N_TIERS + wanted - tier;
}

static double
rank_of(const struct route_demand *demand, const struct route_member *m)
{
    switch (demand->strategy) {
    case ROUTE_BY_COST:
        return price_of(m);
    case ROUTE_BY_LATENCY:
        return (double)m->priority;
    case ROUTE_BY_TIER:
        return steps_from(demand->wanted_tier, m->tier);
    case ROUTE_BY_ORDER:
    case ROUTE_BY_WEIGHT:
        return 0.0;
    }
    return 0.0;
}

/* Insertion keeps the route's order among equals. */
static void
sort_by_rank(const struct route_demand *demand,
             const struct route_member *members, struct route_plan *plan)
{
    for (size_t i = 1; i < plan->n_order; i++) {
        uint8_t moving = plan->order[i];
        double rank = rank_of(demand, &members[moving]);
        size_t at = i;

        while (at > 0
               && rank_of(demand, &members[plan->order[at - 1]]) > rank) {
            plan->order[at] = plan->order[at - 1];
            at--;
        }
        plan->order[at] = moving;
    }
}

static void
swap(struct route_plan *plan, size_t a, size_t b)
{
    uint8_t kept = plan->order[a];

    plan->order[a] = plan->order[b];
    plan->order[b] = kept;
}

/* The next place in the order that is held by the same group, or the end. */
static size_t
next_of_group(const struct route_member *members, const struct route_plan *plan,
              size_t place)
{
    uint8_t group = members[plan->order[place]].group;
    size_t next = place + 1;

    while (next < plan->n_order && members[plan->order[next]].group != group)
        next++;
    return group > 0 ? next : plan->n_order;
}

/* Members of one group change places among themselves alone.  They are of one
 * model, so they have the same rank. */
static void
sort_by_distance(const struct route_member *members, struct route_plan *plan)
{
    bool sorted = false;

    while (!sorted) {
        sorted = true;
        for (size_t i = 0; i < plan->n_order; i++) {
            size_t k = next_of_group(members, plan, i);

            if (k == plan->n_order
                || members[plan->order[k]].distance
                       >= members[plan->order[i]].distance)
                continue;
            swap(plan, i, k);
            sorted = false;
        }
    }
}

/* The power of two choices (Mitzenmacher 2001): of two members drawn at
 * random from the best priority, the one with the smaller load goes first.
 * The rest follow by load, as failover order. */
static void
arrange_by_latency(const struct route_demand *demand,
                   const struct route_member *members, struct rng *rng,
                   struct route_plan *plan)
{
    double best = rank_of(demand, &members[plan->order[0]]);
    size_t group = 1;
    size_t a, b;

    while (group < plan->n_order
           && !(rank_of(demand, &members[plan->order[group]]) > best))
        group++;
    for (size_t i = 1; i < group; i++)
        for (size_t k = i; k > 0
                           && delay_of(&members[plan->order[k]])
                                  < delay_of(&members[plan->order[k - 1]]);
             k--)
            swap(plan, k, k - 1);
    if (group < 2)
        return;
    a = (size_t)rng_upto(rng, (int64_t)group - 1);
    b = (size_t)rng_upto(rng, (int64_t)group - 2);
    b += b >= a;
    /* The group is sorted by load: the smaller index is the lighter one. */
    for (size_t k = a < b ? a : b; k > 0; k--)
        swap(plan, k, k - 1);
}

/* A group counts once, by the first of it. */
static int64_t
weight_at(const struct route_member *members, const struct route_plan *plan,
          size_t place)
{
    const struct route_member *m = &members[plan->order[place]];

    for (size_t i = 0; m->group > 0 && i < place; i++)
        if (members[plan->order[i]].group == m->group)
            return 0;
    return m->weight;
}

/* The place in the order, from `k` on, where the running sum of the weights
 * passes `drawn`, which is less than the whole. */
static size_t
place_of_weight(const struct route_member *members,
                const struct route_plan *plan, size_t k, int64_t drawn)
{
    while (drawn >= weight_at(members, plan, k))
        drawn -= weight_at(members, plan, k++);
    return k;
}

/* Draws without replacement, each time in proportion to what is left. */
static void
arrange_by_weight(const struct route_member *members, struct rng *rng,
                  struct route_plan *plan)
{
    for (size_t i = 0; i + 1 < plan->n_order; i++) {
        int64_t total = 0;

        for (size_t k = i; k < plan->n_order; k++)
            total += weight_at(members, plan, k);
        if (total <= 0)
            return;
        swap(plan, i,
             place_of_weight(members, plan, i, rng_upto(rng, total - 1)));
    }
}

void
route_plan(const struct route_demand *demand,
           const struct route_member *members, size_t n, struct rng *rng,
           struct route_plan *ret_plan)
{
    assert(n <= ROUTE_MAX_TARGETS);

    ret_plan->n_order = 0;
    for (size_t i = 0; i < n; i++) {
        ret_plan->reasons[i] = judge(demand, &members[i]);
        if (ret_plan->reasons[i] == ROUTE_ELIGIBLE)
            ret_plan->order[ret_plan->n_order++] = (uint8_t)i;
    }
    if (ret_plan->n_order == 0)
        return;
    sort_by_rank(demand, members, ret_plan);
    sort_by_distance(members, ret_plan);
    switch (demand->strategy) {
    case ROUTE_BY_ORDER:
    case ROUTE_BY_COST:
    case ROUTE_BY_TIER:
        return;
    case ROUTE_BY_LATENCY:
        arrange_by_latency(demand, members, rng, ret_plan);
        return;
    case ROUTE_BY_WEIGHT:
        arrange_by_weight(members, rng, ret_plan);
        return;
    }
}

bool
route_is_roomier(int64_t failed, int64_t other)
{
    if (other == 0)
        return failed > 0;
    return other > failed;
}

/* Among members of equal rank. */
static bool
is_likelier(enum route_strategy strategy, const struct route_member *a,
            const struct route_member *b)
{
    if (a->group > 0 && a->group == b->group && strategy != ROUTE_BY_LATENCY)
        return a->distance < b->distance;
    switch (strategy) {
    case ROUTE_BY_LATENCY:
        return delay_of(a) < delay_of(b);
    case ROUTE_BY_WEIGHT:
        return a->weight > b->weight;
    case ROUTE_BY_ORDER:
    case ROUTE_BY_COST:
    case ROUTE_BY_TIER:
        return false;
    }
    return false;
}

int
route_likeliest(const struct route_demand *demand,
                const struct route_member *members, size_t n)
{
    int best = -1;

    for (size_t i = 0; i < n; i++) {
        double rank = rank_of(demand, &members[i]);

        if (judge(demand, &members[i]) != ROUTE_ELIGIBLE)
            continue;
        if (best < 0 || rank < rank_of(demand, &members[best])
            || (!(rank > rank_of(demand, &members[best]))
                && is_likelier(demand->strategy, &members[i], &members[best])))
            best = (int)i;
    }
    return best;
}

/* True if the demand, not the member's state, excludes it for good. */
static bool
is_excluded(enum route_reason reason)
{
    return reason == ROUTE_TIER || reason == ROUTE_CONTEXT
           || reason == ROUTE_COST || reason == ROUTE_DISABLED
           || reason == ROUTE_DRAINING || reason == ROUTE_NO_KEY
           || reason == ROUTE_FORCED_OPEN;
}

bool
route_is_passing(enum route_reason reason)
{
    switch (reason) {
    case ROUTE_GATED:
    case ROUTE_OPEN:
    case ROUTE_HALF_OPEN:
    case ROUTE_AT_LIMIT:
    case ROUTE_RPM:
    case ROUTE_TPM:
        return true;
    case ROUTE_ELIGIBLE:
    case ROUTE_TIER:
    case ROUTE_CONTEXT:
    case ROUTE_COST:
    case ROUTE_DISABLED:
    case ROUTE_DRAINING:
    case ROUTE_NO_KEY:
    case ROUTE_FORCED_OPEN:
    case ROUTE_AUTH:
    case ROUTE_QUOTA:
    case ROUTE_MODEL:
    case ROUTE_N_REASONS:
        return false;
    }
    return false;
}

int
route_last_resort(const struct route_plan *plan,
                  const struct route_member *members, size_t n, int64_t now_ms)
{
    int best = -1;

    for (size_t i = 0; i < n; i++) {
        if (is_excluded(plan->reasons[i]))
            continue;
        if (plan->reasons[i] == ROUTE_HALF_OPEN)
            continue; /* Has its trial already. */
        if (plan->reasons[i] != ROUTE_OPEN)
            return -1;
        if (best < 0 || members[i].last_tried_ms < members[best].last_tried_ms)
            best = (int)i;
    }
    if (best < 0)
        return -1;
    if (members[best].last_tried_ms > now_ms - LAST_RESORT_PAUSE_MS)
        return -1;
    return best;
}

int64_t
route_retry_at(const struct route_plan *plan,
               const struct route_member *members, size_t n)
{
    int64_t at_ms = INT64_MAX;

    for (size_t i = 0; i < n; i++)
        if (!is_excluded(plan->reasons[i]) && members[i].retry_at_ms < at_ms)
            at_ms = members[i].retry_at_ms;
    return at_ms;
}
