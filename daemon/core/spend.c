#include "core/spend.h"

#include <assert.h>

/* Parts of what first attempts cost. */
enum {
    ALL_PART = 10,
    HEDGE_PART = 20
};

void
spend_init(struct spend *s)
{
    *s = (struct spend){.slices = {{0}}};
}

/* Neither is negative. */
static int64_t
sum_of(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static struct spend_slice *
current(struct spend *s, int64_t now_ms)
{
    int64_t number = now_ms / SPEND_SLICE_MS;
    struct spend_slice *slice = &s->slices[number % SPEND_SLICES];

    if (slice->number < number)
        *slice = (struct spend_slice){.number = number};
    return slice;
}

void
spend_first(struct spend *s, int64_t cost_nanousd, int64_t now_ms)
{
    struct spend_slice *slice = current(s, now_ms);

    assert(cost_nanousd >= 0);

    slice->first_nanousd = sum_of(slice->first_nanousd, cost_nanousd);
}

static struct spend_slice
hour_before(const struct spend *s, int64_t now_ms)
{
    struct spend_slice hour = {.number = now_ms / SPEND_SLICE_MS};

    for (unsigned i = 0; i < SPEND_SLICES; i++) {
        const struct spend_slice *slice = &s->slices[i];

        if (slice->number <= hour.number - SPEND_SLICES)
            continue;
        hour.first_nanousd = sum_of(hour.first_nanousd, slice->first_nanousd);
        for (unsigned kind = 0; kind < SPEND_N; kind++)
            hour.extra_nanousd[kind] =
                sum_of(hour.extra_nanousd[kind], slice->extra_nanousd[kind]);
    }
    return hour;
}

static int64_t
left_of(int64_t limit_nanousd, int64_t spent_nanousd)
{
    if (limit_nanousd < SPEND_FLOOR_NANOUSD)
        limit_nanousd = SPEND_FLOOR_NANOUSD;
    return limit_nanousd - spent_nanousd;
}

int64_t
spend_left_nanousd(const struct spend *s, enum spend_kind kind, int64_t now_ms)
{
    struct spend_slice hour = hour_before(s, now_ms);
    int64_t hedges = hour.extra_nanousd[SPEND_HEDGE];
    int64_t left = left_of(hour.first_nanousd / ALL_PART,
                           sum_of(hour.extra_nanousd[SPEND_RETRY], hedges));
    int64_t for_hedges = left_of(hour.first_nanousd / HEDGE_PART, hedges);

    return kind == SPEND_HEDGE && for_hedges < left ? for_hedges : left;
}

bool
spend_allows(const struct spend *s, enum spend_kind kind, int64_t cost_nanousd,
             int64_t now_ms)
{
    assert(cost_nanousd >= 0);

    return cost_nanousd == 0
           || cost_nanousd <= spend_left_nanousd(s, kind, now_ms);
}

bool
spend_reserve(struct spend *s, enum spend_kind kind, int64_t cost_nanousd,
              int64_t now_ms)
{
    struct spend_slice *slice = current(s, now_ms);

    if (!spend_allows(s, kind, cost_nanousd, now_ms))
        return false;
    slice->extra_nanousd[kind] =
        sum_of(slice->extra_nanousd[kind], cost_nanousd);
    return true;
}

void
spend_settle(struct spend *s, enum spend_kind kind, int64_t reserved_nanousd,
             int64_t reserved_ms, int64_t cost_nanousd)
{
    int64_t number = reserved_ms / SPEND_SLICE_MS;
    struct spend_slice *slice = &s->slices[number % SPEND_SLICES];
    int64_t others;

    assert(reserved_nanousd >= 0 && cost_nanousd >= 0);
    if (slice->number != number)
        return;
    others = slice->extra_nanousd[kind] - reserved_nanousd;
    slice->extra_nanousd[kind] = sum_of(others > 0 ? others : 0, cost_nanousd);
}
