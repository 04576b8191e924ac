#include "core/fair_queue.h"

#include <assert.h>
#include <utlist.h>

enum {
    /* A rate is one of so many entries in so long, at least... */
    RATE_LEAST_TAKEN = 8,
    RATE_LEAST_MS = 1000,
    /* ...and forgets half of what it knows after this. */
    RATE_MOST_MS = 10000,
};

void
fair_queue_init(struct fair_queue *q)
{
    *q = (struct fair_queue){0};
}

static struct fair_lane *
lane_of(const struct fair_entry *e)
{
    return &e->client->lanes[e->priority];
}

static void
link_entry(struct fair_queue *q, struct fair_client *client,
           struct fair_entry *e, int64_t now_ms)
{
    struct fair_lane *lane = &client->lanes[e->priority];

    e->client = client;
    e->since_ms = now_ms;
    if (q->length == 0) {
        q->rate_since_ms = now_ms;
        q->taken = 0;
    }
    if (lane->length == 0) {
        lane->deficit = 0;
        DL_APPEND(q->rings[e->priority], lane);
    }
    DL_APPEND(lane->entries, e);
    lane->length++;
    client->length++;
    q->length++;
    q->bytes += e->bytes;
}

static void
unlink_entry(struct fair_queue *q, struct fair_entry *e)
{
    struct fair_lane *lane = lane_of(e);

    DL_DELETE(lane->entries, e);
    if (--lane->length == 0)
        DL_DELETE(q->rings[e->priority], lane);
    e->client->length--;
    q->length--;
    q->bytes -= e->bytes;
    e->client = NULL;
}

/* Who has to go for an entry of `priority`: the newest of the lowest priority
 * below it, of the client that has most of these. */
static struct fair_entry *
find_victim(const struct fair_queue *q, enum fair_priority priority)
{
    for (int p = FAIR_PRIORITIES - 1; p > (int)priority; p--) {
        const struct fair_lane *longest = q->rings[p];
        const struct fair_lane *lane;

        DL_FOREACH(q->rings[p], lane)
        if (lane->length > longest->length)
            longest = lane;
        if (longest)
            return longest->entries->prev;
    }
    return NULL;
}

static bool
fits_without(const struct fair_queue *q, const struct fair_entry *victim,
             const struct fair_entry *e, size_t max)
{
    size_t length = q->length - (victim ? 1 : 0);
    size_t bytes = q->bytes - (victim ? victim->bytes : 0);

    return length < max && e->bytes <= FAIR_BYTES_MAX
           && bytes <= FAIR_BYTES_MAX - e->bytes;
}

enum fair_verdict
fair_queue_push(struct fair_queue *q, struct fair_client *client,
                struct fair_entry *entry, const struct fair_terms *terms,
                int64_t now_ms, struct fair_entry **ret_shed)
{
    struct fair_entry *victim = NULL;

    assert(!entry->client);
    assert(entry->cost > 0 && entry->cost <= FAIR_QUANTUM);

    if (client->length >= FAIR_CLIENT_MAX)
        return FAIR_CLIENT_FULL;
    if (fair_queue_wait_ms(q, client, entry->priority, now_ms)
        > terms->patience_ms)
        return FAIR_TOO_LATE;
    if (!fits_without(q, NULL, entry, terms->max)) {
        victim = find_victim(q, entry->priority);
        if (!victim || !fits_without(q, victim, entry, terms->max))
            return q->length >= terms->max ? FAIR_FULL : FAIR_BYTES_FULL;
        unlink_entry(q, victim);
    }
    link_entry(q, client, entry, now_ms);
    *ret_shed = victim;
    return FAIR_ADMITTED;
}

static struct fair_entry *
first_below(const struct fair_queue *q, int priority)
{
    for (int p = priority; p < FAIR_PRIORITIES; p++)
        if (q->rings[p])
            return q->rings[p]->entries;
    return NULL;
}

struct fair_entry *
fair_queue_first(const struct fair_queue *q)
{
    return first_below(q, FAIR_INTERACTIVE);
}

struct fair_entry *
fair_queue_next(const struct fair_queue *q, const struct fair_entry *entry)
{
    const struct fair_lane *lane = lane_of(entry);

    if (entry->next)
        return entry->next;
    if (lane->next)
        return lane->next->entries;
    return first_below(q, (int)entry->priority + 1);
}

/* What was long ago counts less: half of it is forgotten at a time. */
static void
count_taken(struct fair_queue *q, int64_t now_ms)
{
    int64_t ms = now_ms - q->rate_since_ms;

    if (ms > RATE_MOST_MS) {
        q->rate_since_ms = now_ms - ms / 2;
        q->taken /= 2;
    }
    q->taken++;
}

/* A client whose turn is over goes to the end of the ring, with what it has
 * not spent; a client that has nothing waiting saves nothing. */
static void
end_turn(struct fair_lane **ring, struct fair_lane *lane)
{
    if (lane->length == 0 || lane->entries->cost <= lane->deficit)
        return;
    DL_DELETE(*ring, lane);
    DL_APPEND(*ring, lane);
}

void
fair_queue_take(struct fair_queue *q, struct fair_entry *entry, int64_t now_ms)
{
    struct fair_lane *lane = lane_of(entry);

    if (lane->deficit < entry->cost)
        lane->deficit += FAIR_QUANTUM;
    lane->deficit -= entry->cost;
    unlink_entry(q, entry);
    end_turn(&q->rings[entry->priority], lane);
    count_taken(q, now_ms);
}

void
fair_queue_remove(struct fair_queue *q, struct fair_entry *entry)
{
    if (entry->client)
        unlink_entry(q, entry);
}

/* Entries that are taken before one that joins now: all of higher priorities,
 * those of its client, and of each other one as many as there are rounds. */
static int64_t
count_ahead(const struct fair_queue *q, const struct fair_client *client,
            enum fair_priority priority)
{
    const struct fair_lane *own = &client->lanes[priority];
    int64_t ahead = (int64_t)own->length;
    const struct fair_lane *lane;

    for (int p = 0; p < (int)priority; p++)
        DL_FOREACH(q->rings[p], lane)
    ahead += (int64_t)lane->length;
    DL_FOREACH(q->rings[priority], lane)
    if (lane != own)
        ahead += (int64_t)(lane->length < own->length + 1 ? lane->length
                                                          : own->length + 1);
    return ahead;
}

int64_t
fair_queue_wait_ms(const struct fair_queue *q, const struct fair_client *client,
                   enum fair_priority priority, int64_t now_ms)
{
    int64_t ms = now_ms - q->rate_since_ms;

    if (q->length == 0 || q->taken < RATE_LEAST_TAKEN || ms < RATE_LEAST_MS)
        return -1;
    return (count_ahead(q, client, priority) + 1) * ms / q->taken;
}

int64_t
fair_queue_oldest_ms(const struct fair_queue *q)
{
    int64_t oldest_ms = INT64_MAX;
    const struct fair_lane *lane;

    for (int p = 0; p < FAIR_PRIORITIES; p++)
        DL_FOREACH(q->rings[p], lane)
    if (lane->entries->since_ms < oldest_ms)
        oldest_ms = lane->entries->since_ms;
    return oldest_ms;
}

const char *
fair_priority_name(enum fair_priority priority)
{
    switch (priority) {
    case FAIR_INTERACTIVE:
        return "interactive";
    case FAIR_BACKGROUND:
        return "background";
    case FAIR_PROBE:
        return "probe";
    case FAIR_PRIORITIES:
        break;
    }
    return "?";
}
