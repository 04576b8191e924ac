#include "ctl/drilled.h"

#include <string.h>

#include "text/mem.h"

enum {
    DRILL_S = 300 /* Should we be killed, the drill ends by itself. */
};

void
drilled_init(struct drilled *d, const struct ctl *ctl)
{
    *d = (struct drilled){.ctl = ctl, .client = ctl_new_client(ctl)};
}

void
drilled_deinit(struct drilled *d)
{
    aigw_free(d->client);
    *d = (struct drilled){0};
}

/* Takes ownership of `params`, like ctl_call(). */
static int
call(struct drilled *d, const char *method, struct aigw_value *params,
     struct aigw_value **ret_result)
{
    int code = aigw_call(d->client, method, params, ret_result);

    aigw_value_free(params);
    return code == 0 ? EXIT_OK
                     : ctl_fail(d->ctl, code, aigw_error_text(d->client));
}

/* The same where the result says nothing. */
static int
order(struct drilled *d, const char *method, struct aigw_value *params)
{
    struct aigw_value *result = NULL;
    int exit_code = call(d, method, params, &result);

    aigw_value_free(result);
    return exit_code;
}

static struct aigw_value *
about_target(const struct drilled *d)
{
    struct aigw_value *params = aigw_value_map();

    aigw_value_set_str(params, "target", d->target);
    return params;
}

int
drilled_find(struct drilled *d, const char *route, char **ret_target)
{
    struct aigw_value *snapshot = NULL;
    int exit_code = call(d, "status", NULL, &snapshot);
    const struct aigw_value *routes = aigw_value_get(snapshot, "routes");
    const char *first = strchr(route, '/') ? route : NULL;

    for (size_t i = 0; i < aigw_value_size(routes); i++) {
        const struct aigw_value *row = aigw_value_at(routes, i);

        if (strcmp(aigw_get_str(row, "name", ""), route) == 0)
            first = aigw_get_str(row, "targets.0", NULL);
    }
    if (exit_code == EXIT_OK && first)
        *ret_target = mem_copy(first);
    else if (exit_code == EXIT_OK)
        exit_code = ctl_fail(d->ctl, AIGW_ERR_NOT_FOUND, "no such route");
    aigw_value_free(snapshot);
    return exit_code;
}

static int
refuse(const struct drilled *d, const char *state, const char *breaker)
{
    char text[400];

    (void)snprintf(text, sizeof(text),
                   "%s is %s, with its breaker on %s: rehearse when it works",
                   d->target, state, breaker);
    return ctl_fail(d->ctl, AIGW_ERR_CONFLICT, text);
}

int
drilled_check(struct drilled *d)
{
    struct aigw_value *snapshot = NULL;
    int exit_code = call(d, "status", about_target(d), &snapshot);
    bool healthy = aigw_get_bool(snapshot, "targets.0.is_healthy", false);
    const char *breaker = aigw_get_str(snapshot, "targets.0.breaker", "?");

    if (exit_code == EXIT_OK && (!healthy || strcmp(breaker, "auto") != 0))
        exit_code =
            refuse(d, aigw_get_str(snapshot, "targets.0.state", "?"), breaker);
    aigw_value_free(snapshot);
    return exit_code;
}

int
drilled_start(struct drilled *d, const struct aigw_value *fault)
{
    struct aigw_value *params = about_target(d);
    struct aigw_value *result = NULL;
    int exit_code;

    aigw_value_set(params, "fault", aigw_value_copy(fault));
    aigw_value_set_int(params, "duration_s", DRILL_S);
    exit_code = call(d, "drill.start", params, &result);
    d->drill = aigw_get_int(result, "id", 0);
    aigw_value_free(result);
    return exit_code;
}

static int
read_hits(struct drilled *d, int64_t *ret_hits)
{
    struct aigw_value *result = NULL;
    int exit_code = call(d, "drill.list", NULL, &result);
    const struct aigw_value *drills = aigw_value_get(result, "drills");

    for (size_t i = 0; i < aigw_value_size(drills); i++) {
        const struct aigw_value *drill = aigw_value_at(drills, i);

        if (aigw_get_int(drill, "id", 0) == d->drill)
            *ret_hits = aigw_get_int(drill, "hits", 0);
    }
    aigw_value_free(result);
    return exit_code;
}

int
drilled_stop(struct drilled *d, int64_t *ret_hits)
{
    struct aigw_value *params;
    int exit_code, stopped;

    if (d->drill == 0)
        return EXIT_OK;
    exit_code = read_hits(d, ret_hits);
    params = aigw_value_map();
    aigw_value_set_int(params, "id", d->drill);
    d->drill = 0;
    stopped = order(d, "drill.stop", params);
    return exit_code == EXIT_OK ? stopped : exit_code;
}

int
drilled_look(struct drilled *d, bool *ret_healthy, bool *ret_stuck)
{
    static const char *const stuck[] = {"disabled", "draining", "forced_open",
                                        "latched"};

    struct aigw_value *snapshot = NULL;
    int exit_code = call(d, "status", about_target(d), &snapshot);
    const char *state = aigw_get_str(snapshot, "targets.0.state", "");

    *ret_healthy = aigw_get_bool(snapshot, "targets.0.is_healthy", false);
    *ret_stuck = false;
    for (size_t i = 0; i < sizeof(stuck) / sizeof(*stuck); i++)
        *ret_stuck |= strcmp(state, stuck[i]) == 0;
    aigw_value_free(snapshot);
    return exit_code;
}

int
drilled_reset(struct drilled *d)
{
    struct aigw_value *params = about_target(d);

    aigw_value_set_str(params, "state", "auto");
    return order(d, "breaker.set", params);
}
