#include "app/clients.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct clients *
clients_new(void)
{
    return mem_new(sizeof(struct clients));
}

void
clients_free(struct clients *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_known; i++)
        stats_unref(c->known[i].stats);
    stats_unref(c->others);
    free(c);
}

static size_t
place_of(const struct clients *c, const struct session_client *who)
{
    size_t i = 0;

    while (i < c->n_known
           && (c->known[i].uid != who->uid
               || strcmp(c->known[i].name, who->name) != 0))
        i++;
    return i;
}

const struct client *
clients_find(const struct clients *c, const struct session_client *who)
{
    size_t i = place_of(c, who);

    return i < c->n_known ? &c->known[i] : NULL;
}

/* The place of the one that was heard of longest ago; calls that run keep
 * theirs.  CLIENTS_MAX if all of them do. */
static size_t
least_recent(const struct clients *c)
{
    size_t best = CLIENTS_MAX;

    for (size_t i = 0; i < c->n_known; i++)
        if (c->known[i].stats->in_flight == 0
            && (best == CLIENTS_MAX
                || c->known[i].heard < c->known[best].heard))
            best = i;
    return best;
}

static struct stats *
others(struct clients *c, int64_t now_ms)
{
    if (!c->others)
        c->others = stats_new(now_ms);
    return c->others;
}

/* A place for one more, or CLIENTS_MAX. */
static size_t
make_room(struct clients *c, int64_t now_ms)
{
    size_t i;

    if (c->n_known < CLIENTS_MAX)
        return c->n_known++;
    i = least_recent(c);
    if (i == CLIENTS_MAX)
        return i;
    stats_merge(others(c, now_ms), c->known[i].stats);
    stats_unref(c->known[i].stats);
    return i;
}

struct stats *
clients_hear(struct clients *c, const struct session_client *who,
             int64_t now_ms)
{
    size_t i = place_of(c, who);

    if (i == c->n_known) {
        i = make_room(c, now_ms);
        if (i == CLIENTS_MAX)
            return others(c, now_ms);
        c->known[i] = (struct client){
            .uid = who->uid,
            .stats = stats_new(now_ms),
        };
        (void)snprintf(c->known[i].name, sizeof(c->known[i].name), "%s",
                       who->name);
    }
    c->known[i].heard = ++c->n_heard;
    return c->known[i].stats;
}
