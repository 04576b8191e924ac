#include "app/stats.h"

#include "base/mem.h"

#include <stdlib.h>

struct stats *
stats_new(int64_t now_ms)
{
    struct stats *s = mem_new(sizeof(*s));

    s->refs = 1;
    figures_init(&s->figures, now_ms);
    return s;
}

struct stats *
stats_ref(struct stats *s)
{
    s->refs++;
    return s;
}

void
stats_unref(struct stats *s)
{
    if (s && --s->refs == 0)
        free(s);
}

struct stats *
stats_begin(struct stats *s)
{
    s->in_flight++;
    return stats_ref(s);
}

void
stats_end(struct stats *s, const struct figures_entry *e, int64_t ttft_us,
          int64_t now_ms, int64_t wall_ms)
{
    if (!s)
        return;
    s->in_flight--;
    figures_enter(&s->figures, e, now_ms, wall_ms);
    if (e->end == FIGURES_SUCCESS) {
        brief_record(&s->latency, e->latency_us, now_ms);
        if (ttft_us >= 0) {
            figures_heard(&s->figures, ttft_us);
            brief_record(&s->ttft, ttft_us, now_ms);
        }
    }
    stats_unref(s);
}

void
stats_merge(struct stats *into, const struct stats *from)
{
    figures_merge(&into->figures, &from->figures);
    brief_merge(&into->ttft, &from->ttft);
    brief_merge(&into->latency, &from->latency);
}
