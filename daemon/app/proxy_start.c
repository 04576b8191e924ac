/*
 * proxy_start.c - how a call comes to be, and how it goes.
 */
#include "app/proxy_internal.h"
#include "app/queue.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_RUNNING_CALLS = 65536
};

void
proxy_free(struct call *c)
{
    HASH_DELETE(hh, c->app->calls, c);
    app_call_ended(c->app);
    client_limits_leave(
        c->app->client_limits, &c->stay,
        c->n_log > 0 ? c->total_prompt_tokens + c->total_completion_tokens : -1,
        call_now_ms(c));
    queue_kick(c->app->queue);
    load_hold(&c->app->load, &c->held_bytes, 0);
    for (size_t i = 0; i < c->n_targets; i++)
        target_unref(c->targets[i]);
    for (size_t i = 0; i < c->n_log; i++)
        target_unref(c->log[i].target);
    free(c->log);
    loop_undefer(c->app->loop, &c->finish_task);
    proxy_forget_seam(c);
    proxy_forget_kept(c);
    timer_free(c->timer);
    assemble_free(c->answer);
    assemble_free(c->hedge.answer);
    bytes_deinit(&c->response);
    chat_free(c->params.chat);
    embed_free(c->params.embed);
    free(c->route_name);
    free(c);
}

static void
make_id(struct app *app, char id[CALL_ID_SIZE])
{
    (void)snprintf(id, CALL_ID_SIZE, "%016llx%016llx",
                   (unsigned long long)rng_next(&app->rng),
                   (unsigned long long)rng_next(&app->rng));
}

/* Ids are their owner's: two users, or two programs of one, may choose the
 * same. */
static void
make_key(char key[CALL_KEY_SIZE], const struct session_client *client,
         const char *id)
{
    (void)snprintf(key, CALL_KEY_SIZE, "%u\n%s\n%s", (unsigned)client->uid,
                   client->name, id);
}

struct call *
proxy_find(const struct app *app, const struct session_client *asker,
           const char *id)
{
    char key[CALL_KEY_SIZE];
    struct call *c;

    make_key(key, asker, id);
    HASH_FIND_STR(app->calls, key, c);
    for (struct call *other = app->calls; other && !c; other = other->hh.next)
        if (strcmp(other->params.id, id) == 0
            && (asker->admin || other->client.uid == asker->uid))
            c = other;
    return c;
}

static struct call *
call_new(struct app *app, const struct call_params *params,
         const struct caller_ops *ops, void *ctx)
{
    size_t max_bytes = (size_t)app->config->limits.response_bytes;
    struct call *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->app = app;
    c->params = *params;
    c->client = *params->client;
    c->params.client = &c->client;
    c->ops = ops;
    c->ctx = ctx;
    c->detach_at_ms = INT64_MAX;
    c->outgrown = -1;
    c->started_ms = loop_now_ms(app->loop);
    c->started_ns = clock_mono_ns();
    c->started_wall_ms = clock_wall_ms();
    c->finish_task = (struct loop_task){.fn = proxy_on_finish, .ctx = c};
    bytes_init(&c->response, max_bytes);
    if (!*c->params.id)
        make_id(app, c->params.id);
    make_key(c->key, params->client, c->params.id);
    HASH_ADD_STR(app->calls, key, c);
    load_hold(&app->load, &c->held_bytes, proxy_request_bytes(params));
    c->timer = timer_new(app->loop, proxy_on_timer, c);
    c->answer = assemble_new(max_bytes);
    return c;
}

size_t
proxy_request_bytes(const struct call_params *p)
{
    return 3
           * (p->chat ? p->chat->messages.size + p->chat->extra.size
                      : p->embed->input.size + p->embed->extra.size);
}

static int
shed(struct app *app, struct aigw_err *err, const char *why)
{
    app->load.refused++;
    return aigw_err_set(err, AIGW_EOVERLOADED, "%s", why);
}

static int
may_start(struct app *app, const struct call_params *params,
          struct aigw_err *err)
{
    char key[CALL_KEY_SIZE];
    struct call *other;

    if (app->draining)
        return aigw_err_set(err, AIGW_EDRAINING, "%s",
                            aigw_status_text(AIGW_EDRAINING));
    if (HASH_COUNT(app->calls) >= MAX_RUNNING_CALLS)
        return shed(app, err, "too many running calls");
    if (!app_has_room(app, proxy_request_bytes(params)))
        return shed(app, err, "running calls take too much memory");
    make_key(key, params->client, params->id);
    HASH_FIND_STR(app->calls, key, other);
    if (*params->id && other)
        return aigw_err_set(err, AIGW_ECONFLICT,
                            "request_id: a call with this id is running");
    return 0;
}

/* Undoes call_new() for a call that never began: its parts stay the
 * caller's. */
static int
give_back(struct call *c, int status)
{
    c->params.chat = NULL;
    c->params.embed = NULL;
    proxy_free(c);
    return status;
}

/* The first candidate of the same provider stands for it. */
static uint8_t
provider_number(const struct call *c, size_t candidate)
{
    const struct target *t = c->targets[c->candidates[candidate]];
    size_t i = 0;

    while (c->targets[c->candidates[i]]->provider != t->provider)
        i++;
    return (uint8_t)i;
}

/* The first candidate's settings are the call's. */
static void
init_request(struct call *c)
{
    const struct target *first =
        c->targets[c->plan.n_order > 0 ? c->plan.order[0] : 0];
    const struct config_retry *retry = &first->settings.retry;
    int64_t allowed_ms = first->settings.total_ms;
    struct request_params params;

    if (c->params.deadline_ms > 0 && c->params.deadline_ms < allowed_ms)
        allowed_ms = c->params.deadline_ms;
    params = (struct request_params){
        .n_candidates = (uint8_t)c->plan.n_order,
        .max_attempts = (uint8_t)retry->max_attempts,
        .may_queue = true,
        .max_resumes = (uint8_t)c->app->config->stream.continue_max,
        .deadline_ms = c->started_ms + allowed_ms,
        .hedge_ms = proxy_hedge_ms(c, first),
        .base_ms = retry->base_ms,
        .max_ms = retry->max_ms,
    };
    for (size_t i = 0; i < c->plan.n_order; i++)
        params.provider[i] = provider_number(c, i);
    request_init(&c->request, &params);
}

int
proxy_start(struct app *app, const struct call_params *params,
            const struct caller_ops *ops, void *ctx, struct call **ret_call,
            struct aigw_err *err)
{
    int status = may_start(app, params, err);
    struct call *c;

    if (status)
        return status;
    c = call_new(app, params, ops, ctx);
    if (!c)
        return aigw_err_set(err, AIGW_EOVERLOADED, "out of memory");
    status = c->timer && c->answer
                 ? proxy_plan(c, err)
                 : aigw_err_set(err, AIGW_EOVERLOADED, "out of memory");
    if (status)
        return give_back(c, status);
    init_request(c);
    proxy_count_start(c);
    *ret_call = c;
    proxy_feed(c, &(struct request_event){
                      .kind = REQUEST_EV_START,
                      .queue = !queue_may_enter(c),
                  });
    return 0;
}
