#include "app/probe.h"

#include "base/clock.h"

#include <stdio.h>

enum {
    MAX_HEAD_BYTES = 64 * 1024,
    MAX_BODY_BYTES = 4 * 1024 * 1024, /* A list of models may be long. */

    /* What a paid probe costs at most: a word in, a token out. */
    PAID_PROMPT_BYTES = 64,
    PAID_MAX_TOKENS = 1,
};

struct health_scene
probe_scene(const struct target *t, int64_t now_ms)
{
    struct breaker_view view = breaker_look(&t->breaker, now_ms);
    int64_t cost_nanousd =
        settle_reserve(t->settings.has_price ? &t->settings.price : NULL,
                       PAID_PROMPT_BYTES, PAID_MAX_TOKENS);

    return (struct health_scene){
        .open = view.state == BREAKER_OPEN || view.state == BREAKER_HALF_OPEN,
        .trial = view.state == BREAKER_HALF_OPEN && view.permits,
        .latched = t->gates[0].latches[GATE_LATCH_AUTH].on,
        .wall_ms = clock_wall_ms(),
        /* Without a price nobody knows whether the day's sum allows it. */
        .paid_cost_nanousd = cost_nanousd < 0 ? INT64_MAX : cost_nanousd,
    };
}

void
probe_end(struct probe *probe, const struct probe_outcome *outcome)
{
    struct target *t = probe->target;

    timer_free(probe->timer);
    probe->timer = NULL;
    probe->http = NULL;
    probe->attempt = NULL;
    probe->ended(probe, outcome);
    probe->target = NULL;
    target_unref(t);
}

/* A reload with other settings for probes begins their story anew. */
static bool
is_expected(const struct probe *probe)
{
    const struct health *h = &probe->target->health;

    return h->probing == probe->kind && h->started_ms == probe->started_ms;
}

static void
conclude(struct probe *probe, enum health_result result, const char *error)
{
    struct target *t = probe->target;
    int64_t now_ms = loop_now_ms(probe->app->loop);
    struct probe_outcome outcome = {
        .ok = result == HEALTH_OK || result == HEALTH_UNSUPPORTED,
        .latency_ms = now_ms - probe->started_ms,
        .error = error,
    };

    if (is_expected(probe)) {
        target_probe_done(t, result, error, now_ms);
        outcome.ok = t->last_probe.ok;
        outcome.error = t->last_probe.error;
    }
    probe_end(probe, &outcome);
}

static enum health_result
result_of(const struct probe *probe, const struct http_result *r)
{
    switch (r->failure) {
    case HTTP_FAILURE_NONE:
        return probe->kind == HEALTH_PROBE_TCP
                   ? HEALTH_OK
                   : health_classify(r->http_status);
    case HTTP_FAILURE_RESOLVE:
    case HTTP_FAILURE_CONNECT:
    case HTTP_FAILURE_TLS:
        return HEALTH_UNREACHABLE;
    case HTTP_FAILURE_SEND:
    case HTTP_FAILURE_RECEIVE:
    case HTTP_FAILURE_LIMIT:
    case HTTP_FAILURE_PROTOCOL:
    case HTTP_FAILURE_REFUSED:
    case HTTP_FAILURE_LOCAL:
        break;
    }
    /* The head is enough: nobody wants the list. */
    return probe->http_status > 0 ? health_classify(probe->http_status)
                                  : HEALTH_UNCLEAR;
}

static void
on_milestone(void *ctx, enum http_milestone milestone)
{
    struct probe *probe = ctx;

    probe->connected |= milestone == HTTP_CONNECTED;
}

static void
on_head(void *ctx, int http_status, const struct http_header *headers, size_t n)
{
    struct probe *probe = ctx;

    (void)headers;
    (void)n;
    probe->http_status = http_status;
}

static enum http_flow
on_body(void *ctx, const char *data, size_t size)
{
    (void)ctx;
    (void)data;
    (void)size;
    return HTTP_MORE;
}

/* What the answer says of the key.  One that is replaced because of it was not
 * refused for good, unless calls have found that already. */
static enum health_result
judge_key(const struct probe *probe, enum health_result verdict)
{
    const struct target *t = probe->target;
    bool is_latched = t->gates[0].latches[GATE_LATCH_AUTH].on;

    if (verdict == HEALTH_OK)
        provider_key_accepted(t->provider, 0, probe->key_version);
    if (verdict == HEALTH_REFUSED && !is_latched
        && provider_key_refused(t->provider, 0, probe->key_version))
        return HEALTH_UNCLEAR;
    return verdict;
}

