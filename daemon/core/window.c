#include "core/window.h"

#include <assert.h>
#include <string.h>

void
window_init(struct window *w, int64_t span_ms)
{
    assert(span_ms >= WINDOW_BUCKETS);

    *w = (struct window){.width_ms = span_ms / WINDOW_BUCKETS};
}

void
window_clear(struct window *w)
{
    memset(w->buckets, 0, sizeof(w->buckets));
}

void
window_add(struct window *w, unsigned marks, int64_t now_ms)
{
    int64_t number = now_ms / w->width_ms;
    struct window_bucket *bucket = &w->buckets[number % WINDOW_BUCKETS];

    if (bucket->number < number)
        *bucket = (struct window_bucket){.number = number};
    bucket->counts.total++;
    if (marks & WINDOW_FAILED)
        bucket->counts.failed++;
    if (marks & WINDOW_SLOW)
        bucket->counts.slow++;
}

static int64_t
buckets_for(const struct window *w, int64_t last_ms)
{
    if (last_ms >= w->width_ms * WINDOW_BUCKETS)
        return WINDOW_BUCKETS;
    return (last_ms + w->width_ms - 1) / w->width_ms;
}

struct window_counts
window_sum(const struct window *w, int64_t last_ms, int64_t now_ms)
{
    struct window_counts sum = {0};
    int64_t oldest = now_ms / w->width_ms - buckets_for(w, last_ms) + 1;

    for (unsigned i = 0; i < WINDOW_BUCKETS; i++) {
        const struct window_bucket *bucket = &w->buckets[i];

        if (bucket->number < oldest)
            continue;
        sum.total += bucket->counts.total;
        sum.failed += bucket->counts.failed;
        sum.slow += bucket->counts.slow;
    }
    return sum;
}
