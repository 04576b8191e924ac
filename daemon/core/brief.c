#include "core/brief.h"

#include <string.h>

void
brief_init(struct brief *b)
{
    memset(b, 0, sizeof(*b));
}

static void
record(struct brief_slice *s, int64_t value_us)
{
    uint32_t *bucket = &s->buckets[hist_bucket(value_us) / BRIEF_MERGED];

    if (*bucket < UINT32_MAX)
        (*bucket)++;
    if (s->count == 0 || value_us < s->min_us)
        s->min_us = value_us;
    if (value_us > s->max_us)
        s->max_us = value_us;
    s->count++;
    if (__builtin_add_overflow(s->sum_us, value_us, &s->sum_us))
        s->sum_us = INT64_MAX;
}

void
brief_record(struct brief *b, int64_t value_us, int64_t now_ms)
{
    if (value_us < 0)
        value_us = 0;
    for (unsigned i = 0; i < SPAN_COUNT; i++) {
        int64_t number = span_slice((enum span)i, now_ms);
        struct brief_slice *s = &b->slices[i][number % SPAN_SLICES];

        if (s->slice < number)
            *s = (struct brief_slice){.slice = number};
        record(s, value_us);
    }
}

/* What one slice holds, in the middle of its buckets. */
static void
expand(const struct brief_slice *s, struct hist *ret)
{
    hist_init(ret);
    for (unsigned i = 0; i < BRIEF_BUCKETS; i++)
        ret->buckets[i * BRIEF_MERGED + BRIEF_MERGED / 2] = s->buckets[i];
    ret->count = s->count;
    ret->sum_us = s->sum_us;
    ret->min_us = s->min_us;
    ret->max_us = s->max_us;
}

void
brief_read(const struct brief *b, enum span span, int64_t now_ms,
           struct hist *ret_hist)
{
    int64_t oldest = span_slice(span, now_ms) - SPAN_SLICES + 1;
    struct hist one;

    hist_init(ret_hist);
    for (unsigned i = 0; i < SPAN_SLICES; i++) {
        const struct brief_slice *s = &b->slices[span][i];

        if (s->slice < oldest || s->count == 0)
            continue;
        expand(s, &one);
        hist_merge(ret_hist, &one);
    }
}

static void
merge_slice(struct brief_slice *into, const struct brief_slice *from)
{
    if (from->slice < into->slice || from->count == 0)
        return;
    if (from->slice > into->slice || into->count == 0) {
        *into = *from;
        return;
    }
    for (unsigned i = 0; i < BRIEF_BUCKETS; i++)
        if (__builtin_add_overflow(into->buckets[i], from->buckets[i],
                                   &into->buckets[i]))
            into->buckets[i] = UINT32_MAX;
    if (from->min_us < into->min_us)
        into->min_us = from->min_us;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
    into->count += from->count;
    if (__builtin_add_overflow(into->sum_us, from->sum_us, &into->sum_us))
        into->sum_us = INT64_MAX;
}

void
brief_merge(struct brief *into, const struct brief *from)
{
    for (unsigned i = 0; i < SPAN_COUNT; i++)
        for (unsigned k = 0; k < SPAN_SLICES; k++)
            merge_slice(&into->slices[i][k], &from->slices[i][k]);
}
