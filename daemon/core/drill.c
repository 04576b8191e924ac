#include "core/drill.h"

#include <stdio.h>
#include <string.h>

enum {
    NEWS_MS = 1000 /* One event for all hits of so long. */
};

void
drill_table_init(struct drill_table *t)
{
    memset(t, 0, sizeof(*t));
}

const struct drill *
drill_add(struct drill_table *t, const struct drill_order *order)
{
    struct drill *d;

    if (t->n == DRILL_MAX || strlen(order->target) >= DRILL_TARGET_SIZE)
        return NULL;
    d = &t->drills[t->n++];
    *d = (struct drill){
        .id = ++t->last_id,
        .fault = order->fault,
        .rate = order->rate,
        .count = order->count,
        .expires_ms = order->expires_ms,
        .told_ms = INT64_MIN,
    };
    (void)snprintf(d->target, sizeof(d->target), "%s", order->target);
    return d;
}

bool
drill_is_over(const struct drill *d, int64_t now_ms)
{
    return now_ms >= d->expires_ms || (d->count > 0 && d->hits >= d->count);
}

static bool
runs_at(const struct drill *d, const char *target, int64_t now_ms)
{
    return !drill_is_over(d, now_ms) && strcmp(d->target, target) == 0;
}

struct drill *
drill_pick(struct drill_table *t, const char *target, bool opted_out,
           int64_t now_ms, struct rng *r)
{
    if (opted_out)
        return NULL;
    for (size_t i = 0; i < t->n; i++) {
        struct drill *d = &t->drills[i];

        if (runs_at(d, target, now_ms) && rng_unit(r) < d->rate) {
            d->hits++;
            return d;
        }
    }
    return NULL;
}

bool
drill_has_news(struct drill *d, int64_t now_ms)
{
    bool recent = d->told_ms != INT64_MIN && now_ms - d->told_ms < NEWS_MS;

    if (recent || d->hits == d->told_hits)
        return false;
    d->told_hits = d->hits;
    d->told_ms = now_ms;
    return true;
}

static void
take(struct drill_table *t, size_t i, struct drill *ret_drill)
{
    *ret_drill = t->drills[i];
    t->n--;
    memmove(&t->drills[i], &t->drills[i + 1],
            (t->n - i) * sizeof(t->drills[0]));
}

bool
drill_remove(struct drill_table *t, int64_t id, struct drill *ret_drill)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->drills[i].id == id) {
            take(t, i, ret_drill);
            return true;
        }
    return false;
}

bool
drill_take_over(struct drill_table *t, int64_t now_ms, struct drill *ret_drill)
{
    for (size_t i = 0; i < t->n; i++)
        if (drill_is_over(&t->drills[i], now_ms)) {
            take(t, i, ret_drill);
            return true;
        }
    return false;
}

int64_t
drill_count_at(const struct drill_table *t, const char *target, int64_t now_ms)
{
    int64_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += runs_at(&t->drills[i], target, now_ms);
    return n;
}

bool
drill_is_invented(enum drill_kind kind)
{
    return kind == DRILL_STATUS || kind == DRILL_CONNECT || kind == DRILL_EMPTY
           || kind == DRILL_AUTH;
}

bool
drill_breaks_answer(enum drill_kind kind)
{
    return kind == DRILL_STALL || kind == DRILL_CUT || kind == DRILL_MALFORMED;
}

const char *
drill_kind_name(enum drill_kind kind)
{
    switch (kind) {
    case DRILL_STATUS:
        return "status";
    case DRILL_CONNECT:
        return "connect";
    case DRILL_EMPTY:
        return "empty";
    case DRILL_AUTH:
        return "auth";
    case DRILL_LATENCY:
        return "latency";
    case DRILL_STALL:
        return "stall";
    case DRILL_CUT:
        return "cut";
    case DRILL_MALFORMED:
        return "malformed";
    case DRILL_NONE:
    case DRILL_N:
        break;
    }
    return "";
}

void
drill_fault_text(const struct drill_fault *fault,
                 char ret_text[DRILL_TEXT_SIZE])
{
    const char *name = drill_kind_name(fault->kind);

    if (fault->kind == DRILL_STATUS && fault->retry_after_s >= 0)
        (void)snprintf(ret_text, DRILL_TEXT_SIZE, "%s=%lld,retry_after_s=%lld",
                       name, (long long)fault->status,
                       (long long)fault->retry_after_s);
    else if (fault->kind == DRILL_STATUS)
        (void)snprintf(ret_text, DRILL_TEXT_SIZE, "%s=%lld", name,
                       (long long)fault->status);
    else if (fault->kind == DRILL_LATENCY)
        (void)snprintf(ret_text, DRILL_TEXT_SIZE, "%s=%lld", name,
                       (long long)fault->ms);
    else if (drill_breaks_answer(fault->kind))
        (void)snprintf(ret_text, DRILL_TEXT_SIZE, "%s=%lld", name,
                       (long long)fault->after_tokens);
    else
        (void)snprintf(ret_text, DRILL_TEXT_SIZE, "%s", name);
}
