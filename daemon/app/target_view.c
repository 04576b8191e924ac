/*
 * target_view.c - the state of a target in words, for status and people.
 */
#include "app/target.h"

#include "app/target_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The latch that is on for every key, if there is one: as long as one key
 * works, the target does. */
static bool
is_latched(const struct target *t, int64_t now_ms, enum gate_latch *ret_which)
{
    assert(t->provider->n_keys > 0);

    for (size_t i = 0; i < t->provider->n_keys; i++)
        if (!gate_is_latched(&t->gates[i], now_ms, ret_which))
            return false;
    return true;
}

const char *
target_state_name(const struct target *t, int64_t now_ms)
{
    enum breaker_state state = breaker_state_at(&t->breaker, now_ms);
    enum gate_latch which;

    if (t->admin != TARGET_ENABLED)
        return target_admin_name(t->admin);
    if (state == BREAKER_FORCED_OPEN)
        return "forced_open";
    if (is_latched(t, now_ms, &which))
        return "latched";
    if (state == BREAKER_OPEN || state == BREAKER_HALF_OPEN)
        return breaker_state_name(state);
    return "closed";
}

const char *
target_latch_name(enum gate_latch latch)
{
    switch (latch) {
    case GATE_LATCH_AUTH:
        return "auth";
    case GATE_LATCH_QUOTA:
        return "quota";
    case GATE_LATCH_MODEL:
        return "model";
    case GATE_LATCHES:
        break;
    }
    return "?";
}

const char *
target_reason(const struct target *t, int64_t now_ms, char *buf, size_t size)
{
    enum breaker_state state = breaker_state_at(&t->breaker, now_ms);
    enum gate_latch which;

    buf[0] = '\0';
    if (t->admin != TARGET_ENABLED || state == BREAKER_FORCED_OPEN)
        (void)snprintf(buf, size, "operator");
    else if (is_latched(t, now_ms, &which))
        (void)snprintf(buf, size, "%s", target_latch_name(which));
    else if (state == BREAKER_OPEN || state == BREAKER_HALF_OPEN)
        (void)breaker_reason_text(&t->breaker, buf, size);
    return buf;
}

bool
target_is_healthy(const struct target *t, int64_t now_ms)
{
    enum breaker_state state = breaker_state_at(&t->breaker, now_ms);

    if (t->admin != TARGET_ENABLED || state == BREAKER_OPEN
        || state == BREAKER_FORCED_OPEN)
        return false;
    for (size_t i = 0; i < t->provider->n_keys; i++)
        if (gate_check(&t->gates[i], 0, now_ms).reason == GATE_PASS)
            return true;
    return false;
}

bool
target_is_at(const struct target *t, const char *name)
{
    size_t size = strlen(t->provider->name);

    return strncmp(name, t->provider->name, size) == 0 && name[size] == '/'
           && strcmp(name + size + 1, t->model) == 0;
}

bool
target_in_good_health(const struct target *t, int64_t now_ms)
{
    return breaker_in_good_health(&t->breaker, now_ms);
}

const char *
target_admin_name(enum target_admin admin)
{
    switch (admin) {
    case TARGET_ENABLED:
        return "enabled";
    case TARGET_DISABLED:
        return "disabled";
    case TARGET_DRAINING:
        return "draining";
    }
    return "?";
}

int64_t
target_usual_ms(const struct target *t, bool streamed, double quantile,
                int64_t now_ms)
{
    struct hist recent;

    hist_windows_read(streamed ? &t->ttft : &t->latency, SPAN_5M, now_ms,
                      &recent);
    return hist_quantile_us(&recent, quantile) / 1000;
}

int64_t
target_hedge_ms(const struct target *t, const struct config_hedge *set,
                bool streamed, int64_t now_ms)
{
    int64_t usual_ms;

    if (!set->enabled)
        return 0;
    usual_ms = target_usual_ms(t, streamed, 0.95, now_ms);
    return usual_ms > set->delay_ms ? usual_ms : set->delay_ms;
}
