#include "app/app.h"

#include "app/budgets.h"
#include "app/config_report.h"
#include "app/drills.h"
#include "app/durable.h"
#include "app/ledger.h"
#include "app/methods.h"
#include "app/prober.h"
#include "app/queue.h"
#include "app/remember.h"
#include "app/session.h"
#include "app/store.h"
#include "app/today.h"
#include "app/watch.h"
#include "app/watchdog.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/notify.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    HOUSEKEEPING_MS = 1000,
    SECOND_TERM_MS = 5000,
    WORTH_TRIMMING = 64, /* Calls at once. */
    /* Above the largest answer: what may wait for a caller that reads. */
    UNSENT_EXTRA_BYTES = 16 * 1024 * 1024,
};

bool
app_log_report(const struct config_report *report)
{
    char text[640];

    for (size_t i = 0; i < report->n_issues; i++) {
        config_issue_format(&report->issues[i], text, sizeof(text));
        log_line(report->issues[i].warning ? LOG_WARN : LOG_ERROR,
                 "configuration", LOG_STR("at", text));
    }
    return report->n_errors > 0;
}

/* The command line wins over the file. */
static void
set_up_log(const struct app_options *options, const struct config *config)
{
    enum log_level level = config->log_level;
    enum log_format format =
        config->has_log_format ? config->log_format : log_default_format();

    if (options->log_level)
        (void)log_parse_level(options->log_level, &level);
    if (options->log_format)
        (void)log_parse_format(options->log_format, &format);
    log_setup(level, format);
}

static void
on_event(void *ctx, const struct event *event)
{
    struct app *app = ctx;

    remember_event(app->remember, event);
    watch_publish(app, event);
}

static void
on_key_changed(void *ctx, int handle)
{
    struct app *app = ctx;

    for (size_t i = 0; i < app->upstreams->n_targets; i++)
        target_key_changed(app->upstreams->targets[i], handle,
                           loop_now_ms(app->loop));
}

static void
on_session_closed(struct app *app, struct session *s)
{
    watch_free(s);
    for (size_t i = 0; i < app->n_sessions; i++)
        if (app->sessions[i] == s) {
            app->sessions[i] = app->sessions[--app->n_sessions];
            break;
        }
    if (app->closing && app->n_sessions == 0)
        loop_stop(app->loop);
}

