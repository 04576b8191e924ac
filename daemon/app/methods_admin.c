/*
 * methods_admin.c - target.set, breaker.set, probe, config.*, drain.
 */
#include "app/methods.h"
#include "app/prober.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MAX_DEADLINE_S = 24 * 3600,
    PATH_SIZE = 4096,
};

void
methods_target_set(struct app *app, struct rpc_call *call,
                   const msgpack_object *params)
{
    static const char *const NAMES[] = {"enabled", "disabled", "draining"};

    static const enum target_admin VALUES[] = {TARGET_ENABLED, TARGET_DISABLED,
                                               TARGET_DRAINING};
    struct aigw_err err = {0};
    struct unpack u;
    struct target *t;
    size_t choice = 0;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "admin");
    (void)unpack_choice(&u, "admin", NAMES, array_count(NAMES), &choice);
    t = methods_target(app, call, &u, "target");
    if (!t)
        return;
    target_set_admin(t, VALUES[choice], loop_now_ms(app->loop));
    rpc_call_ok(call);
}

void
methods_breaker_set(struct app *app, struct rpc_call *call,
                    const msgpack_object *params)
{
    static const char *const NAMES[] = {"auto", "open", "off"};

    static const enum breaker_mode VALUES[] = {
        BREAKER_MODE_AUTO, BREAKER_MODE_OPEN, BREAKER_MODE_OFF};
    struct aigw_err err = {0};
    struct unpack u;
    struct target *t;
    size_t choice = 0;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "state");
    (void)unpack_choice(&u, "state", NAMES, array_count(NAMES), &choice);
    t = methods_target(app, call, &u, "target");
    if (!t)
        return;
    target_set_breaker(t, VALUES[choice], loop_now_ms(app->loop));
    rpc_call_ok(call);
}

/* One call of `probe`, from the asking to the last outcome. */
struct probe_job {
    struct app *app;
    struct rpc_call *call;
    size_t n_missing;
    size_t n;

    struct probe_row {
        struct target *target; /* Holds a reference. */
        bool ok;
        int64_t latency_ms;
        char error[160];
    } rows[];
};

static void
free_job(struct probe_job *job)
{
    for (size_t i = 0; i < job->n; i++)
        target_unref(job->rows[i].target);
    free(job);
}

static void
on_abandon(void *owner)
{
    struct probe_job *job = owner;

    prober_forget(job->app->prober, job);
    free_job(job);
}

static void
pack_row(struct pack *p, const struct probe_row *row)
{
    pack_map_begin(p);
    pack_kv_str(p, "target", row->target->name);
    pack_kv_bool(p, "ok", row->ok);
    pack_kv_int(p, "latency_ms", row->latency_ms);
    pack_kv_str(p, "error", *row->error ? row->error : NULL);
    pack_map_end(p);
}

static void
answer_job(struct probe_job *job)
{
    struct pack *p = rpc_call_begin(job->call);

    pack_map_begin(p);
    pack_key(p, "results");
    pack_array_begin(p);
    for (size_t i = 0; i < job->n; i++)
        pack_row(p, &job->rows[i]);
    pack_array_end(p);
    pack_map_end(p);
    rpc_call_end(job->call);
    free_job(job);
}

static void
on_probed(void *ctx, struct target *t, const struct probe_outcome *outcome)
{
    struct probe_job *job = ctx;
    struct probe_row *row = job->rows;

    while (row->target != t)
        row++;
    row->ok = outcome->ok;
    row->latency_ms = outcome->latency_ms;
    (void)snprintf(row->error, sizeof(row->error), "%s", outcome->error);
    if (--job->n_missing == 0)
        answer_job(job);
}

