/*
 * fair_queue.h - who goes next when something is free again.
 *
 * Three priorities; within each, deficit round robin between clients (Shreedhar
 * and Varghese 1996): in its turn a client may spend FAIR_QUANTUM and what it
 * saved before, so that many calls of one client, or large ones, do not hold up
 * those of another.  An entry costs FAIR_QUANTUM at most, so that each client
 * that waits gets at least one entry in every round.
 *
 *     interactive   [A: a1 a2 a3] -> [B: b1] -> [C: c1 c2]
 *     background    [A: a4]
 *     probe
 *
 * Not everybody waits for the same thing.  The owner walks the queue in fair
 * order and takes the first entry that has what it waits for:
 *
 *     for (e = fair_queue_first(q); e; e = fair_queue_next(q, e))
 *         if (... may go ...)
 *             fair_queue_take(q, e, now_ms), and begin again from the first
 *
 * A pure machine that allocates nothing: entries and clients are members of
 * their owners.  When it is full, the newest entry of the lowest priority makes
 * room for one of a higher priority.
 */
#ifndef AIGW_CORE_FAIR_QUEUE_H
#define AIGW_CORE_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FAIR_QUANTUM = 8192,
    FAIR_CLIENT_MAX = 64, /* Entries of one client. */
    FAIR_BYTES_MAX = 64 * 1024 * 1024,
};

enum fair_priority {
    FAIR_INTERACTIVE,
    FAIR_BACKGROUND,
    FAIR_PROBE,
    FAIR_PRIORITIES
};

struct fair_entry {
    struct fair_client *client; /* NULL: it is in no queue. */
    struct fair_entry *prev, *next;
    enum fair_priority priority;
    int64_t cost;     /* From 1 to FAIR_QUANTUM. */
    size_t bytes;     /* That are held while it waits. */
    int64_t since_ms; /* Set by the queue. */
};

/* What a client has waiting at one priority. */
struct fair_lane {
    struct fair_lane *prev, *next; /* The ring, while there is an entry. */
    struct fair_entry *entries;    /* In the order in which they came. */
    size_t length;
    int64_t deficit; /* What is left to spend. */
};

/* All zero at first; must not go away while `length` is not 0. */
struct fair_client {
    struct fair_lane lanes[FAIR_PRIORITIES];
    size_t length;
};

struct fair_queue {
    struct fair_lane *rings[FAIR_PRIORITIES];
    size_t length;
    size_t bytes;
    int64_t rate_since_ms; /* Since then it was never empty, */
    int64_t taken;         /* and so many were taken. */
};

enum fair_verdict {
    FAIR_ADMITTED,
    FAIR_FULL,        /* `max` entries of the same or higher priorities. */
    FAIR_CLIENT_FULL, /* FAIR_CLIENT_MAX. */
    FAIR_BYTES_FULL,
    FAIR_TOO_LATE, /* Its turn would probably come after it gives up. */
};

/* What is asked for a new entry. */
struct fair_terms {
    size_t max;          /* Entries in the whole queue. */
    int64_t patience_ms; /* It must be taken within so long. */
};

void fair_queue_init(struct fair_queue *q);

/* Puts the entry (priority, cost and bytes are set) into the line of `client`.
 * `ret_shed` is NULL or an entry of a lower priority that had to go instead:
 * it is in no queue any more.  Not admitted: nothing has changed. */
enum fair_verdict fair_queue_push(struct fair_queue *q,
                                  struct fair_client *client,
                                  struct fair_entry *entry,
                                  const struct fair_terms *terms,
                                  int64_t now_ms, struct fair_entry **ret_shed);

/* In fair order; NULL at the end. */
struct fair_entry *fair_queue_first(const struct fair_queue *q);
struct fair_entry *fair_queue_next(const struct fair_queue *q,
                                   const struct fair_entry *entry);

/* The entry has got what it waited for: its client pays. */
void fair_queue_take(struct fair_queue *q, struct fair_entry *entry,
                     int64_t now_ms);

/* The entry has given up; nothing if it is in no queue. */
void fair_queue_remove(struct fair_queue *q, struct fair_entry *entry);

/* How long an entry that joined now would probably wait, at the rate at which
 * entries were taken lately; -1: not known. */
int64_t fair_queue_wait_ms(const struct fair_queue *q,
                           const struct fair_client *client,
                           enum fair_priority priority, int64_t now_ms);

/* When the oldest entry came; INT64_MAX: there is none. */
int64_t fair_queue_oldest_ms(const struct fair_queue *q);

const char *fair_priority_name(enum fair_priority priority);

#endif
