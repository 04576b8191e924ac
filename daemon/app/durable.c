#include "app/durable_internal.h"

#include "app/call_digest.h"
#include "app/proxy_internal.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLUSH_MS = 50,
    TIDY_MS = 60000,
    REPLAY_MAX_BYTES = 16 * 1024 * 1024,  /* Of a reader that is behind. */
    RESULT_EXTRA_BYTES = 8 * 1024 * 1024, /* What a session allows, too. */
};

static void
on_flush(void *ctx)
{
    struct durables *all = ctx;
    struct durable *d;

    all->flush_armed = false;
    TAILQ_FOREACH (d, &all->list, link)
        durable_flush(d);
}

void
durables_flush_soon(struct durables *all)
{
    if (!all->flush_armed)
        timer_arm_at(all->flush_timer, loop_now_ms(all->app->loop) + FLUSH_MS);
    all->flush_armed = true;
}

static void
on_tidy(void *ctx)
{
    struct durables *all = ctx;

    store_tidy(all->app->store);
    timer_arm_at(all->tidy_timer, loop_now_ms(all->app->loop) + TIDY_MS);
}

struct durables *
durables_new(struct app *app)
{
    struct durables *all = mem_new(sizeof(*all));

    all->app = app;
    TAILQ_INIT(&all->list);
    all->flush_timer = timer_new(app->loop, on_flush, all);
    all->tidy_timer = timer_new(app->loop, on_tidy, all);
    timer_arm_at(all->tidy_timer, loop_now_ms(app->loop) + TIDY_MS);
    return all;
}

void
durables_free(struct durables *all)
{
    struct durable *d, *next;

    if (!all)
        return;
    for (d = TAILQ_FIRST(&all->list); d; d = next) {
        next = TAILQ_NEXT(d, link);
        durable_free(d);
    }
    timer_free(all->flush_timer);
    timer_free(all->tidy_timer);
    free(all);
}

unsigned
durables_count(const struct durables *all)
{
    return all->n;
}

void
durables_hurry(struct durables *all)
{
    struct durable *d, *next;

    all->hurried = true;
    for (d = TAILQ_FIRST(&all->list); d; d = next) {
        next = TAILQ_NEXT(d, link);
        durable_tell(d);
    }
}

static void
make_key(char key[DURABLE_KEY_SIZE], const struct session_client *client,
         const char *id)
{
    (void)snprintf(key, DURABLE_KEY_SIZE, "%u\n%s\n%s", (unsigned)client->uid,
                   client->name, id);
}

static void
make_session_key(char key[DURABLE_SESSION_KEY_SIZE], uid_t uid,
                 const char *session_id)
{
    (void)snprintf(key, DURABLE_SESSION_KEY_SIZE, "%u\n%s", (unsigned)uid,
                   session_id);
}

bool
durable_session_is_busy(const struct app *app, uid_t uid,
                        const char *session_id)
{
    char key[DURABLE_SESSION_KEY_SIZE];
    struct durable *d;

    make_session_key(key, uid, session_id);
    HASH_FIND(hh_session, app->durables->by_session, key, strlen(key), d);
    return d != NULL;
}

struct durable *
durable_find_own(const struct app *app, const struct session_client *asker,
                 const char *request_id)
{
    char key[DURABLE_KEY_SIZE];
    struct durable *d;

    make_key(key, asker, request_id);
    HASH_FIND_STR(app->durables->by_key, key, d);
    return d;
}

struct durable *
durable_find(const struct app *app, const struct session_client *asker,
             const char *request_id)
{
    struct durable *d = durable_find_own(app, asker, request_id);

    if (d)
        return d;
    for (struct durable *other = app->durables->by_key; other;
         other = other->hh.next) {
        if (strcmp(other->params.id, request_id) != 0)
            continue;
        if (other->client.uid == asker->uid)
            return other;
        if (asker->admin)
            d = other;
    }
    return d;
}

struct durable *
durable_find_row(const struct app *app, int64_t id)
{
    struct durable *d;

    TAILQ_FOREACH (d, &app->durables->list, link)
        if (d->id == id && !d->recalled)
            return d;
    return NULL;
}

/* Nobody has come back. */
static void
on_timer(void *ctx)
{
    (void)durable_cancel(ctx, "the caller did not come back");
}

struct durable *
durable_new(struct app *app, const struct session_client *client)
{
    struct durables *all = app->durables;
    struct durable *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->timer = timer_new(app->loop, on_timer, d);
    if (!d->timer) {
        free(d);
        return NULL;
    }
    d->app = app;
    d->client = *client;
    d->params.client = &d->client;
    d->stored = true;
    TAILQ_INIT(&d->followers);
    replay_init(&d->replay, DURABLE_REPLAY_BYTES, REPLAY_MAX_BYTES);
    bytes_init(&d->result,
               (size_t)app->config->limits.response_bytes + RESULT_EXTRA_BYTES);
    bytes_init(&d->recalled_text, (size_t)app->config->limits.response_bytes);
    d->task.ctx = d;
    TAILQ_INSERT_TAIL(&all->list, d, link);
    all->n++;
    return d;
}

/* Nobody else may have the name. */
static void
enter(struct durable *d)
{
    make_key(d->key, &d->client, d->params.id);
    HASH_ADD_STR(d->app->durables->by_key, key, d);
    d->registered = true;
}

bool
durable_claim_session(struct durable *d)
{
    const char *session_id = d->params.session_id;

    if (!*session_id)
        return true;
    if (durable_session_is_busy(d->app, d->client.uid, session_id))
        return false;
    make_session_key(d->session_key, d->client.uid, session_id);
    HASH_ADD(hh_session, d->app->durables->by_session, session_key[0],
             strlen(d->session_key), d);
    return true;
}