static void
start_job(struct app *app, struct rpc_call *call, struct target *const *targets,
          size_t n)
{
    struct probe_job *job = mem_new(sizeof(*job) + n * sizeof(job->rows[0]));

    job->app = app;
    job->call = call;
    job->n = n;
    job->n_missing = n;
    rpc_call_set_owner(call, on_abandon, NULL, job);
    for (size_t i = 0; i < n; i++) {
        job->rows[i].target = target_ref(targets[i]);
        prober_ask(app->prober, targets[i], on_probed, job);
    }
    if (n == 0)
        answer_job(job);
}

void
methods_probe(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    const struct upstreams *u = app->upstreams;
    struct aigw_err err = {0};
    struct target *t = NULL;
    struct unpack unpack;
    const char *name;
    size_t size;

    methods_unpack(&unpack, params, &err);
    if (unpack_str(&unpack, "target", &name, &size)) {
        t = methods_target(app, call, &unpack, "target");
        if (t)
            start_job(app, call, &t, 1);
    } else if (unpack_finish(&unpack)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
    } else {
        start_job(app, call, u->targets, u->n_targets);
    }
}

static void
pack_issue(struct pack *p, const struct config_issue *issue)
{
    pack_map_begin(p);
    pack_kv_str(p, "file", issue->file);
    pack_kv_int(p, "line", issue->line);
    pack_kv_str(p, "path", issue->path);
    pack_kv_str(p, "message", issue->message);
    pack_map_end(p);
}

static void
pack_issues(struct pack *p, const char *key, const struct config_report *report,
            bool warnings)
{
    pack_key(p, key);
    pack_array_begin(p);
    for (size_t i = 0; i < report->n_issues; i++)
        if (report->issues[i].warning == warnings)
            pack_issue(p, &report->issues[i]);
    pack_array_end(p);
}

static void
answer_report(const struct app *app, struct rpc_call *call, bool ok,
              const struct config_report *report)
{
    struct pack *p = rpc_call_begin(call);

    pack_map_begin(p);
    pack_kv_bool(p, "ok", ok);
    pack_kv_int(p, "generation", app->generation);
    pack_issues(p, "errors", report, false);
    pack_issues(p, "warnings", report, true);
    pack_map_end(p);
    rpc_call_end(call);
}

void
methods_config_check(struct app *app, struct rpc_call *call,
                     const msgpack_object *params)
{
    struct config_report report = {0};
    struct aigw_err err = {0};
    struct config *config;
    struct unpack u;
    char path[PATH_SIZE];
    bool named, ok;

    methods_unpack(&u, params, &err);
    named = unpack_cstr(&u, "path", path, sizeof(path));
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    config = config_load(named ? path : app->options.config_path, &report);
    ok = config && credentials_check(app->credentials, config, &report) == 0;
    config_free(config);
    answer_report(app, call, ok, &report);
}

void
methods_config_reload(struct app *app, struct rpc_call *call,
                      const msgpack_object *params)
{
    struct config_report report = {0};
    bool ok;

    (void)params;
    ok = app_reload(app, &report) == 0;
    answer_report(app, call, ok, &report);
}

void
methods_config_show(struct app *app, struct rpc_call *call,
                    const msgpack_object *params)
{
    char *text = config_show(app->config);
    struct pack *p = rpc_call_begin(call);

    (void)params;
    pack_map_begin(p);
    pack_kv_str(p, "text", text);
    pack_map_end(p);
    rpc_call_end(call);
    free(text);
}

void
methods_drain(struct app *app, struct rpc_call *call,
              const msgpack_object *params)
{
    int64_t deadline_s = app->config->drain_ms / 1000;
    struct aigw_err err = {0};
    struct unpack u;

    methods_unpack(&u, params, &err);
    if (unpack_int(&u, "deadline_s", &deadline_s)
        && (deadline_s < 0 || deadline_s > MAX_DEADLINE_S))
        unpack_refuse(&u, "deadline_s", "expected 0 to %d", MAX_DEADLINE_S);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    rpc_call_ok(call);
    app_drain(app, deadline_s * 1000);
}
