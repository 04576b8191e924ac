#include "app/prober.h"

#include "app/probe.h"
#include "base/mem.h"
#include "core/warm.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_PROBES = 2 /* At once. */
};

/* Somebody waits for a probe of `target` that begins after the asking. */
struct ask {
    struct ask *next;
    struct target *target; /* Holds a reference. */
    bool running;          /* Its probe is under way. */
    probe_done_fn done;
    void *ctx;
};

struct prober {
    struct app *app;
    struct probe probes[MAX_PROBES];
    struct ask *asks;       /* In the order in which they came. */
    struct loop_task serve; /* Looks at the asks. */
    size_t next;            /* The target to look at first. */
};

static struct probe *
find_idle(struct prober *p)
{
    for (size_t i = 0; i < MAX_PROBES; i++)
        if (!p->probes[i].target)
            return &p->probes[i];
    return NULL;
}

static void
free_ask(struct ask *ask)
{
    target_unref(ask->target);
    free(ask);
}

/* Takes out the asks that wait for `t` to answer them: `done` may ask again. */
static struct ask *
take_asks(struct prober *p, const struct target *t)
{
    struct ask *taken = NULL, **end = &taken;
    struct ask **link = &p->asks;

    while (*link) {
        struct ask *ask = *link;

        if (ask->target != t || !ask->running) {
            link = &ask->next;
            continue;
        }
        *link = ask->next;
        ask->next = NULL;
        *end = ask;
        end = &ask->next;
    }
    return taken;
}

static void
answer_asks(struct prober *p, struct target *t,
            const struct probe_outcome *outcome)
{
    struct ask *ask = take_asks(p, t);

    while (ask) {
        struct ask *next = ask->next;

        ask->done(ask->ctx, t, outcome);
        free_ask(ask);
        ask = next;
    }
}

static void
on_ended(struct probe *probe, const struct probe_outcome *outcome)
{
    struct prober *p = probe->ctx;

    answer_asks(p, probe->target, outcome);
    loop_defer(p->app->loop, &p->serve);
}

/* All that wait for this target are content with one probe. */
static void
mark_running(struct prober *p, const struct target *t)
{
    for (struct ask *ask = p->asks; ask; ask = ask->next)
        if (ask->target == t)
            ask->running = true;
}

/* The first one whose target is not being probed already. */
static struct ask *
find_ask(struct prober *p)
{
    for (struct ask *ask = p->asks; ask; ask = ask->next)
        if (!ask->running && ask->target->health.probing == HEALTH_PROBE_NONE)
            return ask;
    return NULL;
}

static void
serve_ask(struct prober *p, struct probe *probe, struct ask *ask)
{
    struct target *t = target_ref(ask->target);
    int status;

    mark_running(p, t);
    status = probe_start(probe, t, true);
    if (status)
        answer_asks(p, t,
                    &(struct probe_outcome){
                        .error = aigw_status_text(status),
                    });
    target_unref(t);
}

static void
on_serve(void *ctx)
{
    struct prober *p = ctx;
    struct probe *probe = find_idle(p);
    struct ask *ask = find_ask(p);

    while (probe && ask) {
        serve_ask(p, probe, ask);
        probe = find_idle(p);
        ask = find_ask(p);
    }
}

struct prober *
prober_new(struct app *app)
{
    struct prober *p = mem_new(sizeof(*p));

    p->app = app;
    p->serve = (struct loop_task){.fn = on_serve, .ctx = p};
    for (size_t i = 0; i < MAX_PROBES; i++)
        p->probes[i] = (struct probe){.app = app, .ended = on_ended, .ctx = p};
    return p;
}

void
prober_free(struct prober *p)
{
    if (!p)
        return;
    loop_undefer(p->app->loop, &p->serve);
    for (size_t i = 0; i < MAX_PROBES; i++)
        probe_cancel(&p->probes[i]);
    while (p->asks) {
        struct ask *ask = p->asks;

        p->asks = ask->next;
        free_ask(ask);
    }
    free(p);
}