static bool
is_own_or_root(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

static bool
is_member(const struct pipe_peer *peer, gid_t gid)
{
    return gid != (gid_t)-1 && pipe_peer_in_group(peer, gid);
}

static bool
on_accepted(void *ctx, struct pipe_conn *conn, const struct pipe_peer *peer,
            bool over_limit)
{
    struct app *app = ctx;
    const struct config *config = app->config;
    bool admin =
        is_own_or_root(peer->uid) || is_member(peer, config->listen.admin_gid);
    struct session_client client = {
        .uid = peer->uid,
        .pid = peer->pid,
        .admin = admin,
    };

    if (!admin && !is_member(peer, config->listen.gid)) {
        log_line(LOG_WARN, "connection refused", LOG_INT("uid", peer->uid),
                 LOG_INT("pid", peer->pid));
        return false;
    }
    if (app->n_sessions == app->sessions_capacity) {
        app->sessions_capacity = app->sessions_capacity * 2 + 16;
        app->sessions = mem_grow(app->sessions, app->sessions_capacity,
                                 sizeof(struct session *));
    }
    app->sessions[app->n_sessions++] = session_new(
        conn, &client,
        &(struct session_options){
            .app = app,
            .loop = app->loop,
            .load = &app->load,
            .limits =
                {
                    .frame_bytes = (size_t)config->limits.frame_bytes,
                    .response_bytes = (size_t)config->limits.response_bytes
                                      + UNSENT_EXTRA_BYTES / 2,
                    .outstanding = (unsigned)config->limits.outstanding,
                    .partial_frame_ms = config->limits.partial_frame_ms,
                    .client_stall_ms = config->limits.client_stall_ms,
                },
            .over_limit = over_limit,
            .dispatch = methods_dispatch,
            .closed = on_session_closed,
        });
    return true;
}

static int
start_listening(struct app *app)
{
    const struct config_listen *listen = &app->config->listen;
    struct aigw_err err = {0};
    int status;

    app->socket_path =
        mem_strdup(app->options.socket ? app->options.socket : listen->socket);
    status =
        pipe_listen(app->loop,
                    &(struct pipe_listen_options){
                        .path = app->socket_path,
                        .mode = listen->mode,
                        .gid = listen->gid,
                        .fd = notify_listen_fd("rpc"),
                        .max_conns = (int)app->config->limits.connections,
                        .high_water = SESSION_HIGH_WATER,
                        .low_water = SESSION_LOW_WATER,
                        .max_unsent = (size_t)app->config->limits.response_bytes
                                      + UNSENT_EXTRA_BYTES,
                    },
                    on_accepted, app, &app->listener, &err);
    if (status)
        log_line(LOG_ERROR, "cannot listen", LOG_STR("error", err.text));
    return status;
}

static struct upstreams *
make_upstreams(struct app *app, const struct config *config,
               struct aigw_err *err)
{
    return upstreams_new(config, app->upstreams,
                         &(struct upstreams_options){
                             .http = app->http,
                             .credentials = app->credentials,
                             .events = app->events,
                             .rng = &app->rng,
                             .now_ms = loop_now_ms(app->loop),
                         },
                         err);
}

/* Long after a peak its memory is still the allocator's: 1,000 streams leave
 * tens of MiB behind. */
static void
give_memory_back(struct app *app)
{
    unsigned calls = HASH_COUNT(app->calls);

    if (calls > app->peak_calls)
        app->peak_calls = calls;
    if (app->peak_calls < WORTH_TRIMMING || calls > app->peak_calls / 4)
        return;
    mem_trim();
    app->peak_calls = calls;
}

void
app_tell_windows(struct app *app)
{
    const struct app_totals *t = &app->totals;
    struct app_told *told = &app->told;

    tally_add(&app->figures.tally,
              &(struct tally_sums){
                  .hedges = t->hedges - told->hedges,
                  .hedges_won = t->hedges_won - told->hedges_won,
                  .shed = app->load.refused - told->shed,
              },
              loop_now_ms(app->loop));
    *told = (struct app_told){t->hedges, t->hedges_won, app->load.refused};
}

static void
on_housekeeping(void *ctx)
{
    struct app *app = ctx;
    int64_t now_ms = loop_now_ms(app->loop);

    for (size_t i = 0; i < app->upstreams->n_targets; i++)
        target_tick(app->upstreams->targets[i], now_ms);
    credentials_tick(app->credentials);
    prober_tick(app->prober);
    drills_tick(app->drills, now_ms);
    budgets_tick(app->budgets);
    client_limits_tick(app->client_limits, now_ms);
    app_tell_windows(app);
    give_memory_back(app);
    timer_arm_at(app->housekeeping, now_ms + HOUSEKEEPING_MS);
}

bool
app_has_room(struct app *app, size_t bytes)
{
    load_hold(&app->load, &app->unsent_bytes,
              pipe_listener_unsent(app->listener));
    return load_admits(&app->load, bytes);
}

static void
on_reload_signal(void *ctx, int signum)
{
    struct app *app = ctx;
    struct config_report report;

    (void)signum;
    if (!app->closing)
        (void)app_reload(app, &report);
}

static void
on_stop_signal(void *ctx, int signum)
{
    struct app *app = ctx;

    (void)signum;
    if (app->closing)
        return;
    app_drain(app, app->draining ? SECOND_TERM_MS : app->config->drain_ms);
}

static void
start_timers(struct app *app)
{
    app->housekeeping = timer_new(app->loop, on_housekeeping, app);
    timer_arm_at(app->housekeeping, loop_now_ms(app->loop));
    app->watchdog = watchdog_new(app);
}

/* Before the socket is there: whoever sees it may send a signal. */
static void
heed_signals(struct app *app)
{
    (void)loop_on_signal(app->loop, SIGTERM, on_stop_signal, app);
    (void)loop_on_signal(app->loop, SIGINT, on_stop_signal, app);
    (void)loop_on_signal(app->loop, SIGHUP, on_reload_signal, app);
}

/* Configuration and keys: what may be wrong for reasons of the operator's. */
static int
load(struct app *app)
{
    struct config_report report = {0};
    struct credentials_batch *keys = NULL;

    app->config = config_load(app->options.config_path, &report);
    if (app->config) {
        set_up_log(&app->options, app->config);
        keys = credentials_stage(app->credentials, app->config, &report);
    }
    if (keys)
        credentials_commit(app->credentials, keys);
    return app_log_report(&report) || !app->config ? EX_CONFIG : 0;
}

static int
build(struct app *app)
{
    struct aigw_err err = {0};
    int64_t now_ms;

    app->loop = loop_new();
    app->http = app->loop ? http_client_new(app->loop) : NULL;
    if (!app->http) {
        log_text(LOG_ERROR, "cannot start the event loop");
        return EXIT_FAILURE;
    }
    now_ms = loop_now_ms(app->loop);
    app->started_mono_ms = now_ms;
    hist_windows_init(&app->latency);
    hist_windows_init(&app->ttft);
    figures_init(&app->figures, now_ms);
    spend_init(&app->spend);
    app->events = events_new(on_event, app);
    app->drills = drills_new(app->events, &app->rng);
    app->upstreams = make_upstreams(app, app->config, &err);
    if (!app->upstreams) {
        log_line(LOG_ERROR, "cannot use the configuration",
                 LOG_STR("error", err.text));
        return EX_CONFIG;
    }
    if (credentials_start(app->credentials, &(struct credentials_options){
                                                .loop = app->loop,
                                                .events = app->events,
                                                .changed = on_key_changed,
                                                .ctx = app,
                                            }))
        return EXIT_FAILURE;
    app->prober = prober_new(app);
    app->remember = remember_new(app);
    app->ledger = ledger_new(app);
    app->budgets = app->ledger ? budgets_new(app) : NULL;
    app->store = app->budgets ? store_new(app) : NULL;
    if (!app->store)
        return EXIT_FAILURE;
    today_begin(app);
    app->client_limits = client_limits_new(app->config);
    app->queue = queue_new(app);
    if (!app->queue)
        return EXIT_FAILURE;
    app->durables = durables_new(app);
    heed_signals(app);
    return start_listening(app) ? EXIT_FAILURE : 0;
}

struct app *
app_new(const struct app_options *options, int *ret_exit_code)
{
    struct app *app = mem_new(sizeof(*app));
    int code;

    app->options = *options;
    app->pid = getpid();
    app->generation = 1;
    app->started_ms = clock_wall_ms();
    app->reloaded_ms = app->started_ms;
    rng_init_random(&app->rng);
    (void)snprintf(app->instance_id, sizeof(app->instance_id), "%016llx%016llx",
                   (unsigned long long)rng_next(&app->rng),
                   (unsigned long long)rng_next(&app->rng));
    if (gethostname(app->hostname, sizeof(app->hostname) - 1))
        app->hostname[0] = '\0';
    app->clients = clients_new();
    app->credentials = credentials_new();
    code = load(app);
    if (code == 0)
        code = build(app);
    if (code) {
        *ret_exit_code = code;
        app_free(app);
        return NULL;
    }
    start_timers(app);
    events_add(app->events, EVENT_SERVER,
               &(struct event_text){.to = "ready", .reason = app->socket_path});
    notify_send("READY=1");
    return app;
}

void
app_run(struct app *app)
{
    loop_run(app->loop);
}

/* The connections end as the loop turns; nobody is called after that. */
static void
close_connections(struct app *app)
{
    pipe_listener_free(app->listener);
    if (app->n_sessions > 0)
        loop_run(app->loop);
}

void
app_free(struct app *app)
{
    if (!app)
        return;
    app->closing = true;
    watchdog_free(app->watchdog);
    if (app->listener)
        close_connections(app);
    durables_free(app->durables);
    queue_free(app->queue);
    client_limits_free(app->client_limits);
    store_free(app->store);
    prober_free(app->prober);
    budgets_free(app->budgets);
    ledger_free(app->ledger);
    remember_free(app->remember);
    timer_free(app->drain_timer);
    timer_free(app->housekeeping);
    credentials_stop(app->credentials);
    upstreams_free(app->upstreams);
    drills_free(app->drills);
    events_free(app->events);
    http_client_free(app->http);
    if (app->loop && loop_free(app->loop) > 0)
        log_text(LOG_WARN, "handles were left open");
    credentials_free(app->credentials);
    clients_free(app->clients);
    for (size_t i = 0; i < APP_RECENT_CALLS; i++)
        call_record_deinit(&app->recent[i]);
    config_free(app->config);
    free(app->sessions);
    free(app->socket_path);
    free(app);
}

static void
warn_of_listen(const struct app *app, const struct config *next)
{
    const struct config_listen *a = &app->config->listen;
    const struct config_listen *b = &next->listen;

    if (strcmp(a->socket, b->socket) != 0 || a->mode != b->mode
        || !mem_same_text(a->group, b->group)
        || app->config->limits.connections != next->limits.connections)
        log_line(LOG_WARN, "configuration",
                 LOG_STR("at", "listen and limits.connections take effect at "
                               "the next start"));
}

/* Whether there is a file is decided once. */
static void
warn_of_state(const struct app *app, const struct config *next)
{
    bool was_none = app->config->session.persist == CONFIG_PERSIST_NONE;
    bool is_none = next->session.persist == CONFIG_PERSIST_NONE;

    if (strcmp(app->config->state_dir, next->state_dir) != 0
        || was_none != is_none)
        log_line(LOG_WARN, "configuration",
                 LOG_STR("at", "state_dir and session.persist = \"none\" take"
                               " effect at the next start"));
}

static void
put_in_force(struct app *app, struct config *config, struct upstreams *next)
{
    warn_of_listen(app, config);
    warn_of_state(app, config);
    upstreams_free(app->upstreams);
    app->upstreams = next;
    config_free(app->config);
    app->config = config;
    budgets_reconfigure(app->budgets);
    client_limits_configure(app->client_limits, config, loop_now_ms(app->loop));
    queue_kick(app->queue);
    app->generation++;
    app->reloaded_ms = clock_wall_ms();
    set_up_log(&app->options, config);
}

/* The new keys are taken in when nothing can fail any more. */
static struct upstreams *
try_upstreams(struct app *app, struct config *config,
              struct config_report *report)
{
    struct aigw_err err = {0};
    struct upstreams *next;
    struct credentials_batch *keys =
        credentials_stage(app->credentials, config, report);

    if (!keys)
        return NULL;
    next = make_upstreams(app, config, &err);
    if (next) {
        credentials_commit(app->credentials, keys);
        return next;
    }
    credentials_discard(keys);
    config_report_error(report, &(struct config_place){.file = config->path},
                        "%s", err.text);
    return NULL;
}

int
app_reload(struct app *app, struct config_report *ret_report)
{
    struct config *config;
    struct upstreams *next = NULL;

    notify_reloading(clock_mono_ns());
    *ret_report = (struct config_report){0};
    config = config_load(app->options.config_path, ret_report);
    if (config)
        next = try_upstreams(app, config, ret_report);
    if (next)
        put_in_force(app, config, next);
    else
        config_free(config);
    (void)app_log_report(ret_report);
    events_add(app->events, EVENT_CONFIG,
               &(struct event_text){
                   .to = next ? "reloaded" : "kept",
                   .reason = next ? app->config->path
                                  : "the new configuration has errors",
               });
    notify_send("READY=1");
    return next ? 0 : AIGW_EINVAL;
}
