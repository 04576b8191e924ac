#include "core/hist.h"

#include <string.h>

enum {
    PART_BITS = 5, /* HIST_PARTS == 1 << PART_BITS */
    FIRST_BAR_MS = 100
};

static const int64_t LAST_BAR_MS = 3600000;
static const uint64_t VALUE_MAX = UINT32_MAX;

_Static_assert(HIST_PARTS == 1 << PART_BITS, "parts are a power of two");
_Static_assert(HIST_BUCKETS == (32 - PART_BITS + 1) * HIST_PARTS,
               "the last bucket ends at 2^32 - 1");

/* Below 2 x HIST_PARTS a bucket holds one value; each power of two above
 * doubles the width. */
unsigned
hist_bucket(int64_t value_us)
{
    uint64_t value = value_us < 0 ? 0 : (uint64_t)value_us;
    unsigned doublings;

    if (value > VALUE_MAX)
        value = VALUE_MAX;
    if (value < HIST_PARTS)
        return (unsigned)value;
    doublings = 31u - PART_BITS - (unsigned)__builtin_clz((unsigned)value);
    return doublings * HIST_PARTS + (unsigned)(value >> doublings);
}

static int64_t
bucket_middle(unsigned bucket)
{
    unsigned doublings;
    int64_t low;

    if (bucket < 2 * HIST_PARTS)
        return bucket;
    doublings = bucket / HIST_PARTS - 1;
    low = (int64_t)(bucket - doublings * HIST_PARTS) << doublings;
    return low + ((((int64_t)1 << doublings) - 1) / 2);
}

static uint32_t
add_saturated(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Only a sum of latencies over 292,000 years would need the clamp. */
static int64_t
add_clamped(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

void
hist_init(struct hist *h)
{
    memset(h, 0, sizeof(*h));
}

void
hist_record(struct hist *h, int64_t value_us)
{
    uint32_t *bucket;

    if (value_us < 0)
        value_us = 0;
    bucket = &h->buckets[hist_bucket(value_us)];
    *bucket = add_saturated(*bucket, 1);
    if (h->count == 0 || value_us < h->min_us)
        h->min_us = value_us;
    if (value_us > h->max_us)
        h->max_us = value_us;
    h->count++;
    h->sum_us = add_clamped(h->sum_us, value_us);
}

void
hist_merge(struct hist *into, const struct hist *from)
{
    if (from->count == 0)
        return;
    for (unsigned i = 0; i < HIST_BUCKETS; i++)
        into->buckets[i] = add_saturated(into->buckets[i], from->buckets[i]);
    if (into->count == 0 || from->min_us < into->min_us)
        into->min_us = from->min_us;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
    into->count += from->count;
    into->sum_us = add_clamped(into->sum_us, from->sum_us);
}

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

int64_t
hist_quantile_us(const struct hist *h, double q)
{
    uint64_t rank, seen = 0;

    if (h->count == 0)
        return 0;
    /* The ends are known exactly. */
    if (!(q > 0))
        return h->min_us;
    if (q >= 1)
        return h->max_us;

    rank = (uint64_t)(q * (double)h->count);
    if ((double)rank < q * (double)h->count)
        rank++;
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank)
            return clamp(bucket_middle(i), h->min_us, h->max_us);
    }
    return h->max_us;
}

int64_t
hist_mean_us(const struct hist *h)
{
    return h->count == 0 ? 0 : h->sum_us / (int64_t)h->count;
}

void
hist_bars(const struct hist *h, struct hist_bar ret_bars[HIST_BARS])
{
    unsigned bar = 0;

    for (unsigned i = 0; i < HIST_BARS; i++) {
        ret_bars[i].le_ms =
            i + 1 < HIST_BARS ? (int64_t)FIRST_BAR_MS << i : LAST_BAR_MS;
        ret_bars[i].n = 0;
    }
    for (unsigned i = 0; i < HIST_BUCKETS; i++) {
        while (bar + 1 < HIST_BARS
               && bucket_middle(i) > ret_bars[bar].le_ms * 1000)
            bar++;
        ret_bars[bar].n += h->buckets[i];
    }
}

void
hist_windows_init(struct hist_windows *w)
{
    memset(w, 0, sizeof(*w));
}

void
hist_windows_record(struct hist_windows *w, int64_t value_us, int64_t now_ms)
{
    for (unsigned i = 0; i < SPAN_COUNT; i++) {
        int64_t number = span_slice((enum span)i, now_ms);
        struct hist_slice *slice = &w->slices[i][number % SPAN_SLICES];

        if (slice->slice < number) {
            slice->slice = number;
            /* Untouched memory stays untouched: it may not be resident. */
            if (slice->hist.count > 0)
                hist_init(&slice->hist);
        }
        hist_record(&slice->hist, value_us);
    }
}

void
hist_windows_read(const struct hist_windows *w, enum span span, int64_t now_ms,
                  struct hist *ret_hist)
{
    int64_t oldest = span_slice(span, now_ms) - SPAN_SLICES + 1;

    hist_init(ret_hist);
    for (unsigned i = 0; i < SPAN_SLICES; i++) {
        const struct hist_slice *slice = &w->slices[span][i];

        if (slice->slice >= oldest)
            hist_merge(ret_hist, &slice->hist);
    }
}
