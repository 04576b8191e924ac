#include "app/remember.h"

#include "app/app.h"
#include "app/storage.h"
#include "app/target.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_ROWS = 16384, /* Of either table; a configuration has fewer. */
    MAX_BYTES = 16 * 1024 * 1024,
};

static const char *const MIGRATIONS[] = {
    "CREATE TABLE breakers ("
    " target TEXT NOT NULL,"
    " url TEXT NOT NULL,"
    " open INTEGER NOT NULL,"
    " n INTEGER NOT NULL,"
    " stay_n INTEGER NOT NULL,"
    " since_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL,"
    " reason INTEGER NOT NULL," /* enum breaker_reason */
    " reason_n INTEGER NOT NULL,"
    " reason_of INTEGER NOT NULL,"
    " PRIMARY KEY (target, url)) WITHOUT ROWID;"
    "CREATE TABLE gates ("
    " target TEXT NOT NULL,"
    " url TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " waits INTEGER NOT NULL,"
    " not_before_ms INTEGER NOT NULL,"
    " refused INTEGER NOT NULL,"
    " quota INTEGER NOT NULL,"
    " quota_since_ms INTEGER NOT NULL,"
    " quota_until_ms INTEGER NOT NULL,"
    " quota_wait_ms INTEGER NOT NULL,"
    " model INTEGER NOT NULL,"
    " model_since_ms INTEGER NOT NULL,"
    " model_until_ms INTEGER NOT NULL,"
    " model_wait_ms INTEGER NOT NULL,"
    " PRIMARY KEY (target, url, key)) WITHOUT ROWID;",
};

struct remember {
    struct app *app;
    struct storage storage;
    struct db_read read;
    bool reading;
};

/* The loop's clock starts anew with the machine; the file has epoch times. */
static int64_t
to_wall(int64_t at_ms)
{
    return at_ms + clock_wall_ms() - clock_mono_ms();
}

/* A damaged or foreign file may say anything; a time that is out of this world
 * is brought back before it is computed with. */
static int64_t
from_wall(int64_t wall_ms)
{
    static const int64_t LATEST_MS = INT64_C(1) << 50;

    if (wall_ms < 0)
        wall_ms = 0;
    if (wall_ms > LATEST_MS)
        wall_ms = LATEST_MS;
    return wall_ms - clock_wall_ms() + clock_mono_ms();
}

