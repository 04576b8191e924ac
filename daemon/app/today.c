#include "app/today.h"

#include "app/app.h"
#include "app/ledger.h"
#include "base/clock.h"

static const int64_t DAY_MS = 86400000;

/* One report of the ledger, while it is waited for. */
struct reading {
    struct app *app;
    enum ledger_by by;
    struct figures *(*find)(const struct upstreams *u, const char *key);
    struct db_read read;
    bool waiting;
};

static struct figures *
find_target(const struct upstreams *u, const char *key)
{
    struct target *t = upstreams_find_target(u, key);

    return t ? &t->figures : NULL;
}

static struct figures *
find_route(const struct upstreams *u, const char *key)
{
    const struct upstream_route *route = upstreams_find_route(u, key);

    return route ? &route->stats->figures : NULL;
}

/* The first row is of the whole, and has no key. */
static void
on_rows(void *ctx, int status, const struct db_rows *rows)
{
    struct reading *r = ctx;
    struct ledger_sums sums;

    for (int i = 0; status == 0 && i < db_rows_count(rows); i++) {
        struct figures *figures;

        ledger_row(rows, i, &sums);
        figures = sums.key ? r->find(r->app->upstreams, sums.key) : NULL;
        if (figures)
            figures_spent_today(figures, sums.cost_nanousd, clock_wall_ms());
    }
    r->waiting = false;
    loop_stop(r->app->loop);
}

static void
read_report(struct reading *r)
{
    const struct ledger_query query = {
        .by = r->by,
        .since_ms = clock_wall_ms() / DAY_MS * DAY_MS,
        .until_ms = INT64_MAX,
        .everybody = true,
    };

    r->read = (struct db_read){.done = on_rows, .ctx = r};
    r->waiting = ledger_report(r->app->ledger, &r->read, &query) == 0;
    while (r->waiting)
        loop_run(r->app->loop);
}

void
today_begin(struct app *app)
{
    struct reading targets = {
        .app = app, .by = LEDGER_BY_TARGET, .find = find_target};
    struct reading routes = {
        .app = app, .by = LEDGER_BY_ROUTE, .find = find_route};

    if (!ledger_is_durable(app->ledger))
        return;
    read_report(&targets);
    read_report(&routes);
}
