#include "core/health.h"

#include <assert.h>

enum {
    IDLE_INTERVALS = 10, /* An idle target is probed that much more seldom. */
};

static const int64_t DAY_MS = 86400000;

const struct health_params health_defaults = {
    .kind = HEALTH_MODELS,
    .interval_ms = 30000,
    .timeout_ms = 5000,
    .paid_daily_nanousd = 0,
};

static double
draw_jitter(struct rng *rng)
{
    return 0.8 + 0.4 * rng_unit(rng);
}

void
health_init(struct health *h, const struct health_params *params,
            int64_t now_ms, struct rng *rng)
{
    assert(params->interval_ms > 0);

    *h = (struct health){
        .params = *params,
        .jitter = draw_jitter(rng),
        .first_due_ms = now_ms + rng_upto(rng, params->interval_ms),
        .probed_ms = -1,
        .live_ms = -1,
        .live_ok_ms = -1,
        .quiet_ms = now_ms,
        .probing = HEALTH_PROBE_NONE,
    };
}

static bool
is_troubled(const struct health *h, const struct health_scene *scene)
{
    if (scene->open || scene->latched)
        return true;
    return h->probed_ms >= 0
           && (h->last == HEALTH_UNREACHABLE || h->last == HEALTH_REFUSED
               || h->last == HEALTH_FORBIDDEN);
}

int64_t
health_due(const struct health *h, const struct health_scene *scene)
{
    int64_t interval_ms = h->params.interval_ms;
    int64_t due_ms = h->first_due_ms;

    if (h->params.kind == HEALTH_OFF || h->probing != HEALTH_PROBE_NONE)
        return INT64_MAX;
    if (!is_troubled(h, scene))
        interval_ms *= IDLE_INTERVALS;
    if (h->probed_ms >= 0)
        due_ms = h->probed_ms + (int64_t)((double)interval_ms * h->jitter);
    if (h->live_ms >= 0 && due_ms < h->live_ms + interval_ms)
        due_ms = h->live_ms + interval_ms;
    return due_ms;
}

static int64_t
paid_today(const struct health *h, const struct health_scene *scene)
{
    return scene->wall_ms / DAY_MS == h->paid_day ? h->paid_nanousd : 0;
}

static bool
may_pay(const struct health *h, const struct health_scene *scene,
        int64_t now_ms)
{
    return h->params.kind == HEALTH_CHAT && scene->open && scene->trial
           && now_ms - h->quiet_ms >= HEALTH_QUIET_MS
           && scene->paid_cost_nanousd
                  <= h->params.paid_daily_nanousd - paid_today(h, scene);
}

static enum health_probe
free_probe(const struct health *h, const struct health_scene *scene)
{
    /* Only the list of models can tell that a key is good again. */
    if (h->params.kind == HEALTH_TCP
        || (h->models_unsupported && !scene->latched))
        return HEALTH_PROBE_TCP;
    return HEALTH_PROBE_MODELS;
}

enum health_probe
health_start(struct health *h, const struct health_scene *scene, bool asked,
             int64_t now_ms)
{
    if (h->probing != HEALTH_PROBE_NONE)
        return HEALTH_PROBE_NONE;
    if (h->params.kind == HEALTH_OFF && !asked)
        return HEALTH_PROBE_NONE;
    h->probing = !asked && may_pay(h, scene, now_ms) ? HEALTH_PROBE_CHAT
                                                     : free_probe(h, scene);
    h->started_ms = now_ms;
    h->latched = scene->latched;
    return h->probing;
}

static void
end_probe(struct health *h, int64_t now_ms, struct rng *rng)
{
    h->probing = HEALTH_PROBE_NONE;
    h->probed_ms = now_ms;
    h->jitter = draw_jitter(rng);
}

/* Traffic succeeded while the probe did not: traffic is right. */
static bool
is_overruled(const struct health *h)
{
    return h->live_ok_ms >= h->started_ms;
}

static unsigned
judge_unreachable(struct health *h)
{
    if (is_overruled(h))
        return 0;
    h->unreachable++;
    return h->unreachable >= HEALTH_UNREACHABLE_LIMIT ? HEALTH_ORDER_OPEN : 0;
}

static unsigned
judge(struct health *h, enum health_result result)
{
    if (result != HEALTH_UNREACHABLE)
        h->unreachable = 0;

    switch (result) {
    case HEALTH_OK:
        return h->probing == HEALTH_PROBE_MODELS
                   ? HEALTH_ORDER_HINT | HEALTH_ORDER_CLEAR_AUTH
                   : HEALTH_ORDER_HINT;
    case HEALTH_UNREACHABLE:
        return judge_unreachable(h);
    case HEALTH_REFUSED:
    case HEALTH_FORBIDDEN:
        return is_overruled(h) ? 0 : HEALTH_ORDER_LATCH_AUTH;
    case HEALTH_UNSUPPORTED:
        h->models_unsupported = true;
        return 0;
    case HEALTH_UNCLEAR:
        break;
    }
    return 0;
}

/* A key with which calls succeed is a good one, whatever else it may not. */
static enum health_result
interpret(const struct health *h, enum health_result result)
{
    if (result == HEALTH_FORBIDDEN && h->accepted && !h->latched)
        return HEALTH_UNSUPPORTED;
    return result;
}

unsigned
health_done(struct health *h, enum health_result result, int64_t now_ms,
            struct rng *rng)
{
    unsigned orders;

    assert(h->probing == HEALTH_PROBE_MODELS || h->probing == HEALTH_PROBE_TCP);

    h->last = interpret(h, result);
    orders = judge(h, h->last);
    h->last_latency_ms = now_ms - h->started_ms;
    end_probe(h, now_ms, rng);
    return orders;
}

void
health_paid_done(struct health *h, int64_t cost_nanousd,
                 const struct health_scene *scene, int64_t now_ms,
                 struct rng *rng)
{
    assert(h->probing == HEALTH_PROBE_CHAT && cost_nanousd >= 0);

    h->paid_nanousd = paid_today(h, scene);
    h->paid_day = scene->wall_ms / DAY_MS;
    if (__builtin_add_overflow(h->paid_nanousd, cost_nanousd, &h->paid_nanousd))
        h->paid_nanousd = INT64_MAX;
    end_probe(h, now_ms, rng);
}

void
health_live(struct health *h, bool success, int64_t now_ms)
{
    h->live_ms = now_ms;
    h->quiet_ms = now_ms;
    if (success) {
        h->live_ok_ms = now_ms;
        h->accepted = true;
        h->unreachable = 0;
    }
}

void
health_new_keys(struct health *h)
{
    h->accepted = false;
    h->models_unsupported = false;
}

enum health_result
health_classify(int http_status)
{
    if (http_status >= 200 && http_status <= 299)
        return HEALTH_OK;
    switch (http_status) {
    case 401:
        return HEALTH_REFUSED;
    case 403:
        return HEALTH_FORBIDDEN;
    case 404:
    case 405:
    case 501:
        return HEALTH_UNSUPPORTED;
    default:
        return HEALTH_UNCLEAR;
    }
}