static void
write_breaker(struct remember *r, const struct target *t, int64_t now_ms)
{
    struct saved_breaker b = saved_breaker(&t->breaker, now_ms);
    struct db_value values[] = {
        db_text(t->name),
        db_text(t->base_url),
        db_int(b.open),
        db_int(b.n),
        db_int(b.stay_n),
        db_int(to_wall(b.since_ms)),
        db_int(to_wall(b.until_ms)),
        db_int((int64_t)b.reason),
        db_int(b.reason_n),
        db_int(b.reason_of),
    };

    (void)db_write(r->storage.db,
                   "INSERT OR REPLACE INTO breakers VALUES"
                   " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                   values, array_count(values));
}

static const char *
key_name(const struct target *t, size_t key)
{
    const struct provider *p = t->provider;

    return credentials_name(p->credentials, p->handles[key]);
}

static void
write_gate(struct remember *r, const struct target *t, size_t key,
           int64_t now_ms)
{
    struct saved_gate g = saved_gate(&t->gates[key], now_ms);
    struct db_value values[] = {
        db_text(t->name),
        db_text(t->base_url),
        db_text(key_name(t, key)),
        db_int(g.waits),
        db_int(to_wall(g.not_before_ms)),
        db_int(g.refused),
        db_int(g.quota.on),
        db_int(to_wall(g.quota.since_ms)),
        db_int(to_wall(g.quota.until_ms)),
        db_int(g.quota.wait_ms),
        db_int(g.model.on),
        db_int(to_wall(g.model.since_ms)),
        db_int(to_wall(g.model.until_ms)),
        db_int(g.model.wait_ms),
    };

    if (saved_gate_is_open(&g))
        (void)db_write(r->storage.db,
                       "DELETE FROM gates WHERE target = ?1 AND url = ?2"
                       " AND key = ?3",
                       values, 3);
    else
        (void)db_write(r->storage.db,
                       "INSERT OR REPLACE INTO gates VALUES (?1, ?2, ?3, ?4,"
                       " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                       values, array_count(values));
}

static void
write_target(struct remember *r, const struct target *t)
{
    int64_t now_ms = loop_now_ms(r->app->loop);

    write_breaker(r, t, now_ms);
    for (size_t i = 0; i < t->provider->n_keys; i++)
        write_gate(r, t, i, now_ms);
}

void
remember_event(struct remember *r, const struct event *event)
{
    const struct target *t;

    if (!r || (event->kind != EVENT_BREAKER && event->kind != EVENT_GATE))
        return;
    t = upstreams_find_target(r->app->upstreams, event->target);
    if (t)
        write_target(r, t);
}

/* A number of a row, within what the field can hold. */
static uint32_t
number(const struct db_rows *rows, int row, int column)
{
    int64_t value = db_rows_int(rows, row, column);

    return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* The first two columns are name and address of a target. */
static struct target *
target_of(const struct remember *r, const struct db_rows *rows, int row)
{
    struct target *t =
        upstreams_find_target(r->app->upstreams, db_rows_text(rows, row, 0));

    return t && strcmp(t->base_url, db_rows_text(rows, row, 1)) == 0 ? t : NULL;
}

static void
take_breaker(struct remember *r, const struct db_rows *rows, int row)
{
    struct target *t = target_of(r, rows, row);
    uint32_t reason = number(rows, row, 7);
    struct saved_breaker saved = {
        .open = db_rows_int(rows, row, 2) != 0,
        .n = number(rows, row, 3),
        .stay_n = number(rows, row, 4),
        .since_ms = from_wall(db_rows_int(rows, row, 5)),
        .until_ms = from_wall(db_rows_int(rows, row, 6)),
        .reason = reason <= BREAKER_REASON_OPERATOR
                      ? (enum breaker_reason)reason
                      : BREAKER_REASON_NONE,
        .reason_n = number(rows, row, 8),
        .reason_of = number(rows, row, 9),
    };

    if (t)
        target_restore_breaker(t, &saved, loop_now_ms(r->app->loop));
}

static struct saved_latch
read_latch(const struct db_rows *rows, int row, int column)
{
    return (struct saved_latch){
        .on = db_rows_int(rows, row, column) != 0,
        .since_ms = from_wall(db_rows_int(rows, row, column + 1)),
        .until_ms = from_wall(db_rows_int(rows, row, column + 2)),
        .wait_ms = db_rows_int(rows, row, column + 3),
    };
}

static void
take_gate(struct remember *r, const struct db_rows *rows, int row)
{
    struct target *t = target_of(r, rows, row);
    struct saved_gate saved = {
        .waits = db_rows_int(rows, row, 3) != 0,
        .not_before_ms = from_wall(db_rows_int(rows, row, 4)),
        .refused = number(rows, row, 5),
        .quota = read_latch(rows, row, 6),
        .model = read_latch(rows, row, 10),
    };

    for (size_t i = 0; t && i < t->provider->n_keys; i++)
        if (strcmp(key_name(t, i), db_rows_text(rows, row, 2)) == 0)
            target_restore_gate(t, i, &saved, loop_now_ms(r->app->loop));
}

static void
on_read(void *ctx, int status, const struct db_rows *rows)
{
    struct remember *r = ctx;

    (void)status; /* Storage says itself what is wrong with it. */
    (void)rows;
    r->reading = false;
    loop_stop(r->app->loop);
}

static void
on_breakers(void *ctx, int status, const struct db_rows *rows)
{
    for (int i = 0; rows && i < db_rows_count(rows); i++)
        take_breaker(ctx, rows, i);
    on_read(ctx, status, rows);
}

static void
on_gates(void *ctx, int status, const struct db_rows *rows)
{
    for (int i = 0; rows && i < db_rows_count(rows); i++)
        take_gate(ctx, rows, i);
    on_read(ctx, status, rows);
}

static void
read_table(struct remember *r, const char *sql,
           void (*done)(void *, int, const struct db_rows *))
{
    r->read = (struct db_read){
        .done = done,
        .ctx = r,
        .max_rows = MAX_ROWS,
        .max_bytes = MAX_BYTES,
    };
    r->reading = db_read(r->storage.db, &r->read, sql, NULL, 0) == 0;
    while (r->reading)
        loop_run(r->app->loop);
}

struct remember *
remember_new(struct app *app)
{
    struct remember *r;

    if (!*app->config->state_dir)
        return NULL;
    r = mem_new(sizeof(*r));
    r->app = app;
    if (storage_open(&r->storage, app,
                     &(struct storage_options){
                         .name = "targets",
                         .what = "states of targets",
                         .migrations = MIGRATIONS,
                         .n_migrations = array_count(MIGRATIONS),
                     })
            != 0
        || !r->storage.path) {
        remember_free(r);
        return NULL;
    }
    read_table(r, "SELECT * FROM breakers", on_breakers);
    read_table(r, "SELECT * FROM gates", on_gates);
    /* What is still in the configuration is written again as it changes. */
    (void)db_write(r->storage.db, "DELETE FROM breakers", NULL, 0);
    (void)db_write(r->storage.db, "DELETE FROM gates", NULL, 0);
    for (size_t i = 0; i < app->upstreams->n_targets; i++)
        write_target(r, app->upstreams->targets[i]);
    return r;
}

void
remember_free(struct remember *r)
{
    if (!r)
        return;
    for (size_t i = 0; r->storage.db && i < r->app->upstreams->n_targets; i++)
        write_target(r, r->app->upstreams->targets[i]);
    storage_close(&r->storage);
    free(r);
}
