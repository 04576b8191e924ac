#include "core/tally.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

static int64_t
add_clamped(int64_t a, int64_t b)
{
    int64_t sum;

    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    return a > 0 ? INT64_MAX : INT64_MIN;
}

static void
add_sums(struct tally_sums *to, const struct tally_sums *what)
{
    to->requests = add_clamped(to->requests, what->requests);
    to->errors = add_clamped(to->errors, what->errors);
    to->rate_limited = add_clamped(to->rate_limited, what->rate_limited);
    to->timeouts = add_clamped(to->timeouts, what->timeouts);
    to->retries = add_clamped(to->retries, what->retries);
    to->hedges = add_clamped(to->hedges, what->hedges);
    to->hedges_won = add_clamped(to->hedges_won, what->hedges_won);
    to->shed = add_clamped(to->shed, what->shed);
    to->prompt_tokens = add_clamped(to->prompt_tokens, what->prompt_tokens);
    to->completion_tokens =
        add_clamped(to->completion_tokens, what->completion_tokens);
    to->cost_nanousd = add_clamped(to->cost_nanousd, what->cost_nanousd);
}

void
tally_init(struct tally *t, int64_t now_ms)
{
    memset(t, 0, sizeof(*t));
    t->start_ms = now_ms;
}

static void
add_to_slice(struct tally_slice *slice, int64_t number,
             const struct tally_sums *what)
{
    if (slice->slice < number)
        *slice = (struct tally_slice){.slice = number};
    if (slice->slice == number)
        add_sums(&slice->sums, what);
}

void
tally_add(struct tally *t, const struct tally_sums *what, int64_t now_ms)
{
    for (unsigned i = 0; i < SPAN_COUNT; i++) {
        int64_t number = span_slice((enum span)i, now_ms);

        add_to_slice(&t->slices[i][number % SPAN_SLICES], number, what);
    }
}

void
tally_merge(struct tally *into, const struct tally *from)
{
    if (from->start_ms < into->start_ms)
        into->start_ms = from->start_ms;
    for (unsigned i = 0; i < SPAN_COUNT; i++)
        for (unsigned k = 0; k < SPAN_SLICES; k++)
            add_to_slice(&into->slices[i][k], from->slices[i][k].slice,
                         &from->slices[i][k].sums);
}

int64_t
tally_read(const struct tally *t, enum span span, int64_t now_ms,
           struct tally_sums *ret_sums)
{
    int64_t oldest = span_slice(span, now_ms) - SPAN_SLICES + 1;
    int64_t from_ms = span_slice_start_ms(span, oldest);

    *ret_sums = (struct tally_sums){0};
    for (unsigned i = 0; i < SPAN_SLICES; i++) {
        const struct tally_slice *slice = &t->slices[span][i];

        if (slice->slice >= oldest)
            add_sums(ret_sums, &slice->sums);
    }
    if (from_ms < t->start_ms)
        from_ms = t->start_ms;
    return now_ms > from_ms ? now_ms - from_ms : 1;
}

void
trend_init(struct trend *t)
{
    memset(t, 0, sizeof(*t));
}

void
trend_add(struct trend *t, int64_t now_ms)
{
    int64_t number = now_ms / TREND_SLOT_MS;
    struct trend_slot *slot = &t->slots[(size_t)number % array_count(t->slots)];

    if (slot->number < number)
        *slot = (struct trend_slot){.number = number};
    slot->n++;
}

static double
rate_in(const struct trend *t, int64_t number)
{
    const struct trend_slot *slot;

    if (number < 0)
        return 0.0;
    slot = &t->slots[(size_t)number % array_count(t->slots)];
    return slot->number == number ? slot->n * 1000.0 / TREND_SLOT_MS : 0.0;
}

void
trend_read(const struct trend *t, int64_t now_ms, double ret_rates[TREND_SLOTS])
{
    int64_t first = now_ms / TREND_SLOT_MS - TREND_SLOTS;

    for (unsigned i = 0; i < TREND_SLOTS; i++)
        ret_rates[i] = rate_in(t, first + i);
}
