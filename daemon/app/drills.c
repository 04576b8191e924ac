#include "app/drills.h"

#include "app/events.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

struct drills {
    struct events *events;
    struct rng *rng;
    struct drill_table table;
};

struct drills *
drills_new(struct events *events, struct rng *rng)
{
    struct drills *d = mem_new(sizeof(*d));

    d->events = events;
    d->rng = rng;
    drill_table_init(&d->table);
    return d;
}

void
drills_free(struct drills *d)
{
    free(d);
}

static void
tell(struct drills *d, const struct drill *drill, const char *what,
     const char *more)
{
    char fault[DRILL_TEXT_SIZE];
    char reason[256];

    drill_fault_text(&drill->fault, fault);
    (void)snprintf(reason, sizeof(reason), "drill %lld, %s: %s",
                   (long long)drill->id, fault, more);
    events_add(d->events, EVENT_DRILL,
               &(struct event_text){
                   .target = drill->target,
                   .to = what,
                   .reason = reason,
               });
}

static void
tell_hits(struct drills *d, const struct drill *drill, const char *what)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%lld hit%s", (long long)drill->hits,
                   drill->hits == 1 ? "" : "s");
    tell(d, drill, what, text);
}

static void
tell_start(struct drills *d, const struct drill *drill, int64_t now_ms)
{
    char count[32] = "";
    char text[100];

    if (drill->count > 0)
        (void)snprintf(count, sizeof(count), ", at most %lld",
                       (long long)drill->count);
    (void)snprintf(text, sizeof(text), "%g %% of the attempts%s, for %lld s",
                   drill->rate * 100, count,
                   (long long)(drill->expires_ms - now_ms) / 1000);
    tell(d, drill, "started", text);
}

int64_t
drills_start(struct drills *d, const struct drill_order *order, int64_t now_ms)
{
    const struct drill *drill;

    /* What is over must not take the place of what is to begin. */
    drills_tick(d, now_ms);
    drill = drill_add(&d->table, order);
    if (!drill)
        return 0;
    tell_start(d, drill, now_ms);
    return drill->id;
}

bool
drills_stop(struct drills *d, int64_t id)
{
    struct drill gone;

    if (!drill_remove(&d->table, id, &gone))
        return false;
    tell_hits(d, &gone, "stopped");
    return true;
}

void
drills_stop_all(struct drills *d)
{
    while (d->table.n > 0)
        (void)drills_stop(d, d->table.drills[0].id);
}

bool
drills_pick(struct drills *d, const char *target, bool opted_out,
            int64_t now_ms, struct drill_fault *ret_fault)
{
    struct drill *drill =
        drill_pick(&d->table, target, opted_out, now_ms, d->rng);

    if (!drill)
        return false;
    *ret_fault = drill->fault;
    if (drill_has_news(drill, now_ms))
        tell_hits(d, drill, "hit");
    return true;
}

void
drills_tick(struct drills *d, int64_t now_ms)
{
    struct drill gone;

    while (drill_take_over(&d->table, now_ms, &gone))
        tell_hits(d, &gone, "expired");
    for (size_t i = 0; i < d->table.n; i++)
        if (drill_has_news(&d->table.drills[i], now_ms))
            tell_hits(d, &d->table.drills[i], "hit");
}

const struct drill_table *
drills_table(const struct drills *d)
{
    return &d->table;
}
