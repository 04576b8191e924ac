#include "core/warm.h"

static bool
is_within(int64_t at_ms, int64_t span_ms, int64_t now_ms)
{
    return at_ms != INT64_MIN && now_ms - at_ms < span_ms;
}

bool
warm_is_due(const struct warm_facts *f, int64_t now_ms)
{
    if (!f->encrypted || !f->free_request)
        return false;
    if (f->connection_used_ms == INT64_MIN)
        return true;
    return f->standby && is_within(f->route_used_ms, WARM_TRAFFIC_MS, now_ms)
           && !is_within(f->connection_used_ms, WARM_IDLE_MS, now_ms);
}
