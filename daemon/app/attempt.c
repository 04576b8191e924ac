#include "app/attempt_internal.h"

#include "base/clock.h"
#include "core/json_skip.h"
#include "core/utf8.h"
#include "core/weigh.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_HEAD_BYTES = 64 * 1024,
    /* After the stream said that it is over, the connection has this long to
     * end properly, so that it can be used again. */
    DONE_LINGER_MS = 250,
    /* After the last finish reason, this long for usage and the end. */
    FINISH_LINGER_MS = 5000,
};

static int64_t
now_ms(const struct attempt *a)
{
    return loop_now_ms(a->loop);
}

int64_t
attempt_elapsed_us(const struct attempt *a)
{
    return (clock_mono_ns() - a->begun_ns) / 1000;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void
attempt_arm(struct attempt *a)
{
    int64_t at_ms = earlier(phase_wakeup(&a->clock), a->linger_ms);

    timer_arm_at(a->timer, earlier(at_ms, a->drill.start_at_ms));
}

static void
linger(struct attempt *a, int64_t at_most_ms)
{
    a->linger_ms = earlier(a->linger_ms, now_ms(a) + at_most_ms);
}

void
attempt_drop_transfer(struct attempt *a)
{
    if (!a->http)
        return;
    a->sent = http_sent(a->http);
    http_cancel(a->http);
    a->http = NULL;
}

static enum outcome_transport
transport_of(enum http_failure failure)
{
    switch (failure) {
    case HTTP_FAILURE_NONE:
        return OUTCOME_TRANSPORT_COMPLETE;
    case HTTP_FAILURE_RESOLVE:
        return OUTCOME_TRANSPORT_RESOLVE;
    case HTTP_FAILURE_CONNECT:
        return OUTCOME_TRANSPORT_CONNECT;
    case HTTP_FAILURE_TLS:
        return OUTCOME_TRANSPORT_TLS;
    case HTTP_FAILURE_SEND:
    case HTTP_FAILURE_RECEIVE:
        return OUTCOME_TRANSPORT_BROKEN;
    case HTTP_FAILURE_LIMIT:
        return OUTCOME_TRANSPORT_TOO_BIG;
    case HTTP_FAILURE_PROTOCOL:
        return OUTCOME_TRANSPORT_PROTOCOL;
    case HTTP_FAILURE_REFUSED:
        return OUTCOME_TRANSPORT_REFUSED;
    case HTTP_FAILURE_LOCAL:
        return OUTCOME_TRANSPORT_LOCAL;
    }
    return OUTCOME_TRANSPORT_LOCAL;
}

static enum outcome_transport
transport_of_limit(enum phase_limit limit)
{
    if (limit == PHASE_LIMIT_DNS)
        return OUTCOME_TRANSPORT_RESOLVE;
    if (limit == PHASE_LIMIT_CONNECT)
        return OUTCOME_TRANSPORT_CONNECT;
    return OUTCOME_TRANSPORT_TIMEOUT;
}

static void
release(struct attempt *a)
{
    attempt_drill_deinit(a);
    timer_free(a->timer);
    a->dialect->parser_free(a->parser);
    free(a);
}

void
attempt_end(struct attempt *a, const struct attempt_ending *e)
{
    struct attempt_result result;

    a->ended = true;
    attempt_conclude(a, e, &result);
    a->ops->done(a->ctx, &result);
    release(a);
}

static void
count_content(struct attempt *a, const struct dialect_event *ev)
{
    a->content_bytes += ev->plain ? ev->size : json_texts_size(ev->delta);
    if (a->streamed)
        a->content_quarters +=
            ev->plain ? weigh_text(ev->text, ev->size) : weigh_json(ev->delta);
}

static void
on_delta(struct attempt *a, const struct dialect_event *ev)
{
    bool first = a->ttft_us < 0;

    a->drill.n_deltas++;
    if (first)
        a->ttft_us = attempt_elapsed_us(a);
    count_content(a, ev);
    phase_content(&a->clock, now_ms(a));
    if (first && a->streamed)
        target_content(&a->lease, a->ttft_us, now_ms(a));
    if (a->streamed)
        a->committed = true;
    if (!a->ops->delta(a->ctx, ev, first))
        a->paused = true;
}

static int
on_event(void *ctx, const struct dialect_event *ev)
{
    struct attempt *a = ctx;

    if (a->ended || attempt_drill_stops_event(a))
        return AIGW_ECANCELLED;
    phase_event(&a->clock, now_ms(a));
    switch (ev->kind) {
    case DIALECT_DELTA:
        on_delta(a, ev);
        break;
    case DIALECT_FINISH:
        a->ops->finish(a->ctx, ev);
        if (a->dialect->parser_facts(a->parser)->terminal)
            linger(a, FINISH_LINGER_MS);
        break;
    case DIALECT_DONE:
        linger(a, DONE_LINGER_MS);
        break;
    case DIALECT_ERROR:
        a->stop = true;
        break;
    case DIALECT_START:
    case DIALECT_PING:
    case DIALECT_USAGE:
    case DIALECT_MALFORMED:
        break;
    }
    return a->ended ? AIGW_ECANCELLED : 0;
}

/* Runs the parser over more bytes, or over the end if `data` is NULL.  False:
 * a callback cancelled the attempt, and it is gone. */
static bool
parse(struct attempt *a, const char *data, size_t size, bool clean,
      int *ret_status)
{
    a->busy = true;
    *ret_status =
        data ? a->dialect->parser_feed(a->parser, data, size, on_event, a)
             : a->dialect->parser_finish(a->parser, clean, on_event, a);
    a->busy = false;
    if (!a->ended)
        return true;
    release(a);
    return false;
}

static void
on_milestone(void *ctx, enum http_milestone milestone)
{
    struct attempt *a = ctx;

    switch (milestone) {
    case HTTP_RESOLVED:
        phase_resolved(&a->clock, now_ms(a));
        break;
    case HTTP_CONNECTED:
        phase_connected(&a->clock, now_ms(a));
        break;
    }
    attempt_arm(a);
}

static void
read_headers(struct attempt *a, const struct http_header *headers, size_t n,
             const char **ret_content_type)
{
    struct ratelimit_parser parser;

    ratelimit_init(&parser);
    for (size_t i = 0; i < n; i++) {
        const char *name = headers[i].name;
        const char *value = headers[i].value;

        ratelimit_header(&parser, name, strlen(name), value, strlen(value));
        if (strcasecmp(name, "content-type") == 0)
            *ret_content_type = value;
        else if (strcasecmp(name, "x-request-id") == 0
                 || strcasecmp(name, "request-id") == 0)
            (void)utf8_sanitise(value, strlen(value), a->provider_request_id,
                                sizeof(a->provider_request_id));
    }
    ratelimit_finish(&parser, clock_wall_ms(), &a->told);
}

static void
on_head(void *ctx, int http_status, const struct http_header *headers, size_t n)
{
    struct attempt *a = ctx;
    struct dialect_head head = {.http_status = http_status};

    a->http_status = http_status;
    phase_head(&a->clock, now_ms(a));
    attempt_drill_head(a, headers, n);
    read_headers(a, headers, n, &head.content_type);
    target_head(&a->lease, http_status, &a->told, now_ms(a));
    a->dialect->parser_head(a->parser, &head);
    attempt_arm(a);
}

static enum http_flow
on_body(void *ctx, const char *data, size_t size)
{
    struct attempt *a = ctx;
    int status;

    phase_bytes(&a->clock, now_ms(a));
    a->paused = false;
    size = attempt_drill_admit(a, size);
    if (!parse(a, data, size, false, &status) || attempt_drill_ends(a))
        return HTTP_MORE;
    if (status || a->stop) {
        attempt_drop_transfer(a);
        attempt_end(a, &(struct attempt_ending){
                           .transport = status == AIGW_ENOMEM
                                            ? OUTCOME_TRANSPORT_LOCAL
                                            : OUTCOME_TRANSPORT_COMPLETE,
                           .text = status ? aigw_status_text(status) : "",
                       });
        return HTTP_MORE;
    }
    if (a->paused)
        phase_pause(&a->clock, now_ms(a));
    attempt_arm(a);
    return a->paused ? HTTP_PAUSE : HTTP_MORE;
}

static void
on_done(void *ctx, const struct http_result *result)
{
    struct attempt *a = ctx;
    bool clean = result->failure == HTTP_FAILURE_NONE;
    int status;

    a->sent = result->sent;
    a->http = NULL;
    target_connected(a->lease.target, result->connect_us);
    if (!parse(a, NULL, 0, clean, &status) || attempt_drill_ends(a))
        return;
    attempt_end(a, &(struct attempt_ending){
                       .transport = status == AIGW_ENOMEM
                                        ? OUTCOME_TRANSPORT_LOCAL
                                        : transport_of(result->failure),
                       .text = clean ? "" : result->text,
                   });
}

const struct http_ops attempt_http_ops = {
    .milestone = on_milestone,
    .head = on_head,
    .body = on_body,
    .done = on_done,
};

static void
on_timer(void *ctx)
{
    struct attempt *a = ctx;
    bool whole = now_ms(a) >= a->linger_ms;
    enum phase_limit limit;
    struct attempt_ending ending = {.text = ""};
    int status;

    if (attempt_drill_sends(a, now_ms(a)))
        return;
    limit = phase_expired(&a->clock, a->http ? http_uploaded(a->http) : 0,
                          now_ms(a));
    if (!whole && limit == PHASE_LIMIT_NONE) {
        attempt_arm(a);
        return;
    }
    if (whole || attempt_is_whole(a)) {
        ending.transport = OUTCOME_TRANSPORT_COMPLETE;
    } else {
        ending.transport = transport_of_limit(limit);
        ending.text = phase_limit_text(limit);
    }
    attempt_drop_transfer(a);
    if (parse(a, NULL, 0, whole, &status))
        attempt_end(a, &ending);
}

static int
build(const struct attempt_options *o, const struct dialect *dialect,
      struct dialect_http *ret_http)
{
    const struct target *t = o->lease->target;
    struct dialect_target where = {
        .base_url = t->base_url,
        .model = t->model,
        .key = provider_key(t->provider, o->lease->key),
        .max_tokens = t->settings.max_tokens,
        .usual_max_tokens = o->usual_max_tokens,
        .headers = t->provider->headers,
        .n_headers = t->provider->n_headers,
    };

    if (o->embed)
        return dialect->build_embed(o->embed, &where, ret_http);
    return dialect->build_chat(o->chat, &where, o->streamed, ret_http);
}

static struct attempt *
attempt_new(const struct attempt_options *o, const struct attempt_ops *ops,
            void *ctx)
{
    struct target *t = o->lease->target;
    struct attempt *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->loop = o->loop;
    a->dialect = t->provider->dialect;
    a->ops = ops;
    a->ctx = ctx;
    a->streamed = o->streamed;
    a->resumes = o->resumes;
    a->response_max_bytes = o->response_max_bytes;
    a->reserved_nanousd = o->reserved_nanousd;
    a->linger_ms = INT64_MAX;
    a->ttft_us = -1;
    a->told = ratelimit_nothing();
    a->begun_ns = clock_mono_ns();
    a->started_wall_ms = clock_wall_ms();
    a->prompt_bytes = o->embed ? o->embed->prompt_bytes : o->chat->prompt_bytes;
    attempt_drill_init(a, o);
    a->timer = timer_new(o->loop, on_timer, a);
    a->parser = a->dialect->parser_new(&(struct dialect_params){
        .streamed = o->streamed,
        .embed = o->embed != NULL,
        .finish_optional = t->settings.finish_reason_optional,
        .n_choices = o->chat ? (uint32_t)o->chat->n : 0,
        .key = provider_key(t->provider, o->lease->key),
        .headers = t->provider->headers,
        .n_headers = t->provider->n_headers,
        .response_max_bytes = o->response_max_bytes,
    });
    if (!a->timer || !a->parser) {
        release(a);
        return NULL;
    }
    return a;
}

int
attempt_send(struct attempt *a, const struct dialect_http *built)
{
    struct http_header headers[DIALECT_MAX_HEADERS];
    const struct target_lease *lease = &a->lease;

    for (size_t i = 0; i < built->n_headers; i++)
        headers[i] = (struct http_header){.name = built->headers[i].name,
                                          .value = built->headers[i].value};
    return http_start(lease->target->provider->pools[lease->key],
                      &(struct http_request){
                          .method = built->method,
                          .url = built->url,
                          .headers = headers,
                          .n_headers = built->n_headers,
                          .body = built->body,
                          .body_size = built->body_size,
                          .max_head_bytes = MAX_HEAD_BYTES,
                          .max_body_bytes = a->response_max_bytes,
                      },
                      &attempt_http_ops, a, &a->http);
}

static int
begin(struct attempt *a, const struct attempt_options *o)
{
    struct dialect_http built = {0};
    int status = AIGW_EBUSY;

    if (provider_has_key(o->lease->target->provider, o->lease->key))
        status = build(o, a->dialect, &built);
    if (status == 0) {
        a->lease = *o->lease;
        a->lease.key_version =
            provider_key_version(a->lease.target->provider, a->lease.key);
        phase_init(&a->clock, &a->lease.target->settings.limits, a->streamed,
                   built.body_size, now_ms(a));
        if (!attempt_drill_takes_start(a, &built))
            status = attempt_send(a, &built);
    }
    dialect_http_deinit(&built);
    return status;
}

int
attempt_start(const struct attempt_options *options,
              const struct attempt_ops *ops, void *ctx,
              struct attempt **ret_attempt)
{
    struct attempt *a = attempt_new(options, ops, ctx);
    int status = a ? begin(a, options) : AIGW_ENOMEM;

    if (status == 0) {
        attempt_arm(a);
        *ret_attempt = a;
    } else if (a) {
        release(a);
    }
    return status;
}

void
attempt_cancel(struct attempt *a, struct attempt_result *ret_result)
{
    struct attempt_result result;
    struct attempt_ending ending = {
        .transport = OUTCOME_TRANSPORT_CANCELLED,
        .text = "cancelled",
    };

    if (!a || a->ended)
        return;
    a->ended = true;
    attempt_drop_transfer(a);
    attempt_conclude(a, &ending, &result);
    if (ret_result) {
        *ret_result = result;
        ret_result->facts = NULL;
        ret_result->error = "cancelled";
        ret_result->cause = "cancelled";
        ret_result->provider_request_id = "";
        ret_result->response = (struct json_slice){0};
    }
    if (!a->busy)
        release(a);
}

void
attempt_resume(struct attempt *a)
{
    phase_resume(&a->clock, now_ms(a));
    if (a->http)
        http_resume(a->http);
    attempt_arm(a);
}

int64_t
attempt_started_ms(const struct attempt *a)
{
    return a->started_wall_ms;
}

int64_t
attempt_ttft_us(const struct attempt *a)
{
    return a->streamed ? a->ttft_us : -1;
}

int64_t
attempt_tokens(const struct attempt *a)
{
    return price_estimate_tokens(a->content_bytes,
                                 a->lease.target->bytes_per_token_milli);
}
