/*
 * warm.h - when a target is sent a request so that its connections are warm.
 *
 * A failover should not pay for a TLS handshake, but connections that nobody
 * uses are closed: by libcurl before it would reuse one older than 110 s, by
 * many providers sooner.  While calls go to a route, the targets that stand by
 * in it are therefore sent a free request whenever their connections have been
 * idle for WARM_IDLE_MS.  A route without calls is left alone.
 *
 * The first handshake of a pool is dearer than all later ones: it reads the
 * system's certificates, which stops the loop for about 19 ms.  So every
 * encrypted target is sent one free request before anybody calls it.
 */
#ifndef AIGW_CORE_WARM_H
#define AIGW_CORE_WARM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    WARM_IDLE_MS = 90 * 1000,    /* Unused for longer is taken as cold. */
    WARM_TRAFFIC_MS = 60 * 1000, /* A route without calls needs no standby. */
};

/* Times are monotonic; INT64_MIN: never. */
struct warm_facts {
    bool standby;      /* It is not the first target of a route that is used. */
    bool encrypted;    /* Without TLS, connecting is as cheap as a request. */
    bool free_request; /* There is a request that costs nothing. */
    int64_t route_used_ms;      /* When such a route last had a call. */
    int64_t connection_used_ms; /* When any request last used its pool. */
};

/* Is such a request due? */
bool warm_is_due(const struct warm_facts *facts, int64_t now_ms);

#endif
