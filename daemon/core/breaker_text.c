/*
 * breaker_text.c - what the breaker's states and reasons are called.
 */
#include "core/breaker.h"

#include <inttypes.h>
#include <stdio.h>

static void
write_reason(const struct breaker *b, char *buf, size_t size)
{
    uint32_t n = b->reason_n;
    uint32_t of = b->reason_of;

    switch (b->reason) {
    case BREAKER_REASON_NONE:
        break;
    case BREAKER_REASON_CONSECUTIVE:
        (void)snprintf(buf, size, "%" PRIu32 " failures in a row", n);
        break;
    case BREAKER_REASON_CONNECT:
        (void)snprintf(buf, size, "%" PRIu32 " times no connection", n);
        break;
    case BREAKER_REASON_FAILURES:
        (void)snprintf(buf, size, "%" PRIu32 " of %" PRIu32 " failed", n, of);
        break;
    case BREAKER_REASON_SLOW:
        (void)snprintf(buf, size, "%" PRIu32 " of %" PRIu32 " slow", n, of);
        break;
    case BREAKER_REASON_TRIAL:
        (void)snprintf(buf, size, "%" PRIu32 " of %" PRIu32 " trials failed", n,
                       of);
        break;
    case BREAKER_REASON_HUNG:
        (void)snprintf(buf, size, "trial hung for %" PRId64 " s",
                       b->params.half_open_wait_ms / 1000);
        break;
    case BREAKER_REASON_PROBE:
        (void)snprintf(buf, size, "%" PRIu32 " probes without connection", n);
        break;
    case BREAKER_REASON_OPERATOR:
        (void)snprintf(buf, size, "opened by the operator");
        break;
    }
}

const char *
breaker_reason_text(const struct breaker *b, char *buf, size_t size)
{
    if (size > 0)
        buf[0] = '\0';
    write_reason(b, buf, size);
    return buf;
}

const char *
breaker_state_name(enum breaker_state state)
{
    switch (state) {
    case BREAKER_CLOSED:
        return "closed";
    case BREAKER_OPEN:
        return "open";
    case BREAKER_HALF_OPEN:
        return "half_open";
    case BREAKER_FORCED_OPEN:
        return "forced_open";
    case BREAKER_OFF:
        return "off";
    }
    return "?";
}

const char *
breaker_mode_name(enum breaker_mode mode)
{
    switch (mode) {
    case BREAKER_MODE_AUTO:
        return "auto";
    case BREAKER_MODE_OPEN:
        return "open";
    case BREAKER_MODE_OFF:
        return "off";
    }
    return "?";
}
