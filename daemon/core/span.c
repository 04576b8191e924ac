#include "core/span.h"

#include "base/mem.h"

static const int64_t LENGTH_MS[SPAN_COUNT] = {
    [SPAN_10S] = 10000,
    [SPAN_1M] = 60000,
    [SPAN_5M] = 300000,
    [SPAN_1H] = 3600000,
};

int64_t
span_ms(enum span span)
{
    return LENGTH_MS[span];
}

bool
span_from_s(int64_t seconds, enum span *ret_span)
{
    for (unsigned i = 0; i < array_count(LENGTH_MS); i++) {
        if (LENGTH_MS[i] / 1000 == seconds) {
            *ret_span = (enum span)i;
            return true;
        }
    }
    return false;
}

/* Ten seconds do not divide by six in whole milliseconds, so the product
 * comes before the quotient.  Both are exact for 48,000 years of uptime. */
int64_t
span_slice(enum span span, int64_t now_ms)
{
    return now_ms * SPAN_SLICES / LENGTH_MS[span];
}

int64_t
span_slice_start_ms(enum span span, int64_t slice)
{
    return (slice * LENGTH_MS[span] + SPAN_SLICES - 1) / SPAN_SLICES;
}