static int64_t
latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When the connections of the target were last used, by a call or a probe of
 * whatever target shares them. */
static int64_t
connection_used(const struct upstreams *u, const struct target *t)
{
    int64_t used_ms = INT64_MIN;

    for (size_t i = 0; i < u->n_targets; i++) {
        const struct target *other = u->targets[i];

        if (other->provider != t->provider
            || strcmp(other->base_url, t->base_url) != 0)
            continue;
        used_ms = latest(used_ms, other->tried_ms);
        if (other->health.probed_ms >= 0)
            used_ms = latest(used_ms, other->health.probed_ms);
    }
    return used_ms;
}

/* When a call last went to a route in which `t` is not the first.  False if
 * there is no such route. */
static bool
stands_by(const struct upstreams *u, const struct target *t,
          int64_t *ret_used_ms)
{
    bool standby = false;

    *ret_used_ms = INT64_MIN;
    for (size_t i = 0; i < u->n_routes; i++) {
        const struct upstream_route *r = &u->routes[i];
        int64_t used_ms = INT64_MIN;
        bool member = false;

        for (size_t j = 0; j < r->n_targets; j++) {
            member |= j > 0 && r->targets[j] == t;
            used_ms = latest(used_ms, r->targets[j]->tried_ms);
        }
        standby |= member;
        if (member)
            *ret_used_ms = latest(*ret_used_ms, used_ms);
    }
    return standby;
}

/* The targets and routes are gone through only where that may tell. */
static bool
is_cold(const struct prober *p, const struct target *t, int64_t now_ms)
{
    const struct upstreams *u = p->app->upstreams;
    const struct health *h = &t->health;
    struct warm_facts facts = {
        .encrypted = strncmp(t->base_url, "https:", 6) == 0,
        .free_request =
            (h->params.kind == HEALTH_MODELS || h->params.kind == HEALTH_CHAT)
            && !h->models_unsupported,
    };

    if (!facts.encrypted || !facts.free_request
        || h->probing != HEALTH_PROBE_NONE)
        return false;
    facts.connection_used_ms = connection_used(u, t);
    facts.standby = stands_by(u, t, &facts.route_used_ms);
    return warm_is_due(&facts, now_ms);
}

/* Starts what is due for one target. */
static void
look_at(struct prober *p, struct probe *idle, struct target *t, int64_t now_ms)
{
    struct health_scene scene;

    if (t->admin != TARGET_ENABLED || !provider_has_key(t->provider, 0))
        return;
    scene = probe_scene(t, now_ms);
    if (health_due(&t->health, &scene) <= now_ms)
        (void)probe_start(idle, t, false);
    else if (is_cold(p, t, now_ms))
        (void)probe_start(idle, t, true);
}

void
prober_tick(struct prober *p)
{
    const struct upstreams *u = p->app->upstreams;
    int64_t now_ms = loop_now_ms(p->app->loop);

    on_serve(p);
    for (size_t i = 0; i < u->n_targets; i++) {
        struct probe *idle = find_idle(p);

        if (!idle)
            return;
        /* Turn and turn about, lest the last ones wait for ever. */
        p->next = (p->next + 1) % u->n_targets;
        look_at(p, idle, u->targets[p->next], now_ms);
    }
}

void
prober_ask(struct prober *p, struct target *t, probe_done_fn done, void *ctx)
{
    struct ask *ask = mem_new(sizeof(*ask));
    struct ask **end = &p->asks;

    ask->target = target_ref(t);
    ask->done = done;
    ask->ctx = ctx;
    while (*end)
        end = &(*end)->next;
    *end = ask;
    loop_defer(p->app->loop, &p->serve);
}

void
prober_forget(struct prober *p, void *ctx)
{
    struct ask **link = &p->asks;

    while (*link) {
        struct ask *ask = *link;

        if (ask->ctx != ctx) {
            link = &ask->next;
            continue;
        }
        *link = ask->next;
        free_ask(ask);
    }
}
