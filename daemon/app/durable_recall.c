/*
 * durable_recall.c - a call that was stored before is told as it was.
 *
 * One that has its result is told with that.  One that its daemon left without
 * is ended now, as interrupted, with the text that is stored.
 */
#include "app/durable_internal.h"

#include <stdio.h>
#include <string.h>

static void
tell(struct durable *d)
{
    d->state = DURABLE_ENDED;
    durable_place_followers(d);
    durable_tell(d);
}

static void
on_mended(void *ctx, int status)
{
    (void)status;
    tell(ctx);
}

static void
mend(struct durable *d)
{
    struct bytes *text = &d->recalled_text;

    if (conversation_mend(
            d->app->store,
            &(struct conversation_wreck){
                .id = d->id,
                .request_id = d->params.id,
                .route = d->params.route,
                .text = {text->data ? text->data : "", text->size},
                .first_seq = replay_first_seq(&d->replay),
            },
            &d->result)) {
        durable_refuse(d, AIGW_EINTERNAL, "the stored answer is too large");
        return;
    }
    d->sync = (struct db_sync){.done = on_mended, .ctx = d};
    store_sync(d->app->store, &d->sync);
}

static void
on_recalled(void *ctx, int status)
{
    struct durable *d = ctx;

    d->committed = true;
    durable_hold(d);
    if (status)
        durable_refuse(d, AIGW_EINTERNAL, "what is stored cannot be read");
    else if (d->result.size > 0)
        tell(d);
    else
        mend(d);
}

void
durable_recall(struct durable *d, const struct store_call *row)
{
    bool ended = row->state == STORE_ENDED && row->result.size > 0;
    int status = 0;

    d->recalled = true;
    d->stored = false;
    d->id = row->id;
    (void)snprintf(d->params.id, sizeof(d->params.id), "%s", row->request_id);
    (void)snprintf(d->params.route, sizeof(d->params.route), "%s", row->route);
    if (ended)
        status = bytes_append(&d->result, row->result.text, row->result.size);
    d->recall = (struct recall){
        .done = on_recalled,
        .ctx = d,
        .store = d->app->store,
        .replay = &d->replay,
        .text = ended ? NULL : &d->recalled_text,
    };
    if (status == 0)
        status = recall_start(&d->recall, d->id);
    if (status)
        durable_refuse(d, AIGW_EOVERLOADED, "no room for what is stored");
}

static void
on_found_any(void *ctx, int status, const struct db_rows *rows)
{
    struct durable *d = ctx;
    bool found = status == 0 && db_rows_count(rows) > 0;
    struct store_call row;
    struct durable *live;

    if (found)
        store_row(rows, 0, &row);
    live = found ? durable_find_row(d->app, row.id)
                 : durable_find(d->app, &d->client, d->params.id);
    if (live) {
        durable_hand_over(d, live);
        durable_free(d);
    } else if (found) {
        durable_recall(d, &row);
    } else {
        durable_refuse(d, status ? AIGW_EINTERNAL : AIGW_ENOTFOUND,
                       status ? "what is stored cannot be read"
                              : "no such request of this user");
    }
}

/* A durable of its own, for one follower, until it is known which call is
 * meant. */
static int
find_stored(struct app *app, const struct session_client *asker,
            const char *request_id, struct durable **ret_durable,
            struct aigw_err *err)
{
    struct store_asker who = {asker->uid, asker->name, asker->admin};
    struct durable *d = NULL;

    if (app_has_room(app, 0))
        d = durable_new(app, asker);
    if (!d)
        return durable_shed(app, err, "running calls take too much memory");
    (void)snprintf(d->params.id, sizeof(d->params.id), "%s", request_id);
    d->recalled = true;
    d->read.done = on_found_any;
    d->read.ctx = d;
    if (store_find_any(app->store, &d->read, &who, request_id)) {
        durable_free(d);
        return durable_shed(app, err, "too much waits to be stored");
    }
    *ret_durable = d;
    return 0;
}

int
durable_resume(struct app *app, const struct session_client *asker,
               const char *request_id, const struct follower_options *options,
               struct follower **ret_follower, struct aigw_err *err)
{
    struct durable *d = durable_find_own(app, asker, request_id);
    int status;

    if (d)
        return durable_attach(d, options, ret_follower, err);
    status = find_stored(app, asker, request_id, &d, err);
    if (status)
        return status;
    status = durable_attach(d, options, ret_follower, err);
    if (status)
        durable_free(d);
    return status;
}