void
durable_release_session(struct durable *d)
{
    if (*d->session_key)
        HASH_DELETE(hh_session, d->app->durables->by_session, d);
    d->session_key[0] = '\0';
}

void
durable_free(struct durable *d)
{
    struct app *app = d->app;

    durable_release_session(d);
    if (d->registered)
        HASH_DELETE(hh, app->durables->by_key, d);
    TAILQ_REMOVE(&app->durables->list, d, link);
    app->durables->n--;
    loop_undefer(app->loop, &d->task);
    timer_free(d->timer);
    db_read_cancel(&d->read);
    store_sync_cancel(app->store, &d->sync);
    store_sync_cancel(app->store, &d->commit);
    recall_cancel(&d->recall);
    conversation_deinit(&d->conversation);
    load_hold(&app->load, &d->held_bytes, 0);
    replay_deinit(&d->replay);
    bytes_deinit(&d->result);
    bytes_deinit(&d->recalled_text);
    chat_free(d->params.chat);
    embed_free(d->params.embed);
    free(d);
    app_call_ended(app);
}

void
durable_hold(struct durable *d)
{
    size_t bytes = d->replay.bytes.capacity + d->result.capacity
                   + d->recalled_text.capacity
                   + d->conversation.messages.capacity;

    if (d->params.chat || d->params.embed)
        bytes += proxy_request_bytes(&d->params);
    load_hold(&d->app->load, &d->held_bytes, bytes);
}

void
durable_later(struct durable *d, void (*fn)(void *ctx))
{
    loop_undefer(d->app->loop, &d->task);
    d->task.fn = fn;
    loop_defer(d->app->loop, &d->task);
}

bool
durable_cancel(struct durable *d, const char *why)
{
    switch (d->state) {
    case DURABLE_LOOKING:
    case DURABLE_CREATING:
        if (d->recalled)
            return false;
        d->cancel_why = why;
        return true;
    case DURABLE_RUNNING:
        if (d->call->request.state == REQUEST_DONE)
            return false;
        proxy_cancel(d->call, why);
        return true;
    case DURABLE_ENDING:
    case DURABLE_ENDED:
        return false;
    }
    return false;
}

struct json_slice
durable_text(const struct durable *d)
{
    if (d->state != DURABLE_RUNNING)
        return (struct json_slice){"", 0};
    return assemble_content(d->call->answer);
}

int
durable_shed(struct app *app, struct aigw_err *err, const char *why)
{
    app->load.refused++;
    return aigw_err_set(err, AIGW_EOVERLOADED, "%s", why);
}

static int
may_start(struct app *app, const struct call_params *p, struct aigw_err *err)
{
    if (app->draining)
        return aigw_err_set(err, AIGW_EDRAINING, "%s",
                            aigw_status_text(AIGW_EDRAINING));
    if (!app_has_room(app, proxy_request_bytes(p)))
        return durable_shed(app, err, "running calls take too much memory");
    if (!*p->session_id)
        return 0;
    if (p->embed)
        return aigw_err_set(err, AIGW_EPARAMS,
                            "session_id: embeddings have no conversation");
    if (app->config->session.persist == CONFIG_PERSIST_ANSWERS)
        return aigw_err_set(err, AIGW_EPARAMS,
                            "session_id: a conversation needs its prompts,"
                            " and session.persist is \"answers\"");
    return 0;
}

/* Follows a call that is there, if it is the one that is meant. */
static int
attach(struct durable *d, struct call_params *params, enum call_form form,
       const struct follower_options *options, struct follower **ret_follower,
       struct aigw_err *err)
{
    unsigned char digest[DIGEST_SIZE];
    int status;

    call_digest(params, form, digest);
    if (memcmp(digest, d->digest, DIGEST_SIZE) != 0)
        return aigw_err_set(err, AIGW_ECONFLICT,
                            "request_id: it stands for another request");
    status = durable_attach(d, options, ret_follower, err);
    if (status)
        return status;
    d->params.on_disconnect = params->on_disconnect;
    chat_free(params->chat);
    embed_free(params->embed);
    return 0;
}

/* Of a call that is not sent if it has no name yet, the daemon makes one. */
static void
name(struct durable *d)
{
    struct rng *rng = &d->app->rng;

    d->named = *d->params.id != '\0';
    if (!d->named)
        (void)snprintf(d->params.id, sizeof(d->params.id), "%016llx%016llx",
                       (unsigned long long)rng_next(rng),
                       (unsigned long long)rng_next(rng));
}

int
durable_start(struct app *app, struct call_params *params, enum call_form form,
              const struct follower_options *options,
              struct follower **ret_follower, struct aigw_err *err)
{
    struct durable *d = NULL;
    int status;

    if (*params->id)
        d = durable_find_own(app, params->client, params->id);
    if (d)
        return attach(d, params, form, options, ret_follower, err);
    status = may_start(app, params, err);
    if (status)
        return status;
    d = durable_new(app, params->client);
    if (!d)
        return durable_shed(app, err, "out of memory");
    status = durable_attach(d, options, ret_follower, err);
    if (status) {
        durable_free(d);
        return status;
    }
    d->params = *params;
    d->params.client = &d->client;
    d->form = form;
    d->upstream_streams = params->chat && params->chat->stream;
    call_digest(params, form, d->digest);
    name(d);
    enter(d);
    durable_hold(d);
    durable_look(d);
    return 0;
}
