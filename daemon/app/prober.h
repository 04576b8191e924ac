/*
 * prober.h - sends the health probes that core/health asks for.
 *
 * At most two run at once, each with its own time limit; free ones take no
 * permit and are counted in no statistics of traffic (probe_paid.c tells of the
 * others).  It also keeps the connections of targets warm (core/warm).
 */
#ifndef AIGW_APP_PROBER_H
#define AIGW_APP_PROBER_H

#include "app/app.h"

struct prober *prober_new(struct app *app);

/* Cancels what runs. */
void prober_free(struct prober *p);

/* Looks at all targets and sends what is due.  About once a second. */
void prober_tick(struct prober *p);

/* The end of a probe that was asked for. */
struct probe_outcome {
    bool ok;
    int64_t latency_ms;
    const char *error; /* "" when there is none. */
};

typedef void (*probe_done_fn)(void *ctx, struct target *t,
                              const struct probe_outcome *outcome);

/* Probes `t` now, at an operator's wish.  `done` comes once, from the loop. */
void prober_ask(struct prober *p, struct target *t, probe_done_fn done,
                void *ctx);

/* Nobody waits for answers with this `ctx` any more. */
void prober_forget(struct prober *p, void *ctx);

#endif
