#include "tui/link.h"

#include <math.h>
#include <stdio.h>

static const double FIRST_DELAY_MS = 250;
static const double LONGEST_DELAY_MS = 5000;
static const double STALE_PERIODS = 3;
static const double LEAST_STALE_MS = 3000;

static double
stale_at(const struct link *l)
{
    return l->snapshot_ms + fmax(STALE_PERIODS * l->period_ms, LEAST_STALE_MS);
}

void
link_init(struct link *l, double period_ms, double now_ms)
{
    *l = (struct link){
        .state = LINK_CONNECTING,
        .period_ms = period_ms,
        .snapshot_ms = now_ms,
        .lost_ms = now_ms,
        .retry_ms = (double)INFINITY,
        .delay_ms = FIRST_DELAY_MS,
    };
}

/* What was due by the shorter period is not late by the longer one. */
void
link_set_period(struct link *l, double period_ms, double now_ms)
{
    l->period_ms = period_ms;
    link_tick(l, now_ms);
}

void
link_snapshot(struct link *l, double now_ms)
{
    l->state = LINK_LIVE;
    l->has_data = true;
    l->snapshot_ms = now_ms;
    l->retry_ms = (double)INFINITY;
    l->delay_ms = FIRST_DELAY_MS;
    l->reason[0] = '\0';
}

void
link_lost(struct link *l, const char *reason, double now_ms)
{
    if (l->state == LINK_WAITING)
        return;
    /* Tries that fail in between do not make the loss a later one. */
    if (l->state != LINK_CONNECTING || !l->has_data)
        l->lost_ms = now_ms;
    l->state = LINK_WAITING;
    l->retry_ms = now_ms + l->delay_ms;
    l->delay_ms = fmin(2 * l->delay_ms, LONGEST_DELAY_MS);
    (void)snprintf(l->reason, sizeof(l->reason), "%s", reason);
}

void
link_retrying(struct link *l, double now_ms)
{
    (void)now_ms;
    if (l->state != LINK_WAITING)
        return;
    l->state = LINK_CONNECTING;
    l->retry_ms = (double)INFINITY;
}

void
link_tick(struct link *l, double now_ms)
{
    if (l->state == LINK_LIVE && now_ms >= stale_at(l))
        l->state = LINK_STALE;
}

bool
link_retry_due(const struct link *l, double now_ms)
{
    return l->state == LINK_WAITING && now_ms >= l->retry_ms;
}

double
link_next_ms(const struct link *l, double now_ms)
{
    switch (l->state) {
    case LINK_LIVE:
        return stale_at(l);
    case LINK_WAITING:
        return fmin(l->retry_ms, now_ms + 1000);
    case LINK_CONNECTING:
        return l->has_data ? now_ms + 1000 : (double)INFINITY;
    case LINK_STALE:
        return now_ms + 1000;
    }
    return (double)INFINITY;
}

bool
link_is_fresh(const struct link *l)
{
    return l->state == LINK_LIVE;
}

/* A period as short as it can be said: "1s", "0.5s", "2m". */
static struct text
period(double ms)
{
    struct text t;

    if (ms < 60000 && fmod(ms, 1000) > 0)
        (void)snprintf(t.s, sizeof(t.s), "%.1fs", ms / 1000);
    else
        t = format_span(ms / 1000);
    return t;
}

static struct text
stale(const struct link *l, double now_ms)
{
    struct text t;

    (void)snprintf(t.s, sizeof(t.s), "STALE %.16s",
                   format_span(floor((now_ms - l->snapshot_ms) / 1000)).s);
    return t;
}

/* `what`, and when there will be another try. */
static struct text
waiting(const char *what, const struct link *l, double now_ms)
{
    struct text t;
    double left_s = fmax(ceil((l->retry_ms - now_ms) / 1000), 0);

    (void)snprintf(t.s, sizeof(t.s), "%.24s, retry in %.12s", what,
                   format_span(left_s).s);
    return t;
}

struct text
link_word(const struct link *l, double now_ms)
{
    struct text t = {"CONNECTING"};

    switch (l->state) {
    case LINK_LIVE:
        if (isinf(l->period_ms))
            return (struct text){"ENDED"};
        (void)snprintf(t.s, sizeof(t.s), "LIVE %.16s", period(l->period_ms).s);
        return t;
    case LINK_STALE:
        return stale(l, now_ms);
    case LINK_CONNECTING:
        return l->has_data ? stale(l, now_ms) : t;
    case LINK_WAITING:
        return waiting(l->has_data ? stale(l, now_ms).s : "DOWN", l, now_ms);
    }
    return t;
}
