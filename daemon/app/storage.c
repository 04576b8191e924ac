#include "app/storage.h"

#include "app/app.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

static void
tell(struct storage *s, const char *to, const char *reason)
{
    events_add(
        s->app->events, EVENT_SERVER,
        &(struct event_text){.from = s->name, .to = to, .reason = reason});
}

static void
on_changed(void *ctx)
{
    struct storage *s = ctx;
    const struct db_state *state = db_state(s->db);

    if (state->n_moved_aside != s->n_moved_aside) {
        log_line(LOG_ERROR, "a damaged file was moved aside",
                 LOG_STR("what", s->what), LOG_STR("path", state->moved_aside));
        tell(s, "damaged", state->moved_aside);
    }
    if (state->degraded && !s->degraded) {
        log_line(LOG_ERROR, "storage fails", LOG_STR("what", s->what),
                 LOG_STR("path", s->path), LOG_STR("error", state->error));
        tell(s, "degraded", state->error);
    } else if (s->degraded && !state->degraded) {
        tell(s, "working", NULL);
    }
    s->n_moved_aside = state->n_moved_aside;
    s->degraded = state->degraded;
}

static int
open_at(struct storage *s, const char *path, const struct storage_options *o,
        struct aigw_err *err)
{
    return db_open(s->app->loop,
                   &(struct db_options){
                       .path = path,
                       .migrations = o->migrations,
                       .n_migrations = o->n_migrations,
                       .full_sync = true,
                       .group_ms = o->group_ms,
                       .group_bytes = o->group_bytes,
                       .queue_bytes = o->queue_bytes,
                       .changed = on_changed,
                       .ctx = s,
                   },
                   &s->db, err);
}

static int
open_memory(struct storage *s, const struct storage_options *o)
{
    struct aigw_err err = {0};

    if (open_at(s, "", o, &err) == 0)
        return 0;
    log_line(LOG_ERROR, "cannot be kept", LOG_STR("what", s->what),
             LOG_STR("error", err.text));
    return AIGW_EIO;
}

int
storage_fall_back(struct storage *s, const struct storage_options *options,
                  const char *why)
{
    log_line(LOG_ERROR, "kept in memory alone", LOG_STR("what", s->what),
             LOG_STR("path", s->path), LOG_STR("error", why));
    tell(s, "memory", why);
    (void)db_close(s->db);
    s->db = NULL;
    free(s->path);
    s->path = NULL;
    return open_memory(s, options);
}

int
storage_open(struct storage *s, struct app *app,
             const struct storage_options *options)
{
    const char *folder = app->config->state_dir;
    struct aigw_err err = {0};

    *s = (struct storage){
        .app = app, .name = options->name, .what = options->what};
    if (!*folder || options->in_memory)
        return open_memory(s, options);
    s->path = mem_printf("%s/%s.db", folder, options->name);
    if (open_at(s, s->path, options, &err))
        return storage_fall_back(s, options, err.text);
    on_changed(s);
    return 0;
}

const char *
storage_state(const struct storage *s)
{
    if (db_state(s->db)->degraded)
        return "degraded";
    return s->path ? "ok" : "memory";
}

int
storage_close(struct storage *s)
{
    int status = db_close(s->db);

    if (status)
        log_line(LOG_ERROR, "could not all be stored",
                 LOG_STR("what", s->what));
    free(s->path);
    *s = (struct storage){0};
    return status;
}