static void
on_done(void *ctx, const struct http_result *result)
{
    struct probe *probe = ctx;
    enum health_result verdict = judge_key(probe, result_of(probe, result));
    char error[160] = "";

    if (verdict == HEALTH_REFUSED)
        (void)snprintf(error, sizeof(error), "key refused (HTTP %d)",
                       probe->http_status);
    else if (verdict == HEALTH_FORBIDDEN)
        (void)snprintf(error, sizeof(error), "forbidden (HTTP %d)",
                       probe->http_status);
    else if (verdict == HEALTH_UNCLEAR && probe->http_status > 0)
        (void)snprintf(error, sizeof(error), "HTTP %d", probe->http_status);
    else if (result->failure != HTTP_FAILURE_NONE && verdict != HEALTH_OK)
        (void)snprintf(error, sizeof(error), "%s", result->text);
    probe->http = NULL;
    target_connected(probe->target, result->connect_us);
    conclude(probe, verdict, error);
}

static const struct http_ops HTTP_OPS = {
    .milestone = on_milestone,
    .head = on_head,
    .body = on_body,
    .done = on_done,
};

static void
on_timer(void *ctx)
{
    struct probe *probe = ctx;

    http_cancel(probe->http);
    probe->http = NULL;
    if (probe->connected)
        conclude(probe, HEALTH_UNCLEAR, "no answer in time");
    else
        conclude(probe, HEALTH_UNREACHABLE, "no connection in time");
}

static int
start_transfer(struct probe *probe, const struct dialect_http *built)
{
    struct http_header headers[DIALECT_MAX_HEADERS];
    bool connect_only = probe->kind == HEALTH_PROBE_TCP;

    for (size_t i = 0; i < built->n_headers; i++)
        headers[i] = (struct http_header){.name = built->headers[i].name,
                                          .value = built->headers[i].value};
    return http_start(probe->target->provider->pools[0],
                      &(struct http_request){
                          .method = built->method,
                          .url = built->url,
                          .headers = headers,
                          .n_headers = connect_only ? 0 : built->n_headers,
                          .max_head_bytes = MAX_HEAD_BYTES,
                          .max_body_bytes = MAX_BODY_BYTES,
                          .connect_only = connect_only,
                      },
                      &HTTP_OPS, probe, &probe->http);
}

static int
start_free(struct probe *probe)
{
    const struct target *t = probe->target;
    struct dialect_http built = {0};
    int status;

    probe->timer = timer_new(probe->app->loop, on_timer, probe);
    if (!probe->timer)
        return AIGW_ENOMEM;
    status = t->provider->dialect->build_probe(
        &(struct dialect_target){
            .base_url = t->base_url,
            .model = t->model,
            .key = provider_key(t->provider, 0),
            .headers = t->provider->headers,
            .n_headers = t->provider->n_headers,
        },
        &built);
    if (status == 0)
        status = start_transfer(probe, &built);
    dialect_http_deinit(&built);
    timer_arm_at(probe->timer, probe->started_ms + t->health.params.timeout_ms);
    return status;
}

int
probe_start(struct probe *probe, struct target *t, bool asked)
{
    int64_t now_ms = loop_now_ms(probe->app->loop);
    struct health_scene scene = probe_scene(t, now_ms);
    int status;

    if (!provider_has_key(t->provider, 0))
        return AIGW_EBUSY;
    probe->kind = health_start(&t->health, &scene, asked, now_ms);
    if (probe->kind == HEALTH_PROBE_NONE)
        return AIGW_EBUSY;
    probe->target = target_ref(t);
    probe->started_ms = now_ms;
    probe->key_version = provider_key_version(t->provider, 0);
    probe->http_status = 0;
    probe->connected = false;
    if (probe->kind == HEALTH_PROBE_CHAT)
        return probe_paid_start(probe);
    status = start_free(probe);
    if (status == 0)
        return 0;
    target_probe_done(t, HEALTH_UNCLEAR, aigw_status_text(status), now_ms);
    timer_free(probe->timer);
    probe->timer = NULL;
    probe->target = NULL;
    target_unref(t);
    return status;
}

void
probe_cancel(struct probe *probe)
{
    struct target *t = probe->target;

    if (!t)
        return;
    http_cancel(probe->http);
    probe_paid_cancel(probe);
    timer_free(probe->timer);
    *probe = (struct probe){
        .app = probe->app, .ended = probe->ended, .ctx = probe->ctx};
    target_unref(t);
}
