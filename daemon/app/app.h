/*
 * app.h - the daemon as one value.
 *
 * Known to app/ and main.c alone; lower layers get exactly what they need of
 * it.  app_new() wires the parts together in the order of their dependencies,
 * app_free() takes them apart in reverse.
 */
#ifndef AIGW_APP_APP_H
#define AIGW_APP_APP_H

#include "app/call.h"
#include "app/call_record.h"
#include "app/clients.h"
#include "app/config.h"
#include "app/credentials.h"
#include "app/events.h"
#include "app/load.h"
#include "app/upstreams.h"
#include "base/proc.h"
#include "base/rng.h"
#include "core/spend.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/pipe.h"
#include "io/timer.h"

#include <stdbool.h>
#include <stdint.h>

struct budgets;
struct drills;
struct durables;
struct ledger;
struct prober;
struct queue;
struct remember;
struct session;
struct store;
struct watchdog;

enum {
    APP_INSTANCE_ID_SIZE = 33,
    APP_HOSTNAME_SIZE = 65,
    APP_RECENT_CALLS = 100,
};

struct app_totals {
    int64_t requests;
    int64_t successes;
    int64_t failures;
    int64_t fallbacks;
    int64_t hedges;             /* Attempts beside another, */
    int64_t hedges_won;         /* those that were faster, */
    int64_t hedge_cost_nanousd; /* and what all of them cost. */
    int64_t resumed;            /* Answers that broke off and were completed. */
    int64_t retries;            /* Attempts beyond the first of each call. */
};

/* As much of the totals as the windows have heard of. */
struct app_told {
    int64_t hedges;
    int64_t hedges_won;
    int64_t shed;
};

/* Calls that go elsewhere at the same moment, to be spread a little. */
struct app_stampede {
    int64_t since_ms;
    int n;
};

struct app_options {
    const char *config_path;
    const char *socket;     /* NULL: as configured. */
    const char *log_level;  /* NULL: as configured. */
    const char *log_format; /* NULL: as configured. */
};

struct app {
    struct app_options options;
    struct loop *loop;
    struct rng rng;
    struct http_client *http;
    struct credentials *credentials;
    struct config *config;
    struct upstreams *upstreams;
    struct drills *drills;
    struct events *events;
    struct prober *prober;
    struct budgets *budgets;    /* What may be spent. */
    struct ledger *ledger;      /* What was spent. */
    struct remember *remember;  /* NULL: nothing is. */
    struct store *store;        /* Of durable calls. */
    struct durables *durables;  /* Those that are at work. */
    struct timer *housekeeping; /* Once a second. */
    struct watchdog *watchdog;  /* NULL: nobody watches. */

    struct pipe_listener *listener;
    char *socket_path;
    struct session **sessions;
    size_t n_sessions;
    size_t sessions_capacity;

    struct client_limits *client_limits;
    struct queue *queue; /* Of calls that nobody can be asked for yet. */
    struct call *calls;  /* Running, by owner and id. */
    unsigned peak_calls; /* Since memory was last given back. */
    struct call_record recent[APP_RECENT_CALLS];
    uint64_t n_recent; /* Ever recorded. */
    struct app_totals totals;
    struct app_told told;
    struct figures figures;  /* Of calls. */
    struct clients *clients; /* The same of each of their callers. */
    struct load load;
    size_t unsent_bytes;         /* Counted in `load` by app_has_room(). */
    struct hist_windows latency; /* Of answered calls. */
    struct hist_windows ttft;
    struct app_stampede stampede;
    struct spend spend; /* Money that goes into retries and hedges. */
    struct proc_usage usage;

    char instance_id[APP_INSTANCE_ID_SIZE];
    char hostname[APP_HOSTNAME_SIZE];
    int64_t pid;
    int64_t started_ms; /* Wall clock. */
    int64_t started_mono_ms;
    int64_t reloaded_ms; /* Wall clock. */
    int64_t generation;  /* Of the configuration. */
    struct timer *drain_timer;
    bool draining;
    bool closing;           /* Drained: only last words are on their way. */
    int64_t drain_until_ms; /* Loop time. */
};

/* Loads the configuration, opens the socket and wires everything.  NULL with
 * the reason logged and `*ret_exit_code` set (1 or 78). */
struct app *app_new(const struct app_options *options, int *ret_exit_code);

/* Runs until it has drained. */
void app_run(struct app *app);
void app_free(struct app *app);

/* Logs every finding; true if one of them is an error. */
bool app_log_report(const struct config_report *report);

/* Reads the configuration again: all of it or nothing.  AIGW_EINVAL with the
 * findings in `ret_report`. */
int app_reload(struct app *app, struct config_report *ret_report);

/* True while a call that takes `bytes` may start.  The call counts what it
 * holds by load_hold(&app->load, ...), and each refusal in app->load.refused.
 */
bool app_has_room(struct app *app, size_t bytes);

/* Enters into the windows what was counted elsewhere since the last time. */
void app_tell_windows(struct app *app);

/* Stops accepting calls; exits when the running ones have ended, or after
 * `within_ms`. */
void app_drain(struct app *app, int64_t within_ms);

/* A call is no longer among app->calls. */
void app_call_ended(struct app *app);

#endif
